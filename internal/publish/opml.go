package publish

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

// A Listing is a feed in a list of feeds.
type Listing struct {
	Title    string // the feed's address where it has none
	Feed     string // absolute address of the feed; a listing without one is left out
	Page     string // absolute address of the page it belongs to, or ""
	Language string // BCP 47 tag, or ""
	// Categories say what it is about: words, or paths such as "Asia/North Korea".
	Categories []string
}

// OPML returns listings as an OPML 2.0 subscription list, in their order. It shows
// what it is given: a source that is private is to be kept out by the caller.
func OPML(title string, listings []Listing) ([]byte, error) {
	doc := opmlDocument{Version: "2.0", Title: firstLine(title, generator)}
	known := languages{}
	for _, l := range listings {
		feed := web(l.Feed)
		if feed == "" {
			continue
		}
		name := firstLine(l.Title, feed)
		doc.Outlines = append(doc.Outlines, opmlOutline{
			Text: name, Title: name, Type: "rss", Feed: feed, Page: web(l.Page),
			Language: known.canonical(l.Language), Category: opmlCategories(l.Categories),
		})
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", "  ")
	if err := enc.Encode(&doc); err != nil {
		return nil, fmt.Errorf("write opml: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

type opmlDocument struct {
	XMLName  xml.Name      `xml:"opml"`
	Version  string        `xml:"version,attr"`
	Title    string        `xml:"head>title"`
	Outlines []opmlOutline `xml:"body>outline"`
}

// An opmlOutline is a subscription. Its type is "rss" whatever the feed's format
// (OPML 2.0, "Subscription lists").
type opmlOutline struct {
	Text     string `xml:"text,attr"`
	Title    string `xml:"title,attr"`
	Type     string `xml:"type,attr"`
	Feed     string `xml:"xmlUrl,attr"`
	Page     string `xml:"htmlUrl,attr,omitempty"`
	Language string `xml:"language,attr,omitempty"`
	Category string `xml:"category,attr,omitempty"`
}

// opmlCategories writes categories as OPML 2.0 does: parted by commas, a path with a
// slash before it.
func opmlCategories(categories []string) string {
	var out []string
	for _, c := range categories {
		c = text.Line(strings.ReplaceAll(c, ",", " "))
		if strings.Contains(c, "/") {
			c = "/" + strings.Trim(c, "/")
		}
		if c != "" {
			out = append(out, c)
		}
	}
	return strings.Join(out, ",")
}

// SourceListing lists a source's own feed; home is the address of its site, or "".
func SourceListing(src *news.Source, home string) Listing {
	l := Listing{Title: src.Title, Feed: src.URL, Page: home, Language: src.Language, Categories: []string{string(src.Kind)}}
	for _, c := range src.Countries {
		l.Categories = append(l.Categories, string(c))
	}
	return l
}
