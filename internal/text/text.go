// Package text is what the newswire knows about characters: which ones may stand
// in a document, where a grapheme ends, how words are folded for matching, which
// way a language runs.
//
// Invariant: everything it returns is valid UTF-8 in normal form C that XML 1.0
// can carry, and every function is idempotent. It knows nothing of markup: text
// that still holds tags is not its business, since normalising would join a
// combining mark to the ">" before it.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Clean returns s as valid UTF-8 in normal form C, each run of bad bytes replaced
// by U+FFFD, without the characters that XML 1.0 (section 2.2) forbids. Text that
// is clean already comes back as it is, without an allocation.
func Clean(s string) string {
	return composed(legal(s))
}

// Line returns s as one line: clean, every run of white space one blank, trimmed.
// Controls and characters that reorder or hide text are removed: a title must not
// deceive on a page, in a feed reader or on a terminal. The joiners U+200C and
// U+200D stay, because Persian and emoji are written with them.
func Line(s string) string {
	s = legal(s)
	if plainLine(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	space := false
	last := rune(0)
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = true
			continue
		}
		if deceives(r) || r == zeroWidthSpace && !unspaced(last) {
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
		last = r
	}
	return composed(b.String())
}

// composed returns s, which is legal, in normal form C.
func composed(s string) string {
	for _, r := range s {
		if !inert(r) {
			return norm.NFC.String(s)
		}
	}
	return s
}

// inert reports whether r is composed itself and joins nothing before it. It knows
// the letters of the large scripts alone; asking the tables of norm takes ten times
// as long.
func inert(r rune) bool {
	switch {
	case r < 0x0300: // Latin
		return true
	case r < 0x1000: // Greek, Cyrillic, Arabic
		return r >= 0x0388 && r <= 0x0482 || r >= 0x048A && r <= 0x052F || r >= 0x0620 && r <= 0x064A ||
			r >= 0x0660 && r <= 0x066F || r >= 0x0671 && r <= 0x06D5
	case r < 0x3041: // punctuation
		return r >= 0x200C && r <= 0x2027 || r >= 0x2030 && r <= 0x205E || r >= 0x3000 && r <= 0x3020
	}
	return r <= 0x3096 || r >= 0x309B && r <= 0x30FF || r >= 0x3400 && r <= 0x9FFF || r >= 0xAC00 && r <= 0xD7A3 ||
		r >= 0xFF01 && r <= 0xFF5E || r >= 0x1F600 && r <= 0x1F64F
}

// zeroWidthSpace parts words where the script has no blanks; elsewhere it only
// hides.
const zeroWidthSpace = '\u200B'

// deceives reports whether r is a control, or a character that is invisible and
// changes the order or the look of its neighbours.
func deceives(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r < ' ' || r == 0x7F
	case r <= 0x9F, r == 0xAD, r == 0x61C: // C1, soft hyphen, Arabic letter mark
		return true
	case r == 0x200E, r == 0x200F, r >= 0x202A && r <= 0x202E: // marks, embeddings, overrides
		return true
	case r >= 0x2060 && r <= 0x206F: // word joiner, invisible operators, isolates
		return true
	}
	return r == 0xFEFF || r >= 0xFFF9 && r <= 0xFFFB // byte order mark, annotations
}

// plainLine reports whether s is printable ASCII with single blanks inside.
func plainLine(s string) bool {
	last := byte(' ')
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c >= 0x7F || c == ' ' && last == ' ' {
			return false
		}
		last = c
	}
	return s == "" || last != ' '
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// legal repairs UTF-8 and drops what XML 1.0 forbids.
func legal(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, string(utf8.RuneError))
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' && forbidden(rune(c)) || c == 0xEF && forbidden(runeAt(s[i:])) {
			return strings.Map(dropForbidden, s)
		}
	}
	return s
}

func runeAt(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

func dropForbidden(r rune) rune {
	if forbidden(r) {
		return -1
	}
	return r
}

// forbidden reports whether XML 1.0's Char production lacks r, a valid rune.
func forbidden(r rune) bool {
	if r < ' ' {
		return r != '\t' && r != '\n' && r != '\r'
	}
	return r == 0xFFFE || r == 0xFFFF
}
