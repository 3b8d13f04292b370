package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/curate"
	"rightswire/internal/fetch"
	"rightswire/internal/news"
	"rightswire/internal/store"
	"rightswire/internal/tag"
)

// An outlet is a scripted source: what it answers can be changed between visits.
type outlet struct {
	mu     sync.Mutex
	status int
	header map[string]string
	body   string
	etag   string
	asked  atomic.Int64
	block  chan struct{} // where set, an answer announces itself on it and waits for it to close
}

func (o *outlet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.asked.Add(1)
	o.mu.Lock()
	status, header, body, etag, block := o.status, o.header, o.body, o.etag, o.block
	o.mu.Unlock()
	if block != nil {
		block <- struct{}{}
		<-block
	}
	for k, v := range header {
		w.Header().Set(k, v)
	}
	if etag != "" {
		w.Header().Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if status != 0 {
		w.WriteHeader(status)
	}
	fmt.Fprint(w, body)
}

func (o *outlet) say(body string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.body, o.status, o.header = body, 0, nil
}

func (o *outlet) answer(status int, header map[string]string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.status, o.header, o.body, o.etag = status, header, "no", ""
}

// rss is a document of the given items.
func rss(items ...string) string {
	return `<?xml version="1.0"?><rss version="2.0"><channel><title>Outlet</title><link>http://outlet.example/</link><description>d</description>` +
		strings.Join(items, "") + `</channel></rss>`
}

func item(guid, link, title, body string) string {
	return fmt.Sprintf(`<item><guid isPermaLink="false">%s</guid><link>http://outlet.example/%s</link><title>%s</title><description>%s</description></item>`, guid, link, title, body)
}

// A bench is an Ingest over a real store and scripted outlets a, b, ….
type bench struct {
	*Ingest
	t       *testing.T
	st      *store.Store
	outlets map[news.SourceID]*outlet
	plan    *Plan
	changed atomic.Int64
	changes chan Change // those of the background
	visited chan Outcome
}

func newBench(t *testing.T, ids ...news.SourceID) *bench {
	t.Helper()
	b := &bench{t: t, outlets: map[news.SourceID]*outlet{}, changes: make(chan Change, 1), visited: make(chan Outcome, 1000)}
	var sources []*curate.Source
	for _, id := range ids {
		o := &outlet{body: rss()}
		srv := httptest.NewServer(o)
		t.Cleanup(srv.Close)
		b.outlets[id] = o
		src, err := curate.NewSource(news.Source{
			ID: id, Title: string(id), URL: srv.URL + "/feed", Poll: true, Review: news.ReviewAuto,
			Skip: `title contains "sponsored"`,
		})
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, src)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	client, err := fetch.New(fetch.Options{
		UserAgent: "Rightswire/test", Log: log,
		AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.plan = &Plan{
		Rules:       curate.NewRulebook(news.Site{ID: "test.example,2026"}, sources, nil),
		Vocabulary:  tag.NewVocabulary(tag.Builtin()),
		Client:      client,
		Interval:    news.Interval{Min: time.Hour, Max: 24 * time.Hour},
		Concurrency: 8,
	}
	b.st, err = store.Open(t.TempDir(), store.Options{SiteID: "test.example,2026", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	b.Ingest = New(b.st, b.plan, Hooks{Changed: func(c Change) {
		b.changed.Add(int64(len(c.Items)))
		select {
		case b.changes <- c:
		default:
		}
	}, Visited: func(o Outcome) { b.visited <- o }}, log)
	// Noted now that there is nothing to describe anew: Run would come to it at some
	// moment of the test's.
	if err := b.rederiveChanged(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var g errgroup.Group
	g.Go(func() error { return b.Run(ctx) })
	t.Cleanup(func() {
		stop()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
		client.Close()
		if err := b.st.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// refresh asks for every source whatever is due.
func (b *bench) refresh() Report {
	b.t.Helper()
	r, err := b.Refresh(b.t.Context(), Order{All: true}, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// items returns all items of a source, latest entry first.
func (b *bench) items(src news.SourceID) (items []*news.Item) {
	b.t.Helper()
	err := b.st.View(func(tx *store.Tx) error {
		return tx.Walk(store.Facet{Kind: store.BySource, Value: string(src)}, time.Time{}, func(it *news.Item) (bool, error) {
			items = append(items, it)
			return true, nil
		})
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return items
}

// states maps the titles of a source's items to their states.
func (b *bench) states(src news.SourceID) map[string]news.State {
	states := map[string]news.State{}
	for _, it := range b.items(src) {
		states[it.Title] = it.Standing.State
	}
	return states
}

func (b *bench) visitOf(src news.SourceID) (news.Poll, news.Visit) {
	b.t.Helper()
	return visitOf(b.t, b.st, src)
}

func (b *bench) expect(r Report, kind OutcomeKind, fresh, updated int) {
	b.t.Helper()
	if r.Counts[kind] != 1 || r.New != fresh || r.Updated != updated {
		b.t.Errorf("got %v, %d new, %d updated (%v); want one %s, %d new, %d updated", r.Counts, r.New, r.Updated, r.Failures, kind, fresh, updated)
	}
}
