package newsroom

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/config"
	"rightswire/internal/news"
)

// openIdle opens a newsroom that is asked nothing: it can live in a bubble.
func openIdle(t *testing.T, path, yaml string, check func(string) error) *Newsroom {
	t.Helper()
	if err := os.WriteFile(path, []byte(roomYAML+yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	n, err := Open(cfg, Options{Version: "test", Log: slog.New(slog.DiscardHandler), Check: check})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// feeds.yaml is taken within seconds of being saved, and at once when told to.
func TestWatch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "feeds.yaml")
	synctest.Test(t, func(t *testing.T) {
		n := openIdle(t, path, "", nil)
		ctx, stop := context.WithCancel(t.Context())
		hup := make(chan os.Signal)
		var g errgroup.Group
		g.Go(func() error { return n.Watch(ctx, hup) })
		save := func(yaml string) {
			if err := os.WriteFile(path, []byte(roomYAML+yaml), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		channels := func() int {
			synctest.Wait()
			return len(n.Directory().Channels)
		}
		save("channels:\n  - {id: one}\n")
		time.Sleep(3 * time.Second)
		if got := channels(); got != 1 {
			t.Errorf("saved: %d channels, want 1", got)
		}
		save("channels:\n  - {id: one}\n  - {id: two}\n")
		hup <- os.Interrupt
		if got := channels(); got != 2 {
			t.Errorf("told to: %d channels, want 2", got)
		}
		save("channels: [")
		time.Sleep(time.Minute)
		if got := channels(); got != 2 || n.current.Load().broken == nil {
			t.Errorf("broken: %d channels, want the 2 before; %v", got, n.current.Load().broken)
		}
		stop()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
}

// A daemon checks its whole store once a week.
func TestKeep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "feeds.yaml")
	synctest.Test(t, func(t *testing.T) {
		var checks atomic.Int64
		n := openIdle(t, path, "", func(string) error { checks.Add(1); return nil })
		ctx, stop := context.WithCancel(t.Context())
		var g errgroup.Group
		g.Go(func() error { return n.keep(ctx) })
		for week := range 3 {
			if synctest.Wait(); checks.Load() != int64(week) {
				t.Errorf("%d checks in %d weeks", checks.Load(), week)
			}
			time.Sleep(checkEvery + keepEvery)
		}
		stop()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
}

// A store that was not closed is checked once, as soon as there is time.
func TestScrubAfterUncleanStop(t *testing.T) {
	r := openRoom(t, fiveYAML)
	r.outlet("a").say(numbered(1, 3)...)
	r.refresh()
	// What is on disk while the store is open is what a crash leaves.
	left := filepath.Join(filepath.Dir(r.path), "left")
	if err := os.CopyFS(left, os.DirFS(r.Config().Data)); err != nil {
		t.Fatal(err)
	}
	checks := 0
	n := openIdle(t, filepath.Join(filepath.Dir(r.path), "after.yaml"), "data: left\n", func(string) error { checks++; return nil })
	for range 3 {
		n.upkeep(t.Context())
	}
	if checks != 1 {
		t.Errorf("%d checks, want 1", checks)
	}
}

func TestProbe(t *testing.T) {
	r := openRoom(t, `
sources:
  - {id: a, title: A, url: $a}
  - {id: broken, title: B, url: $b}
  - {id: still, title: S, url: $s, poll: false}
  - {id: moved, title: M, url: $m}
`)
	r.outlet("a").say(numbered(1, 3)...)
	r.outlet("b").sayRaw("<html>no feed</html>")
	r.outlet("m").Config.Handler = http.RedirectHandler(r.outlet("a").URL+"/there", http.StatusFound)
	told := 0
	views, err := Probe(t.Context(), r.Config(), "test", r.log, func(done, failed, total int) {
		if told++; done != told || total != 3 {
			t.Errorf("progress %d of %d, %d failed", done, total, failed)
		}
	})
	if err != nil || len(views) != 3 || told != 3 {
		t.Fatalf("%+v, %v", views, err)
	}
	good, broken, moved := views[0], views[1], views[2]
	if good.Items != 3 || good.Format != "rss 2.0" || !good.Newest.Equal(daysAgo(1).UTC()) && good.Newest.IsZero() || good.Error != "" {
		t.Errorf("a yields %+v", good)
	}
	if broken.Kind != string(news.FailNotFeed) || broken.Error == "" {
		t.Errorf("a page yields %+v", broken)
	}
	if moved.Moved != r.outlet("a").URL+"/there" || moved.Items != 3 {
		t.Errorf("a redirect yields %+v", moved)
	}
	if n := r.list().Sources[0].Items; n != 0 {
		t.Errorf("probing filed %d items", n)
	}
}

// Reading, deciding, refreshing and reloading go on side by side.
func TestSideBySide(t *testing.T) {
	r := openRoom(t, placesYAML)
	r.outlet("a").say(numbered(1, 9)...)
	r.refresh()
	id := guid("a", "5")
	const rounds = 15
	var g errgroup.Group
	each := func(do func(i int) error) {
		g.Go(func() error {
			for i := range rounds {
				if err := do(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	each(func(int) error { _, err := r.Edition(channel("all")); return err })
	each(func(int) error { _, err := r.Piece(id); return err })
	each(func(int) error { _, err := r.Items(Query{Texts: true}); return err })
	each(func(int) error { _, err := r.Status(); return err })
	each(func(int) error { _, err := r.Show(string(id)); return err })
	each(func(i int) error {
		_, err := r.Decide("ana", Ruling{Item: string(id), Action: news.AddNote, Text: fmt.Sprint(i)})
		return err
	})
	each(func(i int) error {
		r.outlet("a").say(numbered(1, 10+i)...)
		_, err := r.Refresh(t.Context(), RefreshOrder{All: true}, nil)
		return err
	})
	each(func(int) error { r.reload(true); return nil })
	each(func(int) error { _, err := r.Compact(); return err })
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if notes := r.item(id).Standing.Notes; len(notes) != rounds {
		t.Errorf("%d notes, want %d", len(notes), rounds)
	}
	if got := len(strings.Fields(r.titles(channel("all")))); got != 10+rounds-1 {
		t.Errorf("%d items, want %d", got, 10+rounds-1)
	}
}

// Whoever is told that a refresh is done finds what it brought: no rendered bytes
// from before it are good any more.
func TestRefreshRaisesGeneration(t *testing.T) {
	r := openRoom(t, fiveYAML)
	for i := range 20 {
		before := r.Generation()
		r.outlet("a").say(numbered(1, i+1)...)
		r.refresh()
		if r.Generation() == before {
			t.Fatalf("refresh %d left the generation at %d", i+1, before)
		}
	}
}

// What answers for a source's address is asked once, however many ask.
func TestRefreshesJoin(t *testing.T) {
	r := openRoom(t, fiveYAML)
	arrived, leave := make(chan struct{}, 1), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-leave
		fmt.Fprint(w, rss(numbered(1, 2)...))
	}))
	defer srv.Close()
	r.follow("sources:\n  - {id: a, title: A, url: " + srv.URL + "}\n")
	var g errgroup.Group
	for range 4 {
		g.Go(func() error {
			report, err := r.Refresh(t.Context(), RefreshOrder{Sources: []string{"a"}}, nil)
			if err == nil && (report.Fetched != 1 || report.ItemsNew != 2) {
				err = fmt.Errorf("report %+v", report)
			}
			return err
		})
	}
	<-arrived
	close(leave)
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if len(arrived) > 0 {
		t.Error("asked twice")
	}
}
