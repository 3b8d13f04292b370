package date

import "time"

// moment puts together what the text has said; false where it leaves a choice.
func (r *reading) moment() (time.Time, bool) {
	m, ok := r.month()
	if !ok || !r.order(m.value != 0) {
		return time.Time{}, false
	}
	if m.value != 0 && !set(&r.date.month, int(m.value)) {
		return time.Time{}, false
	}
	day, ok := r.day(m.kind == solarMonth)
	if !ok || !day.valid() {
		return time.Time{}, false
	}
	return r.at(day.midnight())
}

// month finds the month that the names say, the zero sense where they say none.
// They are of one language, at least one; where languages differ on what they say,
// or none has them all, they say nothing for sure.
func (r *reading) month() (m sense, ok bool) {
	if r.named == 0 {
		return sense{}, true
	}
	sure, needed := false, r.needsMonth()
	for t := range r.words.codes {
		in, ok := r.monthIn(uint8(t))
		if !ok || (in.value != 0) != needed {
			continue
		}
		if sure && (in.value != m.value || in.kind != m.kind) {
			return sense{}, false
		}
		m, sure = in, true
	}
	if !sure {
		return r.monthOfAny()
	}
	return m, true
}

// monthIn finds the month that the names say in one language: one of them is it,
// the others are days; or all are days.
func (r *reading) monthIn(tongue uint8) (m sense, ok bool) {
	for _, w := range r.names[:r.named] {
		asMonth, isMonth := w.sense(tongue, false)
		_, isDay := w.sense(tongue, true)
		switch {
		case isMonth && isDay && (m.value != 0 || r.named == 1 && !r.needsMonth()):
			// A day beside a month, or alone.
		case isMonth && isDay && r.named > 1 && !r.onlyMonth(w, tongue):
			// Another name is the month.
		case isMonth && m.value == 0:
			m = asMonth
		case !isDay && !w.is(filler):
			return sense{}, false
		}
	}
	return m, true
}

// onlyMonth reports whether no other name can be the month.
func (r *reading) onlyMonth(w word, tongue uint8) bool {
	others := 0
	for _, o := range r.names[:r.named] {
		if _, is := o.sense(tongue, false); is {
			others++
		}
	}
	return others == 1
}

// needsMonth reports whether the numbers leave the month to a name.
func (r *reading) needsMonth() bool {
	return r.date.month == 0 && r.n+said(r.date.year)+said(r.date.day) == 2
}

func said(v int) int {
	if v != 0 {
		return 1
	}
	return 0
}

// monthOfAny finds the month where no language has all the names: one of them must
// be a month that is the same in all languages, the others days in all.
func (r *reading) monthOfAny() (m sense, ok bool) {
	for _, w := range r.names[:r.named] {
		first := w.senses[0]
		for _, s := range w.senses {
			if (s.kind == weekday) != (first.kind == weekday) || s.kind != weekday && (s.value != first.value || s.kind != first.kind) {
				return sense{}, false
			}
		}
		if first.kind == weekday {
			continue
		}
		if m.value != 0 {
			return sense{}, false
		}
		m = first
	}
	return m, true
}

// sense returns what a word means in a language as a day, or else as a month.
func (w word) sense(tongue uint8, day bool) (sense, bool) {
	for _, s := range w.senses {
		if s.tongue == tongue && (s.kind == weekday) == day {
			return s, true
		}
	}
	return sense{}, false
}

// order finds out which of the numbers is what.
func (r *reading) order(named bool) bool {
	n, d := r.numbers[:r.n], &r.date
	named = named || d.month != 0
	switch {
	case d.year != 0 && d.day != 0:
		return len(n) == 0
	case named && d.year != 0 && len(n) == 1:
		d.day = n[0].value
		return n[0].digits <= 2
	case named && d.day != 0 && len(n) == 1:
		return r.setYear(n[0])
	case named && len(n) == 2:
		day, year := n[0], n[1]
		if day.digits > 2 {
			day, year = year, day
		}
		d.day = day.value
		return day.digits <= 2 && r.setYear(year)
	case !named && d.year == 0 && d.day == 0 && len(n) == 3:
		return r.numeric()
	}
	return false
}

// numeric takes three numbers: the year first, or last.
func (r *reading) numeric() bool {
	n, d := r.numbers, &r.date
	if n[0].digits == 4 {
		d.year, d.month, d.day = n[0].value, n[1].value, n[2].value
		return n[1].digits <= 2 && n[2].digits <= 2
	}
	if n[2].digits != 4 || n[0].digits > 2 || n[1].digits > 2 {
		return false
	}
	a, b := n[0].value, n[1].value
	d.year = n[2].value
	switch {
	case r.dotted && !r.parted, a > 12, a == b: // 02.01.2006 is the second of January
		d.day, d.month = a, b
	case b > 12:
		d.day, d.month = b, a
	default:
		return false // 03/04/2026
	}
	return true
}

// setYear takes a year, one of two digits as RFC 5322 section 4.3 says: elsewhere
// than in Europe's scripts it may be of another calendar.
func (r *reading) setYear(n number) bool {
	switch {
	case n.digits == 4:
		r.date.year = n.value
	case n.digits == 2 && !r.scripts.has(eastern):
		r.date.year = 1900 + n.value
		if n.value < 50 {
			r.date.year += 100
		}
	default:
		return false
	}
	return true
}

// day returns the Gregorian day: Persian ones are Solar Hijri by the month's name,
// or by their year in Persian digits; Thai ones Buddhist by their year.
func (r *reading) day(solar bool) (civil, bool) {
	d := r.date
	year := d.year
	switch {
	case r.scripts.has(ethiopic) && r.named == 0, r.scripts.has(devanagari) && year >= 2047:
		return civil{}, false // another calendar's, maybe
	case year >= 1300 && year < 1500:
		// A lunar year of these would be one before 1990.
		certain := r.scripts.has(persianDigits) && year >= 1370 && year < 1410
		if solar || r.solar || certain {
			return fromPersian(d)
		}
		return civil{}, false
	case solar || r.solar:
		return civil{}, false
	case year >= 2400 && year < 2700:
		if r.buddhist || r.scripts.has(thai) {
			return fromBuddhist(d)
		}
		return civil{}, false
	case r.buddhist:
		return civil{}, false
	}
	return d, true
}

// korea is where a time of day in Korean is: the two Koreas have one zone.
const korea = 9 * 60

// at puts the time of day and the zone to a day.
func (r *reading) at(day time.Time) (time.Time, bool) {
	c := r.clock
	if !c.said && (c.half > 0 || r.offset.named) {
		return time.Time{}, false
	}
	if c.half > 0 {
		if c.hour < 1 || c.hour > 12 {
			return time.Time{}, false
		}
		c.hour = c.hour%12 + 12*(c.half-1)
	}
	midnight := c.hour == 24 && c.minute == 0 && c.sec == 0
	if c.hour > 23 && !midnight || c.minute > 59 || c.sec > 60 { // 60: a leap second
		return time.Time{}, false
	}
	east := 0
	switch {
	case r.offset.numeric:
		east = r.offset.minutes
		if of, ok := r.offset.zone.on(day); r.offset.named && r.offset.zone != (zone{}) && (!ok || of != east) {
			return time.Time{}, false // MSK+2 is two hours ahead of Moscow
		}
	case r.offset.named:
		var ok bool
		if east, ok = r.offset.zone.on(day); !ok {
			return time.Time{}, false
		}
	case c.said && r.scripts.has(hangul):
		east = korea
	}
	t := day.Add(time.Duration(c.hour)*time.Hour + time.Duration(c.minute-east)*time.Minute + time.Duration(c.sec)*time.Second)
	return t, possible(t)
}
