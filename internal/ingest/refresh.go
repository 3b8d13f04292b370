package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rightswire/internal/curate"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

// An OutcomeKind is how a source counts in a Report. Each counts once.
type OutcomeKind string

// The outcomes of asking for a source.
const (
	Fetched     OutcomeKind = "fetched"      // a 200 with a new body
	Unchanged   OutcomeKind = "unchanged"    // a 200 with the same body
	NotModified OutcomeKind = "not_modified" // a 304
	Failed      OutcomeKind = "failed"       // asked in vain
	Skipped     OutcomeKind = "skipped"      // not asked: not due, held back, gone
	Cancelled   OutcomeKind = "cancelled"    // the newsroom was closing
)

// An Outcome is what came of asking for one source.
type Outcome struct {
	Source       news.SourceID
	Kind         OutcomeKind
	Err          error // why it failed
	Failure      news.FailureKind
	New, Updated int // items
	// Took is the time the request took, without waiting in line; Sent the bytes of
	// the body as sent.
	Took time.Duration
	Sent int64
	// Health is the source's state after the visit.
	Health news.Health
}

// An Order asks for sources.
type Order struct {
	// Sources named are due whatever their next poll; none means every source.
	Sources []news.SourceID
	// All makes every source due, still conditional.
	All bool
	// Pushed says that a hub told of a change in the Sources: each is asked once a
	// minute at the most, and after what it was told of (see hold).
	Pushed bool

	given time.Time
	own   bool // the scheduler's own: exact, with jitter
}

// A Report sums up an Order.
type Report struct {
	Sources  int
	Counts   map[OutcomeKind]int
	New      int
	Updated  int
	Failures []Outcome
	Took     time.Duration
}

// An UnknownSourceError names a source that feeds.yaml does not.
type UnknownSourceError struct {
	Source news.SourceID
}

// Error says which source is unknown.
func (e *UnknownSourceError) Error() string { return fmt.Sprintf("no source %q", e.Source) }

// slack is how early a source may be asked by an order: an hourly cron polls
// hourly although its minutes waver.
const slack = 2 * time.Minute

// Refresh makes every visit that is due and returns when each has landed and
// what it brought is durable. Visits under way are joined, not repeated. It
// calls progress after each; progress may be nil.
func (in *Ingest) Refresh(ctx context.Context, order Order, progress func(Report)) (Report, error) {
	sources, err := in.named(order)
	if err != nil {
		return Report{}, err
	}
	report := Report{Sources: len(sources), Counts: map[OutcomeKind]int{}}
	if order.Pushed {
		ready, err := in.hold(ctx, sources)
		report.Counts[Skipped] = len(sources) - len(ready)
		if err != nil || len(ready) == 0 {
			return report, err
		}
		sources = ready
	}
	order.given = time.Now()
	due, err := in.due(sources, order)
	if err != nil {
		return report, err
	}
	report.Counts[Skipped] += len(sources) - len(due)
	in.filer.expect(len(due))
	tell := make(chan Outcome, len(due))
	count := func(o Outcome) {
		report.add(o)
		report.Took = time.Since(order.given)
		if progress != nil {
			progress(report)
		}
	}
	for i, c := range due {
		f := in.board(c, tell, order.given)
		if f == nil {
			in.filer.forget(1)
		}
		for f != nil {
			select {
			case in.queue <- f:
				f = nil
			case o := <-tell:
				count(o)
			case <-in.closed:
				in.abandon(f, len(due)-i)
				return report, ErrClosed
			case <-ctx.Done():
				in.abandon(f, len(due)-i)
				return report, context.Cause(ctx)
			}
		}
	}
	for report.counted() < report.Sources {
		select {
		case o := <-tell:
			count(o)
		case <-ctx.Done():
			return report, context.Cause(ctx)
		}
	}
	return report, nil
}

// abandon gives up a flight that was not taken off the queue, and those not
// boarded after it.
func (in *Ingest) abandon(f *flight, left int) {
	in.filer.forget(left)
	in.land(f, Outcome{Source: f.source.ID, Kind: Cancelled, Err: ErrClosed})
}

func (r *Report) counted() (n int) {
	for _, c := range r.Counts {
		n += c
	}
	return n
}

func (r *Report) add(o Outcome) {
	r.Counts[o.Kind]++
	r.New += o.New
	r.Updated += o.Updated
	if o.Kind == Failed {
		r.Failures = append(r.Failures, o)
	}
}

// named resolves the sources an order is about.
func (in *Ingest) named(order Order) ([]*curate.Source, error) {
	rules := in.plan.Load().Rules
	if len(order.Sources) == 0 {
		return pollable(rules.Sources()), nil
	}
	var sources []*curate.Source
	seen := map[news.SourceID]bool{}
	for _, id := range order.Sources {
		src := rules.Source(id)
		if src == nil {
			return nil, &UnknownSourceError{Source: id}
		}
		if !seen[src.ID] {
			seen[src.ID] = true
			sources = append(sources, src)
		}
	}
	return sources, nil
}

// A call is a source to be asked and what the store knows of it.
type call struct {
	source *curate.Source
	memory
}

// memory is what the store knows of a source before a visit, but for its readings:
// they may be many, and only a visit that reads a document wants them.
type memory struct {
	poll   news.Poll
	visit  news.Visit
	origin news.SourceID // that item ids are made with
	// strange says that nothing was stored of this address: readings that are there
	// are another's and go.
	strange bool
}

// due keeps the sources that may be asked now. What is read here is what the
// visits go by: one that another order makes meanwhile is joined (see board).
func (in *Ingest) due(sources []*curate.Source, order Order) ([]*call, error) {
	due := make([]*call, 0, len(sources))
	err := in.store.View(func(tx *store.Tx) error {
		for _, src := range sources {
			m, err := in.state(tx, &src.Source)
			if err != nil {
				return err
			}
			if !in.isDue(&src.Source, &m, order) {
				continue
			}
			if m.origin, err = tx.Origin(src.ID, src.Formerly); err != nil {
				return err
			}
			due = append(due, &call{source: src, memory: m})
		}
		return nil
	})
	return due, err
}

// state is what is stored of a source's polling, without what an earlier
// address left behind. A record that cannot be read counts as none: the source is
// asked as if for the first time, and its next visit writes it anew.
func (in *Ingest) state(tx *store.Tx, src *news.Source) (m memory, err error) {
	m.poll, err = tx.Poll(src.ID)
	if in.unreadable(src.ID, err) {
		m.poll, err = news.Poll{}, nil
	}
	if err != nil {
		return m, err
	}
	m.visit, err = tx.Visit(src.ID)
	if in.unreadable(src.ID, err) {
		m.visit, err = news.Visit{}, nil
	}
	if err != nil {
		return m, err
	}
	if address := src.Stamp(src.URL); m.visit.URL != address {
		// The address changed: validators, rhythm and hold-offs were the old one's.
		m.strange = true
		m.poll.Next, m.poll.Failures = time.Time{}, 0
		m.visit = news.Visit{URL: address, First: m.visit.First, Health: m.visit.Health, HealthSince: m.visit.HealthSince}
	}
	return m, nil
}

// readings returns what earlier visits read at a source's address.
func (in *Ingest) readings(src news.SourceID, known *memory) (list []news.Reading, err error) {
	if known.strange {
		return nil, nil
	}
	err = in.store.View(func(tx *store.Tx) (err error) {
		list, err = tx.Readings(src)
		return err
	})
	if in.unreadable(src, err) {
		return nil, nil
	}
	return list, err
}

// unreadable reports whether err is a damaged record of a source, and says so.
func (in *Ingest) unreadable(src news.SourceID, err error) bool {
	damaged, ok := errors.AsType[*store.DamagedError](err)
	if ok {
		in.log.Error("what is known of a source is damaged: asking it anew", "source", src, "err", damaged)
	}
	return ok
}

// isDue decides by what is stored. A Retry-After holds whoever asks; a source
// that is gone is asked only when somebody names it, and the hours that a document
// leaves out count unless somebody does.
func (in *Ingest) isDue(src *news.Source, m *memory, order Order) bool {
	named := len(order.Sources) > 0
	now := order.given
	switch {
	case !src.Poll || src.ID == news.DeskSource:
		return false
	case held(&m.visit, now):
		return false
	case m.visit.Gone && (!named || order.Pushed):
		return false
	case named || order.All:
		return true
	}
	plan := in.plan.Load()
	iv := plan.Bounds(src)
	if order.own {
		return !now.Before(plan.due(src, m, now)) && in.rested(src.ID, iv.Min)
	}
	if now.Add(slack).Before(plan.next(src, m.poll, now)) {
		return false
	}
	return open(&m.visit.Pace, now) || !now.Before(m.poll.Last.Add(iv.Max))
}

// rested reports whether this process last asked a source at least low ago. It
// goes by the monotonic clock, which does not jump when the wall clock is set.
func (in *Ingest) rested(src news.SourceID, low time.Duration) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	f := in.flights[src]
	return f == nil || f.landed.IsZero() || f.outcome.Kind == Cancelled || time.Since(f.landed) >= low
}
