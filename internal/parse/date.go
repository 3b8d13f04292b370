package parse

import (
	"time"

	"rightswire/internal/date"
)

// What is believed of a date: nobody had a feed before, and nobody plans further.
// Not by the clock: a date would be another one on a later visit.
const (
	firstYear = 1990
	lastYear  = 2199
)

// claimed returns the moment that a date of the document names, in UTC and whole
// seconds; zero where it names none for sure, or none that can be.
func claimed(raw string) time.Time {
	t, ok := date.Parse(raw)
	if !ok || t.Year() < firstYear || t.Year() > lastYear {
		return time.Time{}
	}
	return t
}
