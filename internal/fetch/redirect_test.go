package fetch

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"rightswire/internal/news"
)

func TestRedirects(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var n, status int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d/%d", &status, &n); err == nil && n > 0 {
			if r.Header.Get("If-None-Match") != "" {
				t.Errorf("%s was sent the validator of another URL", r.URL)
			}
			w.Header().Set("Location", fmt.Sprintf("%d", n-1))
			w.WriteHeader(status)
			return
		}
		w.Header().Set("ETag", `"there"`)
		if r.Header.Get("If-None-Match") == `"there"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		io.WriteString(w, "arrived")
	})
	c := newClient(t, nil)
	for _, status := range []int{301, 302, 303, 307, 308} {
		r := mustGet(t, c, fmt.Sprintf("%s/%d/5", s.URL, status), news.Visit{})
		if want := fmt.Sprintf("%s/%d/0", s.URL, status); string(r.Body) != "arrived" || r.FinalURL != want {
			t.Errorf("%d: got %q from %s, want %s", status, r.Body, r.FinalURL, want)
		}
		source := fmt.Sprintf("%s/%d/5", s.URL, status)
		again := mustGet(t, c, source, news.Visit{URL: source, Final: r.FinalURL, ETag: r.ETag})
		if r.ETag != `"there"` || !again.NotModified || again.ETag != r.ETag {
			t.Errorf("%d: got %s, then %+v; want a 304 where the redirects lead", status, r.ETag, again)
		}
		_, err := get(t, c, fmt.Sprintf("%s/%d/6", s.URL, status))
		failed(t, err, news.FailRedirect)
	}
}

func TestRedirectSomewhereElse(t *testing.T) {
	listener := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Error("it was asked") })
	port := listener.URL[strings.LastIndex(listener.URL, ":"):]
	for _, location := range []string{
		"", "file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "data:text/xml,<rss/>", "mailto:a@b.example",
		"javascript:alert(1)", "http://10.0.0.1/", "//169.254.169.254/latest", `\\169.254.169.254\latest`,
		"http://0xa9fea9fe/", "http://2852039166/", "http://[::ffff:10.0.0.1]/", "http://[::1]" + port,
		"http://127.0.0.1:22/", "http://127.0.0.1:6379/", "http://127.0.0.1:25/", "http://127.0.0.1:81/",
		"http://１０.0.0.1/", "http://[fe80::1%25lo]/", "http://", "http://:80/", "http://127.0.0.1:99999/",
	} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if location != "" {
				w.Header()["Location"] = []string{location}
			}
			w.WriteHeader(http.StatusFound)
		})
		_, err := get(t, newClient(t, nil), s.URL)
		if f := failed(t, err, news.FailRedirect); f.RetryAfter != 0 {
			t.Errorf("%q: %+v", location, f)
		}
	}
}

// Nothing that identifies the reader crosses to another URL.
func TestRedirectCarriesNothing(t *testing.T) {
	var fields []string
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for k := range r.Header {
			fields = append(fields, k)
		}
		io.WriteString(w, r.URL.String())
	})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "id=1")
		w.Header().Set("Location", strings.Replace(other.URL, "://", "://user:pass@", 1)+"/f#part")
		w.WriteHeader(http.StatusMovedPermanently)
	})
	url := strings.Replace(s.URL, "://", "://me:secret@", 1)
	r := mustGet(t, newClient(t, nil), url, news.Visit{URL: url, ETag: `"a"`, LastModified: "b"})
	slices.Sort(fields)
	if want := []string{"Accept", "Accept-Encoding", "User-Agent"}; !slices.Equal(fields, want) {
		t.Errorf("sent %v, want %v", fields, want)
	}
	if string(r.Body) != "/f" || r.FinalURL != other.URL+"/f" {
		t.Errorf("got %q from %s", r.Body, r.FinalURL)
	}
}

// A validator of the first URL is not taken to a second, and the second's answer
// still counts as unchanged where its bytes are.
func TestRedirectUnchanged(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/there", http.StatusFound)
			return
		}
		if r.Header.Get("If-None-Match") != "" {
			t.Error("validator sent to another URL")
		}
		io.WriteString(w, "body")
	})
	c := newClient(t, nil)
	first := mustGet(t, c, s.URL+"/", news.Visit{})
	again := mustGet(t, c, s.URL+"/", news.Visit{URL: s.URL + "/", ETag: `"x"`, BodyHash: first.BodyHash})
	if !again.Unchanged || again.FinalURL != s.URL+"/there" {
		t.Errorf("got %+v", again)
	}
}

// A 410 retires a source only where the source itself, or where it has moved for
// good, says so.
func TestRedirectToGone(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/gone", http.StatusMovedPermanently)
		case "/portal":
			http.Redirect(w, r, "/moved", http.StatusFound)
		default:
			w.WriteHeader(http.StatusGone)
		}
	})
	c := newClient(t, nil)
	for path, kind := range map[string]news.FailureKind{"/gone": news.FailGone, "/moved": news.FailGone, "/portal": news.FailStatus} {
		_, err := get(t, c, s.URL+path)
		if f := failed(t, err, kind); f.Status != 410 || f.URL != s.URL+"/gone" {
			t.Errorf("%s: got %+v", path, f)
		}
	}
}
