package health

import (
	"slices"
	"testing"
	"time"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func hours(n float64) time.Duration { return time.Duration(n * float64(time.Hour)) }

func days(n float64) time.Duration { return hours(24 * n) }

// dated are moments so many hours before noon.
func dated(ago ...float64) (claimed []time.Time) {
	for _, h := range ago {
		claimed = append(claimed, noon.Add(-hours(h)))
	}
	return claimed
}

// each repeats moments so many hours apart, the newest first hours ago.
func each(n int, first, apart float64) (claimed []time.Time) {
	for i := range n {
		claimed = append(claimed, noon.Add(-hours(first+float64(i)*apart)))
	}
	return claimed
}

func TestRhythm(t *testing.T) {
	for _, test := range []struct {
		name    string
		claimed []time.Time
		mean    time.Duration
		newest  float64 // hours ago; -1: none
	}{
		{"no entries", nil, 0, -1},
		{"undated", []time.Time{{}, {}}, 0, -1},
		{"one", dated(5), 0, 5},
		{"daily, not in order", dated(48, 0, 24, 72), days(1), 0},
		{"some undated", append(dated(48, 0, 24, 72), time.Time{}), days(1), 0},
		{"silent since two days", dated(48, 49, 50), hours(1), 48},
		{"a claim of the future does not count", dated(-300, 10, 20), hours(10), 10},
		{"an old backlog does not count", append(each(12, 1, 1), dated(9000, 9001)...), hours(1), 1},
		{"all in one go", each(40, 5, 0.01), 0, 5},
		{"a monthly bulletin of twenty articles", slices.Concat(each(20, 0, 0.01), each(20, 720, 0.01), each(20, 1440, 0.01)), days(30), 0},
	} {
		mean, newest := Rhythm(test.claimed, noon)
		if mean.Round(time.Hour) != test.mean {
			t.Errorf("%s: mean %s, want %s", test.name, mean, test.mean)
		}
		if want := noon.Add(-hours(test.newest)); test.newest >= 0 && !newest.Equal(want) || test.newest < 0 && !newest.IsZero() {
			t.Errorf("%s: newest %s", test.name, newest)
		}
	}
}
