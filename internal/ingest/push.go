package ingest

import (
	"context"
	"time"

	"rightswire/internal/curate"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

const (
	// pushGap is the shortest time between a visit to a source and one that a push
	// asks for.
	pushGap = time.Minute
	// announced is how long after a push an item counts as announced by it.
	announced = time.Hour
	// latest is how many items of a source are looked at for the one filed last:
	// decisions may have moved others before it.
	latest = 10
)

// hold waits until sources that a hub told of may be asked, and returns them
// without those for which another push waits already: that one's visit comes after
// this push too. A visit under way is waited for and never joined: it may have read
// what was there before.
func (in *Ingest) hold(ctx context.Context, sources []*curate.Source) (ready []*curate.Source, err error) {
	for _, src := range sources {
		if !in.pushed(src.ID) {
			continue
		}
		err := in.rest(ctx, src.ID)
		in.unpushed(src.ID)
		if err != nil {
			return nil, err
		}
		ready = append(ready, src)
	}
	return ready, nil
}

// pushed notes that a push waits for a source; false where one does already.
func (in *Ingest) pushed(src news.SourceID) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.pushes[src] {
		return false
	}
	in.pushes[src] = true
	return true
}

func (in *Ingest) unpushed(src news.SourceID) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.pushes, src)
}

// rest waits until the last visit to a source, by this process or another, is
// pushGap ago.
func (in *Ingest) rest(ctx context.Context, src news.SourceID) error {
	for {
		under, wait, err := in.restless(src)
		if err != nil || under == nil && wait <= 0 {
			return err
		}
		if under != nil {
			wait = idle // it lands by itself; whoever waits looks again
		}
		timer := time.NewTimer(wait)
		select {
		case <-under:
		case <-timer.C:
		case <-in.closed:
			err = ErrClosed
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		timer.Stop()
		if err != nil {
			return err
		}
	}
}

// restless returns where the end of a visit under way will be told, or how long to
// wait since the last.
func (in *Ingest) restless(src news.SourceID) (under <-chan Outcome, wait time.Duration, err error) {
	in.mu.Lock()
	if f := in.flights[src]; f != nil {
		if f.landed.IsZero() {
			tell := make(chan Outcome, 1)
			f.waiting = append(f.waiting, tell)
			under = tell
		}
		wait = pushGap - time.Since(f.landed)
	}
	in.mu.Unlock()
	if under != nil {
		return under, 0, nil
	}
	err = in.store.View(func(tx *store.Tx) error {
		poll, err := tx.Poll(src)
		if in.unreadable(src, err) {
			return nil
		}
		if since := time.Since(poll.Last); err == nil && since >= 0 { // else the clock was set back
			wait = max(wait, pushGap-since)
		}
		return err
	})
	return nil, wait, err
}

// relied reports whether a hub pushes what changes at a source, so that polling is
// only a net below it. A hub that let an item through to the net is not relied on
// until its next push; nor one that never pushed, until it renews its promise.
func (in *Ingest) relied(f *filing, now time.Time) (relied bool) {
	if f.visit.Hub == "" {
		return false // the usual case: nothing is read
	}
	err := in.store.View(func(tx *store.Tx) error {
		sub, err := tx.Subscription(f.source.ID)
		if err != nil || !sub.Active(now) {
			return err
		}
		promised := sub.Pushed.Add(announced)
		if sub.Pushed.IsZero() {
			promised = sub.Expires.Add(-sub.Lease)
		}
		last, err := filedLast(tx, f.source.ID)
		if f.brings() {
			last = now
		}
		relied = !last.After(promised)
		return err
	})
	if err != nil {
		in.log.Error("it is not known whether a hub pushes: polling as if none did", "source", f.source.ID, "err", err)
		return false
	}
	return relied
}

// filedLast is when a source's latest item was first seen.
func filedLast(tx *store.Tx, src news.SourceID) (at time.Time, err error) {
	looked := 0
	err = tx.Walk(store.Facet{Kind: store.BySource, Value: string(src)}, time.Time{}, func(it *news.Item) (bool, error) {
		if it.FirstSeen.After(at) {
			at = it.FirstSeen
		}
		looked++
		return looked < latest, nil
	})
	return at, err
}

// brings reports whether the visit brings an item that is new.
func (f *filing) brings() bool {
	for _, a := range f.arrivals {
		if a.item != nil {
			return true
		}
	}
	return false
}
