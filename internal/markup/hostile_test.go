package markup

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"rightswire/internal/link"
	"rightswire/internal/news"
)

// scripts are spellings of code to run, each a URL.
var scripts = []string{
	"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)",
	"\x01javascript:alert(1)", " javascript:alert(1)", "javascript&colon;alert(1)", "&#106;avascript:alert(1)",
	"&#x6A&#x61&#x76&#x61script:alert(1)", "java&#9;script:alert(1)", "java&Tab;script&NewLine;:alert(1)",
	"javascript://news.example.org/%0Aalert(1)", "javascript:/*--></title></style>*/alert(1)", "vbscript:msgbox(1)",
	"data:text/html,<script>alert(1)</script>", "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
	"data:image/svg+xml,<svg onload=alert(1)>", "blob:https://news.example.org/1", "filesystem:http://x/", "file:///etc/passwd",
	"feed:javascript:alert(1)", "view-source:javascript:alert(1)", "jar:http://x!/y", "livescript:alert(1)", "about:blank",
	"intent://x#Intent;end", "tel:+1", "ms-word:ofe|u|http://x", "\u00a0javascript:alert(1)", "javascript\u200b:alert(1)",
	"%6Aavascript:alert(1)", "javas\x00cript:alert(1)", "ｊavascript:alert(1)",
}

// carriers are places that a script may stand in; %s is replaced.
var carriers = []string{
	`<a href="%s">x</a>`, `<a href='%s'>x</a>`, `<a href=%s>x</a>`, `<a xlink:href="%s">x</a>`, `<img src="%s">`,
	`<img data-src="%s">`, `<img srcset="%s 1x">`, `<img lowsrc="%s" dynsrc="%s">`, `<iframe src="%s"></iframe>`,
	`<embed src="%s">`, `<object data="%s"></object>`, `<form action="%s"><input type=submit></form>`,
	`<button formaction="%s">x</button>`, `<input type=image src="%s">`, `<base href="%s"><a href="y">x</a>`,
	`<meta http-equiv=refresh content="0;url=%s">`, `<link rel=stylesheet href="%s">`, `<video src="%s" poster="%s"></video>`,
	`<audio><source src="%s"></audio>`, `<track src="%s">`, `<svg><a xlink:href="%s"><text>x</text></a></svg>`,
	`<svg><use href="%s"></svg>`, `<math href="%s">x</math>`, `<table background="%s"><tr><td background="%s">x</table>`,
	`<body background="%s">`, `<div style="background:url(%s)">x</div>`, `<style>@import "%s"</style>`, `<q cite="%s">x</q>`,
	`<blockquote cite="%s">x</blockquote>`, `<ins cite="%s">x</ins>`, `<area href="%s">`, `<isindex action="%s">`,
	`<frameset><frame src="%s"></frameset>`, `<applet codebase="%s"></applet>`, `<portal src="%s"></portal>`,
	`<a href="/ok" ping="%s">x</a>`, `<p><a href="%s"><img src="%s" alt="%s"></a></p>`, `<!--<a href="%s">-->`,
	`<noscript><a href="%s">x</a></noscript>`, `<template><a href="%s">x</a></template>`, `<xmp><a href="%s"></xmp>`,
}

// breakouts try to leave what they stand in and to run code.
var breakouts = []string{
	"<script>alert(1)</script>", "<SCRIPT SRC=//x/y.js></SCRIPT>", "<scr<script>ipt>alert(1)</script>", "<script/x>alert(1)</script>",
	"<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)//", "<img/src=x/onerror=alert(1)>", `<img src="x" onerror="alert(1)"`,
	"<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>", "<svg><style><img src=x onerror=alert(1)></style></svg>",
	"<math><mi><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>", "<body onload=alert(1)>",
	"<iframe srcdoc='<script>alert(1)</script>'></iframe>", "<details open ontoggle=alert(1)>x</details>", "<marquee onstart=alert(1)>x</marquee>",
	"<input autofocus onfocus=alert(1)>", "<select><style></select><img src=x onerror=alert(1)></style>", "<isindex type=image src=1 onerror=alert(1)>",
	"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<textarea><img title='</textarea><img src=x onerror=alert(1)>'>",
	"<title><img title='</title><img src=x onerror=alert(1)>'>", "<!--><img src=x onerror=alert(1)>-->", "<!-- --!><img src=x onerror=alert(1)>",
	"<![CDATA[<img src=x onerror=alert(1)>]]>", "<?xml version='1.0'?><img src=x onerror=alert(1)>", "<a onmouseover=alert(1)>x</a>",
	"<a href=\"/x\"onclick=\"alert(1)\">x</a>", "<p style='x:expression(alert(1))'>x</p>", "<p style=\"behavior:url(x.htc)\">x</p>",
	"<table><td onclick=alert(1)><a><table><a onclick=alert(1)>", "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
	"<object><param name=src value=javascript:alert(1)></object>", "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp>",
	"<plaintext><img src=x onerror=alert(1)>", "<keygen autofocus onfocus=alert(1)>", "<video><source onerror=alert(1)></video>",
	"\"><script>alert(1)</script>", "'><img src=x onerror=alert(1)>", "</title><script>alert(1)</script>", "]]><script>alert(1)</script>",
	"--><script>alert(1)</script>", "</p></div></body></html><script>alert(1)</script>", "\\\"><svg/onload=alert(1)>", "`><img src=x onerror=alert(1)>",
	"&lt;script&gt;alert(1)&lt;/script&gt;", "&amp;lt;script&amp;gt;alert(1)", "\x00<\x00script>alert(1)</script>", "＜script＞alert(1)＜/script＞",
	"<ſcript>alert(1)</ſcript>", "<style>*{background:url(x)}</style>", "<link rel=import href=x>", "<img src=x alt='\" onerror=alert(1) x=\"'>",
	"<a title='\" onmouseover=alert(1) \"' href=/x>y</a>", "<p lang='x\" onclick=alert(1)'>x</p>", "<td colspan='1\" onclick=\"alert(1)'>x",
	"<x-y is=script onclick=alert(1)>x</x-y>", "<slot onslotchange=alert(1)>x</slot>", "<dialog open onclose=alert(1)>x</dialog>",
}

// settings put a vector somewhere into a document.
var settings = []string{
	"%s", "<p>%s</p>", "<b>a%s", "<table>%s</table>", "<table><tr><td>%s", "<svg>%s</svg>", "<math><mtext>%s</math>", "<!-- %s -->",
	"<pre>\n%s</pre>", "<ul><li>%s<li>x</ul>", "</div>%s<div>", "<a href=/x>%s</a>", "<select>%s</select>", "<noscript>%s</noscript>",
	"<style>%s</style>", "<template>%s</template>",
}

func fill(template, value string) string { return strings.ReplaceAll(template, "%s", value) }

// vectors are all combinations.
func vectors() []string {
	var all []string
	for _, carrier := range carriers {
		for _, script := range scripts {
			all = append(all, fill(carrier, script))
		}
	}
	for _, setting := range settings {
		for _, breakout := range breakouts {
			all = append(all, fill(setting, breakout))
		}
	}
	return all
}

func TestVectorsAreHarmless(t *testing.T) {
	all := vectors()
	if len(all) < 1000 {
		t.Fatalf("only %d vectors", len(all))
	}
	for i, v := range all {
		images := i%2 == 0
		out := Safe(source(v), testBase, images)
		checkTree(t, out)
		if again := Safe(source(out), testBase, images); again != out {
			t.Errorf("not idempotent: %q, %q, %q", v, out, again)
		}
		// A source whose texts are plain says it, too; and a title, an author or a
		// category is one line of text that whoever writes a document escapes.
		checkTree(t, Safe(news.Text{Value: v}, testBase, images))
		for _, isHTML := range []bool{true, false} {
			line := Title(news.Text{Value: v, HTML: isHTML})
			if strings.ContainsAny(line, "\n\r\x00\x01") {
				t.Errorf("title of %q is %q", v, line)
			}
			checkNoElements(t, html.EscapeString(line))
			checkNoElements(t, html.EscapeString(Plain(news.Text{Value: v, HTML: isHTML})))
		}
		for _, u := range Media(source(v), testBase) {
			if !startsWithOneOf(u, "http://", "https://", "mailto:") {
				t.Errorf("media of %q: %q", v, u)
			}
		}
	}
	t.Logf("%d vectors", len(all))
}

func checkNoElements(t *testing.T, escaped string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(escaped))
	for z.Next() != html.ErrorToken {
		if z.Token().Type != html.TextToken {
			t.Errorf("%q holds markup", escaped)
		}
	}
}

func TestOnlySafeSchemesAreLinked(t *testing.T) {
	for _, s := range scripts {
		for _, ref := range []string{s, html.UnescapeString(s), strings.ToUpper(s)} {
			u, err := link.Resolve(testBase, ref)
			if err == nil && !startsWithOneOf(u, "http://", "https://", "mailto:") {
				t.Errorf("Resolve(%q) = %q", ref, u)
			}
			checkTree(t, Safe(source(`<a href="`+html.EscapeString(ref)+`">x</a>`), testBase, true))
		}
	}
}

func TestForbiddenElementsAreRemoved(t *testing.T) {
	for _, in := range []string{
		`a<iframe srcdoc="&lt;script&gt;1&lt;/script&gt;">f</iframe>b`, `a<button formaction="/x" type=submit>f</button>b`,
		`a<base href="http://evil.example/">b`, `a<meta http-equiv=refresh content="0;url=/x">b`, `a<style>p{}</style>b`,
		`a<svg><path d="M0"/><text>f</text></svg>b`, `a<math><mi>f</mi></math>b`, `a<object data=x></object>b`, `a<embed src=x>b`,
		`a<input value=f>b`, `a<select><option>f</select>b`, `a<textarea>f</textarea>b`, `a<link rel=stylesheet href=x>b`,
		`a<script>f</script>b`, `a<template>f</template>b`, `a<canvas>f</canvas>b`, `a<title>f</title>b`, `a<noframes>f</noframes>b`,
		`a<applet></applet>b`, `a<map name=f><area href=/f></map>b`,
	} {
		if got := Safe(source(in), testBase, true); got != "ab" {
			t.Errorf("Safe(%q) = %q", in, got)
		}
	}
	got := Safe(source(`<base href="http://evil.example/"><form action=/f><a href="x">y</a></form>`), testBase, true)
	want := `<div><a href="https://news.example.org/2026/article/x" rel="nofollow noopener noreferrer">y</a></div>`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestGeneratedTrees feeds Safe documents made of tags at random, which find more
// unstable trees than random bytes do. Run with -count for more.
func TestGeneratedTrees(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	for range rounds {
		in := document(r)
		images := r.IntN(2) == 0
		out := Safe(source(in), testBase, images)
		checkTree(t, out)
		if again := Safe(source(out), testBase, images); again != out {
			t.Fatalf("seed %d: not idempotent\n  in %q\n out %q\nthen %q", seed, in, out, again)
		}
		if t.Failed() {
			t.Fatalf("seed %d: in %q", seed, in)
		}
	}
}

var pieces = strings.Fields(`a b i p div span table tr td th tbody thead caption colgroup col ul ol li dl dt dd pre h1 h2 blockquote
	nobr font button form select option svg math mtext style script title textarea noscript template ruby rt rp img br hr
	section details summary figure figcaption iframe video object foreignObject desc mi annotation-xml x-y plaintext frameset body html head center`)

func document(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(14) {
		name := pieces[r.IntN(len(pieces))]
		switch r.IntN(8) {
		case 0, 1, 2:
			fmt.Fprintf(&b, "<%s>", name)
		case 3:
			fmt.Fprintf(&b, `<%s href="x%d" src='y.jpg' lang=en style="width:9px" onclick=z>`, name, r.IntN(9))
		case 4, 5:
			fmt.Fprintf(&b, "</%s>", name)
		case 6:
			b.WriteString([]string{"x", " ", "\n", "&lt;", "&#13;", "\u0301", "\u0338", "&", "<", "<!--", "-->", "é\u00a0"}[r.IntN(12)])
		case 7:
			fmt.Fprintf(&b, "<%s><%s>t</%s>", name, pieces[r.IntN(len(pieces))], name)
		}
	}
	return b.String()
}

// TestEscapingRoundTrips holds that text comes through Safe as it was, whatever it
// looks like.
func TestEscapingRoundTrips(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 10000 {
		s := randomText(r)
		want := strings.Join(strings.Fields(s), " ")
		for _, out := range []string{
			Safe(news.Text{Value: s}, testBase, true),
			Safe(source("<p>"+html.EscapeString(s)+"</p>"), testBase, true),
		} {
			got := strings.Join(strings.Fields(textOf(t, out)), " ")
			if got != want {
				t.Fatalf("%q comes out as %q, by %q", s, got, out)
			}
			if plain := Plain(source(out)); plain != want {
				t.Fatalf("%q is plain %q, by %q", s, plain, out)
			}
		}
	}
}

func randomText(r *rand.Rand) string {
	parts := []string{"&lt;script&gt;", "<script>alert(1)</script>", "&amp;lt;", "]]>", "<![CDATA[", "a", "Ж", "한국", "🙂", "\"", "'", "&",
		"<", ">", " ", "&#60;", "&nbsp", "--", "<!--", "</p>", "%3C", "\\u003c", "{{x}}", "=", "`", "日本"}
	var b strings.Builder
	b.WriteByte('.')
	for range 1 + r.IntN(12) {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	return b.String() + "."
}

func textOf(t *testing.T, out string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return b.String()
}

// TestHostileBodiesAreBounded says what takes parsers long. Each should take well
// under two seconds of one core; -v prints what it took.
func TestHostileBodiesAreBounded(t *testing.T) {
	many := func(s string) string { return strings.Repeat(s, maxBytes/len(s)+1) }
	for name, body := range map[string]string{
		"depth":              strings.Repeat("<div>", 10000) + "x",
		"depth and ends":     strings.Repeat("<div>", 10000) + "x" + strings.Repeat("</div>", 10000),
		"attributes":         "<p " + strings.Repeat("a ", 1_000_000) + ">x",
		"attributes, unlike": "<p " + numbered(1_000_000) + ">x",
		"formatting":         many("<b><i><u>"),
		"formatting in p":    many("<p><b><font size=1>"),
		"links in tables":    many("<a href=x><table>"),
		"tables":             many("<table>"),
		"cells":              many("<table><td>"),
		"foster":             many("<table>x<b>"),
		"select in table":    many("<table><select><tr>"),
		"ends":               many("</p>"),
		"unclosed raw":       many("<svg></x>"),
		"unclosed title":     many("<title></titlx>"),
		"comments":           many("<!-"),
		"less-than":          many("<"),
		"quotes":             many(`"'&`),
		"relative links":     many("<a href=x>y</a>"),
		"entities":           many("&amp;&#x1F600;&notanentity"),
		"marks":              many("\u0301\u0327"),
		"definition":         many("<dd><dt>"),
		"nobr":               many("<nobr><p>"),
		"templates":          many("<template><tr>"),
		"frames":             many("<svg><desc><math>"),
		"long base":          many("<img src=i>"),
		"unquoted":           many("<a href='"),
		"emoji":              many("👨‍👩‍👧‍👦"),
	} {
		t.Run(name, func(t *testing.T) {
			base := "https://h.example/" + strings.Repeat("d/", 1000)
			start := time.Now()
			out := Safe(source(body), base, true)
			Plain(source(body))
			Title(source(body))
			Excerpt(source(body), 300)
			Media(source(body), base)
			t.Logf("%v, %d bytes", time.Since(start).Round(time.Millisecond), len(out))
			if len(out) > maxBytes {
				t.Errorf("%d bytes come out", len(out))
			}
			checkTree(t, out)
			if again := Safe(source(out), base, true); again != out {
				t.Errorf("not idempotent: %d bytes, then %d", len(out), len(again))
			}
		})
	}
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d ", i)
	}
	return b.String()
}
