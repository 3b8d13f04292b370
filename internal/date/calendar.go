package date

import "time"

// civil is a day in a calendar: the Gregorian one unless said otherwise.
type civil struct {
	year, month, day int
}

// valid reports whether the day is one of the Gregorian calendar.
func (c civil) valid() bool {
	if c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31 {
		return false
	}
	switch c.month {
	case 4, 6, 9, 11:
		return c.day <= 30
	case 2:
		leap := c.year%4 == 0 && (c.year%100 != 0 || c.year%400 == 0)
		return c.day <= 28 || c.day == 29 && leap
	}
	return true
}

func (c civil) midnight() time.Time {
	return time.Date(c.year, time.Month(c.month), c.day, 0, 0, 0, 0, time.UTC)
}

func gregorian(t time.Time) civil { return civil{t.Year(), int(t.Month()), t.Day()} }

// The years in which the arithmetic of persianNewYear is that of the calendar.
const (
	firstPersianYear = 1300 // 1921
	lastPersianYear  = 1499 // 2120
)

// persianNewYear returns the first day of a Solar Hijri year, in days since
// 1 January 1970. The calendar goes by the March equinox in Iran; in these years
// its leap years are eight of every 33.
func persianNewYear(year int) int { return -492268 + 365*(year-1) + (8*year+21)/33 }

// fromPersian returns the Gregorian day of a day of the Solar Hijri calendar.
func fromPersian(c civil) (civil, bool) {
	if c.year < firstPersianYear || c.year > lastPersianYear || c.month < 1 || c.month > 12 || c.day < 1 {
		return civil{}, false
	}
	length := 31
	switch {
	case c.month == 12:
		length = persianNewYear(c.year+1) - persianNewYear(c.year) - 336
	case c.month > 6:
		length = 30
	}
	if c.day > length {
		return civil{}, false
	}
	before := 31 * (c.month - 1)
	if c.month > 7 {
		before -= c.month - 7
	}
	days := persianNewYear(c.year) + before + c.day - 1
	return gregorian(time.Unix(0, 0).UTC().AddDate(0, 0, days)), true
}

// fromBuddhist returns the Gregorian day of a day of Thailand's calendar. Before
// 2484 its year began in April, and dates of then are none of a feed.
func fromBuddhist(c civil) (civil, bool) {
	if c.year < 2484 || c.year >= 2700 {
		return civil{}, false
	}
	c.year -= 543
	return c, c.valid()
}

// fromWeek returns the day of an ISO 8601 week (1 to 53); weekday 1 is Monday.
func fromWeek(year, week, weekday int) (civil, bool) {
	if week < 1 || week > 53 || weekday < 1 || weekday > 7 {
		return civil{}, false
	}
	january4 := civil{year, 1, 4}.midnight() // always in week 1
	monday := january4.AddDate(0, 0, -(int(january4.Weekday())+6)%7)
	day := monday.AddDate(0, 0, 7*(week-1)+weekday-1)
	if y, w := day.ISOWeek(); y != year || w != week { // a year of 52 weeks
		return civil{}, false
	}
	return gregorian(day), true
}

// fromOrdinal returns the n-th day of a year.
func fromOrdinal(year, n int) (civil, bool) {
	day := civil{year, 1, 1}.midnight().AddDate(0, 0, n-1)
	return gregorian(day), n > 0 && day.Year() == year
}

// sunday returns the n-th Sunday of a month, the last one for n = -1.
func sunday(year int, month time.Month, n int) time.Time {
	if n < 0 {
		last := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC)
		return last.AddDate(0, 0, -int(last.Weekday()))
	}
	first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, (7-int(first.Weekday()))%7+7*(n-1))
}
