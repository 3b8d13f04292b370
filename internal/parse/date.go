package parse

import (
	"strconv"
	"strings"
	"time"
)

// zones are the named time zones that are believed, in minutes east of Greenwich:
// RFC 822's, and those whose abbreviation has one meaning among the places that
// news comes from. An abbreviation with several (IST, AST, GST, BDT, ECT, AMT, …)
// leaves the date unknown, as does a military letter other than Z (RFC 5322
// section 4.3). CST, MST and PST are North America's, as RFC 822 says.
var zones = map[string]int{
	"Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "UCT": 0, "ZULU": 0,
	"EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
	"AKST": -540, "AKDT": -480, "HST": -600, "HADT": -540, "NST": -210, "NDT": -150,
	"WET": 0, "WEST": 60, "BST": 60, "CET": 60, "CEST": 120, "MET": 60, "MEST": 120, "MEZ": 60, "MESZ": 120,
	"EET": 120, "EEST": 180, "MSK": 180, "MSD": 240, "TRT": 180, "FET": 180,
	"SAMT": 240, "YEKT": 300, "OMST": 360, "NOVT": 420, "KRAT": 420, "IRKT": 480, "YAKT": 540, "VLAT": 600,
	"MAGT": 660, "PETT": 720,
	"WAT": 60, "CAT": 120, "SAST": 120, "EAT": 180,
	"IDT": 180, "IRST": 210, "IRDT": 270, "AFT": 270, "UZT": 300, "TMT": 300, "TJT": 300, "PKT": 300,
	"SLST": 330, "NPT": 345, "BTT": 360, "MMT": 390, "ICT": 420, "WIB": 420, "WITA": 480, "WIT": 540,
	"HKT": 480, "SGT": 480, "MYT": 480, "PHT": 480, "ULAT": 480, "KST": 540, "JST": 540,
	"AWST": 480, "ACST": 570, "ACDT": 630, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780, "FJT": 720,
	"ART": -180, "BRT": -180, "BRST": -120, "UYT": -180, "CLT": -240, "CLST": -180, "BOT": -240, "VET": -240,
	"PET": -300, "COT": -300,
}

var months = [12]string{
	"january", "february", "march", "april", "may", "june",
	"july", "august", "september", "october", "november", "december",
}

var weekdays = [7]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// What is believed of a date: nobody had a feed before, and nobody plans further.
// Not by the clock: a date would be another one on a later visit.
const (
	firstYear = 1990
	lastYear  = 2199
)

const maxDate = 128 // bytes of a date

// claimed returns the moment that a date of the document names, in UTC and whole
// seconds; zero where it names none for sure, or none that can be. A date without
// time is midnight; without zone it is UTC. The machine's own zone never counts.
func claimed(raw string) time.Time {
	t, ok := parseDate(raw)
	if !ok || t.Year() < firstYear || t.Year() > lastYear {
		return time.Time{}
	}
	return t
}

// parseDate reads RFC 3339 and ISO 8601 in all their spellings, RFC 822 and 5322,
// C and JavaScript dates, English dates in words, numeric ones whose order is
// plain, and seconds or milliseconds since 1970.
func parseDate(raw string) (time.Time, bool) {
	s := strings.TrimSpace(raw)
	if s == "" || len(s) > maxDate {
		return time.Time{}, false
	}
	if digits(s) == len(s) && (len(s) == 10 || len(s) == 13) {
		return epoch(s)
	}
	var d dateParts
	if n := digits(s); n == 8 || n == 14 || n == 4 && len(s) > 4 && !letter(s[4]) && s[4] != ' ' {
		s = d.iso(s, n)
	} else if n == 4 && len(s) == 4 {
		return time.Time{}, false // a year is no date
	}
	if !d.words(s) {
		return time.Time{}, false
	}
	return d.time()
}

func epoch(s string) (time.Time, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	if len(s) == 13 {
		n /= 1000
	}
	return time.Unix(n, 0).UTC(), true
}

// dateParts is a date in the making.
type dateParts struct {
	year, month, day int
	hour, min, sec   int
	offset           int // minutes east
	named            bool
	numeric          bool
	timed            bool
	half             int // 1: a.m., 2: p.m.
	nums             []number
	slashed          bool // the numbers are parted by something else than dots
}

type number struct {
	value, digits int
}

// iso takes a leading year, month and day, and returns the rest.
func (d *dateParts) iso(s string, n int) string {
	if n >= 8 { // 20260102, 20260102150405, 20260102T1504Z
		d.year, d.month, d.day = atoi(s[:4]), atoi(s[4:6]), atoi(s[6:8])
		s = s[8:]
		return strings.TrimLeft(s, "Tt ")
	}
	d.year, d.month, d.day = atoi(s[:4]), 1, 1
	sep := s[4]
	if sep != '-' && sep != '/' && sep != '.' {
		return s
	}
	rest := s[5:]
	m := digits(rest)
	if m == 0 || m > 2 {
		d.month = 0 // a day of the year, or nothing
		return s
	}
	d.month, rest = atoi(rest[:m]), rest[m:]
	if rest != "" && rest[0] == sep {
		rest = rest[1:]
		if m = digits(rest); m == 0 || m > 2 {
			d.month = 0
			return rest
		}
		d.day, rest = atoi(rest[:m]), rest[m:]
	}
	if after := strings.TrimLeft(rest, " "); after != "" && (after[0] == 'T' || after[0] == 't') {
		rest = after[1:]
	}
	return rest
}

// words takes everything else in whatever order it comes, and reports whether it
// understood.
func (d *dateParts) words(s string) bool {
	for s != "" {
		var ok bool
		switch c := s[0]; {
		case c >= '0' && c <= '9':
			s, ok = d.digits(s)
		case letter(c):
			s, ok = d.word(s)
		case (c == '+' || c == '-') && d.timed && len(s) > 1:
			s, ok = d.zone(s)
		case c == '(': // a comment, RFC 5322
			i := strings.IndexByte(s, ')')
			if i < 0 {
				i = len(s) - 1
			}
			s, ok = s[i+1:], true
		case c == '/' || c == '-':
			d.slashed = true
			s, ok = s[1:], true
		case c == ' ' || c == ',' || c == '.' || c == '\t' || c == '\n' || c == '\r':
			s, ok = s[1:], true
		}
		if !ok {
			return false
		}
	}
	return true
}

// digits takes a time of day or a number.
func (d *dateParts) digits(s string) (string, bool) {
	n := digits(s)
	if d.year != 0 && !d.timed && (n == 4 || n == 6) { // ISO 8601, basic
		d.timed, d.hour, d.min = true, atoi(s[:2]), atoi(s[2:4])
		d.sec = atoi(s[4:n])
		return s[n:], true
	}
	if n > 4 {
		return s, false
	}
	v, rest := atoi(s[:n]), s[n:]
	if !strings.HasPrefix(rest, ":") || n > 2 {
		if len(d.nums) == 3 {
			return s, false
		}
		d.nums = append(d.nums, number{v, n})
		return rest, true
	}
	if d.timed {
		return s, false
	}
	d.timed, d.hour = true, v
	n = digits(rest[1:])
	if n == 0 || n > 2 {
		return s, false
	}
	d.min, rest = atoi(rest[1:1+n]), rest[1+n:]
	if strings.HasPrefix(rest, ":") {
		n = digits(rest[1:])
		if n == 0 || n > 2 {
			return s, false
		}
		d.sec, rest = atoi(rest[1:1+n]), rest[1+n:]
	}
	if len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') {
		if n = digits(rest[1:]); n > 0 {
			rest = rest[1+n:] // a fraction of a second
		}
	}
	return rest, true
}

// word takes a month, a weekday, a half of the day or a zone.
func (d *dateParts) word(s string) (string, bool) {
	n := 0
	for n < len(s) && letter(s[n]) {
		n++
	}
	word, rest := strings.ToLower(s[:n]), s[n:]
	switch word {
	case "am", "pm":
		d.half = 1 + strings.IndexByte("ap", word[0])
		return rest, d.timed
	case "a", "p":
		if d.timed && len(rest) >= 3 && strings.EqualFold(rest[:3], ".m.") {
			d.half = 1 + strings.IndexByte("ap", word[0])
			return rest[3:], true
		}
	case "at", "of", "the", "st", "nd", "rd", "th":
		return rest, true
	}
	if i := named(months[:], word); i >= 0 {
		if d.month != 0 {
			return s, false
		}
		d.month, d.named = i+1, true
		return rest, true
	}
	if named(weekdays[:], word) >= 0 {
		return rest, true
	}
	offset, ok := zones[strings.ToUpper(word)]
	if !ok || !d.timed {
		// An offset in numbers says what the name may not.
		return rest, d.timed && (d.numeric || zoneFollows(rest))
	}
	if !d.numeric {
		d.offset = offset
	}
	return rest, true
}

// zoneFollows reports whether what follows a zone's name says its offset.
func zoneFollows(s string) bool {
	s = strings.TrimLeft(s, " ")
	return len(s) > 1 && (s[0] == '+' || s[0] == '-') && digits(s[1:]) > 0
}

// named returns the index of the name that word is, or abbreviates to three
// letters or more; -1 where it is none.
func named(names []string, word string) int {
	if len(word) < 3 {
		return -1
	}
	for i, name := range names {
		if strings.HasPrefix(name, word) || name == "september" && word == "sept" {
			return i
		}
	}
	return -1
}

// zone takes an offset: +0900, +09:00, +9, --0700.
func (d *dateParts) zone(s string) (string, bool) {
	sign := 1
	if s[0] == '-' {
		sign = -1
	}
	rest := strings.TrimLeft(s, "+-")
	n := digits(rest)
	var hours, minutes int
	switch n {
	case 1, 2:
		hours, rest = atoi(rest[:n]), rest[n:]
		if len(rest) > 2 && rest[0] == ':' && digits(rest[1:]) == 2 {
			minutes, rest = atoi(rest[1:3]), rest[3:]
		}
	case 3, 4:
		hours, minutes, rest = atoi(rest[:n-2]), atoi(rest[n-2:n]), rest[n:]
	default:
		return s, false
	}
	if d.numeric || hours > 15 || minutes > 59 {
		return s, false
	}
	d.offset, d.numeric = sign*(hours*60+minutes), true
	return rest, true
}

// order finds out which of the numbers is what.
func (d *dateParts) order() bool {
	n := d.nums
	switch {
	case d.year != 0:
		return len(n) == 0 && !d.named // ISO
	case d.named && len(n) == 2:
		day, year := n[0], n[1]
		if day.digits > 2 {
			day, year = year, day
		}
		d.day, d.year = day.value, fullYear(year)
		return day.digits <= 2
	case !d.named && len(n) == 3 && n[0].digits == 4: // Mon, 2006-01-02
		d.year, d.month, d.day = n[0].value, n[1].value, n[2].value
		return n[1].digits <= 2 && n[2].digits <= 2
	case !d.named && len(n) == 3 && n[2].digits == 4:
		a, b := n[0].value, n[1].value
		d.year = n[2].value
		switch {
		case !d.slashed, a > 12, a == b: // 02.01.2006 is the second of January
			d.day, d.month = a, b
		case b > 12:
			d.day, d.month = b, a
		default:
			return false // 03/04/2026
		}
		return true
	}
	return false
}

// fullYear reads a year of two digits as RFC 5322 section 4.3 says.
func fullYear(n number) int {
	switch {
	case n.digits == 4:
		return n.value
	case n.digits == 2 && n.value < 50:
		return 2000 + n.value
	case n.digits == 2:
		return 1900 + n.value
	}
	return 0
}

func (d *dateParts) time() (time.Time, bool) {
	if !d.order() || d.month < 1 || d.month > 12 || d.day < 1 {
		return time.Time{}, false
	}
	if d.half > 0 {
		if d.hour < 1 || d.hour > 12 {
			return time.Time{}, false
		}
		d.hour = d.hour%12 + 12*(d.half-1)
	}
	midnight := d.hour == 24 && d.min == 0 && d.sec == 0
	if d.hour > 23 && !midnight || d.min > 59 || d.sec > 60 { // 60: a leap second
		return time.Time{}, false
	}
	t := time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC)
	if t.Day() != d.day { // 30 February
		return time.Time{}, false
	}
	return t.Add(time.Duration(d.hour)*time.Hour + time.Duration(d.min-d.offset)*time.Minute +
		time.Duration(d.sec)*time.Second), true
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// digits returns how many digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// atoi reads at most a few digits.
func atoi(s string) int {
	n := 0
	for _, c := range []byte(s) {
		n = n*10 + int(c-'0')
	}
	return n
}
