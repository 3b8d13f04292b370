package date

import (
	"strings"
	"unicode/utf8"
)

// reading is a date in the making: what its text has said so far.
type reading struct {
	text, rest string // folded; what is left to read
	scripts    scripts
	words      lexicon

	numbers [3]number // whose meaning is not said
	n       int
	dotted  bool // the numbers are parted by dots alone
	parted  bool // they are parted by something else

	date      civil // what is said for sure; 0 is unsaid
	nextMonth bool  // the next number is the month
	iso       bool  // a "T" stood before the time of day
	buddhist  bool
	solar     bool

	names [6]word // of months and days
	named int

	clock  clock
	offset offset
}

type number struct {
	value, digits int
}

// clock is a time of day.
type clock struct {
	said              bool
	hour, minute, sec int
	half              int // 1: before noon, 2: after
}

// offset is the zone of a time of day.
type offset struct {
	numeric bool
	minutes int // east of Greenwich
	named   bool
	zone    zone
}

// all reads what is left, in whatever order it comes, and reports whether it
// understood everything.
func (r *reading) all() bool {
	for r.rest != "" {
		if !r.one() {
			return false
		}
	}
	return true
}

func (r *reading) one() bool {
	switch c := r.rest[0]; {
	case digit(c):
		return r.digits()
	case letter(c):
		return r.word()
	case (c == '+' || c == '-') && r.offsetFollows():
		return r.readOffset()
	case c == '(' || c == '[':
		return r.comment(c)
	case c == '.' || c == '-' || c == '/' || c == ',' || c == ':' && r.yearBefore():
		r.part(c)
	case c != ' ' && c != '\'' && c != '@':
		return false
	}
	r.rest = r.rest[1:]
	return true
}

// part notes what stands between the numbers of a date.
func (r *reading) part(c byte) {
	if r.n == 0 || r.n == len(r.numbers) {
		return
	}
	if c == '.' {
		r.dotted = true
	} else {
		r.parted = true
	}
}

// yearBefore reports whether a year of four digits stands right before what is
// left, as in 24/Nov/2026:07:05:09.
func (r *reading) yearBefore() bool {
	return !r.clock.said && r.n > 0 && r.numbers[r.n-1].digits == 4 && digit(r.before())
}

// before returns the byte before what is left; 0 at the beginning.
func (r *reading) before() byte {
	if len(r.rest) == len(r.text) {
		return 0
	}
	return r.text[len(r.text)-len(r.rest)-1]
}

// comment passes over a remark in brackets (RFC 5322 section 3.2.2), such as the
// day of the week, or the zone's full name in JavaScript. Only the name of a zone
// counts where none was said. It reports false where the remark may be one.
func (r *reading) comment(open byte) bool {
	end := ")"
	if open == '[' {
		end = "]"
	}
	said, rest, _ := strings.Cut(r.rest[1:], end)
	r.rest = rest
	if !r.clock.said || r.offset.numeric || r.offset.named {
		return true
	}
	if z, is := zones[said]; is {
		return r.sayZone(z)
	}
	// "(Seoul time)" may tell the zone, "(Tue)" does not.
	_, after, known := r.words.next(said)
	return known && strings.Trim(after, " .") == ""
}

// prefix reads the forms of ISO 8601 that only the beginning of a text can have,
// and reports whether the text may go on.
func (r *reading) prefix() bool {
	s := r.text
	switch n := digits(s); {
	case n == 8 || n == 12 || n == 14: // 20260102, 202601021504, 20260102150405
		r.date = civil{atoi(s[:4]), atoi(s[4:6]), atoi(s[6:8])}
		r.rest = s[8:]
		return n == 8 || r.compactTime()
	case n == 4 && len(s) == 4:
		return false // a year is no date
	case n == 4 && len(s) == 7 && s[4] == '-' && digits(s[5:]) == 2:
		r.date, r.rest = civil{atoi(s[:4]), atoi(s[5:]), 1}, ""
	case n == 4 && len(s) >= 8 && s[4] == '-' && digits(s[5:]) == 3:
		return r.longNumber()
	case n == 4 && len(s) > 5 && (s[4] == 'w' || s[4] == '-' && s[5] == 'w'):
		return r.week()
	}
	return true
}

// longNumber reads the day of a year (2026-329), or a month with a zero too many,
// as Google once had it (2003-012-31).
func (r *reading) longNumber() bool {
	year, n := atoi(r.text[:4]), atoi(r.text[5:8])
	r.rest = r.text[8:]
	if len(r.rest) >= 3 && r.rest[0] == '-' && digits(r.rest[1:]) == 2 && !strings.HasPrefix(r.rest[3:], ":") {
		r.date, r.rest = civil{year, n, atoi(r.rest[1:3])}, r.rest[3:]
		return true
	}
	var ok bool
	r.date, ok = fromOrdinal(year, n)
	return ok
}

// week reads a day of a week: 2026-W48-2, 2026W482.
func (r *reading) week() bool {
	year, s := atoi(r.text[:4]), strings.TrimLeft(r.text[4:], "-")[1:]
	n := digits(s)
	switch {
	case n == 3:
		s = s[:2] + "-" + s[2:]
	case n != 2 || len(s) < 4 || s[2] != '-' || digits(s[3:]) != 1:
		return false // a week alone is no day
	}
	var ok bool
	r.date, ok = fromWeek(year, atoi(s[:2]), atoi(s[3:4]))
	r.rest = s[4:]
	return ok
}

// digits reads a time of day or a number.
func (r *reading) digits() bool {
	n := digits(r.rest)
	if n > 6 {
		return false
	}
	after := r.rest[n:]
	switch {
	case r.isoDay() && !r.clock.said && (n == 4 || n == 6):
		return r.compactTime()
	case n <= 2 && len(after) > 1 && after[0] == ':' && digit(after[1]):
		return r.timeOfDay()
	case n > 4:
		return false
	}
	v := number{atoi(r.rest[:n]), n}
	r.rest = after
	if unit, size := utf8.DecodeRuneInString(after); size > 1 {
		if done, ok := r.unit(v, unit); done {
			r.rest = after[size:]
			return ok
		}
	}
	if n <= 2 && after != "" && after[0] == 'h' && !r.clock.said && (len(after) == 1 || !letter(after[1])) {
		return r.hours(v.value, after[1:]) // 15h30
	}
	if r.nextMonth {
		r.nextMonth = false
		return set(&r.date.month, v.value)
	}
	if r.n == len(r.numbers) {
		return false
	}
	r.numbers[r.n] = v
	r.n++
	return true
}

// isoDay reports whether a whole day was said, the year first: then the time of day
// may be basic (2026-11-24T0705).
func (r *reading) isoDay() bool {
	return r.date.day != 0 || r.n == len(r.numbers) && r.numbers[0].digits == 4
}

// unit takes a number with the sign behind it that says its meaning in Chinese,
// Japanese and Korean.
func (r *reading) unit(v number, unit rune) (done, ok bool) {
	switch unit {
	case '年', '년':
		return true, v.digits == 4 && set(&r.date.year, v.value)
	case '月', '월':
		return true, set(&r.date.month, v.value)
	case '日', '일', '号', '號':
		return true, set(&r.date.day, v.value)
	case '時', '时', '시', '點', '点':
		ok = !r.clock.said
		r.clock.said, r.clock.hour = true, v.value
		return true, ok
	case '分', '분':
		return true, r.clock.said && set(&r.clock.minute, v.value)
	case '秒', '초':
		return true, r.clock.said && set(&r.clock.sec, v.value)
	}
	return false, false
}

// set takes a value that may be said once.
func set(to *int, value int) bool {
	if *to != 0 {
		return false
	}
	*to = value
	return true
}

func (r *reading) hours(hour int, after string) bool {
	r.clock.said, r.clock.hour = true, hour
	n := digits(after)
	if n > 2 {
		return false
	}
	r.clock.minute = atoi(after[:n])
	r.rest = strings.TrimPrefix(after[n:], "m")
	return true
}

// timeOfDay reads 7:05, 07:05:09, 07:05:09.123.
func (r *reading) timeOfDay() bool {
	if before := r.before(); r.clock.said || r.isoDay() && (before == '-' || before == '+') {
		return false // 2026-11-24-05:00 is a day in a zone
	}
	r.clock.said = true
	for i, to := range []*int{&r.clock.hour, &r.clock.minute, &r.clock.sec} {
		if i > 0 {
			if r.rest == "" || r.rest[0] != ':' {
				break
			}
			r.rest = r.rest[1:]
		}
		n := digits(r.rest)
		if n == 0 || n > 2 {
			return false
		}
		*to, r.rest = atoi(r.rest[:n]), r.rest[n:]
	}
	r.fraction()
	return true
}

// fraction passes over the fraction of a second.
func (r *reading) fraction() {
	if len(r.rest) > 1 && (r.rest[0] == '.' || r.rest[0] == ',') {
		if n := digits(r.rest[1:]); n > 0 {
			r.rest = r.rest[1+n:]
		}
	}
}

// compactTime reads 0705, 070509.
func (r *reading) compactTime() bool {
	n := digits(r.rest)
	if n != 4 && n != 6 {
		return false
	}
	r.clock = clock{said: true, hour: atoi(r.rest[:2]), minute: atoi(r.rest[2:4]), sec: atoi(r.rest[4:n])}
	r.rest = r.rest[n:]
	r.fraction()
	return true
}

// dayBegun reports whether something of the day was said.
func (r *reading) dayBegun() bool { return r.n > 0 || r.date != (civil{}) }

// word reads a word.
func (r *reading) word() bool {
	s := r.rest
	run := s[:letters(s)]
	if after := strings.TrimLeft(s[len(run):], " "); run == "t" && after != "" && digit(after[0]) && r.dayBegun() { // ISO 8601
		r.rest, r.iso = s[1:], true
		return true
	}
	w, rest, found := r.words.next(s)
	z, isZone := zones[run]
	// Friday (pet.) and Thursday (čet.) are also zones: after the time of day,
	// where the day was said before.
	switch {
	case isZone && (r.clock.said || run[0] >= 0x80) && (!found || r.dayBegun()):
		r.rest = s[len(run):]
		return r.sayZone(z)
	case r.clock.said && len(run) == 1 && run[0] < 0x80 && run != "h" && !w.half():
		return false // a military zone
	case found:
		r.rest = rest
		return r.say(w)
	case r.clock.said && len(run) <= 5 && run[0] < 0x80:
		// A zone whose name may have several meanings: an offset must tell.
		r.rest = s[len(run):]
		return r.offset.numeric || zoneFollows(r.rest)
	}
	return false
}

// zoneFollows reports whether what follows a zone's name says its offset.
func zoneFollows(s string) bool {
	s = strings.TrimLeft(s, " (")
	return len(s) > 1 && (s[0] == '+' || s[0] == '-') && digit(s[1])
}

func (r *reading) sayZone(z zone) bool {
	if r.offset.named && r.offset.zone != z && !r.offset.numeric {
		return false
	}
	r.offset.named, r.offset.zone = true, z
	return true
}

// half reports whether a word says a half of the day.
func (w word) half() bool { return w.is(morning) || w.is(afternoon) }

// say takes a word that is known.
func (r *reading) say(w word) bool {
	switch {
	case w.half() && r.clock.half == 0 && (r.clock.said || len(w.senses) == 0):
		r.clock.half = 1
		if w.is(afternoon) {
			r.clock.half = 2
		}
	case len(w.senses) > 0:
		if r.named == len(r.names) {
			return false
		}
		r.names[r.named] = w
		r.named++
	case w.is(beforeMonth):
		r.nextMonth = true
	case w.is(buddhistEra):
		r.buddhist = true
	case w.is(persianEra):
		r.solar = true
	case !w.is(filler):
		return false
	}
	return true
}

// offsetFollows reports whether a sign begins an offset.
func (r *reading) offsetFollows() bool {
	digitsAt := strings.TrimLeft(r.rest, "+-")
	return r.clock.said && !r.offset.numeric && digitsAt != "" && digit(digitsAt[0])
}

// readOffset takes an offset: +0900, +09:00, +9, --0700.
func (r *reading) readOffset() bool {
	sign := r.rest[0]
	s := strings.TrimLeft(r.rest, "+-")
	n := digits(s)
	if n < 4 && sign == '-' && digit(r.before()) && strings.Contains(s, ":") && !r.iso && !r.isoDay() {
		return false // 24 Nov 2026, 7:00-8:00 is from seven to eight
	}
	hours, minutes := 0, 0
	switch n {
	case 1, 2:
		hours, s = atoi(s[:n]), s[n:]
		if len(s) > 2 && s[0] == ':' && digits(s[1:]) == 2 {
			minutes, s = atoi(s[1:3]), s[3:]
		}
	case 3, 4:
		hours, minutes, s = atoi(s[:n-2]), atoi(s[n-2:n]), s[n:]
	default:
		return false
	}
	r.rest = s
	r.offset.numeric, r.offset.minutes = true, east(sign, hours, minutes)
	return r.offset.minutes >= -maxOffset && r.offset.minutes <= maxOffset
}
