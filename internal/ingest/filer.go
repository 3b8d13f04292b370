package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"rightswire/internal/curate"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

// When a batch closes. Visits that bring nothing weigh little and may wait
// longer for company: a round of 304s should be few writes. Nobody waits for a
// batch to fill once no other visit is under way.
const (
	batchSources = 100
	batchBytes   = 8 << 20
	batchLinger  = 50 * time.Millisecond
	lightSources = 1000
	lightLinger  = 500 * time.Millisecond
	// queueBytes bounds what visits hand in ahead of the filer.
	queueBytes = 16 << 20
)

// ErrClosed is why nothing is fetched or filed any more.
var ErrClosed = errors.New("the newsroom is closing")

// A filing is what one visit changes: its items, revisions and its own traces
// are durable together or not at all.
type filing struct {
	source   *curate.Source
	plan     *Plan
	seen     time.Time
	poll     news.Poll
	visit    news.Visit
	byHand   *news.Decision // an item added by a curator: no visit brought it
	capped   bool
	arrivals []*arrival
	// readings are stored in place of the source's where reread says so. Each speaks
	// for an item that is in the store once this filing is.
	readings []news.Reading
	reread   bool
	// whole says that the source was asked without its validators.
	whole bool
	// empty says that the document holds no entries.
	empty bool
	// doubt is why a curator has to see what is new; "" where nothing is doubted.
	doubt string
	// landing is which other domain the first good visit ended at; zero: none, or not
	// the first.
	landing [32]byte
	turn    *news.Turn  // of the source's health; nil: none to tell of
	size    int         // bytes of the revisions and readings
	done    func(error) // called once

	new, updated int // set by the filer
}

// A filer is the one writer of what comes in.
type filer struct {
	store   *store.Store
	changed func(Change)
	log     *slog.Logger
	queue   chan *filing
	room    *semaphore.Weighted
	closed  chan struct{}
	// expected counts visits ordered that have not handed in yet.
	expected atomic.Int64
}

func newFiler(st *store.Store, changed func(Change), log *slog.Logger) *filer {
	return &filer{
		store: st, changed: changed, log: log,
		queue:  make(chan *filing),
		room:   semaphore.NewWeighted(queueBytes),
		closed: make(chan struct{}),
	}
}

// expect announces n filings; reserve or forget must follow for each.
func (f *filer) expect(n int) { f.expected.Add(int64(n)) }

// forget takes n announcements back.
func (f *filer) forget(n int) { f.expected.Add(-int64(n)) }

// reserve makes room for fl, which hand must follow. ctx ends the wait.
func (f *filer) reserve(ctx context.Context, fl *filing) error {
	err := f.room.Acquire(ctx, fl.weight())
	f.forget(1)
	return err
}

// hand gives fl to the filer, which calls fl.done once it is durable or can't be.
func (f *filer) hand(fl *filing) {
	select {
	case f.queue <- fl:
	case <-f.closed:
		f.finish(fl, ErrClosed)
	}
}

func (f *filer) finish(fl *filing, err error) {
	f.room.Release(fl.weight())
	fl.done(err)
}

// weight is what fl takes of the room.
func (f *filing) weight() int64 { return int64(min(f.size, queueBytes)) }

// run commits batches until ctx is done.
func (f *filer) run(ctx context.Context) error {
	defer close(f.closed)
	for {
		batch := f.collect(ctx)
		if batch == nil {
			return nil
		}
		f.commit(batch)
	}
}

// collect gathers a batch; nil once ctx is done and nothing waits.
func (f *filer) collect(ctx context.Context) []*filing {
	var b batch
	select {
	case fl := <-f.queue:
		b.add(fl)
	case <-ctx.Done():
		return nil
	}
	for !b.full() && f.expected.Load() > 0 {
		timer := time.NewTimer(time.Until(b.closes))
		select {
		case fl := <-f.queue:
			b.add(fl)
		case <-timer.C:
			return b.filings
		}
		timer.Stop()
	}
	// Whoever has handed in but not been taken goes along.
	for !b.full() {
		select {
		case fl := <-f.queue:
			b.add(fl)
			continue
		default:
		}
		break
	}
	return b.filings
}

type batch struct {
	filings []*filing
	heavy   int // filings that bring items
	bytes   int
	closes  time.Time
}

func (b *batch) add(fl *filing) {
	b.filings = append(b.filings, fl)
	b.bytes += fl.size
	if len(b.filings) == 1 {
		b.closes = time.Now().Add(lightLinger)
	}
	if len(fl.arrivals) == 0 {
		return
	}
	if b.heavy++; b.heavy == 1 {
		if soon := time.Now().Add(batchLinger); soon.Before(b.closes) {
			b.closes = soon
		}
	}
}

func (b *batch) full() bool {
	return b.heavy >= batchSources || len(b.filings) >= lightSources || b.bytes >= batchBytes
}

// commit files a batch, tells what changed, and only then lets the visits land.
// If it fails it is tried again source by source, and what fails then is that
// source's error alone.
func (f *filer) commit(batch []*filing) {
	errs := make([]error, len(batch))
	changed, err := f.put(batch)
	switch {
	case err == nil:
	case len(batch) == 1, errors.Is(err, store.ErrSpace), errors.Is(err, store.ErrReadOnly):
		for i := range errs {
			errs[i] = err
		}
	default:
		f.log.Error("batch not filed, trying source by source", "sources", len(batch), "err", err)
		for i, fl := range batch {
			var ids []news.ItemID
			ids, errs[i] = f.put([]*filing{fl})
			changed = append(changed, ids...)
		}
	}
	f.changed(Change{Items: changed, Turned: turned(batch, errs)})
	for i, fl := range batch {
		f.finish(fl, errs[i])
	}
}

// turned reports whether the health of a source turned, of those that were filed.
func turned(batch []*filing, errs []error) bool {
	for i, fl := range batch {
		if fl.turn != nil && errs[i] == nil {
			return true
		}
	}
	return false
}

// put files a batch in one transaction.
func (f *filer) put(batch []*filing) (changed []news.ItemID, err error) {
	err = f.store.Update(func(tx *store.Tx) error {
		changed = changed[:0]
		for _, fl := range batch {
			ids, err := f.putOne(tx, fl)
			if err != nil {
				return fmt.Errorf("source %s: %w", fl.source.ID, err)
			}
			changed = append(changed, ids...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

func (f *filer) putOne(tx *store.Tx, fl *filing) (changed []news.ItemID, err error) {
	fl.new, fl.updated = 0, 0
	if _, err := tx.Origin(fl.source.ID, fl.source.Formerly); err != nil {
		return nil, err
	}
	for _, a := range fl.arrivals {
		shown, err := f.putArrival(tx, fl, a)
		if err != nil {
			return nil, err
		}
		if shown {
			changed = append(changed, a.known)
		}
	}
	if fl.byHand != nil {
		return changed, nil
	}
	if fl.reread {
		if err := tx.PutReadings(fl.source.ID, fl.readings); err != nil {
			return nil, err
		}
	}
	if fl.landing != [32]byte{} {
		if err := tx.PutPlace(landingPath(fl.source.ID), store.Place{Definition: fl.landing, Defined: fl.seen}); err != nil {
			return nil, err
		}
	}
	if fl.turn != nil {
		turn := *fl.turn // a failed batch is put again
		if err := tx.AddTurn(&turn); err != nil {
			return nil, err
		}
	}
	if err := tx.PutVisit(fl.source.ID, fl.visit); err != nil {
		return nil, err
	}
	return changed, tx.PutPoll(fl.source.ID, fl.poll)
}

func (f *filer) putArrival(tx *store.Tx, fl *filing, a *arrival) (changed bool, err error) {
	it, err := tx.Item(a.known)
	switch {
	case errors.Is(err, store.ErrNotFound) && a.item != nil:
		return true, f.putNew(tx, fl, a)
	case err != nil:
		return false, err
	case fl.byHand != nil:
		return false, fmt.Errorf("add item %s: %w", it.ID, ErrKnown) // by another curator meanwhile
	case a.item != nil:
		return false, nil // filed meanwhile under another name of the source
	}
	if a.alias != "" {
		if err := tx.AddAlias(a.alias, it); err != nil {
			return false, err
		}
	}
	if a.prepared == nil {
		return false, nil
	}
	return true, f.putRevision(tx, fl, a, it)
}

func (f *filer) putNew(tx *store.Tx, fl *filing, a *arrival) error {
	// A failed batch is put again: start from the item as prepared.
	it := *a.item
	if _, err := tx.AddRevision(&it, *a.prepared); err != nil {
		return err
	}
	fl.new++
	if fl.byHand == nil {
		return tx.PutItem(&it)
	}
	d := *fl.byHand
	d.Item, d.Revision = it.ID, it.Latest
	if err := tx.AddDecision(&d); err != nil {
		return err
	}
	return tx.PutItem(&it)
}

func (f *filer) putRevision(tx *store.Tx, fl *filing, a *arrival, it *news.Item) error {
	replaced, err := tx.AddRevision(it, *a.prepared)
	if err != nil {
		return err
	}
	if replaced {
		f.log.Warn("item keeps changing: its newest unapproved revision is replaced", "source", fl.source.ID, "item", it.ID)
	}
	fl.updated++
	if it.Standing.Approved == 0 {
		rev := &news.Revision{Number: it.Latest, Seen: fl.seen, Entry: *a.entry}
		if err := fl.plan.Describe(it, rev, fl.source); err != nil {
			return err
		}
	}
	return tx.PutItem(it)
}
