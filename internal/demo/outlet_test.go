package demo

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// An entry is what any reader of feeds finds in an item.
type entry struct {
	title, link, html string
	categories        []string
}

func TestFeeds(t *testing.T) {
	tests := []struct {
		id, mediaType, charset, declared, language string
		read                                       func(*testing.T, string) []entry
	}{
		{"cauce", "application/json", "utf-8", "", "es", readJSON},
		{"crossing-points", "application/rss+xml", "utf-8", "utf-8", "en", readRSS},
		{"darichak", "application/feed+json", "", "", "fa", readJSON},
		{"ecluse", "text/xml", "ISO-8859-1", "ISO-8859-1", "fr", readRSS},
		{"fjordlys", "application/rss+xml", "", "utf-8", "en-GB", readRSS},
		{"meridian-wire", "application/rss+xml", "utf-8", "utf-8", "en", readRSS},
		{"mishkat", "application/atom+xml", "utf-8", "utf-8", "ar", readAtom},
		{"naru", "application/rdf+xml", "", "EUC-KR", "ko", readRDF},
		{"protalina", "text/xml", "windows-1251", "windows-1251", "ru", readRSS},
		{"shiqiao", "application/atom+xml", "", "GB18030", "zh-Hans", readAtom},
		{"tidewater-ledger", "application/atom+xml", "utf-8", "utf-8", "en", readAtom},
	}
	list := outlets(t)
	if len(list) != len(tests)+1 { // and the broken one
		t.Errorf("%d sources, of which %d are tested", len(list), len(tests))
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			i := slices.IndexFunc(list, func(o *outlet) bool { return o.ID == tt.id })
			out := list[i]
			var res *http.Response
			synctest.Test(t, func(t *testing.T) { res = get(t, Origin(now), "/feeds/"+out.Path) })
			mediaType, params, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
			if err != nil || mediaType != tt.mediaType || params["charset"] != tt.charset {
				t.Errorf("Content-Type is %q", res.Header.Get("Content-Type"))
			}
			raw := body(t, res)
			if tt.declared != "" && !strings.HasPrefix(raw, `<?xml version="1.0" encoding="`+tt.declared+`"?>`) {
				t.Errorf("starts with %.60q", raw)
			}
			if out.Language != tt.language {
				t.Errorf("language is %s", out.Language)
			}
			compare(t, out, tt.read(t, raw))
		})
	}
}

// compare holds what was read against the text the outlet means.
func compare(t *testing.T, out *outlet, got []entry) {
	t.Helper()
	e := out.edition("http://127.0.0.1:8090")
	if len(got) != len(e.Articles) {
		t.Fatalf("%d entries, want %d", len(got), len(e.Articles))
	}
	for i, a := range e.Articles {
		if got[i].title != a.Title {
			t.Errorf("title is %q, want %q", got[i].title, a.Title)
		}
		if got[i].link != e.Link(a) {
			t.Errorf("link is %q, want %q", got[i].link, e.Link(a))
		}
		if !slices.Equal(got[i].categories, a.Categories) {
			t.Errorf("%s: categories are %q, want %q", a.Slug, got[i].categories, a.Categories)
		}
		if want := a.HTML; !a.Brief && strings.TrimSpace(got[i].html) != strings.TrimSpace(want) {
			t.Errorf("%s: content is %.80q, want %.80q", a.Slug, got[i].html, want)
		}
		if a.Brief && got[i].html != "" {
			t.Errorf("%s: has a content, though only its page should", a.Slug)
		}
	}
}

// unmarshal reads XML in any of the sample's charsets.
func unmarshal(t *testing.T, raw string, v any) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(raw))
	d.CharsetReader = func(label string, r io.Reader) (io.Reader, error) {
		c, ok := charsets[label]
		if !ok {
			return nil, fmt.Errorf("unknown charset %q", label)
		}
		return c.NewDecoder().Reader(r), nil
	}
	if err := d.Decode(v); err != nil {
		t.Fatal(err)
	}
}

type rssItem struct {
	Title    string   `xml:"title"`
	Link     string   `xml:"link"`
	Category []string `xml:"category"`
	Subject  []string `xml:"http://purl.org/dc/elements/1.1/ subject"`
	Content  string   `xml:"http://purl.org/rss/1.0/modules/content/ encoded"`
}

func entries(items []rssItem) []entry {
	var list []entry
	for _, it := range items {
		list = append(list, entry{it.Title, it.Link, it.Content, append(it.Category, it.Subject...)})
	}
	return list
}

func readRSS(t *testing.T, raw string) []entry {
	var doc struct {
		XMLName xml.Name  `xml:"rss"`
		Items   []rssItem `xml:"channel>item"`
	}
	unmarshal(t, raw, &doc)
	return entries(doc.Items)
}

func readRDF(t *testing.T, raw string) []entry {
	var doc struct {
		XMLName xml.Name  `xml:"http://www.w3.org/1999/02/22-rdf-syntax-ns# RDF"`
		Items   []rssItem `xml:"http://purl.org/rss/1.0/ item"`
	}
	unmarshal(t, raw, &doc)
	return entries(doc.Items)
}

func readAtom(t *testing.T, raw string) []entry {
	var doc struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Entries []struct {
			Title string `xml:"title"`
			Links []struct {
				Rel  string `xml:"rel,attr"`
				Href string `xml:"href,attr"`
			} `xml:"link"`
			Categories []struct {
				Term string `xml:"term,attr"`
			} `xml:"category"`
			Content struct {
				Type string `xml:"type,attr"`
				Text string `xml:",chardata"`
				Div  struct {
					Dir   string `xml:"dir,attr"`
					Inner string `xml:",innerxml"`
				} `xml:"http://www.w3.org/1999/xhtml div"`
			} `xml:"content"`
		} `xml:"entry"`
	}
	unmarshal(t, raw, &doc)
	var list []entry
	for _, it := range doc.Entries {
		e := entry{title: it.Title, link: it.Links[0].Href, html: it.Content.Text}
		if it.Content.Type == "xhtml" {
			e.html = it.Content.Div.Inner
			if it.Content.Div.Dir != "rtl" {
				t.Errorf("%s: direction is %q", it.Title, it.Content.Div.Dir)
			}
		}
		for _, c := range it.Categories {
			e.categories = append(e.categories, c.Term)
		}
		list = append(list, e)
	}
	return list
}

func readJSON(t *testing.T, raw string) []entry {
	var doc struct {
		Version string
		Items   []struct {
			ID          string
			URL         string
			Title       string
			ContentHTML string `json:"content_html"`
			Tags        []string
			Author      struct{ Name string }
			Authors     []struct{ Name string }
			Published   time.Time `json:"date_published"`
		}
	}
	if err := json.Unmarshal([]byte(raw), &doc); err != nil {
		t.Fatal(err)
	}
	var list []entry
	for _, it := range doc.Items {
		old := doc.Version == "https://jsonfeed.org/version/1"
		if it.ID == "" || it.Published.IsZero() || old != (it.Author.Name != "") || old == (len(it.Authors) > 0) {
			t.Errorf("%s: lacks an id, a date or an author as version %s has it", it.Title, doc.Version)
		}
		list = append(list, entry{it.Title, it.URL, it.ContentHTML, it.Tags})
	}
	return list
}

func TestNewsroom(t *testing.T) {
	languages, slugs, total, enclosures := map[string]int{}, map[string]bool{}, 0, 0
	for _, out := range outlets(t) {
		for _, a := range out.first {
			total++
			enclosures += len(a.Media)
			language, _, _ := strings.Cut(out.Language, "-")
			languages[language]++
			if slugs[a.Slug] {
				t.Errorf("%s: two articles of that name", a.Slug)
			}
			slugs[a.Slug] = true
			if a.Title == "" || a.Summary == "" || a.HTML == "" || len(a.Authors) == 0 || len(a.Categories) == 0 {
				t.Errorf("%s: lacks something", a.Slug)
			}
			if age := now.Sub(a.Published); age <= 0 || age > 10*24*time.Hour {
				t.Errorf("%s: is %v old", a.Slug, age)
			}
		}
	}
	if total < 60 || enclosures < 8 {
		t.Errorf("%d articles with %d enclosures", total, enclosures)
	}
	for _, l := range []string{"en", "fr", "es", "ru", "ar", "zh", "ko", "fa"} {
		if languages[l] < 6 {
			t.Errorf("%d articles in %s", languages[l], l)
		}
	}
}

// TestWireCopies: two sources carry the agency's dispatch almost word for word.
func TestWireCopies(t *testing.T) {
	find := func(slug string) string {
		for _, out := range outlets(t) {
			for _, a := range out.first {
				if a.Slug == slug {
					return a.HTML
				}
			}
		}
		t.Fatalf("no article %s", slug)
		return ""
	}
	wire := strings.Fields(find("almaty-editor-trial-adjourned"))
	for _, slug := range []string{"kazakh-editor-trial-put-off", "editor-waits-again"} {
		text := find(slug)
		if text == find("almaty-editor-trial-adjourned") {
			t.Errorf("%s: no edits", slug)
		}
		words := strings.Fields(text)
		same := 0
		for _, w := range words {
			if slices.Contains(wire, w) {
				same++
			}
		}
		if same*10 < len(words)*9 {
			t.Errorf("%s: shares %d of %d words with the dispatch", slug, same, len(words))
		}
	}
}

func TestHostileTouches(t *testing.T) {
	raw := body(t, get(t, Origin(now), "/feeds/tidewater-ledger.xml"))
	for _, want := range []string{
		"&lt;script&gt;", "onclick=", "href=&#34;javascript:", "fbclid=", "utm_source=", `width=&#34;1&#34; height=&#34;1&#34;`,
		"&lt;iframe", "srcset=",
	} {
		if !strings.Contains(raw, want) {
			t.Errorf("the feed lacks %s", want)
		}
	}
}

func TestParseOutletRefuses(t *testing.T) {
	const head = "Title: X\nFormat: rss.xml\n\n====\n"
	for name, src := range map[string]string{
		"head without colon":    "Title\n",
		"article without colon": head + "Slug\n\nText\n",
		"age":                   head + "Slug: a\nAge: soon\n\nText\n",
		"slow":                  "Slow: very\n",
		"offset":                "Offset: east\n",
	} {
		if _, err := parseOutlet(src, now); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
