package charset

import (
	"bytes"
	"math/bits"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The guess reads the words of a document that hold bytes beyond ASCII in each set
// that they may be in, and asks what it takes, in bits, to spell what comes out in
// each language that is written in it: common letters are cheap, rare ones dear,
// and dearer still what no text holds. The cheapest reading wins. All readings are
// of the same bytes, so their costs compare, whether a set takes one byte a
// character or two.

const (
	// sampleBytes of such words are read for a guess, and headBytes to see whether a
	// label makes sense. It takes a few milliseconds, and one.
	sampleBytes, headBytes = 4 << 10, 1 << 10
	// doubt is by how much a reading must beat windows-1252, the last resort.
	doubt = 40
	// A label is not believed where another reading is cheaper by so much as some
	// words make, short texts looking like anything, and for each byte beyond ASCII
	// by half a bit. A label that is right comes nowhere near.
	nonsense, nonsenseByte = 600, 5
)

// What it costs, in tenths of a bit, that no language has a price for. Whole
// numbers add up to the same in any order.
const (
	costASCII   = 40  // a letter or sign of ASCII that a set of two bytes may swallow
	costBlank   = 50  // the blank that doesn't break
	costSign    = 90  // typographic signs that every language uses
	costLetter  = 130 // a letter that the language does without
	costSymbol  = 100 // anything else
	costControl = 200
	costError   = 300
	costMixed   = 80 // a letter beside one of another script, a symbol after one, an accent on nothing
	costAlone   = 60 // a letter of another script alone: à and è are words, too
	costUpper   = 30 // a capital at the start of a word
	costUppers  = 10 // a capital after a capital
	costInner   = 80 // a capital after a small letter
	costBeside  = 40 // a letter beside a character of Chinese, Japanese or Korean
	costTwin    = 20 // two accented letters in a row
)

// signs are typographic signs.
const signs = "’“”–—‘…«»„‚‹›·•€£©®™°§№¡¿´¨µªº\u00ad"

// sample returns the words with bytes beyond ASCII, parted by blanks. No set uses
// the bytes that part words here within a character, so that markup falls away.
func sample(body []byte) []byte {
	out := make([]byte, 0, sampleBytes)
	start, high := 0, false
	for i := 0; i <= len(body); i++ {
		if i < len(body) && !parts(body[i]) {
			high = high || body[i] >= utf8.RuneSelf
			continue
		}
		if high {
			out = append(append(out, body[start:min(i, start+sampleBytes)]...), ' ')
			if len(out) >= sampleBytes {
				break
			}
		}
		start, high = i+1, false
	}
	return out
}

// parts reports whether c parts words. Digits don't: GB18030 has them in characters.
func parts(c byte) bool {
	return c < '0' || c > '9' && c < '@'
}

// choose returns the set that a body which is not UTF-8 is read in.
func choose(body []byte, labels []string) set {
	words := sample(body)
	head := words[:min(len(words), headBytes)]
	if i := bytes.LastIndexByte(head, ' '); i > 0 {
		head = head[:i]
	}
	var least int
	for _, l := range labels {
		s := lookup(l)
		if s.enc == nil || s.sevenBits() && !s.escapes(body) {
			continue
		}
		i := slices.IndexFunc(candidates, func(c candidate) bool { return c.name == s.name })
		if i < 0 {
			return s
		}
		if least == 0 {
			_, least = cheapest(head)
		}
		if candidates[i].cost(head) <= least+max(nonsense, nonsenseByte*high(head)) {
			return s
		}
	}
	best, _ := cheapest(words)
	return best
}

// cheapest returns the set that words cost least in, and what they cost.
func cheapest(words []byte) (best set, least int) {
	best, least = candidates[0].set, candidates[0].cost(words)-doubt
	for _, c := range candidates[1:] {
		if n := c.cost(words); n < least {
			best, least = c.set, n
		}
	}
	return best, least
}

// high counts the bytes beyond ASCII.
func high(b []byte) (n int) {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			n++
		}
	}
	return n
}

// cost returns what it costs to spell the words in the cheapest of the languages
// that are written in the set.
func (c candidate) cost(words []byte) int {
	counts := map[rune]int{}
	common := context(string(c.transcode(words)), counts)
	least := 0
	for i, l := range c.languages {
		if n := l.cost(counts); i == 0 || n < least {
			least = n
		}
	}
	return common + least
}

// context counts the characters of a text beyond ASCII, and returns what the text
// costs in any language: for where its letters stand, and its ASCII.
func context(text string, counts map[rune]int) (total int) {
	earlier, before := other, other
	for _, r := range text {
		k := kindOf(r)
		if r < utf8.RuneSelf {
			if r >= '@' {
				total += costASCII
			}
		} else {
			counts[r]++
		}
		total += between(before, k)
		if earlier == other && before&foreign != 0 && k == other {
			total += costAlone
		}
		earlier, before = before, k
	}
	return total
}

// kind is what a character is to its neighbours.
type kind uint8

const (
	other   kind = 1 << iota
	plain        // a letter of ASCII
	latin        // another Latin letter
	foreign      // a letter of another script that is no part of Latin words
	ideo         // Chinese, Japanese, Korean: may stand beside anything
	accent       // combines with the letter before
	symbol       // what is no sign of typography
	upper        // a flag on letters
)

func kindOf(r rune) kind {
	var k kind
	switch {
	case r < utf8.RuneSelf:
		if c := r | 0x20; c < 'a' || c > 'z' {
			return other
		}
		if r < 'a' {
			return plain | upper
		}
		return plain
	case r >= 0x3040 && r < 0xe000:
		return ideo
	case r < 0x250 && unicode.IsLetter(r):
		k = latin
	case unicode.IsLetter(r):
		k = foreign
	case unicode.Is(unicode.Mn, r):
		return accent
	case strings.ContainsRune(signs, r) || unicode.IsSpace(r):
		return other
	default:
		return symbol
	}
	if unicode.IsUpper(r) {
		k |= upper
	}
	return k
}

// between returns what it costs that b follows a.
func between(a, b kind) (n int) {
	letters := plain | latin | foreign
	switch {
	case b&upper == 0:
	case a&letters == 0:
		n += costUpper
	case a&upper == 0:
		n += costInner
	default:
		n += costUppers
	}
	switch {
	case b&foreign != 0 && a&(plain|latin) != 0, a&foreign != 0 && b&(plain|latin) != 0:
		n += costMixed
	case b == symbol && a&letters != 0, b == accent && a&(letters|accent) == 0:
		n += costMixed
	case b&latin != 0 && a&latin != 0:
		n += costTwin
	case b == ideo && a&(letters) != 0, a == ideo && b&letters != 0:
		n += costBeside
	}
	return n
}

// cost returns what the characters beyond ASCII cost. A capital costs what the
// small letter does; its place in the word is paid for already.
func (l language) cost(counts map[rune]int) (total int) {
	prices := l.prices()
	for r, times := range counts {
		price, listed := prices[r]
		if !listed {
			price, listed = prices[unicode.ToLower(r)]
		}
		if !listed {
			price = l.otherPrice(r)
		}
		total += price * times
	}
	return total
}

// prices returns the costs of the listed letters. In alphabets frequency falls
// evenly, over thousands of characters by Zipf's law.
func (l language) prices() map[rune]int {
	letters := []rune(l.letters)
	prices := make(map[rune]int, len(letters))
	for i, r := range letters {
		part, whole := i, len(letters)
		if l.script != nil {
			part, whole = bits.Len(uint(part)), bits.Len(uint(whole))
		}
		prices[r] = l.first + (l.last-l.first)*part/whole
	}
	return prices
}

// otherPrice returns the cost of a character that the language does not list.
func (l language) otherPrice(r rune) int {
	switch {
	case r == utf8.RuneError:
		return costError
	case r == '\u00a0':
		return costBlank
	case strings.ContainsRune(signs, r):
		return costSign
	case l.script != nil && unicode.Is(l.script, r):
		return l.others
	case unicode.IsLetter(r), unicode.Is(unicode.Mn, r):
		return costLetter
	case unicode.IsControl(r), unicode.Is(unicode.Co, r):
		return costControl
	}
	return costSymbol
}
