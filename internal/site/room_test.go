package site

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"rightswire/internal/config"
	"rightswire/internal/newsroom"
)

// An origin serves the feeds of the tests' sources from memory, by path.
type origin struct {
	*httptest.Server
	mu    sync.Mutex
	feeds map[string]string
}

func newOrigin(t *testing.T) *origin {
	o := &origin{feeds: map[string]string{}}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		feed, ok := o.feeds[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		fmt.Fprint(w, feed)
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *origin) set(path, feed string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.feeds[path] = feed
}

// rss makes a feed of items, each given as its XML.
func rss(items ...string) string {
	return `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">` +
		`<channel><title>t</title><link>https://e.example/</link><description>d</description>` + strings.Join(items, "") + `</channel></rss>`
}

// A house is a newsroom with its site, ready to be asked.
type house struct {
	t    *testing.T
	room *newsroom.Newsroom
	*Site
}

const siteYAML = `
site: {title: Rightswire, url: "https://rights.example.org", id: "rights.example.org,2026", contact: desk@rights.example.org, timezone: UTC}
fetch: {allow_networks: [127.0.0.0/8], scheduler: false, per_host: {concurrency: 4, gap: 0s}}
`

func open(t *testing.T, yaml string, cacheBytes int64) *house {
	t.Helper()
	cfg, err := config.Parse(filepath.Join(t.TempDir(), "feeds.yaml"), []byte(siteYAML+yaml))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	room, err := newsroom.Open(cfg, newsroom.Options{Version: "test", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := room.Close(); err != nil {
			t.Error(err)
		}
	})
	return &house{t, room, New(room, cacheBytes, log)}
}

// collect asks every source once and fails where one cannot be read. The newsroom
// collects nothing after that, so that what a test counts is its own.
func (h *house) collect() {
	h.t.Helper()
	ctx, stop := context.WithCancel(h.t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := h.room.Run(ctx); err != nil {
			h.t.Error(err)
		}
	})
	report, err := h.room.Refresh(ctx, newsroom.RefreshOrder{All: true}, nil)
	stop()
	running.Wait()
	if err != nil || report.Failed > 0 {
		h.t.Fatalf("refresh: %+v, %v", report, err)
	}
}

func (h *house) decide(r newsroom.Ruling) {
	h.t.Helper()
	if _, err := h.room.Decide("mira", r); err != nil {
		h.t.Fatal(err)
	}
}

// get asks for a path as a reader does; headers come in pairs.
func (h *house) get(path string, headers ...string) *http.Response {
	h.t.Helper()
	return h.ask(http.MethodGet, path, headers...)
}

func (h *house) ask(method, path string, headers ...string) *http.Response {
	h.t.Helper()
	r := httptest.NewRequest(method, "http://spoofed.example"+path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// page returns the body at path, which must be there.
func (h *house) page(path string) string {
	h.t.Helper()
	res := h.get(path)
	if res.StatusCode != http.StatusOK {
		h.t.Fatalf("%s: status %d", path, res.StatusCode)
	}
	return read(h.t, res)
}
