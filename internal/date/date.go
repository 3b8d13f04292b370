// Package date finds the moment that a date in a feed or on a page names.
//
// Invariant: a wrong date is worse than none. Parse returns a moment only where
// the text has one meaning, whoever wrote it: where day and month can't be told
// apart, where a month's name is another month elsewhere, where a zone's name
// belongs to several zones, or where the calendar is unsure, the date is unknown.
// The machine's own zone and clock never count, and no text makes Parse fail in
// another way than by returning false, in time bounded by maxLen.
//
// Which moments can be believed of an item (none before there were feeds, none in
// the far future) is left to the caller.
package date

import (
	"strings"
	"time"
)

// maxLen is how many bytes a date has at most, blanks around it aside.
const maxLen = 128

// Parse returns the moment that a date names, in UTC and whole seconds; false where
// it names none for sure.
//
// It reads RFC 822, 2822 and 5322, RFC 3339, ISO 8601 (extended and basic, with
// weeks and days of the year) and its profile W3CDTF, C's asctime, the dates of
// JavaScript, seconds and milliseconds since 1970 (10 and 13 digits), numbers whose
// order is plain, and dates in words in the languages of the tables of this
// package, in whatever order and with native digits.
//
// A date without time is its midnight. One without zone is in UTC, but for a time of
// day in Korean, which is Korea's: the two Koreas have one zone. A year of two or
// three digits is read as RFC 5322 section 4.3 says, if the text is in Latin, Greek
// or Cyrillic letters. Thai years are Buddhist from 2400 on, Persian ones Solar
// Hijri. The fraction of a second is cut off. The weekday only decides where the
// rest leaves a choice: many are wrong.
func Parse(raw string) (t time.Time, ok bool) {
	s := strings.TrimSpace(raw)
	if s == "" || len(s) > maxLen {
		return time.Time{}, false
	}
	if t, ok := common(s); ok {
		return t, true
	}
	text, in, ok := fold(s)
	if !ok {
		return time.Time{}, false
	}
	text = strings.Trim(text, " ")
	if t, ok := epoch(text); ok {
		return t, true
	}
	r := reading{text: text, rest: text, scripts: in, words: words()}
	if !r.prefix() || !r.all() {
		return time.Time{}, false
	}
	return r.moment()
}

// possible reports whether t is within the years that are Gregorian for sure. 1300
// to 1499 is now the year of the Persian, the Islamic, the Bengali or the Burmese
// calendar, 2400 to 2699 of a Buddhist one.
func possible(t time.Time) bool {
	y := t.Year()
	return y >= 1 && y < 1300 || y >= 1500 && y < 2400 || y >= 2700 && y <= 9999
}

// epoch reads seconds or milliseconds since 1970, with or without a fraction. Ten
// digits that are also a date and an hour (2026112407) have two meanings.
func epoch(s string) (time.Time, bool) {
	n := digits(s)
	if n != 10 && n != 13 {
		return time.Time{}, false
	}
	if fraction := s[n:]; fraction != "" && (fraction[0] != '.' || 1+digits(fraction[1:]) != len(fraction)) {
		return time.Time{}, false
	}
	if n == 13 {
		return time.Unix(int64(atoi(s[:10])), 0).UTC(), true
	}
	c := civil{atoi(s[:4]), atoi(s[4:6]), atoi(s[6:8])}
	if c.valid() && c.year >= 1990 && c.year < 2200 && atoi(s[8:]) <= 24 {
		return time.Time{}, false
	}
	return time.Unix(int64(atoi(s[:10])), 0).UTC(), true
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 0x80 }

func digit(c byte) bool { return c >= '0' && c <= '9' }

// digits returns how many digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && digit(s[n]) {
		n++
	}
	return n
}

// letters returns how many bytes of letters a folded s begins with.
func letters(s string) int {
	n := 0
	for n < len(s) && letter(s[n]) {
		n++
	}
	return n
}

// atoi reads up to 18 digits.
func atoi(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
