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
	const silence = time.Duration(0)
	failing := answer{failure: news.FailTimeout}
	for _, test := range []struct {
		name     string
		source   news.Source
		poll     news.Poll
		visit    news.Visit
		answer   answer
		want     time.Duration
		failures uint16
	}{
		{"nothing known", news.Source{}, news.Poll{}, news.Visit{}, answer{}, hours(1), 0},
		{"a busy source", news.Source{}, news.Poll{}, news.Visit{Rhythm: 10 * time.Minute, Newest: noon}, answer{}, hours(1), 0},
		{"one a day", news.Source{}, news.Poll{}, news.Visit{Rhythm: hours(24), Newest: noon.Add(-hours(3))}, answer{}, hours(6), 0},
		{"silent for eight days", news.Source{}, news.Poll{}, news.Visit{Rhythm: hours(24), Newest: noon.Add(-hours(192))}, answer{}, hours(24), 0},
		{"max-age of five hours", news.Source{}, news.Poll{}, news.Visit{Rhythm: hours(1), Newest: noon}, answer{maxAge: hours(5)}, hours(5), 0},
		{"max-age of none", news.Source{}, news.Poll{}, news.Visit{}, answer{maxAge: silence}, hours(1), 0},
		{"max-age of twelve hours", news.Source{}, news.Poll{}, news.Visit{}, answer{maxAge: 43200 * time.Second}, hours(12), 0},
		{"max-age of a year", news.Source{}, news.Poll{}, news.Visit{}, answer{maxAge: hours(8760)}, hours(24), 0},
		{"ttl of three hours", news.Source{}, news.Poll{}, news.Visit{Pace: news.Pace{Wait: hours(3)}}, answer{maxAge: hours(2)}, hours(3), 0},
		{"ttl of a minute", news.Source{}, news.Poll{}, news.Visit{Pace: news.Pace{Wait: time.Minute}}, answer{}, hours(1), 0},
		{"ttl of a year", news.Source{}, news.Poll{}, news.Visit{Pace: news.Pace{Wait: hours(8760)}}, answer{}, hours(24), 0},
		{"skips the next two hours", news.Source{}, news.Poll{}, news.Visit{Pace: news.Pace{SkipHours: 1<<13 | 1<<14}}, answer{}, hours(3), 0},
		{"skips all but this hour", news.Source{}, news.Poll{}, news.Visit{Pace: news.Pace{SkipHours: 1<<24 - 1 - 1<<12}}, answer{}, hours(24), 0},
		{"skips Saturday and Sunday on a Friday", news.Source{}, news.Poll{}, news.Visit{Pace: news.Pace{SkipDays: 1<<6 | 1}}, answer{maxAge: hours(13)}, hours(24), 0},
		{"its own interval", news.Source{Interval: news.Interval{Min: 10 * time.Minute, Max: 20 * time.Minute}}, news.Poll{}, news.Visit{}, answer{}, 10 * time.Minute, 0},
		{"its own minimum beyond the site's maximum", news.Source{Interval: news.Interval{Min: hours(48)}}, news.Poll{}, news.Visit{}, answer{}, hours(48), 0},
		{"more to come", news.Source{}, news.Poll{Failures: 3}, news.Visit{Rhythm: hours(24), Newest: noon}, answer{capped: true}, hours(1), 0},
		{"a hub pushes", news.Source{}, news.Poll{}, news.Visit{}, answer{relied: true}, hours(24), 0},
		{"first failure", news.Source{}, news.Poll{}, news.Visit{}, failing, hours(3), 1},
		{"fifth failure", news.Source{}, news.Poll{Failures: 4}, news.Visit{}, failing, hours(11), 5},
		{"hundredth failure", news.Source{}, news.Poll{Failures: 99}, news.Visit{}, failing, hours(24), 100},
		{"offline", news.Source{}, news.Poll{Failures: 4}, news.Visit{Pace: news.Pace{Wait: hours(5)}}, answer{failure: news.FailOffline}, hours(1), 4},
		{"busy at first", news.Source{}, news.Poll{}, news.Visit{}, answer{failure: news.FailBusy}, hours(1), 0},
		{"still busy", news.Source{}, news.Poll{Failures: 2, Last: noon.Add(-hours(4)), Next: noon}, news.Visit{}, answer{failure: news.FailBusy}, hours(6), 2},
		{"busy, and says for how long", news.Source{}, news.Poll{Last: noon.Add(-hours(4)), Next: noon}, news.Visit{RetryAfter: noon.Add(hours(2))}, answer{failure: news.FailBusy}, hours(2), 0},
	} {
		p := hourly().after(&test.source, test.poll, &test.visit, test.answer, noon)
		if got := p.Next.Sub(noon); got != test.want {
			t.Errorf("%s: waits %s, want %s", test.name, got, test.want)
		}
		if !p.Last.Equal(noon) || p.Count != 1 || p.Failures != test.failures {
			t.Errorf("%s: %+v", test.name, p)
		}
	}
}

// However the seconds fall, nobody is asked before the wait is over.
func TestAfterRoundsUp(t *testing.T) {
	now := noon.Add(time.Millisecond)
	p := hourly().after(&news.Source{}, news.Poll{}, &news.Visit{}, answer{}, now)
	if wait := p.Next.Sub(now); wait < time.Hour || wait > time.Hour+time.Second || p.Next.Nanosecond() != 0 {
		t.Errorf("waits %s", wait)
	}
	p = hourly().after(&news.Source{}, news.Poll{}, &news.Visit{}, answer{maxAge: hours(24)}, now)
	if next := hourly().next(&news.Source{}, p, now); !next.Equal(p.Next) {
		t.Errorf("the longest wait counts as too long: due %s instead of %s", next, p.Next)
	}
}

func TestPaceOf(t *testing.T) {
	for _, test := range []struct {
		name string
		head parse.Head
		want news.Pace
	}{
		{"nothing said", parse.Head{}, news.Pace{}},
		{"the longer of both", parse.Head{TTL: hours(1), UpdatePeriod: hours(2)}, news.Pace{Wait: hours(2)}},
		{"hours and days", parse.Head{SkipHours: []int{0, 23}, SkipDays: []time.Weekday{time.Sunday}}, news.Pace{SkipHours: 1 | 1<<23, SkipDays: 1}},
		{"every day", parse.Head{TTL: hours(1), SkipHours: []int{1}, SkipDays: []time.Weekday{0, 1, 2, 3, 4, 5, 6}}, news.Pace{Wait: hours(1)}},
		{"every hour", parse.Head{SkipHours: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}}, news.Pace{}},
	} {
		if got := paceOf(&test.head); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

// Orders without names keep out of the hours that a document leaves out, but never
// beyond the interval; who names a source means it.
func TestSkippedHours(t *testing.T) {
	in := &Ingest{}
	in.plan.Store(hourly())
	src := &news.Source{ID: "a", Poll: true}
	at := func(hour int) time.Time { return noon.Truncate(24 * time.Hour).Add(hours(float64(hour))) }
	m := &memory{
		poll:  news.Poll{Last: at(9), Next: at(10), Count: 1},
		visit: news.Visit{Pace: news.Pace{SkipHours: 1<<10 | 1<<11}},
	}
	for _, test := range []struct {
		name  string
		order Order
		want  bool
	}{
		{"unnamed, in a skipped hour", Order{given: at(10)}, false},
		{"its own, in a skipped hour", Order{given: at(11), own: true}, false},
		{"unnamed, two minutes early", Order{given: at(12).Add(-2 * time.Minute)}, false},
		{"unnamed, after them", Order{given: at(12)}, true},
		{"its own, after them", Order{given: at(12).Add(maxJitter), own: true}, true},
		{"unnamed, in a skipped hour of the next day", Order{given: at(34)}, true},
		{"named", Order{given: at(10), Sources: []news.SourceID{"a"}}, true},
		{"all", Order{given: at(10), All: true}, true},
	} {
		if got := in.isDue(src, m, test.order); got != test.want {
			t.Errorf("%s: due %v", test.name, got)
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
			poll = plan.after(src, poll, &news.Visit{}, answer{}, now)
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
