package date

import "time"

// common reads the two ways in which nearly every feed writes its dates, without
// allocating: RFC 822 as in "Tue, 24 Nov 2026 07:05:09 +0000" (or GMT), and RFC 3339.
// Whatever isn't exactly that is false, and left to the patient way.
func common(s string) (time.Time, bool) {
	if len(s) < 20 {
		return time.Time{}, false
	}
	if s[4] == '-' {
		return rfc3339(s)
	}
	if s[3] == ',' && (len(s) == 31 || len(s) == 29) {
		return rfc822(s)
	}
	return time.Time{}, false
}

func rfc822(s string) (time.Time, bool) {
	month := englishMonth(s[8:11])
	if month == 0 || !englishWeekday(s[:3]) || s[4] != ' ' || s[7] != ' ' || s[11] != ' ' || s[16] != ' ' || s[25] != ' ' ||
		digits(s[5:7]) != 2 || digits(s[12:16]) != 4 {
		return time.Time{}, false
	}
	offset := 0
	if zone := s[26:]; len(zone) == 5 {
		if zone[0] != '+' && zone[0] != '-' || digits(zone[1:]) != 4 {
			return time.Time{}, false
		}
		offset = east(zone[0], atoi(zone[1:3]), atoi(zone[3:]))
	} else if zone != "GMT" {
		return time.Time{}, false
	}
	return exact(civil{atoi(s[12:16]), month, atoi(s[5:7])}, s[17:25], offset)
}

func rfc3339(s string) (time.Time, bool) {
	if digits(s) != 4 || digits(s[5:7]) != 2 || s[7] != '-' || digits(s[8:10]) != 2 || s[10] != 'T' {
		return time.Time{}, false
	}
	zone := s[19:]
	if zone[0] == '.' {
		n := digits(zone[1:])
		if n == 0 || n+1 == len(zone) {
			return time.Time{}, false
		}
		zone = zone[1+n:]
	}
	offset := 0
	if len(zone) == 6 && (zone[0] == '+' || zone[0] == '-') && digits(zone[1:]) == 2 && zone[3] == ':' && digits(zone[4:]) == 2 {
		offset = east(zone[0], atoi(zone[1:3]), atoi(zone[4:]))
	} else if zone != "Z" {
		return time.Time{}, false
	}
	return exact(civil{atoi(s[:4]), atoi(s[5:7]), atoi(s[8:10])}, s[11:19], offset)
}

// exact puts a date, a time of day as in "07:05:09" and an offset in minutes east
// together.
func exact(c civil, clock string, offset int) (time.Time, bool) {
	if digits(clock) != 2 || clock[2] != ':' || digits(clock[3:]) != 2 || clock[5] != ':' || digits(clock[6:]) != 2 {
		return time.Time{}, false
	}
	hour, minute, second := atoi(clock[:2]), atoi(clock[3:5]), atoi(clock[6:])
	if hour > 23 || minute > 59 || second > 59 || offset > maxOffset || offset < -maxOffset || !c.valid() {
		return time.Time{}, false
	}
	t := time.Date(c.year, time.Month(c.month), c.day, hour, minute-offset, second, 0, time.UTC)
	return t, possible(t)
}

// east returns an offset in minutes; out of bounds where it can't be one.
func east(sign byte, hours, minutes int) int {
	offset := hours*60 + minutes
	if minutes > 59 {
		offset = maxOffset + 1
	}
	if sign == '-' {
		return -offset
	}
	return offset
}

func englishMonth(s string) int {
	switch s {
	case "Jan":
		return 1
	case "Feb":
		return 2
	case "Mar":
		return 3
	case "Apr":
		return 4
	case "May":
		return 5
	case "Jun":
		return 6
	case "Jul":
		return 7
	case "Aug":
		return 8
	case "Sep":
		return 9
	case "Oct":
		return 10
	case "Nov":
		return 11
	case "Dec":
		return 12
	}
	return 0
}

func englishWeekday(s string) bool {
	switch s {
	case "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat":
		return true
	}
	return false
}
