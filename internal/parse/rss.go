package parse

import (
	"slices"
	"strconv"
	"strings"
	"time"

	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/rss"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

func parseRSS(inner []byte) (*rss.Feed, error) {
	return new(rss.Parser).Parse(enclosed("<rss><channel>", inner, "</channel></rss>"))
}

func rssItems(items []byte) ([]*rss.Item, error) {
	feed, err := parseRSS(items)
	if err != nil {
		return nil, err
	}
	return feed.Items, nil
}

func (x *xmlDocument) readRSSHead() error {
	feed, err := guard(func() (*rss.Feed, error) { return parseRSS(x.out) })
	if err != nil {
		return err
	}
	noted, exts := &x.scanner.head, feed.Extensions
	x.head.Title = plainLine(x.rssText(&noted.title, feed.Title), maxTitle)
	if x.head.Title == "" {
		x.head.Title = bound(value(exts, "dc", "title"), maxTitle)
	}
	x.head.Language = text.Language(feed.Language)
	if x.head.Language == "" {
		x.head.Language = text.Language(value(exts, "dc", "language"))
	}
	x.fillHead("rss")
	x.timing(feed)
	if x.rights = plainLine(x.rssText(&noted.rights, feed.Copyright), maxName); x.rights == "" {
		x.rights = bound(value(exts, "dc", "rights"), maxName)
	}
	for _, creator := range values(exts, "dc", "creator") {
		x.authors.add(byline(creator), "")
	}
	for _, name := range []string{value(exts, "itunes", "author"), feed.ManagingEditor} {
		if len(x.authors) == 0 {
			x.authors.add(byline(name), "")
		}
	}
	return nil
}

var weekdays = [7]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// timing reads when the publisher wants to be asked.
func (x *xmlDocument) timing(feed *rss.Feed) {
	if n, err := strconv.Atoi(strings.TrimSpace(feed.TTL)); err == nil && n > 0 && n < 1<<20 {
		x.head.TTL = time.Duration(n) * time.Minute
	}
	for _, h := range feed.SkipHours {
		n, err := strconv.Atoi(strings.TrimSpace(h))
		if err == nil && n >= 0 && n <= 24 && !slices.Contains(x.head.SkipHours, n%24) { // 24: RSS 0.91
			x.head.SkipHours = append(x.head.SkipHours, n%24)
		}
	}
	for _, d := range feed.SkipDays {
		day := time.Weekday(slices.Index(weekdays[:], strings.ToLower(strings.TrimSpace(d))))
		if day >= 0 && !slices.Contains(x.head.SkipDays, day) {
			x.head.SkipDays = append(x.head.SkipDays, day)
		}
	}
}

func (x *xmlDocument) entryRSS(e *news.Entry, n *entryNotes, it *rss.Item) {
	e.Title = x.rssText(&n.title, it.Title)
	if e.Title.Value == "" {
		e.Title = sniff(n.otherTitle)
	}
	e.Content = x.rssBody(&n.content, it.Content)
	if !n.content.taken {
		e.Content.HTML = e.Content.Value != "" // content:encoded says so
	}
	e.Summary = x.rssBody(&n.summary, it.Description)
	if teaser := x.rssBody(&n.teaser, ""); teaser.Value != "" {
		if e.Content.Value == "" {
			e.Content = e.Summary
		}
		e.Summary = teaser
	}
	x.authorsRSS(e, n, it)
	for _, c := range it.Categories {
		addCategory(e, news.Category{Term: plainName(c.Value), Scheme: c.Domain})
	}
	for _, enc := range it.Enclosures {
		addEnclosure(e, n.base, enc.URL, enc.Type, enc.Length)
	}
	if it.Source != nil {
		e.Via = bound(it.Source.Title, maxTitle)
		first(&e.Via, bound(it.Source.URL, maxTitle))
	}
	x.fill(e, n, it.Extensions)
}

func (x *xmlDocument) authorsRSS(e *news.Entry, n *entryNotes, it *rss.Item) {
	var as authors
	for _, name := range []string{"creator", "author"} {
		for _, v := range values(it.Extensions, "dc", name) {
			as.add(byline(v), n.base)
		}
	}
	as.add(byline(it.Author), n.base)
	for _, p := range it.Extensions["atom"]["author"] {
		as.add(news.Author{Name: child(p, "name"), Email: child(p, "email"), URL: child(p, "uri")}, n.base)
	}
	if len(as) == 0 {
		as.add(byline(value(it.Extensions, "itunes", "author")), n.base)
	}
	e.Authors = as
}

// child returns the text of an extension element's child, or "".
func child(e ext.Extension, name string) string {
	if c := e.Children[name]; len(c) > 0 {
		return c[0].Value
	}
	return ""
}
