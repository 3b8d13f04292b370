package ingest

import (
	"slices"
	"testing"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/parse"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func hours(n float64) time.Duration { return time.Duration(n * float64(time.Hour)) }

func hourly() *Plan {
	return &Plan{Interval: news.Interval{Min: time.Hour, Max: 24 * time.Hour}}
}

func dated(ago ...float64) (claimed []time.Time) {
	for _, h := range ago {
		claimed = append(claimed, noon.Add(-hours(h)))
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
		{"daily, not in order", dated(48, 0, 24, 72), hours(18), 0},
		{"silent since two days", dated(48, 49, 50), hours(50.0 / 3), 48},
		{"a claim of the future does not count", dated(-300, 10, 20), hours(10), 10},
		{"an old backlog does not count", append(dated(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), dated(9000, 9001)...), hours(1), 1},
	} {
		mean, newest := rhythm(test.claimed, noon)
		if mean.Round(time.Second) != test.mean.Round(time.Second) {
			t.Errorf("%s: mean %s, want %s", test.name, mean, test.mean)
		}
		if want := noon.Add(-hours(test.newest)); test.newest >= 0 && !newest.Equal(want) || test.newest < 0 && !newest.IsZero() {
			t.Errorf("%s: newest %s", test.name, newest)
		}
	}
}

// What was known counts as much as what was read now, and nothing counts twice.
func TestClaims(t *testing.T) {
	doc := &parse.Result{
		Entries: []news.Entry{{ID: "a", Updated: noon}, {ID: "b", Published: noon.Add(-hours(1)), Updated: noon}, {ID: "c"}},
		Readings: []news.Reading{
			{Item: "a", Claimed: noon}, {Item: "b", Claimed: noon.Add(-hours(1))}, {Item: "d", Claimed: noon.Add(-hours(2))}, {Item: "e"},
		},
	}
	want := []time.Time{noon, noon.Add(-hours(1)), {}, noon.Add(-hours(2)), {}}
	if got := claims(doc); !slices.Equal(got, want) {
		t.Errorf("claims %v, want %v", got, want)
	}
	doc.Readings = nil
	if got := claims(doc); !slices.Equal(got, want[:3]) {
		t.Errorf("without readings: claims %v, want %v", got, want[:3])
	}
}

func TestAfter(t *testing.T) {
	failing := news.Failure{Kind: news.FailTimeout}
	for _, test := range []struct {
		name   string
		source news.Source
		poll   news.Poll
		visit  news.Visit
		maxAge time.Duration
		want   time.Duration
	}{
		{"nothing known", news.Source{}, news.Poll{}, news.Visit{}, 0, hours(1)},
		{"a busy source", news.Source{}, news.Poll{}, news.Visit{Rhythm: 10 * time.Minute, Newest: noon}, 0, hours(1)},
		{"one a day", news.Source{}, news.Poll{}, news.Visit{Rhythm: hours(24), Newest: noon.Add(-hours(3))}, 0, hours(6)},
		{"silent for eight days", news.Source{}, news.Poll{}, news.Visit{Rhythm: hours(24), Newest: noon.Add(-hours(192))}, 0, hours(24)},
		{"the publisher says five hours", news.Source{}, news.Poll{}, news.Visit{Rhythm: hours(1), Newest: noon}, hours(5), hours(5)},
		{"the publisher says a year", news.Source{}, news.Poll{}, news.Visit{}, hours(8760), hours(24)},
		{"its own interval", news.Source{Interval: news.Interval{Min: 10 * time.Minute, Max: 20 * time.Minute}}, news.Poll{}, news.Visit{}, 0, 10 * time.Minute},
		{"its own minimum beyond the site's maximum", news.Source{Interval: news.Interval{Min: hours(48)}}, news.Poll{}, news.Visit{}, 0, hours(48)},
		{"first failure", news.Source{}, news.Poll{}, news.Visit{Failure: failing}, 0, hours(3)},
		{"fifth failure", news.Source{}, news.Poll{Failures: 4}, news.Visit{Failure: failing}, 0, hours(11)},
		{"hundredth failure", news.Source{}, news.Poll{Failures: 99}, news.Visit{Failure: failing}, 0, hours(24)},
	} {
		p := hourly().after(&test.source, test.poll, &test.visit, test.maxAge, noon)
		if got := p.Next.Sub(noon); got != test.want {
			t.Errorf("%s: waits %s, want %s", test.name, got, test.want)
		}
		if !p.Last.Equal(noon) || p.Count != 1 || (p.Failures > 0) != (test.visit.Failure.Kind != "") {
			t.Errorf("%s: %+v", test.name, p)
		}
	}
}

// A clock that is put back or forward makes nobody ask twice within the minimum,
// and nobody wait for a year.
func TestClockJumps(t *testing.T) {
	plan, src := hourly(), &news.Source{ID: "a"}
	var poll news.Poll
	var asked []time.Duration // on a clock that does not jump
	clock := noon
	for elapsed := time.Duration(0); elapsed < 96*time.Hour; elapsed += time.Minute {
		switch elapsed {
		case 24 * time.Hour:
			clock = clock.AddDate(-1, 0, 0)
		case 48 * time.Hour:
			clock = clock.AddDate(10, 0, 0)
		case 72 * time.Hour:
			clock = clock.Add(-time.Hour) // daylight saving, done wrong
		}
		now := clock.Add(elapsed)
		if !now.Before(plan.next(src, poll, now)) {
			poll = plan.after(src, poll, &news.Visit{}, 0, now)
			asked = append(asked, elapsed)
		}
	}
	if len(asked) < 90 || len(asked) > 99 {
		t.Errorf("asked %d times in 96 hours", len(asked))
	}
	close := 0
	for i := 1; i < len(asked); i++ {
		if asked[i]-asked[i-1] < time.Hour {
			close++
		}
	}
	if close > 3 {
		t.Errorf("asked early %d times, more than once a jump", close)
	}
}

func TestJitter(t *testing.T) {
	first := news.Poll{}
	if j := jitter("a", first); j != 0 {
		t.Errorf("the first visit waits %s", j)
	}
	seen := map[time.Duration]bool{}
	for i := range 200 {
		poll := news.Poll{Last: noon, Next: noon.Add(time.Hour), Count: uint32(i)}
		j := jitter("a", poll)
		if j < 0 || j > 5*time.Minute || j != jitter("a", poll) {
			t.Fatalf("jitter %s", j)
		}
		seen[j] = true
	}
	if len(seen) < 150 {
		t.Errorf("only %d different delays in 200 polls", len(seen))
	}
	if j := jitter("a", news.Poll{Last: noon, Next: noon.Add(time.Minute)}); j > 6*time.Second {
		t.Errorf("jitter %s on an interval of a minute", j)
	}
}
