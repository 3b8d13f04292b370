package fetch

import (
	"context"
	"slices"
	"sync"
	"time"
)

// hosts gives requests their turn at each host: at most most at a time, and gap
// between the end of one and the start of the next, first come first served. A
// host that has been idle for longer than the gap is forgotten.
type hosts struct {
	most int
	gap  time.Duration

	mu    sync.Mutex
	table map[string]*host // guarded by mu, as is all in it
	sweep time.Time        // when the table is next looked through
}

// A host is one row of the table.
type host struct {
	running int
	next    time.Time       // no request starts before
	line    []chan struct{} // closed when the turn comes
	timer   *time.Timer     // calls the next in line; nil before it is needed
}

func newHosts(most int, gap time.Duration) *hosts {
	return &hosts{most: most, gap: gap, table: map[string]*host{}}
}

// enter waits until a request to name may start, or ctx is done; after a nil
// error the caller must leave.
func (h *hosts) enter(ctx context.Context, name string) error {
	turn := h.queue(name)
	if turn == nil {
		return nil
	}
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	if !h.quit(name, turn) {
		h.leave(name) // the turn came in the meantime
	}
	return context.Cause(ctx)
}

// queue takes the turn at once and returns nil, or gets in line.
func (h *hosts) queue(name string) chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	h.forget(now)
	row := h.table[name]
	if row == nil {
		row = &host{}
		h.table[name] = row
	}
	if len(row.line) == 0 && row.running < h.most && !now.Before(row.next) {
		row.running++
		return nil
	}
	turn := make(chan struct{})
	row.line = append(row.line, turn)
	h.call(row, now)
	return turn
}

// leave ends a request to name.
func (h *hosts) leave(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	row := h.table[name]
	row.running--
	if h.gap == 0 && row.running == 0 && len(row.line) == 0 {
		delete(h.table, name)
		return
	}
	now := time.Now()
	row.next = now.Add(h.gap)
	h.call(row, now)
}

// call lets in whoever's turn it is, and sees to it that the next is called in
// time. The caller holds mu.
func (h *hosts) call(row *host, now time.Time) {
	for len(row.line) > 0 && row.running < h.most {
		if wait := row.next.Sub(now); wait > 0 {
			h.callIn(row, wait)
			return
		}
		close(row.line[0])
		row.line = row.line[1:]
		row.running++
	}
}

func (h *hosts) callIn(row *host, wait time.Duration) {
	if row.timer != nil {
		row.timer.Reset(wait)
		return
	}
	row.timer = time.AfterFunc(wait, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.call(row, time.Now())
	})
}

// quit takes turn out of the line; false where it is no longer in it.
func (h *hosts) quit(name string, turn chan struct{}) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	row := h.table[name]
	i := slices.Index(row.line, turn)
	if i < 0 {
		return false
	}
	row.line = slices.Delete(row.line, i, i+1)
	return true
}

// forget drops idle rows, at most once a gap: the table holds no more than what
// was asked in the last two. The caller holds mu.
func (h *hosts) forget(now time.Time) {
	if h.gap == 0 || now.Before(h.sweep) {
		return // without a gap, leave forgets
	}
	h.sweep = now.Add(h.gap)
	for name, row := range h.table {
		if row.running == 0 && len(row.line) == 0 && !now.Before(row.next) {
			delete(h.table, name)
		}
	}
}
