// Package ingest brings news in: it asks which Sources are due, fetches and
// parses them in parallel, and files what they brought through one filer, in
// batches, each in a single transaction together with the visits that brought
// it. A source is never asked twice at once: whoever wants it joins the visit
// under way. What an item's texts say at a glance is derived here and nowhere
// else (see Desk.Describe). What of it is public is left to edition.
package ingest

import (
	"context"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"rightswire/internal/curate"
	"rightswire/internal/fetch"
	"rightswire/internal/news"
	"rightswire/internal/store"
	"rightswire/internal/tag"
)

// A Plan is what feeds.yaml says about collecting. It is swapped whole.
type Plan struct {
	Rules      *curate.Rulebook
	Vocabulary *tag.Vocabulary
	Client     *fetch.Client
	Interval   news.Interval
	// Concurrency is how many sources are asked at a time.
	Concurrency int
	// Scheduler lets Run poll by itself; without it only Refresh fetches.
	Scheduler bool
}

// A Change is what one commit changed, told after it is durable.
type Change struct {
	Items []news.ItemID
	// Turned says that the health of a source did.
	Turned bool
}

// Hooks are whom to tell; nil is nobody. They are called from many goroutines and
// should be quick.
type Hooks struct {
	// Changed is called after each commit that changed an item, or a source's health.
	Changed func(Change)
	// Visited is called after each visit, once what it brought is durable; not where
	// the newsroom closed meanwhile.
	Visited func(Outcome)
}

// Ingest collects. Its methods may be called at once from many goroutines; Run
// must be running for Refresh to get anywhere.
type Ingest struct {
	store *store.Store
	hooks Hooks
	log   *slog.Logger

	plan atomic.Pointer[Plan]
	// A new plan wakes the scheduler and whatever describes items anew.
	woken, replanned chan struct{}

	queue  chan *flight        // visits to make
	closed chan struct{}       // once none is made any more
	parses *semaphore.Weighted // parses at once ≤ cores
	filer  *filer

	mu      sync.Mutex
	flights map[news.SourceID]*flight // guarded by mu; the last visit of each source
	pushes  map[news.SourceID]bool    // guarded by mu; pushes that wait for their visit
	outage  outage
}

func (h *Hooks) changed(c Change) {
	if h.Changed != nil && (len(c.Items) > 0 || c.Turned) {
		h.Changed(c)
	}
}

func (h *Hooks) visited(o Outcome) {
	if h.Visited != nil && o.Kind != Cancelled {
		h.Visited(o)
	}
}

// New returns an Ingest that files into st.
func New(st *store.Store, plan *Plan, hooks Hooks, log *slog.Logger) *Ingest {
	in := &Ingest{
		store:     st,
		hooks:     hooks,
		log:       log,
		woken:     make(chan struct{}, 1),
		replanned: make(chan struct{}, 1),
		queue:     make(chan *flight),
		closed:    make(chan struct{}),
		parses:    semaphore.NewWeighted(int64(runtime.GOMAXPROCS(0))),
		flights:   map[news.SourceID]*flight{},
		pushes:    map[news.SourceID]bool{},
	}
	in.filer = newFiler(st, hooks.changed, log)
	in.plan.Store(plan)
	return in
}

// Follow swaps the plan; visits under way end by the old one.
func (in *Ingest) Follow(plan *Plan) {
	in.plan.Store(plan)
	for _, wake := range []chan struct{}{in.woken, in.replanned} {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// Run visits and files until ctx is done, then commits what was handed in.
func (in *Ingest) Run(ctx context.Context) error {
	// The filer outlives the visits: what they have handed in is not dropped.
	filing, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var g errgroup.Group
	g.Go(func() error { return in.filer.run(filing) })
	g.Go(func() error {
		defer stop()
		var loops errgroup.Group
		loops.Go(func() error { return in.dispatch(ctx) })
		loops.Go(func() error { return in.schedule(ctx) })
		loops.Go(func() error { return in.rederive(ctx) })
		return loops.Wait()
	})
	return g.Wait()
}

// dispatch makes the visits of the queue, as many at a time as the plan said when
// it began. Workers are started as they are needed and stay: a stack that has
// grown to a request's needs is used again.
func (in *Ingest) dispatch(ctx context.Context) error {
	defer close(in.closed)
	var workers errgroup.Group
	work := make(chan *flight)
	visit := func(f *flight) error {
		for ok := true; ok; f, ok = <-work {
			in.visit(ctx, f)
		}
		return nil
	}
	for room := max(1, in.plan.Load().Concurrency); ; {
		select {
		case <-ctx.Done():
			close(work)
			return workers.Wait()
		case f := <-in.queue:
			select {
			case work <- f: // somebody is idle
				continue
			default:
			}
			if room > 0 {
				room--
				workers.Go(func() error { return visit(f) })
				continue
			}
			select {
			case work <- f:
			case <-ctx.Done():
				in.filer.forget(1)
				in.land(f, Outcome{Source: f.source.ID, Kind: Cancelled, Err: ctx.Err()})
			}
		}
	}
}

// schedule asks for what is due as time goes by.
func (in *Ingest) schedule(ctx context.Context) error {
	for {
		wait := idle
		if in.plan.Load().Scheduler {
			next, err := in.poll(ctx)
			if err != nil {
				in.log.Error("scheduling stopped for now", "err", err)
			} else {
				wait = next
			}
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-in.woken:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// idle is the longest the scheduler sleeps: a changed clock or a poll moved by
// somebody else is noticed within it.
const idle = time.Minute
