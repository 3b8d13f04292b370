package fetch

import (
	"context"
	"slices"
	"sync"
)

// A budget bounds the bytes of all bodies in flight. Bodies claim them piece by
// piece, so several could each hold a part and wait for the rest for ever;
// therefore one at a time, the leader, gets whatever it asks for until it has
// released everything. What one body can need is set aside for it; the limit is
// what the others share.
type budget struct {
	limit int64

	mu     sync.Mutex
	used   int64    // by all, the leader too; guarded by mu, as are the rest
	leader *grant   // has what is set aside; nil: nobody needed it
	line   []*claim // in order of arrival; not empty only while there is a leader
}

// A grant is what one body holds.
type grant struct {
	budget *budget
	bytes  int64 // guarded by budget.mu
}

// A claim waits for a grant to grow.
type claim struct {
	grant *grant
	bytes int64
	ready chan struct{} // closed once the grant has grown
}

// newBudget returns a budget of so many bytes, of which a body can need one.
// Where that is more than half, the others share the other half, and the leader
// may take the sum above all.
func newBudget(all, one int64) *budget { return &budget{limit: max(all-one, all/2)} }

// grow adds n bytes to the grant, waiting for them as long as ctx lets it.
// waiting, if it has to, is called around the wait.
func (g *grant) grow(ctx context.Context, n int64, waiting func() (done func())) error {
	b := g.budget
	b.mu.Lock()
	if len(b.line) == 0 && b.admit(g, n) || g == b.leader && b.admit(g, n) {
		b.mu.Unlock()
		return nil
	}
	c := &claim{grant: g, bytes: n, ready: make(chan struct{})}
	b.line = append(b.line, c)
	b.mu.Unlock()
	defer waiting()()
	select {
	case <-c.ready:
		return nil
	case <-ctx.Done():
		b.quit(c)
		return context.Cause(ctx)
	}
}

// admit grows g where that fits, or where it may lead. The caller holds mu.
func (b *budget) admit(g *grant, n int64) bool {
	if g != b.leader && b.shared()+n > b.limit {
		if b.leader != nil {
			return false
		}
		b.leader = g
	}
	b.used += n
	g.bytes += n
	return true
}

// shared is what the others than the leader hold. The caller holds mu.
func (b *budget) shared() int64 {
	if b.leader == nil {
		return b.used
	}
	return b.used - b.leader.bytes
}

// quit takes c out of the line; where it has been served, its grant holds the
// bytes and will release them.
func (b *budget) quit(c *claim) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.line, c); i >= 0 {
		b.line = slices.Delete(b.line, i, i+1)
		b.serve()
	}
}

// shrink gives n of the grant's bytes back.
func (g *grant) shrink(n int64) {
	g.budget.mu.Lock()
	defer g.budget.mu.Unlock()
	g.budget.take(g, n)
}

// release gives everything back. A grant of no budget holds nothing.
func (g *grant) release() {
	if g.budget == nil {
		return
	}
	g.budget.mu.Lock()
	defer g.budget.mu.Unlock()
	g.budget.take(g, g.bytes)
}

// take has n of g's bytes back. The caller holds mu.
func (b *budget) take(g *grant, n int64) {
	b.used -= n
	g.bytes -= n
	if g.bytes == 0 && b.leader == g {
		b.leader = nil
	}
	b.serve()
}

// serve admits those in line who can go on. The caller holds mu.
func (b *budget) serve() {
	for len(b.line) > 0 && b.admit(b.line[0].grant, b.line[0].bytes) {
		close(b.line[0].ready)
		b.line = b.line[1:]
	}
}
