package parse

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/rss"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

func (x *xmlDocument) readRSS(res *Result) error {
	feed, err := guard(func() (*rss.Feed, error) { return new(rss.Parser).Parse(bytes.NewReader(x.out)) })
	if err != nil {
		return err
	}
	// gofeed returns entries beside the channel after those in it.
	slices.SortStableFunc(x.entries, func(a, b entryNotes) int {
		switch {
		case a.outside == b.outside:
			return 0
		case b.outside:
			return -1
		}
		return 1
	})
	if len(feed.Items) != len(x.entries) {
		return fmt.Errorf("gofeed found %d of %d entries", len(feed.Items), len(x.entries))
	}
	x.headRSS(feed)
	res.Entries = make([]news.Entry, len(feed.Items))
	for i, it := range feed.Items {
		x.entryRSS(&res.Entries[i], &x.entries[i], it)
	}
	return nil
}

func (x *xmlDocument) headRSS(feed *rss.Feed) {
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
}

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
		day := time.Weekday(named(weekdays[:], strings.ToLower(strings.TrimSpace(d))))
		if day >= 0 && !slices.Contains(x.head.SkipDays, day) {
			x.head.SkipDays = append(x.head.SkipDays, day)
		}
	}
}

func (x *xmlDocument) entryRSS(e *news.Entry, n *entryNotes, it *rss.Item) {
	exts := it.Extensions
	e.Title = x.rssText(&n.title, it.Title)
	if e.Title.Value == "" {
		e.Title = sniff(n.otherTitle)
	}
	e.Content = x.rssText(&n.content, it.Content)
	if n.content.typ == "" {
		e.Content.HTML = e.Content.Value != "" // content:encoded says so
	}
	e.Summary = x.rssText(&n.summary, it.Description)
	for _, other := range [][2]string{{"dc", "description"}, {"itunes", "summary"}} {
		if e.Summary.Value == "" && exts != nil {
			e.Summary = sniff(value(exts, other[0], other[1]))
		}
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
	x.fill(e, n, exts)
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
