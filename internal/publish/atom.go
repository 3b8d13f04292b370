package publish

import (
	"time"

	"github.com/gorilla/feeds"

	"rightswire/internal/news"
)

// undated is the date of what has none, in a format that requires one: a date
// that is plainly not meant, rather than one that moves.
var undated = time.Unix(0, 0).UTC()

// Atom returns ed as Atom 1.0 (RFC 4287). An entry has a content where the
// source's rights allow the whole text, and a summary wherever it has text at all.
func Atom(site news.Site, ed *news.Edition, l Links) ([]byte, error) {
	h := newHead(site, ed, l)
	return writeAtom(&h, newEntries(site, &h, ed))
}

func writeAtom(h *head, entries []entry) ([]byte, error) {
	f := &atomFeed{
		Lang: h.language,
		AtomFeed: feeds.AtomFeed{
			Xmlns:    "http://www.w3.org/2005/Atom",
			Title:    h.title,
			Id:       h.id,
			Updated:  atomTime(h.modified),
			Subtitle: h.description,
		},
		Links: []linkNode{
			{Rel: "self", Type: "application/atom+xml", Href: h.self},
			{Rel: "alternate", Type: "text/html", Href: h.page},
		},
		Authors:   []feeds.AtomPerson{{Name: h.publisher, Uri: h.home, Email: h.mail}},
		Generator: generator,
		Entries:   make([]atomEntry, len(entries)),
	}
	for i := range entries {
		f.Entries[i] = newAtomEntry(h, &entries[i])
	}
	return write("atom", f, room(entries))
}

// atomTime writes the first of ts that is not zero.
func atomTime(ts ...time.Time) string {
	for _, t := range ts {
		if !t.IsZero() {
			return stamp(t, time.RFC3339)
		}
	}
	return stamp(undated, time.RFC3339)
}

type atomFeed struct {
	Lang string `xml:"xml:lang,attr,omitempty"`
	feeds.AtomFeed
	Links     []linkNode         `xml:"link"`
	Authors   []feeds.AtomPerson `xml:"author"`
	Generator string             `xml:"generator"`
	// After all else: a reader may take what follows an entry for its part.
	Entries []atomEntry `xml:"entry"`
}

// FeedXml returns the feed itself, so that none of its own fields is lost.
//
//lint:ignore ST1003 gorilla/feeds asks for a method of this name
func (f *atomFeed) FeedXml() interface{} { return f }

// An atomEntry puts fields of its own in the place of gorilla's where those hold
// one value only or none of the attributes needed.
type atomEntry struct {
	Lang string `xml:"xml:lang,attr,omitempty"`
	feeds.AtomEntry
	Links      []linkNode         `xml:"link"`
	Authors    []feeds.AtomPerson `xml:"author"`
	Categories []atomCategory     `xml:"category"`
	Source     atomSource         `xml:"source"`
	Summary    *textNode          `xml:"summary"`
	Content    *textNode          `xml:"content"`
}

type atomCategory struct {
	Term   string `xml:"term,attr"`
	Scheme string `xml:"scheme,attr,omitempty"`
	Label  string `xml:"label,attr,omitempty"`
}

// An atomSource is the feed an entry came from (RFC 4287 section 4.2.11).
type atomSource struct {
	ID      string           `xml:"id"`
	Title   string           `xml:"title"`
	Updated string           `xml:"updated"`
	Link    linkNode         `xml:"link"`
	Author  feeds.AtomPerson `xml:"author"`
	Rights  string           `xml:"rights,omitempty"`
}

func newAtomEntry(h *head, e *entry) atomEntry {
	updated := atomTime(e.updated, e.published, h.modified)
	a := atomEntry{
		Lang: e.language,
		AtomEntry: feeds.AtomEntry{
			Title:     e.title,
			Id:        e.id,
			Updated:   updated,
			Published: stamp(e.published, time.RFC3339),
			Rights:    e.rights,
		},
		Links: append([]linkNode{{Rel: "alternate", Type: "text/html", Href: e.link}}, e.links()...),
		Source: atomSource{
			ID:      e.source.id,
			Title:   e.source.title,
			Updated: updated,
			Link:    linkNode{Rel: "self", Href: e.source.feed},
			Author:  feeds.AtomPerson{Name: e.source.title},
			Rights:  e.source.rights,
		},
	}
	switch {
	case e.piece.Full:
		a.Summary = newTextNode("text", e.summary)
		a.Content = newTextNode("html", e.body)
	case e.body != "":
		a.Summary = newTextNode("html", e.body)
	}
	for _, p := range e.authors {
		a.Authors = append(a.Authors, feeds.AtomPerson{Name: p.Name, Uri: p.URL})
	}
	for _, c := range e.categories {
		a.Categories = append(a.Categories, atomCategory{Term: c.term, Scheme: c.scheme, Label: c.label})
	}
	a.Links = append(a.Links, enclosureLinks(e.enclosures)...)
	return a
}

// links returns an entry's links besides its first: our page on it, and the feed
// it came by.
func (e *entry) links() []linkNode {
	var ls []linkNode
	if e.page != "" {
		ls = append(ls, linkNode{Rel: "related", Type: "text/html", Href: e.page})
	}
	return append(ls, linkNode{Rel: "via", Href: e.source.feed})
}

func enclosureLinks(es []news.Enclosure) []linkNode {
	ls := make([]linkNode, len(es))
	for i, e := range es {
		ls[i] = linkNode{Rel: "enclosure", Type: e.Type, Length: e.Length, Href: e.URL}
	}
	return ls
}
