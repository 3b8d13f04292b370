package websub

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/fetch"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

const siteID = "test.example,2026"

const base = "https://rights.example.org/websub/"

// A request is one that a hub got.
type request struct {
	at      time.Time
	address string
	form    url.Values
}

// A fakeHub stands for every hub there is.
type fakeHub struct {
	mu       sync.Mutex
	requests []request
	// answer says what comes of a request; nil accepts and verifies it.
	answer func(request) (int, error)
}

func (h *fakeHub) post(_ *fetch.Client, _ context.Context, address string, form url.Values) (int, error) {
	r := request{time.Now(), address, maps.Clone(form)}
	h.mu.Lock()
	h.requests = append(h.requests, r)
	answer := h.answer
	h.mu.Unlock()
	return answer(r)
}

func (h *fakeHub) set(answer func(request) (int, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = answer
}

// got returns what the hub was asked since the last call.
func (h *fakeHub) got() []request {
	h.mu.Lock()
	defer h.mu.Unlock()
	got := h.requests
	h.requests = nil
	return got
}

// A bench is a Subscriber over a real store and a fakeHub.
type bench struct {
	*Subscriber
	t    testing.TB
	st   *store.Store
	dir  string // of st
	hub  *fakeHub
	told chan news.SourceID
	plan Plan
	stop func()
}

func newBench(t testing.TB, sources ...news.SourceID) *bench {
	t.Helper()
	b := &bench{t: t, hub: &fakeHub{}, told: make(chan news.SourceID, 1000), plan: Plan{Base: base, On: true}}
	for _, id := range sources {
		b.plan.Sources = append(b.plan.Sources, source(id))
	}
	var err error
	b.dir = t.TempDir()
	b.st, err = store.Open(b.dir, store.Options{SiteID: siteID, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.st.Close(); err != nil {
			t.Error(err)
		}
	})
	b.hub.answer = b.accept(10 * 24 * time.Hour)
	b.renew()
	return b
}

func source(id news.SourceID) news.Source {
	return news.Source{ID: id, URL: "https://" + string(id) + ".example/feed", Poll: true}
}

// renew is a restart: another Subscriber on the same store.
func (b *bench) renew() {
	b.Subscriber = New(Options{
		Store:  b.st,
		Pushed: func(src news.SourceID) { b.told <- src },
		Log:    slog.New(slog.NewTextHandler(b.t.Output(), nil)),
	})
	b.post = b.hub.post
}

// run runs the Subscriber until stop is called.
func (b *bench) run() {
	ctx, cancel := context.WithCancel(b.t.Context())
	var g errgroup.Group
	sub := b.Subscriber
	g.Go(func() error { return sub.Run(ctx) })
	b.stop = func() {
		cancel()
		if err := g.Wait(); err != nil {
			b.t.Error(err)
		}
	}
	b.Follow(b.plan)
}

// offer has a source's last visit find a hub and a topic.
func (b *bench) offer(id news.SourceID, hub, topic string) {
	b.t.Helper()
	src := source(id)
	err := b.st.Update(func(tx *store.Tx) error {
		return tx.PutVisit(id, news.Visit{URL: src.URL, First: time.Unix(1, 0), Hub: hub, Topic: topic})
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) subscription(id news.SourceID) (sub news.Subscription) {
	b.t.Helper()
	err := b.st.View(func(tx *store.Tx) (err error) {
		sub, err = tx.Subscription(id)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return sub
}

func (b *bench) put(sub news.Subscription) {
	b.t.Helper()
	if err := b.st.Update(func(tx *store.Tx) error { return tx.PutSubscription(sub) }); err != nil {
		b.t.Fatal(err)
	}
}

// call sends a request to a callback.
func (b *bench) call(method, target string, query url.Values) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.ServeHTTP(w, httptest.NewRequest(method, target+"?"+query.Encode(), nil))
	return w
}

// verify does what a hub does: it asks at the callback whether it was asked.
func (b *bench) verify(form url.Values, lease time.Duration) bool {
	w := b.call(http.MethodGet, form.Get("hub.callback"), url.Values{
		"hub.mode":          form["hub.mode"],
		"hub.topic":         form["hub.topic"],
		"hub.challenge":     {"ch4llenge"},
		"hub.lease_seconds": {strconv.Itoa(int(lease / time.Second))},
	})
	return w.Code == http.StatusOK && w.Body.String() == "ch4llenge"
}

// formOf is what a request for the subscription of a token says, in part.
func formOf(token string) url.Values {
	return url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topicA}, "hub.callback": {base + token}}
}

// accept is a hub that verifies, before it has answered even.
func (b *bench) accept(lease time.Duration) func(request) (int, error) {
	return func(r request) (int, error) {
		if !b.verify(r.form, lease) {
			b.t.Errorf("%s of %s was not confirmed", r.form.Get("hub.mode"), r.form.Get("hub.topic"))
		}
		return http.StatusAccepted, nil
	}
}

// silent is a hub that accepts and never verifies.
func silent(request) (int, error) { return http.StatusAccepted, nil }

// dead is a hub that cannot be reached.
func dead(request) (int, error) { return 0, errors.New("connection refused") }

func modes(requests []request) (modes []string) {
	for _, r := range requests {
		modes = append(modes, r.form.Get("hub.mode")+" "+r.address+" "+r.form.Get("hub.topic"))
	}
	return modes
}

func (b *bench) expect(what string, want ...string) {
	b.t.Helper()
	if got := modes(b.hub.got()); !slices.Equal(got, want) {
		b.t.Errorf("%s: the hubs got %q, want %q", what, got, want)
	}
}

const (
	hubA   = "https://hub-a.example/"
	hubB   = "https://hub-b.example/"
	topicA = "https://a.example/feed?self"
)

// What a feed offers is asked for within a minute, in the words of section 5.1, and
// stored before it is.
func TestSubscribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "a", "b")
		b.run()
		defer b.stop()
		synctest.Wait()
		b.expect("nothing offered")
		b.offer("a", hubA, topicA)
		time.Sleep(lookEvery)
		synctest.Wait()
		got := b.hub.got()
		if len(got) != 1 {
			t.Fatalf("got %d requests", len(got))
		}
		sub := b.subscription("a")
		want := url.Values{
			"hub.mode": {"subscribe"}, "hub.topic": {topicA}, "hub.callback": {base + sub.Token},
			"hub.secret": {sub.Key.Reveal()}, "hub.lease_seconds": {"864000"},
		}
		if got[0].address != hubA || !maps.EqualFunc(got[0].form, want, slices.Equal) {
			t.Errorf("got %s %v, want %v", got[0].address, got[0].form, want)
		}
		if len(sub.Token) < 26 || len(sub.Key.Reveal()) < 52 || len(sub.Key.Reveal()) >= 200 {
			t.Errorf("a token of %d and a key of %d characters", len(sub.Token), len(sub.Key.Reveal()))
		}
		if now := time.Now(); !sub.Active(now) || sub.Lease != 10*24*time.Hour || sub.Failures != 0 || now.Sub(sub.Asked) > lookEvery {
			t.Errorf("stored %+v", sub)
		}
		time.Sleep(5 * 24 * time.Hour)
		b.expect("nothing is due")
	})
}

// What hubs are never told of, and what is no hub or topic.
func TestNotWanted(t *testing.T) {
	long := "https://a.example/" + string(make([]byte, maxAddress))
	for name, spoil := range map[string]func(*Plan, *news.Visit){
		"off":              func(p *Plan, _ *news.Visit) { p.On = false },
		"not polled":       func(p *Plan, _ *news.Visit) { p.Sources[0].Poll = false },
		"private":          func(p *Plan, v *news.Visit) { p.Sources[0].Private = true; v.URL = p.Sources[0].Stamp(v.URL) },
		"another address":  func(p *Plan, v *news.Visit) { v.URL = "https://a.example/old" },
		"gone":             func(_ *Plan, v *news.Visit) { v.Gone = true },
		"no hub":           func(_ *Plan, v *news.Visit) { v.Hub = "" },
		"no topic":         func(_ *Plan, v *news.Visit) { v.Topic = "" },
		"relative hub":     func(_ *Plan, v *news.Visit) { v.Hub = "/hub" },
		"hub by ftp":       func(_ *Plan, v *news.Visit) { v.Hub = "ftp://hub.example/" },
		"hub of nobody":    func(_ *Plan, v *news.Visit) { v.Hub = "https:///hub" },
		"hub and password": func(_ *Plan, v *news.Visit) { v.Hub = "https://u:p@hub.example/" },
		"broken hub":       func(_ *Plan, v *news.Visit) { v.Hub = "https://hub.example/\x00" },
		"topic is a tag":   func(_ *Plan, v *news.Visit) { v.Topic = "tag:a.example,2026:feed" },
		"long topic":       func(_ *Plan, v *news.Visit) { v.Topic = long },
		"long hub":         func(_ *Plan, v *news.Visit) { v.Hub = long },
		"secret topic":     func(_ *Plan, v *news.Visit) { v.Topic += "&token=0123456789abcdef0123456789abcdef" },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "a")
			v := news.Visit{URL: b.plan.Sources[0].URL, First: time.Unix(1, 0), Hub: hubA, Topic: topicA}
			spoil(&b.plan, &v)
			if err := b.st.Update(func(tx *store.Tx) error { return tx.PutVisit("a", v) }); err != nil {
				t.Fatal(err)
			}
			b.Follow(b.plan)
			if err := b.look(t.Context()); err != nil {
				t.Fatal(err)
			}
			b.expect(name)
		})
	}
}

// Before anybody has said what to follow, nothing is asked, and hubs are told to
// come again.
func TestUnready(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "a")
		b.put(news.Subscription{Source: "a", Hub: hubA, Topic: topicA, Token: "TOKEN", Key: "key", Expires: time.Now().Add(time.Hour)})
		ctx, cancel := context.WithCancel(t.Context())
		var g errgroup.Group
		g.Go(func() error { return b.Run(ctx) })
		time.Sleep(time.Hour)
		b.expect("no plan")
		for _, method := range []string{"GET", "POST"} {
			if w := b.call(method, base+"TOKEN", nil); w.Code != 503 || w.Header().Get("Retry-After") == "" {
				t.Errorf("%s: got %d", method, w.Code)
			}
		}
		cancel()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
}

// Where the store cannot be written, nothing is asked: the hub's question could not
// be answered.
func TestStoreFails(t *testing.T) {
	b := newBench(t, "a")
	b.offer("a", hubA, topicA)
	b.Follow(b.plan)
	if err := b.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	form := b.hub.got()[0].form
	broken, err := store.Open(t.TempDir(), store.Options{SiteID: "x.example,2026", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := broken.Close(); err != nil {
		t.Fatal(err)
	}
	b.Subscriber.store = broken
	if err := b.look(t.Context()); err == nil {
		t.Error("no error")
	}
	b.expect("nothing stored")
	b.mu.Lock()
	for token, r := range b.records {
		r.Asked = r.Asked.Add(2 * time.Hour) // pending
		b.records[token] = r
	}
	b.mu.Unlock()
	if b.verify(form, time.Hour) {
		t.Error("confirmed what could not be stored")
	}
}
