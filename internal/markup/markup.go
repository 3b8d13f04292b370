// Package markup makes of a source's hostile HTML what may be shown: safe HTML,
// plain text, excerpts, and the list of what it links to.
//
// Invariant: Safe's output parses to a tree of allowlisted elements and attributes
// alone, whose links are absolute http, https or mailto ones, and which renders to
// the same bytes again. Text that comes out of the other functions is plain: who
// puts it into a document escapes it.
//
// What is a link's canonical form, and which parameters track, is package link's;
// what a grapheme is, package text's. How much of a text may be shown is decided
// elsewhere.
package markup

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

// maxBytes bounds a body, both the one that is read and the HTML that is made of
// it.
const maxBytes = 512 << 10

// maxRounds bounds how often Safe parses its own output until that is stable.
const maxRounds = 6

// Safe returns t as HTML that may stand in our pages and feeds: allowlisted elements
// and attributes, links absolute (base resolves relative ones), free of tracking
// parameters and marked rel="nofollow noopener noreferrer"; without scripts, styles,
// forms, frames, trackers and hidden images. With images false every image is a link
// to it that reads as its alternative text. Plain text becomes escaped paragraphs.
//
// The way is parse → render → sanitise → parse → render: the sanitiser works on
// tokens and lets a stray </div> through, which would close an element of the page
// around it. The last two steps are repeated until they change nothing, so that
// Safe of its own output is that output. HTML that never comes to rest, or that is
// nested deeper than the parser allows (512), is shown as plain text.
func Safe(t news.Text, base string, images bool) string {
	body := closeFrames(bounded(t.Value))
	if !t.HTML {
		body = paragraphs(Plain(t))
	}
	out, ok := tidy(body, base, images)
	if !ok {
		out, _ = tidy(paragraphs(Plain(t)), base, images)
	}
	return out
}

// tidy is Safe for a body of HTML; ok is false where no stable tree comes of it.
func tidy(body, base string, images bool) (out string, ok bool) {
	walked, ok := walk(body, base, images)
	for range maxRounds {
		if !ok {
			return "", false
		}
		clean := policy.Sanitize(walked)
		if walked, ok = walk(clean, base, images); ok && walked == clean {
			return clean, true
		}
	}
	return "", false
}

// walk parses body, makes its tree one of allowed nodes and renders it.
func walk(body, base string, images bool) (string, bool) {
	context := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	// Without scripting <noscript> holds elements: the images that a script would
	// have loaded.
	nodes, err := html.ParseFragmentWithOptions(strings.NewReader(body), context,
		html.ParseOptionEnableScripting(false))
	if err != nil {
		return "", false
	}
	root := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	w := walker{base: base, images: images, left: maxBytes}
	w.children(root, place{})
	var b strings.Builder
	b.Grow(len(body))
	for n := range root.ChildNodes() {
		if html.Render(&b, n) != nil {
			return "", false
		}
	}
	return strings.TrimSpace(b.String()), true
}

// frame finds the tags of <iframe>.
var frame = regexp.MustCompile(`(?i)<(/?)iframe\b[^<>]*>`)

// closeFrames ends each <iframe> that is left open before the next begins, or for
// good, where it begins: up to its end all is text that nobody sees, and some
// writers take it for an element without content.
func closeFrames(body string) string {
	found := frame.FindAllStringSubmatchIndex(body, -1)
	var b strings.Builder
	from := 0
	for i, m := range found {
		ends := m[2] < m[3]
		if ends || i+1 < len(found) && found[i+1][2] < found[i+1][3] {
			continue
		}
		b.WriteString(body[from:m[1]])
		b.WriteString("</iframe>")
		from = m[1]
	}
	if from == 0 {
		return body
	}
	return b.String() + body[from:]
}

// paragraphs turns plain text into HTML: a paragraph for each block of lines, a
// line break within.
func paragraphs(plain string) string {
	var b strings.Builder
	for block := range strings.SplitSeq(plain, "\n\n") {
		if block = strings.Trim(block, "\n"); block == "" {
			continue
		}
		b.WriteString("<p>")
		b.WriteString(strings.ReplaceAll(html.EscapeString(block), "\n", "<br>"))
		b.WriteString("</p>\n")
	}
	return b.String()
}

// Media returns what t's HTML links to and embeds, in order and each once: absolute
// URLs without tracking parameters, trackers left out. It is what tells a changed
// body from changed markup.
func Media(t news.Text, base string) []string {
	if !t.HTML {
		return nil
	}
	var list []string
	seen := map[string]bool{}
	w := walker{base: base, left: maxBytes}
	z := html.NewTokenizer(strings.NewReader(closeFrames(bounded(t.Value))))
	for !w.full {
		switch z.Next() {
		case html.ErrorToken:
			return list
		case html.StartTagToken, html.SelfClosingTagToken:
			u, ok := w.mediaOf(z)
			if !ok {
				continue
			}
			w.left -= len(u)
			w.full = w.left < 0
			if !seen[u] {
				seen[u] = true
				list = append(list, u)
			}
		}
	}
	return list
}

// mediaOf returns the URL that the tag z stands on links to or embeds.
func (w *walker) mediaOf(z *html.Tokenizer) (string, bool) {
	name, more := z.TagName()
	tag := atom.Lookup(name)
	switch tag {
	case atom.A, atom.Img, atom.Audio, atom.Video, atom.Source, atom.Iframe, atom.Embed, atom.Object:
	default:
		return "", false
	}
	n := &html.Node{Type: html.ElementNode, DataAtom: tag}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		n.Attr = append(n.Attr, html.Attribute{Key: string(key), Val: string(value)})
	}
	switch tag {
	case atom.A:
		return w.resolve(attr(n, "href"))
	case atom.Object:
		return w.resolve(attr(n, "data"))
	case atom.Img:
		return imageURL(n, w.resolve)
	}
	return w.resolve(attr(n, "src"))
}

// line is text.Line for an attribute, bounded.
func line(s string) string {
	s, _ = text.Truncate(s, maxTitle)
	return text.Line(s)
}
