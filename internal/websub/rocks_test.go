package websub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/curate"
	"rightswire/internal/discover"
	"rightswire/internal/fetch"
	"rightswire/internal/ingest"
	"rightswire/internal/news"
	"rightswire/internal/store"
	"rightswire/internal/tag"
)

// A rock is a publisher with its hub, as the public test suite of subscribers has
// one for each of its tests. It is as strict as that and the Recommendation are.
type rock struct {
	// header has hub and self in the HTTP header, and document in the document: "rss",
	// "atom", "html" or "lie", a feed with a hub that is none.
	header   bool
	document string
	self     string // added to the topic's address
	moved    int    // status by which the topic's address leads to self
	hubMoved int    // status by which the hub leads to another address
	more     bool   // names a second hub after the first
	late     bool   // verifies after it has answered
	forged   string // added to the topic in the verification
	lease    string // granted; "": a day

	t         *testing.T
	srv       *httptest.Server
	mu        sync.Mutex
	posts     int        // in the feed
	asked     url.Values // the last request that was right
	confirmed bool       // by the callback
	active    bool       // subscribed
	faults    []string   // in what it was asked
}

func (r *rock) topic() string { return r.srv.URL + "/blog" + r.self }

func (r *rock) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case req.URL.Path == "/hub" && r.hubMoved != 0:
		w.Header().Set("Location", "/new-hub")
		w.WriteHeader(r.hubMoved)
	case req.URL.Path == "/hub" || req.URL.Path == "/new-hub":
		r.hub(w, req)
	case req.URL.Path == "/blog" && r.moved != 0 && req.URL.RawQuery == "":
		http.Redirect(w, req, r.topic(), r.moved)
	case req.URL.Path == "/blog":
		r.blog(w)
	case req.URL.Path == "/page":
		fmt.Fprint(w, `<!doctype html><html><head><title>Blog</title><link rel="alternate" type="application/rss+xml" href="/blog"></head><body>…</body></html>`)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (r *rock) blog(w http.ResponseWriter) {
	if r.header {
		w.Header().Add("Link", "<"+r.topic()+`>; rel="self"`)
		w.Header().Add("Link", "<"+r.srv.URL+`/hub>; rel="hub"`)
		if r.more {
			w.Header().Add("Link", "<"+r.srv.URL+`/wrong-hub>; rel="hub"`)
		}
	}
	kind, body := r.feed(r.posts)
	w.Header().Set("Content-Type", kind)
	fmt.Fprint(w, body)
}

// feed is the feed with a number of posts.
func (r *rock) feed(posts int) (kind, body string) {
	hub, self := r.srv.URL+"/hub", r.topic()
	links := `<atom:link rel="self" href="` + self + `"/><atom:link rel="hub" href="` + hub + `"/>`
	if r.more {
		links += `<atom:link rel="hub" href="` + r.srv.URL + `/wrong-hub"/>`
	}
	switch r.document {
	case "":
		links = ""
	case "lie":
		links = strings.ReplaceAll(links, "/hub", "/wrong-hub")
	case "atom":
		var b strings.Builder
		for i := range posts {
			fmt.Fprintf(&b, `<entry><id>tag:rock.example,2026:%d</id><title>Post %d</title><updated>2026-01-02T03:04:05Z</updated><content>Text</content></entry>`, i, i)
		}
		return "application/atom+xml", `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:atom="http://www.w3.org/2005/Atom"><title>Rock</title><id>tag:rock.example,2026:feed</id><updated>2026-01-02T03:04:05Z</updated>` + links + b.String() + `</feed>`
	}
	var b strings.Builder
	for i := range posts {
		fmt.Fprintf(&b, `<item><guid isPermaLink="false">%d</guid><title>Post %d</title><description>Text</description></item>`, i, i)
	}
	return "text/xml", `<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Rock</title><link>http://rock.example/</link><description>d</description>` + links + b.String() + `</channel></rss>`
}

// hub answers a request for a subscription (section 5.1).
func (r *rock) hub(w http.ResponseWriter, req *http.Request) {
	if err := req.ParseForm(); err != nil {
		r.faults = append(r.faults, err.Error())
	}
	form := req.PostForm
	callback, err := url.Parse(form.Get("hub.callback"))
	for fault, is := range map[string]bool{
		"method " + req.Method:                   req.Method != http.MethodPost,
		"type " + req.Header.Get("Content-Type"): req.Header.Get("Content-Type") != "application/x-www-form-urlencoded",
		"mode " + form.Get("hub.mode"):           form.Get("hub.mode") != "subscribe" && form.Get("hub.mode") != "unsubscribe",
		"topic " + form.Get("hub.topic"):         form.Get("hub.topic") != r.topic(),
		"callback " + form.Get("hub.callback"):   err != nil || callback.Host == "",
		"secret of 200 bytes":                    len(form.Get("hub.secret")) >= 200,
		"no secret":                              form.Get("hub.mode") == "subscribe" && form.Get("hub.secret") == "",
		"unsubscribed from what it was not":      form.Get("hub.mode") == "unsubscribe" && !r.active,
		"a query " + req.URL.RawQuery:            req.URL.RawQuery != "",
		"credentials, a cookie or a referrer":    req.Header.Get("Authorization")+req.Header.Get("Cookie")+req.Header.Get("Referer") != "",
	} {
		if is {
			r.faults = append(r.faults, fault)
		}
	}
	if len(r.faults) > 0 {
		http.Error(w, strings.Join(r.faults, ", "), http.StatusBadRequest)
		return
	}
	r.asked = form
	if !r.late {
		r.verify()
	}
	w.WriteHeader(http.StatusAccepted)
}

// verify asks at the callback whether it has asked (section 5.3).
func (r *rock) verify() {
	status, body := r.tell(url.Values{
		"hub.mode": r.asked["hub.mode"], "hub.topic": {r.asked.Get("hub.topic") + r.forged},
		"hub.challenge": {"chal+l/en ge"}, "hub.lease_seconds": {cmp.Or(r.lease, "86400")},
	})
	r.confirmed = status/100 == 2 && body == "chal+l/en ge"
	if !r.confirmed && status != http.StatusNotFound {
		r.faults = append(r.faults, fmt.Sprintf("verification answered by %d %q", status, body))
	}
	if r.confirmed {
		r.active = r.asked.Get("hub.mode") == "subscribe"
	}
}

// tell sends a GET to the callback.
func (r *rock) tell(query url.Values) (status int, body string) {
	res, err := http.Get(r.asked.Get("hub.callback") + "?" + query.Encode())
	if err != nil {
		r.t.Error(err)
		return 0, ""
	}
	defer res.Body.Close()
	read, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Error(err)
	}
	return res.StatusCode, string(read)
}

// publish posts another post to the feed and pushes what the feed does not hold
// besides, with a signature: "valid", "invalid" or "none".
func (r *rock) publish(signature string) (status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posts++
	kind, body := r.feed(r.posts + 5)
	req, err := http.NewRequest(http.MethodPost, r.asked.Get("hub.callback"), strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Link", "<"+r.topic()+`>; rel="self", <`+r.srv.URL+`/hub>; rel="hub"`)
	signed := sign("sha256", news.Secret(r.asked.Get("hub.secret")), []byte(body))
	switch signature {
	case "valid":
		req.Header.Set("X-Hub-Signature", signed)
	case "invalid":
		req.Header.Set("X-Hub-Signature", signed+"1234")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		r.active = false // as the test suite's hub does
	}
	return res.StatusCode
}

// A wire is a newsroom's part in it: what visits, what subscribes, what is stored.
type wire struct {
	*bench
	ingest *ingest.Ingest
	client *fetch.Client
	rock   *rock
}

// start opens the rock r and a wire whose one source is at path.
func start(t *testing.T, r *rock, path string) *wire {
	t.Helper()
	r.t, r.posts = t, 3
	r.srv = httptest.NewServer(r)
	t.Cleanup(r.srv.Close)
	w := &wire{bench: newBench(t), rock: r}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	var err error
	w.client, err = fetch.New(fetch.Options{UserAgent: "Rightswire/test", Log: log, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	w.post = (*fetch.Client).Post
	callbacks := httptest.NewServer(w.Subscriber)
	t.Cleanup(callbacks.Close)
	w.plan = Plan{Client: w.client, Base: callbacks.URL + "/websub/", On: true}
	w.follow(r.srv.URL + path)
	return w
}

// follow has the wire visit and follow one source.
func (w *wire) follow(address string) {
	w.t.Helper()
	src, err := curate.NewSource(news.Source{ID: "rock", Title: "Rock", URL: address, Poll: true, Review: news.ReviewAuto})
	if err != nil {
		w.t.Fatal(err)
	}
	w.plan.Sources = []news.Source{src.Source}
	w.ingest = ingest.New(w.st, &ingest.Plan{
		Rules:       curate.NewRulebook(news.Site{ID: "test.example,2026"}, []*curate.Source{src}, nil),
		Vocabulary:  tag.NewVocabulary(tag.Builtin()),
		Client:      w.client,
		Interval:    news.Interval{Min: time.Hour, Max: 24 * time.Hour},
		Concurrency: 1,
	}, ingest.Hooks{}, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(w.t.Context())
	var g errgroup.Group
	g.Go(func() error { return w.ingest.Run(ctx) })
	w.t.Cleanup(func() {
		stop()
		if err := g.Wait(); err != nil {
			w.t.Error(err)
		}
	})
	w.Follow(w.plan)
}

// visit visits the source, and then does what websub does within a minute.
func (w *wire) visit() {
	w.t.Helper()
	if _, err := w.ingest.Refresh(w.t.Context(), ingest.Order{Sources: []news.SourceID{"rock"}}, nil); err != nil {
		w.t.Fatal(err)
	}
	if err := w.look(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.rock.mu.Lock()
	defer w.rock.mu.Unlock()
	if len(w.rock.faults) > 0 {
		w.t.Errorf("the hub does not agree: %q", w.rock.faults)
	}
}

// items returns how many items of the source there are.
func (w *wire) items() (n int) {
	w.t.Helper()
	err := w.st.View(func(tx *store.Tx) error {
		return tx.Walk(store.Facet{Kind: store.BySource, Value: "rock"}, time.Time{}, func(*news.Item) (bool, error) {
			n++
			return true, nil
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// The tests of the public suite for subscribers (websub.rocks, 100 to 302), one by
// one: from the first visit of a source to the item that a push announced.
func TestRocks(t *testing.T) {
	for _, c := range []struct {
		name string
		rock *rock
		// What has to come of it; 202 and a visit where not said.
		refused   bool // the verification
		signature string
		delivered int
		ignored   bool
	}{
		{name: "100 discovery by HTTP header", rock: &rock{header: true}},
		{name: "102 discovery by Atom feed", rock: &rock{document: "atom"}},
		{name: "103 discovery by RSS feed", rock: &rock{document: "rss"}},
		{name: "104 the HTTP header has priority", rock: &rock{header: true, document: "lie"}},
		{name: "200 another rel=self", rock: &rock{header: true, self: "?self=other"}},
		{name: "201 topic redirected for now", rock: &rock{header: true, self: "?redirect=complete", moved: 302}},
		{name: "202 topic redirected for good", rock: &rock{header: true, self: "?redirect=complete", moved: 301}},
		{name: "203 hub redirected for now", rock: &rock{header: true, hubMoved: 307}},
		{name: "204 hub redirected for good", rock: &rock{header: true, hubMoved: 308}},
		{name: "205 verification with a wrong topic", rock: &rock{header: true, forged: "?invalid"}, refused: true},
		{name: "300 delivery is answered by 2xx", rock: &rock{header: true}},
		{name: "301 invalid signature", rock: &rock{header: true}, signature: "invalid", ignored: true},
		{name: "302 no signature", rock: &rock{header: true}, signature: "none", delivered: 403, ignored: true},

		{name: "several hubs in the header", rock: &rock{header: true, more: true}},
		{name: "several hubs in the feed", rock: &rock{document: "atom", more: true}},
		{name: "verified later", rock: &rock{document: "rss", late: true}},
		{name: "a lease of no time", rock: &rock{document: "rss", lease: "0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, c.rock, "/blog")
			w.visit()
			if c.rock.late {
				c.rock.verify()
			}
			if c.rock.asked == nil || c.rock.active == c.refused {
				t.Fatalf("asked for %v, subscribed %v", c.rock.asked, c.rock.active)
			}
			if sub := w.subscription("rock"); sub.Active(time.Now()) == c.refused {
				t.Errorf("stored %+v", sub)
			}
			if c.refused {
				return
			}
			before := w.items()
			c.signature = cmp.Or(c.signature, "valid")
			status := c.rock.publish(c.signature)
			if status != cmp.Or(c.delivered, http.StatusAccepted) {
				t.Errorf("delivery was answered by %d", status)
			}
			passed := w.passed()
			if len(passed) == 1 == c.ignored {
				t.Errorf("passed on for %v", passed)
			}
			if got := w.items(); got != before || got != 3 {
				t.Errorf("%d items before and %d after the push: a push brings none by itself", before, got)
			}
			if len(passed) == 1 {
				w.visit()
				if got := w.items(); got != 4 {
					t.Errorf("%d items after the visit", got)
				}
			}
		})
	}
}

// 101: a web page is no source of ours, whatever its tags say of a hub: the feed that
// they lead to is, and is subscribed to.
func TestRocksPage(t *testing.T) {
	r := &rock{document: "rss"}
	w := start(t, r, "/page")
	w.visit()
	if r.asked != nil {
		t.Fatalf("asked for %v", r.asked)
	}
	found, err := (&discover.Finder{Client: w.client}).Find(t.Context(), r.srv.URL+"/page")
	if err != nil || len(found) == 0 {
		t.Fatalf("found %v, %v", found, err)
	}
	w.follow(found[0].URL)
	w.visit()
	if !r.active {
		t.Error("not subscribed to the feed behind the page")
	}
}

// Unsubscribing, over the wire: the hub's question is answered while the callback
// lives, and what is pushed after is told so.
func TestRocksUnsubscribe(t *testing.T) {
	r := &rock{header: true}
	w := start(t, r, "/blog")
	w.visit()
	if !r.active {
		t.Fatal("not subscribed")
	}
	w.later(2 * time.Hour)
	w.plan.On = false
	w.Follow(w.plan)
	if status := r.publish("valid"); status != 202 {
		t.Errorf("before the look: got %d", status)
	}
	w.visit()
	if r.active || r.asked.Get("hub.mode") != "unsubscribe" || r.asked.Get("hub.secret") != "" || !r.confirmed {
		t.Errorf("asked %v, confirmed %v", r.asked, r.confirmed)
	}
	if status := r.publish("valid"); status != http.StatusGone {
		t.Errorf("after: got %d", status)
	}
	w.later(2 * time.Hour)
	w.visit()
	if sub := w.subscription("rock"); sub.Token != "" {
		t.Errorf("stored %+v", sub)
	}
}

// later makes the subscription that much older.
func (w *wire) later(d time.Duration) {
	sub := w.subscription("rock")
	sub.Asked = sub.Asked.Add(-d)
	if !sub.Expires.IsZero() {
		sub.Expires = sub.Expires.Add(-d)
	}
	w.put(sub)
}

// A hub that denies over the wire, and one that is asked again before its lease ends.
func TestRocksDeniedAndRenewed(t *testing.T) {
	r := &rock{header: true}
	w := start(t, r, "/blog")
	w.visit()
	first := r.asked
	w.later(20 * time.Hour)
	r.asked = nil
	w.visit()
	if r.asked.Encode() != first.Encode() || !r.active {
		t.Errorf("renewed by %v, was %v", r.asked, first)
	}
	if left := time.Until(w.subscription("rock").Expires); left < 23*time.Hour {
		t.Errorf("the lease ends in %v", left)
	}
	if status, body := r.tell(url.Values{"hub.mode": {"denied"}, "hub.topic": {r.topic()}, "hub.reason": {"no"}}); status != 200 || body != "" {
		t.Errorf("got %d %q", status, body)
	}
	if sub := w.subscription("rock"); sub.Refused != "no" || sub.Active(time.Now()) {
		t.Errorf("stored %+v", sub)
	}
	if status := r.publish("valid"); status != http.StatusNotFound {
		t.Errorf("pushed all the same: got %d", status)
	}
}

// A hub at an address that is not public is never dialled.
func TestRocksPrivateHub(t *testing.T) {
	for _, hub := range []string{"http://169.254.169.254/hub", "http://10.0.0.1/", "https://[::ffff:10.0.0.1]/"} {
		w := start(t, &rock{}, "/blog")
		src := w.plan.Sources[0]
		err := w.st.Update(func(tx *store.Tx) error {
			return tx.PutVisit("rock", news.Visit{URL: src.URL, Hub: hub, Topic: topicA})
		})
		if err != nil {
			t.Fatal(err)
		}
		var failed []error
		post := w.post
		w.post = func(c *fetch.Client, ctx context.Context, address string, form url.Values) (int, error) {
			status, err := post(c, ctx, address, form)
			failed = append(failed, err)
			return status, err
		}
		if err := w.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(failed) != 1 || !refused(failed[0]) {
			t.Errorf("%s: %v", hub, failed)
		}
		if sub := w.subscription("rock"); sub.Failures != 1 || sub.Active(time.Now()) {
			t.Errorf("%s: stored %+v", hub, sub)
		}
	}
}

func refused(err error) bool {
	e, ok := errors.AsType[*fetch.Error](err)
	return ok && e.Kind == news.FailRefused
}
