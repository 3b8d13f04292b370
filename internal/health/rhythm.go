package health

import (
	"slices"
	"time"
)

const (
	// rhythmMoments is how many of the newest moments tell a source's rhythm.
	rhythmMoments = 12
	// burst is how far apart moments have to be to count as two: a bulletin's dozen
	// articles, put up together, are one sign of life.
	burst = time.Hour
)

// Rhythm is the mean time between the newest of the moments that a document's
// entries claim, and the newest of them. The order of claimed does not count, nor do
// zero times and moments after now. mean is 0 where there are fewer than two moments
// to go by, at least an hour otherwise. The silence since the newest does not count:
// whoever judges silence has to know the rhythm before it.
func Rhythm(claimed []time.Time, now time.Time) (mean time.Duration, newest time.Time) {
	var dates []time.Time
	for _, t := range claimed {
		if !t.IsZero() && !t.After(now) {
			dates = append(dates, t)
		}
	}
	if len(dates) == 0 {
		return 0, time.Time{}
	}
	slices.SortFunc(dates, func(a, b time.Time) int { return b.Compare(a) })
	newest = dates[0]
	last, gaps := newest, 0
	for _, t := range dates {
		if gaps < rhythmMoments-1 && last.Sub(t) >= burst {
			last, gaps = t, gaps+1
		}
	}
	if gaps == 0 {
		return 0, newest
	}
	return newest.Sub(last) / time.Duration(gaps), newest
}
