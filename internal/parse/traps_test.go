package parse

import (
	"fmt"
	"strings"
	"testing"

	"rightswire/internal/news"
)

func rssDoc(items string) string {
	return `<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" ` +
		`xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom" ` +
		`xmlns:media="http://search.yahoo.com/mrss/" xmlns:dcterms="http://purl.org/dc/terms/">` +
		`<channel><title>Desk</title><link>https://desk.example.org/</link>` + items + `</channel></rss>`
}

func atomDoc(entries string) string {
	return `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/">` +
		`<title>Desk</title><id>tag:desk.example.org,2026:f</id>` + entries + `</feed>`
}

func jsonDoc(items string) string {
	return `{"version":"https://jsonfeed.org/version/1.1","title":"Desk","items":[` + items + `]}`
}

// Views of a result.

func texts(res *Result) string {
	var out []string
	for _, e := range res.Entries {
		for _, t := range []news.Text{e.Title, e.Summary, e.Content} {
			kind := "text"
			if t.HTML {
				kind = "html"
			}
			if t.Value != "" {
				out = append(out, kind+" "+t.Value)
			}
		}
	}
	return strings.Join(out, " | ")
}

func links(res *Result) string {
	var out []string
	for _, e := range res.Entries {
		out = append(out, e.Link)
	}
	return strings.Join(out, " ")
}

func bylines(res *Result) string {
	var out []string
	for _, e := range res.Entries {
		for _, a := range e.Authors {
			out = append(out, fmt.Sprintf("%s|%s|%s", a.Name, a.Email, a.URL))
		}
	}
	return strings.Join(out, " ")
}

func times(res *Result) string {
	var out []string
	for _, e := range res.Entries {
		for _, t := range []string{e.Published.Format("2006-01-02"), e.Updated.Format("2006-01-02")} {
			out = append(out, strings.Replace(t, "0001-01-01", "-", 1))
		}
	}
	return strings.Join(out, " ")
}

func files(res *Result) string {
	var out []string
	for _, e := range res.Entries {
		for _, m := range e.Enclosures {
			out = append(out, fmt.Sprintf("%s|%s|%d", m.URL, m.Type, m.Length))
		}
	}
	return strings.Join(out, " ")
}

func subjects(res *Result) string {
	var out []string
	for _, e := range res.Entries {
		for _, c := range e.Categories {
			out = append(out, fmt.Sprintf("%s|%s|%s", c.Term, c.Scheme, c.Label))
		}
	}
	return strings.Join(out, " ")
}

func other(res *Result) string {
	var out []string
	for _, e := range res.Entries {
		out = append(out, fmt.Sprintf("lang=%s base=%s via=%s rights=%s", e.Language, e.Base, e.Via, e.Rights))
	}
	return strings.Join(out, " ")
}

func guids(res *Result) string {
	var out []string
	for _, e := range res.Entries {
		out = append(out, e.GUID)
	}
	return strings.Join(out, " ")
}

func heads(res *Result) string {
	h := res.Head
	return fmt.Sprintf("%s|%s|%s|%s|%v|%v|%v|%v", h.Format, h.Title, h.Link, h.Language, h.TTL, h.SkipHours, h.SkipDays, h.UpdatePeriod)
}

var traps = []struct {
	name, body string
	view       func(*Result) string
	want       string
}{
	// Documents.
	{"a warning before the feed", "<br />\n<b>Warning</b>: include() in <b>/srv/x.php</b> on line 3<br />\n" + rssDoc(`<item><title>t</title></item>`), texts, "text t"},
	{"comments before the root", strings.Repeat("\n<!-- <rss version='2.0'> -->", 1_000) + rssDoc(`<item><title>t</title></item>`), texts, "text t"},
	{"two declarations", "<?xml version='1.0'?>\n<?xml version='1.1'?>" + atomDoc(`<entry><title>t</title></entry>`), texts, "text t"},
	{"an entry by itself", `<entry xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>a</id></entry>`, guids, "a"},
	{"an entry by itself, with a prefix", `<a:entry xmlns:a="http://www.w3.org/2005/Atom"><a:title>t</a:title><a:id>a</a:id></a:entry>`, texts, "text t"},
	{"RSS 1.1", `<Channel xmlns="http://purl.org/net/rss1.1#" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about="http://e.org/"><title>d</title><items rdf:parseType="Collection"><item rdf:about="http://e.org/1"><title>t</title></item></items></Channel>`, guids, "http://e.org/1"},
	{"CDF", `<CHANNEL HREF="http://e.org/"><TITLE>d</TITLE><ITEM HREF="http://e.org/1" LASTMOD="2026-11-23T12:34"><TITLE>t</TITLE><ABSTRACT>s</ABSTRACT></ITEM></CHANNEL>`, links, "http://e.org/1"},
	{"CDF head", `<CHANNEL HREF="http://e.org/"><TITLE>d</TITLE></CHANNEL>`, heads, "rss|d|http://e.org/||0s|[]|[]|0s"},
	{"CDF abstract", `<CHANNEL><TITLE>d</TITLE><ITEM><TITLE>t</TITLE><ABSTRACT>s</ABSTRACT></ITEM></CHANNEL>`, texts, "text t | text s"},
	{"a channel without rss", `<channel><title>d</title><item><title>t</title></item></channel>`, texts, "text t"},

	// Texts.
	{"plain title", rssDoc(`<item><title>Smith &amp; Jones</title></item>`), texts, "text Smith & Jones"},
	{"doubly escaped title", rssDoc(`<item><title>Smith &amp;amp; Jones</title></item>`), texts, "html Smith &amp; Jones"},
	{"title with a less-than", rssDoc(`<item><title>1 &lt; 2 and R&amp;D</title></item>`), texts, "text 1 < 2 and R&D"},
	{"escaped tags in title", rssDoc(`<item><title>A &lt;em&gt;quiet&lt;/em&gt; case</title></item>`), texts, "html A <em>quiet</em> case"},
	{"CDATA in title", rssDoc(`<item><title><![CDATA[Smith & <b>Jones</b>]]></title></item>`), texts, "html Smith & <b>Jones</b>"},
	{"comment in title", rssDoc(`<item><title>A<!-- c -->B</title></item>`), texts, "text AB"},
	{"tags in title", rssDoc(`<item><title>A <em>quiet</em> case<br/></title></item>`), texts, "html A <em>quiet</em> case<br>"},
	{"lone less-than", rssDoc(`<item><title>1 < 2 &c; 3</title></item>`), texts, "text 1 < 2 &c; 3"},
	{"CDATA end in text", rssDoc(`<item><title>a ]]> b</title></item>`), texts, "text a ]]> b"},
	{"conditional comment", rssDoc(`<item><title>t</title><description>a<![if don't]>b<![endif]></description></item>`), texts, "text t | text ab"},
	{"unclosed break", rssDoc(`<item><title>t</title><description>a<br>b</description></item>`), texts, "text t | html a<br>b"},
	{"summary and content", rssDoc(`<item><title>t</title><description>s</description><content:encoded>c</content:encoded></item>`), texts, "text t | text s | html c"},
	{"content under another prefix", rssDoc(`<item><title>t</title><c:encoded xmlns:c="http://purl.org/rss/1.0/modules/content/">c</c:encoded></item>`), texts, "text t | html c"},
	{"undeclared prefix", `<rss version="2.0"><channel><title>d</title><item><title>t</title><content:encoded>c</content:encoded><dc:date>2026-11-24</dc:date></item></channel></rss>`, times, "- 2026-11-24"},
	{"first of two titles", rssDoc(`<item><title>first</title><media:title>m</media:title><title>second</title></item>`), texts, "text first"},
	{"media description", rssDoc(`<item><title>t</title><media:group><media:description>d</media:description></media:group></item>`), texts, "text t | text d"},
	{"description of Dublin Core", rssDoc(`<item><dc:title>t</dc:title><link>http://e.org/</link><dc:description>d</dc:description></item>`), texts, "text t | text d"},
	{"Atom content in RSS", rssDoc(`<item><title>t</title><atom:content type="html">&lt;p&gt;c</atom:content></item>`), texts, "text t | html <p>c"},
	{"XHTML body in RSS", rssDoc(`<item><title>t</title><body xmlns="http://www.w3.org/1999/xhtml"><p>c</p></body></item>`), texts, "text t | html <p>c</p>"},
	{"Atom text", atomDoc(`<entry><title type="text">a &lt;b&gt; c &amp;amp; d</title></entry>`), texts, "text a <b> c &amp; d"},
	{"Atom html", atomDoc(`<entry><title type="html">a &lt;b&gt; c &amp;amp; d</title></entry>`), texts, "html a <b> c &amp; d"},
	{"Atom html in CDATA", atomDoc(`<entry><title>t</title><content type="html"><![CDATA[<p>c</p>]]></content></entry>`), texts, "text t | html <p>c</p>"},
	{"Atom xhtml", atomDoc(`<entry><title>t</title><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>a<br/>b</p><a id="x"/> &lt;</div></content></entry>`), texts, `text t | html <p>a<br>b</p><a id="x"></a> &lt;`},
	{"Atom xhtml with a prefix", atomDoc(`<entry><title>t</title><content type="xhtml"><h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p>a</h:p></h:div></content></entry>`), texts, "text t | html <p>a</p>"},
	{"Atom xhtml with two boxes", atomDoc(`<entry><title>t</title><content type="xhtml"><div>a</div><div>b</div></content></entry>`), texts, "text t | html <div>a</div><div>b</div>"},
	{"Atom 0.3 escaped", `<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>d</title><entry><title mode="escaped" type="text/html">a &lt;b&gt;c&lt;/b&gt;</title></entry></feed>`, texts, "html a <b>c</b>"},
	{"Atom 0.3 base64", `<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>d</title><entry><title mode="base64">YSA8IGI=</title></entry></feed>`, texts, "text a < b"},
	{"Atom picture", atomDoc(`<entry><title>t</title><content type="image/png">iVBORw0KGgo=</content></entry>`), texts, "text t"},
	{"JSON texts", jsonDoc(`{"id":"1","title":"a <b>","summary":"<i>","content_html":"<p>c","content_text":"x"},{"id":"2","content_text":"1 < 2"}`), texts, "text a <b> | text <i> | html <p>c | text 1 < 2"},
	{"JSON escapes", jsonDoc(`{"id":"1","title":"a\u0000b\ud800c\ufffed"}`), texts, "text ab\uFFFDcd"},

	{"media title", rssDoc(`<item><guid>1</guid><media:content url="https://e.org/a.jpg"><media:title>m</media:title></media:content></item>`), texts, "text m"},
	{"summary beside description", rssDoc(`<item><title>t</title><description>the whole</description><summary>a teaser</summary></item>`), texts, "text t | text a teaser | text the whole"},
	{"summary instead of description", rssDoc(`<item><title>t</title><summary>a teaser</summary></item>`), texts, "text t | text a teaser"},
	{"a body without namespace", rssDoc(`<item><title>t</title><body>&lt;p&gt;c&lt;/p&gt;</body></item>`), texts, "text t | html <p>c</p>"},
	{"fullitem", rssDoc(`<item><title>t</title><description>s</description><fullitem>&lt;p&gt;c&lt;/p&gt;</fullitem></item>`), texts, "text t | text s | html <p>c</p>"},
	{"Dublin Core in Atom", atomDoc(`<entry><id>1</id><dc:title>t</dc:title><dc:description>d</dc:description></entry>`), texts, "text t | text d"},
	{"a podcast's subtitle", rssDoc(`<item><title>t</title><itunes:subtitle>s</itunes:subtitle></item>`), texts, "text t | text s"},
	{"keywords", rssDoc(`<item><title>t</title><itunes:keywords>a, b</itunes:keywords><tags>b,c</tags><media:category scheme="urn:x">d</media:category></item>`), subjects, "a|| b|| c|| d|urn:x|"},
	{"dates without namespace", rssDoc(`<item><title>t</title><published>2026-11-23</published><updated>2026-11-24</updated></item>`), times, "2026-11-23 2026-11-24"},

	{"a lone tag in a title", rssDoc(`<item><title>How to use &lt;b&gt; well</title></item>`), texts, "text How to use <b> well"},
	{"a lone tag in a description", rssDoc(`<item><title>t</title><description>a &lt;b&gt; c</description></item>`), texts, "text t | html a <b> c"},
	{"a frame in a description", rssDoc(`<item><title>t</title><description>a&lt;iframe src="x"/&gt; c</description></item>`), texts, `text t | html a<iframe src="x"/> c`},
	{"a text in base64", atomDoc(`<entry><title type="application/octet-stream">QSA8Yj5xdWlldDwvYj4gY2FzZQ==</title></entry>`), texts, "html A <b>quiet</b> case"},
	{"a recording in base64", atomDoc(`<entry><title>t</title><content type="application/octet-stream">AAECAwQ=</content></entry>`), texts, "text t"},
	{"markup in a line", rssDoc(`<item><title>t</title><author><b>Mina</b> <i>P<u>ar</u>k</i></author></item>`), bylines, "Mina P ar k||"},
	{"Apple's categories", rssDoc(`<item><title>t</title><itunes:category text="News"><itunes:category text="Politics"/></itunes:category></item>`), subjects, "News|http://www.itunes.com/| Politics|http://www.itunes.com/|"},
	{"a script in the title of a feed", `<feed xmlns="http://www.w3.org/2005/Atom"><title type="html">D&lt;script&gt;alert(1)&lt;/script&gt;esk</title><entry><id>1</id></entry></feed>`, heads, "atom 1.0|D esk|||0s|[]|[]|0s"},

	{"source with markup", atomDoc(`<entry><id>1</id><source><title type="xhtml"><div>A <b>quiet</b> desk</div></title><rights type="html">R &amp;amp; D</rights></source></entry>`), other, "lang= base=https://desk.example.org/feed/ via=A quiet desk rights=R & D"},

	// Links.
	{"tracking parameters", rssDoc(`<item><link>https://e.org/a?id=1&amp;utm_source=rss#b</link></item>`), links, "https://e.org/a?id=1#b"},
	{"relative link", rssDoc(`<item><link>../c?d=1</link></item>`), links, "https://desk.example.org/c?d=1"},
	{"base of the channel", `<rss version="2.0" xml:base="http://e.org/a/b.html"><channel><title>d</title><item><title>t</title><link>x</link></item></channel></rss>`, links, "http://e.org/a/x"},
	{"base of the head", `<rss version="2.0"><channel xml:base="http://e.org/a/"><title>d</title><link>b</link></channel></rss>`, heads, "rss 2.0|d|http://e.org/a/b||0s|[]|[]|0s"},
	{"nested bases", `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://e.org/a/"><title>d</title><entry xml:base="b/"><title>t</title><link xml:base="c/" href="?q=1"/></entry></feed>`, links, "http://e.org/a/b/c/?q=1"},
	{"link in CDATA", rssDoc(`<item><link><![CDATA[ https://e.org/?a=1&b=2 ]]></link></item>`), links, "https://e.org/?a=1&b=2"},
	{"ampersand that looks like a reference", rssDoc(`<item><link>https://e.org/?a=1&copy=2</link></item>`), links, "https://e.org/?a=1&copy=2"},
	{"guid as link", rssDoc(`<item><guid>https://e.org/1</guid></item><item><guid isPermaLink="false">https://e.org/2</guid></item><item><guid isPermalink="FALSE">https://e.org/3</guid></item><item><guid>4</guid></item>`), links, "https://e.org/1   "},
	{"link before guid", rssDoc(`<item><guid>https://e.org/1</guid><link>https://e.org/2</link></item>`), links, "https://e.org/2"},
	{"script as link", rssDoc(`<item><link>javascript:alert(1)</link><guid>https://e.org/1</guid></item><item><link>mailto:a@e.org</link></item><item><link>data:text/html,x</link></item>`), links, "https://e.org/1  "},
	{"user and password", rssDoc(`<item><link>https://me:secret@e.org/a</link></item>`), links, "https://e.org/a"},
	{"Korean link", rssDoc(`<item><link>https://e.org/북한</link></item>`), links, "https://e.org/%EB%B6%81%ED%95%9C"},
	{"link with href", rssDoc(`<item><link href="https://e.org/a"/></item>`), links, "https://e.org/a"},
	{"atom link in RSS", rssDoc(`<item><title>t</title><atom:link rel="self" href="https://e.org/s"/><atom:link href="https://e.org/a"/></item>`), links, "https://e.org/a"},
	{"Atom links", atomDoc(`<entry><title>t</title><link rel="self" href="https://e.org/s"/><link rel="enclosure" href="https://e.org/m"/><link rel="alternate" href="https://e.org/a"/></entry>`), links, "https://e.org/a"},
	{"JSON links", jsonDoc(`{"id":"1","url":"/a"},{"id":"2","external_url":"https://x.org/"},{"id":"https://e.org/3"}`), links, "https://desk.example.org/a https://x.org/ https://e.org/3"},

	// Ids as spelled.
	{"guid as spelled", rssDoc("<item><guid> HTTP://E.org/%7Ea?b&amp;c# \n</guid></item><item><guid>태그:한글#</guid></item>"), guids, "HTTP://E.org/%7Ea?b&c# 태그:한글#"},
	{"atom:id under a base", `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://e.org/"><title>d</title><entry><id>rel/1</id></entry><entry><id>tag:e.org,2026:a#</id></entry></feed>`, guids, "rel/1 tag:e.org,2026:a#"},
	{"rdf:about", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>d</title></channel><item rdf:about="http://e.org/1"><title>t</title></item></rdf:RDF>`, guids, "http://e.org/1"},
	{"atom:id in RSS", rssDoc(`<item><atom:id>urn:1</atom:id></item><item><atom:id>urn:1</atom:id><guid>2</guid></item>`), guids, "urn:1 2"},
	{"numbers as ids", jsonDoc(`{"id":12345678901234567890},{"id":1.50},{"id":"7"},{"id":true}`), guids, "12345678901234567890 1.50 7 true"},

	// Dates.
	{"published is not invented", atomDoc(`<entry><title>t</title><updated>2026-11-24T00:00:00Z</updated></entry>`), times, "- 2026-11-24"},
	{"both", atomDoc(`<entry><title>t</title><published>2026-11-23T00:00:00Z</published><updated>2026-11-24T00:00:00Z</updated></entry>`), times, "2026-11-23 2026-11-24"},
	{"Atom 0.3", `<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>d</title><entry><title>t</title><issued>2026-11-23T00:00:00Z</issued><modified>2026-11-24T00:00:00Z</modified></entry></feed>`, times, "2026-11-23 2026-11-24"},
	{"Dublin Core", rssDoc(`<item><title>t</title><dc:date>2026-11-24</dc:date></item><item><title>u</title><dcterms:issued>2026-11-22</dcterms:issued><dcterms:modified>2026-11-23</dcterms:modified></item>`), times, "- 2026-11-24 2026-11-22 2026-11-23"},
	{"unknown date", rssDoc(`<item><title>t</title><pubDate>Tue, 24 Nov 2026 07:05:09 IST</pubDate></item>`), times, "- -"},
	{"JSON dates", jsonDoc(`{"id":"1","date_published":"2026-11-23T23:00:00-05:00","date_modified":"2026-11-25T00:00:00Z"}`), times, "2026-11-24 2026-11-25"},

	// People.
	{"names in every spelling", rssDoc(`<item><title>t</title><author>a@e.org (Kim)</author></item><item><title>u</title><author>Kim (Seoul)</author></item><item><title>v</title><author>Lee &lt;l@e.org&gt;</author></item><item><title>w</title><author>w@e.org</author></item><item><title>x</title><author>Ann Lee (a@e.org)</author></item>`), bylines, "Kim|a@e.org| Kim (Seoul)|| Lee|l@e.org| |w@e.org| Ann Lee|a@e.org|"},
	{"several creators", rssDoc(`<item><title>t</title><dc:creator>Kim</dc:creator><dc:creator><![CDATA[Lee]]></dc:creator><author>k@e.org (Kim)</author></item>`), bylines, "Kim|k@e.org| Lee||"},
	{"reference in a name", rssDoc(`<item><title>t</title><dc:creator>Jos&eacute; &amp; Mar&#237;a</dc:creator></item>`), bylines, "José & María||"},
	{"author of the feed", rssDoc(`<managingEditor>e@e.org (Editor)</managingEditor><item><title>t</title></item><item><title>u</title><dc:creator>Kim</dc:creator></item>`), bylines, "Editor|e@e.org| Kim||"},
	{"author of the Atom feed", atomDoc(`<author><name>Desk</name><email>d@e.org</email><uri>/d</uri></author><entry><title>t</title></entry><entry><title>u</title><author><name>Kim</name></author><author><name>Lee</name></author></entry>`), bylines, "Desk|d@e.org|https://desk.example.org/d Kim|| Lee||"},
	{"author of the source", atomDoc(`<author><name>Desk</name></author><entry><title>t</title><source><author><name>Origin</name></author></source></entry>`), bylines, "Origin||"},
	{"atom author in RSS", rssDoc(`<item><title>t</title><atom:author><atom:name>Kim</atom:name><atom:email>k@e.org</atom:email></atom:author></item>`), bylines, "Kim|k@e.org|"},
	{"JSON authors", `{"version":"https://jsonfeed.org/version/1.1","title":"d","authors":[{"name":"Desk","url":"mailto:d@e.org"}],"items":[{"id":"1"},{"id":"2","authors":[{"name":"Kim","url":"/k"},null]},{"id":"3","author":{"name":"Lee"}},{"id":"4","authors":[null]}]}`, bylines, "Desk|d@e.org| Kim||https://desk.example.org/k Lee|| Desk|d@e.org|"},

	// Categories, media, source, rights, language.
	{"categories", rssDoc(`<item><title>t</title><category domain="https://e.org/s">A &amp; B</category><category>A</category><category>A</category><dc:subject>S</dc:subject><atom:category term="x" scheme="y" label="Z"/></item>`), subjects, "A & B|https://e.org/s| A|| x|y|Z S||"},
	{"Atom categories", atomDoc(`<entry><title>t</title><category term="x" scheme="http://e.org/" label="Z"/><category label="only"/><category/></entry>`), subjects, "x|http://e.org/|Z only||only"},
	{"JSON tags", jsonDoc(`{"id":"1","tags":["a","","b"]}`), subjects, "a|| b||"},
	{"enclosures", rssDoc(`<item><title>t</title><enclosure url="/a.mp3" length="12" type="audio/mpeg"/><enclosure url="https://e.org/b" length="unknown"/><media:content url="https://e.org/c.jpg" type="image/jpeg" fileSize="9"/><media:group><media:content url="https://e.org/d.mp4"/><media:content url="https://e.org/b"/></media:group></item>`), files, "https://desk.example.org/a.mp3|audio/mpeg|12 https://e.org/b||0 https://e.org/c.jpg|image/jpeg|9 https://e.org/d.mp4||0"},
	{"unquoted attribute", rssDoc(`<item><title>t</title><enclosure url=http://e.org/a type=audio/mpeg/></item>`), files, "http://e.org/a|audio/mpeg|0"},
	{"enclosure with content", rssDoc(`<item><title>t</title><enclosure url="https://e.org/a"><x/>y</enclosure></item>`), files, "https://e.org/a||0"},
	{"Atom enclosure", atomDoc(`<entry><title>t</title><link rel="enclosure" href="/a" type="audio/mpeg" length="5"/></entry>`), files, "https://desk.example.org/a|audio/mpeg|5"},
	{"JSON attachments", jsonDoc(`{"id":"1","attachments":[{"url":"/a","mime_type":"audio/mpeg","size_in_bytes":5.0},{}]}`), files, "https://desk.example.org/a|audio/mpeg|5"},
	{"source and rights", rssDoc(`<language>en-us</language><copyright>&#169; Desk</copyright><item><title>t</title><source url="https://o.org/f">Origin</source><dc:rights>CC BY</dc:rights></item><item><title>u</title><source url="https://o.org/f"/><dc:language>ko</dc:language></item>`), other, "lang=en-US base=https://desk.example.org/feed/ via=Origin rights=CC BY lang=ko base=https://desk.example.org/feed/ via=https://o.org/f rights=© Desk"},
	{"languages", `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>d</title><entry xml:lang="ko"><title>t</title></entry><entry><title xml:lang="fa">u</title></entry><entry xml:lang="nonsense tag"><title>v</title></entry></feed>`, other, "lang=ko base=https://desk.example.org/feed/ via= rights= lang=fa base=https://desk.example.org/feed/ via= rights= lang=en base=https://desk.example.org/feed/ via= rights="},
	{"base of the content", atomDoc(`<entry xml:base="/a/"><title>t</title><content type="html" xml:base="b/">x</content><source><title>Origin</title><rights>R</rights></source></entry>`), other, "lang= base=https://desk.example.org/a/b/ via=Origin rights=R"},

	// Heads.
	{"RSS head", `<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>D &amp; E</title><link>https://e.org/?utm_source=x</link><language>fr</language><ttl>60</ttl><skipHours><hour>0</hour><hour>24</hour><hour>x</hour><hour>5</hour></skipHours><skipDays><day>Sunday</day><day>Noday</day></skipDays><sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency></channel></rss>`, heads, "rss 2.0|D & E|https://e.org/|fr|1h0m0s|[0 5]|[Sunday]|30m0s"},
	{"RSS 0.91 with a DTD", `<!DOCTYPE rss SYSTEM "http://e.org/rss-0.91.dtd" [<!ENTITY a "b">]><rss version="0.91"><channel><title>d &a;</title></channel></rss>`, heads, "rss 0.91|d &a;|||0s|[]|[]|0s"},
	{"RSS 0.90", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>d</title></channel></rdf:RDF>`, heads, "rss 0.90|d|||0s|[]|[]|0s"},
	{"RSS 1.0", `<RDF xmlns="http://purl.org/rss/1.0/"><channel><title>d</title></channel></RDF>`, heads, "rss 1.0|d|||0s|[]|[]|0s"},
	{"RSS in the wrong namespace", `<rss version="2.0" xmlns="http://www.w3.org/2005/Atom"><channel><title>d</title><item><title>t</title></item></channel></rss>`, heads, "rss 2.0|d|||0s|[]|[]|0s"},
	{"Atom 1.0", atomDoc(""), heads, "atom 1.0|Desk|||0s|[]|[]|0s"},
	{"Atom with a prefix", `<a:feed xmlns:a="http://www.w3.org/2005/Atom" xml:lang="pt_BR"><a:title type="html">&lt;b&gt;d&lt;/b&gt; e</a:title><a:link href="/x"/></a:feed>`, heads, "atom 1.0|d e|https://desk.example.org/x|pt-BR|0s|[]|[]|0s"},
	{"Atom 0.3 head", `<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>d</title></feed>`, heads, "atom 0.3|d|||0s|[]|[]|0s"},
	{"JSON 1.0", `{"version":"https://jsonfeed.org/version/1","title":"d","home_page_url":"https://e.org","language":"de","items":[]}`, heads, "json 1.0|d|https://e.org/|de|0s|[]|[]|0s"},
	{"upper case", `<RSS VERSION="2.0"><CHANNEL><TITLE>d</TITLE><ITEM><TITLE>t</title></ITEM></CHANNEL></RSS>`, texts, "text t"},

	// Structure.
	{"entries beside the channel", `<rss version="2.0"><item><title>out</title></item><channel><title>d</title><item><title>in</title></item></channel></rss>`, texts, "text out | text in"},
	{"two channels", `<rss version="2.0"><channel><title>d</title><item><title>a</title></item></channel><channel><title>e</title><item><title>b</title></item></channel></rss>`, texts, "text a | text b"},
	{"missing end of an entry", rssDoc(`<item><title>a</title><link>http://e.org/a</link><item><title>b</title></item>`), texts, "text a | text b"},
	{"missing end of a title", rssDoc(`<item><title>a</item><item><title>b</title></item>`), texts, "text a | text b"},
	{"stray end tag", rssDoc(`<item></b><title>a</title></p></item><item><title>b</title></item>`), texts, "text a | text b"},
	{"missing end of the document", `<rss version="2.0"><channel><title>d</title><item><title>a</title></item>`, texts, "text a"},
	{"cut off in an entry", `<rss version="2.0"><channel><title>d</title><item><title>a</title></item><item><title>b</title><descr`, texts, "text a"},
	{"junk after the end", rssDoc(`<item><title>a</title></item>`) + `<script>x</script>`, texts, "text a"},
	{"late root", strings.Repeat("<!-- "+strings.Repeat("x", 900)+" -->\n", 10) + rssDoc(`<item><title>a</title></item>`), texts, "text a"},
	{"names of extensions nested in others", rssDoc(`<item><x:y><title>no</title></x:y><title>a</title></item>`), texts, "text a"},
	{"null entries", jsonDoc(`null,{"id":"1","title":"a"},null`), texts, "text a"},
	{"entry of the wrong type", jsonDoc(`{"id":"1","title":"a"},{"id":"2","title":5},{"id":"3","tags":"x"},7,{"id":"4","title":"d"}`), texts, "text a | text 5 | text d"},
	{"head of the wrong type", `{"version":"https://jsonfeed.org/version/1.1","title":"d","author":"Kim","items":[{"id":"1","title":"a"}]}`, texts, "text a"},
	{"no identity", rssDoc(`<item><description>x</description></item><item><title>a</title></item><item/>`), texts, "text x | text a"},
	{"later of two states", atomDoc(`<entry><id>1</id><title>old</title><updated>2026-11-01T00:00:00Z</updated></entry><entry><id>2</id><title>b</title></entry><entry><id>1</id><title>new</title><updated>2026-11-02T00:00:00Z</updated></entry>`), texts, "text new | text b"},
}

func TestTraps(t *testing.T) {
	for _, c := range traps {
		res, err := Feed(Document{Body: []byte(c.body), URL: "https://desk.example.org/feed/", Source: "desk"})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := c.view(res); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		checkResult(t, res)
	}
}
