package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

var changed = time.Date(2026, 11, 3, 8, 0, 0, 500, time.UTC)

func longContent() *Content {
	return NewContent([]byte(strings.Repeat("<p>the same again</p>", 100)), HTML, changed)
}

func ask(t *testing.T, c *Content, method string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, "/channels/x/", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	Serve(w, r, c)
	return w.Result()
}

func body(t *testing.T, r *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestConditions is the table of RFC 9110 section 13 for GET.
func TestConditions(t *testing.T) {
	c := longContent()
	tag, packed := c.ETag, c.packed.etag[0]
	const (
		at     = "Tue, 03 Nov 2026 08:00:00 GMT"
		before = "Tue, 03 Nov 2026 07:59:59 GMT"
		after  = "Tue, 03 Nov 2026 08:00:01 GMT"
	)
	for _, tt := range []struct {
		name    string
		headers []string
		status  int
		etag    string
	}{
		{"none", nil, 200, tag},
		{"same", []string{"If-None-Match", tag}, 304, tag},
		{"weak", []string{"If-None-Match", "W/" + tag}, 304, tag},
		{"other", []string{"If-None-Match", `"other"`}, 200, tag},
		{"in a list", []string{"If-None-Match", `"a", W/"b" ,` + tag + `,"c"`}, 304, tag},
		{"in a second line", []string{"If-None-Match", `"a"`, "If-None-Match", tag}, 304, tag},
		{"list without it", []string{"If-None-Match", `"a", W/"b"`}, 200, tag},
		{"tag holding a comma", []string{"If-None-Match", `"a,` + strings.Trim(tag, `"`) + `,b"`}, 200, tag},
		{"any", []string{"If-None-Match", "*"}, 304, tag},
		{"any with blanks", []string{"If-None-Match", " * "}, 304, tag},
		{"star in a list is no tag", []string{"If-None-Match", `"a", *`}, 200, tag},
		{"unquoted", []string{"If-None-Match", strings.Trim(tag, `"`)}, 200, tag},
		{"unfinished", []string{"If-None-Match", strings.TrimSuffix(tag, `"`)}, 200, tag},
		{"lower-case w", []string{"If-None-Match", "w/" + tag}, 200, tag},
		{"empty", []string{"If-None-Match", ""}, 200, tag},
		{"empty hides the date", []string{"If-None-Match", "", "If-Modified-Since", at}, 200, tag},
		{"gzip", []string{"Accept-Encoding", "gzip"}, 200, packed},
		{"gzip, same", []string{"Accept-Encoding", "gzip", "If-None-Match", packed}, 304, packed},
		{"gzip, holding the plain one", []string{"Accept-Encoding", "gzip", "If-None-Match", tag}, 304, tag},
		{"gzip, holding both", []string{"Accept-Encoding", "gzip", "If-None-Match", tag + ", " + packed}, 304, packed},
		{"holding the gzip one", []string{"If-None-Match", packed}, 304, packed},

		{"since then", []string{"If-Modified-Since", at}, 304, tag},
		{"since later", []string{"If-Modified-Since", after}, 304, tag},
		{"since earlier", []string{"If-Modified-Since", before}, 200, tag},
		{"since, RFC 850", []string{"If-Modified-Since", "Tuesday, 03-Nov-26 08:00:00 GMT"}, 304, tag},
		{"since, asctime", []string{"If-Modified-Since", "Tue Nov  3 08:00:00 2026"}, 304, tag},
		{"since no date", []string{"If-Modified-Since", "yesterday"}, 200, tag},
		{"since twice", []string{"If-Modified-Since", at, "If-Modified-Since", at}, 200, tag},
		{"other tag beats the date", []string{"If-None-Match", `"x"`, "If-Modified-Since", after}, 200, tag},
		{"same tag beats the date", []string{"If-None-Match", tag, "If-Modified-Since", before}, 304, tag},

		{"match", []string{"If-Match", tag}, 200, tag},
		{"match any", []string{"If-Match", "*"}, 200, tag},
		{"match other", []string{"If-Match", `"x"`}, 412, ""},
		{"match is strong", []string{"If-Match", "W/" + tag}, 412, ""},
		{"match comes first", []string{"If-Match", `"x"`, "If-None-Match", tag}, 412, ""},
		{"match, then none-match", []string{"If-Match", tag, "If-None-Match", tag}, 304, tag},
		{"unmodified", []string{"If-Unmodified-Since", at}, 200, tag},
		{"modified", []string{"If-Unmodified-Since", before}, 412, ""},
		{"unmodified no date", []string{"If-Unmodified-Since", "x"}, 200, tag},
		{"match hides unmodified", []string{"If-Match", tag, "If-Unmodified-Since", before}, 200, tag},

		{"ranges are off", []string{"Range", "bytes=0-9"}, 200, tag},
		{"ranges are off, conditional", []string{"Range", "bytes=0-9", "If-Range", tag}, 200, tag},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			res := ask(t, c, method, tt.headers...)
			if res.StatusCode != tt.status || res.Header.Get("ETag") != tt.etag {
				t.Errorf("%s, %s: %d with %s, want %d with %s", tt.name, method, res.StatusCode, res.Header.Get("ETag"), tt.status, tt.etag)
			}
			b := body(t, res)
			if (method == http.MethodHead || tt.status == 304) && len(b) > 0 {
				t.Errorf("%s, %s: a body of %d bytes", tt.name, method, len(b))
			}
			if tt.status == 304 && (res.Header.Get("Content-Type") != "" || res.Header.Get("Content-Length") != "" || res.Header.Get("Content-Encoding") != "") {
				t.Errorf("%s: a 304 describes a body: %v", tt.name, res.Header)
			}
			if tt.status != 412 && (res.Header.Get("Vary") != "Accept-Encoding" || res.Header.Get("Last-Modified") != at ||
				res.Header.Get("Cache-Control") != "max-age=60, stale-while-revalidate=60") {
				t.Errorf("%s: headers of the cache: %v", tt.name, res.Header)
			}
			if tt.status == 200 && tt.etag == tag && method == http.MethodGet && !bytes.Equal(b, c.Bytes) {
				t.Errorf("%s: other bytes", tt.name)
			}
		}
	}
}

func TestUndatedContent(t *testing.T) {
	c := NewContent([]byte("x"), HTML, time.Time{})
	res := ask(t, c, http.MethodGet, "If-Modified-Since", "Tue, 03 Nov 2099 08:00:00 GMT")
	if res.StatusCode != 200 || res.Header.Get("Last-Modified") != "" {
		t.Errorf("status %d, Last-Modified %q", res.StatusCode, res.Header.Get("Last-Modified"))
	}
}

func TestNegotiation(t *testing.T) {
	c := longContent()
	for accept, want := range map[string]bool{
		"":                            false,
		"gzip":                        true,
		"GZIP":                        true,
		"x-gzip":                      true,
		"gzip, br, zstd":              true,
		"br":                          false,
		"identity":                    false,
		"*":                           true,
		"gzip;q=0":                    false,
		"gzip;q=0.000":                false,
		"gzip;q=0, *":                 false,
		"*;q=0":                       false,
		"*;q=0.1":                     true,
		"gzip;q=0.001":                true,
		"gzip; q=0.5":                 true,
		"gzip;Q=1.000":                true,
		"gzip;q=0.5, identity":        false,
		"gzip;q=0.5, identity;q=0.5":  true,
		"gzip;q=0.5, identity;q=0.4":  true,
		"gzip;q=0.5, *":               false,
		"identity;q=0":                false, // nothing fits: the plain one is sent
		"gzip;q=2":                    false,
		"gzip;q=1.001":                false,
		"gzip;q=x":                    false,
		"gzip;level=9":                false,
		"gzip;q=":                     false,
		"gzip;q=0.1234":               false,
		",, gzip ,":                   true,
		"notgzip, gzipped, x-gzip2":   false,
		"br;q=1.0, gzip;q=0.8, *;q=0": true,
	} {
		res := ask(t, c, http.MethodGet, "Accept-Encoding", accept)
		b := body(t, res)
		if got := res.Header.Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("Accept-Encoding %q: gzip %v, want %v", accept, got, want)
		}
		if want {
			z, err := gzip.NewReader(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			if b, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(b, c.Bytes) {
			t.Errorf("Accept-Encoding %q: other bytes", accept)
		}
	}
	if res := ask(t, c, http.MethodGet, "Accept-Encoding", "br", "Accept-Encoding", "gzip"); res.Header.Get("Content-Encoding") != "gzip" {
		t.Error("the second of two lines is not read")
	}
	small := NewContent([]byte("short"), HTML, changed)
	if res := ask(t, small, http.MethodGet, "Accept-Encoding", "gzip"); res.Header.Get("Content-Encoding") != "" || res.Header.Get("Content-Length") != "5" {
		t.Errorf("short content: %v", res.Header)
	}
}

func TestETagSurvivesRestart(t *testing.T) {
	a, b := longContent(), NewContent(bytes.Clone(longContent().Bytes), HTML, changed.Add(time.Hour))
	if a.ETag != b.ETag || !bytes.Equal(a.Gzip, b.Gzip) {
		t.Error("the same bytes have another validator")
	}
	if c := NewContent([]byte("else"), HTML, changed); c.ETag == a.ETag {
		t.Error("other bytes have the same validator")
	}
	if a.ETag == a.packed.etag[0] {
		t.Error("two encodings share a strong validator")
	}
}

// Every answer, whatever its status, says no to scripts, frames and the rest.
func TestHeadersOnEveryStatus(t *testing.T) {
	c := longContent()
	answers := map[string]func(http.ResponseWriter, *http.Request){
		"200": func(w http.ResponseWriter, r *http.Request) { Serve(w, r, c) },
		"304": func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("If-None-Match", c.ETag)
			Serve(w, r, c)
		},
		"412": func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("If-Match", `"x"`)
			Serve(w, r, c)
		},
		"style": func(w http.ResponseWriter, r *http.Request) { Serve(w, r, Stylesheet()) },
		"301":   func(w http.ResponseWriter, r *http.Request) { Redirect(w, http.StatusMovedPermanently, "x/") },
		"404":   func(w http.ResponseWriter, r *http.Request) { Fail(w, r, 404, "No such page", "Look at the address.") },
		"503":   func(w http.ResponseWriter, r *http.Request) { Fail(w, r, 503, "Not now", "Try again.") },
		"plain": func(w http.ResponseWriter, r *http.Request) { Plain(w, r, 200, "ok") },
	}
	for name, answer := range answers {
		w := httptest.NewRecorder()
		answer(w, httptest.NewRequest(http.MethodGet, "/a/b/", nil))
		h := w.Result().Header
		for key, want := range map[string]string{
			"Content-Security-Policy":      "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":       "nosniff",
			"X-Frame-Options":              "DENY",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if h.Get(key) != want {
				t.Errorf("%s: %s is %q", name, key, h.Get(key))
			}
		}
		if h.Get("Set-Cookie") != "" || h.Get("Cache-Control") == "" {
			t.Errorf("%s: cookie %q, cache %q", name, h.Get("Set-Cookie"), h.Get("Cache-Control"))
		}
	}
}

// Header values are shared between answers: adding to one must not reach another.
func TestSharedHeadersStayWhole(t *testing.T) {
	w := httptest.NewRecorder()
	Serve(w, httptest.NewRequest(http.MethodGet, "/", nil), longContent())
	w.Header().Add("Vary", "Cookie")
	w.Header().Add("X-Frame-Options", "ALLOW")
	if res := ask(t, longContent(), http.MethodGet); len(res.Header["Vary"]) != 1 || len(res.Header["X-Frame-Options"]) != 1 {
		t.Errorf("headers leaked: %v", res.Header)
	}
}

func TestFailEscapes(t *testing.T) {
	hostile := `<script>alert(1)</script>"'&` + "\u202e"
	r := httptest.NewRequest(http.MethodGet, "/channels/%3Cscript%3E/x", nil)
	w := httptest.NewRecorder()
	Fail(w, r, http.StatusNotFound, hostile, hostile)
	page := w.Body.String()
	if strings.Contains(page, "<script") || !strings.Contains(page, "&lt;script&gt;alert(1)") {
		t.Errorf("not escaped: %s", page)
	}
	for _, want := range []string{`name="robots" content="noindex"`, `href="../../style.css"`, `href="../../"`, "Status 404"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
	head := httptest.NewRecorder()
	Fail(head, httptest.NewRequest(http.MethodHead, "/x", nil), 404, "a", "b")
	if head.Body.Len() != 0 || head.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD: %d bytes, length %q", head.Body.Len(), head.Header().Get("Content-Length"))
	}
}

func TestRender(t *testing.T) {
	tmpl, err := NewTemplate(`<p>{{template "loud" .Body}}</p>{{define "loud"}}{{.}}!{{end}}`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Render(tmpl, &Page{
		Language: "ar", Dir: "rtl", Title: "عنوان", Site: "Wire", Root: "../../", Body: "<b>",
		Feeds: []Feed{{"Atom & more", "application/atom+xml", "atom.xml"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<html lang="ar" dir="rtl">`, "<title>عنوان · Wire</title>", `<link rel="stylesheet" href="../../style.css">`,
		`<link rel="alternate" type="application/atom&#43;xml" title="Atom &amp; more" href="atom.xml">`,
		`<a class="skip" href="#content"`, `<main id="content"`, "<p>&lt;b&gt;!</p>",
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	for _, never := range []string{"http://", "https://", "<script", "style=", "noindex"} {
		if strings.Contains(string(got), never) {
			t.Errorf("%s in %s", never, got)
		}
	}
	if _, err := NewTemplate("{{nope}}"); err == nil {
		t.Error("a broken template is no error")
	}
}

// The stylesheet asks nobody else for anything.
func TestStylesheetIsAlone(t *testing.T) {
	for _, never := range []string{"url(", "@import", "http:", "https:"} {
		if bytes.Contains(Stylesheet().Bytes, []byte(never)) {
			t.Errorf("the stylesheet has %s", never)
		}
	}
}

func TestRoot(t *testing.T) {
	for path, want := range map[string]string{"/": "./", "/x": "./", "/channels/x/": "../../", "/channels/x": "../", "": "./"} {
		if got := Root(path); got != want {
			t.Errorf("Root(%q) = %q, want %q", path, got, want)
		}
	}
}

// FuzzRequestHeaders: whatever a client sends, the answer is one of the four and
// keeps its headers.
func FuzzRequestHeaders(f *testing.F) {
	f.Add(`W/"a", "b"`, "gzip;q=0.5, *;q=0", "Tue, 03 Nov 2026 08:00:00 GMT")
	f.Add(`"`, ";;;q=,", "")
	f.Add("*", "gzip;q=1.", "0")
	c := longContent()
	f.Fuzz(func(t *testing.T, tags, accept, since string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header = http.Header{"If-None-Match": {tags}, "Accept-Encoding": {accept}, "If-Match": {tags}, "If-Modified-Since": {since}}
		w := httptest.NewRecorder()
		Serve(w, r, c)
		if s := w.Code; s != 200 && s != 304 && s != 412 {
			t.Errorf("status %d", s)
		}
		if w.Header().Get("X-Content-Type-Options") == "" {
			t.Error("headers missing")
		}
		if q := weight(accept); q < -1 || q > 1000 {
			t.Errorf("weight(%q) = %d", accept, q)
		}
	})
}

// BenchmarkServe answers from memory: whole, compressed and not at all.
func BenchmarkServe(b *testing.B) {
	c := NewContent(bytes.Repeat([]byte("<p>some words, and others</p>\n"), 7000), HTML, changed)
	for name, header := range map[string][2]string{"identity": {}, "gzip": {"Accept-Encoding", "gzip"}, "304": {"If-None-Match", c.ETag}} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			if header[0] != "" {
				r.Header.Set(header[0], header[1])
			}
			b.ReportAllocs()
			for b.Loop() {
				Serve(discard{http.Header{}}, r, c)
			}
		})
	}
}

type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) WriteHeader(int)             {}
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
