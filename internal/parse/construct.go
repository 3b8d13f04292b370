package parse

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"rightswire/internal/news"
)

// content is the raw content of a text, as much of it as can count.
func (s *scanner) content(n *textNote) []byte {
	raw := s.src[n.from.from:n.from.to]
	if len(raw) <= maxRaw {
		return raw
	}
	return bytes.ToValidUTF8(raw[:maxRaw], nil)
}

// atomText returns an Atom text construct (RFC 4287 section 3.1, and Atom 0.3):
// value is what gofeed made of it, unless it holds markup.
func (s *scanner) atomText(n *textNote, value string) news.Text {
	raw := s.content(n)
	switch typ := n.typ; {
	case n.mode == "base64":
		return plainOr(base64Text(rawText(raw)), isHTML(typ))
	case n.mode == "escaped":
		return plainOr(rawText(raw), isHTML(typ) || isXHTML(typ))
	case n.markup && hasTag(raw):
		return news.Text{Value: rawMarkup(raw, n.single && !isHTML(typ)), HTML: true}
	case isXHTML(typ) && !strings.Contains(string(raw), "<![CDATA["):
		return news.Text{Value: rawMarkup(raw, false), HTML: true}
	case n.markup || isXHTML(typ):
		return plainOr(rawText(raw), isHTML(typ) || isXHTML(typ))
	case typ != "" && !strings.HasPrefix(typ, "text") && !isHTML(typ):
		return encodedText(value)
	default:
		return plainOr(value, isHTML(typ))
	}
}

// encodedText returns a text of a type that Atom wants in base64 (RFC 4287 section
// 4.1.3.3). It is left as it is where it isn't, and is none where it says something
// else than text.
func encodedText(value string) news.Text {
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value), ""))
	switch {
	case err != nil:
		return sniff(value)
	case !utf8.Valid(b) || legal(string(b)) != string(b):
		return news.Text{}
	}
	return sniff(string(b))
}

// atomContent is atomText for an element that may be of any media type: a picture,
// a recording or some other XML is no text.
func (s *scanner) atomContent(n *textNote, value string) news.Text {
	for _, kind := range []string{"image/", "audio/", "video/", "multipart/", "message/", "model/", "font/"} {
		if strings.HasPrefix(n.typ, kind) {
			return news.Text{}
		}
	}
	if strings.HasSuffix(n.typ, "+xml") && !isXHTML(n.typ) {
		return news.Text{}
	}
	return s.atomText(n, value)
}

// rssText returns a text of RSS, which is HTML where it looks like it.
func (s *scanner) rssText(n *textNote, value string) news.Text {
	if n.markup {
		raw := s.content(n)
		if n.typ != "" {
			return s.atomContent(n, "") // an Atom element inside RSS
		}
		if hasTag(raw) {
			return news.Text{Value: rawMarkup(raw, false), HTML: true}
		}
		value = rawText(raw)
	}
	return sniff(value)
}

// rssBody is rssText for a description, which RSS says is HTML.
func (s *scanner) rssBody(n *textNote, value string) news.Text {
	t := s.rssText(n, value)
	if !t.HTML {
		t = sniffBody(t.Value)
	}
	return t
}

func plainOr(s string, html bool) news.Text {
	return news.Text{Value: strings.TrimSpace(s), HTML: html}
}

// sniffBody is sniff for a text that is meant to be HTML: there a tag needs no end
// to be one.
func sniffBody(s string) news.Text { return plainOr(s, looksHTML(s) || hasElement(s)) }

// sniff returns a text whose source doesn't say whether it is HTML.
func sniff(s string) news.Text { return plainOr(s, looksHTML(s)) }

// hasTag reports whether raw content holds elements.
func hasTag(raw []byte) bool {
	for len(raw) > 0 {
		kind, _, rest := nextPiece(raw)
		if kind == pieceTag {
			return true
		}
		raw = rest
	}
	return false
}

func isXHTML(typ string) bool {
	return strings.Contains(typ, "xhtml") || typ == "xml" || typ == "application/xml" || typ == "text/xml"
}

func isHTML(typ string) bool { return typ == "html" || strings.HasPrefix(typ, "text/html") }

func base64Text(s string) string {
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		return ""
	}
	return legal(strings.ToValidUTF8(string(b), "\uFFFD"))
}
