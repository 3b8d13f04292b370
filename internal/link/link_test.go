package link

import (
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestResolve(t *testing.T) {
	for _, test := range []struct{ base, ref, want string }{
		{"", "https://news.example.org/a", "https://news.example.org/a"},
		{"", "HTTPS://News.Example.ORG:443/a/../b", "https://news.example.org/b"},
		{"", "https://news.example.org", "https://news.example.org/"},
		{"", " https://news.example.org/a b ", "https://news.example.org/a%20b"},
		{"", `https:\\news.example.org\a`, "https://news.example.org/a"},
		{"", "https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"},
		{"", "https://user:pass@news.example.org/", "https://news.example.org/"},
		{"", "https://news.example.org/%zz", "https://news.example.org/%zz"},
		{"", "https://news.example.org/%2e%2e/a", "https://news.example.org/a"},
		{"", "http://0x7f.1/", "http://127.0.0.1/"},
		{"", "mailto:a@b.example", "mailto:a@b.example"},
		{"https://news.example.org/x/feed?a#b", "/a", "https://news.example.org/a"},
		{"https://news.example.org/x/feed?a/c#b/d", "a?b", "https://news.example.org/x/a?b"},
		{"https://news.example.org/x/feed", "../a", "https://news.example.org/a"},
		{"https://news.example.org/x/feed", "//cdn.example/a", "https://cdn.example/a"},
		{"https://news.example.org/x/feed", "?p=1", "https://news.example.org/x/feed?p=1"},
		{"https://news.example.org/x/feed", "", "https://news.example.org/x/feed"},
		{"https://u:p@news.example.org/x", "a", "https://news.example.org/a"},
		{"tag:broken", "https://news.example.org/a", "https://news.example.org/a"},
		{"https://news.example.org/x/feed", "java\nscript:1", ""},
		{"", "/a", ""},
		{"", "", ""},
		{"tag:x,2026:a", "/a", ""},
		{"", "javascript://news.example.org/%0Aalert(1)", ""},
		{"", "ftp://news.example.org/", ""},
		{"", "data:text/html,x", ""},
		{"", "https://news.example.org/" + strings.Repeat("a", maxBytes), ""},
		{"", "https://" + strings.Repeat("@", 100) + "x/", ""},
		{"https://news.example.org/" + strings.Repeat("a/", maxBase), "b", ""},
	} {
		got, err := Resolve(test.base, test.ref)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("Resolve(%q, %.80q) = %q, %v; want %q", test.base, test.ref, got, err, test.want)
		}
	}
}

func TestClean(t *testing.T) {
	const u = "https://news.example.org/a"
	for _, test := range []struct{ in, want string }{
		{u, u},
		{u + "?utm_source=rss", u},
		{u + "?UTM_Source=rss&id=1", u + "?id=1"},
		{u + "?id=1&fbclid=x&p=2", u + "?id=1&p=2"},
		{u + "?article_id=12&gclid=x#top", u + "?article_id=12#top"},
		{u + "?id=1&amp;utm_source=rss", u + "?id=1"},
		{u + "?utm%5Fsource=rss&id=1", u + "?id=1"},
		{u + "#xtor=RSS-1", u},
		{u + "?ref=rss#ref=rss", u},
		{u + "?ref=home", u + "?ref=home"},
		{u + "?", u + "?"},
		{u + "?#", u + "?#"},
		{u + "?utm_source=a#", u + "#"},
		{u + "?&id=1&&x=%zz&utm_medium=b", u + "?&id=1&&x=%zz"},
		{u + "#utm_source", u + "#utm_source"},
		{"/a?utm_source=b", "/a"},
		{"mailto:a@b.example?subject=x", "mailto:a@b.example?subject=x"},
		{"", ""},
	} {
		if got := Clean(test.in); got != test.want {
			t.Errorf("Clean(%q) = %q, want %q", test.in, got, test.want)
		}
		if got := ForID(test.in); got != test.want && !strings.Contains(test.in, "%5F") {
			t.Errorf("ForID(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

// TestTrackersAreRemoved takes each name of the list and of its families, in every
// place of a query.
func TestTrackersAreRemoved(t *testing.T) {
	names := slices.Clone(trackingNames)
	for _, prefix := range trackingPrefixes {
		for _, name := range []string{"source", "medium", "campaign", "content", "term", "id", "cid", "kwd", "x"} {
			names = append(names, prefix+name)
		}
	}
	checked := 0
	for _, name := range names {
		for _, query := range []string{name + "=1", "id=7&" + name + "=1", name + "=1&id=7", "id=7&" + strings.ToUpper(name) + "=a%20b&p=1"} {
			got := Clean("https://news.example.org/a?" + query)
			if strings.Contains(strings.ToLower(got), name+"=") || strings.Contains(query, "id=7") && !strings.Contains(got, "id=7") {
				t.Errorf("Clean of %q leaves %q", query, got)
			}
			checked++
		}
	}
	if len(names) < 130 || checked < 200 {
		t.Errorf("only %d names, %d URLs", len(names), checked)
	}
	if !slices.IsSorted(trackingNames) || !slices.IsSorted(trackingPairs) {
		t.Error("the lists are not sorted")
	}
}

// TestCleanURLsAreUntouched makes URLs as newsrooms have them.
func TestCleanURLsAreUntouched(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	params := []string{"p", "id", "article_id", "no", "nid", "newsid", "page", "lang", "cat", "ref", "source", "from", "s", "q", "v", "t",
		"story", "art", "idxno", "sid", "view", "format", "type", "date", "post_type", "share", "campaign", "source_id", "medium", "content",
		"term", "utm", "mcid", "gc", "fb", "at", "aid", "cid", "eid", "pk", "key", "tag", "mode", "ncid", "smid", "ocid", "icid"}
	for range 500 {
		u := pick("http", "https") + "://" + pick("www.", "", "en.", "m.") + pick("news", "rights", "pressa") + pick(".example", ".example.org:8080")
		u += pick("/", "/archive.php", "/2026/11/a-b-c.html", "/"+"%D0%B0%D0%B1", "/news/article", "/a;jsessionid=1", "/utm_source/fbclid")
		for i := range r.IntN(4) {
			u += "?&&&"[i : i+1]
			u += params[r.IntN(len(params))] + "=" + pick("1", "abc", "a%20b", "", "x,y", "utm_source", "feed")
		}
		u += pick("", "#top", "#comment-12", "#!/a/1", "#page=2")
		if got := Clean(u); got != u {
			t.Errorf("Clean(%q) = %q", u, got)
		}
		if got := ForID(u); got != u {
			t.Errorf("ForID(%q) = %q", u, got)
		}
	}
}

// TestFrozenListIsFrozen pins the list that item ids are made with. If it fails,
// undo the change to frozen.go: there is no other remedy.
func TestFrozenListIsFrozen(t *testing.T) {
	all := slices.Concat(frozenPrefixes, frozenNames, frozenPairs)
	sum := sha256.Sum256([]byte(strings.Join(all, "\n")))
	if got, want := hex.EncodeToString(sum[:]), "2893b7937d4e7cfb0ab6f36d5a9e4bc670f0b47bf7ebc7260b160fa195d84656"; got != want || len(all) != 145 {
		t.Errorf("%d entries with SHA-256 %s, want %s", len(all), got, want)
	}
	for in, want := range map[string]string{
		"https://news.example.org/a?utm_source=x&id=1":    "https://news.example.org/a?id=1",
		"HTTP://News.Example.org/../a?ID=1&FBCLID=x":      "HTTP://News.Example.org/../a?ID=1",
		"a?id=1&amp;utm_x=y#xtor=RSS-1":                   "a?id=1",
		"https://news.example.org/a?ref=rss&utm%5Fsource": "https://news.example.org/a?utm%5Fsource",
		"?utm_source=x": "",
		" https://news.example.org/archive.php?article_id=9 ": " https://news.example.org/archive.php?article_id=9 ",
		"İ?utm_İ=1&UTM_X=2": "İ",
	} {
		if got := ForID(in); got != want {
			t.Errorf("ForID(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestKey(t *testing.T) {
	same := []string{
		"https://news.example.org/a", "http://news.example.org/a", "https://www.news.example.org/a/", "HTTP://WWW.News.Example.org:80/a",
		"https://news.example.org:443/a/#top", "https://news.example.org/a?utm_source=rss#xtor=1", "https://u:p@news.example.org/b/../a",
	}
	for _, u := range same {
		if Key(u) != Key(same[0]) {
			t.Errorf("Key(%q) = %q, want %q", u, Key(u), Key(same[0]))
		}
	}
	for _, u := range []string{
		"https://news.example.org/b", "https://news.example.org/a?id=1", "https://news.example.org/A", "https://news.example.org:8080/a",
		"https://en.news.example.org/a", "https://news.example.org/a#!/1", "https://news.example.org/a#/1", "", "mailto:a@b.example", "not a url",
	} {
		if Key(u) == Key(same[0]) {
			t.Errorf("Key(%q) = %q is that of %q", u, Key(u), same[0])
		}
	}
	if Key("https://news.example.org/a/?p=1") != Key("http://news.example.org/a?p=1") {
		t.Error("a slash before the query makes a difference")
	}
}

func TestHost(t *testing.T) {
	for in, want := range map[string]string{
		"https://News.Example.org:8080/a":  "news.example.org",
		"https://news.example.org/a":       "news.example.org",
		"https://u:p@news.example.org/":    "news.example.org",
		"http://bücher.example/":           "xn--bcher-kva.example",
		"http://[2001:db8::1]:80/":         "[2001:db8::1]",
		"http://0x7f.1/":                   "127.0.0.1",
		"mailto:a@b.example":               "",
		"/a":                               "",
		"":                                 "",
		"https://news.example.org.evil.co": "news.example.org.evil.co",
	} {
		if got := Host(in); got != want {
			t.Errorf("Host(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSource(t *testing.T) {
	for in, want := range map[string]string{
		"https://News.Example.org/feed?x=1#top": "https://news.example.org/feed?x=1",
		"HTTP://news.example.org:80":            "http://news.example.org/",
		"http://127.0.0.1:8080/a":               "http://127.0.0.1:8080/a",
		"https://bücher.example/":               "https://xn--bcher-kva.example/",
	} {
		if got, err := Source(in); got != want || err != nil {
			t.Errorf("Source(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for in, says := range map[string]string{
		"":                             "empty",
		"news.example.org/feed":        "does not start with",
		"//news.example.org/feed":      "does not start with",
		"http:news.example.org":        "does not start with",
		"ftp://news.example.org/":      "does not start with",
		"https://u:p@news.example.org": "user or password",
		"https://u@news.example.org":   "user or password",
		"https://news.example.org/a b": "white space",
		"https://news.example.org\n":   "white space",
		"https://":                     "invalid",
		"http://a b/":                  "white space",
		"http://999.999.999.999/":      "invalid",
	} {
		got, err := Source(in)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("Source(%q) = %q, %v; want an error with %q", in, got, err, says)
		}
	}
}

func seeds(f *testing.F) {
	for _, base := range []string{"", "https://news.example.org/x/feed?a=1#b", "http://[::1]/", "mailto:a@b"} {
		for _, ref := range []string{"https://news.example.org/a?utm_source=b&c=d#e", "../a/./b/%2e%2E/c", "//h:80/\\", "javascript:1", "a:b",
			"http://ex-ample.co.uk/a%41%zz", "?x", "#y", "http://a..b/", "http://1.2.3/", "http://a.b-/", "/a/../..//b", "mailto:x?y=1"} {
			f.Add(base, ref)
		}
	}
}

func FuzzResolve(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, base, ref string) {
		got, err := Resolve(base, ref)
		if err != nil {
			return
		}
		if !strings.HasPrefix(got, "http://") && !strings.HasPrefix(got, "https://") && !strings.HasPrefix(got, "mailto:") {
			t.Errorf("Resolve(%q, %q) = %q", base, ref, got)
		}
		if again, err := Resolve("", got); len(got) <= maxBytes && strings.Count(got, "@") <= maxAts && (err != nil || again != got) {
			t.Errorf("Resolve(%q, %q) = %q, and that is %q, %v", base, ref, got, again, err)
		}
		// The short cuts agree with the parser.
		if want, err := reference(base, ref); err != nil || want != got {
			t.Errorf("Resolve(%q, %q) = %q; the parser says %q, %v", base, ref, got, want, err)
		}
	})
}

func reference(base, ref string) (string, error) {
	u, err := parse(base, ref)
	if err != nil {
		return "", err
	}
	if u.Scheme() != "mailto" {
		u.SetUsername("")
		u.SetPassword("")
	}
	return u.Href(false), nil
}

func FuzzClean(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, _, u string) {
		for name, clean := range map[string]func(string) string{"Clean": Clean, "ForID": ForID} {
			got := clean(u)
			if clean(got) != got {
				t.Errorf("%s(%q) = %q, and that is %q", name, u, got, clean(got))
			}
			if len(got) > len(u) {
				t.Errorf("%s(%q) = %q", name, u, got)
			}
		}
		if k := Key(u); len(k) > 3*len(u)+300 {
			t.Errorf("Key(%q) = %q", u, k)
		}
		Host(u)
		if s, err := Source(u); err == nil {
			if again, err := Source(s); err != nil || again != s {
				t.Errorf("Source(%q) = %q, and that is %q, %v", u, s, again, err)
			}
		}
	})
}
