package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rightswire/internal/news"
)

const agent = "Rightswire/test (+http://desk.example; desk@example.org)"

func loopbackNetworks() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
}

// newClient returns a client that may fetch from loopback, without gaps unless
// change says otherwise.
func newClient(t testing.TB, change func(*Options)) *Client {
	t.Helper()
	o := Options{UserAgent: agent, AllowNetworks: loopbackNetworks()}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func source(url string) news.Source { return news.Source{ID: "origin", URL: url} }

// get fetches url for the first time.
func get(t testing.TB, c *Client, url string) (*Response, error) {
	t.Helper()
	return c.Get(t.Context(), source(url), news.Visit{})
}

func mustGet(t testing.TB, c *Client, url string, v news.Visit) *Response {
	t.Helper()
	r, err := c.Get(t.Context(), source(url), v)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Release)
	return r
}

// failed asserts that err is an *Error of a kind and returns it.
func failed(t testing.TB, err error, kind news.FailureKind) *Error {
	t.Helper()
	f, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got error %v, want an *Error of kind %s", err, kind)
	}
	if f.Kind != kind {
		t.Fatalf("got kind %s (%v), want %s", f.Kind, err, kind)
	}
	return f
}

func TestGet(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/rss+xml; charset=koi8-r")
		w.Header().Set("ETag", `"one"`)
		w.Header().Set("Last-Modified", "Tue, 03 Nov 2026 10:00:00 GMT")
		w.Header().Set("Cache-Control", "public, max-age=1800")
		io.WriteString(w, "<rss/>")
	})
	r := mustGet(t, newClient(t, nil), s.URL+"/feed", news.Visit{})
	want := Response{
		Status: 200, Body: []byte("<rss/>"), BodyHash: sha256.Sum256([]byte("<rss/>")),
		ContentType: "application/rss+xml; charset=koi8-r", FinalURL: s.URL + "/feed",
		ETag: `"one"`, LastModified: "Tue, 03 Nov 2026 10:00:00 GMT", MaxAge: 30 * time.Minute,
		Sent: 6,
	}
	got := *r
	got.held, got.Took = grant{}, 0
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// The very bytes of a request: who asks, what for, and nothing else.
func TestGetWire(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	requests := make(chan string, 2)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 4096)
			n, _ := conn.Read(buf)
			requests <- string(buf[:n])
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nSet-Cookie: id=1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
			conn.Close()
		}
	}()
	c := newClient(t, nil)
	url := "http://" + l.Addr().String() + "/f?a=b"
	head := "GET /f?a=b HTTP/1.1\r\nHost: " + l.Addr().String() + "\r\nUser-Agent: " + agent +
		"\r\nAccept: " + acceptFeed[0] + "\r\nAccept-Encoding: gzip, br, zstd\r\n"

	mustGet(t, c, url, news.Visit{})
	if got := <-requests; got != head+"\r\n" {
		t.Errorf("first request\n%q, want\n%q", got, head+"\r\n")
	}
	mustGet(t, c, url, news.Visit{URL: url, ETag: "W/\"\xe9 ,\t'", LastModified: "yesterday"})
	want := head + "If-Modified-Since: yesterday\r\nIf-None-Match: W/\"\xe9 ,\t'\r\n\r\n"
	if got := <-requests; got != want {
		t.Errorf("second request\n%q, want\n%q", got, want)
	}
}

func TestGetUserAgentOfSource(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.UserAgent()) })
	src := source(s.URL)
	src.UserAgent = "Mozilla/5.0"
	r, err := newClient(t, nil).Get(t.Context(), src, news.Visit{})
	if err != nil || string(r.Body) != "Mozilla/5.0" {
		t.Errorf("got %v, %v", r, err)
	}
	src.UserAgent = "a\r\nCookie: b"
	_, err = newClient(t, nil).Get(t.Context(), src, news.Visit{})
	failed(t, err, news.FailInternal)
}

// Whatever a server says for a validator comes back byte for byte, and nothing
// that it did not say.
func TestGetValidators(t *testing.T) {
	type validators struct{ etag, modified string }
	tests := []struct {
		name       string
		sent, want validators
	}{
		{"strong", validators{`"abc"`, ""}, validators{`"abc"`, ""}},
		{"weak", validators{`W/"abc"`, ""}, validators{`W/"abc"`, ""}},
		{"no quotes", validators{`abc`, ""}, validators{`abc`, ""}},
		{"half a quote", validators{`"abc`, ""}, validators{`"abc`, ""}},
		{"-gzip", validators{`"abc-gzip"`, ""}, validators{`"abc-gzip"`, ""}},
		{"list", validators{`"a", "b"`, ""}, validators{`"a", "b"`, ""}},
		{"empty quotes", validators{`""`, ""}, validators{`""`, ""}},
		{"latin 1", validators{"\"\xe9\"", ""}, validators{"\"\xe9\"", ""}},
		{"utf-8", validators{`"한글"`, ""}, validators{`"한글"`, ""}},
		{"star matches anything", validators{`*`, "x"}, validators{"", "x"}},
		{"too long", validators{`"` + strings.Repeat("x", maxValidator) + `"`, "x"}, validators{"", "x"}},
		{"odd date", validators{"", "03/11/2026 at noon"}, validators{"", "03/11/2026 at noon"}},
		{"epoch", validators{"", "0"}, validators{"", "0"}},
		{"both", validators{`"a"`, "Thu, 01 Jan 1970 00:00:00 GMT"}, validators{`"a"`, "Thu, 01 Jan 1970 00:00:00 GMT"}},
		{"neither", validators{}, validators{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked []validators
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, validators{r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since")})
				if tt.sent.etag != "" {
					w.Header().Set("ETag", tt.sent.etag)
				}
				if tt.sent.modified != "" {
					w.Header().Set("Last-Modified", tt.sent.modified)
				}
			})
			c := newClient(t, nil)
			r := mustGet(t, c, s.URL, news.Visit{})
			mustGet(t, c, s.URL, news.Visit{URL: s.URL, ETag: r.ETag, LastModified: r.LastModified})
			mustGet(t, c, s.URL+"/moved", news.Visit{URL: s.URL, ETag: r.ETag, LastModified: r.LastModified})
			if want := []validators{{}, tt.want, {}}; fmt.Sprint(asked) != fmt.Sprint(want) {
				t.Errorf("asked with %q, want %q", asked, want)
			}
		})
	}
}

func TestGetNotModified(t *testing.T) {
	tests := []struct{ name, etag, modified, wantETag, wantModified string }{
		{"says nothing", "", "", `"old"`, "once"},
		{"says new ones", `"new"`, "later", `"new"`, "later"},
		{"says one", `"new"`, "", `"new"`, "once"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				for k, v := range map[string]string{"ETag": tt.etag, "Last-Modified": tt.modified} {
					if v != "" {
						w.Header().Set(k, v)
					}
				}
				w.WriteHeader(http.StatusNotModified)
			})
			c := newClient(t, nil)
			r := mustGet(t, c, s.URL, news.Visit{URL: s.URL, ETag: `"old"`, LastModified: "once"})
			if r.Status != 304 || !r.NotModified || r.Body != nil || r.BodyHash != [32]byte{} {
				t.Errorf("got %+v", r)
			}
			if r.ETag != tt.wantETag || r.LastModified != tt.wantModified {
				t.Errorf("validators %q, %q, want %q, %q", r.ETag, r.LastModified, tt.wantETag, tt.wantModified)
			}
			_, err := get(t, c, s.URL) // a 304 to a plain question would lose the items
			if f := failed(t, err, news.FailStatus); f.Status != 304 {
				t.Errorf("status %d", f.Status)
			}
		})
	}
}

func TestGetUnchanged(t *testing.T) {
	zipped := gzipped(t, []byte("<rss/>"))
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("ETag", `"fresh"`)
		w.Write(zipped)
	})
	c := newClient(t, nil)
	r := mustGet(t, c, s.URL, news.Visit{URL: s.URL, BodyHash: sha256.Sum256(zipped)})
	if !r.Unchanged || r.Body != nil || r.ETag != `"fresh"` || r.BodyHash != sha256.Sum256(zipped) {
		t.Errorf("got %+v", r)
	}
	if c.memory.used != 0 {
		t.Errorf("%d bytes still claimed", c.memory.used)
	}
	r = mustGet(t, c, s.URL, news.Visit{URL: s.URL + "/old", BodyHash: sha256.Sum256(zipped)})
	if r.Unchanged || string(r.Body) != "<rss/>" {
		t.Errorf("another URL's hash: got %+v", r)
	}
}

func TestGetStatus(t *testing.T) {
	for status, kind := range map[int]news.FailureKind{
		204: news.FailStatus, 206: news.FailStatus, 300: news.FailStatus, 404: news.FailStatus, 500: news.FailStatus,
		502: news.FailStatus, 410: news.FailGone, 401: news.FailBlocked, 403: news.FailBlocked, 407: news.FailBlocked,
		444: news.FailBlocked, 451: news.FailBlocked, 429: news.FailBusy, 503: news.FailBusy,
	} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(status)
		})
		_, err := get(t, newClient(t, nil), s.URL)
		f := failed(t, err, kind)
		if f.Status != status || f.RetryAfter != 2*time.Minute || f.URL != s.URL {
			t.Errorf("%d: got %+v", status, f)
		}
		if want := fmt.Sprintf("fetch %s: status %d", s.URL, status); err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
	}
}

func TestGetDeadline(t *testing.T) {
	stop := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/trickle" { // ever more, ever so slowly
			for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
				io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				if r.Context().Err() != nil {
					return
				}
			}
		}
		select { // silence
		case <-stop:
		case <-r.Context().Done():
		}
	})
	defer close(stop)
	c := newClient(t, nil)
	for _, path := range []string{"/silence", "/trickle"} {
		src := source(s.URL + path)
		src.Timeout = 50 * time.Millisecond
		_, err := c.Get(t.Context(), src, news.Visit{})
		failed(t, err, news.FailTimeout)
		if c.memory.used != 0 {
			t.Errorf("%s: %d bytes still claimed", path, c.memory.used)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("stopping")
	cancel(cause)
	_, err := c.Get(ctx, source(s.URL), news.Visit{})
	if failed(t, err, news.FailInternal); !errors.Is(err, cause) {
		t.Errorf("got %v, want it to wrap %v", err, cause)
	}
}

func TestGetTooBig(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := 100_001
		if r.URL.Path == "/fits" {
			n--
		}
		if r.URL.RawQuery == "chunked" {
			w.(http.Flusher).Flush()
		}
		w.Write(bytes.Repeat([]byte("x"), n))
	})
	c := newClient(t, func(o *Options) { o.MaxBody = 100_000 })
	for _, query := range []string{"", "?chunked"} {
		r := mustGet(t, c, s.URL+"/fits"+query, news.Visit{})
		if len(r.Body) != 100_000 {
			t.Errorf("got %d bytes", len(r.Body))
		}
		r.Release()
		_, err := get(t, c, s.URL+"/"+query)
		failed(t, err, news.FailTooBig)
	}
	if c.memory.used != 0 {
		t.Errorf("%d bytes still claimed", c.memory.used)
	}
}

func TestGetFailures(t *testing.T) {
	closed := serve(t, nil)
	closed.Close()
	secure := httptest.NewTLSServer(nil)
	defer secure.Close()
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	plain := serve(t, func(w http.ResponseWriter, r *http.Request) {})
	cut := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		io.WriteString(w, "half")
	})
	tests := []struct {
		name, url string
		kind      news.FailureKind
	}{
		{"nobody listens", closed.URL, news.FailConnect},
		{"unknown authority", secure.URL, news.FailTLS},
		{"plain text where TLS was due", strings.Replace(plain.URL, "http", "https", 1), news.FailTLS},
		{"body cut short", cut.URL, news.FailTruncated},
		{"private address", "http://10.0.0.1/", news.FailRefused},
		{"scheme", "ftp://127.0.0.1/", news.FailRefused},
		{"no URL", "http://", news.FailRefused},
	}
	c := newClient(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := get(t, c, tt.url)
			if f := failed(t, err, tt.kind); f.URL != tt.url {
				t.Errorf("URL %q", f.URL)
			}
		})
	}
}

// A header that the transport refuses to parse is quoted in its error: it must be
// short and harmless.
func TestErrorIsShort(t *testing.T) {
	err := &Error{URL: "http://a.example/", Err: fmt.Errorf("%q", strings.Repeat("é\x1b", 1000))}
	if s := err.Error(); len(s) > 400 || strings.ContainsRune(s, 0x1b) || !strings.HasSuffix(s, "…") {
		t.Errorf("%d bytes: %q", len(s), s)
	}
}

// One connection serves a host's requests one after the other, whatever they bring.
func TestGetReusesConnections(t *testing.T) {
	zipped := gzipped(t, bytes.Repeat([]byte("<item/>"), 10_000))
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/304":
			w.WriteHeader(http.StatusNotModified)
		case "/404":
			http.Error(w, "not here", http.StatusNotFound)
		case "/302":
			http.Redirect(w, r, "/body", http.StatusFound)
		default:
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(zipped)
		}
	}))
	var conns atomic.Int32
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	c := newClient(t, nil)
	for range 5 {
		for _, path := range []string{"/304", "/404", "/302", "/body"} {
			url := s.URL + path
			if r, err := c.Get(t.Context(), source(url), news.Visit{URL: url, ETag: `"a"`}); err == nil {
				r.Release()
			}
		}
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

func TestGetLog(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "secret=1")
		if r.URL.Path == "/fail" {
			w.WriteHeader(500)
		}
	})
	var out bytes.Buffer
	c := newClient(t, func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	mustGet(t, c, s.URL, news.Visit{})
	_, err := get(t, c, s.URL+"/fail")
	failed(t, err, news.FailStatus)
	got := out.String()
	for _, want := range []string{"level=DEBUG", "source=origin", "url=" + s.URL, "status=200", "status 500"} {
		if !strings.Contains(got, want) {
			t.Errorf("log lacks %q:\n%s", want, got)
		}
	}
	for _, bad := range []string{"secret", "Cookie", "Rightswire"} {
		if strings.Contains(got, bad) {
			t.Errorf("log shows %q:\n%s", bad, got)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]Options{
		"no user agent":      {},
		"control in agent":   {UserAgent: "a\nb"},
		"negative gap":       {UserAgent: "a", HostGap: -1},
		"negative timeout":   {UserAgent: "a", Timeout: -1},
		"a port never asked": {UserAgent: "a", AllowPorts: []int{8080, 6379}},
		"no port":            {UserAgent: "a", AllowPorts: []int{65536}},
		"a proxy's scheme":   {UserAgent: "a", Proxy: "socks5://127.0.0.1:9050"},
		"half a proxy":       {UserAgent: "a", Proxy: "http://"},
	} {
		if c, err := New(o); err == nil {
			t.Errorf("%s: got %v, want an error", name, c.opts)
		}
	}
}

func TestReleaseOfNil(t *testing.T) {
	var r *Response
	r.Release()
	(&Response{}).Release()
}
