package ingest

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/curate"
	"rightswire/internal/fetch"
	"rightswire/internal/news"
	"rightswire/internal/store"
	"rightswire/internal/tag"
)

// pipes is a listener in memory: no socket may be used in a bubble.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if conn, ok := <-p; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A world is a bubble's: scripted publishers, whatever their hosts, and a newsroom
// that may be stopped and started.
type world struct {
	t      *testing.T
	st     *store.Store
	client *fetch.Client
	plan   *Plan
	log    *slog.Logger
	in     *Ingest
	stop   func()
	hooks  Hooks
}

// inWorld runs a test in a bubble; the newsroom is not started yet.
func inWorld(t *testing.T, origin http.Handler, sources []news.Source, test func(*world)) {
	dir := t.TempDir()
	// What the store makes when it is first used is for all bubbles.
	if _, err := store.Prepare(&news.Entry{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		listener, servers := make(pipes), errgroup.Group{}
		server := &http.Server{Handler: origin}
		servers.Go(func() error { return server.Serve(listener) })
		w := &world{t: t, log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))}
		var err error
		if w.client, err = fetch.New(fetch.Options{UserAgent: "Rightswire/test"}); err != nil {
			t.Fatal(err)
		}
		transport(w.client).DialContext = listener.dial
		if w.st, err = store.Open(dir, store.Options{SiteID: "test.example,2026", Log: w.log}); err != nil {
			t.Fatal(err)
		}
		w.plan = &Plan{
			Rules: rulebook(t, sources...), Vocabulary: tag.NewVocabulary(nil), Client: w.client,
			Interval: news.Interval{Min: time.Hour, Max: 24 * time.Hour}, Concurrency: 64, Scheduler: true,
		}
		test(w)
		if w.stop != nil {
			w.stop()
		}
		w.client.Close()
		if err := w.st.Close(); err != nil {
			t.Error(err)
		}
		server.Close()
		servers.Wait()
	})
}

// transport is what a client goes out by. Nothing but a test may replace its dialer:
// that is where the guard is.
func transport(c *fetch.Client) *http.Transport {
	route := reflect.ValueOf(c).Elem().FieldByName("site").Elem()
	return *(**http.Transport)(unsafe.Pointer(route.FieldByName("transport").UnsafeAddr()))
}

func rulebook(t *testing.T, sources ...news.Source) *curate.Rulebook {
	t.Helper()
	var compiled []*curate.Source
	for _, src := range sources {
		src.Poll, src.Title = true, string(src.ID)
		c, err := curate.NewSource(src)
		if err != nil {
			t.Fatal(err)
		}
		compiled = append(compiled, c)
	}
	return curate.NewRulebook(news.Site{ID: "test.example,2026"}, compiled, nil)
}

// start starts the newsroom, as a new process would.
func (w *world) start() {
	w.in = New(w.st, w.plan, w.hooks, w.log)
	ctx, cancel := context.WithCancel(w.t.Context())
	var g errgroup.Group
	g.Go(func() error { return w.in.Run(ctx) })
	w.stop = func() {
		cancel()
		if err := g.Wait(); err != nil {
			w.t.Error(err)
		}
		w.stop = nil
	}
}

func (w *world) order(o Order) Report {
	w.t.Helper()
	r, err := w.in.Refresh(w.t.Context(), o, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) visitOf(src news.SourceID) (news.Poll, news.Visit) {
	w.t.Helper()
	return visitOf(w.t, w.st, src)
}

// visitOf is what a store knows of a source's visits.
func visitOf(t testing.TB, st *store.Store, src news.SourceID) (p news.Poll, v news.Visit) {
	t.Helper()
	err := st.View(func(tx *store.Tx) (err error) {
		if p, err = tx.Poll(src); err != nil {
			return err
		}
		v, err = tx.Visit(src)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, v
}
