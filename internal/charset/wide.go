package charset

import (
	"bytes"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// wideHead is how many bytes are looked at for the zeros of UTF-16 and UTF-32.
const wideHead = 1 << 10

// wide recognises UTF-16 and UTF-32 by their byte order mark, or else by where the
// zero bytes of their ASCII characters stand: documents are full of markup. The set
// is empty where it is neither.
func wide(b []byte) (s set, marked bool) {
	if len(b) < 2 {
		return set{}, false
	}
	switch head := string(b[:min(len(b), 4)]); {
	case head == "\xff\xfe\x00\x00":
		return utf32Set(utf32.LittleEndian), true
	case head == "\x00\x00\xfe\xff":
		return utf32Set(utf32.BigEndian), true
	case head[:2] == "\xff\xfe":
		return utf16Set(unicode.LittleEndian), true
	case head[:2] == "\xfe\xff":
		return utf16Set(unicode.BigEndian), true
	}
	head := b[:min(len(b), wideHead)&^3]
	if bytes.IndexByte(head, 0) < 0 {
		return set{}, false
	}
	return zeros(head), false
}

// zeros judges the head of a body without a mark, a multiple of four bytes.
func zeros(head []byte) set {
	var z [4]int // zero bytes, by their place in a group of four
	for i, c := range head {
		if c == 0 {
			z[i&3]++
		}
	}
	n := len(head) / 4
	even, odd := z[0]+z[2], z[1]+z[3]
	switch {
	case z[3] == n && z[2] > n/2 && z[0] <= n/2:
		return utf32Set(utf32.LittleEndian)
	case z[0] == n && z[1] > n/2 && z[3] <= n/2:
		return utf32Set(utf32.BigEndian)
	case odd > n/2 && odd > 4*even, opens(head[0]) && head[1] == 0:
		return utf16Set(unicode.LittleEndian)
	case even > n/2 && even > 4*odd, head[0] == 0 && opens(head[1]):
		return utf16Set(unicode.BigEndian)
	}
	return set{}
}

// opens reports whether a document may begin with c: XML, HTML or JSON.
func opens(c byte) bool { return strings.IndexByte("<{[", c) >= 0 }

func utf16Set(order unicode.Endianness) set {
	name := "utf-16le"
	if order == unicode.BigEndian {
		name = "utf-16be"
	}
	return set{name, unicode.UTF16(order, unicode.IgnoreBOM)}
}

func utf32Set(order utf32.Endianness) set {
	name := "utf-32le"
	if order == utf32.BigEndian {
		name = "utf-32be"
	}
	return set{name, utf32.UTF32(order, utf32.IgnoreBOM)}
}
