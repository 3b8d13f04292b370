package fetch

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rightswire/internal/news"
)

// oddTags and oddDates are validators as servers really send them.
var (
	oddTags = []string{
		"", `"abc"`, `W/"abc"`, `abc`, `"abc`, `""`, `W/""`, `w/"lower"`, `"abc-gzip"`, `"a", "b"`, `"with space"`,
		`"3f80f-1b6-3e1cb03b"`, "\"\xe9t\xe9\"", `"한글"`, `"a;b=c"`, `'single'`, `"\"escaped\""`, `W/abc`, `"`, `"a" `,
	}
	oddDates = []string{
		"", "Tue, 03 Nov 2026 10:00:00 GMT", "Tue, 3 Nov 2026 10:00:00 +0000", "Tuesday, 03-Nov-26 10:00:00 GMT",
		"Tue Nov  3 10:00:00 2026", "2026-11-03T10:00:00Z", "0", "-1", "Thu, 01 Jan 1970 00:00:00 GMT",
		"Fri, 31 Dec 2041 23:59:59 GMT", "03/11/2026 at noon", "mar., 03 nov. 2026 10:00:00 GMT", "1793700000",
	}
)

// An origin of odd validators: it changes them at random, with the body and
// without, and knows what it said last.
type oddOrigin struct {
	t        *testing.T
	random   *rand.Rand
	etag     string
	modified string
	body     int
	asked    int
}

func (o *oddOrigin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.asked++
	if got, want := r.Header["If-None-Match"], one(o.etag); !slices.Equal(got, want) {
		o.t.Errorf("poll %d: If-None-Match %q, want %q", o.asked, got, want)
	}
	if got, want := r.Header["If-Modified-Since"], one(o.modified); !slices.Equal(got, want) {
		o.t.Errorf("poll %d: If-Modified-Since %q, want %q", o.asked, got, want)
	}
	for name := range r.Header {
		if !slices.Contains([]string{"Accept", "Accept-Encoding", "If-Modified-Since", "If-None-Match", "User-Agent"}, name) {
			o.t.Errorf("poll %d: sent %s: %q", o.asked, name, r.Header[name])
		}
	}
	if r.UserAgent() != agent || r.RequestURI != "/feed?format=rss" {
		o.t.Errorf("poll %d: %q asks for %s", o.asked, r.UserAgent(), r.RequestURI)
	}
	w.Header()["Set-Cookie"] = []string{fmt.Sprintf("visitor=%d; Path=/; Max-Age=99999", o.asked)}
	status := http.StatusOK
	switch o.random.IntN(3) {
	case 0: // a 304 needs validators, and keeps those it does not name
		if o.etag == "" && o.modified == "" {
			break
		}
		status = http.StatusNotModified
		if o.random.IntN(2) == 0 {
			o.say(w, o.etag, o.modified)
		}
	case 1:
		o.body++
		o.say(w, oddTags[o.random.IntN(len(oddTags))], oddDates[o.random.IntN(len(oddDates))])
	default: // the same bytes, and what is said of them may be new or gone
		o.say(w, oddTags[o.random.IntN(len(oddTags))], oddDates[o.random.IntN(len(oddDates))])
	}
	if status == http.StatusNotModified && o.random.IntN(2) == 0 {
		if tag := oddTags[1+o.random.IntN(len(oddTags)-1)]; tag != "" {
			o.say(w, tag, o.modified)
		}
	}
	w.WriteHeader(status)
	if status == http.StatusOK {
		fmt.Fprint(w, "body ", o.body)
	}
}

// say sets the validators of an answer. Spaces around a field are not part of it.
func (o *oddOrigin) say(w http.ResponseWriter, etag, modified string) {
	w.Header()["Etag"], w.Header()["Last-Modified"] = one(etag), one(modified)
	o.etag, o.modified = trimmed(etag), trimmed(modified)
}

func trimmed(s string) string {
	for len(s) > 0 && s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	return s
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// 10,000 polls of a server with odd validators: each goes out as it came in, and
// nothing goes out that the last answer did not say. No cookie comes back, no
// field or query is added.
func TestPolls(t *testing.T) {
	o := &oddOrigin{t: t, random: rand.New(rand.NewPCG(2026, 11))}
	url := serve(t, o.ServeHTTP).URL + "/feed?format=rss"
	c := newClient(t, nil)
	var v news.Visit
	counts := map[string]int{}
	for range 10_000 {
		r, err := c.Get(t.Context(), source(url), v)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case r.NotModified:
			counts["not modified"]++
		case r.Unchanged:
			counts["unchanged"]++
		default:
			counts["new"]++
			v.BodyHash = r.BodyHash
		}
		v.URL, v.ETag, v.LastModified = url, r.ETag, r.LastModified
		r.Release()
		if t.Failed() {
			break
		}
	}
	if o.asked != 10_000 || len(counts) != 3 || min(counts["new"], counts["unchanged"], counts["not modified"]) < 1000 {
		t.Errorf("%d polls: %v", o.asked, counts)
	}
}

// 200 feeds on one host, all due at once: one request at a time, each a second or
// more after the last one's end, and each feed is served.
func TestHostOf200Feeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most, served atomic.Int32
		var mu sync.Mutex
		var ended time.Time
		l := make(pipes)
		s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			most.Store(max(most.Load(), running.Add(1)))
			mu.Lock()
			if rest := time.Since(ended); !ended.IsZero() && rest < time.Second {
				t.Errorf("%s came %v after the last", r.URL, rest)
			}
			mu.Unlock()
			io.WriteString(w, "ok")
			time.Sleep(time.Duration(served.Add(1)%7) * 100 * time.Millisecond)
			mu.Lock()
			ended = time.Now()
			mu.Unlock()
			running.Add(-1)
		})}
		go s.Serve(l)
		c := newClient(t, func(o *Options) { o.HostGap = time.Second })
		c.site.transport.DialContext = l.dial
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				r, err := c.Get(t.Context(), source(fmt.Sprintf("http://feeds.example.org/%d", i)), news.Visit{})
				if err != nil {
					t.Error(err)
				}
				r.Release()
			})
		}
		wg.Wait()
		if most.Load() != 1 || served.Load() != 200 {
			t.Errorf("%d served, %d at a time", served.Load(), most.Load())
		}
		c.Close()
		s.Close()
	})
}

// What a redirect chain says of a move counts only where all of it is permanent.
func TestMoved(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		// The path is the list of statuses still to be answered with, such as
		// "/301/302/200".
		var status int
		fmt.Sscanf(r.URL.Path, "/%d", &status)
		if status >= 300 && status != 304 {
			w.Header().Set("Location", r.URL.Path[len("/301"):])
		}
		w.WriteHeader(status)
	})
	c := newClient(t, nil)
	for path, want := range map[string]string{
		"/200":                     "",
		"/301/200":                 "/200",
		"/308/200":                 "/200",
		"/301/308/301/308/301/200": "/200",
		"/302/200":                 "",
		"/303/200":                 "",
		"/307/200":                 "",
		"/301/302/200":             "",
		"/302/301/200":             "",
		"/301/301/307/200":         "",
	} {
		r := mustGet(t, c, s.URL+path, news.Visit{})
		if want != "" {
			want = s.URL + want
		}
		if r.Moved != want || r.FinalURL != s.URL+"/200" {
			t.Errorf("%s: moved to %q, want %q; ended at %s", path, r.Moved, want, r.FinalURL)
		}
	}
	// A 304 where it leads says so too.
	url := s.URL + "/301/304"
	r := mustGet(t, c, url, news.Visit{URL: url, Final: s.URL + "/304", ETag: `"a"`})
	if !r.NotModified || r.Moved != s.URL+"/304" {
		t.Errorf("got %+v", r)
	}
}

// An adopted address is asked in place of the source's own, with the validators
// that came from it, and is no move of its own.
func TestAdopted(t *testing.T) {
	var asked []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+" "+r.Header.Get("If-None-Match"))
		if r.URL.Path == "/gone-on" {
			w.Header().Set("Location", "/third")
			w.WriteHeader(http.StatusMovedPermanently)
		}
	})
	c := newClient(t, nil)
	v := news.Visit{URL: s.URL + "/old", Final: s.URL + "/new", ETag: `"a"`, Moved: news.Move{To: s.URL + "/new", Adopted: true}}
	if r := mustGet(t, c, s.URL+"/old", v); r.Moved != "" || r.FinalURL != s.URL+"/new" {
		t.Errorf("got %+v", r)
	}
	if r := mustGet(t, c, s.URL+"/edited", v); r.FinalURL != s.URL+"/edited" {
		t.Errorf("another address of the source: got %+v", r)
	}
	v.Moved.To = s.URL + "/gone-on"
	if r := mustGet(t, c, s.URL+"/old", v); r.Moved != s.URL+"/third" {
		t.Errorf("got %+v", r)
	}
	if want := []string{`/new "a"`, "/edited ", "/gone-on ", "/third "}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}

// A loop ends after five redirects, whatever its shape.
func TestRedirectLoops(t *testing.T) {
	var asked atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Location", map[string]string{"/self": "/self", "/a": "/b", "/b": "/a", "/grow": "/grow?x"}[r.URL.Path])
		w.WriteHeader(http.StatusMovedPermanently)
	})
	c := newClient(t, nil)
	for _, path := range []string{"/self", "/a", "/grow"} {
		asked.Store(0)
		_, err := get(t, c, s.URL+path)
		failed(t, err, news.FailRedirect)
		if n := asked.Load(); n > 6 {
			t.Errorf("%s: %d requests", path, n)
		}
	}
}
