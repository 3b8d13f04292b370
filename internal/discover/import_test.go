package discover

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// imported runs an import and returns what was found, "title url", in order.
func imported(t *testing.T, ctx context.Context, f *Finder, im Import) (found []string, unusable []Unusable, err error) {
	t.Helper()
	if im.Found == nil {
		im.Found = func(o Outline, c Candidate) error {
			found = append(found, o.Title+" "+c.URL)
			return nil
		}
	}
	if im.Known == nil {
		im.Known = func(string) bool { return false }
	}
	im.Concurrency = 8
	unusable, err = f.Import(ctx, im)
	slices.Sort(found)
	return found, unusable, err
}

func TestImport(t *testing.T) {
	s := serve(t, map[string]string{
		"/a.rss":            rss("A", "HOST/a", "/a/", 3),
		"/empty.rss":        rss("Empty", "HOST/e", "/e/", 0),
		"/b/page":           head(alternate("rss+xml", "/b.rss")),
		"/b.rss":            rss("B", "HOST/b", "/b/", 3),
		"/c/":               head(alternate("rss+xml", "/c/comments/feed/"), alternate("rss+xml", "/c.rss")),
		"/c/comments/feed/": rss("Comments for C", "HOST/c", "/cc/", 3),
		"/c.rss":            rss("C", "HOST/c", "/c/", 3),
		"/d/":               head(),
		"/m.rss":            "->/n.rss",
		"/n.rss":            rss("N", "HOST/n", "/n/", 1),
		"/o/":               head(alternate("rss+xml", "/o/comments/feed/")),
		"/o/comments/feed/": rss("Comments for O", "HOST/o", "/oc/", 3),
		"/p.xml":            "410",
	})
	at := func(path string) string { return s.URL + path }
	outlines := []Outline{
		{Title: "feed", URL: at("/a.rss")},
		{Title: "empty", URL: at("/empty.rss")},
		{Title: "page", URL: at("/b/page")},
		{Title: "gone, with a home", URL: at("/old.rss"), Home: at("/c/")},
		{Title: "home only", Home: at("/c/")},
		{Title: "none behind", URL: at("/d/"), Home: at("/d/")},
		{Title: "moved", URL: at("/m.rss")},
		{Title: "comments", Home: at("/o/")},
		{Title: "gone", URL: at("/p.xml")},
		{Title: "no address", URL: "mailto:desk@example.org"},
		{Title: "nowhere", URL: "http://nowhere.invalid/feed"},
		{Title: "by its scheme", URL: strings.Replace(at("/a.rss"), "http://", "feed:http://", 1)},
		{Title: "known", URL: at("/known.rss")},
		{Title: "bad address, good home", URL: "gopher://a.example", Home: at("/n.rss")},
	}
	var steps []string
	found, unusable, err := imported(t, t.Context(), newFinder(t, nil), Import{
		Outlines: outlines,
		Known:    func(u string) bool { return u == at("/known.rss") },
		Progress: func(done, failed, total int) { steps = append(steps, fmt.Sprintf("%d/%d", done, total)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	// Two outlines lead to /c.rss, /n.rss and /a.rss each: which of them is first is
	// a matter of luck.
	var urls []string
	for _, f := range found {
		urls = append(urls, f[strings.LastIndex(f, " ")+1:])
	}
	slices.Sort(urls)
	if want := []string{at("/a.rss"), at("/b.rss"), at("/c.rss"), at("/empty.rss"), at("/n.rss")}; !slices.Equal(urls, want) {
		t.Errorf("found %q", found)
	}
	var titles []string
	for _, u := range unusable {
		titles = append(titles, u.Outline.Title+": "+u.Err.Error())
	}
	want := []string{"none behind: ", "comments: ", "gone: ", "no address: ", "nowhere: "}
	for i, w := range want {
		if i >= len(titles) || !strings.HasPrefix(titles[i], w) {
			t.Fatalf("unusable: %q", titles)
		}
	}
	if len(titles) != len(want) {
		t.Errorf("unusable: %q", titles)
	}
	if len(steps) != len(outlines) || steps[len(steps)-1] != fmt.Sprintf("%d/%[1]d", len(outlines)) {
		t.Errorf("progress %q", steps)
	}
	if asked := s.requests(); slices.Contains(asked, "/known.rss") {
		t.Error("asked for what is known")
	}
}

// An import that was broken off goes on where it was.
func TestImportResumed(t *testing.T) {
	pages, outlines := map[string]string{}, []Outline{}
	for i := range 20 {
		path := fmt.Sprintf("/%d.rss", i)
		pages[path] = rss(path, "HOST/", path+"/", 1)
	}
	s := serve(t, pages)
	for i := range 20 {
		outlines = append(outlines, Outline{Title: fmt.Sprint(i), URL: fmt.Sprintf("%s/%d.rss", s.URL, i)})
	}
	f := newFinder(t, nil)
	known := map[string]bool{}
	full := errors.New("no space left on device")
	_, _, err := imported(t, t.Context(), f, Import{
		Outlines: outlines,
		Found: func(_ Outline, c Candidate) error {
			if len(known) == 5 {
				return full
			}
			known[c.URL] = true
			return nil
		},
	})
	if !errors.Is(err, full) || len(known) != 5 {
		t.Fatalf("%v, %d", err, len(known))
	}
	found, unusable, err := imported(t, t.Context(), f, Import{Outlines: outlines, Known: func(u string) bool { return known[u] }})
	if err != nil || len(found) != 15 || len(unusable) != 0 {
		t.Errorf("%d found, %v, %v", len(found), unusable, err)
	}
	// What the first import had just asked for when it ended may arrive late, so
	// only requests for what it found are counted.
	for u := range known {
		asked := 0
		for _, path := range s.requests() {
			if s.URL+path == u {
				asked++
			}
		}
		if asked != 1 {
			t.Errorf("%s, which was known, was asked for %d times", u, asked)
		}
	}
}

func TestImportCancelled(t *testing.T) {
	s := serve(t, map[string]string{"/a.rss": rss("A", "HOST/", "/a/", 1), "/b.rss": rss("B", "HOST/", "/b/", 1)})
	ctx, cancel := context.WithCancel(t.Context())
	_, unusable, err := imported(t, ctx, newFinder(t, nil), Import{
		Outlines: []Outline{{URL: s.URL + "/a.rss"}, {URL: s.URL + "/b.rss"}, {URL: s.URL + "/c.rss"}},
		Found:    func(Outline, Candidate) error { cancel(); return nil },
	})
	if !errors.Is(err, context.Canceled) || len(unusable) > 1 {
		t.Errorf("%v, %v", unusable, err)
	}
}

// One outline costs twelve requests at most, whatever its two addresses lead to.
func TestImportBound(t *testing.T) {
	s := serve(t, map[string]string{"/x": head(), "/y": head()})
	_, unusable, err := imported(t, t.Context(), newFinder(t, nil), Import{Outlines: []Outline{{URL: s.URL + "/x", Home: s.URL + "/y"}}})
	if err != nil || len(unusable) != 1 {
		t.Errorf("%v, %v", unusable, err)
	}
	if got := s.requests(); len(got) > maxRequests {
		t.Errorf("%d requests: %q", len(got), got)
	}
}

// Outlines of one host do not stand in line before all others.
func TestSpread(t *testing.T) {
	var outlines []Outline
	for _, u := range []string{"https://a.example/1", "https://a.example/2", "https://a.example/3", "https://b.example/", "https://c.example/1", "https://c.example/2"} {
		outlines = append(outlines, Outline{URL: u})
	}
	if got := spread(outlines); !slices.Equal(got, []int{0, 3, 4, 1, 5, 2}) {
		t.Error(got)
	}
}
