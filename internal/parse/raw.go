package parse

import (
	"bytes"
	"html"
	"strings"
)

// maxEntity is how far behind its "&" the ";" of a reference may stand; the
// longest named one takes 33 bytes.
const maxEntity = 40

// decodeEntities replaces the references of s, XML's and HTML's, that end in a
// semicolon. Ids are made from what it returns: it may never change.
func decodeEntities(s string) string {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for ; i >= 0; i = strings.IndexByte(s, '&') {
		b.WriteString(s[:i])
		s = s[i:]
		n := reference(s)
		b.WriteString(html.UnescapeString(s[:n]))
		if n == 0 {
			b.WriteByte('&')
			n = 1
		}
		s = s[n:]
	}
	b.WriteString(s)
	return b.String()
}

// reference returns the length of the character reference that s, which starts
// with "&", begins with; 0 where that is none. "&copy=2;" is none: it is part of
// an address.
func reference(s string) int {
	for i := 1; i < len(s) && i < maxEntity; i++ {
		switch c := s[i]; {
		case c == ';':
			if d := html.UnescapeString(s[:i+1]); d == s[:i+1] {
				return 0
			}
			return i + 1
		case c == '#' && i == 1, c < 0x80 && c != ':' && c != '_' && nameByte(c) && c != '-' && c != '.':
		default:
			return 0
		}
	}
	return 0
}

// maxRaw is how much of an element's raw content is looked at where it becomes a
// bounded text: what a reference takes at most for a byte, times that bound.
const maxRaw = 8 * maxText

// rawText returns the text of an element from its raw content: CDATA as it
// stands, comments and instructions dropped, references decoded, tags kept as
// they are spelled, trimmed. Ids are made from what it returns: it may never
// change.
func rawText(b []byte) string {
	if bytes.IndexByte(b, '<') < 0 {
		return strings.TrimSpace(decodeEntities(string(b)))
	}
	var out strings.Builder
	for len(b) > 0 {
		kind, piece, rest := nextPiece(b)
		switch kind {
		case pieceText:
			if bytes.IndexByte(piece, '&') < 0 {
				out.Write(piece)
			} else {
				out.WriteString(decodeEntities(string(piece)))
			}
		case pieceCDATA, pieceTag:
			out.Write(piece)
		}
		b = rest
	}
	return strings.TrimSpace(out.String())
}

type pieceKind uint8

const (
	pieceText pieceKind = iota
	pieceCDATA
	pieceComment // or instruction, or declaration
	pieceTag
)

// nextPiece splits the first piece off raw content. A "<" that begins nothing is
// text.
func nextPiece(b []byte) (kind pieceKind, piece, rest []byte) {
	i := 0
	for i < len(b) && !(b[i] == '<' && begins(b[i:])) {
		j := bytes.IndexByte(b[i+1:], '<')
		if j < 0 {
			return pieceText, b, nil
		}
		i += 1 + j
	}
	switch {
	case i > 0:
		return pieceText, b[:i], b[i:]
	case b[1] == '?':
		return section(pieceComment, b[2:], "?>")
	case bytes.HasPrefix(b, []byte("<![CDATA[")):
		return section(pieceCDATA, b[len("<![CDATA["):], "]]>")
	case bytes.HasPrefix(b, []byte("<!--")):
		return section(pieceComment, b[4:], "-->")
	case b[1] == '!':
		return section(pieceComment, b[2:], ">")
	}
	end := tagEnd(b)
	return pieceTag, b[:end], b[end:]
}

// begins reports whether b, which starts with "<", begins a tag or a section.
func begins(b []byte) bool {
	return len(b) > 1 && (nameStart(b[1]) || b[1] == '/' || b[1] == '!' || b[1] == '?')
}

func section(kind pieceKind, inner []byte, end string) (pieceKind, []byte, []byte) {
	i := bytes.Index(inner, []byte(end))
	if i < 0 {
		return kind, inner, nil
	}
	return kind, inner[:i], inner[i+len(end):]
}

// tagEnd returns where the tag that b starts with ends.
func tagEnd(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch c := b[i]; c {
		case '>':
			return i + 1
		case '<':
			return i
		case '"', '\'':
			j := bytes.IndexByte(b[i+1:], c)
			if j < 0 {
				return len(b)
			}
			i += j + 1
		}
	}
	return len(b)
}

// rawMarkup returns an element's raw content as HTML: CDATA escaped, comments
// dropped, element prefixes removed, and empty elements in a form that an HTML
// parser takes for empty. With single, a <div> around all of it is removed
// (RFC 4287 section 3.1.1.3).
func rawMarkup(b []byte, single bool) string {
	b = bytes.TrimSpace(b)
	var out strings.Builder
	out.Grow(len(b))
	skipped := 0 // end of the wrapping start tag in out
	for len(b) > 0 {
		kind, piece, rest := nextPiece(b)
		switch kind {
		case pieceText:
			out.WriteString(strings.ReplaceAll(string(piece), "<", "&lt;"))
		case pieceCDATA:
			out.WriteString(html.EscapeString(string(piece)))
		case pieceTag:
			name := writeTag(&out, piece)
			if single && skipped == 0 && strings.EqualFold(name, "div") {
				skipped = out.Len()
			}
			single = false // only the first tag can be the wrapper
		}
		b = rest
	}
	s := out.String()
	if skipped > 0 {
		s = strings.TrimSuffix(s[skipped:], "</div>")
	}
	return strings.TrimSpace(s)
}

// writeTag writes a tag without its prefix and returns the name of the element.
func writeTag(out *strings.Builder, tag []byte) string {
	from := 1
	if tag[1] == '/' {
		from = 2
	}
	to := from
	for to < len(tag) && nameByte(tag[to]) {
		to++
	}
	_, local := splitName(tag[from:to])
	name := string(local)
	out.Write(tag[:from])
	out.WriteString(name)
	body, empty := bytes.CutSuffix(tag[to:], []byte("/>"))
	out.Write(body)
	if empty {
		out.WriteByte('>')
		if !void(name) {
			out.WriteString("</" + name + ">")
		}
	}
	return name
}

// void reports whether an HTML element never has content.
func void(name string) bool {
	switch strings.ToLower(name) {
	case "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr":
		return true
	}
	return false
}

// looksHTML reports whether text that may be either plain or HTML is the latter:
// it holds an end tag, a tag that needs none, or a character reference.
func looksHTML(s string) bool {
	for {
		i := strings.IndexAny(s, "<&")
		if i < 0 || i+2 >= len(s) {
			return false
		}
		if s[i] == '&' && reference(s[i:]) > 0 || s[i] == '<' && isHTMLTag(s[i+1:]) {
			return true
		}
		s = s[i+1:]
	}
}

func isHTMLTag(s string) bool {
	if s[0] == '/' {
		return len(s) > 1 && s[1] != ':' && nameStart(s[1]) && s[1] < 0x80
	}
	i := 0
	for i < len(s) && i < 8 && nameByte(s[i]) {
		i++
	}
	if i == len(s) || s[i] != '>' && s[i] != '/' && !space(s[i]) {
		return false
	}
	return void(s[:i]) || strings.EqualFold(s[:i], "p") || strings.EqualFold(s[:i], "li")
}

// elements are HTML's, but for those whose names are words that a text may well
// have between angle brackets.
var elements = map[string]bool{
	"a": true, "b": true, "i": true, "u": true, "s": true, "p": true, "em": true, "strong": true, "div": true, "span": true,
	"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "ul": true, "ol": true, "li": true,
	"blockquote": true, "pre": true, "code": true, "table": true, "tbody": true, "tr": true, "td": true, "th": true,
	"font": true, "center": true, "small": true, "big": true, "sub": true, "sup": true, "figure": true, "iframe": true,
	"object": true, "script": true, "style": true, "video": true, "audio": true, "form": true, "svg": true,
}

// hasElement reports whether a text holds the start tag of an HTML element.
func hasElement(s string) bool {
	s = s[:strings.LastIndexByte(s, '>')+1]
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			return false
		}
		s = s[i+1:]
		name := tagName(s)
		if n := len(name); n < len(s) && (s[n] == '>' || s[n] == '/' || space(s[n])) && elements[strings.ToLower(name)] {
			return true
		}
	}
}

// tagName returns the name that s begins with, as much as an HTML element's may
// have.
func tagName(s string) string {
	n := 0
	for n < len(s) && n < 12 && nameByte(s[n]) {
		n++
	}
	return s[:n]
}
