package fetch

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// asked asks n times for a host, each request taking that long, and returns when
// each started, since the first.
func asked(h *hosts, n int, took time.Duration, name func(i int) string) []time.Duration {
	var mu sync.Mutex
	var starts []time.Duration
	var wg sync.WaitGroup
	began := time.Now()
	for i := range n {
		wg.Go(func() {
			if h.enter(context.Background(), name(i)) != nil {
				return
			}
			mu.Lock()
			starts = append(starts, time.Since(began))
			mu.Unlock()
			time.Sleep(took)
			h.leave(name(i))
		})
		synctest.Wait() // so that they stand in line in order
	}
	wg.Wait()
	return starts
}

func TestHosts(t *testing.T) {
	const s = time.Second
	one := func(int) string { return "a.example" }
	each := func(i int) string { return fmt.Sprint(i, ".example") }
	tests := []struct {
		name      string
		most      int
		gap, took time.Duration
		host      func(int) string
		want      []time.Duration
	}{
		{"one at a time, a gap after each", 1, s, 2 * s, one, []time.Duration{0, 3 * s, 6 * s, 9 * s}},
		{"no gap", 1, 0, 2 * s, one, []time.Duration{0, 2 * s, 4 * s, 6 * s}},
		{"two at a time", 2, s, 2 * s, one, []time.Duration{0, 0, 3 * s, 3 * s}},
		{"hosts do not wait for each other", 1, s, 2 * s, each, []time.Duration{0, 0, 0, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if got := asked(newHosts(tt.most, tt.gap), 4, tt.took, tt.host); fmt.Sprint(got) != fmt.Sprint(tt.want) {
					t.Errorf("started at %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// 200 sources on one host: one at a time, a second apart, in the order they came.
func TestHostsFairly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		starts := asked(newHosts(1, time.Second), 200, 10*time.Millisecond, func(int) string { return "a.example" })
		for i, at := range starts {
			if want := time.Duration(i) * 1010 * time.Millisecond; at != want {
				t.Fatalf("request %d started at %v, want %v", i, at, want)
			}
		}
	})
}

func TestHostsGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHosts(1, time.Second)
		if err := h.enter(t.Context(), "a.example"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var first, second error
		var wg sync.WaitGroup
		wg.Go(func() { first = h.enter(ctx, "a.example") })
		synctest.Wait()
		wg.Go(func() { second = h.enter(context.Background(), "a.example") })
		time.Sleep(2 * time.Minute)
		h.leave("a.example")
		wg.Wait()
		if first != context.DeadlineExceeded || second != nil {
			t.Errorf("got %v and %v", first, second)
		}
		h.leave("a.example")
	})
}

// A host that is idle for longer than the gap takes no memory.
func TestHostsForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, gap := range []time.Duration{0, time.Second} {
			h := newHosts(1, gap)
			for i := range 1000 {
				name := fmt.Sprint(i, ".example")
				if err := h.enter(t.Context(), name); err != nil {
					t.Fatal(err)
				}
				h.leave(name)
				time.Sleep(gap / 10)
			}
			if n := len(h.table); n > 21 {
				t.Errorf("gap %v: %d hosts remembered", gap, n)
			}
		}
	})
}
