package discover

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"rightswire/internal/fetch"
	"rightswire/internal/news"
)

// A site answers from a table of paths (with their queries), counts what it is asked,
// and says 404 to all else. In what it answers, HOST is its own address.
type site struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

// serve starts a site. A value that begins with a number answers that status; with
// "->", it redirects for good.
func serve(t testing.TB, pages map[string]string) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		if r.URL.Path != "/robots.txt" {
			s.asked = append(s.asked, r.URL.RequestURI())
		}
		s.mu.Unlock()
		answer(w, r, pages[r.URL.RequestURI()], s.URL)
	}))
	t.Cleanup(s.Close)
	return s
}

func answer(w http.ResponseWriter, r *http.Request, body, host string) {
	var status int
	switch to, moved := strings.CutPrefix(body, "->"); {
	case body == "":
		http.NotFound(w, r)
		return
	case moved:
		http.Redirect(w, r, strings.ReplaceAll(to, "HOST", host), http.StatusMovedPermanently)
		return
	}
	if n, _ := fmt.Sscanf(body, "%3d", &status); n == 1 {
		w.WriteHeader(status)
		return
	}
	switch {
	case strings.Contains(body, "<rss"), strings.Contains(body, "<feed"):
		w.Header().Set("Content-Type", "application/xml")
	case strings.HasPrefix(body, "{"):
		w.Header().Set("Content-Type", "application/feed+json")
	case r.URL.Path == "/robots.txt":
		w.Header().Set("Content-Type", "text/plain")
	default:
		w.Header().Set("Content-Type", "text/html")
	}
	io.WriteString(w, strings.ReplaceAll(body, "HOST", host))
}

func (s *site) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

func newFinder(t testing.TB, change func(*fetch.Options)) *Finder {
	t.Helper()
	o := fetch.Options{
		UserAgent:     "Rightswire/test (+http://desk.example; desk@example.org)",
		AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Timeout:       10 * time.Second,
	}
	if change != nil {
		change(&o)
	}
	c, err := fetch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return &Finder{Client: c}
}

// day is n days before now, as RSS writes it.
func day(n int) time.Time { return time.Now().Add(-time.Duration(n) * 24 * time.Hour) }

// rss is a feed of n reports whose links begin with path.
func rss(title, home, path string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>%s</title><link>%s</link>`+
		`<description>Reports</description><language>en-GB</language>`, title, home)
	for i := range n {
		fmt.Fprintf(&b, `<item><title>Report %d</title><link>HOST%s%d</link><guid isPermaLink="false">HOST%s%d</guid><pubDate>%s</pubDate></item>`,
			i, path, i, path, i, day(2*i+1).UTC().Format(time.RFC1123Z))
	}
	b.WriteString("</channel></rss>")
	return b.String()
}

// atom is the same as Atom.
func atom(title, home, path string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>%s</title>`+
		`<id>HOST/</id><updated>%s</updated><link href="%s"/>`, title, day(1).UTC().Format(time.RFC3339), home)
	for i := range n {
		fmt.Fprintf(&b, `<entry><title>Report %d</title><id>HOST%s%d</id><link href="HOST%s%d"/><updated>%s</updated></entry>`,
			i, path, i, path, i, day(2*i+1).UTC().Format(time.RFC3339))
	}
	b.WriteString("</feed>")
	return b.String()
}

// head is a web page with these elements in its head.
func head(elements ...string) string {
	return "<!doctype html><html lang=en><head><title>Border Monitor</title>" + strings.Join(elements, "\n") + "</head><body><p>News</p></body></html>"
}

func alternate(kind, href string) string {
	return fmt.Sprintf(`<link rel="alternate" type="application/%s" title="%s" href="%s">`, kind, kind, href)
}

// Each site as a person may meet it, and the feeds that are to be found there, in
// their order.
func TestFind(t *testing.T) {
	good := rss("Border Monitor", "HOST/", "/r/", 5)
	for name, c := range map[string]struct {
		pages map[string]string
		paste string
		want  []string
		how   string // of the first
	}{
		"a feed": {
			pages: map[string]string{"/feed/": good}, paste: "HOST/feed/", want: []string{"/feed/"}, how: "the address itself",
		},
		"a feed at an odd address": {
			pages: map[string]string{"/x?y=1": good}, paste: "HOST/x?y=1", want: []string{"/x?y=1"}, how: "the address itself",
		},
		"a feed by its scheme": {
			pages: map[string]string{"/news.rss": good}, paste: "feed:HOST/news.rss", want: []string{"/news.rss"}, how: "the address itself",
		},
		"without its scheme": {
			pages: map[string]string{"/": head(alternate("rss+xml", "/f.rss")), "/f.rss": good}, paste: "BARE",
			want: []string{"/f.rss"}, how: "linked from the page",
		},
		"an empty feed at an odd address": {
			pages: map[string]string{"/x": rss("Empty", "HOST/", "/", 0), "/feed/": good}, paste: "HOST/x", want: []string{"/x"},
		},
		"a page that declares one": {
			pages: map[string]string{"/": head(alternate("rss+xml", "/f.rss")), "/f.rss": good}, paste: "HOST",
			want: []string{"/f.rss"}, how: "linked from the page",
		},
		"RSS and Atom of the same": {
			pages: map[string]string{
				"/":    head(alternate("rss+xml", "/rss"), alternate("atom+xml", "/atom")),
				"/rss": good, "/atom": atom("Border Monitor", "HOST/", "/r/", 5),
			},
			paste: "HOST", want: []string{"/atom"}, how: "linked from the page",
		},
		"RSS that holds more than Atom": {
			pages: map[string]string{
				"/":    head(alternate("atom+xml", "/atom"), alternate("rss+xml", "/rss")),
				"/rss": good, "/atom": atom("Border Monitor", "HOST/", "/r/", 3),
			},
			paste: "HOST", want: []string{"/atom"}, how: "linked from the page",
		},
		"comments last": {
			pages: map[string]string{
				"/":               head(alternate("rss+xml", "/comments/feed/"), alternate("rss+xml", "/feed/")),
				"/comments/feed/": rss("Comments for Border Monitor", "HOST/", "/c/", 9), "/feed/": good,
			},
			paste: "HOST", want: []string{"/feed/", "/comments/feed/"},
		},
		"empty feeds last": {
			pages: map[string]string{
				"/":     head(alternate("rss+xml", "/old"), alternate("rss+xml", "/new")),
				"/old":  rss("Old", "HOST/", "/", 0),
				"/new":  good,
				"/feed": good,
			},
			paste: "HOST", want: []string{"/new", "/old"},
		},
		"the section that was asked about first": {
			pages: map[string]string{
				"/category/camps/": head(alternate("rss+xml", "/feed/"), alternate("rss+xml", "/category/camps/feed/")),
				"/feed/":           good, "/category/camps/feed/": rss("Camps", "HOST/category/camps/", "/camps/", 4),
			},
			paste: "HOST/category/camps/", want: []string{"/category/camps/feed/", "/feed/"},
		},
		"one feed at two addresses": {
			pages: map[string]string{
				"/": head(alternate("rss+xml", "/a"), alternate("rss+xml", "/b")), "/a": good, "/b": good,
			},
			paste: "HOST", want: []string{"/a"},
		},
		"links in the text": {
			pages: map[string]string{
				"/":                head() + `<a href="/english/rss.xml">RSS</a> <a href="/feedback">Write to us</a> <a href="/about">About</a>`,
				"/english/rss.xml": good,
			},
			paste: "HOST", want: []string{"/english/rss.xml"}, how: "linked from the page",
		},
		"a page that lists feeds": {
			pages: map[string]string{
				"/":          head() + `<a href="/rss-feeds">RSS feeds</a>`,
				"/rss-feeds": head() + `<a href="/asia.rss">Asia</a><a href="/africa.rss">Africa</a>`,
				"/asia.rss":  rss("Asia", "HOST/asia", "/asia/", 3), "/africa.rss": rss("Africa", "HOST/africa", "/africa/", 3),
			},
			paste: "HOST", want: []string{"/asia.rss", "/africa.rss"},
		},
		"a page that sends browsers on": {
			pages: map[string]string{
				"/":           `<html><head><meta http-equiv="Refresh" content="0; URL='/ko/'"></head></html>`,
				"/ko/":        head(alternate("rss+xml", "rss.xml")),
				"/ko/rss.xml": rss("국경 감시", "HOST/ko/", "/k/", 3),
			},
			paste: "HOST", want: []string{"/ko/rss.xml"},
		},
		"relative to a base": {
			pages: map[string]string{
				"/a/b/page":      `<head><base href="/deep/"><link href=feed.xml rel='ALTERNATE' type='Application/RSS+XML; charset=utf-8'>`,
				"/deep/feed.xml": good,
			},
			paste: "HOST/a/b/page", want: []string{"/deep/feed.xml"},
		},
		"JSON Feed": {
			pages: map[string]string{
				"/":          head(`<link rel="alternate" type="application/feed+json" href="/feed.json">`, alternate("json", "/wp-json/wp/v2/pages/2")),
				"/feed.json": `{"version":"https://jsonfeed.org/version/1.1","title":"Border","items":[{"id":"1","url":"HOST/1","content_text":"x"}]}`,
			},
			paste: "HOST", want: []string{"/feed.json"},
		},
		"WordPress, at its well-known path": {
			pages: map[string]string{"/": head(`<meta name="generator" content="WordPress 6.9">`), "/?feed=rss2": good},
			paste: "HOST", want: []string{"/?feed=rss2"}, how: "a well-known path",
		},
		"Ghost":  {pages: map[string]string{"/": head(`<meta name=generator content="Ghost 6.1">`), "/rss/": good}, paste: "HOST", want: []string{"/rss/"}},
		"Drupal": {pages: map[string]string{"/en": head(`<meta name="Generator" content="Drupal 11 (https://www.drupal.org)">`), "/en/rss.xml": good}, paste: "HOST/en", want: []string{"/en/rss.xml"}},
		"Hugo":   {pages: map[string]string{"/": head(`<meta name=generator content="Hugo 0.152">`), "/index.xml": good}, paste: "HOST", want: []string{"/index.xml"}},
		"Squarespace": {
			pages: map[string]string{"/news": head(`<meta name=generator content="Squarespace">`), "/news?format=rss": good},
			paste: "HOST/news", want: []string{"/news?format=rss"},
		},
		"a site that says nothing": {
			pages: map[string]string{"/": head(), "/rss.xml": good}, paste: "HOST", want: []string{"/rss.xml"}, how: "a well-known path",
		},
		"Mastodon": {
			pages: map[string]string{"/@noor": head(), "/@noor.rss": good}, paste: "HOST/@noor", want: []string{"/@noor.rss"},
			how: "a form of the fediverse's",
		},
		"no Mastodon": {
			pages: map[string]string{"/@noor": head(alternate("rss+xml", "/noor/feed")), "/noor/feed": good}, paste: "HOST/@noor", want: []string{"/noor/feed"},
		},
		"a feed called so that is a page": {
			pages: map[string]string{"/rss": head(alternate("rss+xml", "/all")), "/all": good}, paste: "HOST/rss", want: []string{"/all"},
		},
		"Korean in EUC-KR": {
			pages: map[string]string{
				"/":      "<html><head><meta charset=euc-kr><title>\xc0\xce\xb1\xc7</title><link rel=alternate type=application/rss+xml href='/f.rss' title='\xc0\xce\xb1\xc7'>",
				"/f.rss": rss("", "HOST/", "/r/", 2),
			},
			paste: "HOST", want: []string{"/f.rss"},
		},
		"Arabic, the page the other way round": {
			pages: map[string]string{
				"/": `<html lang="ar" dir="rtl"><head><title>المنارة</title>` + alternate("rss+xml", "/خلاصة.xml?القسم=1") + "</head>",
				"/%D8%AE%D9%84%D8%A7%D8%B5%D8%A9.xml?%D8%A7%D9%84%D9%82%D8%B3%D9%85=1": good,
			},
			paste: "HOST", want: []string{"/%D8%AE%D9%84%D8%A7%D8%B5%D8%A9.xml?%D8%A7%D9%84%D9%82%D8%B3%D9%85=1"},
		},
		"Joomla, in Russian": {
			pages: map[string]string{
				"/ru/novosti":                      `<html lang="ru"><head>` + alternate("rss+xml", "/ru/novosti?format=feed&amp;type=rss") + "</head>",
				"/ru/novosti?format=feed&type=rss": good,
			},
			paste: "HOST/ru/novosti", want: []string{"/ru/novosti?format=feed&type=rss"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.pages)
			paste := strings.NewReplacer("HOST", s.URL, "BARE", s.Listener.Addr().String()).Replace(c.paste)
			found, err := newFinder(t, nil).Find(t.Context(), paste)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found {
				got = append(got, strings.TrimPrefix(f.URL, s.URL))
			}
			if strings.Join(got, " ") != strings.Join(c.want, " ") {
				t.Errorf("found %q, want %q; asked %q", got, c.want, s.requests())
			}
			if c.how != "" && found[0].How != c.how {
				t.Errorf("%s, want %s", found[0].How, c.how)
			}
			if n := len(s.requests()); n > maxRequests {
				t.Errorf("%d requests, more than %d: %q", n, maxRequests, s.requests())
			}
		})
	}
}

// What is told of a candidate.
func TestFindTells(t *testing.T) {
	s := serve(t, map[string]string{
		"/":       head(alternate("rss+xml", "/old"), alternate("rss+xml", "/mended")),
		"/old":    "->/new",
		"/new":    rss("  Border\n Monitor ", "HOST/", "/r/", 6),
		"/mended": strings.Replace(rss("Mended", "HOST/m", "/m/", 3), "Reports", "\x01", 1),
	})
	found, err := newFinder(t, nil).Find(t.Context(), s.URL)
	if err != nil || len(found) != 2 {
		t.Fatalf("%v, %v", found, err)
	}
	c := found[0]
	if c.URL != s.URL+"/new" || c.Moved != s.URL+"/old" {
		t.Errorf("%s, moved from %q", c.URL, c.Moved)
	}
	if c.Title != "Border Monitor" || c.Format != "rss 2.0" || c.Language != "en-GB" || c.Home != s.URL+"/" || c.Items != 6 {
		t.Errorf("%+v", c)
	}
	if c.Cadence.Round(time.Hour) != 48*time.Hour || c.Newest.Location() != time.UTC || time.Since(c.Newest).Round(time.Hour) != 24*time.Hour {
		t.Errorf("every %v, newest %v", c.Cadence, c.Newest)
	}
	if !c.Valid() || found[1].Valid() {
		t.Errorf("repairs %q and %q", c.Repairs, found[1].Repairs)
	}
}

// A page may say where its feed is in its header alone.
func TestFindByHeader(t *testing.T) {
	var feed string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Link", `</odd/place>; rel="alternate"; type="application/rss+xml"`)
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<!doctype html><title>Border Monitor</title>")
		case "/odd/place":
			io.WriteString(w, feed)
		default:
			http.NotFound(w, r)
		}
	}))
	defer s.Close()
	feed = strings.ReplaceAll(rss("Border Monitor", "HOST/", "/r/", 5), "HOST", s.URL)
	found, err := newFinder(t, nil).Find(t.Context(), s.URL)
	if err != nil || len(found) != 1 || found[0].URL != s.URL+"/odd/place" || found[0].How != "linked from the page" {
		t.Errorf("%+v, %v", found, err)
	}
}

// What a page says stands in for what its feed does not.
func TestFindPage(t *testing.T) {
	bare := `<rss version="2.0"><channel><item><title>a</title><link>HOST/1</link></item></channel></rss>`
	s := serve(t, map[string]string{
		"/":  `<html lang="fa"><title>مرز</title><link rel=alternate type=application/rss+xml href=/f>`,
		"/f": bare,
	})
	found, err := newFinder(t, nil).Find(t.Context(), s.URL)
	if err != nil || found[0].Language != "fa" || found[0].Title != "مرز" {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestFindNothing(t *testing.T) {
	for name, c := range map[string]struct {
		pages map[string]string
		paste string
		kind  news.FailureKind // of the first try
		says  string
		most  int // requests
	}{
		"a page without": {pages: map[string]string{"/": head()}, paste: "HOST/", kind: news.FailNotFeed, says: `an HTML page titled "Border Monitor"`, most: 12},
		"404":            {pages: nil, paste: "HOST/about", kind: news.FailStatus, says: "status 404", most: 12},
		"busy":           {pages: map[string]string{"/": "503"}, paste: "HOST/", kind: news.FailBusy, says: "503", most: 1},
		"X":              {paste: "https://x.com/noor", says: "X offers no feeds"},
		"Telegram":       {paste: "t.me/s/noor", says: "Telegram offers no feeds"},
		"a private page": {paste: "http://10.0.0.1/", kind: news.FailRefused, says: "fetch.allow_networks"},
		"a secret":       {pages: nil, paste: "HOST/f?token=a9s8d7f6g5h4j3k2", kind: news.FailStatus, says: "HOST/…: status 404", most: 12},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.pages)
			_, err := newFinder(t, nil).Find(t.Context(), strings.ReplaceAll(c.paste, "HOST", s.URL))
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatal(err)
			}
			if msg := err.Error(); !strings.Contains(msg, strings.ReplaceAll(c.says, "HOST", s.URL)) || strings.Contains(msg, "a9s8d7") {
				t.Error(msg)
			}
			if c.kind != "" && e.Tried[0].Kind != c.kind {
				t.Errorf("%+v", e.Tried)
			}
			if got := s.requests(); len(got) > c.most {
				t.Errorf("%d requests, more than %d: %q", len(got), c.most, got)
			}
		})
	}
}

// A host that turns programs away is asked three times at most.
func TestFindBlocked(t *testing.T) {
	pages := map[string]string{"/": "403"}
	for _, l := range wellKnown("http://a.example/", "") {
		pages[strings.TrimPrefix(l.url, "http://a.example")] = "403"
	}
	s := serve(t, pages)
	_, err := newFinder(t, nil).Find(t.Context(), s.URL)
	if e, ok := errors.AsType[*Error](err); !ok || !strings.Contains(e.Do, "turns programs away") {
		t.Error(err)
	}
	if got := s.requests(); len(got) != maxRefusals {
		t.Errorf("%q", got)
	}
}

func TestFindRobots(t *testing.T) {
	pages := map[string]string{
		"/robots.txt": "User-agent: *\nDisallow: /members/\n",
		"/members/":   head(alternate("rss+xml", "/members/secret.rss")),
		"/feed/":      rss("Open", "HOST/", "/r/", 2),
	}
	s := serve(t, pages)
	found, err := newFinder(t, nil).Find(t.Context(), s.URL+"/members/")
	if err != nil || found[0].URL != s.URL+"/feed/" {
		t.Errorf("%v, %v: %q", found, err, s.requests())
	}
	if got := s.requests(); got[0] != "/feed/" {
		t.Errorf("asked %q", got)
	}
	delete(pages, "/feed/")
	if _, err = newFinder(t, nil).Find(t.Context(), s.URL+"/members/"); err == nil || !strings.Contains(err.Error(), "robots.txt") {
		t.Error(err)
	}
}

// A page that links to a thousand feeds is asked for twelve at most.
func TestFindBound(t *testing.T) {
	pages := map[string]string{}
	var links []string
	for i := range 1000 {
		path := fmt.Sprintf("/f%d.rss", i)
		links = append(links, alternate("rss+xml", path))
		pages[path] = rss(path, "HOST/", path+"/", 1)
	}
	pages["/"] = head(links...)
	s := serve(t, pages)
	found, err := newFinder(t, nil).Find(t.Context(), s.URL)
	if err != nil || len(found) != maxRequests-1 {
		t.Errorf("%d found, %v", len(found), err)
	}
	if got := s.requests(); len(got) != maxRequests {
		t.Errorf("%d requests", len(got))
	}
}
