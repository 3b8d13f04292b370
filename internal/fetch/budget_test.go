package fetch

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Ten bodies, each of which needs half of what there is, piece by piece.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(150, 50)
		var waits atomic.Int64
		var highest int64 // guarded by b.mu
		nothing := func() func() { waits.Add(1); return func() {} }
		grants := make([]grant, 10)
		var wg sync.WaitGroup
		for i := range grants {
			g := &grants[i]
			g.budget = b
			wg.Go(func() {
				for range 5 {
					if err := g.grow(context.Background(), 10, nothing); err != nil {
						t.Error(err)
					}
					b.mu.Lock()
					highest = max(highest, b.used)
					b.mu.Unlock()
					time.Sleep(time.Millisecond)
				}
				g.release()
				g.release()
			})
			synctest.Wait()
		}
		wg.Wait()
		if b.used != 0 || b.leader != nil || len(b.line) != 0 {
			t.Errorf("left over: %+v", b)
		}
		if waits.Load() == 0 || highest > 150 {
			t.Errorf("%d waits, at most %d bytes", waits.Load(), highest)
		}
	})
}

// One body may always go on, however large, and leaves the others theirs.
func TestBudgetLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(10, 0)
		free := func() func() { t.Error("the only one waits"); return func() {} }
		large := &grant{budget: b}
		for range 100 {
			if err := large.grow(t.Context(), 10, free); err != nil {
				t.Fatal(err)
			}
		}
		large.shrink(500)
		if err := large.grow(t.Context(), 10, free); err != nil {
			t.Fatal(err)
		}

		// What the leader holds is set aside: others share the whole limit.
		small := &grant{budget: b}
		if err := small.grow(t.Context(), 10, free); err != nil {
			t.Fatal(err)
		}
		small.release()

		var paused bool
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := small.grow(ctx, 11, func() func() { paused = true; return func() { paused = false } })
		if err != context.DeadlineExceeded || paused || len(b.line) != 0 {
			t.Errorf("got %v, %d in line", err, len(b.line))
		}
		var wg sync.WaitGroup
		wg.Go(func() { err = small.grow(context.Background(), 20, func() func() { return func() {} }) })
		synctest.Wait()
		large.release()
		wg.Wait()
		if err != nil || b.leader != small || b.used != 20 {
			t.Errorf("got %v, %+v", err, b)
		}
		small.release()
		if b.used != 0 || b.leader != nil {
			t.Errorf("left over: %+v", b)
		}
	})
}

// As long as one body needs no more than was said, nobody exceeds the sum.
func TestBudgetSum(t *testing.T) {
	for _, tt := range []struct{ all, one, limit int64 }{{64, 32, 32}, {64, 10, 54}, {64, 60, 32}, {10, 100, 5}} {
		if b := newBudget(tt.all, tt.one); b.limit != tt.limit {
			t.Errorf("of %d, one of %d: limit %d, want %d", tt.all, tt.one, b.limit, tt.limit)
		}
	}
}
