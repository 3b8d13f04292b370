package parse

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
)

const lorem = `Border guards returned forty people to the river on Tuesday, relatives told the desk. ` +
	`Among them were three children; nobody has heard from the group since, and the ministry did not answer questions. `

// typicalRSS is a document of the size and kind that most sources serve: 30
// entries, about 60 KB.
func typicalRSS(items int) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
	xmlns:content="http://purl.org/rss/1.0/modules/content/"
	xmlns:wfw="http://wellformedweb.org/CommentAPI/"
	xmlns:dc="http://purl.org/dc/elements/1.1/"
	xmlns:atom="http://www.w3.org/2005/Atom"
	xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
	xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
	>
<channel>
	<title>Border Desk</title>
	<atom:link href="https://desk.example.org/feed/" rel="self" type="application/rss+xml" />
	<link>https://desk.example.org/</link>
	<description>Reports</description>
	<lastBuildDate>Tue, 24 Nov 2026 08:00:00 +0000</lastBuildDate>
	<language>en-US</language>
	<sy:updatePeriod>hourly</sy:updatePeriod>
	<sy:updateFrequency>1</sy:updateFrequency>
	<generator>https://example.org/?v=6.4</generator>
`)
	for i := range items {
		fmt.Fprintf(&b, `	<item>
		<title>Report %d: families wait for news</title>
		<link>https://desk.example.org/2026/11/report-%d/</link>
		<comments>https://desk.example.org/2026/11/report-%d/#respond</comments>
		<dc:creator><![CDATA[Mina Park]]></dc:creator>
		<pubDate>Tue, 24 Nov 2026 07:%02d:00 +0000</pubDate>
				<category><![CDATA[Refugees]]></category>
		<category><![CDATA[Borders &amp; returns]]></category>
		<guid isPermaLink="false">https://desk.example.org/?p=%d</guid>
		<description><![CDATA[<p>%s</p>]]></description>
		<content:encoded><![CDATA[<p>%s</p><p>%s</p>]]></content:encoded>
		<wfw:commentRss>https://desk.example.org/2026/11/report-%d/feed/</wfw:commentRss>
		<slash:comments>0</slash:comments>
	</item>
`, i, i, i, i%60, i, lorem, strings.Repeat(lorem, 3), strings.Repeat(lorem, 2), i)
	}
	b.WriteString("</channel></rss>")
	return []byte(b.String())
}

func typicalAtom(items int) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Border Desk</title>
<link href="https://desk.example.org/"/><id>tag:desk.example.org,2026:feed</id><updated>2026-11-24T08:00:00Z</updated>
`)
	for i := range items {
		html := strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace("<p>" + strings.Repeat(lorem, 5) + "</p><p>" + lorem + "</p>")
		fmt.Fprintf(&b, `<entry><title type="html">Report %d &amp;amp; reply</title><link rel="alternate" href="https://desk.example.org/report-%d/"/>
<id>tag:desk.example.org,2026:%d</id><published>2026-11-24T07:%02d:00Z</published><updated>2026-11-24T07:%02d:30Z</updated>
<author><name>Mina Park</name><uri>https://desk.example.org/mina</uri></author><category term="refugees" label="Refugees"/>
<summary type="text">%s</summary><content type="html">%s</content></entry>
`, i, i, i, i%60, i%60, lorem, html)
	}
	b.WriteString("</feed>")
	return []byte(b.String())
}

func typicalJSON(items int) []byte {
	var b strings.Builder
	b.WriteString(`{"version":"https://jsonfeed.org/version/1.1","title":"Border Desk","home_page_url":"https://desk.example.org/","items":[`)
	for i := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"https://desk.example.org/%d","url":"https://desk.example.org/%d","title":"Report %d","date_published":"2026-11-24T07:00:00Z","tags":["refugees"],"authors":[{"name":"Mina Park"}],"content_html":"<p>%s<\/p>"}`,
			i, i, i, strings.Repeat(lorem, 8))
	}
	b.WriteString("]}")
	return []byte(b.String())
}

// BenchmarkFeed compares Feed with gofeed alone on the same documents.
func BenchmarkFeed(b *testing.B) {
	for _, c := range []struct {
		name string
		body []byte
	}{{"rss", typicalRSS(30)}, {"atom", typicalAtom(30)}, {"json", typicalJSON(30)}} {
		plain := gofeed.NewParser()
		plain.RSSTranslator = &gofeed.DefaultRSSTranslator{DisableContentImageScan: true}
		b.Run(c.name+"/gofeed", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.body)))
			defer cpu(b)()
			for b.Loop() {
				if _, err := plain.Parse(bytes.NewReader(c.body)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/feed", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.body)))
			defer cpu(b)()
			for b.Loop() {
				if _, err := Feed(Document{Body: c.body, URL: "https://desk.example.org/feed/", Source: "desk"}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// cpu reports the processor time an operation takes: wall time says little on a
// machine that others use.
func cpu(b *testing.B) func() {
	start := cpuTime(b)
	return func() {
		b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N), "cpu-ns/op")
	}
}

func cpuTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkSplit is what a document costs whose entries are all known, but for its
// head.
func BenchmarkSplit(b *testing.B) {
	for name, body := range map[string][]byte{"rss": typicalRSS(30), "atom": typicalAtom(30)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			defer cpu(b)()
			for b.Loop() {
				if s := split(body, "https://desk.example.org/", &repairs{}); len(s.parts) != 30 {
					b.Fatal(len(s.parts))
				}
			}
		})
	}
}
