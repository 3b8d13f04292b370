package site

import (
	"cmp"
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rightswire/internal/news"
)

// vectors try to run a script that changes the page's title, or to fetch
// something from elsewhere.
var vectors = []string{
	`<script>document.title='pwned'</script>`,
	`<img src=x onerror="document.title='pwned'">`,
	`<svg onload="document.title='pwned'"><animate onbegin="document.title='pwned'"/></svg>`,
	`<iframe srcdoc="<script>parent.document.title='pwned'</script>"></iframe>`,
	`<body onload="document.title='pwned'">`,
	`<details open ontoggle="document.title='pwned'"><summary>s</summary></details>`,
	`<input autofocus onfocus="document.title='pwned'">`,
	`<math><mtext><table><mglyph><style><img src=x onerror="document.title='pwned'">`,
	`<noscript><p title="</noscript><img src=x onerror=document.title='pwned'>">`,
	`"><script>document.title='pwned'</script>`,
	`</title></head><script>document.title='pwned'</script>`,
	`<link rel=stylesheet href="https://elsewhere.example/a.css">`,
	`<style>@import "https://elsewhere.example/b.css"; body{background:url(https://elsewhere.example/c.png)}</style>`,
	`<img src="https://elsewhere.example/d.png" srcset="https://elsewhere.example/e.png 2x">`,
	`<video src="https://elsewhere.example/f.mp4" poster="https://elsewhere.example/g.png" autoplay></video>`,
	`<object data="https://elsewhere.example/h.svg"></object><embed src="https://elsewhere.example/i.swf">`,
	`<meta http-equiv=refresh content="0;url=https://elsewhere.example/">`,
	`<base href="https://elsewhere.example/"><a href="/j" ping="https://elsewhere.example/k">x</a>`,
}

// A watcher is a proxy that serves the site without its Content-Security-Policy
// and notes every address that the browser asks for.
type watcher struct {
	site  http.Handler
	mu    sync.Mutex
	asked []string
}

func (p *watcher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.URL.String())
	p.mu.Unlock()
	rec := httptest.NewRecorder()
	inner := r.Clone(r.Context())
	inner.URL = &url.URL{Path: r.URL.Path}
	p.site.ServeHTTP(rec, inner)
	for k, v := range rec.Header() {
		if k != "Content-Security-Policy" {
			w.Header()[k] = v
		}
	}
	w.WriteHeader(rec.Code)
	w.Write(rec.Body.Bytes())
}

// TestBrowser opens the pages of a hostile source in a real browser, with the
// policy that would stop it taken away: nothing of it runs, and nothing is asked
// for but the page and its stylesheet.
func TestBrowser(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("chromium is missing, and CI installs it")
		}
		t.Skip("chromium is not installed (Debian: apt-get install chromium)")
	}
	o := newOrigin(t)
	var items []string
	for _, v := range append(vectors, strings.Join(vectors, "\n")) {
		e := html.EscapeString(v)
		items = append(items, `<item><guid>`+e+`</guid><link>https://e.example/`+url.PathEscape(v)+`</link><title>`+html.EscapeString(e)+` `+e+`</title>`+
			`<author>`+e+`</author><category>`+e+`</category><description>`+e+`</description><content:encoded>`+e+`<p>text</p></content:encoded>`+
			`<enclosure url="https://e.example/`+url.PathEscape(v)+`" type="`+e+`" length="1"/></item>`)
	}
	o.set("/a", rss(items...))
	h := open(t, `
sources:
  - {id: a, title: Hostile, url: "`+o.URL+`/a", rights: {full: "as a test"}}
channels:
  - {id: all, title: All, limit: 100}
`, 1<<20)
	h.collect()
	ed, err := h.room.Edition(news.Place{Channel: "all"})
	if err != nil || len(ed.Pieces) != len(vectors)+1 {
		t.Fatalf("%d items, want %d (%v)", len(ed.Pieces), len(vectors)+1, err)
	}
	// The lists show every vector; so does the page of the item with the most text.
	longest := slices.MaxFunc(ed.Pieces, func(a, b news.Piece) int { return cmp.Compare(len(a.HTML), len(b.HTML)) })
	paths := []string{"/", "/status/", "/channels/all/", "/sources/a/", "/items/" + string(longest.Item.ID) + "/", "/items/" + string(ed.Pieces[0].Item.ID) + "/"}
	w := &watcher{site: h}
	proxy := httptest.NewServer(w)
	defer proxy.Close()
	profile := t.TempDir()
	for _, path := range paths {
		dom := visit(t, browser, profile, proxy.URL, "http://rights.example.org"+path)
		if title, _, _ := strings.Cut(dom, "</title>"); strings.HasSuffix(title, ">pwned") || !strings.Contains(dom, "</main>") {
			t.Errorf("%s: a script ran, or the page is not ours:\n%.2000s", path, dom)
		}
		allowed := []string{"http://rights.example.org" + path, "http://rights.example.org/style.css", "http://rights.example.org/favicon.ico", "//rights.example.org:443"}
		for _, u := range w.take() {
			// What the browser asks for on its own behalf is not our pages' doing.
			if strings.Contains(u, ".example") && !slices.Contains(allowed, u) {
				t.Errorf("%s: the browser asked for %s", path, u)
			}
		}
	}
}

func (p *watcher) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked
	p.asked = nil
	return asked
}

// visit opens a page through the proxy and returns its document after its scripts
// have had two seconds.
func visit(t *testing.T, browser, profile, proxy, page string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
		"--user-data-dir="+profile, "--proxy-server="+strings.TrimPrefix(proxy, "http://"), "--virtual-time-budget=2000",
		"--dump-dom", page)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", page, err)
	}
	return string(out)
}
