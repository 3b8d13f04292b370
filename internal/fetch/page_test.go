package fetch

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rightswire/internal/news"
)

func page(t testing.TB, c *Client, address string) (*Response, error) {
	t.Helper()
	r, err := c.Page(t.Context(), news.Source{ID: "origin", URL: address}, address)
	t.Cleanup(r.Release)
	return r, err
}

func TestPage(t *testing.T) {
	var asked []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RequestURI()+" "+r.Header.Get("Accept"))
		if len(r.Header) != 3 || r.UserAgent() != agent {
			t.Errorf("%s: sent %v", r.URL, r.Header)
		}
		switch r.URL.Path {
		case "/robots.txt":
			io.WriteString(w, "User-agent: *\nDisallow: /private\n")
		case "/moved":
			http.Redirect(w, r, "/article", http.StatusMovedPermanently)
		case "/there":
			http.Redirect(w, r, "/private/x", http.StatusFound)
		default:
			w.Header().Set("Set-Cookie", "a=b")
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<p>text</p>")
		}
	})
	c := newClient(t, nil)
	r, err := page(t, c, s.URL+"/moved")
	if err != nil {
		t.Fatal(err)
	}
	if string(r.Body) != "<p>text</p>" || r.FinalURL != s.URL+"/article" || r.Moved != r.FinalURL || r.ContentType != "text/html" || r.Sent != 11 {
		t.Errorf("got %+v", r)
	}
	for _, path := range []string{"/private", "/private/y?z", "/there"} {
		_, err := page(t, c, s.URL+path)
		f := failed(t, err, news.FailRefused)
		if !errors.Is(err, errRobots) || !strings.Contains(err.Error(), "robots.txt") || !strings.HasPrefix(f.URL, s.URL+"/") {
			t.Errorf("%s: %v", path, err)
		}
	}
	want := []string{"/robots.txt " + acceptRobots[0], "/moved " + acceptPage[0], "/article " + acceptPage[0], "/there " + acceptPage[0]}
	if !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
	// A feed is offered to be polled: nobody asks robots.txt.
	mustGet(t, c, s.URL+"/private", news.Visit{})
}

// Each host that a redirect leads to has its own rules.
func TestPageRobotsOfEachHost(t *testing.T) {
	there := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/robots.txt" {
			t.Errorf("asked for %s", r.URL)
		}
		io.WriteString(w, "user-agent: RIGHTSWIRE\ndisallow: /")
	})
	here := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		http.Redirect(w, r, there.URL, http.StatusFound)
	})
	_, err := page(t, newClient(t, nil), here.URL)
	if f := failed(t, err, news.FailRefused); f.URL != there.URL+"/" {
		t.Errorf("got %v", f)
	}
}

// What a robots.txt that isn't simply there means.
func TestPageRobotsUnavailable(t *testing.T) {
	tests := []struct {
		name    string
		robots  http.HandlerFunc
		kind    news.FailureKind // "": the page is fetched
		status  int
		requery bool // the next page asks again within a day
	}{
		{"not found", status(404), "", 0, false},
		{"forbidden", status(403), "", 0, false},
		{"unauthorised", status(401), "", 0, false},
		{"gone", status(410), "", 0, false},
		{"too many requests", status(429), news.FailBusy, 429, true},
		{"server error", status(500), news.FailStatus, 500, true},
		{"unavailable", status(503), news.FailBusy, 503, true},
		{"redirects without end", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"?", http.StatusFound)
		}, "", 0, false},
		{"redirected", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery == "" {
				http.Redirect(w, r, "/robots.txt?here", http.StatusFound)
				return
			}
			io.WriteString(w, "User-agent: *\nDisallow: /")
		}, news.FailRefused, 0, false},
		{"cut short", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Content-Length", "9") }, news.FailTruncated, 0, true},
		{"empty", func(w http.ResponseWriter, r *http.Request) {}, "", 0, false},
		{"larger than anybody reads", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "User-agent: *\nDisallow: /x\n"+strings.Repeat("# nothing\n", 100_000)+"Disallow: /\n")
		}, "", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				l := make(pipes)
				s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/robots.txt" {
						asked++
						tt.robots(w, r)
					}
				})}
				go s.Serve(l)
				c := newClient(t, nil)
				c.site.transport.DialContext = l.dial
				fetch := func() {
					t.Helper()
					r, err := c.Page(t.Context(), news.Source{}, "http://a.example/page")
					r.Release()
					if tt.kind == "" && err != nil {
						t.Error(err)
					} else if tt.kind != "" {
						if f := failed(t, err, tt.kind); f.Status != tt.status || !strings.Contains(f.Error(), "robots.txt") {
							t.Errorf("got %+v", f)
						}
					}
				}
				fetch()
				once := asked
				fetch()
				if asked != once {
					t.Error("robots.txt was asked twice in a row")
				}
				time.Sleep(robotsRetry + time.Second)
				if fetch(); (asked > once) != tt.requery {
					t.Errorf("an hour later: asked %d times, before %d", asked, once)
				}
				time.Sleep(robotsFresh)
				before := asked
				if fetch(); asked == before {
					t.Error("a day later: not asked again")
				}
				c.Close()
				s.Close()
			})
		})
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

// Many pages of one host at once ask for its robots.txt once.
func TestPageRobotsOnce(t *testing.T) {
	asked := 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			asked++
		}
	})
	c := newClient(t, func(o *Options) { o.HostConcurrency = 8 })
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			r, err := c.Page(t.Context(), news.Source{}, fmt.Sprintf("%s/%d", s.URL, i))
			if err != nil {
				t.Error(err)
			}
			r.Release()
		})
	}
	wg.Wait()
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

// Rules are remembered of so many hosts and no more.
func TestRobotsForget(t *testing.T) {
	r := &robots{table: map[string]*rules{}}
	synctest.Test(t, func(t *testing.T) {
		for i := range 3 * maxRobotsHosts {
			r.at(fmt.Sprint(i))
			time.Sleep(time.Millisecond)
		}
	})
	if last := fmt.Sprint(3*maxRobotsHosts - 1); len(r.table) != maxRobotsHosts || r.table[last] == nil || r.table["0"] != nil {
		t.Errorf("%d hosts", len(r.table))
	}
}

func TestRobots(t *testing.T) {
	const star = "User-agent: *\n"
	tests := []struct {
		robots, path string
		want         bool
	}{
		{"", "/", true},
		{star + "Disallow: /", "/a", false},
		{star + "Disallow: /", "/robots.txt", true},
		{star + "Disallow:", "/a", true},
		{star + "Disallow: /a", "/a/b", false},
		{star + "Disallow: /a", "/b", true},
		{star + "Disallow: /a\nAllow: /a/b", "/a/b/c", true},
		{star + "Disallow: /a?x", "/a?x=1", false},
		{star + "Disallow: /*.pdf$", "/x.pdf", false},
		{star + "Disallow: /*.pdf$", "/x.pdf?y", true},
		{star + "Disallow: /п", "/%D0%BF", false},
		{star + "Disallow: /a # not for robots", "/a", false},
		{star + "  DISALLOW :\t/a", "/a", false},
		{"\ufeff" + star + "Disallow: /a", "/a", false},
		{"User-agent: *\rDisallow: /a\r", "/a", false},
		{"User-agent: *\r\n\r\nDisallow: /a\r\n", "/a", false},
		// groups
		{"User-agent: rightswire\nDisallow: /a\n\n" + star + "Disallow: /", "/b", true},
		{star + "Disallow: /\n\nUser-agent: Rightswire\nDisallow:", "/b", true},
		{"User-agent: googlebot\nUser-agent: rightswire\nDisallow: /a", "/a", false},
		{"User-agent: googlebot\nDisallow: /a\n" + star + "Disallow: /b", "/a", true},
		{"User-agent: rightswire\nDisallow: /a\nUser-agent: rightswire\nDisallow: /b", "/b", false},
		{star + "Crawl-delay: 10\n\nUser-agent: badbot\nDisallow: /", "/", true},
		{star + "Crawl-delay: 10\nDisallow: /a", "/a", false},
		// what the library refuses whole
		{"Disallow: /\n" + star + "Disallow: /a", "/b", true},
		{"Disallow: /\n" + star + "Disallow: /a", "/a", false},
		{star + "Crawl-delay: ten\nDisallow: /a", "/a", false},
		{"Sitemap: https://a.example/s.xml\nnonsense\n: :\n" + star + "Host: x\nDisallow: /a", "/a", false},
		{"<html><body>User-agent: *<br>Disallow: /</body>", "/", true},
	}
	for _, tt := range tests {
		u, err := url.Parse("http://a.example" + tt.path)
		if err != nil {
			t.Fatal(err)
		}
		if got := allows(rulesFor(agent, []byte(tt.robots)), agent, u); got != tt.want {
			t.Errorf("%q: %s: %v, want %v", tt.robots, tt.path, got, tt.want)
		}
	}
}

func FuzzRobots(f *testing.F) {
	f.Add("User-agent: *\nDisallow: /a*b$\nAllow: /\n", "/a?b")
	f.Add("useragent:rightswire\ncrawl-delay: x\rdisallow:\x00\xff /", "/%2f")
	f.Add("User-agent:\nDisallow\nSitemap: :\n#", "/")
	f.Fuzz(func(t *testing.T, body, path string) {
		text := rulesFor(agent, []byte(body))
		if len(text) > maxRules+100 {
			t.Errorf("%d bytes are kept", len(text))
		}
		u := &url.URL{Scheme: "http", Host: "a.example", Path: "/" + strings.TrimPrefix(path, "/")}
		allows(text, agent, u)
		if !allows(rulesFor(agent, []byte("User-agent: rightswire\nAllow: /\n")), agent, u) || allows(rulesFor(agent, []byte("User-agent: *\nDisallow: /\n")), agent, u) && u.Path != "/robots.txt" {
			t.Errorf("%s: the plainest rules are misread", u)
		}
	})
}

// BenchmarkRobots is the most that a hostile robots.txt can make of itself.
func BenchmarkRobots(b *testing.B) {
	text := rulesFor(agent, []byte("User-agent: *\n"+strings.Repeat("Allow: /*a*b*c$\n", 30_000)))
	u, err := url.Parse("http://a.example/" + strings.Repeat("abd/", 200))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		allows(text, agent, u)
	}
}

// A form is taken on where the redirect says so, and nowhere less safe.
func TestPost(t *testing.T) {
	var got []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, fmt.Sprintf("%s %s %s %s %d", r.Method, r.URL, r.Header.Get("Content-Type"), body, r.ContentLength))
		for _, name := range []string{"Cookie", "Referer", "Authorization", "If-None-Match"} {
			if r.Header.Get(name) != "" {
				t.Errorf("sent %s", name)
			}
		}
		var code int
		if n, _ := fmt.Sscanf(r.URL.Path, "/%d", &code); n == 1 {
			w.Header().Set("Location", "/hub")
			w.WriteHeader(code)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
	c := newClient(t, nil)
	form := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {"https://a.example/f?a=b&c"}}
	const encoded = "application/x-www-form-urlencoded hub.mode=subscribe&hub.topic=https%3A%2F%2Fa.example%2Ff%3Fa%3Db%26c 68"
	tests := []struct {
		path   string
		status int
		want   []string
	}{
		{"/hub", 202, []string{"POST /hub " + encoded}},
		{"/307", 202, []string{"POST /307 " + encoded, "POST /hub " + encoded}},
		{"/308", 202, []string{"POST /308 " + encoded, "POST /hub " + encoded}},
		{"/301", 301, []string{"POST /301 " + encoded}},
		{"/302", 302, []string{"POST /302 " + encoded}},
		{"/303", 303, []string{"POST /303 " + encoded}},
		{"/404", 404, []string{"POST /404 " + encoded}},
		{"/503", 503, []string{"POST /503 " + encoded}},
	}
	for _, tt := range tests {
		got = nil
		status, err := c.Post(t.Context(), s.URL+tt.path, form)
		if err != nil || status != tt.status || !slices.Equal(got, tt.want) {
			t.Errorf("%s: status %d, %v, asked %q, want %q", tt.path, status, err, got, tt.want)
		}
	}
	e := &errand{src: &news.Source{}, url: &url.URL{Scheme: "https", Host: "hub.example"}, posts: true}
	if failed(t, e.turn("http://hub.example/"), news.FailRedirect); e.hops != 0 {
		t.Error("a form went from https to http")
	}
	closed := serve(t, nil)
	closed.Close()
	_, err := c.Post(t.Context(), closed.URL, form)
	failed(t, err, news.FailConnect)
}
