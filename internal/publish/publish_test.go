package publish

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rightswire/internal/news"
)

var update = flag.Bool("update", false, "write the golden files anew")

type renderer func(news.Site, *news.Edition, Links) ([]byte, error)

var formats = []struct {
	file   string
	render renderer
}{
	{"rss.xml", RSS},
	{"atom.xml", Atom},
	{"feed.json", JSON},
}

func render(t testing.TB, file string, f renderer, ed *news.Edition) []byte {
	t.Helper()
	b, err := f(sampleSite(), ed, sampleLinks(file))
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, b)
	return b
}

// wellFormed fails where b is no XML or JSON document of whole characters.
func wellFormed(t testing.TB, b []byte) {
	t.Helper()
	if b[0] == '{' {
		if !json.Valid(b) {
			t.Fatalf("not JSON: %.300s", b)
		}
		return
	}
	for d := xml.NewDecoder(bytes.NewReader(b)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
	}
}

func TestGolden(t *testing.T) {
	empty := &news.Edition{Place: news.Place{Source: "quiet"}, Title: "Quiet source"}
	for name, ed := range map[string]*news.Edition{"sample": sampleEdition(), "empty": empty} {
		for _, f := range formats {
			got := render(t, f.file, f.render, ed)
			path := filepath.Join("testdata", name+"."+f.file)
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs; look at the change, then run the test with -update", path)
			}
			if again := render(t, f.file, f.render, ed); !bytes.Equal(got, again) {
				t.Errorf("%s: two renderings of one edition differ", path)
			}
		}
	}
}

func TestEmptyEditionHasItems(t *testing.T) {
	b := render(t, "feed.json", JSON, &news.Edition{})
	if !bytes.Contains(b, []byte(`"items":[]`)) {
		t.Errorf("no empty list of items in %s", b)
	}
}

// What a source wrote never breaks a document or reaches where it must not.
func TestHostilePiece(t *testing.T) {
	ed := sampleEdition()
	src := ed.Pieces[0].Source
	bad := "a\x00b\x0b\x1bc\xffd\ufffe\uffff]]><script>&\r\n"
	p := barePiece(&src)
	p.Item.Title = bad + "\u202etitle\u2066"
	p.Item.URL = "javascript:alert(1)"
	p.Item.Language = "no such \" language"
	p.Item.Published = time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)
	p.Item.FirstSeen = time.Date(20_000, 1, 1, 0, 0, 0, 0, time.UTC)
	p.Item.Standing.Notes = []news.Note{{Text: bad}}
	p.Authors = []news.Author{{Name: bad, URL: "mailto:someone@example.org"}, {Name: " \t", Email: "secret@example.org"}}
	p.Categories = []news.Category{{Term: bad, Scheme: "not a uri"}, {}, {Label: "only a label"}}
	p.Enclosures = []news.Enclosure{{URL: "data:text/html,x", Type: "text/html"}, {URL: "https://e.example/x", Type: "bad type", Length: -9}}
	p.HTML, p.Excerpt, p.Rights, p.Full = bad, bad, bad, true
	p.Item.Tags.Topics = []news.TopicTag{{ID: "x", Score: nan()}}
	ed.Pieces = []news.Piece{p, p}
	ed.Title, ed.Description, ed.Language = bad, bad, "!!"
	ed.Modified = time.Date(99_999, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, f := range formats {
		s := string(render(t, f.file, f.render, ed))
		for _, never := range []string{"\x00", "\x0b", "\x1b", "\ufffe", "\uffff", "\u202e", "javascript:", "data:", "example.org\"},", "secret@", "someone@", "<script>&"} {
			if f.file == "feed.json" && never == "<script>&" {
				continue // JSON needs no escaping of markup
			}
			if strings.Contains(s, never) {
				t.Errorf("%s holds %q", f.file, never)
			}
		}
	}
}

func nan() float64 { z := 0.0; return z / z }

func TestNoClockAndNoAddressOfPeople(t *testing.T) {
	for _, f := range formats {
		s := string(render(t, f.file, f.render, sampleEdition()))
		if strings.Contains(s, time.Now().UTC().Format("2006-01-02T15")) {
			t.Errorf("%s holds the present", f.file)
		}
		if strings.Contains(s, "noor@") || strings.Contains(s, "mira") {
			t.Errorf("%s holds an e-mail address or a curator's name", f.file)
		}
	}
}

func TestNotesStandFirstAndApart(t *testing.T) {
	for _, f := range formats {
		for i, p := range parseAll(t, f.file, render(t, f.file, f.render, sampleEdition()))[:2] {
			note, rule, words := strings.Index(p.body, "Editor’s note, 2026-11-02:"), strings.Index(p.body, "<hr>"), strings.Index(p.body, []string{"At dawn", "가족들은"}[i])
			if note < 0 || rule < note || words < rule {
				t.Errorf("%s, entry %d: note at %d, rule at %d, words at %d in %s", f.file, i, note, rule, words, p.body)
			}
		}
	}
	// 15 hours after 09:30 UTC it is the next day in the site's zone.
	if b := parseAll(t, "rss.xml", render(t, "rss.xml", RSS, sampleEdition()))[0].body; !strings.Contains(b, "<strong>Correction, 2026-11-03:</strong> The first version said &lt;thirty&gt;.") {
		t.Errorf("correction in %s", b)
	}
}

func TestLanguageAndDirection(t *testing.T) {
	const (
		korean  = `<div lang="ko" dir="ltr"><p>가족들은`
		arabic  = `<div lang="ar" dir="rtl"><p>قالت`
		persian = "<div lang=\"fa\" dir=\"rtl\"><p>می\u200cگویند"
	)
	for _, f := range formats {
		es := parseAll(t, f.file, render(t, f.file, f.render, sampleEdition()))
		for i, want := range map[int]string{1: korean, 2: arabic, 3: persian} {
			if !strings.Contains(es[i].body, want) {
				t.Errorf("%s: no %s in %s", f.file, want, es[i].body)
			}
		}
		if strings.Contains(es[4].body, "<div") {
			t.Errorf("%s: English in an English feed is wrapped: %s", f.file, es[4].body)
		}
	}
	// A feed in Arabic still says which way its texts run.
	ed := sampleEdition()
	ed.Language, ed.Pieces = "ar", ed.Pieces[2:3]
	for _, f := range formats {
		if b := parseAll(t, f.file, render(t, f.file, f.render, ed))[0].body; !strings.Contains(b, arabic) {
			t.Errorf("%s: no direction in %s", f.file, b)
		}
	}
}

func TestAddress(t *testing.T) {
	for raw, want := range map[string]string{
		"":                                        "",
		"https://e.example/a?b=1&c=%20#d":         "https://e.example/a?b=1&c=%20#d",
		"https://e.example/100%":                  "https://e.example/100%25",
		"https://e.example/a|b[1]":                "https://e.example/a%7Cb%5B1%5D",
		"https://e.example/a b\u2028":             "https://e.example/a%20b%E2%80%A8",
		"https://e.example/한글?q=한":                "https://e.example/%ED%95%9C%EA%B8%80?q=%ED%95%9C",
		"https://bücher.example/":                 "https://xn--bcher-kva.example/",
		"http://[2001:db8::1]:8080/x":             "http://[2001:db8::1]:8080/x",
		"https://e.example/#a#b":                  "https://e.example/#a%23b",
		"https://me:secret@e.example/x":           "https://e.example/x",
		"mailto:desk@e.example":                   "mailto:desk@e.example",
		"javascript:alert(1)":                     "",
		"data:text/html,x":                        "",
		"//e.example/x":                           "",
		"/x":                                      "",
		"https://":                                "",
		"https:///x":                              "https://x/",
		"tag:e.example,2026:x":                    "",
		"https://e.example/\"><script>x</script>": "https://e.example/%22%3E%3Cscript%3Ex%3C/script%3E",
	} {
		if got := address(raw); got != want {
			t.Errorf("address(%q) = %q, want %q", raw, got, want)
		}
	}
}

// FuzzFeeds holds whatever is written to being a document, and addresses to
// being addresses.
func FuzzFeeds(f *testing.F) {
	f.Add("title", "https://e.example/a b", "<p>x</p>", "en")
	f.Add("\x00]]>\ufffe", "javascript:x", "\xff<b", "ar")
	f.Add("&#x1;", "https://e.example/%zz#a#b", "\u2028&amp;\r", "zh-Hant-u-x")
	f.Fuzz(func(t *testing.T, title, url, body, lang string) {
		ed := sampleEdition()
		p := &ed.Pieces[0]
		p.Item.Title, p.Item.URL, p.HTML, p.Excerpt, p.Item.Language = title, url, body, body, lang
		p.Authors = []news.Author{{Name: title, URL: url}}
		p.Categories = []news.Category{{Term: title, Scheme: url, Label: body}}
		p.Enclosures = []news.Enclosure{{URL: url, Type: lang}}
		p.Rights, p.Item.Standing.Notes[0].Text = body, title
		for _, f := range formats {
			render(t, f.file, f.render, ed)
		}
		if a := address(url); a != "" && (!spelled(a) && !strings.Contains(a, "[") || address(a) != a) {
			t.Errorf("address(%q) = %q", url, a)
		}
	})
}

// BenchmarkFeeds renders 50 whole articles of 4 KB in all three formats.
func BenchmarkFeeds(b *testing.B) {
	ed := largeEdition(50)
	var size int
	for b.Loop() {
		size = 0
		for _, f := range formats {
			out, err := f.render(sampleSite(), ed, sampleLinks(f.file))
			if err != nil {
				b.Fatal(err)
			}
			size += len(out)
		}
	}
	b.SetBytes(int64(size))
}
