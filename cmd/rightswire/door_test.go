package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// hold locks a store as another process would that answers nobody.
func hold(t *testing.T, dir string) (release func()) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, "data", "rightswire.db"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() { f.Close() })
	t.Cleanup(release)
	return release
}

// A store that somebody holds who does not answer: every command gives up after
// two seconds, with 75 and one line.
func TestStoreHeldBySomebodyElse(t *testing.T) {
	r := newRoom(t, 1, feed("One"))
	must(t, r.dir, "refresh")
	hold(t, r.dir)
	for _, args := range []string{
		"serve", "refresh", "sources", "items", "show abcdef", "status", "review", "approve abcdef", "reject abcdef",
		"hold abcdef", "pin abcdef", "note abcdef x", "retag abcdef --add KP", "correct abcdef x", "withdraw abcdef",
		"undo abcdef", "add-item http://ngo.example/ --title T", "backup copy.db", "verify", "compact",
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			got := command(t, r.dir, strings.Fields(args)...)
			if got.code != exitBusy || !strings.Contains(got.stderr, "in use by another process") ||
				!strings.HasSuffix(got.stderr, "hint: another process holds the store; try again\n") {
				t.Errorf("exits with %d: %s", got.code, got.stderr)
			}
			t.Logf("after %v", time.Since(begun))
		})
	}
}

// Asked while the store is held for a moment, a command waits.
func TestCommandWaitsForTheStore(t *testing.T) {
	r := newRoom(t, 1, feed("One"))
	must(t, r.dir, "refresh")
	release := hold(t, r.dir)
	time.AfterFunc(500*time.Millisecond, release)
	if out := must(t, r.dir, "items"); !strings.Contains(out, "One") {
		t.Error(out)
	}
}

// The daemon waits for a command at work on the store, and says so.
func TestDaemonWaitsForACommand(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	r := newRoom(t, 1, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		close(asked)
		<-answer
		feed("One")(w, req)
	}))
	refresh := start(t, r.dir, "refresh", "--json")
	refresh.await(asked)
	daemon := start(t, r.dir, "serve")
	daemon.says("a command is at work on the store: waiting for it")
	close(answer)
	daemon.says(`"msg":"serving"`)
	if got := refresh.end(nil); got.code != exitDone || !strings.Contains(got.out, `"items_new":1`) {
		t.Errorf("%+v", got)
	}
	if got := daemon.end(syscall.SIGTERM); got.code != exitDone {
		t.Errorf("%+v", got)
	}
}

// Told to stop while it waits, the daemon stops.
func TestWaitingDaemonStops(t *testing.T) {
	asked := make(chan struct{})
	r := newRoom(t, 1, http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		close(asked)
		<-req.Context().Done()
	}))
	refresh := start(t, r.dir, "refresh")
	refresh.await(asked)
	daemon := start(t, r.dir, "serve")
	daemon.says("waiting for it")
	if got := daemon.end(syscall.SIGTERM); got.code != exitDone {
		t.Errorf("%+v", got)
	}
	if got := refresh.end(syscall.SIGINT); got.code != exitFailed || got.stderr != "rightswire: interrupted\n" {
		t.Errorf("%+v", got)
	}
	must(t, r.dir, "verify")
}

// counter counts requests by path.
type counter struct {
	mu sync.Mutex
	n  map[string]int // guarded by mu
}

func (c *counter) count(h http.Handler) http.Handler {
	c.n = map[string]int{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.n[r.URL.Path]++
		c.mu.Unlock()
		h.ServeHTTP(w, r)
	})
}

// Overlapping refreshes join: each source is asked once, and all are silent and
// well, without a daemon and with one.
func TestRefreshesJoin(t *testing.T) {
	const sources, together = 5, 4
	for _, daemon := range []bool{false, true} {
		var hits counter
		r := newRoom(t, sources, hits.count(feed("One", "Two")))
		if daemon {
			r.configure(t, strings.Replace(r.config(sources), "fetch:", "fetch:\n  scheduler: false", 1))
			defer r.serve(t).end(syscall.SIGTERM)
		}
		var g errgroup.Group
		for range together {
			p := start(t, r.dir, "refresh")
			g.Go(func() error {
				if got := p.end(nil); got != (outcome{}) {
					t.Errorf("%+v", got)
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		if len(hits.n) != sources {
			t.Errorf("asked for %v", hits.n)
		}
		for path, n := range hits.n {
			if n != 1 {
				t.Errorf("daemon %v: %s asked for %d times", daemon, path, n)
			}
		}
		if out := must(t, r.dir, "items", "--json", "--limit", "0"); strings.Count(out, "\n") != 2*sources {
			t.Errorf("daemon %v: items:\n%s", daemon, out)
		}
	}
}

// A refresh whose daemon is killed under it asks to be tried again.
func TestDaemonKilledDuringRefresh(t *testing.T) {
	asked := make(chan struct{}, 10)
	r := newRoom(t, 1, http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		asked <- struct{}{}
		<-req.Context().Done()
	}))
	r.configure(t, strings.Replace(r.config(1), "fetch:", "fetch:\n  scheduler: false", 1))
	daemon := r.serve(t)
	refresh := start(t, r.dir, "refresh")
	refresh.await(asked)
	if err := daemon.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if got := refresh.end(nil); got.code != exitBusy || !oneError.MatchString(got.stderr) {
		t.Errorf("%+v", got)
	}
	_ = daemon.cmd.Wait()
	must(t, r.dir, "sources") // past the socket that the dead left
}

// Told to stop, the daemon stops at once, whatever hangs; who waits for it is told
// to try again.
func TestDaemonStopsWithFetchesHanging(t *testing.T) {
	const sources = 50
	asked := make(chan struct{}, sources)
	r := newRoom(t, sources, http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		asked <- struct{}{}
		<-req.Context().Done()
	}))
	r.configure(t, strings.Replace(r.config(sources), "fetch:", "fetch:\n  scheduler: false", 1))
	daemon := r.serve(t)
	refresh := start(t, r.dir, "refresh")
	for range sources {
		refresh.await(asked)
	}
	begun := time.Now()
	got := daemon.end(syscall.SIGTERM)
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	if got.code != exitDone {
		t.Errorf("exits with %d: %s", got.code, got.stderr)
	}
	if got := refresh.end(nil); got.code != exitBusy || !oneError.MatchString(got.stderr) {
		t.Errorf("%+v", got)
	}
	must(t, r.dir, "verify", filepath.Join("data", "rightswire.db"))
}
