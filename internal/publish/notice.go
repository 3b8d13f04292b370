package publish

import (
	"html"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

// A Notice is an entry in which the newswire speaks of itself, rather than a
// source of the world.
type Notice struct {
	// Path names it for ever among the site's published ids (see news.Site.PlaceURI).
	Path  string
	Title string
	Text  string // plain, a sentence or two
	Page  string // absolute address of the page that says more
	At    time.Time
	About news.SourceID // the source it is about
}

// A Bulletin is a list of notices, newest first.
type Bulletin struct {
	Path        string // names the list, as a Notice's does it
	Title       string
	Description string
	Language    string // of all its words, a BCP 47 tag
	// Modified is the last moment anything of the list changed.
	Modified time.Time
	Notices  []Notice
}

// RSS returns the bulletin as RSS 2.0.
func (b *Bulletin) RSS(site news.Site, l Links) ([]byte, error) {
	h := b.head(site, l)
	return writeRSS(&h, b.entries(site, &h))
}

// Atom returns the bulletin as Atom 1.0 (RFC 4287).
func (b *Bulletin) Atom(site news.Site, l Links) ([]byte, error) {
	h := b.head(site, l)
	return writeAtom(&h, b.entries(site, &h))
}

// JSON returns the bulletin as JSON Feed 1.1.
func (b *Bulletin) JSON(site news.Site, l Links) ([]byte, error) {
	h := b.head(site, l)
	return writeJSON(&h, news.Place{}, b.entries(site, &h))
}

func (b *Bulletin) head(site news.Site, l Links) head {
	h := newHead(site, &news.Edition{
		Title: b.Title, Description: b.Description, Language: b.Language, Modified: b.Modified,
	}, l)
	h.id = site.PlaceURI(b.Path)
	return h
}

// entries spells out the notices. Their source is the bulletin itself: whoever
// copies one says where it is from.
func (b *Bulletin) entries(site news.Site, h *head) []entry {
	es := make([]entry, len(b.Notices))
	for i, n := range b.Notices {
		at := moment(n.At)
		e := entry{
			piece:     &news.Piece{Source: news.Source{ID: n.About}},
			id:        site.PlaceURI(n.Path),
			title:     firstLine(n.Title, h.title),
			language:  h.language,
			link:      firstOf(address(n.Page), h.page),
			published: at,
			updated:   at,
			authors:   []news.Author{{Name: h.publisher, URL: h.home}},
			source:    attribution{id: h.id, title: h.title, feed: h.self},
			summary:   text.Line(n.Text),
		}
		if e.summary != "" {
			e.body = "<p>" + html.EscapeString(e.summary) + "</p>"
		}
		es[i] = e
	}
	return es
}
