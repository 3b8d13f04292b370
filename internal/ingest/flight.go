package ingest

import (
	"time"
)

// A flight is one visit to one source and whoever waits for it.
type flight struct {
	*call
	outcome Outcome
	landed  time.Time // zero while under way
	waiting []chan<- Outcome
}

// board joins the visit to a source under way, or done since the order was given,
// or starts one. The outcome is sent to tell, which must have room for it. The
// flight is returned where the caller has to put it on the queue.
func (in *Ingest) board(c *call, tell chan<- Outcome, given time.Time) *flight {
	in.mu.Lock()
	defer in.mu.Unlock()
	if f := in.flights[c.source.ID]; f != nil {
		if f.landed.IsZero() {
			f.waiting = append(f.waiting, tell)
			return nil
		}
		if !f.landed.Before(given) && f.outcome.Kind != Cancelled {
			tell <- f.outcome
			return nil
		}
	}
	f := &flight{call: c, waiting: []chan<- Outcome{tell}}
	in.flights[c.source.ID] = f
	return f
}

// land ends a flight and tells everybody who waits.
func (in *Ingest) land(f *flight, o Outcome) {
	in.mu.Lock()
	defer in.mu.Unlock()
	f.outcome, f.landed = o, time.Now()
	for _, tell := range f.waiting {
		tell <- o
	}
	f.waiting = nil
}

// UnderWay returns how many visits are under way or wait for a worker.
func (in *Ingest) UnderWay() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	count := 0
	for _, f := range in.flights {
		if f.landed.IsZero() {
			count++
		}
	}
	return count
}
