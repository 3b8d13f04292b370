package parse

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"rightswire/internal/news"
)

// A damage makes one entry of a document bad: what was <item>…</item>, or the
// object of JSON.
type damage struct {
	name string
	do   func(entry string) string
}

// xmlDamages put something at the start of an entry's first text, at the start of
// the entry, or at its end, or take something away.
var xmlDamages = []damage{
	{"a bad byte", inText("\xff\xc3")},
	{"a reference to a control character", inText("&#11;&#x1;")},
	{"lone < and &", inText("3 < 4 & 5 ")},
	{"an unknown entity", inText("&nosuch;")},
	{"an unquoted attribute", atStart(`<x a=b>y</x>`)},
	{"an attribute's quote left open", atStart(`<x a="b>y</x>`)},
	{"a child's end tag missing", withoutChildEnd},
	{"a stray end tag", atStart("</nosuch></title></link>")},
	{"the entry's end tag missing", func(e string) string { return e[:strings.LastIndex(e, "</")] }},
	{"CDATA left open", atEnd("<x><![CDATA[never closed")},
	{"a comment left open", atEnd("<!-- never closed")},
	{"elements nested 5,000 deep", atStart(strings.Repeat("<x>", 5000) + strings.Repeat("</x>", 5000))},
	{"a tag of 2 MB", atStart(`<x a="` + strings.Repeat("y", 2<<20) + `"/>`)},
	{"an undeclared prefix", atStart("<nosuch:x>y</nosuch:x>")},
	{"a cut in the middle of a tag", func(e string) string { return e[:textStart(e)-1] }},
}

var jsonDamages = []damage{
	{"values of another type", inObject(`"id":{"a":1},"title":[1],"authors":"x",`)},
	{"a brace missing", func(e string) string { return e[:len(e)-1] }},
	{"a quote missing", func(e string) string { return strings.Replace(e, `"`, "", 1) }},
	{"a trailing comma", func(e string) string { return e[:len(e)-1] + ",}" }},
	{"null", func(string) string { return "null" }},
}

// childStart finds the start tag of an entry's first child that holds text.
var childStart = regexp.MustCompile(`<(?:title|description|summary|link|guid|id)(?:\s[^<>]*[^<>/])?>`)

// textStart is where the first text of an entry begins.
func textStart(e string) int {
	if m := childStart.FindStringIndex(e); m != nil {
		return m[1]
	}
	return strings.IndexByte(e, '>') + 1
}

func insert(e string, at int, what string) string { return e[:at] + what + e[at:] }

func inText(what string) func(string) string {
	return func(e string) string {
		at := textStart(e)
		if strings.HasPrefix(e[at:], "<![CDATA[") {
			at += len("<![CDATA[")
		}
		return insert(e, at, what)
	}
}

func atStart(what string) func(string) string {
	return func(e string) string { return insert(e, strings.IndexByte(e, '>')+1, what) }
}

func atEnd(what string) func(string) string {
	return func(e string) string { return insert(e, strings.LastIndex(e, "</"), what) }
}

func inObject(what string) func(string) string {
	return func(e string) string { return insert(e, 1, what) }
}

func withoutChildEnd(e string) string {
	at := textStart(e)
	if end := strings.Index(e[at:], "</"); end >= 0 {
		at += end
		return e[:at] + e[at+strings.IndexByte(e[at:], '>')+1:]
	}
	return e
}

// A patient is a document and the entry of it that is made bad.
type patient struct {
	sample
	entry  span
	others []news.Entry // what is read where that entry is missing
}

// scoreDamage makes one entry of a document bad and counts the others that are read
// as if it were not there.
func scoreDamage(t *testing.T, docs []sample) {
	var xml, objects []sample
	for _, doc := range docs {
		res, err := read(doc.Document)
		if err != nil || len(res.Entries) < 3 || !utf8.Valid(doc.Body) {
			continue
		}
		if len(entrySpans(doc.Body)) == len(res.Entries) {
			xml = append(xml, doc)
		}
		// Corpora have few feeds in JSON with several entries: others are written anew.
		doc.name += ", as JSON"
		doc.Body = asJSON(t, res)
		objects = append(objects, doc)
	}
	for _, group := range []struct {
		docs    []sample
		entries func([]byte) []span
		damages []damage
	}{{xml, entrySpans, xmlDamages}, {objects, objectSpans, jsonDamages}} {
		patients := choose(group.docs, group.entries)
		fmt.Printf("one entry of %d feeds, from %d documents, is made bad: others that are kept\n", len(patients), len(group.docs))
		for _, kind := range group.damages {
			scoreDamageOf(kind, patients)
		}
	}
}

// choose returns 500 patients: an entry of each document, then another, until there
// are enough.
func choose(docs []sample, entries func([]byte) []span) []patient {
	const enough = 500
	var patients []patient
	for round := 0; round < enough && len(patients) < enough; round++ {
		for _, doc := range docs {
			spans := entries(doc.Body)
			if round >= len(spans) || len(patients) == enough {
				continue
			}
			at := spans[(len(spans)/2+round)%len(spans)]
			patients = append(patients, patient{doc, at, others(doc.Document, at)})
		}
	}
	return patients
}

func scoreDamageOf(kind damage, patients []patient) {
	lost := misses{}
	kept, all := 0, 0
	for _, p := range patients {
		doc, at := p.Document, p.entry
		doc.Body = []byte(string(p.Body[:at.from]) + kind.do(string(p.Body[at.from:at.to])) + string(p.Body[at.to:]))
		res, err := read(doc)
		if err != nil {
			res = &Result{}
		}
		same := countSame(p.others, res.Entries)
		kept, all = kept+same, all+len(p.others)
		if same < len(p.others) {
			lost.add("feeds lost others", fmt.Sprintf("%s/%s, entry at %d: %d of %d kept, %v", p.corpus, p.name, at.from, same, len(p.others), err))
		}
	}
	row("  "+kind.name, kept, all, "")
	lost.print()
}

// asJSON writes entries as a JSON Feed.
func asJSON(t *testing.T, res *Result) []byte {
	var items []map[string]any
	for i := range res.Entries {
		e := &res.Entries[i]
		items = append(items, map[string]any{
			"id": e.GUID + "#" + strconv.Itoa(i), "url": e.Link, "title": e.Title.Value, "summary": e.Summary.Value,
			"content_html": "<p>" + e.Content.Value, "date_published": e.Published.Format(time.RFC3339),
		})
	}
	body, err := json.Marshal(map[string]any{"version": "https://jsonfeed.org/version/1.1", "title": "Corpus", "items": items})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// others reads a document without the entry that will be made bad.
func others(doc Document, at span) []news.Entry {
	body := append(bytes.Clone(doc.Body[:at.from]), doc.Body[at.to:]...)
	if doc.Body[at.from] == '{' { // its comma goes too
		before := bytes.TrimRight(doc.Body[:at.from], " \t\r\n,")
		after := bytes.TrimLeft(doc.Body[at.to:], " \t\r\n,")
		comma := []byte(",")
		if bytes.HasSuffix(before, []byte("[")) || bytes.HasPrefix(after, []byte("]")) {
			comma = nil
		}
		body = append(append(bytes.Clone(before), comma...), after...)
	}
	doc.Body = body
	res, err := read(doc)
	if err != nil {
		return nil
	}
	return res.Entries
}

// countSame counts the entries that are read as they were.
func countSame(before, after []news.Entry) int {
	read := map[news.ItemID]*news.Entry{}
	for i := range after {
		read[after[i].ID] = &after[i]
	}
	same := 0
	for i := range before {
		e := &before[i]
		if g := read[e.ID]; g != nil && g.GUID == e.GUID && g.Title == e.Title && g.Link == e.Link &&
			g.Summary == e.Summary && g.Content == e.Content {
			same++
		}
	}
	return same
}

// entrySpans finds the entries of a document that is well formed.
func entrySpans(body []byte) []span {
	var spans []span
	for _, m := range entryTag.FindAllSubmatchIndex(body, -1) {
		end := []byte("</" + string(body[m[2]:m[5]]) + ">")
		at := bytes.Index(body[m[1]:], end)
		if at < 0 || len(spans) > 0 && m[0] < spans[len(spans)-1].to {
			return nil
		}
		spans = append(spans, span{m[0], m[1] + at + len(end)})
	}
	return spans
}

func objectSpans(body []byte) []span {
	var feed struct{ Items []json.RawMessage }
	if json.Unmarshal(body, &feed) != nil {
		return nil
	}
	var spans []span
	from := 0
	for _, item := range feed.Items {
		at := bytes.Index(body[from:], item)
		if at < 0 || item[0] != '{' {
			return nil
		}
		spans = append(spans, span{from + at, from + at + len(item)})
		from += at + len(item)
	}
	return spans
}
