package publish

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	jsonfeed "github.com/mmcdole/gofeed/json"
	"github.com/mmcdole/gofeed/rss"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

// parsed is what an independent reader finds in an entry.
type parsed struct {
	id, title, link, lang string
	published, updated    time.Time
	authors               []string
	categories            []string
	enclosures            []string // URL, type, length
	links                 []string // of rel related and via
	source, rights        string
	body, summary         string
}

// wanted is the sample edition as a reader of file should find it, written by
// hand from the sample rather than with the code under test.
func wanted(file string) []parsed {
	item := func(src news.SourceID, guid string) news.ItemID { return news.NewItemID(src, news.ByGUID, guid) }
	page := func(id news.ItemID) string { return "https://rights.example.org/items/" + string(id) + "/" }
	full := item("border-monitor", "bm-1")
	const licence = "CC BY 4.0, stated at https://border.example.net/licence"
	first := parsed{
		title: `Forty people "returned" at the river <again> & no hearing`,
		link:  "https://border.example.net/2026/river?part=1&lang=en",
		lang:  "en", published: monday, updated: monday.Add(3 * time.Hour),
		authors:    []string{"Noor Said", "K. Adeyemi"},
		categories: []string{"refoulement", "refugees-asylum", "CN", "Pushbacks", "rivers"},
		enclosures: []string{"https://border.example.net/river.mp3 audio/mpeg 4812345", "https://border.example.net/r%C3%ADo%201.pdf application/pdf 0"},
		links:      []string{"related " + page(full), "via https://border.example.net/feed.xml"},
		source:     "Border Monitor", rights: licence,
		summary: `At dawn they were taken to the bridge; "come & sign", a guard said. The map…`,
	}
	first.id = "tag:rights.example.org,2026:item/" + string(full)
	korean := item("hangang-ko", "https://hangang.example.kr/a/77")
	second := parsed{
		id: "tag:rights.example.org,2026:item/" + string(korean), title: "강제 북송된 사람들의 가족이 답을 기다린다",
		link: "https://hangang.example.kr/a/77", lang: "ko", published: monday.Add(-time.Hour), updated: monday.Add(-time.Hour),
		authors: []string{"문가람"}, categories: []string{"KP", "인권"},
		links:  []string{"related " + page(korean), "via https://hangang.example.kr/rss"},
		source: "한강 소식",
	}
	arabic := item("manara-ar", "m-9")
	third := parsed{
		id: "tag:rights.example.org,2026:item/" + string(arabic), title: "عائلات تنتظر عند المعبر",
		link: "https://manara.example.net/9", lang: "ar", published: monday.Add(-48 * time.Hour), updated: monday.Add(-48 * time.Hour),
		authors: []string{"المنارة"}, links: []string{"related " + page(arabic), "via https://manara.example.net/feed"}, source: "المنارة",
	}
	persian := item("border-monitor", "bm-fa")
	fourth := parsed{
		id: "tag:rights.example.org,2026:item/" + string(persian), title: "روزنامه\u200cنگاران آزاد می\u200cشوند",
		link: "https://border.example.net/fa/1", lang: "fa", published: monday.Add(-72 * time.Hour), updated: monday.Add(-72 * time.Hour),
		authors: []string{"Border Monitor"}, links: []string{"related " + page(persian), "via https://border.example.net/feed.xml"},
		source: "Border Monitor", rights: licence, summary: "می\u200cگویند فردا.",
	}
	pasted := item(news.DeskSource, "d-1")
	fifth := parsed{
		id: "tag:rights.example.org,2026:item/" + string(pasted), title: "Statement of the families' committee",
		link: page(pasted), lang: "en", published: monday.Add(-90 * time.Hour), updated: monday.Add(-90 * time.Hour),
		authors: []string{"Desk"}, links: []string{"via https://rights.example.org/sources/desk/rss.xml"}, source: "Desk",
	}
	bare := item("border-monitor", "bm-bare")
	last := parsed{
		id: "tag:rights.example.org,2026:item/" + string(bare), title: "Border Monitor", link: "https://border.example.net/bare",
		authors: []string{"Border Monitor"}, links: []string{"related " + page(bare), "via https://border.example.net/feed.xml"}, source: "Border Monitor",
	}
	if file == "atom.xml" { // an entry must have a date
		last.updated = time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC)
	}
	all := []parsed{first, second, third, fourth, fifth, last}
	if file == "feed.json" {
		for i, s := range map[int]string{1: "가족들은 석 달째 소식을 듣지 못했다…", 2: "قالت النساء إنّ الحافلة توقفت قبل الفجر.", 4: "We ask for one list of names."} {
			all[i].summary = s // beside content_html, which is the same excerpt there
		}
		all[0].categories = []string{"Refoulement", "Refugees and asylum", "China", "Pushbacks", "Rivers & lakes"}
		all[1].categories = []string{"North Korea", "인권"}
		for i := range all {
			all[i].links, all[i].source, all[i].rights = nil, "", "" // no place for them in the format
		}
	}
	return all
}

// bare drops what the hand-written expectation leaves to other tests.
func bare(ps []parsed) []parsed {
	ps = slices.Clone(ps)
	for i := range ps {
		ps[i].body = ""
	}
	return ps
}

func compare(t *testing.T, reader, file string, got, want []parsed) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s reads %d entries of %s, want %d", reader, len(got), file, len(want))
	}
	for i := range want {
		g, w := reflect.ValueOf(got[i]), reflect.ValueOf(want[i])
		for f := range w.NumField() {
			if gs, ws := fmt.Sprint(g.Field(f)), fmt.Sprint(w.Field(f)); gs != ws {
				t.Errorf("%s, %s, entry %d, %s:\n got %s\nwant %s", reader, file, i, w.Type().Field(f).Name, gs, ws)
			}
		}
	}
}

func TestRoundTripGofeed(t *testing.T) {
	for _, f := range formats {
		got := bare(parseAll(t, f.file, render(t, f.file, f.render, sampleEdition())))
		compare(t, "gofeed", f.file, got, wanted(f.file))
	}
}

func TestRoundTripGofeedHead(t *testing.T) {
	for _, f := range formats {
		b := render(t, f.file, f.render, sampleEdition())
		feed, err := gofeed.NewParser().Parse(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		got := []string{feed.Title, feed.Description, feed.Link, feed.FeedLink, feed.Language}
		l := sampleLinks(f.file)
		want := []string{"Refugees & forced returns", "People sent back to where they fled from, and those who wait.", l.Page, l.Self, "en"}
		if !slices.Equal(got, want) {
			t.Errorf("%s: head %q, want %q", f.file, got, want)
		}
		if f.file != "feed.json" && !feed.UpdatedParsed.Equal(sampleEdition().Modified) {
			t.Errorf("%s: updated %v", f.file, feed.UpdatedParsed)
		}
	}
}

// parseAll reads a feed with gofeed's own model of its format, which keeps more
// than the common one.
func parseAll(t testing.TB, file string, b []byte) []parsed {
	t.Helper()
	p := gofeed.NewParser()
	p.KeepOriginalFeed = true
	feed, err := p.Parse(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var all []parsed
	switch f := feed.OriginalFeed().(type) {
	case *rss.Feed:
		for _, it := range f.Items {
			all = append(all, fromRSS(it))
		}
	case *atom.Feed:
		for _, e := range f.Entries {
			all = append(all, fromAtom(e))
		}
		for i, lang := range entryLanguages(t, b) {
			all[i].lang = lang
		}
	case *jsonfeed.Feed:
		for _, it := range f.Items {
			all = append(all, fromJSON(t, it))
		}
	}
	return all
}

func fromRSS(it *rss.Item) parsed {
	e := parsed{id: it.GUID.Value, title: it.Title, link: it.Link, source: it.Source.Title, body: it.Content, summary: html.UnescapeString(it.Description)}
	if e.body == "" { // an excerpt is all there is
		e.body, e.summary = it.Description, ""
	}
	if it.PubDateParsed != nil {
		e.published, e.updated = it.PubDateParsed.UTC(), it.PubDateParsed.UTC()
	}
	for _, u := range it.Extensions["atom"]["updated"] { // written where it differs
		e.updated, _ = time.Parse(time.RFC3339, u.Value)
	}
	for _, c := range it.Categories {
		e.categories = append(e.categories, c.Value)
	}
	for _, n := range it.Enclosures {
		e.enclosures = append(e.enclosures, n.URL+" "+n.Type+" "+n.Length)
	}
	for _, l := range it.Extensions["atom"]["link"] {
		if l.Attrs["rel"] == "enclosure" {
			e.enclosures = append(e.enclosures, l.Attrs["href"]+" "+l.Attrs["type"]+" "+firstOf(l.Attrs["length"], "0"))
		} else {
			e.links = append(e.links, l.Attrs["rel"]+" "+l.Attrs["href"])
		}
	}
	if dc := it.DublinCoreExt; dc != nil {
		e.authors, e.lang, e.rights = dc.Creator, firstOf(dc.Language...), firstOf(dc.Rights...)
	}
	return e
}

func fromAtom(a *atom.Entry) parsed {
	e := parsed{id: a.ID, title: a.Title, updated: a.UpdatedParsed.UTC(), rights: a.Rights, source: a.Source.Title, body: a.Summary}
	if a.PublishedParsed != nil {
		e.published = a.PublishedParsed.UTC()
	}
	if a.Content != nil {
		e.body, e.summary = a.Content.Value, a.Summary
	}
	for _, p := range a.Authors {
		e.authors = append(e.authors, p.Name)
	}
	for _, c := range a.Categories {
		e.categories = append(e.categories, c.Term)
	}
	for i, l := range a.Links {
		switch {
		case i == 0:
			e.link = l.Href
		case l.Rel == "enclosure":
			e.enclosures = append(e.enclosures, l.Href+" "+l.Type+" "+firstOf(l.Length, "0"))
		default:
			e.links = append(e.links, l.Rel+" "+l.Href)
		}
	}
	return e
}

func fromJSON(t testing.TB, it *jsonfeed.Item) parsed {
	e := parsed{id: it.ID, title: it.Title, link: it.URL, lang: it.Language, categories: it.Tags, body: it.ContentHTML, summary: it.Summary}
	for at, s := range map[*time.Time]string{&e.published: it.DatePublished, &e.updated: it.DateModified} {
		if s == "" {
			continue
		}
		var err error
		if *at, err = time.Parse(time.RFC3339, s); err != nil {
			t.Error(err)
		}
	}
	for _, a := range it.Authors {
		e.authors = append(e.authors, a.Name)
	}
	if it.Attachments != nil {
		for _, n := range *it.Attachments {
			e.enclosures = append(e.enclosures, fmt.Sprintf("%s %s %d", n.URL, n.MimeType, n.SizeInBytes))
		}
	}
	return e
}

// entryLanguages returns the xml:lang of each Atom entry, which gofeed does not keep.
func entryLanguages(t testing.TB, b []byte) []string {
	var f struct {
		Entries []struct {
			Lang string `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	var ls []string
	for _, e := range f.Entries {
		ls = append(ls, e.Lang)
	}
	return ls
}

// TestRoundTripFeedparser reads the XML feeds with Debian's python3-feedparser,
// which shares no code with gofeed.
func TestRoundTripFeedparser(t *testing.T) {
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import feedparser").Run(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("python3-feedparser is needed where CI is set: %v", err)
		}
		t.Skip("no python3-feedparser here")
	}
	for _, f := range formats[:2] {
		b := render(t, f.file, f.render, sampleEdition())
		cmd := exec.Command(python, filepath.Join("testdata", "fields.py"))
		cmd.Stdin = bytes.NewReader(b)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: feedparser: %v", f.file, err)
		}
		var entries []struct {
			ID, Title, Link, Lang, Source, Rights, Body, Summary string
			Published, Updated                                   int64
			Authors, Categories, Enclosures, Links               []string
		}
		if err := json.Unmarshal(out, &entries); err != nil {
			t.Fatal(err)
		}
		var got []parsed
		for _, e := range entries {
			got = append(got, parsed{
				id: e.ID, title: e.Title, link: e.Link, lang: e.Lang, source: e.Source, rights: e.Rights, body: e.Body, summary: e.Summary,
				published: unix(e.Published), updated: unix(e.Updated),
				authors: e.Authors, categories: e.Categories, enclosures: e.Enclosures, links: e.Links,
			})
		}
		want := wanted(f.file)
		want[5].lang = "en" // inherited from the feed, as XML has it
		compare(t, "feedparser", f.file, bare(got), want)
		for i, p := range parseAll(t, f.file, b) {
			if got[i].body != p.body {
				t.Errorf("%s, entry %d: body by feedparser %q, by gofeed %q", f.file, i, got[i].body, p.body)
			}
		}
	}
}

func unix(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

// TestTextRoundTrip sends 10,000 strings that look like markup through every
// format, four an entry: what was text comes back as that text.
func TestTextRoundTrip(t *testing.T) {
	const entries = 2500
	r := rand.New(rand.NewPCG(1, 2))
	ed := sampleEdition()
	p := ed.Pieces[0]
	p.Categories, p.Subjects, p.Enclosures, p.Item.Standing.Notes, p.Rights, ed.Pieces = nil, nil, nil, nil, "", nil
	want := make([][]string, entries)
	for i := range want {
		title, summary, author, words := confusing(r), confusing(r), confusing(r), confusing(r)
		p.Item.ID = news.NewItemID("x", news.ByGUID, fmt.Sprint(i))
		p.Item.Title, p.Excerpt, p.Authors = title, summary, []news.Author{{Name: author}}
		p.HTML = "<p>" + html.EscapeString(words) + "</p>"
		ed.Pieces = append(ed.Pieces, p)
		want[i] = []string{text.Line(title), text.Line(summary), text.Line(author), p.HTML}
	}
	for _, f := range formats {
		b, err := f.render(sampleSite(), ed, sampleLinks(f.file))
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range texts(t, f.file, b) {
			if !slices.Equal(got, want[i]) {
				t.Fatalf("%s: %q came back as %q", f.file, want[i], got)
			}
		}
	}
}

// confusing returns text made of what means something else to some parser.
func confusing(r *rand.Rand) string {
	parts := []string{
		"&lt;script&gt;", "<script>alert(1)</script>", "&amp;", "&", "<", ">", "]]>", "<![CDATA[", "&#60;", "&nbsp;", `"`, "'",
		"<!--", "-->", "</title>", "</item>", "%3C", "\\u003c", "한국", "شبكة", "न", "é", "👩\u200d🚒", " ", "a", "word", "<b>x</b>", "&#x0;",
	}
	var b strings.Builder
	b.WriteString("t")
	for range 1 + r.IntN(6) {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	b.WriteString("t")
	return b.String()
}

// texts returns title, summary, author and body of each entry as the format's
// rules give them, by nothing but the standard library's decoders.
func texts(t *testing.T, file string, b []byte) [][]string {
	t.Helper()
	var all [][]string
	switch file {
	case "rss.xml":
		var f struct {
			Items []struct {
				Title       string `xml:"title"`
				Description string `xml:"description"`
				Body        string `xml:"encoded"`
				Creator     string `xml:"creator"`
			} `xml:"channel>item"`
		}
		decode(t, xml.Unmarshal, b, &f)
		for _, i := range f.Items {
			all = append(all, []string{i.Title, html.UnescapeString(i.Description), i.Creator, i.Body})
		}
	case "atom.xml":
		var f struct {
			Entries []struct {
				Title   string `xml:"title"`
				Summary string `xml:"summary"`
				Body    string `xml:"content"`
				Name    string `xml:"author>name"`
			} `xml:"entry"`
		}
		decode(t, xml.Unmarshal, b, &f)
		for _, e := range f.Entries {
			all = append(all, []string{e.Title, e.Summary, e.Name, e.Body})
		}
	case "feed.json":
		var f struct {
			Items []struct {
				Title, Summary string
				Body           string `json:"content_html"`
				Authors        []struct{ Name string }
			}
		}
		decode(t, json.Unmarshal, b, &f)
		for _, i := range f.Items {
			all = append(all, []string{i.Title, i.Summary, i.Authors[0].Name, i.Body})
		}
	}
	return all
}

func decode(t *testing.T, f func([]byte, any) error, b []byte, v any) {
	t.Helper()
	if err := f(b, v); err != nil {
		t.Fatal(err)
	}
}
