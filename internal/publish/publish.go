// Package publish turns an Edition into the bytes of a feed: RSS 2.0, Atom 1.0
// and JSON Feed 1.1.
//
// It is pure: the same edition gives the same bytes, there is no clock, and no
// date in a feed is later than what the edition says. What an edition shows, and
// with how much text, was decided before; here it is only spelled. Every string
// is cleaned of the characters XML forbids, every address is made to fit RFC
// 3986 or left out, and markup is written as escaped text, never as CDATA, so
// that a document stays well-formed whatever a source wrote.
//
// The structs of gorilla/feeds are embedded in types of ours that have their own
// FeedXml method: without it, every added field would silently be left out.
package publish

import (
	"bytes"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/gorilla/feeds"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

// generator names the program in the feeds. It has no version: a new release
// alone changes no bytes.
const generator = "Rightswire"

// Links are the addresses of the feed being written, both absolute.
type Links struct {
	Self string // of the feed itself
	Page string // of the page that shows the same list
}

// A head is what the three formats say of the list as a whole.
type head struct {
	id, title, description, language string
	self, page                       string
	publisher, home, mail            string
	desk                             string    // language of the editors' notes
	modified                         time.Time // zero where the edition has none
	languages                        languages
}

func newHead(site news.Site, ed *news.Edition, l Links) head {
	path := strings.TrimSuffix(ed.Place.Path(), "/")
	if path == "" {
		path = "front"
	}
	known := languages{}
	h := head{
		id:          site.PlaceURI(path),
		title:       firstLine(ed.Title, site.Title, generator),
		description: text.Line(ed.Description),
		language:    known.canonical(firstOf(ed.Language, site.Language)),
		self:        address(l.Self),
		page:        address(l.Page),
		publisher:   firstLine(site.Title, generator),
		home:        address(site.URL + "/"),
		modified:    moment(ed.Modified),
		desk:        firstOf(known.canonical(site.Language), "en"),
		languages:   known,
	}
	// A contact may also be a web page; only an address belongs in a mail field.
	if a, err := mail.ParseAddress(site.Contact); err == nil && a.Address == site.Contact {
		h.mail = a.Address
	}
	return h
}

// moment returns t in UTC and whole seconds, and the zero time where t lies
// outside the years that the formats can write.
func moment(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Second)
	if t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// stamp writes t by layout, or "" for the zero time.
func stamp(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(layout)
}

// languages remembers the canonical form of the tags met in one feed.
type languages map[string]string

// canonical returns the canonical form of a language tag, or "" where it is none.
func (ls languages) canonical(tag string) string {
	known, ok := ls[tag]
	if !ok {
		known = text.Language(tag)
		ls[tag] = known
	}
	return known
}

// firstOf returns the first of ss that is not empty.
func firstOf(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}

// firstLine returns the first of ss that has something to read, as one line.
func firstLine(ss ...string) string {
	for _, s := range ss {
		if l := text.Line(s); l != "" {
			return l
		}
	}
	return ""
}

// write renders an XML feed.
func write(what string, f feeds.XmlFeed, size int) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(size)
	if err := feeds.WriteXML(f, &b); err != nil {
		return nil, fmt.Errorf("write %s: %w", what, err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// room estimates the bytes a feed of entries takes, to allocate them once.
func room(entries []entry) int {
	n := 4096
	for i := range entries {
		n += 4096 + len(entries[i].body)*5/4
	}
	return n
}
