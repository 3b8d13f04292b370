package discover

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"rightswire/internal/fetch"
	"rightswire/internal/health"
	"rightswire/internal/link"
	"rightswire/internal/news"
	"rightswire/internal/parse"
	"rightswire/internal/text"
)

// A feed is a candidate with what tells it from others.
type feed struct {
	Candidate
	rank  rank
	home  bool // its site is the very page that was asked about
	final string
	// ids and urls are its items', the latter for comparing (link.Key).
	ids, urls map[string]bool
}

func newFeed(l lead, res *fetch.Response, doc *parse.Result, now time.Time) feed {
	title, _ := text.Truncate(text.Line(cmp.Or(doc.Head.Title, l.title)), maxTitle)
	f := feed{
		Candidate: Candidate{
			URL: l.url, Title: title, Home: doc.Head.Link, Format: doc.Head.Format,
			Language: cmp.Or(doc.Head.Language, commonLanguage(doc.Entries)),
			Items:    len(doc.Entries), Repairs: doc.Repairs, How: l.how, Comments: isComments(l.url, title),
		},
		rank: l.rank, final: res.FinalURL, ids: map[string]bool{}, urls: map[string]bool{},
	}
	if res.Moved != "" && res.Moved != l.url {
		f.URL, f.Moved = res.Moved, l.url
	}
	claimed := make([]time.Time, len(doc.Entries))
	for i := range doc.Entries {
		e := &doc.Entries[i]
		claimed[i] = e.Claimed()
		f.ids[string(e.ID)] = true
		if e.Link != "" {
			f.urls[link.Key(e.Link)] = true
		}
	}
	f.Cadence, f.Newest = health.Rhythm(claimed, now)
	f.Newest = f.Newest.UTC()
	return f
}

// commonLanguage is the commonest language among entries, the first of several.
func commonLanguage(entries []news.Entry) string {
	count, best := map[string]int{}, ""
	for i := range entries {
		if tag := text.Language(entries[i].Language); tag != "" {
			count[tag]++
			if count[tag] > count[best] {
				best = tag
			}
		}
	}
	return best
}

// comments are what blogs call the feeds of what readers write, in the languages of
// WordPress's commonest translations.
var (
	commentsPath  = regexp.MustCompile(`(?i)/comments?(?:/|$|\.)|feed=comments|/feeds/(?:\d+/)?comments/`)
	commentsTitle = regexp.MustCompile(`(?i)^(?:comments? (?:on|for)|kommentare (?:zu|für)|commentaires? (?:sur|pour)|comentarios? (?:en|de|para)|` +
		`comentários (?:sobre|em|para)|commenti (?:su|per)|комментарии (?:к|на)|коментарі (?:до|на)|reacties (?:op|voor)|` +
		`التعليقات |دیدگاه|댓글)|(?:的评论|への?コメント| için yorumlar)$|(?:» |\| )(?:comments? feed|kommentar-feed|flux des commentaires|feed de los comentarios)$`)
)

// isComments reports whether a feed is one of readers' comments.
func isComments(address, title string) bool {
	return commentsPath.MatchString(address) || commentsTitle.MatchString(title)
}

// class sorts feeds coarsely: those with news, comments, empty ones.
func (f *feed) class() int {
	switch {
	case f.Items == 0:
		return 2
	case f.Comments:
		return 1
	}
	return 0
}

// order puts what is true behind what is not.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// compare orders feeds, the better first.
func compare(a, b feed) int {
	return cmp.Or(
		cmp.Compare(a.class(), b.class()),
		order(!a.home, !b.home),
		cmp.Compare(a.rank, b.rank),
		order(!a.Valid(), !b.Valid()),
	)
}

// family is the kind of a feed's format: "rss", "atom", "json".
func (f *feed) family() string {
	name, _, _ := strings.Cut(f.Format, " ")
	return name
}

// same reports whether two feeds bring the same items. One publisher's RSS and Atom
// may differ in how many they hold.
func same(a, b *feed) bool {
	if a.final == b.final || a.URL == b.URL {
		return true
	}
	twins := a.family() != b.family()
	return a.class() == b.class() && (overlap(a.ids, b.ids, twins) || overlap(a.urls, b.urls, twins))
}

// overlap reports whether two sets are equal or, if part will do, the smaller is
// within the larger and at least half of it.
func overlap(a, b map[string]bool, part bool) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) == 0 || len(a) != len(b) && (!part || 2*len(a) < len(b)) {
		return false
	}
	for k := range a {
		if !b[k] {
			return false
		}
	}
	return true
}

// candidates returns the feeds that were found, each once, the best first.
func (s *search) candidates() []Candidate {
	slices.SortStableFunc(s.found, compare)
	var kept []feed
	for _, f := range s.found {
		i := slices.IndexFunc(kept, func(k feed) bool { return same(&k, &f) })
		switch {
		case i < 0:
			kept = append(kept, f)
		case compare(kept[i], f) == 0 && kept[i].Items == f.Items && kept[i].family() == "rss" && f.family() == "atom":
			kept[i] = f
		}
	}
	out := make([]Candidate, len(kept))
	for i, f := range kept {
		out[i] = f.Candidate
	}
	return out
}
