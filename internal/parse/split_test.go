package parse

import (
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"rightswire/internal/news"
)

// checkSplit checks that what is known of a document changes nothing of what is
// read of the rest: split and whole are the same.
func checkSplit(t *testing.T, doc Document, random *rand.Rand) {
	t.Helper()
	whole, err := Feed(doc)
	if err != nil {
		return
	}
	// Known: some of its entries, and some that it no longer holds.
	doc.Known = []news.Reading{{Print: [16]byte{1}, Item: "gone"}}
	known := map[news.ItemID]bool{}
	for _, r := range whole.Readings {
		if random.IntN(2) == 0 {
			doc.Known = append(doc.Known, r)
			known[r.Item] = true
		}
	}
	split, err := Feed(doc)
	if err != nil {
		t.Fatalf("%q: %v", doc.Body, err)
	}
	rest := slices.DeleteFunc(slices.Clone(whole.Entries), func(e news.Entry) bool { return known[e.ID] })
	if len(rest) != len(split.Entries) || len(rest) > 0 && !reflect.DeepEqual(rest, split.Entries) {
		t.Fatalf("%q\nwhole: %+v\nsplit: %+v", doc.Body, rest, split.Entries)
	}
	byPrint := func(a, b news.Reading) int { return slices.Compare(a.Print[:], b.Print[:]) }
	slices.SortFunc(whole.Readings, byPrint)
	slices.SortFunc(split.Readings, byPrint)
	if !reflect.DeepEqual(whole.Readings, split.Readings) || !reflect.DeepEqual(whole.Head, split.Head) {
		t.Fatalf("%q\nwhole: %+v %+v\nsplit: %+v %+v", doc.Body, whole.Head, whole.Readings, split.Head, split.Readings)
	}
}

// checkAlone checks that entries that gofeed reads one by one are what it reads
// all at once.
func checkAlone(t *testing.T, body []byte) {
	t.Helper()
	var r repairs
	x := &xmlDocument{scanner: split(decode(body, "", &r), "https://e.org/", &r)}
	if x.format == formatNone {
		return
	}
	x.scanEntries(&Result{}, newRecall(nil))
	if x.format == formatAtom {
		compareAlone(t, x, atomEntries, (*xmlDocument).entryAtom)
	} else {
		compareAlone(t, x, rssItems, (*xmlDocument).entryRSS)
	}
}

func compareAlone[T any](t *testing.T, x *xmlDocument, parse func([]byte) ([]T, error), fill func(*xmlDocument, *news.Entry, *entryNotes, T)) {
	t.Helper()
	read := func(parse func([]byte) ([]T, error)) (all []news.Entry) {
		each(x, parse, func(n *entryNotes, it T) {
			var e news.Entry
			fill(x, &e, n, it)
			all = append(all, e)
		})
		return all
	}
	together := read(parse)
	alone := read(func(b []byte) ([]T, error) {
		if len(x.entries) > 1 && len(b) == len(x.out) {
			return nil, fmt.Errorf("not all at once")
		}
		return parse(b)
	})
	if !reflect.DeepEqual(together, alone) {
		t.Fatalf("%q\ntogether: %+v\nalone: %+v", x.src, together, alone)
	}
}

func TestSplitIsWhole(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	check := func(body string) {
		checkSplit(t, Document{Body: []byte(body), URL: "https://e.org/a/feed", Source: "s"}, random)
		checkAlone(t, []byte(body))
	}
	for _, c := range traps {
		check(c.body)
	}
	for _, name := range goldenFiles(t) {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		check(string(body))
	}
	for range 3_000 {
		check(anyDocument(random))
	}
}

// TestSplitIsXML compares where entries start and end with what encoding/xml says
// of documents that are well formed, full of what looks like an entry and is none.
func TestSplitIsXML(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 3_000 {
		body := wellFormed(random)
		var want []span
		if err := xmlEntries(body, &want); err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		var r repairs
		s := split([]byte(body), "https://e.org/", &r)
		got := make([]span, len(s.parts))
		for i, p := range s.parts {
			got[i] = p.span
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%v, want %v\n%s", got, want, body)
		}
		for _, what := range r.list {
			if what != "passed over elements nested too deep" {
				t.Fatalf("%q\n%s", what, body)
			}
		}
	}
}

// xmlEntries finds the entries that stand right in the channel, the root or the
// feed.
func xmlEntries(body string, found *[]span) error {
	d := xml.NewDecoder(strings.NewReader(body))
	var open []string
	for {
		from := int(d.InputOffset())
		token, err := d.RawToken()
		if err != nil {
			if len(open) > 0 || err.Error() != "EOF" {
				return err
			}
			return nil
		}
		switch e := token.(type) {
		case xml.StartElement:
			open = append(open, e.Name.Space+e.Name.Local) // a prefix, in raw tokens
			switch path := strings.Join(open, "/"); path {
			case "rss/item", "rss/channel/item", "feed/entry":
				*found = append(*found, span{from: from})
			}
		case xml.EndElement:
			switch path := strings.Join(open, "/"); path {
			case "rss/item", "rss/channel/item", "feed/entry":
				(*found)[len(*found)-1].to = int(d.InputOffset())
			}
			open = open[:len(open)-1]
		}
	}
}

// wellFormed returns a well-formed document.
func wellFormed(random *rand.Rand) string {
	entry, open, end := "item", `<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "<item>">]><!-- <item> --><rss version="2.0"><channel><title>d</title>`, "</channel></rss>"
	if random.IntN(2) == 0 {
		entry, open, end = "entry", `<feed xmlns="http://www.w3.org/2005/Atom"><title>d</title>`, "</feed>"
	}
	var b strings.Builder
	b.WriteString(open)
	for range random.IntN(6) {
		b.WriteString(piece(random, entry, 0))
		if random.IntN(4) == 0 {
			fmt.Fprintf(&b, "<%s/>", entry)
			continue
		}
		fmt.Fprintf(&b, "<%s a='>' b=\"/>\">", entry)
		for range random.IntN(6) {
			b.WriteString(piece(random, entry, 0))
		}
		fmt.Fprintf(&b, "</%s \n>", entry)
	}
	b.WriteString(piece(random, entry, 0) + end)
	return b.String()
}

// piece returns something that may stand in an element and is no entry there.
func piece(random *rand.Rand, entry string, depth int) string {
	switch random.IntN(12) {
	case 0:
		return "<![CDATA[</" + entry + "><" + entry + "><title>forged</title></" + entry + ">]]>"
	case 1:
		return "<title><![CDATA[<![CDATA[</" + entry + "><" + entry + ">]]>&gt;</title>"
	case 2:
		return "<!-- </" + entry + "><" + entry + "> -->"
	case 3:
		return "<?php </" + entry + " ?>"
	case 4:
		return "<description>a<![CDATA[ ]] > ]]]]><![CDATA[></" + entry + ">]]></description>"
	case 5:
		return "<link href='a>' title='a > b'/>"
	case 6:
		return "<x:" + entry + " xmlns:x='u:x'>t</x:" + entry + ">"
	case 7:
		return "&lt;/" + entry + "&gt; &#60;" + entry + "&#62; \"'"
	case 8, 9:
		if depth < 4 {
			return "<content><" + entry + ">" + piece(random, entry, depth+1) + "</" + entry + "></content>"
		}
		return "<a/>"
	case 10:
		return strings.Repeat("<d>", 150) + "<" + entry + "/>" + strings.Repeat("</d>", 150)
	}
	return " text 북한 "
}

// TestBadEntry damages one entry of a feed in every way that publishers have found,
// and wants the others as they were.
func TestBadEntry(t *testing.T) {
	damage := []struct{ name, old, new string }{
		{"bad bytes", "Report 2:", "Report \xff\xfe 2:"},
		{"a reference to a control character", "Report 2:", "Report &#11; 2:"},
		{"a lone less-than", "Report 2:", "Report < 2:"},
		{"what looks like a tag", "Report 2:", "Report <2 or <b 2:"},
		{"a lone ampersand", "Report 2:", "Report & &; &x 2:"},
		{"an unknown entity", "Report 2:", "Report &nope; 2:"},
		{"an attribute without quotes", `isPermaLink="false">https://desk.example.org/?p=2`, `isPermaLink=false>https://desk.example.org/?p=2`},
		{"a quote left open", `isPermaLink="false">https://desk.example.org/?p=2`, `isPermaLink="false>https://desk.example.org/?p=2`},
		{"a quote left open to the end", `isPermaLink="false">https://desk.example.org/?p=2`, `isPermaLink='false>https://desk.example.org/?p=2`},
		{"an end tag missing", "p=2</guid>", "p=2"},
		{"all end tags but its own missing", "Report 2: families wait for news</title>", "Report 2<b><i><u><p>"},
		{"a stray end tag", "Report 2:", "Report </b></x> 2:"},
		{"the end of the channel", "Report 2:", "Report</title></channel></rss> 2:"},
		{"a tag cut off", "p=2</guid>", "p=2</guid><enclosure url=\"https://desk.example.org/2.mp3\" "},
		{"a tag cut off in a value", "p=2</guid>", "p=2</guid><enclosure url=\"https://desk.example.org/2.mp3"},
		{"CDATA that begins and never ends", "wait for news", "<![CDATA[wait for news"},
		{"CDATA whose end is missing", "</p>]]></content:encoded>", "</p></content:encoded>"},
		{"a comment left open", "p=2</guid>", "p=2</guid><!-- no more"},
		{"an instruction left open", "p=2</guid>", "p=2</guid><?php no more"},
		{"elements nested deep", "p=2</guid>", "p=2</guid>" + strings.Repeat("<d>", 5000)},
		{"a tag of 2 MB", "p=2</guid>", "p=2</guid><d e=\"" + strings.Repeat("x", 2<<20) + "\"/>"},
		{"its own end tag missing", "</item>", ""},
		{"an undeclared prefix", "Report 2:", "Report <no:such>2</no:such>:"},
	}
	body := typicalRSS(5)
	before, rest, _ := strings.Cut(string(body), "Report 2:")
	item, after, _ := strings.Cut("Report 2:"+rest, "<item>")
	whole, err := Feed(Document{Body: body, URL: "https://desk.example.org/feed/", Source: "s"})
	if err != nil {
		t.Fatal(err)
	}
	damage = append(damage, struct{ name, old, new string }{"cut off in a tag", item[strings.Index(item, "<pubDate>"):], "<pubDate\n"})
	damage = append(damage, struct{ name, old, new string }{"cut off in a text", item[strings.Index(item, "wait"):], "wa"})
	for _, d := range damage {
		t.Run(d.name, func(t *testing.T) {
			if !strings.Contains(item, d.old) {
				t.Fatalf("no %q in %q", d.old, item)
			}
			damaged := before + strings.Replace(item, d.old, d.new, 1) + "<item>" + after
			res, err := Feed(Document{Body: []byte(damaged), URL: "https://desk.example.org/feed/", Source: "s"})
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range whole.Entries {
				if want.GUID == "https://desk.example.org/?p=2" {
					continue
				}
				i := slices.IndexFunc(res.Entries, func(e news.Entry) bool { return e.ID == want.ID })
				if i < 0 || !reflect.DeepEqual(res.Entries[i], want) {
					t.Errorf("%s lost or changed: %q", want.GUID, res.Repairs)
				}
			}
			if len(res.Entries) > 5 {
				t.Errorf("%d entries", len(res.Entries))
			}
		})
	}
}

// An entry that shares a guid or an id with one that is known has both read: what
// they are depends on each other. The rest stays known.
func TestForgets(t *testing.T) {
	item := func(guid, link string) string {
		return "<item><guid>" + guid + "</guid><link>https://e.org/" + link + "</link><title>" + link + "</title></item>"
	}
	read := func(known []news.Reading, items string) *Result {
		res, err := Feed(Document{Body: []byte(rssDoc(items)), URL: "https://e.org/feed", Source: "s", Known: known})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	first := read(nil, item("1", "a")+item("2", "b"))
	if len(first.Entries) != 2 || len(first.Readings) != 2 {
		t.Fatalf("%+v", first)
	}
	shared := read(first.Readings, item("1", "a")+item("2", "b")+item("1", "c"))
	if got := links(shared); got != "https://e.org/a https://e.org/c" || len(shared.Readings) != 1 {
		t.Errorf("read %q, %d readings", got, len(shared.Readings))
	}
	if shared.Entries[0].ID == first.Entries[0].ID {
		t.Error("the guid of two entries still identifies one")
	}
	if again := read(shared.Readings, item("1", "a")+item("2", "b")); again.Entries[0].ID != first.Entries[0].ID {
		t.Error("once alone, the entry is not what it was")
	}
	twice := read(first.Readings, item("1", "a")+item("2", "b")+item("2", "b "))
	if got := guids(twice); got != "2" || len(twice.Readings) != 1 {
		t.Errorf("read %q, %d readings", got, len(twice.Readings))
	}
}
