package date

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// scripts says what a text was written in before it was folded.
type scripts uint8

const (
	thai          scripts = 1 << iota
	hangul                // Korean
	ethiopic              // whose dates in numbers may be Ethiopian
	devanagari            // whose years may be Nepali
	persianDigits         // Persian, Dari, Pashto, Urdu
	otherDigits           // neither ASCII nor Persian
	eastern               // any script but the European ones
)

func (in scripts) has(s scripts) bool { return in&s != 0 }

// fold returns a text in the form in which dates are compared: lower-case letters
// without accents and points, Arabic letters in one spelling each, ASCII digits and
// punctuation, single blanks for all kinds of them, nothing invisible. It returns
// false where the text isn't UTF-8.
func fold(s string) (string, scripts, bool) {
	var in scripts
	b := make([]byte, 0, len(s))
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			return "", 0, false
		}
		zero := zeroOf(r)
		switch {
		case r < utf8.RuneSelf:
			r = rune(foldASCII(byte(r)))
		case zero != 0:
			in |= script(r)
			r = '0' + r - zero
		case mark(r):
			continue
		default:
			in |= script(r)
			r = foldRune(r)
		}
		if r == ' ' && len(b) > 0 && b[len(b)-1] == ' ' {
			continue
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b), in, true
}

func foldASCII(c byte) byte {
	switch {
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A'
	case c < ' ':
		return ' '
	case c == ';' || c == '|':
		return ','
	}
	return c
}

// script returns what a letter or digit says of its text.
func script(r rune) scripts {
	in := scripts(0)
	if zero := zeroOf(r); zero == 0x06F0 {
		in |= persianDigits
	} else if zero != 0 && zero != fullwidthZero {
		in |= otherDigits
	}
	if r >= 0x0590 && r < 0x10A0 || r > 0x10FF && r < 0x1E00 || r >= 0x3040 && r < 0xFF00 {
		in |= eastern
	}
	switch {
	case r >= 0x0E00 && r < 0x0E80:
		in |= thai
	case r >= 0xAC00 && r < 0xD7B0:
		in |= hangul
	case r >= 0x1200 && r < 0x1380:
		in |= ethiopic
	case r >= 0x0900 && r < 0x0980:
		in |= devanagari
	}
	return in
}

const fullwidthZero = 0xFF10

// zeroOf returns the zero of the digits that r is one of; 0 where it is none.
func zeroOf(r rune) rune {
	for _, zero := range [...]rune{
		0x0660, 0x06F0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
		0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, fullwidthZero,
	} {
		if r >= zero && r <= zero+9 {
			return zero
		}
	}
	return 0
}

// mark reports whether r is left out: the marks that the readers of a script do
// without, and what can't be seen.
func mark(r rune) bool {
	switch {
	case r >= 0x0300 && r <= 0x036F, // Latin, Greek, Cyrillic
		r >= 0x0591 && r <= 0x05C7 && r != 0x05BE,                        // Hebrew points
		r >= 0x064B && r <= 0x0655, r == 0x0670, r == 0x0640, r == 0x621, // Arabic points, tatweel, hamza
		r == 0x093C, r == 0x09BC, r == 0x0A3C, // the dot below of northern India
		r == 0x0F0B, r == 0x0F0C, // between Tibetan syllables
		r == 'º', r == 'ª', // 1º
		unicode.Is(unicode.Cf, r), r == 0x180B, r >= 0xFE00 && r <= 0xFE0F:
		return true
	}
	return false
}

func foldRune(r rune) rune {
	switch {
	case r > 0xFF00 && r < 0xFF5F: // full width
		return rune(foldASCII(byte(r - 0xFF00 + ' ')))
	case r >= 0x2010 && r <= 0x2015, r == 0x2212, r == 0xFE58, r == 0xFE63, r == 0x05BE:
		return '-'
	case unicode.IsSpace(r):
		return ' '
	}
	r = unicode.ToLower(r)
	if p, ok := plain()[r]; ok {
		return p
	}
	return r
}

// plain spells letters and punctuation that are one to us in one way.
var plain = sync.OnceValue(func() map[rune]rune {
	same := make(map[rune]rune, 400)
	for _, group := range [...]string{
		"aàáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ", "bḃḅḇ", "cçćĉċčḉ", "dďđḋḍḏḑḓ", "eèéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ", "fḟ", "gĝğġģǧǵḡ",
		"hĥħȟḣḥḧḩḫẖ", "iìíîïĩīĭįıǐȉȋḭḯỉị", "jĵǰ", "kķǩḱḳḵ", "lĺļľłḷḹḻḽ", "mḿṁṃ", "nñńņňǹṅṇṉṋ",
		"oòóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ", "pṕṗ", "rŕŗřȑȓṙṛṝṟ", "sśŝşšșṡṣṥṧṩ", "tţťțṫṭṯṱẗ",
		"uùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự", "vṽṿ", "wŵẁẃẅẇẉẘ", "xẋẍ", "yýÿŷȳẏẙỳỵỷỹ", "zźżžẑẓẕ", "æǣǽ",
		"αά", "εέ", "ηή", "ιΐίϊ", "οό", "σς", "υΰϋύ", "ωώ",
		"аӑӓ", "гѓ", "еѐёӗ", "жӂӝ", "зӟ", "ийѝӣӥ", "кќ", "оӧ", "уўӯӱӳ", "чӵ", "ыӹ", "эӭ", "ії", "әӛ", "өӫ",
		"اأإآٱ", "وؤ", "يئىیۍېێے", "كکڪ", "هةەہھۀۂۃ", "گګ",
		"\u0915\u0958", "\u0916\u0959", "\u0917\u095A", "\u091C\u095B", "\u0921\u095C", "\u0922\u095D", "\u092B\u095E", "\u092F\u095F",
		"\u09A1\u09DC", "\u09A2\u09DD", "\u09AF\u09DF",
		",،、。၊။፣፡।·•؛٫", "'‘’ʼʹʻ׳´`", ":∶꞉", ".॰", " °",
	} {
		first, size := utf8.DecodeRuneInString(group)
		for _, r := range group[size:] {
			same[r] = first
		}
	}
	return same
})
