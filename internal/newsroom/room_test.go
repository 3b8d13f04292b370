package newsroom

import (
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/config"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

// An outlet is a scripted source: what it says can be changed between visits.
type outlet struct {
	*httptest.Server
	mu     sync.Mutex
	body   string
	status int // instead of 200
	asked  atomic.Int64
}

func (o *outlet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.asked.Add(1)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.status != 0 {
		w.WriteHeader(o.status)
	}
	io.WriteString(w, o.body)
}

// say sets what the outlet's feed holds.
func (o *outlet) say(entries ...entry) { o.sayRaw(rss(entries...)) }

func (o *outlet) sayRaw(body string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.body = body
}

// fail has the outlet answer with a status.
func (o *outlet) fail(status int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.status = status
}

// An entry is one item of an RSS document. Title and body are plain text, more is
// XML.
type entry struct {
	guid, link, title, body string
	date                    time.Time
	categories              []string
	more                    string
}

func rss(entries ...entry) string {
	var b strings.Builder
	b.WriteString(`<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">` +
		`<channel><title>Outlet</title><link>http://outlet.example/</link><description>d</description>`)
	for _, e := range entries {
		fmt.Fprintf(&b, `<item><guid isPermaLink="false">%s</guid>`, e.guid)
		if e.link != "" {
			fmt.Fprintf(&b, `<link>%s</link>`, html.EscapeString(e.link))
		}
		fmt.Fprintf(&b, `<title>%s</title><description>%s</description>`, html.EscapeString(e.title), html.EscapeString(e.body))
		if !e.date.IsZero() {
			fmt.Fprintf(&b, `<pubDate>%s</pubDate>`, e.date.UTC().Format(time.RFC1123Z))
		}
		for _, c := range e.categories {
			fmt.Fprintf(&b, `<category>%s</category>`, c)
		}
		b.WriteString(e.more + `</item>`)
	}
	return b.String() + `</channel></rss>`
}

// A room is a newsroom at work on scripted outlets.
type room struct {
	*Newsroom
	t       *testing.T
	outlets map[string]*outlet
	path    string // of feeds.yaml
	stop    func()
}

const roomYAML = `
site: {title: Wire, url: "http://wire.example", id: "wire.example,2026", contact: desk@wire.example}
fetch: {scheduler: false, allow_networks: [127.0.0.0/8], per_host: {gap: 0s, concurrency: 8}}
`

// openRoom opens a newsroom on roomYAML and yaml, where $a, $b and so on are the
// addresses of outlets.
func openRoom(t *testing.T, yaml string) *room {
	t.Helper()
	r := &room{t: t, outlets: map[string]*outlet{}, path: filepath.Join(t.TempDir(), "feeds.yaml")}
	r.save(roomYAML + yaml)
	r.start(slog.New(slog.NewTextHandler(t.Output(), nil)))
	t.Cleanup(func() { r.stop() })
	return r
}

// start opens the newsroom; stop, which may be called twice, closes it.
func (r *room) start(log *slog.Logger) {
	r.t.Helper()
	cfg, err := config.Load(r.path)
	if err != nil {
		r.t.Fatal(err)
	}
	check := func(path string) error {
		report, err := store.Verify(path)
		if err == nil && len(report.Problems) > 0 {
			err = fmt.Errorf("%s: %q", path, report.Problems)
		}
		return err
	}
	r.Newsroom, err = Open(cfg, Options{Version: "test", Log: log, Wait: time.Second, Check: check})
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	var g errgroup.Group
	g.Go(func() error { return r.Run(ctx) })
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := g.Wait(); err != nil {
			r.t.Error(err)
		}
		if err := r.Close(); err != nil {
			r.t.Error(err)
		}
	})
}

// save writes feeds.yaml.
func (r *room) save(yaml string) {
	r.t.Helper()
	text := os.Expand(yaml, func(name string) string { return r.outlet(name).URL + "/feed" })
	if err := os.WriteFile(r.path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// follow writes feeds.yaml and has it taken.
func (r *room) follow(yaml string) {
	r.t.Helper()
	r.save(roomYAML + yaml)
	r.reload(true)
	if list := r.list(); list.Config != "" {
		r.t.Fatalf("not taken: %s", list.Config)
	}
}

func (r *room) list() SourceList {
	r.t.Helper()
	list, err := r.Sources()
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func (r *room) outlet(name string) *outlet {
	if o := r.outlets[name]; o != nil {
		return o
	}
	o := &outlet{body: rss()}
	o.Server = httptest.NewServer(o)
	r.t.Cleanup(o.Close)
	r.outlets[name] = o
	return o
}

// refresh asks every source whatever is due; none may fail.
func (r *room) refresh() RefreshReport {
	r.t.Helper()
	report, err := r.Refresh(r.t.Context(), RefreshOrder{All: true}, nil)
	if err != nil || report.Failed > 0 {
		r.t.Fatalf("refresh: %+v, %v", report, err)
	}
	return report
}

// decide makes a decision that must be taken.
func (r *room) decide(action news.Action, id news.ItemID, ruling Ruling) Ruled {
	r.t.Helper()
	ruling.Action, ruling.Item = action, string(id)
	ruled, err := r.Decide("ana", ruling)
	if err != nil {
		r.t.Fatalf("%s %s: %v", action, id, err)
	}
	return ruled
}

// at is what a place shows at a moment.
func (r *room) at(place news.Place, now time.Time) *news.Edition {
	r.t.Helper()
	ed, err := r.current.Load().desk.At(place, now)
	if err != nil {
		r.t.Fatalf("edition of %q: %v", place.Path(), err)
	}
	return ed
}

func (r *room) now(place news.Place) *news.Edition { return r.at(place, time.Now()) }

// titles are those of what a place shows now, in order.
func (r *room) titles(place news.Place) string { return titlesOf(r.now(place)) }

func titlesOf(ed *news.Edition) string {
	var titles []string
	for _, p := range ed.Pieces {
		titles = append(titles, p.Item.Title)
	}
	return strings.Join(titles, " ")
}

// age makes every place look as if it had been defined that long ago.
func (r *room) age(d time.Duration) {
	r.t.Helper()
	places := r.places()
	err := r.store.Update(func(tx *store.Tx) error {
		for path, p := range places {
			p.Defined = p.Defined.Add(-d)
			if err := tx.PutPlace(path, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// item is the item as the store holds it.
func (r *room) item(id news.ItemID) *news.Item {
	r.t.Helper()
	var it *news.Item
	err := r.store.View(func(tx *store.Tx) (err error) {
		it, err = tx.Item(id)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return it
}

func (r *room) show(id news.ItemID) Dossier {
	r.t.Helper()
	d, err := r.Show(string(id))
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

func front() news.Place                            { return news.Place{} }
func channel(id news.ChannelID) news.Place         { return news.Place{Channel: id} }
func source(id news.SourceID) news.Place           { return news.Place{Source: id} }
func guid(src news.SourceID, g string) news.ItemID { return news.NewItemID(src, news.ByGUID, g) }
func daysAgo(n int) time.Time {
	return time.Now().Add(-time.Duration(n) * 24 * time.Hour).Truncate(time.Second)
}
