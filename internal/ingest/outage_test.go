package ingest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/curate"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

// outlets are n sources on hosts of their own.
func outlets(n int) (sources []news.Source) {
	for i := range n {
		sources = append(sources, news.Source{ID: news.SourceID(fmt.Sprint("s", i)), URL: fmt.Sprintf("http://s%d.example/feed", i)})
	}
	return sources
}

// steady answers every request with the same document.
type steady struct{ asked atomic.Int64 }

func (s *steady) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	w.Header().Set("ETag", `"1"`)
	if r.Header.Get("If-None-Match") != "" {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	fmt.Fprint(w, rss(item("1", "1", "One", "")))
}

// When nobody can be reached any more, the first few failures count against their
// sources and no others do.
func TestOutage(t *testing.T) {
	for _, test := range []struct{ sources, counted int }{{20, 5}, {5, 5}, {4, 4}, {3, 3}, {2, 2}} {
		t.Run(fmt.Sprint(test.sources), func(t *testing.T) {
			inWorld(t, &steady{}, outlets(test.sources), func(w *world) {
				var offline atomic.Bool
				dial := transport(w.client).DialContext
				transport(w.client).DisableKeepAlives = true
				transport(w.client).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
					if offline.Load() {
						return nil, errors.New("network is unreachable")
					}
					return dial(ctx, network, address)
				}
				w.plan.Scheduler = false
				w.start()
				w.order(Order{})

				offline.Store(true)
				tries := map[news.SourceID]int{}
				for range 48 {
					time.Sleep(time.Hour)
					for _, f := range w.order(Order{}).Failures {
						tries[f.Source]++
					}
				}
				counted, turns := 0, 0
				for _, src := range pollable(w.plan.Rules.Sources()) {
					p, v := w.visitOf(src.ID)
					if p.Failures > 0 {
						counted++
					} else if v.Health != news.HealthOK || v.Failure.Kind != "" || p.Next.Sub(p.Last).Round(time.Minute) != time.Hour {
						t.Errorf("%s: %s, %+v, %+v", src.ID, v.Health, v.Failure, p)
					}
					if tries[src.ID] < 46 && test.sources >= leastHosts {
						t.Errorf("%s was tried %d times in 48 hours", src.ID, tries[src.ID])
					}
				}
				if counted != test.counted {
					t.Errorf("failures count against %d sources, want %d", counted, test.counted)
				}

				offline.Store(false)
				time.Sleep(24 * time.Hour)
				if r := w.order(Order{}); r.Counts[Failed] > 0 {
					t.Errorf("back: %+v", r)
				}
				err := w.st.View(func(tx *store.Tx) error {
					list, err := tx.Turns(1000)
					turns = len(list)
					return err
				})
				if err != nil || turns != 2*test.counted {
					t.Errorf("%d turns of %d sources, %v", turns, test.counted, err)
				}
			})
		})
	}
}

// Failures count again as soon as anybody answers.
func TestOutageEnds(t *testing.T) {
	var o outage
	var sources []*curate.Source
	for _, src := range outlets(9) {
		src.Poll = true
		sources = append(sources, &curate.Source{Source: src})
	}
	fail := func(n int) bool {
		out, _ := o.unreachable(fmt.Sprint("s", n, ".example"), sources, noon)
		return out
	}
	for range 20 {
		if fail(0) || fail(1) {
			t.Fatal("two hosts that fail again and again are no outage")
		}
	}
	for n := range 5 {
		if fail(n) {
			t.Errorf("an outage at host %d", n)
		}
	}
	if !fail(0) || !fail(7) {
		t.Error("no outage after five hosts")
	}
	if since := o.answered(); !since.Equal(noon) {
		t.Errorf("it began at %s", since)
	}
	if fail(8) || !o.answered().IsZero() {
		t.Error("it goes on after somebody answered")
	}
}

// A hundred restarts in an hour make one request.
func TestRestarts(t *testing.T) {
	origin := &steady{}
	inWorld(t, origin, outlets(20), func(w *world) {
		for range 100 {
			w.start()
			w.order(Order{}) // as cron, or a hasty operator
			time.Sleep(35 * time.Second)
			w.stop()
		}
		if n := origin.asked.Load(); n != 20 {
			t.Errorf("%d requests to 20 sources", n)
		}
	})
}

// The scheduler, cron and a curator who want a source at once make one request.
func TestTogether(t *testing.T) {
	origin := &steady{}
	inWorld(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		time.Sleep(5 * time.Second)
		origin.ServeHTTP(rw, r)
	}), outlets(3), func(w *world) {
		w.start()
		for round := range 3 {
			var g errgroup.Group
			for _, o := range []Order{{}, {All: true}, {Sources: []news.SourceID{"s0", "s1", "s2"}}} {
				g.Go(func() error {
					_, err := w.in.Refresh(w.t.Context(), o, nil)
					return err
				})
			}
			if err := g.Wait(); err != nil {
				t.Error(err)
			}
			if n := origin.asked.Load(); n != int64(3*(round+1)) {
				t.Errorf("round %d: %d requests to 3 sources", round, n)
			}
			p, _ := w.visitOf("s0")
			time.Sleep(time.Until(p.Next)) // when the scheduler's turn comes
		}
	})
}
