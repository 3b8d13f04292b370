package markup

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

// maxTitle bounds what Title returns, in bytes; maxTitleInput what it looks at.
const (
	maxTitle      = 1 << 10
	maxTitleInput = 64 << 10
)

// Title returns t as one line of plain text of at most 1 KB, ending where a
// grapheme does. Entities are decoded and tags dropped only in HTML: in plain text
// "&lt;" is four characters that the source wrote.
func Title(t news.Text) string {
	line, _ := text.Truncate(t.Value, maxTitleInput)
	if t.HTML {
		line = readable(line)
	}
	line, _ = text.Truncate(text.Line(line), maxTitle)
	return strings.TrimSpace(line)
}

// Excerpt returns the beginning of t's plain text on one line, at most max
// graphemes, the final "…" included.
func Excerpt(t news.Text, max int) string {
	// White space and what Line drops aside, a grapheme is seldom over 16 bytes.
	head, cut := text.Truncate(Plain(t), 32*max+1024)
	line := text.Line(head)
	if cut {
		line += "…" // so that Excerpt knows of the rest where Line shrank the head
	}
	return text.Excerpt(line, max)
}

// Plain returns t as readable plain text: paragraphs apart by a blank line, "\n"
// for <br>, list items and table rows; scripts, styles, the document's head and
// images left out. It makes one pass without a tree, since every item collected
// goes through it; so it does not know what an unclosed tag hides.
func Plain(t news.Text) string {
	body := bounded(t.Value)
	if t.HTML {
		return readable(body)
	}
	w := &words{}
	w.out.Grow(len(body))
	for line := range strings.Lines(body) {
		w.add(line)
		w.part(newline)
		if strings.TrimSpace(line) == "" {
			w.part(paragraph)
		}
	}
	return strings.TrimSpace(text.Clean(w.out.String()))
}

// readable is Plain for HTML.
func readable(s string) string {
	w := &words{}
	w.out.Grow(len(s))
	for s != "" {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			w.add(html.UnescapeString(s))
			break
		}
		if open > 0 {
			w.add(html.UnescapeString(s[:open]))
		}
		s = w.tag(s[open:])
	}
	return strings.TrimSpace(text.Clean(w.out.String()))
}

// A gap is what separates the last word from the next.
type gap int

const (
	joined gap = iota
	blank
	newline
	paragraph
)

// words collects plain text. Gaps are written when a word follows, the widest one
// alone.
type words struct {
	out strings.Builder
	gap gap
	pre int // depth of <pre>: line breaks count
	// unclosed are raw elements that have no end tag in what follows. Without it
	// each start tag would search the rest again: hours for a hostile body.
	unclosed []atom.Atom
}

func (w *words) part(g gap) { w.gap = max(w.gap, g) }

// add writes s with each run of white space one gap.
func (w *words) add(s string) {
	for s != "" {
		i := 0
		for i < len(s) && spaceAt(s, i) == 0 {
			i++
			if i+1 < len(s) && s[i] == ' ' && spaceAt(s, i+1) == 0 {
				i++ // a single blank stays as it is
			}
		}
		w.word(s[:i])
		s = s[i:]
		if s == "" {
			return
		}
		switch {
		case s[0] == '\n' && w.pre > 0:
			w.part(newline)
		case s[0] < ' ' && !isSpace(s[0]): // a control is nothing
		default:
			w.part(blank)
		}
		s = s[spaceAt(s, 0):]
	}
}

func (w *words) word(s string) {
	if s == "" {
		return
	}
	if w.out.Len() > 0 {
		switch w.gap {
		case blank:
			w.out.WriteByte(' ')
		case newline:
			w.out.WriteByte('\n')
		case paragraph:
			w.out.WriteString("\n\n")
		}
	}
	w.gap = joined
	w.out.WriteString(s)
}

// tag takes one tag, comment or stray "<" off s, which starts with "<", and returns
// the rest.
func (w *words) tag(s string) string {
	if len(s) < 2 {
		w.word(s)
		return ""
	}
	switch c := s[1]; {
	case c == '!' || c == '?':
		return afterComment(s)
	case c == '/' && len(s) > 2 && isLetter(s[2]):
		name, rest := tagName(s[2:])
		w.element(name, true)
		return afterTag(rest)
	case c == '/':
		return afterTag(s[1:]) // a bogus comment
	case !isLetter(c):
		w.word("<")
		return s[1:]
	}
	name, rest := tagName(s[1:])
	rest = afterTag(rest)
	if raw(name) && !slices.Contains(w.unclosed, name) {
		if after, ok := afterRaw(rest, name.String()); ok {
			return after
		}
		// An unclosed tag must not swallow an article.
		w.unclosed = append(w.unclosed, name)
	}
	w.element(name, false)
	return rest
}

// element notes what the start or end of an element does to the words around it.
func (w *words) element(name atom.Atom, end bool) {
	switch name {
	case atom.Br, atom.Li, atom.Dt, atom.Dd, atom.Tr, atom.Option, atom.Caption, atom.Figcaption, atom.Summary:
		w.part(newline)
	case atom.Td, atom.Th, atom.Img, atom.Input:
		w.part(blank)
	case atom.Pre:
		if end {
			w.pre = max(0, w.pre-1)
		} else {
			w.pre++
		}
		w.part(paragraph)
	case atom.P, atom.Div, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote, atom.Ul, atom.Ol,
		atom.Dl, atom.Table, atom.Hr, atom.Figure, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main,
		atom.Aside, atom.Nav, atom.Address, atom.Center, atom.Fieldset, atom.Form, atom.Details, atom.Hgroup, atom.Body:
		w.part(paragraph)
	}
}

// raw reports whether an element's content is no text to read.
func raw(name atom.Atom) bool {
	switch name {
	case atom.Script, atom.Style, atom.Head, atom.Title, atom.Iframe, atom.Object, atom.Noembed, atom.Noframes,
		atom.Svg, atom.Math, atom.Template, atom.Textarea, atom.Select, atom.Button, atom.Audio, atom.Video:
		return true
	}
	return false
}

// afterRaw returns what follows "</end …>" in s, and whether there is one.
func afterRaw(s, end string) (string, bool) {
	for rest := s; ; {
		i := strings.Index(rest, "</")
		if i < 0 {
			return "", false
		}
		rest = rest[i+2:]
		if len(rest) >= len(end) && strings.EqualFold(rest[:len(end)], end) &&
			(len(rest) == len(end) || !isNameByte(rest[len(end)])) {
			return afterTag(rest[len(end):]), true
		}
	}
}

// afterComment returns what follows a comment, declaration or instruction.
func afterComment(s string) string {
	if body, ok := strings.CutPrefix(s, "<!--"); ok {
		if strings.HasPrefix(body, ">") || strings.HasPrefix(body, "->") {
			return body[strings.IndexByte(body, '>')+1:]
		}
		for rest := body; ; {
			i := strings.Index(rest, "--")
			if i < 0 {
				return ""
			}
			rest = rest[i+1:]
			if after, ok := strings.CutPrefix(rest, "->"); ok {
				return after
			}
			if after, ok := strings.CutPrefix(rest, "-!>"); ok {
				return after
			}
		}
	}
	if i := strings.IndexByte(s, '>'); i >= 0 {
		return s[i+1:]
	}
	return ""
}

// tagName returns the atom of the name that s starts with (0 for an unknown one)
// and what follows.
func tagName(s string) (atom.Atom, string) {
	n := 0
	for n < len(s) && isNameByte(s[n]) {
		n++
	}
	var buf [16]byte
	if n > len(buf) {
		return 0, s[n:]
	}
	for i := range n {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	return atom.Lookup(buf[:n]), s[n:]
}

// afterTag returns what follows the ">" of a tag, s being what follows its name; a
// ">" inside a quoted value is none.
func afterTag(s string) string {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '>':
			return s[i+1:]
		case '=':
			for i+1 < len(s) && isSpace(s[i+1]) {
				i++
			}
			if i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\'') {
				end := strings.IndexByte(s[i+2:], s[i+1])
				if end < 0 {
					return ""
				}
				i += 2 + end
			}
		}
	}
	return ""
}

// spaceAt returns the length of the white space, no-break space or control that
// starts at s[i]: 0, 1 or 2 bytes.
func spaceAt(s string, i int) int {
	switch c := s[i]; {
	case c > ' ' && c != 0xC2:
		return 0
	case c != 0xC2:
		return 1
	case i+1 < len(s) && s[i+1] == 0xA0:
		return 2
	}
	return 0
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// isNameByte accepts all that the HTML standard takes into a tag's name.
func isNameByte(c byte) bool { return !isSpace(c) && c != '/' && c != '>' }

// bounded cuts s to maxBytes at the end of a grapheme.
func bounded(s string) string {
	s, _ = text.Truncate(s, maxBytes)
	return s
}
