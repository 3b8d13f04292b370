package discover

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"rightswire/internal/fetch"
)

func urls(leads []lead) string {
	var out []string
	for _, l := range leads {
		out = append(out, l.url)
	}
	return strings.Join(out, " ")
}

func TestLinks(t *testing.T) {
	const at = "https://a.example/news/"
	for name, c := range map[string]struct {
		body, kind              string
		declared, linked, about string
	}{
		"types": {
			body: `<link rel=alternate type=application/rss+xml href=1><link rel="home alternate" type=application/atom+xml href=2>` +
				`<link rel=alternate type=application/rdf+xml href=3><link rel=alternate type=text/xml href=feed.xml><link rel=feed href=5>`,
			declared: "https://a.example/news/1 https://a.example/news/2 https://a.example/news/3 https://a.example/news/feed.xml https://a.example/news/5",
		},
		"no feeds": {
			body: `<link rel=alternate type=text/html hreflang=ko href=/ko/><link rel=alternate type=application/json href=/wp-json/posts/1>` +
				`<link rel=alternate type=application/json+oembed href=/oembed?format=json><link rel=alternate type=text/xml+oembed href=/oembed?format=xml>` +
				`<link rel=stylesheet type=text/css href=/rss.css><link rel=search type=application/opensearchdescription+xml href=/search.xml>` +
				`<link rel=edit type=application/atom+xml href=/edit><link rel=alternate type=application/rss+xml><link rel=alternate type=application/rss+xml href="">`,
		},
		"schemes": {
			body: `<link rel=alternate type=application/rss+xml href="feed://b.example/1"><link rel=alternate type=application/rss+xml href="feed:https://b.example/2">` +
				`<link rel=alternate type=application/rss+xml href="javascript:alert(1)"><link rel=alternate type=application/rss+xml href="file:///etc/rss.xml">` +
				`<link rel=alternate type=application/rss+xml href="//c.example/3"><link rel=alternate type=application/rss+xml href="mailto:rss@a.example">` +
				`<link rel=alternate type=application/rss+xml href=" https://a.example/4#part ">`,
			declared: "https://b.example/1 https://b.example/2 https://c.example/3 https://a.example/4",
		},
		"once":        {body: strings.Repeat(`<link rel=alternate type=application/rss+xml href=/1>`, 9), declared: "https://a.example/1"},
		"in comments": {body: `<!-- <link rel=alternate type=application/rss+xml href=/1> --><script>"<link rel=alternate type=application/rss+xml href=/2>"</script>`},
		"in the body": {body: `<body><div><link rel=alternate type=application/rss+xml href=/1></div>`, declared: "https://a.example/1"},
		"anchors": {
			body: `<a href=/rss>r</a><a href="/atom.xml">a</a><a href="?feed=rss2">w</a><a href="/x.rss">x</a><a href="/index.php?format=feed&amp;type=atom">j</a>` +
				`<a href="https://feeds.b.example/desk">f</a><a href=/a.xml type="application/rss+xml">t</a><a href=/rss-feeds>all</a><a href=/about-rss.html>about</a>` +
				`<a href="/feedback">no</a><a href="/feeds.png">no</a><a href="/press">no</a><a href="#rss">no</a><a href="/sitemap.xml">no</a>`,
			linked: "https://a.example/rss https://a.example/atom.xml https://a.example/news/?feed=rss2 https://a.example/x.rss " +
				"https://a.example/index.php?format=feed&type=atom https://feeds.b.example/desk https://a.example/a.xml",
			about: "https://a.example/rss-feeds https://a.example/about-rss.html",
		},
		"UTF-16": {
			body:     "\xff\xfe<\x00l\x00i\x00n\x00k\x00 \x00r\x00e\x00l\x00=\x00f\x00e\x00e\x00d\x00 \x00h\x00r\x00e\x00f\x00=\x00/\x001\x00>\x00",
			declared: "https://a.example/1",
		},
		"by the header's charset": {
			body: "<title>\xcd\xee\xe2\xee\xf1\xf2\xe8</title><link rel=feed href=/\xcd>", kind: "text/html; charset=windows-1251",
			declared: "https://a.example/%D0%9D",
		},
		"beyond 512 KB": {body: strings.Repeat(" ", maxPage) + `<link rel=feed href=/1>`},
	} {
		p := links([]byte(c.body), c.kind, at)
		if urls(p.declared) != c.declared || urls(p.linked) != c.linked || urls(p.about) != c.about {
			t.Errorf("%s:\ndeclared %s\nlinked   %s\nabout    %s", name, urls(p.declared), urls(p.linked), urls(p.about))
		}
	}
}

func TestLinksPage(t *testing.T) {
	p := links([]byte(`<html lang="zh_hans"><head><base href="https://b.example/x/"><base href="https://c.example/"><title> 边境
		观察 </title><title>2</title><meta name="Generator" content="WordPress 6.9"><link rel=canonical href="y">
		<meta http-equiv=refresh content="5;URL=z"></head><body><svg><title>icon</title></svg>`), "", "https://a.example/")
	if p.title != "边境 观察" || p.language != "zh-Hans" || p.generator != "wordpress 6.9" ||
		p.canonical != "https://b.example/x/y" || p.refresh != "https://b.example/x/z" {
		t.Errorf("%+v", p)
	}
	// A channel's page names it in three ways; one is enough.
	const id = "UCabcdefghijklmnopqrstuv"
	p = links([]byte(`<meta itemprop="identifier" content="`+id+`">`), "", "https://www.youtube.com/@noor")
	if got := urls(forms(p.canonical)); !strings.HasSuffix(got, "videos.xml?channel_id="+id) {
		t.Error(got)
	}
}

// hostile are pages that a reader might choke on.
func hostile() map[string]string {
	var attributes strings.Builder
	for i := range 1_000_000 {
		attributes.WriteString(" a" + strconv.Itoa(i))
	}
	many := strings.Builder{}
	for i := range 50_000 {
		many.WriteString("<link rel=alternate type=application/rss+xml href=/" + strconv.Itoa(i) + ">")
	}
	return map[string]string{
		"a million attributes":      "<link" + attributes.String() + ">",
		"attributes, then elements": "<link" + attributes.String()[:256<<10] + ">" + strings.Repeat("<a b>", 50_000),
		"deep":                      strings.Repeat("<div>", 200_000),
		"deep tables":               strings.Repeat("<table><tr><td><b><i>", 50_000),
		"50,000 links":              many.String(),
		"50,000 anchors":            strings.ReplaceAll(many.String(), "<link", "<a"),
		"one link, long":            "<link rel=feed href=" + strings.Repeat("@/", 1<<20) + ">",
		"many links, long":          strings.Repeat("<link rel=feed href=//"+strings.Repeat("@", 30)+strings.Repeat("a/", 1900)+">", 30),
		"an unclosed tag":           strings.Repeat("<a href='", 100_000),
		"an unclosed comment":       strings.Repeat("<!--", 200_000),
		"an unclosed script":        "<script>" + strings.Repeat("<a href=/rss>", 100_000),
		"entities":                  "<title>" + strings.Repeat("&amp;amp;", 100_000),
		"brackets":                  strings.Repeat("<", maxPage),
		"NUL":                       strings.Repeat("\x00", maxPage),
	}
}

func TestLinksHostile(t *testing.T) {
	for name, body := range hostile() {
		p := links([]byte(body), "text/html", "https://a.example/")
		if n := len(p.declared) + len(p.linked) + len(p.about); n > 3*maxLeads {
			t.Errorf("%s: %d leads", name, n)
		}
		if len(p.title) > maxTitle {
			t.Errorf("%s: title of %d bytes", name, len(p.title))
		}
	}
}

func BenchmarkLinks(b *testing.B) {
	pages := hostile()
	pages["ordinary"] = head(alternate("rss+xml", "/feed")) + strings.Repeat(`<p class="x">News of <a href="/2026/11/the-river">the river</a></p>`, 2000)
	for name, body := range pages {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			b.SetBytes(int64(min(len(body), maxPage)))
			for b.Loop() {
				links([]byte(body), "text/html", "https://a.example/")
			}
		})
	}
}

// A hostile page is as bounded from end to end.
func TestFindHostile(t *testing.T) {
	pages := hostile()
	for _, name := range []string{"a million attributes", "deep tables", "50,000 links", "50,000 anchors", "an unclosed tag"} {
		body := pages[name]
		s := serve(t, map[string]string{"/": "<html>" + body[:min(len(body), maxPage)], "/feed/": rss("Good", "HOST/", "/r/", 1)})
		if _, err := newFinder(t, nil).Find(t.Context(), s.URL); err != nil && !strings.Contains(err.Error(), "find a feed at") {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(s.requests()); n > maxRequests {
			t.Errorf("%s: %d requests", name, n)
		}
	}
}

// trap is a listener that nobody may connect to.
func trap(t *testing.T) (address string, met *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skip(err)
	}
	met = &atomic.Int32{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			met.Add(1)
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close() })
	return l.Addr().String(), met
}

// onlyPublic lets a test's own site be asked, and nothing else that is private.
func onlyPublic(o *fetch.Options) {
	o.AllowNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
}

// Whatever a page or a list names, nobody connects to a private address.
func TestGuard(t *testing.T) {
	private, met := trap(t)
	spellings := []string{
		private, "0x7f.2:80", "[::ffff:127.0.0.2]", "[64:ff9b::7f00:2]", "[2002:7f00:2::]", "10.0.0.1", "169.254.169.254", "[::1]", "[fe80::1]", "0", "2130706434",
	}
	f := newFinder(t, onlyPublic)
	for _, host := range spellings {
		to := "http://" + host + "/feed.xml"
		s := serve(t, map[string]string{
			"/linked":     head(alternate("rss+xml", to)) + `<a href="` + to + `">RSS</a>`,
			"/based":      head(`<base href="http://`+host+`/">`, alternate("rss+xml", "feed.xml")),
			"/refreshed":  `<meta http-equiv=refresh content="0;url=` + to + `">`,
			"/redirected": head(alternate("rss+xml", "/to")),
			"/to":         "->" + to,
			"/canonical":  head(`<link rel=canonical href="http://` + host + `/@noor">`),
			"/moved":      "->" + to,
		})
		for _, path := range []string{"/linked", "/based", "/refreshed", "/redirected", "/canonical", "/moved", "/@noor@" + host} {
			if found, err := f.Find(t.Context(), s.URL+path); err == nil {
				t.Errorf("%s: %v", path, found)
			}
		}
		if found, err := f.Find(t.Context(), to); err == nil {
			t.Errorf("%s: %v", to, found)
		}
		list := `<opml version="2.0"><body><outline text="a" xmlUrl="` + to + `"/><outline text="b" htmlUrl="http://` + host + `/"/>` +
			`<outline text="c" xmlUrl="` + s.URL + `/moved" htmlUrl="` + s.URL + `/linked"/></body></opml>`
		outlines, _, err := ReadOPML(strings.NewReader(list))
		if err != nil {
			t.Fatal(err)
		}
		unusable, err := f.Import(t.Context(), Import{
			Outlines: outlines, Concurrency: 4, Known: func(string) bool { return false },
			Found: func(o Outline, c Candidate) error { t.Errorf("%v: %v", o, c); return nil },
		})
		if err != nil || len(unusable) != 3 {
			t.Errorf("%v, %v", unusable, err)
		}
	}
	if n := met.Load(); n != 0 {
		t.Errorf("%d connections to a private address", n)
	}
	// The trap works.
	if _, err := newFinder(t, nil).Find(t.Context(), "http://"+private+"/feed.xml"); err == nil || met.Load() == 0 {
		t.Errorf("%v, %d connections", err, met.Load())
	}
}

func TestFindCancelled(t *testing.T) {
	s := serve(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newFinder(t, nil).Find(ctx, s.URL); err != context.Canceled {
		t.Error(err)
	}
	if got := s.requests(); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

func FuzzLinks(f *testing.F) {
	for _, s := range []string{
		"", head(alternate("rss+xml", "/1")), "<base href=//b><a href=rss>", "<link rel=feed href=feed:x>", "<meta charset=utf-16><link rel=feed href=1>",
		"<meta http-equiv=refresh content='0;url=a'>", "<title>&#0;&lt;</title", "<a href='\x00rss'>", "<svg><title>", "<link rel=alternate type=text/xml href=?feed=1>",
		"<html lang=x-y><meta itemprop=channelId content=UCabcdefghijklmnopqrstuv>", "\xff\xfe<\x00a\x00", "<a" + strings.Repeat(" b", 100) + " href=rss><a href=/rss>",
	} {
		f.Add([]byte(s), "text/html; charset=koi8-r", "https://a.example/b/")
	}
	f.Fuzz(func(t *testing.T, body []byte, kind, base string) {
		p := links(body, kind, base)
		for _, leads := range [][]lead{p.declared, p.linked, p.about} {
			if len(leads) > maxLeads {
				t.Errorf("%d leads", len(leads))
			}
			for _, l := range leads {
				if !strings.HasPrefix(l.url, "http://") && !strings.HasPrefix(l.url, "https://") {
					t.Errorf("lead %q", l.url)
				}
			}
		}
		if again := links(body, kind, base); fmt.Sprint(again) != fmt.Sprint(p) {
			t.Error("two readings differ")
		}
	})
}
