package ingest

import (
	"cmp"
	"context"
	"hash/fnv"
	"time"

	"rightswire/internal/curate"
	"rightswire/internal/news"
	"rightswire/internal/parse"
	"rightswire/internal/store"
)

const (
	// maxRetryAfter bounds how long a publisher's Retry-After is believed, and so
	// how far ahead a stored one may lie after the clock was set back.
	maxRetryAfter = 7 * 24 * time.Hour
	// backOff is what each failure in a row adds to a source's interval.
	backOff = 2 * time.Hour
	// maxJitter bounds how much later than due the scheduler asks.
	maxJitter = 5 * time.Minute
	// pollsPerItem is how often a source is asked in the time it takes to bring
	// one item.
	pollsPerItem = 4
)

// Bounds are those of the time between two polls of a source: its own, else the
// site's.
func (p *Plan) Bounds(src *news.Source) news.Interval {
	low := cmp.Or(src.Interval.Min, p.Interval.Min)
	return news.Interval{Min: low, Max: max(low, cmp.Or(src.Interval.Max, p.Interval.Max))}
}

// next is when a source is due by what is stored. A poll further ahead than the
// interval allows was set by a clock since put back, or under other settings: it
// is due now.
func (p *Plan) next(src *news.Source, poll news.Poll, now time.Time) time.Time {
	if poll.Next.Sub(now) > p.Bounds(src).Max+time.Second { // whole seconds, rounded up
		return now
	}
	return poll.Next
}

// due is when the scheduler asks a source, not before now: with jitter, after what holds it back,
// and not in the hours that its document says to leave out.
func (p *Plan) due(src *news.Source, m *memory, now time.Time) time.Time {
	next := p.next(src, m.poll, now).Add(jitter(src.ID, m.poll))
	if held(&m.visit, now) && next.Before(m.visit.RetryAfter) {
		next = m.visit.RetryAfter
	}
	if next.Before(now) {
		next = now // what fell due while nobody looked
	}
	return admitted(&m.visit.Pace, next, m.poll.Last.Add(p.Bounds(src).Max))
}

// held reports whether a publisher's Retry-After holds everybody back.
func held(v *news.Visit, now time.Time) bool {
	return now.Before(v.RetryAfter) && v.RetryAfter.Sub(now) <= maxRetryAfter
}

// An answer is what of a visit counts for when the next should be.
type answer struct {
	failure news.FailureKind // "": none
	maxAge  time.Duration    // how long it is fresh for, as its HTTP header says
	capped  bool             // there is more to come
	relied  bool             // a hub pushes what changes
}

// after sets the next poll of a source whose visit ended at now: the longest of
// what its own rhythm, its HTTP header and its document (Visit.Pace) say, within its
// interval. A 304 says as little of the document as it must (RFC 9110 section
// 15.4.5), so what the document said stays true.
func (p *Plan) after(src *news.Source, poll news.Poll, visit *news.Visit, a answer, now time.Time) news.Poll {
	iv := p.Bounds(src)
	wait := max(pace(visit, now), a.maxAge, visit.Pace.Wait)
	switch {
	case a.failure == news.FailOffline:
		wait = iv.Min // it says nothing of the source
	case a.failure == news.FailBusy:
		wait = max(wait, gently(poll, visit, iv.Min, now))
	case a.failure != "":
		poll.Failures = min(poll.Failures+1, 1000)
		wait = iv.Min + backOff*time.Duration(poll.Failures)
	default:
		poll.Failures = 0
		if a.relied {
			wait = iv.Max
		}
		if a.capped {
			wait = iv.Min
		}
	}
	poll.Last = now
	// Stored in whole seconds: rounded up, so that nobody is asked early.
	next := now.Add(iv.Clamp(wait) + time.Second - 1).Truncate(time.Second)
	poll.Next = admitted(&visit.Pace, next, now.Add(iv.Max))
	poll.Count++
	return poll
}

// gently is how long to wait after a 429 or 503. Neither is a failure (RFC 6585
// section 4, RFC 9110 section 15.6.4): where the server does not say for how long, the wait
// before it grows by half.
func gently(poll news.Poll, visit *news.Visit, least time.Duration, now time.Time) time.Duration {
	if !visit.RetryAfter.IsZero() {
		return visit.RetryAfter.Sub(now)
	}
	if poll.Last.IsZero() {
		return least
	}
	return max(least, poll.Next.Sub(poll.Last)*3/2)
}

// open reports whether a document lets its readers come at a moment (RSS 2.0
// skipHours and skipDays, in GMT).
func open(p *news.Pace, t time.Time) bool {
	t = t.UTC()
	return p.SkipHours>>t.Hour()&1 == 0 && p.SkipDays>>t.Weekday()&1 == 0
}

// admitted is the first moment from t on at which a document lets its readers come,
// but limit where there is none before that.
func admitted(p *news.Pace, t, limit time.Time) time.Time {
	for !open(p, t) && t.Before(limit) {
		if t = t.Truncate(time.Hour).Add(time.Hour); t.After(limit) {
			return limit
		}
	}
	return t
}

// paceOf is what a document asks of its readers. One that leaves out every hour or
// every day leaves out none.
func paceOf(h *parse.Head) news.Pace {
	p := news.Pace{Wait: max(h.TTL, h.UpdatePeriod)}
	for _, hour := range h.SkipHours {
		p.SkipHours |= 1 << hour
	}
	for _, day := range h.SkipDays {
		p.SkipDays |= 1 << day
	}
	if p.SkipHours == 1<<24-1 || p.SkipDays == 1<<7-1 {
		p.SkipHours, p.SkipDays = 0, 0
	}
	return p
}

// pace is how long to wait by a source's own rhythm: a fraction of the time it
// takes between items, longer the longer it has been silent beyond that.
func pace(v *news.Visit, now time.Time) time.Duration {
	rhythm := v.Rhythm
	if silent := now.Sub(v.Newest); !v.Newest.IsZero() && silent > 2*rhythm {
		rhythm = silent / 2
	}
	return rhythm / pollsPerItem
}

// claims are the moments that a document's entries claim, whether they were read
// now or known; zero times among them.
func claims(doc *parse.Result) []time.Time {
	dates := make([]time.Time, 0, max(len(doc.Entries), len(doc.Readings)))
	read := make(map[news.ItemID]bool, len(doc.Entries))
	for i := range doc.Entries {
		read[doc.Entries[i].ID] = true
		dates = append(dates, doc.Entries[i].Claimed())
	}
	for i := range doc.Readings {
		if !read[doc.Readings[i].Item] {
			dates = append(dates, doc.Readings[i].Claimed)
		}
	}
	return dates
}

// jitter spreads the scheduler's own polls, so that a thousand sources that fell
// due together are not asked in one instant. It is the same however often it is
// asked for one poll.
func jitter(src news.SourceID, poll news.Poll) time.Duration {
	if poll.Last.IsZero() {
		return 0 // the first visit waits for nobody
	}
	h := fnv.New32a()
	h.Write([]byte(src))
	h.Write([]byte{byte(poll.Count), byte(poll.Count >> 8)})
	spread := min(poll.Next.Sub(poll.Last)/10, maxJitter)
	return max(0, time.Duration(float64(spread)*float64(h.Sum32())/(1<<32)))
}

// poll makes the visits that are due and returns how long to sleep until the
// next is.
func (in *Ingest) poll(ctx context.Context) (time.Duration, error) {
	if _, err := in.Refresh(ctx, Order{own: true}, nil); err != nil {
		if ctx.Err() != nil {
			return idle, nil
		}
		return idle, err
	}
	plan, now := in.plan.Load(), time.Now()
	wait := idle
	err := in.store.View(func(tx *store.Tx) error {
		for _, src := range pollable(plan.Rules.Sources()) {
			m, err := in.state(tx, &src.Source)
			if err != nil {
				return err
			}
			if m.visit.Gone {
				continue
			}
			wait = min(wait, plan.due(&src.Source, &m, now).Sub(now))
		}
		return nil
	})
	return max(wait, time.Second), err
}

// pollable are the sources that are asked at all.
func pollable(sources []*curate.Source) []*curate.Source {
	var out []*curate.Source
	for _, src := range sources {
		if src.Poll && src.ID != news.DeskSource {
			out = append(out, src)
		}
	}
	return out
}
