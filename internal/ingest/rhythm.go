package ingest

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"
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
	// rhythmItems is how many of the newest dated entries tell a source's rhythm.
	rhythmItems = 12
	// pollsPerItem is how often a source is asked in the time it takes to bring
	// one item.
	pollsPerItem = 4
)

// interval returns the bounds of a source's polling.
func (p *Plan) interval(src *news.Source) news.Interval {
	low := cmp.Or(src.Interval.Min, p.Interval.Min)
	return news.Interval{Min: low, Max: max(low, cmp.Or(src.Interval.Max, p.Interval.Max))}
}

// next is when a source is due by what is stored. A poll further ahead than the
// interval allows was set by a clock since put back, or under other settings: it
// is due now.
func (p *Plan) next(src *news.Source, poll news.Poll, now time.Time) time.Time {
	if poll.Next.Sub(now) > p.interval(src).Max {
		return now
	}
	return poll.Next
}

// after sets the next poll of a source whose visit ended at now.
func (p *Plan) after(src *news.Source, poll news.Poll, visit *news.Visit, maxAge time.Duration, now time.Time) news.Poll {
	iv := p.interval(src)
	wait := max(pace(visit, now), maxAge)
	if visit.Failure.Kind != "" {
		poll.Failures = min(poll.Failures+1, 1000)
		wait = iv.Min + backOff*time.Duration(poll.Failures)
	} else {
		poll.Failures = 0
	}
	poll.Last = now
	poll.Next = now.Add(iv.Clamp(wait))
	poll.Count++
	return poll
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

// rhythm is the mean time between the newest of the moments that entries claim,
// counting the silence since the last; 0 where fewer than two are dated.
func rhythm(claimed []time.Time, now time.Time) (mean time.Duration, newest time.Time) {
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
	dates = dates[:min(len(dates), rhythmItems)]
	if len(dates) < 2 {
		return 0, newest
	}
	return now.Sub(dates[len(dates)-1]) / time.Duration(len(dates)), newest
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
			next := plan.next(&src.Source, m.poll, now).Add(jitter(src.ID, m.poll))
			if next.Before(m.visit.RetryAfter) {
				next = m.visit.RetryAfter
			}
			wait = min(wait, next.Sub(now))
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
