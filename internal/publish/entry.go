package publish

import (
	"strings"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

// The taxonomies of the categories we add to a source's own.
const countryScheme = "urn:iso:std:iso:3166:-1"

// titleLength is the most characters of an excerpt that stand in for a title.
const titleLength = 80

// An entry is what the three formats say of one Piece.
type entry struct {
	piece *news.Piece

	id, title, language string
	link                string // the article at its source, else our page
	page                string // our page; "" where link is that already
	published, updated  time.Time
	authors             []news.Author
	categories          []category
	enclosures          []news.Enclosure
	source              attribution
	rights              string
	summary             string // plain text
	body                string // markup: notes, then the text or excerpt
}

// A category is a tag of an entry in a taxonomy.
type category struct {
	term, scheme, label string
}

// An attribution names the source of an entry. It comes from the operator's
// file, whatever the entry itself claims.
type attribution struct {
	id, title, feed, rights string
}

// newEntries spells out the pieces of ed, in their order.
func newEntries(site news.Site, h *head, ed *news.Edition) []entry {
	es := make([]entry, len(ed.Pieces))
	for i := range ed.Pieces {
		es[i] = newEntry(site, h, &ed.Pieces[i])
	}
	return es
}

func newEntry(site news.Site, h *head, p *news.Piece) entry {
	e := entry{
		piece:      p,
		id:         site.TagURI(p.Item.ID),
		language:   h.languages.canonical(firstOf(p.Item.Language, p.Source.Language)),
		link:       address(p.Item.URL),
		page:       address(site.URL + "/items/" + string(p.Item.ID) + "/"),
		published:  moment(p.Item.Dated()),
		updated:    moment(p.Updated()),
		categories: categories(site, p),
		enclosures: enclosures(p.Enclosures),
		rights:     text.Line(p.Rights),
		summary:    text.Line(p.Excerpt),
		source: attribution{
			id:     site.PlaceURI("sources/" + string(p.Source.ID)),
			title:  firstLine(p.Source.Title, string(p.Source.ID)),
			feed:   firstOf(address(p.Source.URL), address(site.URL+"/sources/"+string(p.Source.ID)+"/rss.xml")),
			rights: text.Line(p.Source.Rights.Statement),
		},
	}
	if e.link == "" {
		e.link, e.page = e.page, ""
	}
	if e.title = text.Line(p.Item.Title); e.title == "" {
		e.title = firstOf(text.Excerpt(e.summary, titleLength), e.source.title)
	}
	e.authors = authors(p.Authors, e.source.title)
	e.body = body(site, h, &e)
	return e
}

// authors returns those with a name. Where there are none, the source speaks: a
// feed's entry without an author would be taken for its publisher's own.
func authors(named []news.Author, source string) []news.Author {
	var as []news.Author
	for _, a := range named {
		if name := text.Line(a.Name); name != "" {
			as = append(as, news.Author{Name: name, URL: web(a.URL)})
		}
	}
	if len(as) == 0 {
		as = append(as, news.Author{Name: source})
	}
	return as
}

// categories returns the tags found, then the source's own keywords, none twice.
func categories(site news.Site, p *news.Piece) []category {
	cs := make([]category, 0, len(p.Subjects)+len(p.Categories))
	add := func(c category) {
		if c.term == "" {
			return
		}
		for _, have := range cs {
			if have.term == c.term && have.scheme == c.scheme {
				return
			}
		}
		cs = append(cs, c)
	}
	for _, s := range p.Subjects {
		label := text.Line(s.Label)
		if s.Topic != "" {
			add(category{string(s.Topic), site.PlaceURI("topics"), label})
		} else {
			add(category{string(s.Country), countryScheme, label})
		}
	}
	for _, c := range p.Categories {
		add(category{firstLine(c.Term, c.Label), address(c.Scheme), text.Line(c.Label)})
	}
	return cs
}

// enclosures returns those that can be linked, with the media type that RSS and
// JSON Feed require and no length that is not one.
func enclosures(all []news.Enclosure) []news.Enclosure {
	var es []news.Enclosure
	for _, e := range all {
		e.URL = web(e.URL)
		if e.URL == "" {
			continue
		}
		if !mediaType(e.Type) {
			e.Type = "application/octet-stream"
		}
		e.Length = max(e.Length, 0)
		es = append(es, e)
	}
	return es
}

// mediaType reports whether s is a type and subtype of RFC 6838 without
// parameters.
func mediaType(s string) bool {
	kind, sub, ok := strings.Cut(s, "/")
	return ok && restrictedName(kind) && restrictedName(sub)
}

func restrictedName(s string) bool {
	if s == "" || len(s) > 127 {
		return false
	}
	for _, c := range []byte(s) {
		if !inName[c] {
			return false
		}
	}
	return true
}
