package parse

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

func many(s string, n int) string { return strings.Repeat(s, n/scale) }

type hostileDocument struct {
	name    string
	body    func() string
	entries int // -1: it is refused
}

// hostile documents kill, stall or bloat a parser that trusts them. Each is of the
// size that the fetcher lets through.
var hostile = []hostileDocument{
	{"an extension nested a million deep", func() string {
		return rssDoc("<item><title>t</title>" + strings.Repeat("<a:b>", 1_000_000))
	}, 1},
	{"the same, closed", func() string {
		return rssDoc("<item><title>t</title>" + strings.Repeat("<a:b>", 100_000) + strings.Repeat("</a:b>", 100_000) + "</item>")
	}, 1},
	{"XHTML nested deep", func() string {
		return atomDoc(`<entry><title>t</title><content type="xhtml">` + strings.Repeat("<div>", 500_000))
	}, 1},
	{"nested namespaces", func() string {
		var b strings.Builder
		for i := range 10_000 {
			fmt.Fprintf(&b, `<a:b xmlns:n%d="http://e.org/%d">`, i, i)
		}
		return rssDoc("<item><title>t</title>" + b.String() + "</item>")
	}, 1},
	{"20,000 namespaces and elements", func() string {
		var b strings.Builder
		b.WriteString(`<rss version="2.0"`)
		for i := range 20_000 {
			fmt.Fprintf(&b, ` xmlns:n%d="u:%d"`, i, i)
		}
		return b.String() + `><channel><title>d</title><item><title>t</title>` + strings.Repeat("<dc:creator>x</dc:creator><n7:x/>", 10_000) + "</item></channel></rss>"
	}, 1},
	{"200,000 pieces of CDATA in an extension", func() string {
		return rssDoc("<item><title>t</title><dc:creator>" + many("<![CDATA[x]]>yyyyyyyy", 200_000) + "</dc:creator></item>")
	}, 1},
	{"200,000 pieces of CDATA in a text", func() string {
		return rssDoc("<item><title>t</title><description>" + many("<![CDATA[x]]>yyyyyyyy", 200_000) + "</description></item>")
	}, 1},
	{"400,000 comments", func() string {
		return rssDoc("<item><title>t" + many("<!---->", 400_000) + "</title><dc:creator>" + many("x<!---->", 400_000) + "</dc:creator></item>")
	}, 1},
	{"half a million tags in a text", func() string {
		return rssDoc("<item><title>t</title><description>" + many("a<b/>", 1_000_000) + "</description></item>")
	}, 1},
	{"a million attributes", func() string {
		return rssDoc("<item" + strings.Repeat(` a=""`, 1_000_000) + "><title>t</title></item>")
	}, 1},
	{"an attribute of 6 MB", func() string {
		return rssDoc(`<item><title>t</title><enclosure url="` + strings.Repeat("x", 6<<20) + `"/></item>`)
	}, 1},
	{"a million categories", func() string {
		return rssDoc("<item><title>t</title>" + many("<category/>", 600_000) + "</item>")
	}, 1},
	{"200,000 entries", func() string {
		return rssDoc(many("<item><title>t</title><pubDate>Tue, 24 Nov 2026 07:05:09 GMT</pubDate></item>", 100_000))
	}, 1},
	{"a title of 7 MB", func() string {
		return rssDoc("<item><title>" + many("тест ", 800_000) + "</title></item>")
	}, 1},
	{"a text of 7 MB", func() string {
		return rssDoc("<item><title>t</title><description>" + many("&lt;b&gt;тест", 400_000) + "</description></item>")
	}, 1},
	{"a guid, link, date and author of 2 MB", func() string {
		x := many("x", 2<<20)
		return rssDoc("<item><guid>" + x + "</guid><link>" + x + "</link><pubDate>" + x + "</pubDate><author>" + x + "</author></item>")
	}, 1},
	{"ampersands", func() string { return rssDoc("<item><title>" + many("&a", 3_000_000) + "</title></item>") }, 1},
	{"references", func() string {
		return rssDoc("<item><title>t</title><description>" + many("&a;", 2_000_000) + "</description></item>")
	}, 1},
	{"quotes left open", func() string { return rssDoc("<item><title>t</title></item>" + many("<a '", 1_500_000)) }, 1},
	{"sections left open", func() string {
		return rssDoc("<item><title>t</title></item>" + many("<![CDATA[<!--<!x [<?", 300_000))
	}, 1},
	{"stray end tags", func() string {
		return `<rss><channel><title>d</title><item><title>t</title>` + strings.Repeat("<aaaaaa>", 90) + many("</aaaaab>", 700_000) + "</channel></rss>"
	}, 1},
	{"lone less-thans", func() string { return rssDoc("<item><title>" + many("<", 4_000_000) + "</title></item>") }, 1},
	{"CDATA ends", func() string { return rssDoc("<item><title>" + many("]]>", 2_000_000) + "</title></item>") }, 1},
	{"a million bases", func() string {
		return rssDoc(many(`<item xml:base="a/"><title xml:base="b/">t</title><link>x</link></item>`, 100_000))
	}, 1},
	{"unusable links", func() string {
		return rssDoc(many("<item>"+strings.Repeat("<link>javascript:x</link>", 150)+"<title>t</title></item>", 2_000))
	}, 1},
}

func TestHostile(t *testing.T) { testHostile(t, hostile) }

func testHostile(t *testing.T, docs []hostileDocument) {
	for _, c := range docs {
		t.Run(c.name, func(t *testing.T) {
			doc := Document{Body: []byte(c.body()), URL: "https://e.org/feed", Source: "s"}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := cpuTime(t)
			res, err := Feed(doc)
			took := cpuTime(t) - start
			runtime.ReadMemStats(&after)
			t.Logf("%d bytes: %v of CPU, %d MB allocated", len(doc.Body), took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20)
			if c.entries < 0 {
				if err == nil {
					t.Errorf("%d entries", len(res.Entries))
				}
				return
			}
			if err != nil || len(res.Entries) != c.entries && scale == 1 {
				t.Fatalf("%v: %d entries, want %d", err, len(res.Entries), c.entries)
			}
			checkResult(t, res)
		})
	}
}
