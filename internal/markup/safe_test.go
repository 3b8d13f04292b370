package markup

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"rightswire/internal/news"
)

const testBase = "https://news.example.org/2026/article/"

func source(s string) news.Text { return news.Text{Value: s, HTML: true} }

func TestSafe(t *testing.T) {
	const r = ` rel="nofollow noopener noreferrer"`
	for name, test := range map[string]struct{ in, images, links string }{
		"empty":          {"", "", ""},
		"white space":    {" \n\t ", "", ""},
		"text":           {"a & b", "a &amp; b", ""},
		"paragraph":      {`<p class="x" onclick="y()">a</p>`, "<p>a</p>", ""},
		"relative link":  {`<a href="../b?utm_source=x&amp;id=7">b</a>`, `<a href="https://news.example.org/2026/b?id=7"` + r + `>b</a>`, ""},
		"mail":           {`<a href="mailto:a@b.example">m</a>`, `<a href="mailto:a@b.example"` + r + `>m</a>`, ""},
		"other scheme":   {`<a href="ftp://x/">m</a>`, "m", ""},
		"no target":      {`<a name="x">m</a>`, "m", ""},
		"nested link":    {`<a href="/1">a<table><tr><td><a href="/2">b</a></td></tr></table></a>`, `<a href="https://news.example.org/1"` + r + `>a<table><tbody><tr><td>b</td></tr></tbody></table></a>`, ""},
		"stray end":      {"</div></div><p>x", "<p>x</p>", ""},
		"block":          {"<section>a</section><form>b<input><button>c</button></form>", "<div>a</div><div>b</div>", ""},
		"script":         {"a<script>b</script><style>c</style>d", "ad", ""},
		"hollow":         {"<p></p><div><b></b></div>x", "x", ""},
		"image":          {`<img src="i.jpg" alt="A b" srcset="j.jpg 2x" width="600" height="x">`, `<img src="https://news.example.org/2026/article/i.jpg" alt="A b" width="600"/>`, `<a href="https://news.example.org/2026/article/i.jpg"` + r + `>A b</a>`},
		"image unnamed":  {`<img src="/p/i.jpg?x=1">`, `<img src="https://news.example.org/p/i.jpg?x=1"/>`, `<a href="https://news.example.org/p/i.jpg?x=1"` + r + `>i.jpg</a>`},
		"image in link":  {`<a href="/a"><img src="/i.jpg" alt="A"></a>`, `<a href="https://news.example.org/a"` + r + `><img src="https://news.example.org/i.jpg" alt="A"/></a>`, `<a href="https://news.example.org/a"` + r + `>A</a>`},
		"lazy image":     {`<img src="data:image/gif;base64,R0lGOD" data-src="/i.jpg">`, `<img src="https://news.example.org/i.jpg"/>`, `<a href="https://news.example.org/i.jpg"` + r + `>i.jpg</a>`},
		"noscript image": {`<noscript><img src="/i.jpg"></noscript>`, `<img src="https://news.example.org/i.jpg"/>`, `<a href="https://news.example.org/i.jpg"` + r + `>i.jpg</a>`},
		"film":           {`<video poster="/p.jpg"><source src="/f.mp4">x</video>`, `<a href="https://news.example.org/f.mp4"` + r + `>f.mp4</a>`, ""},
		"language":       {`<p lang="fa" dir="rtl">x</p><span>y</span>`, `<p lang="fa" dir="rtl">x</p>y`, ""},
		"mark after tag": {"<b>\u0338x</b>", "<b>\u0338x</b>", ""},
		"split mark":     {"e<x-y></x-y>\u0301", "é", ""},
		"too deep":       {strings.Repeat("<div>", 600) + "x &amp; y<script>z</script>", "<p>x &amp; y</p>", ""},
		"controls":       {"a&#1;\x00b\ufffec", "abc", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, images := range []bool{true, false} {
				want := test.images
				if !images && test.links != "" {
					want = test.links
				}
				got := Safe(source(test.in), testBase, images)
				checkTree(t, got)
				if got != want {
					t.Errorf("Safe(%q, images %v)\n got %s\nwant %s", test.in, images, got, want)
				}
			}
		})
	}
}

// checkTree is the oracle: it parses out anew and knows nothing of how it was made.
func checkTree(t *testing.T, out string) {
	t.Helper()
	context := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(out), context)
	if err != nil {
		t.Fatalf("parse %q: %v", out, err)
	}
	for _, top := range nodes {
		checkNode(t, top, out)
		for n := range top.Descendants() {
			checkNode(t, n, out)
		}
	}
}

const oracleTags = " a abbr address b bdi blockquote br caption cite code col colgroup dd del dfn div dl dt em figcaption " +
	"figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strong sub sup table " +
	"tbody td tfoot th thead time tr u ul var wbr "

const oracleAttrs = " href src alt title width height rel dir lang colspan rowspan span start value datetime "

func checkNode(t *testing.T, n *html.Node, out string) {
	t.Helper()
	if n.Type == html.TextNode {
		return
	}
	if n.Type != html.ElementNode || n.Namespace != "" || !strings.Contains(oracleTags, " "+n.Data+" ") {
		t.Errorf("node %v %q %q is not allowed in %q", n.Type, n.Namespace, n.Data, out)
	}
	hasRel := false
	for _, a := range n.Attr {
		if a.Namespace != "" || !strings.Contains(oracleAttrs, " "+a.Key+" ") {
			t.Errorf("attribute %s of %s is not allowed in %q", a.Key, n.Data, out)
		}
		switch a.Key {
		case "href":
			if n.Data != "a" || !startsWithOneOf(a.Val, "http://", "https://", "mailto:") {
				t.Errorf("%s href %q in %q", n.Data, a.Val, out)
			}
		case "src":
			if n.Data != "img" || !startsWithOneOf(a.Val, "http://", "https://") {
				t.Errorf("%s src %q in %q", n.Data, a.Val, out)
			}
		case "rel":
			hasRel = a.Val == "nofollow noopener noreferrer"
		}
	}
	if n.Data == "a" && !hasRel {
		t.Errorf("link without rel in %q", out)
	}
}

func startsWithOneOf(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

func FuzzSafe(f *testing.F) {
	for _, s := range []string{
		"</div></div><p>x", "<a><table><a>", "<p><button><p>x", "<svg><a href='javascript:alert(1)'>x</a></svg>",
		"<table>text<tr><td><b>x</table>y", "<pre>\n\nx</pre>", "<b><p>x</b>y</p>", "<li><b><li>x",
		"<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "<select><option><img src=x></select>",
		`<a href="java&#9;script:alert(1)">x</a>`, `<img src=x width=1>`, "a\u0338<b>\u0338", "<h1><h2><b>x", "<!--><img src=1>-->",
		"<nobr><nobr>x", "<ruby><rt><rp>x", "<p><table><p>", "<noscript><p title='</noscript><img src=x>'>", "\r<pre>\r\n\ry",
		`<a href="//h/%zz?q=%&utm_source=b#&frag">x</a>`, "<dl><dt><dd><dl><dd>x", "<a href=/1><div><a href=/2>x", "&lt;script&gt;",
		"<i><b><i><b><i><b><i></b>x", "<a href=1><p>a<a href=2><p>b", "<table><a href=1><td><a href=2>x", "<hr><b><hr></b>",
		"<col><caption><colgroup>x", "<tbody><p><td>", "<ul><p><li><a href=x><ul>", "<b><table><b><td></b>x",
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, in string, images bool) {
		out := Safe(source(in), testBase, images)
		checkTree(t, out)
		if again := Safe(source(out), testBase, images); again != out {
			t.Errorf("not idempotent\n  in %q\n out %q\nthen %q", in, out, again)
		}
		if len(out) > maxBytes {
			t.Errorf("%d bytes come out", len(out))
		}
	})
}

// What stands behind a frame that nobody closed, and what an object holds for those
// who don't see it, are text for readers.
func TestNothingIsSwallowed(t *testing.T) {
	for in, want := range map[string]string{
		`a <iframe src="x"> b`:                                 "a  b",
		`a <IFRAME src="x"/> b <iframe src="y">c</iframe> d`:   "a  b  d",
		`a <iframe src="x"> b <iframe src="y">`:                "a  b",
		`a <object data="x"><p>Relatives wait.</p></object> b`: "a <p>Relatives wait.</p> b",
		`a <object data="x"><param name="n" value="v"> b`:      "a  b",
	} {
		if got := Safe(source(in), testBase, true); got != want {
			t.Errorf("Safe(%q) = %q, want %q", in, got, want)
		}
	}
}
