package config

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"rightswire/internal/link"
	"rightswire/internal/news"
	"rightswire/internal/text"
)

// A Draft is a source that is to be written into feeds.yaml. What is "" or empty is
// left out, so that its default holds.
type Draft struct {
	ID, Title, URL string
	Language       string
	Kind           news.Kind
	Countries      []news.Country
	Poll           bool   // false is written down
	Comment        string // for whoever edits the file; one line
}

const (
	longestTitle   = 300 // bytes of a title or comment as it is written
	longestDraftID = 40  // of an id that is made, without the number that tells it from others
)

// clean returns the draft as the file will say it.
func (d Draft) clean() Draft {
	d.ID, d.Title, d.Comment = text.Line(d.ID), brief(d.Title), brief(d.Comment)
	if len(d.Countries) == 0 {
		d.Countries = nil
	}
	if u, err := link.Source(d.URL); err == nil {
		d.URL = u
	}
	if tag := text.Language(d.Language); tag != "" {
		d.Language = tag
	}
	return d
}

// brief returns a text as one line of a bearable length.
func brief(s string) string {
	s, _ = text.Truncate(text.Line(s), longestTitle)
	return text.Line(s)
}

// Entry returns a draft as an entry of sources, to be pasted below that key: lines
// indented by two, each with its end.
func Entry(d Draft) string {
	var b strings.Builder
	for _, line := range d.clean().lines(false) {
		b.WriteString("  " + line + "\n")
	}
	return b.String()
}

// lines returns a clean draft's lines, the first with its dash: one key each, or in
// flow style all of them in braces.
func (d Draft) lines(flow bool) []string {
	pairs := d.pairs(flow)
	if flow {
		line := "- {" + strings.Join(pairs, ", ") + "}"
		if d.Comment != "" {
			line += " # " + d.Comment
		}
		return []string{line}
	}
	var lines []string
	if d.Comment != "" {
		lines = append(lines, "# "+d.Comment)
	}
	start := "- "
	for _, pair := range pairs {
		lines = append(lines, start+pair)
		start = "  "
	}
	return lines
}

// pairs returns the keys with their values.
func (d Draft) pairs(flow bool) []string {
	var pairs []string
	add := func(key, value string) { pairs = append(pairs, key+": "+value) }
	add("id", spell(d.ID, flow))
	if d.Title != "" && d.Title != d.ID {
		add("title", spell(d.Title, flow))
	}
	add("url", spell(d.URL, flow))
	if d.Language != "" {
		add("language", spell(d.Language, flow))
	}
	if len(d.Countries) > 0 {
		var codes []string
		for _, c := range d.Countries {
			codes = append(codes, spell(string(c), true))
		}
		add("countries", "["+strings.Join(codes, ", ")+"]")
	}
	if d.Kind != "" {
		add("kind", spell(string(d.Kind), flow))
	}
	if !d.Poll {
		add("poll", "false")
	}
	return pairs
}

var (
	// plainTexts need no quotes, wherever in YAML they stand.
	plainTexts = regexp.MustCompile(`^\p{L}[\p{L}\p{M}\p{N} ._/()&+-]*$`)
	// plainURLs need none outside of brackets and braces.
	plainURLs = regexp.MustCompile(`^https?://[A-Za-z0-9._~/?&=%+@:-]*[A-Za-z0-9._~/?&=%+@-]$`)
	// otherwise are plain texts that some YAML or other takes for something else.
	otherwise = regexp.MustCompile(`^(?i:true|false|yes|no|on|off|y|n|null|nan|inf)$`)
)

// spell returns a text of one line as YAML spells it, quoted where that is needed or
// usual; flow is inside of brackets or braces.
func spell(s string, flow bool) string {
	plain := plainTexts.MatchString(s) && !otherwise.MatchString(s) && !strings.HasSuffix(s, " ")
	if plain || !flow && plainURLs.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// DraftID returns an id for a source that is readable, valid and not taken: of the
// title's words where they can be spelt in a to z, else of the name of the site. What
// has neither is a "source".
func DraftID(title, url string, taken func(string) bool) string {
	id := slug(title)
	if len(id) < 3 || generic.MatchString(id) {
		site, _, _ := strings.Cut(link.Site(url), ".")
		id = slug(site)
	}
	if id == "" {
		id = "source"
	}
	free := func(id string) bool { return id != string(news.DeskSource) && !taken(id) }
	numbered := id
	for n := 2; !free(numbered); n++ {
		numbered = fmt.Sprintf("%s-%d", id, n)
	}
	return numbered
}

// generic are words of titles that name no source.
var generic = regexp.MustCompile(`^(the-|latest-|all-|our-|my-)*(news|feed|rss|atom|blog|home|homepage|posts|articles|updates|press-releases|rss-feed|news-feed|untitled)$`)

// slug returns the words of a text joined by hyphens, as many as an id bears; "" of a
// text that is mainly in other letters than a to z.
func slug(s string) string {
	folded := strings.NewReplacer("'", "", "’", "").Replace(text.Fold(s))
	words := strings.FieldsFunc(folded, func(r rune) bool { return !('a' <= r && r <= 'z' || '0' <= r && r <= '9') })
	id := ""
	for _, word := range words {
		if len(id)+1+len(word) > longestDraftID {
			break
		}
		id = strings.TrimPrefix(id+"-"+word, "-")
	}
	if id == "" && len(words) > 0 {
		id = words[0][:min(len(words[0]), longestDraftID)]
	}
	others := 0
	for _, r := range folded {
		if r >= utf8.RuneSelf {
			others++
		}
	}
	if others > len(id) {
		return ""
	}
	return id
}
