package parse

import (
	"github.com/mmcdole/gofeed/atom"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

func parseAtom(inner []byte) (*atom.Feed, error) {
	return new(atom.Parser).Parse(enclosed("<feed>", inner, "</feed>"))
}

func atomEntries(entries []byte) ([]*atom.Entry, error) {
	feed, err := parseAtom(entries)
	if err != nil {
		return nil, err
	}
	return feed.Entries, nil
}

func (x *xmlDocument) readAtomHead() error {
	feed, err := guard(func() (*atom.Feed, error) { return parseAtom(x.out) })
	if err != nil {
		return err
	}
	noted := &x.scanner.head
	x.head.Title = plainLine(x.atomText(&noted.title, feed.Title), maxTitle)
	x.fillHead("atom")
	first(&x.head.Language, text.Language(value(feed.Extensions, "dc", "language")))
	x.rights = plainLine(x.atomText(&noted.rights, feed.Rights), maxName)
	x.authors = x.people(feed.Authors, noted.base)
	for _, creator := range values(feed.Extensions, "dc", "creator") {
		x.authors.add(byline(creator), "")
	}
	return nil
}

func (x *xmlDocument) people(persons []*atom.Person, base string) authors {
	var as authors
	for _, p := range persons {
		a := news.Author{Name: p.Name, Email: p.Email, URL: p.URI}
		if a.Email == "" {
			url := a.URL
			a = byline(a.Name)
			a.URL = url
		}
		as.add(a, base)
	}
	return as
}

func (x *xmlDocument) entryAtom(e *news.Entry, n *entryNotes, entry *atom.Entry) {
	e.Title = x.atomText(&n.title, entry.Title)
	if e.Title.Value == "" {
		e.Title = sniff(value(entry.Extensions, "dc", "title"))
	}
	e.Summary = x.atomText(&n.summary, entry.Summary)
	content := ""
	if entry.Content != nil {
		content = entry.Content.Value
	}
	e.Content = x.atomContent(&n.content, content)
	as := x.people(entry.Authors, n.base)
	for _, creator := range values(entry.Extensions, "dc", "creator") {
		as.add(byline(creator), n.base)
	}
	e.Rights = plainLine(x.atomText(&n.rights, entry.Rights), maxName)
	if src := entry.Source; src != nil {
		// What its source says holds for an entry that says nothing itself
		// (RFC 4287 section 4.2.11).
		e.Via = plainLine(x.atomText(&n.via, src.Title), maxTitle)
		first(&e.Via, bound(src.ID, maxTitle))
		first(&e.Rights, plainLine(x.atomText(&n.viaRights, src.Rights), maxName))
		if len(as) == 0 {
			as = x.people(src.Authors, n.base)
		}
	}
	e.Authors = as
	for _, c := range entry.Categories {
		addCategory(e, news.Category{Term: c.Term, Scheme: c.Scheme, Label: c.Label})
	}
	x.fill(e, n, entry.Extensions)
}
