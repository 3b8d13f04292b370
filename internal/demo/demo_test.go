package demo

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var now = time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)

// get asks h for path; header holds names and values in turns.
func get(t *testing.T, h http.Handler, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8090"+path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// outlets are the sample sources at the moment now.
func outlets(t *testing.T) []*outlet {
	t.Helper()
	list, err := load(now)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestConditionalRequests(t *testing.T) {
	for _, out := range outlets(t) {
		t.Run(out.ID, func(t *testing.T) {
			if out.Slow > 0 {
				t.Skip("waits; see TestSlow")
			}
			h := Origin(now)
			get(t, h, "/feeds/"+out.Path) // a later edition may follow the first answer
			res := get(t, h, "/feeds/"+out.Path)
			again := get(t, h, "/feeds/"+out.Path)
			if body(t, res) != body(t, again) {
				t.Error("two answers of one edition differ")
			}
			etag, modified := res.Header.Get("ETag"), res.Header.Get("Last-Modified")
			if (etag != "") != out.ETag || (modified != "") != out.LastModified {
				t.Errorf("validators are %q and %q", etag, modified)
			}
			if etag != "" {
				expect304(t, h, out.Path, "If-None-Match", etag)
			}
			if modified != "" {
				expect304(t, h, out.Path, "If-Modified-Since", modified)
			}
		})
	}
}

func expect304(t *testing.T, h http.Handler, path, name, value string) {
	t.Helper()
	res := get(t, h, "/feeds/"+path, name, value)
	if b := body(t, res); res.StatusCode != http.StatusNotModified || b != "" {
		t.Errorf("%s %s: status %d with %d bytes, want 304", name, value, res.StatusCode, len(b))
	}
}

func TestGzip(t *testing.T) {
	h := Origin(now)
	plain := get(t, h, "/feeds/cauce.json")
	res := get(t, h, "/feeds/cauce.json", "Accept-Encoding", "gzip, br")
	if got := res.Header.Get("Content-Encoding"); got != "gzip" {
		t.Fatalf("Content-Encoding is %q", got)
	}
	if plain.Header.Get("ETag") == res.Header.Get("ETag") {
		t.Error("two representations share a strong ETag")
	}
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if want := body(t, plain); string(got) != want {
		t.Error("the gzipped feed is another text")
	}
	res = get(t, h, "/feeds/cauce.json", "Accept-Encoding", "gzip", "If-None-Match", res.Header.Get("ETag"))
	if res.StatusCode != http.StatusNotModified {
		t.Errorf("status %d for the gzipped feed's own ETag, want 304", res.StatusCode)
	}
}

func TestEditAfterFirstRequest(t *testing.T) {
	h := Origin(now)
	const path = "/feeds/tidewater-ledger.xml"
	const old, corrected, added = "Ministry says 40 detainees", "Ministry says 14 detainees", "opens editor’s trial to the public"

	res := get(t, h, path)
	before := body(t, res)
	if !strings.Contains(before, old) || strings.Contains(before, corrected) || strings.Contains(before, added) {
		t.Error("the first edition is not the uncorrected one")
	}
	res = get(t, h, path, "If-None-Match", res.Header.Get("ETag"), "If-Modified-Since", res.Header.Get("Last-Modified"))
	if res.StatusCode != http.StatusOK {
		t.Fatalf("status %d for the edited feed, want 200", res.StatusCode)
	}
	after := body(t, res)
	if strings.Contains(after, old) || !strings.Contains(after, corrected) || !strings.Contains(after, added) {
		t.Error("the second edition is not the corrected one")
	}
	if n, m := strings.Count(before, "<entry>"), strings.Count(after, "<entry>"); m != n+1 {
		t.Errorf("%d entries after the edit, want %d", m, n+1)
	}
	const guid = "<id>tag:tidewater-ledger.example.org,2026:detainees-moved-to-minsk</id>"
	if strings.Count(before, guid) != 1 || strings.Count(after, guid) != 1 {
		t.Error("the corrected entry did not keep its id")
	}
	page := body(t, get(t, h, "/articles/tidewater-ledger/detainees-moved-to-minsk"))
	if !strings.Contains(page, corrected) {
		t.Error("the article's page is not the corrected one")
	}
}

func TestHeadCountsNoVisit(t *testing.T) {
	h := Origin(now)
	const path = "/feeds/tidewater-ledger.xml"
	for range 3 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodHead, path, nil))
	}
	if got := body(t, get(t, h, path)); !strings.Contains(got, "40 detainees") {
		t.Error("HEAD requests brought on the edit")
	}
}

func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := Origin(now)
		start := time.Now()
		res := get(t, h, "/feeds/fjordlys.xml")
		if took := time.Since(start); took != 1500*time.Millisecond {
			t.Errorf("answered after %v", took)
		}
		if b := body(t, res); strings.Count(b, "<item>") != 3 {
			t.Errorf("%d items, want 3", strings.Count(b, "<item>"))
		}

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		start = time.Now()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/feeds/fjordlys.xml", nil).WithContext(ctx))
		if took := time.Since(start); took != 0 || w.Body.Len() > 0 {
			t.Errorf("a reader who left was answered %d bytes after %v", w.Body.Len(), took)
		}
	})
}

func TestBroken(t *testing.T) {
	res := get(t, Origin(now), "/feeds/harbour-lights.xml")
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		t.Errorf("status %d, %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	if b := body(t, res); !strings.Contains(b, "Checking your browser") {
		t.Error("no browser check")
	}
}

func TestNotFound(t *testing.T) {
	h := Origin(now)
	for _, path := range []string{
		"/feeds/nobody.xml", "/sites/nobody/", "/articles/nobody/nothing", "/articles/naru/nothing", "/media/x.exe", "/x",
	} {
		if res := get(t, h, path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, res.StatusCode)
		}
	}
}

// TestLinksResolve follows every link of the origin's pages and feeds that stays
// on it.
func TestLinksResolve(t *testing.T) {
	h := Origin(now)
	link := regexp.MustCompile(`(?:href|src|url|resource|link|"url": )[=>]?"?(?:http://127\.0\.0\.1:8090)?(/[a-z0-9][^"<?#]*|/")`)
	seen := map[string]bool{"/": true}
	for queue := []string{"/"}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == "/feeds/fjordlys.xml" {
			continue // waits
		}
		res := get(t, h, queue[0])
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", queue[0], res.StatusCode)
		}
		if strings.HasPrefix(queue[0], "/media/") {
			continue
		}
		if strings.Contains(res.Header.Get("Content-Type"), "html") && !strings.HasPrefix(queue[0], "/feeds/") &&
			!strings.HasPrefix(res.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: no Content-Security-Policy", queue[0])
		}
		for _, m := range link.FindAllStringSubmatch(body(t, res), -1) {
			path := strings.TrimSuffix(m[1], `"`)
			if path != "/join" && !seen[path] { // part of the long article's furniture
				seen[path] = true
				queue = append(queue, path)
			}
		}
	}
	for _, out := range outlets(t) {
		for _, a := range out.first {
			if path := "/articles/" + out.ID + "/" + a.Slug; !seen[path] {
				t.Errorf("nothing links to %s", path)
			}
			for _, m := range a.Media {
				if out.Slow == 0 && !seen["/media/"+m.Name] {
					t.Errorf("nothing links to %s", m.Name)
				}
			}
		}
	}
}

func TestArticlePageHasFurniture(t *testing.T) {
	page := body(t, get(t, Origin(now), "/articles/crossing-points/closed-door-on-the-tumen"))
	for _, want := range []string{
		"<title>Five rivers and a closed door", "Miriam Aldous", "follows the routes that people take",
		"Forgotten your password?", "Create an account", `class="share"`, `class="related"`, `class="newsletter"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	rtl := body(t, get(t, Origin(now), "/articles/mishkat/qarib-min-zuwara"))
	if !strings.Contains(rtl, `<html lang="ar" dir="rtl">`) {
		t.Error("an Arabic page is not set from right to left")
	}
}
