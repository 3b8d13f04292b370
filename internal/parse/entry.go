package parse

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	ext "github.com/mmcdole/gofeed/extensions"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

// An xmlDocument is a scanned document that gofeed has read.
type xmlDocument struct {
	*scanner
	head    Head
	authors authors // of the feed, for entries without
	rights  string
}

// fill completes an entry from its notes and the extensions that both formats
// have, and brings it within the bounds.
func (x *xmlDocument) fill(e *news.Entry, n *entryNotes, exts ext.Extensions) {
	e.GUID, _ = cut(n.id(), maxGUID)
	e.Link = n.address()
	e.Base = n.base
	if n.content.said && n.content.base != "" {
		e.Base = n.content.base
	} else if n.summary.said && n.summary.base != "" {
		e.Base = n.summary.base
	} else if !n.summary.said && n.title.said && n.title.base != "" {
		e.Base = n.title.base
	}
	e.Published = claimed(cmp.Or(n.published, n.created, n.otherPublished))
	e.Updated = claimed(cmp.Or(n.updated, n.date, n.otherUpdated))
	e.Language = x.language(n.lang, x.textLang(n), value(exts, "dc", "language"))
	first(&e.Rights, bound(value(exts, "dc", "rights"), maxName))
	first(&e.Rights, x.rights)
	if len(e.Authors) == 0 {
		e.Authors = x.authors
	}
	for _, c := range exts["atom"]["category"] {
		addCategory(e, news.Category{Term: c.Attrs["term"], Scheme: c.Attrs["scheme"], Label: c.Attrs["label"]})
	}
	for _, c := range values(exts, "dc", "subject") {
		addCategory(e, news.Category{Term: c})
	}
	addKeywords(e, exts["itunes"]["keywords"])
	addTopics(e, exts["itunes"]["category"])
	for _, in := range [][2]string{{"dc", "description"}, {"itunes", "summary"}, {"itunes", "subtitle"}} {
		if e.Summary.Value == "" && exts != nil {
			e.Summary = sniff(value(exts, in[0], in[1]))
		}
	}
	x.enclose(e, n)
	addMedia(e, n.base, exts["media"])
	cutTexts(e)
}

// language returns the first of said that is a language, else that of the feed.
func (x *xmlDocument) language(said ...string) string {
	for _, lang := range said {
		switch lang {
		case "":
			continue
		case undetermined:
			return ""
		}
		if tag := text.Language(lang); tag != "" {
			return tag
		}
	}
	return x.head.Language
}

// textLang is the language of an entry's texts where they say one of their own.
func (x *xmlDocument) textLang(n *entryNotes) string {
	for _, t := range []*textNote{&n.content, &n.summary, &n.title} {
		if t.said && t.lang != "" && t.lang != x.scanner.head.lang {
			return t.lang
		}
	}
	return ""
}

// enclose takes the enclosures among an Atom entry's links.
func (x *xmlDocument) enclose(e *news.Entry, n *entryNotes) {
	for _, l := range n.links {
		if l.rel == "enclosure" {
			addEnclosure(e, l.base, l.href, l.typ, l.length)
		}
	}
}

func addEnclosure(e *news.Entry, base, ref, typ, length string) {
	u := webAddress(base, strings.TrimSpace(ref))
	if u == "" || len(e.Enclosures) >= maxEnclosures {
		return
	}
	if slices.ContainsFunc(e.Enclosures, func(o news.Enclosure) bool { return o.URL == u }) {
		return
	}
	n, err := strconv.ParseInt(strings.TrimSpace(length), 10, 64)
	if err != nil || n < 0 {
		n = 0
	}
	e.Enclosures = append(e.Enclosures, news.Enclosure{URL: u, Type: bound(typ, maxName), Length: n})
}

func addCategory(e *news.Entry, c news.Category) {
	c = news.Category{Term: bound(line(c.Term), maxName), Scheme: bound(c.Scheme, maxName), Label: bound(line(c.Label), maxName)}
	if c.Term == "" {
		c.Term = c.Label
	}
	if c.Term == "" || len(e.Categories) >= maxCategories || slices.Contains(e.Categories, c) {
		return
	}
	e.Categories = append(e.Categories, c)
}

// addKeywords takes categories from lists with commas.
func addKeywords(e *news.Entry, lists []ext.Extension) {
	for _, list := range lists {
		for word := range strings.SplitSeq(decodeEntities(list.Value), ",") {
			addCategory(e, news.Category{Term: word})
		}
	}
}

// itunesScheme is the scheme of Apple's categories for podcasts.
const itunesScheme = "http://www.itunes.com/"

// addTopics takes Apple's categories, one in another.
func addTopics(e *news.Entry, topics []ext.Extension) {
	for _, t := range topics {
		addCategory(e, news.Category{Term: t.Attrs["text"], Scheme: itunesScheme})
		addTopics(e, t.Children["category"])
	}
}

// mediaScheme is the scheme of a category of Media RSS that gives none.
const mediaScheme = "http://search.yahoo.com/mrss/category_schema"

// addMedia takes Media RSS: the files, the categories, and its title and description
// where the entry has none of its own.
func addMedia(e *news.Entry, base string, media map[string][]ext.Extension) {
	if media == nil {
		return
	}
	for _, c := range media["content"] {
		addEnclosure(e, base, c.Attrs["url"], c.Attrs["type"], c.Attrs["fileSize"])
	}
	for _, t := range media["title"] {
		if e.Title.Value == "" {
			e.Title = sniff(t.Value)
		}
	}
	for _, d := range media["description"] {
		if e.Content.Value == "" && e.Summary.Value == "" {
			e.Summary = sniff(d.Value)
		}
	}
	for _, c := range media["category"] {
		addCategory(e, news.Category{Term: c.Value, Scheme: cmp.Or(c.Attrs["scheme"], mediaScheme), Label: c.Attrs["label"]})
	}
	addKeywords(e, media["keywords"])
	for _, name := range []string{"group", "content"} {
		for _, inner := range media[name] {
			addMedia(e, base, inner.Children)
		}
	}
}

// values returns the texts of the extension elements prefix:name.
func values(x ext.Extensions, prefix, name string) []string {
	elements := x[prefix][name]
	if len(elements) == 0 {
		return nil
	}
	out := make([]string, 0, len(elements))
	for _, e := range elements {
		if v := strings.TrimSpace(decodeEntities(e.Value)); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// value returns the first of values, or "".
func value(x ext.Extensions, prefix, name string) string {
	if v := values(x, prefix, name); len(v) > 0 {
		return v[0]
	}
	return ""
}

// id is what the entry may be known by, if it says so.
func (n *entryNotes) id() string {
	if n.guid != "" {
		return n.guid
	}
	return n.about
}

// identity is documented at its type.
func (n *entryNotes) identity(src []byte) identity {
	id := identity{guid: n.id(), link: n.link()}
	if n.title.said {
		id.title = rawText(src[n.title.from.from:n.title.from.to])
	}
	first(&id.title, n.otherTitle)
	for _, date := range []string{n.published, n.date, n.updated, n.created} {
		first(&id.date, date)
	}
	return id
}

// leads calls f with the links that lead to the article, RSS's own first, until f
// says it has what it wants.
func leads(links []linkNote, f func(l linkNote) bool) {
	for _, rel := range []string{"", "alternate"} {
		for _, l := range links {
			if l.rel == rel && l.href != "" && f(l) {
				return
			}
		}
	}
}

// link is the entry's link as spelled.
func (n *entryNotes) link() (raw string) {
	leads(n.links, func(l linkNote) bool {
		raw = l.href
		return true
	})
	return raw
}

// address is the entry's absolute link for use: the first that can be one, else a
// guid that is said to be one.
func (n *entryNotes) address() string {
	if u := lead(n.links); u != "" || !n.permalink || !hasScheme(n.guid) {
		return u
	}
	return webAddress(n.base, n.guid)
}

// lead returns the first usable address among links that lead somewhere.
func lead(links []linkNote) (u string) {
	// A page for readers rather than a PDF or a feed, where there is the choice.
	for _, page := range []bool{true, false} {
		leads(links, func(l linkNote) bool {
			if page && l.typ != "" && !isHTML(l.typ) && !isXHTML(l.typ) {
				return false
			}
			u = webAddress(l.base, l.href)
			return u != ""
		})
		if u != "" {
			break
		}
	}
	return u
}

// related is the first absolute address of a relation.
func related(links []linkNote, rel string) string {
	for _, l := range links {
		if l.rel == rel {
			if u := wholeAddress(l.base, l.href); u != "" {
				return u
			}
		}
	}
	return ""
}

func hasScheme(s string) bool {
	return len(s) > 8 && (strings.EqualFold(s[:7], "http://") || strings.EqualFold(s[:8], "https://"))
}

// cutTexts brings an entry's texts within their bounds.
func cutTexts(e *news.Entry) {
	within := func(t *news.Text, n int) {
		var shorter bool
		t.Value, shorter = cut(t.Value, n)
		e.Cut = e.Cut || shorter
	}
	within(&e.Title, maxTitle)
	if len(e.Summary.Value)+len(e.Content.Value) <= maxText {
		return
	}
	if e.Content.Value != "" {
		within(&e.Summary, max(maxSummary, maxText-len(e.Content.Value)))
	}
	within(&e.Content, maxText-min(maxText, len(e.Summary.Value)))
	within(&e.Summary, maxText-len(e.Content.Value))
}

// lastClaim is the latest moment that the entry claims.
func lastClaim(e *news.Entry) time.Time {
	if e.Updated.After(e.Published) {
		return e.Updated
	}
	return e.Published
}
