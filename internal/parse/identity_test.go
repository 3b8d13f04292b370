package parse

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"rightswire/internal/news"
)

// pinned are documents, and the ids of their entries for ever. An id that changes
// makes an old article new for every reader: where this test fails, the code is
// wrong, never the ids.
var pinned = []struct {
	body string
	ids  string
}{
	{rssDoc(`
<item><guid>https://e.org/?p=1</guid></item>
<item><guid isPermaLink="false">42</guid><link>https://e.org/42</link></item>
<item><guid> ` + "\n\t" + `tag:e.org,2026:a b#c </guid></item>
<item><guid>HTTP://E.ORG:80/%7Eann/../x</guid></item>
<item><guid>https://e.org/?a=1&amp;utm_source=rss&amp;b=2</guid></item>
<item><guid><![CDATA[https://e.org/?a=1&b=2]]></guid></item>
<item><guid><![CDATA[x &amp; y]]></guid></item>
<item><guid>x &amp; z</guid></item>
<item><guid>urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66</guid></item>
<item><guid>북한-2026-11-24</guid></item>
<item><guid>Наталья/№7</guid></item>
<item><guid>&#1581;&#1602;&#1608;&#1602;</guid></item>
<item><guid>caf&eacute; a<!-- c -->b</guid></item>
<item><link>https://e.org/news/1</link></item>
<item><link>https://e.org/news/2?utm_source=rss&amp;id=2&amp;fbclid=x</link></item>
<item><link>/news/3?id=3#top</link></item>
<item><link>https://e.org/뉴스/4?출처=rss</link></item>
<item><link>https://EXAMPLE.org/%e2%82%ac?B&amp;a</link></item>
<item><atom:link rel="alternate" href="https://e.org/news/5"/><title>5</title></item>
<item><link href="https://e.org/news/6"/></item>
<item><title>No link &amp; no guid</title><pubDate>Tue, 24 Nov 2026 07:05:09 KST</pubDate></item>
<item><title>Doubly &amp;amp; escaped</title></item>
<item><title><![CDATA[<b>Tags</b> stay]]></title><dc:date>2026-11-24</dc:date></item>
<item><title>추방된 가족</title><pubDate>2026년 11월 24일</pubDate></item>
<item><description>x</description><pubDate>Tue, 24 Nov 2026 07:05:09 GMT</pubDate></item>
<item><atom:id>urn:atom:7</atom:id><link>https://e.org/7</link></item>
<item><guid>shared</guid><link>https://e.org/shared/1</link></item>
<item><guid>shared</guid><link>https://e.org/shared/2?utm_medium=x</link></item>
`), `
llpaavwszsmejhxqjmw6k4gwku
ygfwzrdt4ftk6ntk4bkj4zp2va
3dx2xtf5pjvxthdnj7ohimc34y
pawx6kvktf7vuoio4hss5rgn5a
lenyoeqeacsi3ig7b7p4emocfe
4y46h4xkex6blxh7jdfnws5b5e
ic35swvqvtaihbixfkzqh3ipmy
6mpgoxf7c4hx6kqx3q5vfyydcy
3yqua5rl2ezhdn4pypeorj5lia
7bmgoetzvmzr7zvvr4tmcp3peq
ptxllx4eh4clkgundphoocdfqi
rufcao4ch44kic7b2tac4w3yeq
sa4nye7i3razineb4dylujcgci
3ccozykjj2uczssubqv7nvqdra
eqzqkzu4rqr23s3avr6erny4py
gpy7ozc2tv3gv5yj3rkiurihjm
gvz7ed6uwzc2z7ynoqinozh3bm
jlnbhzexo4lqujydfoa35obhya
wfjkb2zt4htgyxdq4x5e6iw4hy
unqdhjopk2rfnisdrz7r676b7a
2lwvgbbamxszqhyk6xvtln2f3y
54vsi3jtvukb6fs2vjdunjt5zy
sgkyfnp4akh6yfnqqrkarer2sy
xrhl3x77wr6xyrd3xrl4du3a2i
hkzz2u734eatmja3knvczmhhri
4fovjwhs7nbjwcyh6eekfmhtqq
sjct5wlpsg4tihxmq5gbjth36i
7s3rbc2xgbxauutwbt2arrorhe`},
	{`<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://e.org/b/"><title>d</title>
<entry><id>tag:e.org,2026-11-24:/a#</id></entry>
<entry><id>rel/1</id><link href="x"/></entry>
<entry><id>https://e.org/?a=1&amp;b=%20</id></entry>
<entry><link rel="self" href="self"/><link href="../alt?utm_campaign=y&amp;q=1"/><title>t</title></entry>
<entry><title type="html">&lt;i&gt;A&lt;/i&gt; &amp;amp; B</title><published>2026-11-24T00:00:00Z</published><updated>2026-11-25T00:00:00Z</updated></entry>
<entry><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <i>b</i></div></title></entry>
</feed>`, `
siyxb32226a27e4ulvc5suuhiy
k6qtsbunofce7wst56rqfrxuje
ajhmda4qla6ki4xwewwjk7fdvm
knjispcp34tzcbgh4wimxqzm3a
ij2slln7oaum5uoyt6rq4xz3fy
qg52vbvz7ynhoiznbrwbjzmweq`},
	{`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>d</title></channel>
<item rdf:about="http://e.org/read.php?id=1&amp;x=2"><link>http://e.org/1</link></item></rdf:RDF>`, `
euls7dsf2ko36oqkdlchp7jafq`},
	{jsonDoc(`{"id":90071992547409931},{"id":" https://e.org/1 "},{"id":1.50},{"url":"https://e.org/j?utm_id=1"},{"title":"t","date_published":"2026-11-24T00:00:00Z"}`), `
fcjhzzjc3vdzqh3wjp5j5hubhm
4lhvcuebug74ysaic44nyjsbv4
dz55rjss4nprhonv4cgoaol5vq
ruzm6otdvmq5yqv3brniscp3lm
jxe2ewnwh3tr6lzs3w6yhjs7ti`},
}

func TestPinnedIDs(t *testing.T) {
	total := 0
	for _, c := range pinned {
		res, err := Feed(Document{Body: []byte(c.body), URL: "https://desk.example.org/feed/", Source: "pinned"})
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for _, e := range res.Entries {
			got.WriteString("\n" + string(e.ID))
		}
		if got.String() != c.ids {
			t.Errorf("ids of %s are%s", c.body, got.String())
		}
		total += len(res.Entries)
	}
	if total != 40 {
		t.Errorf("%d ids are pinned", total)
	}
}

// An id is what the design says, computed by hand.
func TestIDsAsDefined(t *testing.T) {
	body := rssDoc(`<item><guid>a &amp; b</guid><link>https://e.org/1</link></item>
<item><link>https://e.org/2?utm_source=x&amp;id=2</link></item>
<item><title>T &lt;b&gt;</title><pubDate>today</pubDate></item>`)
	want := []news.ItemID{
		news.NewItemID("s", news.ByGUID, "a & b"),
		news.NewItemID("s", news.ByLink, "https://e.org/2?id=2"),
		news.NewItemID("s", news.ByTitle, "T <b>", "today"),
	}
	res, err := Feed(Document{Body: []byte(body), Source: "s"})
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range res.Entries {
		if e.ID != want[i] {
			t.Errorf("entry %d: %s, want %s", i, e.ID, want[i])
		}
	}
}

// A better way in changes no id: the same entries in other spellings.
func TestIDsSurviveTheirSpelling(t *testing.T) {
	plain := rssDoc(`<item><guid>북한 &amp; a</guid><title>t</title></item><item><title>b</title><link>https://e.org/?a=1&amp;b=2</link></item>`)
	variants := map[string]string{
		"CDATA":          rssDoc(`<item><guid><![CDATA[북한 & a]]></guid><title>t</title></item><item><title>b</title><link><![CDATA[https://e.org/?a=1&b=2]]></link></item>`),
		"references":     rssDoc(`<item><guid>&#xBD81;&#54620; &#38; a</guid><title>t</title></item><item><title>b</title><link>https://e.org/?a=1&b=2</link></item>`),
		"white space":    rssDoc("<item><guid>\n 북한 &amp; a\t</guid><title>t</title></item><item><title>b</title><link>\nhttps://e.org/?a=1&amp;b=2 </link></item>"),
		"tracking":       rssDoc(`<item><guid>북한 &amp; a</guid><title>t</title></item><item><title>b</title><link>https://e.org/?a=1&amp;b=2&amp;utm_source=x</link></item>`),
		"a base":         strings.Replace(plain, "<channel>", `<channel xml:base="http://other.org/">`, 1),
		"UTF-16":         wide16(strings.Replace(plain, "utf-8", "utf-16", 1), true, true),
		"a broken entry": strings.Replace(plain, "</channel>", "<item><guid>x</b></channel>", 1),
		"new text":       strings.ReplaceAll(plain, "<title>t</title>", "<title>other</title><description>more</description>"),
		"a control byte": strings.ReplaceAll(plain, "북한 ", "북\x01한 "),
	}
	ids := func(body string) string {
		res, err := Feed(Document{Body: []byte(body), URL: "https://desk.example.org/", Source: "s"})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(res.Entries[0].ID, res.Entries[1].ID)
	}
	want := ids(plain)
	for name, body := range variants {
		if got := ids(body); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestSharedGUID(t *testing.T) {
	for _, c := range []struct {
		name, items string
		entries     int
		byGUID      bool
	}{
		{"different links", `<item><guid>g</guid><link>https://e.org/1</link></item><item><guid>g</guid><link>https://e.org/2</link></item>`, 2, false},
		{"one link", `<item><guid>g</guid><link>https://e.org/1</link></item><item><guid>g</guid><link>https://e.org/1</link></item>`, 1, true},
		{"one link tracked", `<item><guid>g</guid><link>https://e.org/1</link></item><item><guid>g</guid><link>https://e.org/1?utm_source=x</link></item>`, 1, true},
		{"one without link", `<item><guid>g</guid><link>https://e.org/1</link></item><item><guid>g</guid><title>t</title></item>`, 2, false},
	} {
		res, err := Feed(Document{Body: []byte(rssDoc(c.items)), Source: "s"})
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Entries) != c.entries || (res.Entries[0].ID == news.NewItemID("s", news.ByGUID, "g")) != c.byGUID {
			t.Errorf("%s: %d entries, first %s", c.name, len(res.Entries), res.Entries[0].ID)
		}
	}
}

func TestNoIdentity(t *testing.T) {
	res, err := Feed(Document{Body: []byte(rssDoc(`<item><description>x  y</description></item><item><title>t</title></item><item/><item><comments>http://c.example/</comments></item>`)), Source: "s"})
	if err != nil {
		t.Fatal(err)
	}
	if res.Dropped != 2 || len(res.Entries) != 2 {
		t.Fatalf("%d dropped, %d kept", res.Dropped, len(res.Entries))
	}
	if want := news.NewItemID("s", news.ByTitle, "", "", "x y"); res.Entries[0].ID != want {
		t.Errorf("a description alone has id %s, want %s", res.Entries[0].ID, want)
	}
}

// No address of a person is published, however the feed writes it.
func TestAddressesAreNoNames(t *testing.T) {
	for said, want := range map[string]string{
		"jsmith@example.org John Smith":   "John Smith",
		"John Smith, jsmith@example.org":  "John Smith",
		"a@x.org (Jane), b@x.org (Bob)":   "Jane Bob",
		"jsmith@example.org (John Smith)": "John Smith",
		"John <jsmith@example.org>":       "John",
		"@jane":                           "@jane",
		"@jane@social.example":            "@jane@social.example",
		"Kim (Seoul)":                     "Kim (Seoul)",
	} {
		res, err := Feed(Document{Body: []byte(rssDoc(`<item><title>t</title><author>` + strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(said) + `</author></item>`)), Source: "s"})
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Entries[0].Authors[0].Name; got != want {
			t.Errorf("%q: name %q, want %q", said, got, want)
		}
	}
}

func TestLineEndsChangeNoID(t *testing.T) {
	doc := rssDoc("<item><title>one\ntwo</title><description>a\nb</description></item>")
	for _, end := range []string{"\r\n", "\r"} {
		a, _ := Feed(Document{Body: []byte(doc), Source: "s"})
		b, _ := Feed(Document{Body: []byte(strings.ReplaceAll(doc, "\n", end)), Source: "s"})
		if a.Entries[0].ID != b.Entries[0].ID {
			t.Errorf("%q: another id", end)
		}
	}
}

func TestCaps(t *testing.T) {
	for name, body := range map[string]string{
		"rss":  string(typicalRSS(MaxItems + 1)),
		"atom": string(typicalAtom(MaxItems + 1)),
		"json": string(typicalJSON(MaxItems + 1)),
	} {
		res, err := Feed(Document{Body: []byte(body), Source: "s"})
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Entries) != MaxItems || !res.Capped || len(res.Repairs) != 1 {
			t.Errorf("%s: %d entries, capped %t, repairs %q", name, len(res.Entries), res.Capped, res.Repairs)
		}
	}
	if res, err := Feed(Document{Body: typicalRSS(MaxItems), Source: "s"}); err != nil || res.Capped {
		t.Errorf("exactly as many: %v", err)
	}
	half := bytes.TrimSuffix(typicalRSS(3), []byte("</item>\n</channel></rss>"))
	if res, err := Feed(Document{Body: half, Source: "s"}); err != nil || len(res.Entries) != 2 || !res.Capped {
		t.Errorf("cut off: %v", err)
	}
}

func TestTextBounds(t *testing.T) {
	long := strings.Repeat("가나다라 ", 200_000) // 2.6 MB
	res, err := Feed(Document{Body: []byte(rssDoc("<item><title>" + long[:5000] + "</title><description>" + long + "</description><content:encoded>" + long + "</content:encoded></item>")), Source: "s"})
	if err != nil {
		t.Fatal(err)
	}
	e := res.Entries[0]
	if !e.Cut || len(e.Title.Value) > maxTitle || len(e.Title.Value) < maxTitle-3 {
		t.Errorf("title of %d bytes, cut %t", len(e.Title.Value), e.Cut)
	}
	if n := len(e.Summary.Value) + len(e.Content.Value); n > maxText || n < maxText-6 {
		t.Errorf("texts of %d and %d bytes", len(e.Summary.Value), len(e.Content.Value))
	}
	if res.Capped {
		t.Error("a long text caps no visit")
	}
	res, err = Feed(Document{Body: []byte(rssDoc("<item><title>t</title><description>" + long[:60_000] + "</description></item>")), Source: "s"})
	if err != nil || res.Entries[0].Cut {
		t.Errorf("a text within the bounds is cut: %v", err)
	}
}
