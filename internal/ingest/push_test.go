package ingest

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/news"
	"rightswire/internal/store"
)

// A hubbed is a source that a hub pushes for.
type hubbed struct {
	mu    sync.Mutex
	news  int           // items published
	slow  time.Duration // that an answer takes after it was written
	calm  string        // Retry-After of a 429
	asked []time.Time
}

func (h *hubbed) publish() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.news++
}

func (h *hubbed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.asked = append(h.asked, time.Now())
	n, slow, calm := h.news, h.slow, h.calm
	h.mu.Unlock()
	if calm != "" {
		w.Header().Set("Retry-After", calm)
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	etag := fmt.Sprintf(`"%d"`, n)
	w.Header().Set("ETag", etag)
	w.Header().Set("Link", `<http://hub.example/>; rel="hub", <http://outlet.example/feed>; rel="self"`)
	time.Sleep(slow)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	var items []string
	for i := n; i >= 0; i-- {
		items = append(items, item(fmt.Sprint(i), fmt.Sprint(i), fmt.Sprint("Item ", i), ""))
	}
	fmt.Fprint(w, rss(items...))
}

func (h *hubbed) requests() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.asked)
}

func inHub(t *testing.T, test func(*world, *hubbed)) {
	h := &hubbed{}
	inWorld(t, h, []news.Source{{ID: "a", URL: "http://outlet.example/feed"}}, func(w *world) {
		w.plan.Scheduler = false
		w.start()
		w.order(Order{})
		test(w, h)
	})
}

func (w *world) subscribe(change func(*news.Subscription)) {
	w.t.Helper()
	err := w.st.Update(func(tx *store.Tx) error {
		sub, err := tx.Subscription("a")
		if err != nil {
			return err
		}
		sub.Source = "a"
		change(&sub)
		return tx.PutSubscription(sub)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// While a hub pushes, polling is a net below it: as seldom as may be, until the net
// catches what the hub let through.
func TestNet(t *testing.T) {
	inHub(t, func(w *world, h *hubbed) {
		expect := func(when string, relied bool) {
			t.Helper()
			p, v := w.visitOf("a")
			if wait := p.Next.Sub(p.Last).Round(time.Minute); (wait == 24*time.Hour) != relied {
				t.Errorf("%s: waits %s", when, wait)
			}
			if v.Hub != "http://hub.example/" || v.Topic != "http://outlet.example/feed" {
				t.Errorf("%s: hub %q, topic %q", when, v.Hub, v.Topic)
			}
		}
		poll := func(when string, relied bool) {
			t.Helper()
			time.Sleep(24 * time.Hour)
			w.order(Order{})
			expect(when, relied)
		}
		push := func() {
			t.Helper()
			w.subscribe(func(s *news.Subscription) { s.Pushed = time.Now() })
			w.order(Order{Sources: []news.SourceID{"a"}, Pushed: true})
		}
		lease := func() {
			w.subscribe(func(s *news.Subscription) { s.Lease, s.Expires = hours(240), time.Now().Add(hours(240)) })
		}
		expect("before", false)
		w.subscribe(func(s *news.Subscription) { s.Hub = "http://hub.example/" })
		poll("asked for, not granted", false)
		lease()
		poll("granted", true)
		h.publish()
		poll("an item that was not announced", false)
		poll("after it", false)
		time.Sleep(2 * time.Hour)
		h.publish()
		push()
		expect("pushed", true)
		poll("after the push", true)
		h.publish()
		poll("another that was not announced", false)
		lease()
		poll("the lease renewed, but no push", false)
		time.Sleep(2 * time.Hour)
		h.publish()
		push()
		expect("pushed again", true)
		time.Sleep(hours(240))
		h.publish() // or its own rhythm says as much
		poll("the lease is over", false)
	})
}

// However often a hub pushes, its source is asked once a minute, and once after the
// last push.
func TestPushes(t *testing.T) {
	inHub(t, func(w *world, h *hubbed) {
		time.Sleep(time.Hour)
		before := h.requests()
		var g errgroup.Group
		for range 200 {
			h.publish()
			g.Go(func() error {
				_, err := w.in.Refresh(w.t.Context(), Order{Sources: []news.SourceID{"a"}, Pushed: true}, nil)
				return err
			})
			time.Sleep(3 * time.Second)
		}
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
		if n := h.requests() - before; n < 10 || n > 11 {
			t.Errorf("%d requests for pushes during ten minutes", n)
		}
		for i := before + 1; i < len(h.asked); i++ {
			if gap := h.asked[i].Sub(h.asked[i-1]); gap < time.Minute {
				t.Errorf("asked again after %s", gap)
			}
		}
		if n := len(w.items()); n != 201 {
			t.Errorf("%d items of 201", n)
		}
	})
}

// A visit under way when the push came may have read what was there before it.
func TestPushDuringVisit(t *testing.T) {
	inHub(t, func(w *world, h *hubbed) {
		time.Sleep(time.Hour)
		h.slow = 10 * time.Second
		var g errgroup.Group
		g.Go(func() error {
			_, err := w.in.Refresh(w.t.Context(), Order{All: true}, nil)
			return err
		})
		time.Sleep(5 * time.Second)
		h.publish()
		r := w.order(Order{Sources: []news.SourceID{"a"}, Pushed: true})
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
		if r.New != 1 || h.requests() != 3 {
			t.Errorf("%+v after %d requests", r, h.requests())
		}
	})
}

// A push outranks neither a Retry-After nor the end of the newsroom.
func TestPushHeld(t *testing.T) {
	inHub(t, func(w *world, h *hubbed) {
		h.calm = "7200"
		time.Sleep(time.Hour)
		w.order(Order{All: true})
		asked := h.requests()
		if r := w.order(Order{Sources: []news.SourceID{"a"}, Pushed: true}); r.Counts[Skipped] != 1 || h.requests() != asked {
			t.Errorf("%+v", r)
		}
		h.calm = ""
		time.Sleep(2 * time.Hour)
		w.order(Order{All: true})
		var g errgroup.Group
		g.Go(func() error {
			if _, err := w.in.Refresh(w.t.Context(), Order{Sources: []news.SourceID{"a"}, Pushed: true}, nil); err != ErrClosed {
				return fmt.Errorf("closed while it waited: %v", err)
			}
			return nil
		})
		synctest.Wait()
		w.stop()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
}
