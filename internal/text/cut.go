package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// window is how far Truncate looks back for the end of a grapheme, in bytes. A
// longer grapheme is no writing but an attack, and is cut between characters.
const window = 512

// Truncate returns the longest beginning of s that has at most maxBytes bytes and
// ends where a grapheme does, and whether that is less than s.
func Truncate(s string, maxBytes int) (string, bool) {
	if len(s) <= maxBytes {
		return s, false
	}
	if maxBytes <= 0 {
		return "", s != ""
	}
	start, sure := segmentStart(s, maxBytes)
	end := start
	state := -1
	for rest := s[start:]; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if end+len(cluster) > maxBytes {
			break
		}
		end += len(cluster)
	}
	if end == start && !sure {
		end = runeStart(s, maxBytes)
	}
	return s[:end], true
}

// segmentStart returns a place at most window before end from which graphemes can
// be counted, and whether one surely starts there: between two ASCII characters
// there is always a boundary but in CR LF.
func segmentStart(s string, end int) (start int, sure bool) {
	low := max(0, end-window)
	for i := end - 1; i > low; i-- {
		if s[i] < utf8.RuneSelf && s[i-1] < utf8.RuneSelf && s[i] != '\n' {
			return i, true
		}
	}
	return runeStart(s, low), end < window
}

// runeStart returns the start of the character at i, or i where there is none.
func runeStart(s string, i int) int {
	for j := i; j > i-utf8.UTFMax && j >= 0; j-- {
		if utf8.RuneStart(s[j]) {
			return j
		}
	}
	return i
}

// clusterBytes is how many bytes a grapheme of an excerpt may take on average; the
// longest emoji take 35. It bounds an excerpt of marks piled upon each other.
const clusterBytes = 40

// Excerpt returns the beginning of s in at most maxChars graphemes, the final "…"
// included where something is left out. It ends at the end of a word where the
// script parts words by blanks, unless that word is very long, and after any
// character where it does not (Chinese, Japanese, Thai, …).
func Excerpt(s string, maxChars int) string {
	if maxChars <= 0 {
		return ""
	}
	head, whole := clusters(s, maxChars)
	if whole {
		return s
	}
	// The last grapheme makes way for the ellipsis.
	bounds := head[:min(len(head), maxChars-1)]
	end := 0
	if len(bounds) > 0 {
		end = wordEnd(s, bounds)
	}
	kept := strings.TrimRightFunc(s[:end], func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(",;:-–—([{«“\"'‹…،؛、，：；（「『", r)
	})
	return kept + "…"
}

// clusters returns the ends of the first n graphemes of s, and whether s has no
// more than those.
func clusters(s string, n int) (ends []int, whole bool) {
	ends = make([]int, 0, n)
	end, state := 0, -1
	for rest := s; rest != ""; {
		if len(ends) == n {
			return ends, false
		}
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if end += len(cluster); end > n*clusterBytes {
			return ends, false
		}
		ends = append(ends, end)
	}
	return ends, true
}

// longWord is how many graphemes an excerpt gives up at most for a word's end.
const longWord = 30

// wordEnd returns the last of bounds that parts no word, within longWord graphemes;
// else the very last. Something follows in s after it.
func wordEnd(s string, bounds []int) int {
	last := len(bounds) - 1
	for i := last; i >= 0 && i > last-longWord; i-- {
		before, _ := utf8.DecodeLastRuneInString(s[:bounds[i]])
		after, _ := utf8.DecodeRuneInString(s[bounds[i]:])
		if !inWord(before) || !inWord(after) || unspaced(before) || unspaced(after) {
			return bounds[i]
		}
	}
	return bounds[last]
}

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || strings.ContainsRune("'’-‑\u200c\u200d", r)
}

// unspaced reports whether r belongs to a script that is written without blanks
// between words.
func unspaced(r rune) bool {
	return r > 0x0DFF && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan, unicode.Javanese)
}
