package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns the form of s in which words are compared: compatibility forms
// (NFKC) and case are one, accents and points of the Latin, Greek, Cyrillic,
// Hebrew and Arabic scripts are off, Arabic and Persian spellings of yeh, kaf,
// alef, heh and of digits are one, invisible characters are gone. Vowel signs of
// Indic scripts and the voicing marks of Japanese make other words and stay. It is
// for matching, never for showing.
func Fold(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	s = norm.NFKD.String(legal(s))
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if r < utf8.RuneSelf {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			b.WriteByte(byte(r))
			continue
		}
		if accent(r) || unicode.Is(unicode.Cf, r) {
			continue
		}
		r = unicode.ToLower(unicode.ToUpper(r))
		if same := variant(r); same != "" {
			b.WriteString(same)
			continue
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

// accent reports whether r, of decomposed text, is a mark that readers and writers
// of its script leave out or put in without changing the word.
func accent(r rune) bool {
	switch {
	case r >= 0x0300 && r <= 0x036F, // Latin, Greek, Cyrillic
		r >= 0x0483 && r <= 0x0487,                             // Old Cyrillic
		r >= 0x0591 && r <= 0x05BD, r >= 0x05BF && r <= 0x05C7, // Hebrew points
		r >= 0x0610 && r <= 0x061A, r >= 0x064B && r <= 0x065F, // Arabic vowels, hamza
		r == 0x0670, r >= 0x06D6 && r <= 0x06DC, r >= 0x06DF && r <= 0x06E8,
		r >= 0x06EA && r <= 0x06ED, r == 0x0640, // tatweel
		r >= 0x1AB0 && r <= 0x1AFF, r >= 0x1DC0 && r <= 0x1DFF, r >= 0x20D0 && r <= 0x20F0:
		return r != 0x05C0 && r != 0x05C3 && r != 0x05C6 // Hebrew punctuation
	}
	return false
}

// variant returns what a lower-case letter is spelled as for matching, "" for
// itself.
func variant(r rune) string {
	switch r {
	case 'ى', 'ی', 'ې', 'ے':
		return "ي"
	case 'ک', 'ڪ':
		return "ك"
	case 'ٱ':
		return "ا"
	case 'ة', 'ە', 'ہ', 'ھ', 'ۃ':
		return "ه"
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'đ', 'ð':
		return "d"
	case 'ł':
		return "l"
	case 'ħ':
		return "h"
	case 'ŧ':
		return "t"
	case 'þ':
		return "th"
	case 'ı':
		return "i"
	case '‘', '’', 'ʼ', 'ʻ':
		return "'"
	}
	switch {
	case r >= '٠' && r <= '٩':
		return string('0' + r - '٠')
	case r >= '۰' && r <= '۹':
		return string('0' + r - '۰')
	}
	return ""
}
