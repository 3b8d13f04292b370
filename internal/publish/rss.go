package publish

import (
	"html"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/feeds"

	"rightswire/internal/news"
)

// rssTime is RFC 822 with a four-digit year; the zone is always UTC.
const rssTime = time.RFC1123Z

// RSS returns ed as RSS 2.0, with content:encoded, dc:creator and atom:link from
// the RSS Advisory Board's profile. The description is the excerpt; the text
// follows where the source's rights allow all of it.
func RSS(site news.Site, ed *news.Edition, l Links) ([]byte, error) {
	h := newHead(site, ed, l)
	return writeRSS(&h, newEntries(site, &h, ed))
}

func writeRSS(h *head, entries []entry) ([]byte, error) {
	ch := &rssChannel{
		RssFeed: feeds.RssFeed{
			Title:         h.title,
			Link:          h.page,
			Description:   firstOf(h.description, h.title),
			Language:      h.language,
			LastBuildDate: stamp(h.modified, rssTime),
			Generator:     generator,
		},
		Links: []linkNode{{Rel: "self", Type: "application/rss+xml", Href: h.self}},
		Items: make([]rssItem, len(entries)),
	}
	if h.mail != "" {
		// Parentheses would end the comment that holds the name.
		name := strings.NewReplacer("(", "", ")", "").Replace(h.publisher)
		ch.ManagingEditor = h.mail + " (" + name + ")"
	}
	for i := range entries {
		ch.Items[i] = newRSSItem(&entries[i])
	}
	return write("rss", &rssFeed{
		RssFeedXml: feeds.RssFeedXml{
			Version:          "2.0",
			ContentNamespace: "http://purl.org/rss/1.0/modules/content/",
		},
		AtomNamespace: "http://www.w3.org/2005/Atom",
		DCNamespace:   "http://purl.org/dc/elements/1.1/",
		Language:      h.language,
		Channel:       ch,
	}, room(entries))
}

// plainText writes a title that is plain text. By the RSS Advisory Board's survey
// most readers take these references, and no others, for the characters meant.
var plainText = strings.NewReplacer("&", "&#x26;", "<", "&#x3C;", ">", "&#x3E;")

type rssFeed struct {
	feeds.RssFeedXml
	AtomNamespace string `xml:"xmlns:atom,attr"`
	DCNamespace   string `xml:"xmlns:dc,attr"`
	Language      string `xml:"xml:lang,attr,omitempty"`
	Channel       *rssChannel
}

// FeedXml returns the feed itself, so that none of its own fields is lost.
//
//lint:ignore ST1003 gorilla/feeds asks for a method of this name
func (f *rssFeed) FeedXml() interface{} { return f }

type rssChannel struct {
	feeds.RssFeed
	Links []linkNode `xml:"atom:link"`
	Items []rssItem  `xml:"item"`
}

// An rssItem puts fields of its own in the place of gorilla's where those hold
// one value only or none of the attributes needed.
type rssItem struct {
	Lang string `xml:"xml:lang,attr,omitempty"`
	feeds.RssItem
	Title       *textNode     `xml:"title"`
	Description *textNode     `xml:"description"`
	Content     *textNode     `xml:"content:encoded"`
	Creators    []string      `xml:"dc:creator"`
	DCLanguage  string        `xml:"dc:language,omitempty"`
	Rights      string        `xml:"dc:rights,omitempty"`
	Categories  []rssCategory `xml:"category"`
	Updated     string        `xml:"atom:updated,omitempty"`
	Links       []linkNode    `xml:"atom:link"`
	Source      rssSource     `xml:"source"`
}

type rssCategory struct {
	Domain string `xml:"domain,attr,omitempty"`
	Term   string `xml:",chardata"`
}

type rssSource struct {
	URL   string `xml:"url,attr"`
	Title string `xml:",chardata"`
}

func newRSSItem(e *entry) rssItem {
	it := rssItem{
		Lang: e.language,
		RssItem: feeds.RssItem{
			Link:    e.link,
			Guid:    &feeds.RssGuid{Id: e.id, IsPermaLink: "false"},
			PubDate: stamp(e.published, rssTime),
		},
		Title:       &textNode{Data: plainText.Replace(e.title)},
		DCLanguage:  e.language,
		Rights:      e.rights,
		Source:      rssSource{URL: e.source.feed, Title: e.source.title},
		Description: newTextNode("", e.body),
	}
	if e.piece.Full {
		it.Description = newTextNode("", html.EscapeString(e.summary))
		it.Content = newTextNode("", e.body)
	}
	if e.updated.After(e.published) {
		it.Updated = stamp(e.updated, time.RFC3339)
	}
	for _, a := range e.authors {
		it.Creators = append(it.Creators, a.Name)
	}
	for _, c := range e.categories {
		it.Categories = append(it.Categories, rssCategory{Domain: c.scheme, Term: c.term})
	}
	it.Links = e.links()
	// RSS has room for one enclosure; readers take further ones from atom:link.
	if len(e.enclosures) > 0 {
		first := e.enclosures[0]
		it.Enclosure = &feeds.RssEnclosure{
			Url: first.URL, Type: first.Type, Length: strconv.FormatInt(first.Length, 10),
		}
		it.Links = append(it.Links, enclosureLinks(e.enclosures[1:])...)
	}
	return it
}
