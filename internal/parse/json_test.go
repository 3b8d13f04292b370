package parse

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mmcdole/gofeed"

	"rightswire/internal/news"
)

// readJSON reads a document that is known to be JSON.
func readJSON(body string) (*Result, error) {
	var r repairs
	doc := Document{URL: "https://desk.example.org/feed/", Source: "desk"}
	res, err := parseJSON(doc, decode([]byte(body), "application/feed+json", &r), &r)
	if err != nil {
		return nil, err
	}
	res.Repairs = r.list
	return res, nil
}

// all says what is kept of each entry that is not the same for all here.
func all(res *Result) string {
	var out []string
	for _, e := range res.Entries {
		s := []string{e.GUID}
		for _, v := range []string{e.Link, e.Title.Value, e.Summary.Value, e.Content.Value, e.Language} {
			if v != "" {
				s = append(s, v)
			}
		}
		for _, a := range e.Authors {
			s = append(s, "by "+a.Name)
		}
		for _, c := range e.Categories {
			s = append(s, "#"+c.Term)
		}
		for _, f := range e.Enclosures {
			s = append(s, fmt.Sprintf("%s %s %d", f.URL, f.Type, f.Length))
		}
		if at := e.Claimed(); !at.IsZero() {
			s = append(s, at.Format("2006-01-02"))
		}
		out = append(out, strings.Join(s, ";"))
	}
	return strings.Join(out, " | ")
}

const (
	jsonBefore = `{"version":"https://jsonfeed.org/version/1.1","title":"Desk","items":[`
	note0      = "passed over what stands before the JSON object"
	note1      = "passed over what stands behind the JSON object"
	comments   = "passed over comments"
	stray      = "passed over commas that separate nothing"
	missing    = "added missing commas"
	quotes     = "took quotation marks in a string as text"
	escapes    = "mended the escapes of a string"
	coerced    = "took values of another type for what they mean"
	dropped    = "dropped values of the wrong type"
	unread     = "dropped an entry that cannot be read"
	noObject   = "dropped an entry that is no object"
	foundNext  = "found the next entry behind a damaged one"
	cutOff     = "the document is cut off"
)

// jsonTraps are documents that are no JSON, or not of the types that they should
// be; what is read of them; and what the publisher is told.
var jsonTraps = []struct {
	name, body, want string
	repairs          []string
}{
	// Around the object.
	{"a guard", ")]}',\n" + jsonDoc(`{"id":"1"}`), "1", []string{note0}},
	{"a call", "/**/feeds.show_1({\"x\":1,\n" + jsonDoc(`{"id":"1"}`)[1:] + ");\n", "1", []string{note0, note1}},
	{"an assignment", "var feed = " + jsonDoc(`{"id":"1"}`) + ";", "1", []string{note0, note1}},
	{"comments before", "/* {\"a\":1} */\n// {}\n" + jsonDoc(`{"id":"1"}`), "1", []string{note0}},
	{"a line of a template", "Notice: undefined {x} in /feed.php\n" + jsonDoc(`{"id":"1"}`), "1", []string{note0}},
	{"a mark and blanks", "\xef\xbb\xbf \n\t" + jsonDoc(`{"id":"1"}`), "1", nil},
	{"junk behind", jsonDoc(`{"id":"1"}`) + "\n<!-- 0.3 s -->", "1", []string{note1}},
	{"two objects", jsonDoc(`{"id":"1"}`) + jsonDoc(`{"id":"2"}`), "1", []string{note1}},

	// Commas, comments, brackets.
	{"commas too many", jsonBefore + `,{"id":"1","tags":["a",,"b",],},,{"id":"2",,"title":"t"},],}`, "1;#a;#b | 2;t", []string{stray}},
	{"commas missing", jsonBefore + `{"id":"1" "title":"t" "tags":["a"] "url":"/u"}{"id":"2","title":""} {"id":"3","url":""}] "language":"fr"}`, "1;https://desk.example.org/u;t;fr;#a | 2;fr | 3;fr", []string{missing}},
	{"comments", jsonBefore + `/* "]} */{"id":/**/"1", // "x":1}
"title":"a // b /* c"},// the last
{"id":"2"/* ] */}]/**/}`, "1;a // b /* c | 2", []string{comments}},
	{"a list left open", jsonDoc(`{"id":"1","tags":["a","b"},{"id":"2","url":"/2"},{"id":"3"}`), "2;https://desk.example.org/2 | 3", []string{foundNext, unread}},
	{"an author left open", jsonDoc(`{"id":"1","authors":[{"name":"Kim"],"title":"t"},{"id":"2","url":"/2"}`), "2;https://desk.example.org/2", []string{foundNext, unread}},
	{"an entry left open", jsonDoc(`{"id":"1","title":"a",{"id":"2","title":"b"},{"id":"3"}`), "2;b | 3", []string{foundNext, unread}},
	{"brackets too many", jsonDoc(`{"id":"1","title":"a"}},{"id":"2","title":"b"}]},{"id":"3","title":"c"}`), "1;a | 2;b | 3;c", []string{foundNext}},
	{"a bracket too many inside", jsonDoc(`{"id":"1","title":"a"},"url":"/1"},{"id":"2","title":"b"}`), "2;b", []string{noObject, foundNext, unread}},
	{"an object as the list", `{"version":"https://jsonfeed.org/version/1","title":"d","items":{"0":{"id":"1"},"2":{"id":"2"}}}`, "1 | 2", []string{coerced}},

	// Strings.
	{"line ends and tabs", jsonDoc("{\"id\":\"1\",\"title\":\"a\tb\",\"content_html\":\"<p>\n\nc\"}"), "1;a\tb;<p>\n\nc", []string{escapes}},
	{"escapes", jsonDoc(`{"id":"1\d","title":"it\'s C:\dir \x41 \u00e9 \u12 \\d \ud83d\ude00","summary":"\/"}`), `1\d;it's C:\dir A é \u12 \d 😀;/`, []string{escapes}},
	{"half a surrogate", jsonDoc(`{"id":"1","title":"a\ud83db \ude00\ud83d"}`), "1;a\uFFFDb \uFFFD\uFFFD", nil},
	{"control characters", jsonDoc("{\"id\":\"1\",\"title\":\"a\x01\x1fb\x7f\"}"), "1;ab\x7f", []string{"dropped characters that XML forbids"}},
	{"quotation marks", jsonDoc(`{"id":"1","content_html":"<a href="/x" class="">y</a>","title":"He said "no", and left"},{"id":"2"}`), `1;He said "no", and left;<a href="/x" class="">y</a> | 2`, []string{quotes, escapes}},

	// Types.
	{"texts of other types", jsonDoc(`{"id":"1","title":5,"summary":true,"content_html":1.50,"content_text":{"a":1},"url":["/x"],"date_published":20261124}`), "1;5;true;1.50;2026-11-24", []string{coerced, dropped}},
	{"ids of other types", jsonDoc(`{"id":7},{"id":7.0},{"id":-1e5},{"id":false},{"id":{"a":"<\n"}},{"id":["b"]},{"id":null,"url":"/u"},{"id":"","title":"t"},{"title":"n"}`),
		`7 | 7.0 | -1e5 | false | {"a":"<\n"} | ["b"] | ;https://desk.example.org/u | ;t | ;n`, nil},
	{"ids of other types beside a wrong one", jsonDoc(`{"id":7,"tags":"x"},{"id":7.0,"tags":"x"},{"id":{"a" : "<"},"tags":"x"},{"id":null,"url":"/u","tags":"x"}`),
		`7;#x | 7.0;#x | {"a" : "<"};#x | ;https://desk.example.org/u;#x`, []string{coerced}},
	{"tags", jsonDoc(`{"id":"1","tags":"x"},{"id":"2","tags":["a",5,null,{"name":"n"},["b"]]},{"id":"3","tags":{"a":1}},{"id":"4","tags":null}`), "1;#x | 2;#a;#5 | 3 | 4", []string{coerced, dropped}},
	{"authors", jsonDoc(`{"id":"1","authors":{"name":"Kim"}},{"id":"2","authors":"Lee"},{"id":"3","authors":["Mun",{"name":"Noh","url":7}]},{"id":"4","author":"Oh"},{"id":"5","author":[null,{"name":"Pak"},{"name":"no"}]},{"id":"6","author":null,"authors":[null,{"name":null}]}`),
		"1;by Kim | 2;by Lee | 3;by Mun;by Noh | 4;by Oh | 5;by Pak | 6", []string{coerced}},
	{"attachments", jsonDoc(`{"id":"1","attachments":[{"url":"/a","mime_type":"audio/mpeg","size_in_bytes":"12"},{"url":"/b","size_in_bytes":3.0},{"url":"/c","size_in_bytes":"big"},null,"/d"]},{"id":"2","attachments":{"url":"/e","mime_type":"x/y","size_in_bytes":9007199254740993}}`),
		"1;https://desk.example.org/a audio/mpeg 12;https://desk.example.org/b  3;https://desk.example.org/c  0;https://desk.example.org/d  0 | 2;https://desk.example.org/e x/y 9007199254740993", []string{coerced}},
	{"words for nothing", jsonDoc(`{"id":"1","title":undefined,"url":NaN,"summary":None,"language":nil,"tags":NULL,"content_text":word}`), "1;word", []string{coerced}},
	{"no objects", jsonDoc(`null,{"id":"1"},7,"x",[{"id":"2"}],{"id":"3"},true`), "1 | 3", []string{noObject}},
	{"a head of other types", `{"version":"https://jsonfeed.org/version/1.1","title":7,"authors":"Kim","language":["fr"],"home_page_url":null,"hubs":7,"icon":[],"items":[{"id":"1"}],"expired":"x"}`, "1;by Kim", []string{coerced, dropped}},
	{"names in capitals", `{"Version":"https://jsonfeed.org/version/1.1","TITLE":"d","Items":[{"ID":"1","Title":"t","TAGS":"x"}]}`, "1;t;#x", []string{coerced}},

	// Said twice: the last one counts.
	{"members twice", jsonDoc(`{"id":"0","tags":["a"],"tags":null,"author":"x","author":null},{"id":"1","id":"2","title":"a","title":"b"},{"id":"3","id":4,"tags":"x","tags":["y"],"title":"a","title":null}`), "0 | 2;b | 4;a;#y", []string{coerced}},
	{"items twice", `{"items":[{"id":"0"}],"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1"},{"id":"2"}],"title":"d"}`, "1 | 2", nil},
	{"items spelled otherwise", `{"version":"https://jsonfeed.org/version/1.1","\u0069tems":[{"id":"1","\u0074itle":"t","tags":"x"}]}`, "1;t;#x", []string{coerced}},
	{"the same twice", jsonDoc(`{"id":"1"},{"id":"1"},{"id":"2"},{"id":"2","title":"t"}`), "1 | 2", []string{"dropped entries that repeat the id of another"}},

	// Cut off.
	{"cut off in an entry", jsonBefore + `{"id":"1"},{"id":"2","attachments":[{"url":"/a"},{"url":`, "1", []string{cutOff}},
	{"cut off in a string", jsonBefore + `{"id":"1"},{"id":"2","title":"a \"b`, "1", []string{cutOff}},
	{"cut off behind an entry", jsonBefore + `{"id":"1"},{"id":"2"}`, "1 | 2", []string{cutOff}},
	{"cut off behind a comma", jsonBefore + `{"id":"1"},`, "1", []string{cutOff}},
	{"cut off in the head", `{"items":[{"id":"1"}],"version":"https://jsonfeed.org/version/1.1","title":"d`, "1", []string{cutOff}},

	// What entries inherit, and what is not kept.
	{"inherited", `{"version":"https://jsonfeed.org/version/1.1","language":"FR","authors":[{"name":"Kim"}],"items":[{"id":"1"},{"id":"2","language":"ar","authors":[{"name":"Lee"}]}]}`, "1;fr;by Kim | 2;ar;by Lee", nil},
	{"inherited from version 1.0", `{"version":"https://jsonfeed.org/version/1","author":{"name":"Kim","avatar":"/a"},"items":[{"id":"1"},{"id":"2","author":{"name":"Lee"}}]}`, "1;by Kim | 2;by Lee", nil},
	{"inherited from what comes later", `{"items":[{"id":"1"}],"language":"fr","author":{"name":"Kim"},"version":"https://jsonfeed.org/version/1"}`, "1;fr;by Kim", nil},
	{"what is not kept", jsonDoc(`{"id":"1","image":"/i","banner_image":"/b","_ext":{"id":"2","tags":[[7]]},"external_url":"https://e.org/x"}`), "1;https://e.org/x", nil},
}

func TestJSONTraps(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for _, c := range jsonTraps {
		res, err := readJSON(c.body)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := all(res); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if !slices.Equal(res.Repairs, c.repairs) {
			t.Errorf("%s: repairs %q, want %q", c.name, res.Repairs, c.repairs)
		}
		if cut := slices.Contains(c.repairs, cutOff) && c.name != "cut off in the head"; res.Capped != cut {
			t.Errorf("%s: capped %t", c.name, res.Capped)
		}
		checkResult(t, res)
		for range 5 {
			checkSplit(t, Document{Body: []byte(c.body), URL: "https://desk.example.org/feed/", Source: "desk"}, random)
		}
	}
}

// What is a feed, and what is an answer of some other kind.
func TestJSONFeedOrNot(t *testing.T) {
	for _, c := range []struct {
		body string
		says string // "" is read
	}{
		{`{"version":"https://jsonfeed.org/version/1","items":[]}`, ""},
		{`{"version":"http://www.JSONFeed.org/version/2","items":[{"sku":1}]}`, ""},
		{`{"title":"d","items":[{"sku":1},{"url":"/a"}]}`, ""},
		{`{"feed_url":"d","items":[{"content_text":"a"}]}`, ""},
		{`{"home_page_url":"d","items":[{"title":"a"}]}`, ""},
		{`{"title":"d","items":[{"sku":1},{"name":"a"}]}`, `a JSON object without a feed's items: "{\"title\":\"d\",\"items\":[{\"sku\":1},{\"name\":\"a\"}]}"`},
		{`{"title":"d","items":[]}`, `a JSON object without a feed's items: "{\"title\":\"d\",\"items\":[]}"`},
		{`{"version":"2.3","title":"x","items":[{"sku":1}]}`, `a JSON object without a feed's items: "{\"version\":\"2.3\",\"title\":\"x\",\"items\":[{\"sku\":1}]}"`},
		{`{"version":2,"title":"x","items":[{"id":1}]}`, `a JSON object without a feed's items: "{\"version\":2,\"title\":\"x\",\"items\":[{\"id\":1}]}"`},
		{`{"version":"https://jsonfeed.org/version/1","items":{"id":1}}`, `a JSON object without a feed's items: "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":{\"id\":1}}"`},
		{`{"detail":"no","items":[]}`, `a JSON object with "detail": "\"no\""`},
		{`{"a":`, "JSON that is no feed: unexpected end of JSON input"},
		{`{"version":"https://jsonfeed.org/version/1","title":"d`, "read JSON document: the document is cut off before its items"},
		{`{color: red}`, "JSON that is no feed: invalid character 'c' looking for beginning of object key string"},
	} {
		res, err := Feed(Document{Body: []byte(c.body), Source: "s"})
		if c.says == "" && (err != nil || res == nil) || c.says != "" && (err == nil || err.Error() != c.says) {
			t.Errorf("%s: %v", c.body, err)
		}
	}
}

// Only what begins like an object, or with what is put before one, is taken for it.
func TestJSONStart(t *testing.T) {
	for body, want := range map[string]int{
		`{`: 0, `{a`: 0, "  {\"a\":1}": 2, "/*{*/{": 5, "f({\"a\":1})": 2, "x{}": 1, "a { b": -1,
		"": -1, "/*": -1, "[{\"a\":1}]": -1, "<p>{\"a\":1}": -1, "x <p>{\"a\":1}": -1, strings.Repeat("x", maxBefore) + `{"a":1}`: -1,
	} {
		if got := jsonStart([]byte(body)); got != want {
			t.Errorf("%.20q: %d, want %d", body, got, want)
		}
	}
}

// A document that has too many entries is read over several visits.
func TestJSONCapsOverVisits(t *testing.T) {
	doc := Document{Body: typicalJSON(2*MaxItems + 10), URL: "https://desk.example.org/", Source: "s"}
	total := 0
	for visit := range 3 {
		res, err := Feed(doc)
		if err != nil {
			t.Fatal(err)
		}
		if total += len(res.Entries); res.Capped != (visit < 2) || len(res.Readings) != total {
			t.Fatalf("visit %d: %d entries, %d readings, capped %t", visit, len(res.Entries), len(res.Readings), res.Capped)
		}
		doc.Known = res.Readings
	}
	if total != 2*MaxItems+10 {
		t.Errorf("%d entries", total)
	}
}

// What an entry inherits belongs to its fingerprint.
func TestJSONInheritedIsPartOfThePrint(t *testing.T) {
	read := func(head string, known []news.Reading) *Result {
		res, err := Feed(Document{Body: []byte(`{"version":"https://jsonfeed.org/version/1.1",` + head + `"items":[{"id":"1"},{"id":"2"}]}`), Source: "s", Known: known})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	known := read(`"title":"a",`, nil).Readings
	for head, want := range map[string]int{
		`"title":"b","hubs":[],`: 0, `"language":"fr",`: 2, `"author":{"name":"Kim"},`: 2, `"authors":[{"name":"Kim"}],`: 2,
	} {
		if res := read(head, known); len(res.Entries) != want || len(res.Readings) != 2 {
			t.Errorf("%s: %d entries", head, len(res.Entries))
		}
	}
}

// TestBadJSONEntry damages one entry in every way that publishers have found, and by
// one byte in hundreds of others, and wants the rest as it was.
func TestBadJSONEntry(t *testing.T) {
	entries := []string{
		`{"id":"https://e.org/0","url":"https://e.org/0","title":"Zero","authors":[{"name":"Kim"}],"content_html":"<p>a \"b\", c</p>"}`,
		`{"url":"https://e.org/1","id":"https://e.org/1","title":"One","attachments":[{"url":"/1.mp3","title":"a","mime_type":"audio/mpeg"},{"url":"/1.ogg"}],"tags":["a","b"]}`,
		`{"id":"https://e.org/2","url":"https://e.org/2","title":"Two","_x":{"id":5,"y":[{"id":6},{"id":7}]},"date_published":"2026-11-24T00:00:00Z"}`,
		`{"title":"Three","id":"https://e.org/3","summary":"s","content_text":"t"}`,
	}
	const damaged = `{"id":"https://e.org/bad","url":"https://e.org/bad","title":"Bad \"one\"","authors":[{"name":"Lee"}],"attachments":[{"url":"/b.mp3"}],"tags":["x","y"],"content_html":"<p class=\"c\">x, y</p>","n":7}`
	variants := []string{
		strings.Replace(damaged, `"title":"Bad`, `"title":"a "b" c`, 1), strings.Replace(damaged, `}],"tags"`, `"tags"`, 1),
		strings.TrimSuffix(damaged, `7}`), damaged + "}", damaged + "]}", damaged + `"`, `"` + damaged, damaged[1:], "}" + damaged, "]" + damaged, "{" + damaged, "[" + damaged,
		damaged[:40], damaged[:41], damaged[:42], damaged[:120], damaged[:121], damaged[:122], strings.ReplaceAll(damaged, `"`, ""), strings.ReplaceAll(damaged, `\`, ""),
		strings.ReplaceAll(damaged, `:`, ""), strings.ReplaceAll(damaged, `}`, ""), strings.ReplaceAll(damaged, `]`, ""), strings.ReplaceAll(damaged, `"`, "'"),
		`{"a":` + strings.Repeat(`[{"id":`, 9_000) + damaged, `{"id":"x","a":` + strings.Repeat(`[`, 200_000) + strings.Repeat(`]`, 200_000) + "}",
		`{"id":"x","tags":[7` + strings.Repeat(`,7`, 100_000) + "]}", "nonsense", `<item>"`, `{"id":"x","title":"` + strings.Repeat(`"`, 10_001) + `}`,
	}
	random := rand.New(rand.NewPCG(9, 10))
	for range 400 / scale {
		at := random.IntN(len(damaged))
		with := []string{"", "{", "}", "[", "]", `"`, ",", ":", `\`, "x", "\n", "/*"}[random.IntN(12)]
		variants = append(variants, damaged[:at]+with+damaged[at+random.IntN(2):])
	}
	whole, err := readJSON(jsonDoc(strings.Join(entries, ",")))
	if err != nil {
		t.Fatal(err)
	}
	for i, bad := range variants {
		list := slices.Insert(slices.Clone(entries), i%(len(entries)+1), bad)
		res, err := readJSON(jsonDoc(strings.Join(list, ",\n")))
		if err != nil {
			t.Fatalf("%.300s: %v", bad, err)
		}
		for _, want := range whole.Entries {
			if k := slices.IndexFunc(res.Entries, func(e news.Entry) bool { return e.ID == want.ID }); k < 0 || !reflect.DeepEqual(res.Entries[k], want) {
				t.Errorf("%.300s at %d\nlost or changed %s: %q", bad, i%(len(entries)+1), want.GUID, res.Repairs)
			}
		}
		if len(res.Entries) > len(entries)+1 || res.Head.Title != "Desk" {
			t.Errorf("%.300s at %d\n%q: %s", bad, i%(len(entries)+1), res.Head.Title, all(res))
		}
	}
}

// TestSplitIsJSON compares where entries start and end with what encoding/json says
// of documents that are valid, full of what looks like an entry and is none.
func TestSplitIsJSON(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 3_000 {
		body := validJSON(random)
		var object struct{ Items []json.RawMessage }
		if err := json.Unmarshal([]byte(body), &object); err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		var r repairs
		s := splitJSON([]byte(body), &r)
		if len(s.parts) != len(object.Items) || !s.closed || s.cut || s.again > 0 {
			t.Fatalf("%d parts, want %d\n%s", len(s.parts), len(object.Items), body)
		}
		for i, p := range s.parts {
			if string(body[p.from:p.to]) != string(object.Items[i]) {
				t.Fatalf("%s\nwant %s\n%s", body[p.from:p.to], object.Items[i], body)
			}
		}
		for _, what := range r.list {
			if what != "passed over values nested too deep" {
				t.Fatalf("%q\n%s", what, body)
			}
		}
		checkJSON(t, []byte(body))
	}
}

// validJSON returns a valid document.
func validJSON(random *rand.Rand) string {
	blank := func() string { return []string{"", "", " ", "\n\t"}[random.IntN(4)] }
	var b strings.Builder
	member := func() { b.WriteString(blank() + `"x":` + anyValue(random, 0) + blank() + ",") }
	b.WriteString("{" + blank())
	for range random.IntN(3) {
		member()
	}
	b.WriteString(`"items"` + blank() + ":" + blank() + "[")
	for i := range random.IntN(6) {
		if i > 0 {
			b.WriteString(blank() + ",")
		}
		b.WriteString(blank() + "{")
		for range random.IntN(5) {
			member()
		}
		fmt.Fprintf(&b, `%s"id":%d}`, blank(), i)
	}
	b.WriteString(blank() + "]" + blank() + ",")
	for range random.IntN(3) {
		member()
	}
	b.WriteString(`"title":"d"` + blank() + "}")
	return b.String()
}

// anyValue returns a value that may stand in a member and holds no entry there.
func anyValue(random *rand.Rand, depth int) string {
	switch n := random.IntN(12); {
	case n == 0:
		return `"},{\"id\":\"forged\"}],\"items\":[{\"id\":1"`
	case n == 1:
		return `"\\\"\\\\"`
	case n == 2:
		return `"// /* ] } : , 북한 \u00e9 \ud83d"`
	case n == 3:
		return `""`
	case n < 6 && depth < 4:
		return `{"items":[{"id":1},` + anyValue(random, depth+1) + `],"id":` + anyValue(random, depth+1) + "}"
	case n < 8 && depth < 4:
		return "[ " + anyValue(random, depth+1) + ",{},[] ,\n" + anyValue(random, depth+1) + "]"
	case n == 8:
		return strings.Repeat(`[{"id":`, 70) + "1" + strings.Repeat("}]", 70)
	}
	return []string{"1", "-1.5E+3", "true", "null", "{}", "[]", "{ }"}[random.IntN(7)]
}

// checkJSON checks that entries read one by one are what gofeed makes of the whole,
// and that mending what needs none changes nothing.
func checkJSON(t *testing.T, body []byte) {
	t.Helper()
	var r repairs
	j := &jsonDocument{jsonSplit: splitJSON(body, &r)}
	feed, err := parseJSONFeed(body)
	if err != nil || len(r.list) > 0 || len(j.lists) != 1 || strings.Count(strings.ToLower(string(body)), "items") != 1 {
		return
	}
	var entries [][]byte
	for _, p := range j.parts {
		entries = append(entries, body[p.from:p.to])
		if one := j.parseOne(entries[len(entries)-1:]); !reflect.DeepEqual(one, feed.Items[len(entries)-1]) {
			t.Fatalf("%s\nalone: %+v", body, one)
		}
		mended := mendEntry(body[p.from:p.to], &r)
		one, err := parseItems([][]byte{mended})
		if err != nil || len(one) != 1 {
			t.Fatalf("%s\nmended: %s: %v", body, mended, err)
		}
		if got, want := j.entry(one[0]), j.entry(feed.Items[len(entries)-1]); p.values < maxElements && !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\nmended: %s\n%+v\nwant %+v", body, mended, got, want)
		}
	}
	rc := newRecall(nil)
	rc.fresh = make([]fresh, len(entries))
	if got := j.parse(entries, rc); len(got) != len(feed.Items) || len(got) > 0 && !reflect.DeepEqual(got, feed.Items) {
		t.Fatalf("%s\ntogether: %+v", body, got)
	}
}

// TestAnyJSON throws documents together from the pieces that JSON Feeds are made of.
func TestAnyJSON(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	read := 0
	for range 6_000 / scale {
		body := anyJSONDocument(random)
		if res, err := readJSON(body); err == nil {
			read++
			checkResult(t, res)
			checkSplit(t, Document{Body: []byte(body), URL: "https://e.org/", Source: "s"}, random)
		}
		checkJSON(t, []byte(body))
		if t.Failed() {
			t.Fatal(body)
		}
	}
	if read < 3_000/scale {
		t.Errorf("only %d are feeds", read)
	}
}

var piecesJSON = []string{
	"{", "}", "[", "]", ",", ":", `"`, `"`, "\\", " ", "\n", "null", "7.0", "x", "/*", "*/", "//", `\u12`, "북한", "},{", `"items":[`,
	`{"id":"1","title":"a"}`, `{"id":2,"url":"/2"},`, `,{"id":"3","title":"`, `"},`, `"id":`, `"title":"t"`, `"tags":`, `"authors":[{"name":"n"}]`,
	`"attachments":[{"url":"/a"},{"url":"/b"}],`, `{"id":"5","summary":"<a href="x">"}`, `"url":"/u",`, `{"0":`, `{"id":"6","title":"b","x":{"id":"7","title":"y"}},`,
}

func anyJSONDocument(random *rand.Rand) string {
	body := `{"version":"https://jsonfeed.org/version/1.1","title":"d",`
	if random.IntN(4) > 0 {
		body += `"items":[`
	}
	for range 2 + random.IntN(25) {
		body += piecesJSON[random.IntN(len(piecesJSON))]
	}
	if random.IntN(2) > 0 {
		body += "]}"
	}
	return body
}

// Documents that stall or bloat a reader that trusts them.
// lastJSON is an entry behind whatever is hostile.
const lastJSON = `{"id":"last","title":"t"}`

// numbered repeats a format that takes the number twice.
func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n / scale {
		fmt.Fprintf(&b, format, i, i)
	}
	return b.String()
}

var hostileJSON = []hostileDocument{
	{"an entry nested deep", func() string {
		return jsonDoc(`{"id":"1","title":"t","a":` + many("[", 2_000_000) + many("]", 2_000_000) + "}," + lastJSON)
	}, 2},
	{"an entry nested deep and left open", func() string { return jsonDoc(`{"id":"1","title":"t","a":` + many("[", 4_000_000) + "}," + lastJSON) }, 1},
	{"a head nested deep", func() string {
		return `{"a":` + many(`{"a":`, 500_000) + "1" + many("}", 500_000) + "," + jsonDoc(lastJSON)[1:]
	}, 1},
	{"a head nested deep and left open", func() string { return `{"a":` + many("[", 2_000_000) + "," + jsonDoc(lastJSON)[1:] }, -1},
	{"authors of an entry", func() string { return jsonDoc(`{"id":"1","authors":[{}` + many(",{}", 2_500_000) + "]}," + lastJSON) }, 1},
	{"authors of a head", func() string { return `{"authors":[{}` + many(",{}", 2_500_000) + "]," + jsonDoc(lastJSON)[1:] }, 1},
	{"members of an entry", func() string {
		return jsonDoc("{" + many(`"title":"","authors":[{}],`, 250_000) + `"id":"1"},` + lastJSON)
	}, 1},
	{"entries of the wrong types", func() string { return jsonDoc(numbered(`{"id":%d,"tags":7,"title":%d},`, 200_000) + lastJSON) }, MaxItems},
	{"entries that gofeed refuses", func() string { return jsonDoc(numbered(`{"id":"%d","title":"\%d"},`, 200_000) + lastJSON) }, MaxItems},
	{"full entries of many values", func() string {
		return jsonDoc(strings.ReplaceAll(numbered(`{"id":%d,"tags":[%d,x]},`, 2_000), "x", strings.Repeat("7,", 1_500)+"7"))
	}, 332},
	{"damaged entries", func() string { return jsonDoc(numbered(`{"id":%d,"title":"t%d","tags":[},`, 40_000) + lastJSON) }, 1},
	{"more damaged entries than are told apart", func() string { return jsonDoc(numbered(`{"id":%d,"title":"t%d","tags":[},`, 200_000) + lastJSON) }, 0},
	{"entries inside of each other", func() string { return jsonDoc(numbered(`{"id":%d,"title":"t%d","tags":[`, 200_000) + lastJSON) }, 0},
	{"quotation marks left open", func() string { return jsonDoc(numbered(`{"id":%d,"title":"t%d},`, 200_000) + lastJSON) }, 0},
	{"a string left open", func() string { return `{"items":["` + many(`\"`, 3_000_000) }, -1},
	{"quotation marks", func() string { return jsonDoc(`{"id":"1","title":"` + many(`" `, 3_000_000) + `"},` + lastJSON) }, 1},
	{"backslashes", func() string { return jsonDoc(`{"id":"1","title":"` + many(`\`, 6_000_000) + `"},` + lastJSON) }, 2},
	{"comments", func() string { return jsonDoc(many("/**/", 1_500_000) + lastJSON + many("/*", 100_000)) }, 1},
	{"comments left open", func() string { return jsonDoc(lastJSON + many("/*//", 1_500_000)) }, 1},
	{"commas", func() string { return jsonDoc(many(",", 6_000_000) + lastJSON) }, 1},
	{"stray brackets", func() string { return jsonDoc(lastJSON + many("}", 6_000_000)) }, 1},
	{"words", func() string { return jsonDoc(many("x ", 3_000_000) + lastJSON) }, 1},
	{"lists called items", func() string { return `{"items":[]` + many(`,"items":[{}]`, 500_000) + "," + jsonDoc(lastJSON)[1:] }, 1},
}

func TestHostileJSON(t *testing.T) { testHostile(t, hostileJSON) }

// FuzzJSON checks what callers rely on for any bytes taken for JSON, and that
// neither what is known nor the split changes anything.
func FuzzJSON(f *testing.F) {
	for _, c := range jsonTraps {
		f.Add([]byte(c.body), uint64(len(c.body)))
	}
	f.Add([]byte(validJSON(rand.New(rand.NewPCG(1, 2)))), uint64(1))
	f.Add(typicalJSON(3), uint64(1))
	f.Fuzz(func(t *testing.T, body []byte, seed uint64) {
		res, err := readJSON(string(body))
		var e *Error
		if err != nil && (!errors.As(err, &e) || e.Kind == "" || res != nil) {
			t.Fatalf("error %v", err)
		}
		if err == nil {
			checkResult(t, res)
			checkSplit(t, Document{Body: body, URL: "https://e.org/", Source: "s"}, rand.New(rand.NewPCG(seed, 1)))
		}
		checkJSON(t, bytes.TrimSpace(decode(body, "", &repairs{})))
	})
}

// BenchmarkJSON is what a document of 50 entries costs at first, where one entry is
// new, and where all are known.
func BenchmarkJSON(b *testing.B) {
	body := typicalJSON(50)
	res, err := Feed(Document{Body: body, URL: "https://desk.example.org/", Source: "desk"})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("gofeed", func(b *testing.B) {
		defer cpu(b)()
		for b.Loop() {
			if _, err := gofeed.NewParser().Parse(bytes.NewReader(body)); err != nil {
				b.Fatal(err)
			}
		}
	})
	for i, known := range [][]news.Reading{nil, res.Readings[1:], res.Readings} {
		b.Run([]string{"cold", "changed", "known"}[i], func(b *testing.B) {
			defer cpu(b)()
			for b.Loop() {
				if _, err := Feed(Document{Body: body, URL: "https://desk.example.org/", Source: "desk", Known: known}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
