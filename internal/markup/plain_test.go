package markup

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"rightswire/internal/news"
)

func TestPlain(t *testing.T) {
	for name, test := range map[string]struct{ in, want string }{
		"empty":            {"", ""},
		"white space":      {" \n\t&nbsp; ", ""},
		"words":            {"  a \n b&nbsp;c\u00a0d  ", "a b c d"},
		"paragraphs":       {"<p>a</p><p>b</p>", "a\n\nb"},
		"inline":           {"a<b>b</b> <i>c</i>d", "ab cd"},
		"line break":       {"a<br>b<br/>c<BR />\nd", "a\nb\nc\nd"},
		"blocks":           {"<div><div>a</div></div>b<h2>c</h2>", "a\n\nb\n\nc"},
		"list":             {"x<ul><li>a</li> <li>b</ul>y", "x\n\na\nb\n\ny"},
		"table":            {"<table><tr><td>a</td><td>b</td></tr><tr><td>c</table>", "a b\nc"},
		"preformatted":     {"<pre>a\n  b</pre>c\nd", "a\nb\n\nc d"},
		"entities":         {"&lt;b&gt; &amp;amp; &#x41;&eacute;&#1;", "<b> &amp; Aé"},
		"script":           {"a<script>if (a < b) { '</p>' }</script>b", "ab"},
		"style and head":   {"<html><head><title>t</title></head><style>p{}</style><body>a", "a"},
		"unclosed style":   {"a<style>b<p>c", "ab\n\nc"},
		"script in case":   {"a<SCRIPT>b</Script >c</scripty>d", "acd"},
		"comment":          {"a<!-- <p>b</p> -- > -->c<!-->d<!--->e<!-- f --!>g", "acdeg"},
		"unclosed comment": {"a<!-- b", "a"},
		"declaration":      {"<!DOCTYPE html><?xml x?>a</ b>c", "ac"},
		"quoted >":         {`<a title="x>y" href='>'>a</a><p title = ">">b`, "a\n\nb"},
		"unquoted quote":   {`<p title=a"b>c`, "c"},
		"less-than":        {"a < b <3 c <", "a < b <3 c <"},
		"unfinished tag":   {"a<b href=\"x", "a"},
		"image":            {`a<img src="x" alt="not this">b`, "a b"},
		"svg":              {"a<svg><text>x</text></svg>b", "ab"},
		"unknown":          {"a<x-y>b</x-y><o:p>c</o:p>", "abc"},
		"long name":        {"a<averyveryverylongname>b", "ab"},
		"bad bytes":        {"a\xffb<p>\xe2\x28", "a\ufffdb\n\n\ufffd("},
		"composed":         {"<b>e</b>\u0301", "é"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Plain(source(test.in)); got != test.want {
				t.Errorf("Plain(%q) = %q, want %q", test.in, got, test.want)
			}
		})
	}
	plain := news.Text{Value: " a  b\r\nc &lt;\n \n\n\nd<p>\n"}
	if got, want := Plain(plain), "a b\nc &lt;\n\nd<p>"; got != want {
		t.Errorf("Plain of plain text = %q, want %q", got, want)
	}
	if got, want := Safe(plain, "", true), "<p>a b<br/>c &amp;lt;</p>\n<p>d&lt;p&gt;</p>"; got != want {
		t.Errorf("Safe of plain text = %q, want %q", got, want)
	}
}

func TestTitle(t *testing.T) {
	for _, test := range []struct {
		in   news.Text
		want string
	}{
		{source("A &amp; <b>B</b>\n c"), "A & B c"},
		{source("AT&T < 5"), "AT&T < 5"},
		{news.Text{Value: "A &amp; <b>B</b>\n c"}, "A &amp; <b>B</b> c"},
		{source("&#x202e;abc&#x1b;[31m"), "abc[31m"},
		{news.Text{Value: "\u202eabc\x1b[31m\u2066"}, "abc[31m"},
		{news.Text{}, ""},
	} {
		if got := Title(test.in); got != test.want {
			t.Errorf("Title(%q) = %q, want %q", test.in.Value, got, test.want)
		}
	}
	long := Title(news.Text{Value: strings.Repeat("한국 ", 100_000)})
	if len(long) > maxTitle || len(long) < maxTitle-8 || !utf8.ValidString(long) {
		t.Errorf("a long title has %d bytes", len(long))
	}
}

func TestExcerpt(t *testing.T) {
	body := source("<p>The court <b>freed</b> them.</p><script>x</script><p>" + strings.Repeat("More words follow. ", 50_000))
	if got, want := Excerpt(body, 40), "The court freed them. More words follow…"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Excerpt(source("<p>短い</p>"), 300), "短い"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Excerpt(news.Text{Value: strings.Repeat(" ", 600_000) + "x"}, 3), ""; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Excerpt(news.Text{Value: "a" + strings.Repeat("\u200e", 3000) + "b"}, 3), "a…"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMedia(t *testing.T) {
	got := Media(source(`<a href="/a?utm_source=x">1</a><img src="i.jpg"><img src="/t.gif" width=1><a href="/a">2</a>
		<video src="v.mp4"></video><audio><source src="s.mp3"></audio><iframe src="//e.example/x"></iframe><object data="o"></object>
		<embed src="e"><script src="s.js"></script><a href="mailto:a@b.example">m</a><a href="javascript:1">j</a><a>n</a>`), testBase)
	want := []string{"https://news.example.org/a", testBase + "i.jpg", testBase + "v.mp4", testBase + "s.mp3",
		"https://e.example/x", testBase + "o", testBase + "e", "mailto:a@b.example"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if got := Media(news.Text{Value: `<a href="/a">`}, testBase); got != nil {
		t.Errorf("plain text has %q", got)
	}
	// White space, tracking parameters and mere markup are no change.
	other := Media(source(`<div><a class="x" href="/a?fbclid=2">1</a></div> <p><img src="i.jpg" alt="y">`), testBase)
	if !slices.Equal(other, want[:2]) {
		t.Errorf("got %q, want %q", other, want[:2])
	}
}

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"<p>a<br>b", "<!-->x", "<a href='>", "&#0;&amp", "<script></script", "<pre>\n</pre></pre>\n", "\xc2<\xc2\xa0>", "<svg></svg><svg>"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, in string, isHTML bool) {
		got := Plain(news.Text{Value: in, HTML: isHTML})
		if !utf8.ValidString(got) || strings.TrimSpace(got) != got {
			t.Errorf("Plain(%q) = %q", in, got)
		}
		if len(got) > 3*len(in)+16 {
			t.Errorf("Plain(%q) has %d bytes", in, len(got))
		}
		if strings.Contains(got, "\n\n\n") && !strings.Contains(in, "&") {
			t.Errorf("Plain(%q) = %q has an empty paragraph", in, got)
		}
		line := Title(news.Text{Value: in, HTML: isHTML})
		if len(line) > maxTitle || strings.ContainsAny(line, "\n\r\t\x1b") {
			t.Errorf("Title(%q) = %q", in, line)
		}
		Excerpt(news.Text{Value: in, HTML: isHTML}, 20)
		for _, u := range Media(source(in), testBase) {
			if !startsWithOneOf(u, "http://", "https://", "mailto:") {
				t.Errorf("Media(%q) holds %q", in, u)
			}
		}
	})
}

// article is 2 KB of HTML as feeds have it.
func article() string {
	return strings.Repeat(`<p class="has-text">The <a href="https://news.example.org/2026/11/court?utm_source=rss" target="_blank">court</a> said on `+
		`Tuesday that the journalists&#8217; detention &ldquo;was <em>unlawful</em>&rdquo; and ordered their release, a rights group said.</p>`+"\n", 8)
}

func BenchmarkPlain(b *testing.B) {
	t := source(article())
	b.SetBytes(int64(len(t.Value)))
	b.ReportAllocs()
	for b.Loop() {
		Plain(t)
	}
}

func BenchmarkTokenizer(b *testing.B) {
	in := article()
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		z := html.NewTokenizer(strings.NewReader(in))
		for z.Next() != html.ErrorToken {
			z.Text()
		}
	}
}

func BenchmarkTitle(b *testing.B) {
	t := source("Court &amp; council: the journalists&#8217; detention was unlawful")
	for b.Loop() {
		Title(t)
	}
}

func BenchmarkSafe(b *testing.B) {
	t := source(strings.Repeat(article(), 10))
	b.SetBytes(int64(len(t.Value)))
	b.ReportAllocs()
	for b.Loop() {
		Safe(t, testBase, true)
	}
}

func BenchmarkMedia(b *testing.B) {
	t := source(article())
	b.ReportAllocs()
	for b.Loop() {
		Media(t, testBase)
	}
}

func BenchmarkExcerpt(b *testing.B) {
	t := source(article())
	for b.Loop() {
		Excerpt(t, 300)
	}
}
