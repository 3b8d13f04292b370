package discover

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func readOPML(t *testing.T, list string) ([]Outline, []Trouble) {
	t.Helper()
	outlines, troubles, err := ReadOPML(strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	return outlines, troubles
}

func TestReadOPML(t *testing.T) {
	outlines, troubles := readOPML(t, `<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Desk</title></head><body>
<outline text="Asia" title="Asia">
  <outline text="North Korea">
    <outline type="rss" text="국경 감시" title="Border Monitor" xmlUrl="https://a.example/feed?a=1&amp;b=2" htmlUrl="https://a.example/" language="ko-kr"/>
    <outline text="&lt;Camps&gt; &#38; courts" XMLURL='https://b.example/rss'></outline>
  </outline>
  <outline title="A title alone" xmlurl="https://c.example/rss"/>
</outline>
<outline text="Old" type="rss" url="https://d.example/rss"/>
<outline text="A page" type="link" url="https://e.example/"/>
<outline text="A site" htmlUrl="https://f.example/"/>
<outline text="Filed" xmlUrl="https://g.example/rss" category="/NGO/Asia,/x"/>
<outline text="Again" xmlUrl="http://www.a.example/feed/?a=1&amp;b=2"/>
<outline text="More" type="include" url="https://h.example/list.opml"/>
<outline text="A note"/>
</body></opml>`)
	want := []Outline{
		{Title: "국경 감시", URL: "https://a.example/feed?a=1&b=2", Home: "https://a.example/", Folder: "Asia/North Korea", Language: "ko-KR", Line: 5},
		{Title: "<Camps> & courts", URL: "https://b.example/rss", Folder: "Asia/North Korea", Line: 6},
		{Title: "A title alone", URL: "https://c.example/rss", Folder: "Asia", Line: 8},
		{Title: "Old", URL: "https://d.example/rss", Line: 10},
		{Title: "A page", Home: "https://e.example/", Line: 11},
		{Title: "A site", Home: "https://f.example/", Line: 12},
		{Title: "Filed", URL: "https://g.example/rss", Folder: "NGO/Asia", Line: 13},
	}
	for i, o := range outlines {
		if i >= len(want) || o != want[i] {
			t.Errorf("outline %d: %+v", i, o)
		}
	}
	if len(outlines) != len(want) {
		t.Errorf("%d outlines, want %d", len(outlines), len(want))
	}
	if len(troubles) != 1 || troubles[0].Line != 15 || !strings.Contains(troubles[0].What, "https://h.example/list.opml") {
		t.Errorf("%+v", troubles)
	}
}

// What other programs and hands write.
func TestReadOPMLBadMarkup(t *testing.T) {
	const one = `<outline text="A" xmlUrl="https://a.example/"/>`
	for name, c := range map[string]struct {
		list     string
		urls     string
		troubles int
	}{
		"no declaration":     {list: "<opml><body>" + one + "</body></opml>", urls: "https://a.example/"},
		"XML 1.1":            {list: `<?xml version="1.1"?><opml>` + one + "</opml>", urls: "https://a.example/"},
		"upper case":         {list: `<OPML><BODY><OUTLINE TEXT="A" XMLURL="https://a.example/"/></BODY></OPML>`, urls: "https://a.example/"},
		"bare ampersands":    {list: `<opml><outline text="R & D" xmlUrl="https://a.example/?a&b=c&nbsp"/></opml>`, urls: "https://a.example/?a&b=c&nbsp"},
		"without quotes":     {list: `<opml><outline text=A xmlUrl="https://a.example/"/></opml>`, urls: "https://a.example/"},
		"entities of HTML":   {list: `<opml><outline text="&eacute;" xmlUrl="https://a.example/"/></opml>`, urls: "https://a.example/"},
		"forbidden":          {list: "<opml><outline text='\x01' xmlUrl='https://a.example/\x0b'/>\x00</opml>", urls: "https://a.example/"},
		"a mark":             {list: "\ufeff  <opml>" + one + "</opml>", urls: "https://a.example/"},
		"nothing closed":     {list: `<opml><outline text=F><outline xmlUrl="https://a.example/"><outline xmlUrl="https://b.example/"></opml>`, urls: "https://a.example/ https://b.example/"},
		"closed too often":   {list: `<opml></outline></outline>` + one + `</outline></opml>`, urls: "https://a.example/"},
		"text after":         {list: "<opml>" + one + "</opml> & more <", urls: "https://a.example/", troubles: 1},
		"a bad one":          {list: "<opml>\n<outline text='a<b' xmlUrl='https://b.example/'/>\n" + one + "</opml>", urls: "https://a.example/", troubles: 1},
		"a bad reference":    {list: "<opml><outline text='&#1;' xmlUrl='https://b.example/'/>" + one + "</opml>", urls: "https://a.example/", troubles: 1},
		"cut off":            {list: "<opml>" + one + "<outline text='B' xmlU", urls: "https://a.example/", troubles: 2},
		"cut between":        {list: "<opml>" + one, urls: "https://a.example/", troubles: 1},
		"a script":           {list: `<opml><outline text="x" xmlUrl="javascript:alert(1)"/></opml>`, urls: "javascript:alert(1)"},
		"another vocabulary": {list: `<opml><x:outline xmlns:x="y" x:xmlUrl="https://a.example/"/></opml>`, urls: "https://a.example/"},
	} {
		outlines, troubles := readOPML(t, c.list)
		var got []string
		for _, o := range outlines {
			got = append(got, o.URL)
		}
		if strings.Join(got, " ") != c.urls || len(troubles) != c.troubles {
			t.Errorf("%s: %q, %+v", name, got, troubles)
		}
	}
	_, troubles := readOPML(t, "<opml>\n\n<outline text='a<b' xmlUrl='https://b.example/'/>\n"+one+"</opml>")
	if len(troubles) != 1 || troubles[0].Line != 3 {
		t.Errorf("%+v", troubles)
	}
}

func TestReadOPMLCharsets(t *testing.T) {
	for name, c := range map[string]struct{ list, title string }{
		"windows-1251": {"<?xml version='1.0' encoding='windows-1251'?><opml><outline text='\xcd\xee\xe2\xee\xf1\xf2\xe8' xmlUrl='https://a.example/'/></opml>", "Новости"},
		"euc-kr":       {"<?xml version='1.0' encoding='euc-kr'?><opml><outline text='\xc0\xce\xb1\xc7' xmlUrl='https://a.example/'/></opml>", "인권"},
		"latin1":       {"<?xml version='1.0' encoding='ISO-8859-1'?><opml><outline text='R\xe9publique' xmlUrl='https://a.example/'/></opml>", "République"},
		"a lie":        {"<?xml version='1.0' encoding='us-ascii'?><opml><outline text='أخبار' xmlUrl='https://a.example/'/></opml>", "أخبار"},
		"utf-16": {"\xff\xfe" + strings.Join(strings.Split("<?xml version='1.0' encoding='utf-16'?><opml><outline text='A' xmlUrl='https://a.example/'/></opml>", ""), "\x00") + "\x00",
			"A"},
	} {
		outlines, troubles := readOPML(t, c.list)
		if len(outlines) != 1 || outlines[0].Title != c.title || len(troubles) != 0 {
			t.Errorf("%s: %+v, %+v", name, outlines, troubles)
		}
	}
}

// lists of what a reader of lists might choke on, and what becomes of them.
func hostileLists() map[string]string {
	laughs := `<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY a "ha">`
	for i := range 20 {
		laughs += fmt.Sprintf(`<!ENTITY %c "&%[2]c;&%[2]c;&%[2]c;&%[2]c;&%[2]c;&%[2]c;&%[2]c;&%[2]c;">`, 'b'+i, 'a'+i)
	}
	const tail = `<outline text="A" xmlUrl="https://a.example/"/></body></opml>`
	return map[string]string{
		"billion laughs":      laughs + `]><opml><body><outline text="&u;" xmlUrl="https://a.example/?&u;"/></body></opml>`,
		"external entity":     `<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body><outline text="&x;" xmlUrl="https://a.example/"/></body></opml>`,
		"external DTD":        `<!DOCTYPE opml SYSTEM "http://127.0.0.1/x.dtd"><opml><body>` + tail,
		"depth 100,000":       "<opml><body>" + strings.Repeat(`<outline text="f">`, 100_000) + strings.Repeat("</outline>", 100_000) + tail,
		"depth, never closed": "<opml><body>" + strings.Repeat(`<outline>`, 100_000) + tail,
		"prefixed depth":      "<opml><body>" + strings.Repeat(`<a:b>`, 100_000) + tail,
		"attributes":          "<opml><body><outline" + strings.Repeat(` a=""`, 100_000) + "/>" + tail,
		"mistakes":            "<opml><body>" + strings.Repeat(`<outline <`, maxMistakes-1) + tail,
		"comments":            "<opml><body>" + strings.Repeat(`<outline/><!-- -->`, 20_000) + tail,
		"long address":        `<opml><body><outline xmlUrl="https://b.example/` + strings.Repeat("a", 1<<20) + `"/>` + tail,
		"duplicates":          "<opml><body>" + strings.Repeat(`<outline xmlUrl="https://a.example/"/>`, 4000) + tail,
	}
}

func TestReadOPMLHostile(t *testing.T) {
	for name, list := range hostileLists() {
		outlines, troubles, err := ReadOPML(strings.NewReader(list))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, o := range outlines {
			if len(o.Title) > maxTitle || len(o.Folder) > maxFolders*(maxTitle+1) || strings.Contains(o.Title, "root:") || strings.Contains(o.Title, "haha") {
				t.Errorf("%s: %+.300v", name, o)
			}
		}
		if len(outlines) > 3 || len(troubles) > maxTroubles {
			t.Errorf("%s: %d outlines, %d troubles", name, len(outlines), len(troubles))
		}
	}
}

func TestReadOPMLBounds(t *testing.T) {
	list := func(n int) string {
		var b strings.Builder
		b.WriteString("<opml><body>")
		for i := range n {
			fmt.Fprintf(&b, `<outline text="%d" xmlUrl="https://a%d.example/feed"/>`, i, i)
		}
		return b.String() + "</body></opml>"
	}
	if outlines, _ := readOPML(t, list(MaxOutlines)); len(outlines) != MaxOutlines {
		t.Errorf("%d outlines", len(outlines))
	}
	exact := list(1)
	exact += strings.Repeat(" ", MaxList-len(exact))
	if outlines, _ := readOPML(t, exact); len(outlines) != 1 {
		t.Errorf("%d outlines", len(outlines))
	}
	for says, bad := range map[string]string{
		"more than 5000 outlines": list(MaxOutlines + 1),
		"longer than 5 MB":        exact + " ",
		"more than 1000 mistakes": "<opml>" + strings.Repeat(`<outline <`, 2*maxMistakes),
		"is it an OPML file":      "<rss version='2.0'><channel><item/></channel></rss>",
		"is it an OPML file?":     "",
		"an OPML file?":           "https://a.example/feed\nhttps://b.example/feed\n",
	} {
		if outlines, _, err := ReadOPML(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%d outlines, %v, want %q", len(outlines), err, says)
		}
	}
	if _, _, err := ReadOPML(broken{}); !errors.Is(err, errBroken) {
		t.Error(err)
	}
}

var errBroken = errors.New("disk on fire")

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errBroken }

func BenchmarkReadOPML(b *testing.B) {
	for name, list := range hostileLists() {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			b.SetBytes(int64(len(list)))
			for b.Loop() {
				if _, _, err := ReadOPML(strings.NewReader(list)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func FuzzReadOPML(f *testing.F) {
	for _, s := range []string{
		"", "<opml>", `<opml version="2.0"><body><outline text="a" xmlUrl="https://a.example/"/></body></opml>`,
		`<OPML><OUTLINE URL=a TYPE=LINK>`, `<outline text="a<b"><outline xmlUrl=x>`, `<!DOCTYPE a [<!ENTITY b "c">]><opml><outline text="&b;" xmlUrl="&b;"/>`,
		"<?xml version='1.1' encoding='koi8-r'?><opml><outline text='\xc1' xmlUrl='\xc2'/>", "<outline <outline <outline", "<!--<outline", "<![CDATA[<outline xmlUrl=a/>",
		"\xff\xfe<\x00", "<outline text='&#x110000;&#0;&#xFFFE;' htmlUrl='b' category=',/,/'/>", "</outline></opml><outline xmlUrl=a><outline text=b>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		outlines, troubles, err := ReadOPML(strings.NewReader(string(body)))
		if err != nil && (outlines != nil || troubles != nil) {
			t.Error("an error and a result")
		}
		lines := strings.Count(string(body), "\n") + 1
		for _, o := range outlines {
			if o.URL == "" && o.Home == "" {
				t.Errorf("no address: %+v", o)
			}
			for _, s := range []string{o.Title, o.URL, o.Home, o.Folder, o.Language} {
				if !utf8.ValidString(s) || strings.ContainsAny(s, "\n\r\x00") {
					t.Errorf("%q", s)
				}
			}
			if o.Line < 1 || utf8.Valid(body) && o.Line > lines {
				t.Errorf("line %d of %d", o.Line, lines)
			}
		}
	})
}
