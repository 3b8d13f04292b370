package fetch

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"rightswire/internal/news"
)

// A witness is a server that notes who came with credentials, and sends /to/URL
// to URL.
type witness struct {
	mu   sync.Mutex
	seen []string // paths, marked where they came with credentials
}

func (s *witness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mark := ""
	for name, values := range r.Header {
		if strings.Contains(strings.Join(append(values, name), " "), "secret") || name == "Authorization" || name == "Cookie" {
			mark = " with " + name
		}
	}
	s.seen = append(s.seen, r.Host[:strings.IndexByte(r.Host, ':')]+strings.TrimSuffix(r.URL.Path, "/")+mark)
	if to, ok := strings.CutPrefix(r.URL.RawQuery, "to="); ok {
		w.Header()["Location"] = []string{to}
		w.WriteHeader(http.StatusMovedPermanently)
		return
	}
	io.WriteString(w, "ok")
}

func (s *witness) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.seen
	s.seen = nil
	return seen
}

// Credentials go to the scheme, host and port of the source's address, and an
// errand that has left them takes none home.
func TestCredentials(t *testing.T) {
	w := &witness{}
	plain := serve(t, w.ServeHTTP)
	secure := httptest.NewTLSServer(w)
	defer secure.Close()
	port := plain.URL[strings.LastIndexByte(plain.URL, ':'):]
	home, other := "http://127.0.0.1"+port, "http://127.0.0.2"+port
	l := serveAt(t, "127.0.0.2"+port, w.ServeHTTP)
	defer l.Close()

	c := newClient(t, nil)
	c.site.transport.TLSClientConfig.RootCAs = secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	src := source(home + "/feed")
	src.Headers = []news.Field{{Name: "X-Api-Key", Value: "secret"}}
	const with = " with X-Api-Key"
	tests := []struct {
		name, url string
		want      []string
	}{
		{"at home", home + "/feed", []string{"127.0.0.1/feed" + with}},
		{"redirected at home", home + "/feed?to=/b", []string{"127.0.0.1/feed" + with, "127.0.0.1/b" + with}},
		{"to another host", home + "/feed?to=" + other + "/b", []string{"127.0.0.1/feed" + with, "127.0.0.2/b"}},
		{"to another host and back", home + "/feed?to=" + other + "/?to=" + home + "/b", []string{"127.0.0.1/feed" + with, "127.0.0.2", "127.0.0.1/b"}},
		{"to another port and scheme", home + "/feed?to=" + secure.URL + "/b", []string{"127.0.0.1/feed" + with, "127.0.0.1/b"}},
		{"with a user in the location", home + "/feed?to=" + strings.Replace(other, "://", "://me:secret@", 1) + "/b", []string{"127.0.0.1/feed" + with, "127.0.0.2/b"}},
		{"from TLS to plain text", secure.URL + "/feed?to=" + home + "/b", []string{"127.0.0.1/feed" + with, "127.0.0.1/b"}},
		{"from TLS to plain text and back", secure.URL + "/feed?to=" + home + "/?to=" + secure.URL + "/b", []string{"127.0.0.1/feed" + with, "127.0.0.1", "127.0.0.1/b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src.URL = tt.url
			r, err := c.Get(t.Context(), src, news.Visit{})
			if err != nil {
				t.Fatal(err)
			}
			r.Release()
			if got := w.taken(); !slices.Equal(got, tt.want) {
				t.Errorf("seen %q, want %q", got, tt.want)
			}
		})
	}

	t.Run("adopted elsewhere", func(t *testing.T) {
		src.URL = home + "/feed"
		v := news.Visit{URL: src.URL, Moved: news.Move{To: other + "/new?to=" + home + "/b", Adopted: true}}
		r, err := c.Get(t.Context(), src, v)
		if err != nil {
			t.Fatal(err)
		}
		r.Release()
		if got, want := w.taken(), []string{"127.0.0.2/new", "127.0.0.1/b"}; !slices.Equal(got, want) {
			t.Errorf("seen %q, want %q", got, want)
		}
	})
	t.Run("pages", func(t *testing.T) {
		for url, want := range map[string]string{home + "/article": "127.0.0.1/article" + with, other + "/article": "127.0.0.2/article"} {
			r, err := c.Page(t.Context(), src, url)
			if err != nil {
				t.Fatal(err)
			}
			r.Release()
			got := w.taken()
			if got[len(got)-1] != want || len(got) == 2 && strings.Contains(got[0], "with") {
				t.Errorf("%s: seen %q, want %q", url, got, want)
			}
		}
	})
	t.Run("forms", func(t *testing.T) {
		if _, err := c.Post(t.Context(), home+"/hub", nil); err != nil {
			t.Fatal(err)
		}
		if got := w.taken(); !slices.Equal(got, []string{"127.0.0.1/hub"}) {
			t.Errorf("seen %q", got)
		}
	})
}

// serveAt serves at an address of loopback.
func serveAt(t testing.TB, address string, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Listener.Close()
	s.Listener = listen(t, address)
	s.Start()
	return s
}

func TestCredentialsOnTheWire(t *testing.T) {
	var got http.Header
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { got = r.Header })
	src := source(s.URL)
	src.User, src.Password = "Aladdin", "open sesame"
	src.Headers = []news.Field{{Name: "x-token", Value: "t"}, {Name: "COOKIE", Value: "a=b"}}
	c := newClient(t, nil)
	ask := func() {
		t.Helper()
		r, err := c.Get(t.Context(), src, news.Visit{})
		if err != nil {
			t.Fatal(err)
		}
		r.Release()
	}
	ask()
	want := http.Header{
		"Authorization": {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, "X-Token": {"t"}, "Cookie": {"a=b"},
		"User-Agent": {agent}, "Accept": acceptFeed, "Accept-Encoding": acceptEncoding,
	}
	for name := range want {
		if !slices.Equal(got[name], want[name]) || len(got) != len(want) {
			t.Errorf("%s is %q, want %q (of %v)", name, got[name], want[name], got)
		}
	}
	src.Headers = append(src.Headers, news.Field{Name: "authorization", Value: "Bearer x"})
	if ask(); got.Get("Authorization") != "Bearer x" {
		t.Errorf("got %q", got["Authorization"])
	}
}

func TestCheckHeader(t *testing.T) {
	for name, want := range map[string]bool{
		"Authorization": true, "X-Api-Key": true, "Cookie": true, "Accept": true, "accept-language": true, "Remote-User": true,
		"": false, "a b": false, "a:": false, "Héader": false, "a\r\nb": false,
		"Host": false, "content-length": false, "Transfer-Encoding": false, "Connection": false, "TE": false, "If-None-Match": false,
		"Range": false, "Accept-Encoding": false, "User-Agent": false, "Proxy-Authorization": false, "Referer": false,
	} {
		if err := checkHeader(news.Field{Name: name, Value: "secret"}); (err == nil) != want {
			t.Errorf("%q: %v", name, err)
		}
	}
	f := news.Field{Name: "X-Key", Value: "secret\r\nHost: b"}
	if err := checkHeader(f); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
	src := source("http://127.0.0.1:1/")
	src.Headers = []news.Field{f}
	_, err := newClient(t, nil).Get(t.Context(), src, news.Visit{})
	if failed(t, err, news.FailInternal); strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

// Whatever goes wrong at a private source, neither error nor log shows more of it
// than its host.
func TestPrivate(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch strings.TrimPrefix(r.URL.Path, "/secret-token/") {
		case "status":
			w.WriteHeader(http.StatusInternalServerError)
		case "busy":
			w.WriteHeader(http.StatusTooManyRequests)
		case "elsewhere":
			w.Header().Set("Location", "gopher://secret-token/secret")
			w.WriteHeader(http.StatusFound)
		case "inside":
			w.Header().Set("Location", "http://10.0.0.1/secret-token")
			w.WriteHeader(http.StatusFound)
		case "port":
			w.Header().Set("Location", "http://127.0.0.1:99999/secret-token")
			w.WriteHeader(http.StatusFound)
		case "loop":
			w.Header().Set("Location", r.URL.Path)
			w.WriteHeader(http.StatusFound)
		case "coding":
			w.Header().Set("Content-Encoding", "secret-token")
		case "cut":
			w.Header().Set("Content-Length", "100")
		case "garbage", "header":
			conn, _, _ := http.NewResponseController(w).Hijack()
			if strings.HasSuffix(r.URL.Path, "header") {
				io.WriteString(conn, "HTTP/1.1 200 OK\r\n"+r.URL.Path+"\r\n\r\n")
			} else {
				io.WriteString(conn, "GET "+r.URL.Path+" HTTP/1.1 404\r\n\r\n")
			}
			conn.Close()
		}
	})
	closed := serve(t, nil)
	closed.Close()
	var out bytes.Buffer
	c := newClient(t, func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	host := s.Listener.Addr().String()
	for url, kind := range map[string]news.FailureKind{
		s.URL + "/secret-token/status":    news.FailStatus,
		s.URL + "/secret-token/busy":      news.FailBusy,
		s.URL + "/secret-token/elsewhere": news.FailRedirect,
		s.URL + "/secret-token/inside":    news.FailRedirect,
		s.URL + "/secret-token/port":      news.FailRedirect,
		s.URL + "/secret-token/loop":      news.FailRedirect,
		s.URL + "/secret-token/coding":    news.FailEncoding,
		s.URL + "/secret-token/cut":       news.FailTruncated,
		s.URL + "/secret-token/garbage":   news.FailConnect,
		s.URL + "/secret-token/header":    news.FailConnect,
		closed.URL + "/secret-token":      news.FailConnect,
		"https://" + host + "/secret":     news.FailTLS,
		"http://10.0.0.1/secret-token":    news.FailRefused,
		"http://127.0.0.1:22/secret":      news.FailRefused,
		"http://a.example:x/secret":       news.FailRefused,
		"gopher://a.example/secret":       news.FailRefused,
		s.URL + "/fine?key=secret-token":  "",
	} {
		src := source(url)
		src.Private, src.Headers = true, []news.Field{{Name: "X-Key", Value: "secret-value"}}
		r, err := c.Get(t.Context(), src, news.Visit{})
		if err == nil && kind == "" {
			r.Release()
			continue
		}
		if f := failed(t, err, kind); strings.Contains(err.Error()+f.URL, "secret") {
			t.Errorf("%s: %v", url, err)
		}
	}
	if got := out.String(); strings.Contains(got, "secret") || !strings.Contains(got, "url="+s.URL+"/…") {
		t.Errorf("log:\n%s", got)
	}
}

// What is stored of a private source's last visit are stamps.
func TestPrivateValidators(t *testing.T) {
	var asked []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+" "+r.Header.Get("If-None-Match"))
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/new", http.StatusFound)
			return
		}
		w.Header().Set("ETag", `"a"`)
	})
	src := source(s.URL + "/old")
	src.Private = true
	v := news.Visit{URL: src.Stamp(src.URL), Final: src.Stamp(s.URL + "/new"), ETag: `"a"`}
	r, err := newClient(t, nil).Get(t.Context(), src, v)
	if err != nil {
		t.Fatal(err)
	}
	r.Release()
	if want := []string{"/old ", `/new "a"`}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}
