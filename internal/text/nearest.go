package text

import "unicode/utf8"

// maxWord is the longest word that suggestions are sought for, in bytes.
const maxWord = 64

// Nearest returns the candidate that word was probably meant to be: the one with
// the fewest letters changed, added, left out or swapped, at most two or a third
// of the word; "" where none is that near. Case and accents are aside; of equally
// near ones the first wins.
func Nearest(word string, candidates []string) string {
	if word == "" || len(word) > maxWord {
		return ""
	}
	folded := []rune(Fold(word))
	limit := max(2, len(folded)/3)
	if len(folded) < 4 {
		limit = 1 // two edits turn any short word into any other
	}
	best, bestEdits := "", limit+1
	for _, c := range candidates {
		if diff := utf8.RuneCountInString(c) - len(folded); len(c) > 2*maxWord || diff > limit+2 || -diff > limit+2 {
			continue
		}
		if n := edits(folded, []rune(Fold(c))); n < bestEdits {
			best, bestEdits = c, n
		}
	}
	return best
}

// edits counts insertions, deletions, substitutions and swaps of neighbours that
// turn a into b (optimal string alignment).
func edits(a, b []rune) int {
	before := make([]int, len(b)+1)
	last := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
