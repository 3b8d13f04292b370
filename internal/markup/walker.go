package markup

import (
	"path"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"rightswire/internal/link"
	"rightswire/internal/text"
)

// rel keeps our readers' addresses from the sites that are linked to.
const rel = "nofollow noopener noreferrer"

// A walker turns a parsed tree into one of allowed nodes: it drops what must not
// be shown, unwraps what is merely unknown, and makes links absolute. It is the
// sanitiser that guards; the walker does what a sanitiser can't.
type walker struct {
	base   string
	images bool
	left   int // bytes that may still be rendered
	// full says that a link had to go for want of room: none is looked at any more.
	full bool
	// vain counts bytes of links that led nowhere; it bounds the work they make.
	vain int
}

// maxVain bounds walker.vain.
const maxVain = 256 << 10

// A place is what surrounds a node.
type place struct {
	link   bool // inside <a>, where no other may be
	hidden bool // inside something that is not displayed
}

// children walks the children of n.
func (w *walker) children(n *html.Node, at place) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		w.node(c, at)
		c = next
	}
}

func (w *walker) node(n *html.Node, at place) {
	switch {
	case n.Type == html.TextNode:
		w.text(n)
	case n.Type != html.ElementNode, n.Namespace != "", dropped(n.DataAtom):
		n.Parent.RemoveChild(n)
	case n.DataAtom == atom.Img:
		w.image(n, at)
	case n.DataAtom == atom.Audio, n.DataAtom == atom.Video:
		w.media(n, at)
	case n.DataAtom == atom.A:
		w.anchor(n, at)
	default:
		w.element(n, at)
	}
}

// text cleans a text node and cuts it to what may still be rendered.
func (w *walker) text(n *html.Node) {
	s := text.Clean(n.Data)
	for cost := escapedLen(s); cost > w.left; cost = escapedLen(s) {
		s, _ = text.Truncate(s, min(len(s)*w.left/cost, len(s)-1))
	}
	if s == "" {
		n.Parent.RemoveChild(n)
		return
	}
	w.left -= escapedLen(s)
	n.Data = s
}

// element keeps an allowed element with its allowed attributes, makes a <div> of
// another block, and unwraps the rest.
func (w *walker) element(n *html.Node, at place) {
	at.hidden = at.hidden || hidden(n)
	if block(n.DataAtom) {
		n.Data, n.DataAtom = "div", atom.Div
	}
	names, ok := allowed(n.DataAtom)
	if ok {
		n.Attr = keep(n.Attr, names)
		ok = n.DataAtom != atom.Span || len(n.Attr) > 0
	}
	if !ok || !w.pay(n) {
		w.unwrap(n, at)
		return
	}
	w.children(n, at)
	if hollow(n) {
		n.Parent.RemoveChild(n)
	}
}

// anchor keeps a link that leads somewhere and has something to click on.
func (w *walker) anchor(n *html.Node, at place) {
	at.hidden = at.hidden || hidden(n)
	href, ok := w.resolve(attr(n, "href"))
	if !ok || at.link {
		w.unwrap(n, at)
		return
	}
	titles := keep(n.Attr, "title")
	n.Attr = append([]html.Attribute{{Key: "href", Val: href}}, titles...)
	n.Attr = append(n.Attr, html.Attribute{Key: "rel", Val: rel})
	if !w.pay(n) {
		w.full = true
		w.unwrap(n, at)
		return
	}
	at.link = true
	w.children(n, at)
	if n.FirstChild == nil {
		n.Parent.RemoveChild(n)
	}
}

// image keeps an image that is one, or makes a link of it.
func (w *walker) image(n *html.Node, at place) {
	src, ok := imageURL(n, w.resolve)
	if !ok || at.hidden {
		n.Parent.RemoveChild(n)
		return
	}
	if !w.images {
		label := line(attr(n, "alt"))
		if label == "" {
			label = fileName(src)
		}
		w.replace(n, src, label, at)
		return
	}
	kept := keep(n.Attr, "alt title width height dir lang")
	n.Attr = append([]html.Attribute{{Key: "src", Val: src}}, kept...)
	if !w.pay(n) {
		w.full = true
		n.Parent.RemoveChild(n)
	}
}

// media makes links of sound and film, which would load from elsewhere.
func (w *walker) media(n *html.Node, at place) {
	src, ok := w.resolve(attr(n, "src"))
	for c := n.FirstChild; c != nil && !ok; c = c.NextSibling {
		if c.DataAtom == atom.Source {
			src, ok = w.resolve(attr(c, "src"))
		}
	}
	if !ok || at.hidden || hidden(n) {
		n.Parent.RemoveChild(n)
		return
	}
	w.replace(n, src, fileName(src), at)
}

// replace puts a link in n's stead; inside another link its label alone.
func (w *walker) replace(n *html.Node, href, label string, at place) {
	t := &html.Node{Type: html.TextNode, Data: label}
	a := &html.Node{Type: html.ElementNode, Data: "a", DataAtom: atom.A,
		Attr: []html.Attribute{{Key: "href", Val: href}, {Key: "rel", Val: rel}}}
	switch {
	case at.link:
		n.Parent.InsertBefore(t, n)
	case w.pay(a):
		a.AppendChild(t)
		n.Parent.InsertBefore(a, n)
	default:
		w.full = true
		n.Parent.RemoveChild(n)
		return
	}
	n.Parent.RemoveChild(n)
	w.text(t)
}

// unwrap walks n's children and puts them in its place.
func (w *walker) unwrap(n *html.Node, at place) {
	w.children(n, at)
	for c := n.FirstChild; c != nil; c = n.FirstChild {
		n.RemoveChild(c)
		n.Parent.InsertBefore(c, n)
	}
	n.Parent.RemoveChild(n)
}

// pay takes what rendering n's tags costs, if there is as much left.
func (w *walker) pay(n *html.Node) bool {
	cost := len("<></>\n") + 2*len(n.Data)
	for _, a := range n.Attr {
		cost += len(` =""`) + len(a.Key) + escapedLen(a.Val)
	}
	if cost > w.left {
		return false
	}
	w.left -= cost
	return true
}

// escapedLen is the length of s in rendered HTML.
func escapedLen(s string) int {
	n := len(s)
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '&', '\'', '"', '\r':
			n += len("&amp;") - 1
		case '<', '>':
			n += len("&lt;") - 1
		}
	}
	return n
}

// keep returns the attributes named, in their order and with sound values.
func keep(attrs []html.Attribute, names string) []html.Attribute {
	var kept []html.Attribute
	for _, a := range attrs {
		if a.Namespace != "" || !listed(names, a.Key) {
			continue
		}
		if a.Val = line(a.Val); a.Val == "" && a.Key != "alt" {
			continue
		}
		if ok, known := attrValues[a.Key]; known && !ok.MatchString(a.Val) {
			continue
		}
		kept = append(kept, a)
	}
	return kept
}

// resolve is the function of that name, within the walker's bounds.
func (w *walker) resolve(ref string) (string, bool) {
	if w.full || w.vain > maxVain {
		return "", false
	}
	u, ok := resolve(w.base, ref)
	if !ok && ref != "" {
		w.vain += len(w.base) + len(ref)
	}
	return u, ok
}

// resolve makes a reference absolute and free of tracking parameters; ok is false
// where it leads nowhere we link to.
func resolve(base, ref string) (string, bool) {
	if ref = strings.TrimSpace(ref); ref == "" {
		return "", false
	}
	u, err := link.Resolve(base, ref)
	if err != nil {
		return "", false
	}
	return link.Clean(u), true
}

// fileName is what a link without words is called: the last part of its path, or
// its host.
func fileName(u string) string {
	u, _, _ = strings.Cut(u, "#")
	u, _, _ = strings.Cut(u, "?")
	if name := line(path.Base(u)); name != "" {
		return name
	}
	return link.Host(u)
}

// hollow reports whether n is left without content and is no use so.
func hollow(n *html.Node) bool {
	if n.FirstChild != nil {
		return false
	}
	switch n.DataAtom {
	case atom.Br, atom.Hr, atom.Wbr, atom.Td, atom.Th, atom.Col:
		return false
	}
	return true
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// listed reports whether word is one of the blank-separated words of list.
func listed(list, word string) bool {
	for w := range strings.FieldsSeq(list) {
		if w == word {
			return true
		}
	}
	return false
}

// length reads a length in pixels, as of a width attribute; ok is false for none
// and for other units.
func length(s string) (float64, bool) {
	s = strings.TrimSuffix(strings.TrimSpace(strings.ToLower(s)), "px")
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return f, err == nil
}
