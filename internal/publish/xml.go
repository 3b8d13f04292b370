package publish

import (
	"strings"
	"unicode/utf8"
)

// meets are the octets that character data cannot hold as they are: markup, the
// carriage return (it would be read as a line feed, XML 1.0 section 2.11), the
// controls XML forbids, and the first octet of U+FFFE and U+FFFF. A bare ">" could
// end a "]]>".
var meets = octets("&<>\xEF" + controls)

const controls = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0B\x0C\r\x0E\x0F" +
	"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1A\x1B\x1C\x1D\x1E\x1F"

// escape writes s as character data, without what XML forbids. Whole articles
// pass here, so it copies the stretches in which there is nothing to do.
func escape(s string) string {
	s = valid(s)
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	from := 0
	for i := 0; i < len(s); i++ {
		if !meets[s[i]] {
			continue
		}
		with, skip := "", 1
		switch s[i] {
		case '&':
			with = "&amp;"
		case '<':
			with = "&lt;"
		case '>':
			with = "&gt;"
		case '\r':
			with = "&#xD;"
		case 0xEF:
			if !noncharacter(s[i:]) {
				continue
			}
			skip = 3
		}
		b.WriteString(s[from:i])
		b.WriteString(with)
		from = i + skip
		i = from - 1
	}
	b.WriteString(s[from:])
	return b.String()
}

// clean returns markup without the characters XML forbids (XML 1.0 section 2.2),
// and as valid UTF-8. It leaves all else, unlike text.Clean: a normal form would
// join a combining mark to the ">" of the tag before it.
func clean(markup string) string {
	markup = valid(markup)
	for i := 0; i < len(markup); i++ {
		switch c := markup[i]; {
		case !meets[c], c == '&', c == '<', c == '>', c == '\r', c == 0xEF && !noncharacter(markup[i:]):
			continue
		}
		return strings.Map(func(r rune) rune {
			if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
				return -1
			}
			return r
		}, markup)
	}
	return markup
}

// valid returns s as valid UTF-8.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func noncharacter(s string) bool {
	return strings.HasPrefix(s, "\uFFFE") || strings.HasPrefix(s, "\uFFFF")
}

// A textNode is an element that holds a long text. It is escaped by us: the
// encoder's own way looks at every character and takes most of the time of a
// feed with whole articles.
type textNode struct {
	Type string `xml:"type,attr,omitempty"`
	Data string `xml:",innerxml"`
}

func newTextNode(kind, s string) *textNode {
	return &textNode{Type: kind, Data: escape(s)}
}

// A linkNode is an atom:link (RFC 4287 section 4.2.7), in Atom and in RSS.
type linkNode struct {
	Rel    string `xml:"rel,attr"`
	Type   string `xml:"type,attr,omitempty"`
	Length int64  `xml:"length,attr,omitempty"`
	Href   string `xml:"href,attr"`
}
