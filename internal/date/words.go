package date

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// tongue is a language's names of the months, January first, and of the days,
// Sunday first. The spellings of one name are parted by "/": nominative, genitive,
// short. A blank in a name is written "_", and may be missing in a text.
type tongue struct {
	code, months, days string
}

// word is what a word of a date may mean.
type word struct {
	roles  uint32 // a bit for each role
	senses []sense
}

// sense is a month or a day that a word names in a language.
type sense struct {
	tongue uint8
	kind   kind
	value  uint8 // months 1 to 12, days 0 (Sunday) to 6
}

type kind uint8

const (
	month      kind = iota
	solarMonth      // of the Solar Hijri calendar
	weekday
)

func (w word) is(r role) bool { return w.roles&(1<<r) != 0 }

// lexicon finds words by their folded spelling.
type lexicon struct {
	byKey map[string]word
	codes []string // of the tongues, by their number
}

// words is the lexicon of all tables.
var words = sync.OnceValue(func() lexicon {
	l := lexicon{byKey: make(map[string]word, 6000)}
	for _, table := range [...][]tongue{latinTongues, cyrillicTongues, asianTongues} {
		for _, t := range table {
			l.add(t.months, sense{uint8(len(l.codes)), month, 1})
			l.add(t.days, sense{uint8(len(l.codes)), weekday, 0})
			l.codes = append(l.codes, t.code)
		}
	}
	for _, t := range solarTongues {
		l.add(t.months, sense{uint8(len(l.codes)), solarMonth, 1})
		l.codes = append(l.codes, t.code)
	}
	for _, p := range particles {
		for _, form := range strings.Fields(p.words) {
			for _, key := range spellings(form) {
				w := l.byKey[key]
				w.roles |= 1 << p.role
				l.byKey[key] = w
			}
		}
	}
	return l
})

// add adds the names of a table's line, the first of which means s.
func (l lexicon) add(line string, s sense) {
	for _, forms := range strings.Fields(line) {
		for _, form := range strings.Split(forms, "/") {
			for _, key := range spellings(form) {
				w := l.byKey[key]
				w.senses = append(w.senses, s)
				l.byKey[key] = w
			}
		}
		s.value++
	}
}

// spellings returns the keys of a name: folded, dots left out, hyphens and
// apostrophes blanks; two keys where it has a blank that may be missing.
func spellings(form string) []string {
	key, _, _ := fold(strings.ReplaceAll(form, "_", " "))
	key = strings.ReplaceAll(key, ".", "")
	key = strings.TrimSpace(strings.NewReplacer("-", " ", "'", " ").Replace(key))
	if joined := strings.ReplaceAll(key, " ", ""); joined != key {
		return []string{key, joined}
	}
	return []string{key}
}

// maxRuns is of how many runs of letters a name is at most.
const maxRuns = 3

// next finds the longest word that s begins with, s being folded and beginning
// with a letter, and returns what follows it.
func (l lexicon) next(s string) (w word, rest string, ok bool) {
	var buf [maxLen]byte
	key, at := buf[:0], 0
	for range maxRuns {
		end := at + letters(s[at:])
		key = append(key, s[at:end]...)
		if found, known := l.byKey[string(key)]; known {
			w, rest, ok = found, s[end:], true
		}
		at = end
		if at+1 >= len(s) || !letter(s[at+1]) {
			break
		}
		if s[at] != '.' {
			if s[at] != ' ' && s[at] != '-' && s[at] != '\'' {
				break
			}
			key = append(key, ' ')
		}
		at++
	}
	if !ok {
		return l.unspaced(s)
	}
	return w, rest, ok
}

// unspaced finds the longest word that a run of letters begins with, in the scripts
// from Thai on, which don't part words by blanks.
func (l lexicon) unspaced(s string) (word, string, bool) {
	for end := letters(s); end > 0; end-- {
		if end < len(s) && !utf8.RuneStart(s[end]) {
			continue
		}
		if first, _ := utf8.DecodeRuneInString(s); first < 0x0E00 {
			break
		}
		if w, ok := l.byKey[s[:end]]; ok {
			return w, s[end:], true
		}
	}
	return word{}, s, false
}
