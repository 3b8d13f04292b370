package parse

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"

	"rightswire/internal/news"
)

// seed adds the documents of testdata and the hostile ones.
func seed(f *testing.F, add func([]byte)) {
	f.Helper()
	for _, pattern := range []string{"testdata/*.xml", "testdata/*.json"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			body, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			add(body)
		}
	}
	for _, doc := range traps {
		add([]byte(doc.body))
	}
	for _, c := range decodings {
		add([]byte(c.body))
	}
}

// FuzzFeed checks what callers rely on for any bytes at all: no panic, a known
// kind of error, absolute links, legal bounded texts, and the same ids for the
// same input.
func FuzzFeed(f *testing.F) {
	seed(f, func(body []byte) { f.Add(body, "application/xml; charset=utf-8") })
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		doc := Document{Body: bytes.Clone(body), ContentType: contentType, URL: "https://fuzz.example.org/a/feed.xml", Source: "fuzz"}
		res, err := Feed(doc)
		if !bytes.Equal(doc.Body, body) {
			t.Fatal("the body was changed")
		}
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Kind == "" || e.Error() == "" || res != nil {
				t.Fatalf("error %v", err)
			}
			return
		}
		again, err := Feed(doc)
		if err != nil || !reflect.DeepEqual(res, again) {
			t.Fatalf("a second time: %v", err)
		}
		checkResult(t, res)
	})
}

func checkResult(t *testing.T, res *Result) {
	t.Helper()
	ids := map[news.ItemID]bool{}
	if len(res.Entries) > MaxItems {
		t.Errorf("%d entries", len(res.Entries))
	}
	absolute := func(u string) {
		if u != "" && !strings.HasPrefix(u, "http://") && !strings.HasPrefix(u, "https://") {
			t.Errorf("link %q", u)
		}
	}
	absolute(res.Head.Link)
	for _, e := range res.Entries {
		if _, ok := e.ID.Bytes(); !ok || ids[e.ID] {
			t.Errorf("id %q", e.ID)
		}
		ids[e.ID] = true
		absolute(e.Link)
		strs := []string{e.GUID, e.Title.Value, e.Summary.Value, e.Content.Value, e.Language, e.Rights, e.Via}
		for _, a := range e.Authors {
			absolute(a.URL)
			strs = append(strs, a.Name, a.Email)
		}
		for _, enc := range e.Enclosures {
			absolute(enc.URL)
			strs = append(strs, enc.Type)
		}
		for _, c := range e.Categories {
			strs = append(strs, c.Term, c.Scheme, c.Label)
		}
		for _, s := range strs {
			if !utf8.ValidString(s) || legal(s) != s {
				t.Errorf("text %q", s)
			}
		}
		if len(e.Title.Value) > maxTitle || len(e.Summary.Value)+len(e.Content.Value) > maxText {
			t.Errorf("texts of %d, %d and %d bytes", len(e.Title.Value), len(e.Summary.Value), len(e.Content.Value))
		}
		for _, d := range []int{e.Published.Year(), e.Updated.Year()} {
			if d != 1 && (d < firstYear || d > lastYear) {
				t.Errorf("year %d", d)
			}
		}
	}
}

// FuzzScan checks the scanner's invariant for any bytes.
func FuzzScan(f *testing.F) {
	seed(f, func(body []byte) { f.Add(body) })
	f.Fuzz(checkScan)
}

// checkScan checks that gofeed reads whatever the scanner writes, and finds the
// same entries in it.
func checkScan(t *testing.T, body []byte) {
	var r repairs
	s := split(decode(body, "", &r), "https://fuzz.example.org/", &r)
	if s.format == formatNone {
		return
	}
	x := &xmlDocument{scanner: s}
	if err := x.readHead(); err != nil {
		t.Fatalf("%v\n%q\n%q", err, body, s.out)
	}
	rc := newRecall(nil)
	x.scanEntries(&Result{}, rc)
	var found int
	var err error
	if s.format == formatAtom {
		var entries []*atom.Entry
		entries, err = atomEntries(s.out)
		found = len(entries)
	} else {
		var items []*rss.Item
		items, err = rssItems(s.out)
		found = len(items)
	}
	if err != nil || found != len(s.entries) {
		t.Fatalf("gofeed finds %d of %d entries: %v\n%q\n%q", found, len(s.entries), err, body, s.out)
	}
}
