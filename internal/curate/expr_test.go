package curate

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"rightswire/internal/news"
)

func day(n int) time.Time { return time.Date(2026, time.March, n, 12, 0, 0, 0, time.UTC) }

// facts are those of an item of the example's kind.
func facts() Facts {
	return Facts{
		Item: &news.Item{
			ID: "item", Source: "watch-en", Story: "story",
			Title: "Sponsored: inside the prison camps", URL: "https://WWW.watch.example.org/a?id=1",
			Language: "zh-Hans", Authors: []string{"Kim"}, Categories: []string{"Asylum", "China"},
			Published: day(1), FirstSeen: day(2),
			Tags: news.Tags{
				Topics:    []news.TopicTag{{ID: "refoulement", Score: 0.8}, {ID: "torture", Score: 0.8}},
				Countries: []news.CountryTag{{Code: "KP", Score: 0.8, About: true}, {Code: "RU", Score: 0.1}},
			},
		},
		Source: &news.Source{ID: "watch-en", Org: "watch", Kind: news.KindNGO, Language: "en"},
		Text:   func() (string, error) { return "They were sent back to the camp.", nil },
	}
}

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		src  string
		want bool
	}{
		{`title matches "(?i)sponsored"`, true},
		{`title matches "^sponsored"`, false},
		{`title matches "(?i)prison.{0,200}camps?"`, true},
		{`title matches "(?i)` + strings.Repeat("extrajudicial|", 100) + `camp"`, true},
		{`"KP" in countries and any(topics, # in ["refoulement","human-trafficking"])`, true},
		{`"RU" in countries`, false}, // mentioned, but not what it is about
		{`"refoulement" in topics && !("torture" in topics)`, false},
		{`none(topics, # == "lgbtiq")`, true},
		{`all(topics, len(#) > 3)`, true},
		{`one(topics, # == "torture")`, true},
		{`count(topics, # != "torture") == 1`, true},
		{`len(filter(categories, # contains "i")) == 1`, true},
		{`"asylum" in map(categories, lower(#))`, true},
		{`kind == "ngo" and org == "watch" and source == "watch-en"`, true},
		{`kind in ["gov", "gov-media"]`, false},
		{`host endsWith "watch.example.org"`, true},
		{`host == "www.watch.example.org"`, true},
		{`url contains "id=1"`, true},
		{`language startsWith "zh"`, true},
		{`language not in ["en", "fr"]`, true},
		{`"Kim" in authors`, true},
		{`"story" in stories`, true},
		{`published > date("2026-02-28")`, true},
		{`published < date("2026-03-01T12:00:00Z")`, false},
		{`published == date("2026-03-01T13:00:00+01:00")`, true},
		{`published.Year() == 2026`, true},
		{`text contains "camp"`, true},
		{`lower(text) contains "they were"`, true},
		{`any(["abduction", "camp"], text contains #)`, true},
		{`let t = trim(title); upper(t) startsWith "SPONSORED"`, true},
		{`title[0:9] == "Sponsored"`, true},
		{`len(title) + 1 > 30`, true},
		{`len(title) > 1000 ? true : false`, false},
	} {
		e, err := Compile(test.src)
		if err != nil {
			t.Errorf("%s: %v", test.src, err)
			continue
		}
		if got, err := e.Match(facts()); err != nil || got != test.want {
			t.Errorf("%s = %v, %v, want %v", test.src, got, err, test.want)
		}
	}
}

func TestMatchUnknowns(t *testing.T) {
	f := Facts{Item: &news.Item{Source: "gone", FirstSeen: day(2), Published: day(9)}}
	for _, src := range []string{
		`text == "" and title == "" and host == "" and org == "" and len(kind) == 0 and language == ""`,
		`source == "gone"`,
		`len(topics) == 0 and len(countries) == 0 and len(stories) == 0 and len(authors) == 0`,
		`published == date("2026-03-02T12:00:00Z")`, // a claim of the future is not believed
	} {
		e, err := Compile(src)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := e.Match(f); !ok || err != nil {
			t.Errorf("%s = %v, %v", src, ok, err)
		}
	}
}

func TestMatchAsksForTextOnce(t *testing.T) {
	for _, test := range []struct {
		src   string
		needs bool
		asks  int
	}{
		{`title contains "x"`, false, 0},
		{`kind == "gov" and text contains "camp"`, true, 0},
		{`text contains "camp" and text contains "back" and len(text) > 3`, true, 1},
		{`any(["zzz", "yyy", "camp"], text contains #)`, true, 1},
	} {
		e, err := Compile(test.src)
		if err != nil {
			t.Fatal(err)
		}
		if e.NeedsText() != test.needs {
			t.Errorf("%s: NeedsText = %v", test.src, e.NeedsText())
		}
		asks := 0
		f := facts()
		f.Text = func() (string, error) { asks++; return "sent back to the camp", nil }
		if _, err := e.Match(f); err != nil {
			t.Error(err)
		}
		if asks != test.asks {
			t.Errorf("%s: asked %d times, want %d", test.src, asks, test.asks)
		}
	}
}

func TestMatchErrors(t *testing.T) {
	e, err := Compile(`text contains "camp"`)
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("store is damaged")
	f := facts()
	f.Text = func() (string, error) { return "", broken }
	if _, err := e.Match(f); !errors.Is(err, broken) {
		t.Errorf("Match = %v, want the cause", err)
	}
	e, err = Compile(`len(title) % (len(title) - len(title)) == 0`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Match(f); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("Match = %v, want an error of one line", err)
	}
}

func TestMatchConcurrently(t *testing.T) {
	e, err := Compile(`"KP" in countries and any(topics, # == "torture") and text contains "camp"`)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				if ok, err := e.Match(facts()); !ok || err != nil {
					t.Error(ok, err)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestCompileRefuses(t *testing.T) {
	for _, test := range []struct {
		src    string
		offset int
		msg    string // part of it
		hint   string // whole
	}{
		// Near misses.
		{`titel contains "x"`, 0, `unknown name "titel"`, `did you mean "title"?`},
		{`"北" == titel`, len(`"北" == `), `unknown name "titel"`, `did you mean "title"?`},
		{"title == \"a\" and\n  hosst == \"b\"", 19, `unknown name "hosst"`, `did you mean "host"?`},
		{`lowr(title) == "x"`, 0, `unknown name "lowr"`, `did you mean "lower"?`},
		{`country in ["KP"]`, 0, `unknown name "country"`, `did you mean "countries"?`},
		{`body contains "x"`, 0, `unknown name "body"`, `did you mean "text"?`},
		{`score > 1`, 0, `unknown name "score"`, ""},
		{`find(topics, # == "x") == "x"`, 0, `unknown name "find"`, `did you mean "any"?`},
		{`kind == "medai"`, 8, `unknown kind "medai"`, `did you mean "media"?`},
		{`kind in ["ngo", "newspaper"]`, 16, `unknown kind "newspaper"`, "one of ngo, igo, media, gov, gov-media, academic"},
		{`"kp" in countries`, 0, `capitals`, `did you mean "KP"?`},
		{`any(countries, # == "kp")`, 20, `capitals`, `did you mean "KP"?`},
		// Types.
		{`title`, 0, "true or false, not string", ""},
		{`len(title)`, 0, "true or false, not int", ""},
		{`nil`, 0, "true or false", ""},
		{`title > 1`, 6, "mismatched types string and int", ""},
		{`any(title, true)`, 4, "takes only array", ""},
		{`1 in topics`, 2, "cannot use int", ""},
		{`published > "2026-01-01"`, 10, "mismatched types date and string", ""},
		{`count(topics) > 1`, 0, "count needs a condition", "use len"},
		// What would never match, or fail on some items alone.
		{`topics contains "x"`, 7, "topics is a list", `write "x" in topics`},
		{`countries in ["KP"]`, 10, "countries is a list", `write any(countries, # in [...])`},
		{`countries == ["KP"]`, 10, "list cannot be compared", `write "x" in countries or any(countries, # == "x")`},
		{`nil != stories`, 4, "list cannot be compared", `write "x" in stories or any(stories, # == "x")`},
		{`"x" in title`, 4, "in looks into lists", `write title contains "x"`},
		{`"wall" in published`, 7, "not into dates", ""},
		{`topics[0] == "x"`, 6, "elements", `use any(list, …) or "x" in list`},
		{`any(topics, .foo == 1)`, 13, "elements", `use any(list, …) or "x" in list`},
		// Clock and zone.
		{`published > now()`, 12, `unknown name "now"`, "a rule cannot ask the clock"},
		{`published.Local() == published`, 10, "Local() is not available", ""},
		{`published > date("2026-13-01")`, 17, `no date: "2026-13-01"`, "write 2026-01-31 or 2026-01-31T12:00:00Z"},
		{`published > date(title)`, 12, "date takes one literal", `write date("2026-01-31")`},
		{`published > date()`, 12, "date takes one literal", `write date("2026-01-31")`},
		{`duration("1h") == duration("60m")`, 0, `unknown name "duration"`, ""},
		// Cost.
		{`title + "x" == ""`, 6, "+ joins no texts", ""},
		{`any(topics, # + "x" == "")`, 14, "+ joins no texts", ""},
		{`let a = "x"; let b = a + a; b == ""`, 23, "+ joins no texts", ""},
		{`(true ? title : nil) + "x" == ""`, 21, "+ joins no texts", ""},
		{`repeat("x", 100000) == ""`, 0, `unknown name "repeat"`, ""},
		{`reduce(topics, #acc, "") == ""`, 0, `unknown name "reduce"`, ""},
		{`any(1..1000000000, true)`, 5, "ranges", ""},
		{`$env["title"] == ""`, 0, "$env", ""},
		{`any(topics, any(topics, any(topics, # == "")))`, 0, "within lists within lists", ""},
		{`any(topics, any(authors, text contains #))`, 0, "list within a list", ""},
		{`let t = text; any(topics, any(authors, t contains #))`, 14, "list within a list", ""},
		{`"x" in map(categories, lower(text))`, 7, "not available in map", ""},
		// Regular expressions.
		{`title matches "(opinion"`, 6, "missing closing )", ""},
		{`title matches kind`, 14, "has to be a literal", ""},
		{`title matches lower("A")`, 14, "has to be a literal", ""},
		{`title matches "(a{1000}){1000}"`, 6, "invalid repeat count", ""},
		{`title matches "` + strings.Repeat("[a-z]{1000}", 6) + `"`, 14, "too large", "repeat less"},
		{`text matches "` + strings.Repeat("[a-z ]{0,90}", 9) + `z"`, 13, "too large", "repeat less"},
		// Form.
		{``, 0, "empty", ""},
		{" \n", 0, "empty", ""},
		{`title = "x"`, 6, "unexpected token", ""},
		{`true or`, 6, "unexpected token", ""},
		{`1 % 0 == 1`, 2, "divide by zero", ""},
		{"title == \"\xff\"", 0, "UTF-8", ""},
		{`true or ` + strings.Repeat(" ", 2048) + `true`, 2048, "longer than 2048 bytes", ""},
		{`len([` + strings.Repeat("1,", 600) + `]) > 0`, -1, "exceeds maximum allowed nodes", ""},
		{strings.Repeat("(", 1000) + "true" + strings.Repeat(")", 1000) + "x", -1, "", ""},
	} {
		_, err := Compile(test.src)
		e, ok := errors.AsType[*ExprError](err)
		if !ok {
			t.Errorf("%.60s: error %v, want an ExprError", test.src, err)
			continue
		}
		if test.offset >= 0 && e.Offset != test.offset {
			t.Errorf("%.60s: offset %d, want %d", test.src, e.Offset, test.offset)
		}
		if !strings.Contains(e.Msg, test.msg) || strings.Contains(e.Error(), "\n") {
			t.Errorf("%.60s: %q, want %q in one line", test.src, e.Msg, test.msg)
		}
		if e.Hint != test.hint {
			t.Errorf("%.60s: hint %q, want %q", test.src, e.Hint, test.hint)
		}
	}
}

func TestMentions(t *testing.T) {
	src := `"torture" in topics and any(countries, # == "KP" or # in ["CN", "RU"]) and source != "desk"` +
		` and any(topics, any(["a"], # == "b")) and title == "c"`
	e, err := Compile(src)
	if err != nil {
		t.Fatal(err)
	}
	want := []Mention{
		{"topics", "torture", 0}, {"countries", "KP", 44}, {"countries", "CN", 58}, {"countries", "RU", 64},
		{"source", "desk", 85},
	}
	got := e.Mentions()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("Mentions = %v, want %v", got, want)
		}
		if quoted := `"` + got[i].Value + `"`; !strings.HasPrefix(src[got[i].Offset:], quoted) {
			t.Errorf("%v points at %q", got[i], src[got[i].Offset:])
		}
	}
}

// A rule that compiles answers in bounded time and memory whatever it says, and a
// place in it is a place in it.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		`"KP" in countries and any(topics, # in ["refoulement"])`, `title matches "(?i)a|b"`, `titel == "北"`,
		`let a = text; lower(a) contains "x"`, `published > date("2026-01-01")`, `1 % 0 == 1`, `count(topics) > 0`,
		`any(categories, any(topics, # == "x"))`, `{"a": [1, 2.5e3, 0x1f]} == nil`, `title[1:2] == 'x' ?? true`,
		`if true { true } else { text == "" }`, "`raw` in map(authors, trim(#))", `not (title not contains "é")`,
		`(((((((`, `title?.x`, `-1 ** 2 > 3 ^ 4`, `b"\x00" == b""`, `title | upper() | lower() == ""`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, err := Compile(src)
		if err != nil {
			bad, ok := errors.AsType[*ExprError](err)
			if !ok || bad.Offset < 0 || bad.Offset > len(src) || bad.Msg == "" {
				t.Fatalf("%q: %v", src, err)
			}
			return
		}
		first, err := e.Match(facts())
		if again, err2 := e.Match(facts()); again != first || (err == nil) != (err2 == nil) {
			t.Fatalf("%q answers %v, then %v", src, first, again)
		}
	})
}
