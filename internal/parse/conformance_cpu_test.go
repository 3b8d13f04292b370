package parse

import (
	"bytes"
	"fmt"
	"html"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
)

// fullFeeds are the kinds of feeds that carry whole articles. Each makes a document
// of so many entries; the changed one says something else.
var fullFeeds = []struct {
	name string
	make func(items, changed int) []byte
}{
	{"RSS, CDATA", func(items, changed int) []byte {
		return fullRSS(items, changed, func(article string) string { return "<![CDATA[" + article + "]]>" })
	}},
	{"RSS, escaped", func(items, changed int) []byte { return fullRSS(items, changed, html.EscapeString) }},
	{"Atom", fullAtom},
	{"JSON", fullJSON},
}

// article is about 6 KB of HTML, as most articles are.
func article(n, changed int) string {
	text := strings.Repeat("<p>"+lorem+`<a href="https://desk.example.org/about/">More</a></p>`+"\n", 23)
	if n == changed {
		text += "<p>Corrected.</p>"
	}
	return fmt.Sprintf("<p>Report %d.</p>%s", n, text)
}

func fullRSS(items, changed int, quote func(string) string) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
	xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Border Desk</title><link>https://desk.example.org/</link>
	<description>Reports</description><language>en</language>` + "\n")
	for i := range items {
		fmt.Fprintf(&b, `<item><title>Report %d</title><link>https://desk.example.org/report-%d/</link><dc:creator>Mina Park</dc:creator>
<pubDate>Tue, 24 Nov 2026 07:%02d:00 +0000</pubDate><category>Refugees</category><guid isPermaLink="false">https://desk.example.org/?p=%d</guid>
<description>%s</description><content:encoded>%s</content:encoded></item>`+"\n", i, i, i%60, i, lorem, quote(article(i, changed)))
	}
	b.WriteString("</channel></rss>")
	return []byte(b.String())
}

func fullAtom(items, changed int) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Border Desk</title>
<link href="https://desk.example.org/"/><id>tag:desk.example.org,2026:feed</id><updated>2026-11-24T08:00:00Z</updated>` + "\n")
	for i := range items {
		fmt.Fprintf(&b, `<entry><title>Report %d</title><link href="https://desk.example.org/report-%d/"/><id>tag:desk.example.org,2026:%d</id>
<published>2026-11-24T07:%02d:00Z</published><updated>2026-11-24T07:%02d:30Z</updated><author><name>Mina Park</name></author>
<category term="refugees"/><summary>%s</summary><content type="html">%s</content></entry>`+"\n",
			i, i, i, i%60, i%60, lorem, html.EscapeString(article(i, changed)))
	}
	b.WriteString("</feed>")
	return []byte(b.String())
}

func fullJSON(items, changed int) []byte {
	var b strings.Builder
	b.WriteString(`{"version":"https://jsonfeed.org/version/1.1","title":"Border Desk","home_page_url":"https://desk.example.org/","items":[`)
	for i := range items {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"id":"%d","url":"https://desk.example.org/report-%d/","title":"Report %d","date_published":"2026-11-24T07:%02d:00Z",`+
			`"tags":["refugees"],"authors":[{"name":"Mina Park"}],"summary":%q,"content_html":%q}`, i, i, i, i%60, lorem, article(i, changed))
	}
	b.WriteString("]}")
	return []byte(b.String())
}

// scoreCPU compares the processor time of a reading with that of gofeed alone: of a
// document that is new, and of one in which one entry has changed since.
func scoreCPU(t *testing.T) {
	if scale > 1 {
		skip(t, "the race detector slows some code more than other code")
	}
	plain := gofeed.NewParser()
	plain.RSSTranslator = &gofeed.DefaultRSSTranslator{DisableContentImageScan: true}
	fmt.Printf("%-36s %10s %10s %8s %12s %8s\n", "CPU of a full feed of 50 entries", "gofeed", "cold", "ratio", "one changed", "ratio")
	for _, feed := range fullFeeds {
		doc := Document{Body: feed.make(50, -1), URL: "https://desk.example.org/feed/", Source: "desk"}
		first, err := Feed(doc)
		if err != nil {
			t.Fatal(err)
		}
		again := doc
		again.Body, again.Known = feed.make(50, 25), first.Readings
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		times := medians(t, []func(){
			func() { _, err := plain.Parse(bytes.NewReader(doc.Body)); must(err) },
			func() { _, err := Feed(doc); must(err) },
			func() { _, err := Feed(again); must(err) },
		})
		ratio := func(i int) float64 { return float64(times[i]) / float64(times[0]) }
		fmt.Printf("  %-34s %10v %10v %8.2f %12v %8.2f\n", fmt.Sprintf("%s, %d KB", feed.name, len(doc.Body)>>10),
			times[0], times[1], ratio(1), times[2], ratio(2))
	}
}

// medians times some work in turns, so that what else the machine does falls on all
// alike.
func medians(t *testing.T, work []func()) []time.Duration {
	const turns, repeats = 21, 5
	times := make([][]time.Duration, len(work))
	for range turns {
		for i, do := range work {
			start := cpuTime(t)
			for range repeats {
				do()
			}
			times[i] = append(times[i], (cpuTime(t)-start)/repeats)
		}
	}
	medians := make([]time.Duration, len(work))
	for i, list := range times {
		slices.Sort(list)
		medians[i] = list[turns/2].Round(time.Microsecond)
	}
	return medians
}
