package websub

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"rightswire/internal/news"
)

// subscribed is a bench over real HTTP with one subscription that is active and one
// that its source no longer wants, and returns both as they are stored.
func subscribed(t testing.TB) (b *bench, address string, active, left news.Subscription) {
	t.Helper()
	b = newBench(t, "a", "b")
	b.offer("a", hubA, topicA)
	b.offer("b", hubB, topicA)
	b.Follow(b.plan)
	if err := b.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.offer("b", hubA, topicA)
	if err := b.look(t.Context()); err != nil { // within the hour: nothing is asked
		t.Fatal(err)
	}
	b.hub.got()
	srv := httptest.NewServer(b)
	t.Cleanup(srv.Close)
	return b, srv.URL + "/websub/", b.subscription("a"), b.subscription("b")
}

// do sends a request and checks what every answer has to carry.
func do(t *testing.T, r *http.Request) (status int, body string) {
	t.Helper()
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	read, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	checkHeaders(t, res.StatusCode, res.Header)
	return res.StatusCode, string(read)
}

func checkHeaders(t *testing.T, status int, h http.Header) {
	t.Helper()
	for key, want := range map[string]string{
		"Cache-Control":          "no-store",
		"Content-Type":           "text/plain; charset=utf-8",
		"X-Content-Type-Options": "nosniff",
		"Referrer-Policy":        "no-referrer",
	} {
		if got := h.Get(key); got != want {
			t.Errorf("status %d: %s is %q", status, key, got)
		}
	}
	if !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("Content-Length") == "" || h.Get("Set-Cookie") != "" {
		t.Errorf("status %d: %v", status, h)
	}
}

func get(t *testing.T, address string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, r)
}

// What was not asked for is not found: forged, misspelt and doubled questions, and
// leases that are none.
func TestForgedVerification(t *testing.T) {
	b, address, active, left := subscribed(t)
	for name, c := range map[string]struct {
		token string
		query string // replaces, or adds to, a question that would be confirmed
		raw   string // in its place
	}{
		"unknown token":       {token: strings.ToLower(active.Token)},
		"no token":            {token: " "},
		"part of a token":     {token: active.Token[:26]},
		"another topic":       {query: "hub.topic=https://a.example/feed"},
		"topic and more":      {query: "hub.topic=" + url.QueryEscape(topicA+"&x")},
		"topic in capitals":   {query: "hub.topic=" + url.QueryEscape(strings.ToUpper(topicA))},
		"no topic":            {query: "hub.topic="},
		"no mode":             {query: "hub.mode="},
		"publish":             {query: "hub.mode=publish"},
		"mode in capitals":    {query: "hub.mode=Subscribe"},
		"not given up":        {query: "hub.mode=unsubscribe"},
		"no challenge":        {query: "hub.challenge="},
		"long challenge":      {query: "hub.challenge=" + strings.Repeat("x", maxChallenge+1)},
		"lease of words":      {query: "hub.lease_seconds=forever"},
		"lease and a half":    {query: "hub.lease_seconds=1.5"},
		"lease with a blank":  {query: "hub.lease_seconds=%2086400"},
		"bad escape":          {query: "x=%zz"},
		"semicolon":           {query: "x=1;y=2"},
		"nothing":             {raw: "?"},
		"two modes":           {raw: "?hub.mode=subscribe&hub.mode=denied&hub.challenge=c&hub.topic=" + url.QueryEscape(topicA)},
		"two topics":          {raw: "?hub.mode=subscribe&hub.challenge=c&hub.topic=" + url.QueryEscape(topicA) + "&hub.topic=" + url.QueryEscape(topicA)},
		"denied elsewhere":    {query: "hub.mode=denied&hub.topic=https://b.example/"},
		"given up: subscribe": {token: left.Token},
	} {
		t.Run(name, func(t *testing.T) {
			q := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topicA}, "hub.challenge": {"x"}, "hub.lease_seconds": {"86400"}}
			target := c.raw
			if target == "" {
				more, _ := url.ParseQuery(c.query)
				maps.Copy(q, more)
				target = "?" + q.Encode()
				if len(more) == 0 && c.query != "" {
					target += "&" + c.query
				}
			}
			token := active.Token
			if c.token != "" {
				token = strings.TrimSpace(c.token)
			}
			status, body := get(t, address+token+target)
			if status != http.StatusNotFound || body != "" {
				t.Errorf("got %d %q, want 404", status, body)
			}
		})
	}
	if now := b.subscription("a"); now != active {
		t.Errorf("changed from %+v to %+v", active, now)
	}
	if now := b.subscription("b"); now != left {
		t.Errorf("changed from %+v to %+v", left, now)
	}
}

// What was asked for is confirmed with the very challenge.
func TestConfirm(t *testing.T) {
	b, address, active, left := subscribed(t)
	for _, challenge := range []string{
		"c", strings.Repeat("x", maxChallenge), "<script>alert(1)</script>", "a b+c%26=\r\nX: y", "\x00\xff", "中文",
	} {
		q := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topicA}, "hub.challenge": {challenge}, "hub.lease_seconds": {"86400"}, "hub.more": {"x"}}
		if status, body := get(t, address+active.Token+"?"+q.Encode()); status != 200 || body != challenge {
			t.Errorf("challenge %q: got %d %q", challenge, status, body)
		}
	}
	q := url.Values{"hub.mode": {"unsubscribe"}, "hub.topic": {topicA}, "hub.challenge": {"bye"}, "hub.lease_seconds": {"junk"}}
	if status, body := get(t, address+left.Token+"?"+q.Encode()); status != 200 || body != "bye" {
		t.Errorf("given up: got %d %q", status, body)
	}
	if left = b.subscription("b"); left.Active(time.Now()) {
		t.Error("given up and still active")
	}
	for _, method := range []string{"HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"} {
		r, err := http.NewRequestWithContext(t.Context(), method, address+active.Token+"?"+q.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if status, _ := do(t, r); status != http.StatusMethodNotAllowed {
			t.Errorf("%s: got %d", method, status)
		}
	}
}

// Whatever a hub grants is brought within five minutes and 30 days.
func TestLease(t *testing.T) {
	for said, want := range map[string]time.Duration{
		"0":                     minLease,
		"-1":                    minLease,
		"1":                     minLease,
		"299":                   minLease,
		"301":                   301 * time.Second,
		"86400":                 24 * time.Hour,
		"2592001":               maxLease,
		"1000000000000000000":   maxLease,
		"9223372036854775807":   maxLease,
		"99999999999999999999":  maxLease,
		"-99999999999999999999": minLease,
		"":                      askedLease,
	} {
		b, address, active, _ := subscribed(t)
		active.Expires = active.Asked.Add(-time.Second) // asked for anew
		b.put(active)
		if _, err := b.survey(&b.plan); err != nil {
			t.Fatal(err)
		}
		before := time.Now().Truncate(time.Second)
		q := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topicA}, "hub.challenge": {"c"}, "hub.lease_seconds": {said}}
		if said == "" {
			q.Del("hub.lease_seconds")
		}
		if status, body := get(t, address+active.Token+"?"+q.Encode()); status != 200 || body != "c" {
			t.Fatalf("%s: got %d %q", said, status, body)
		}
		sub := b.subscription("a")
		if sub.Lease != want || sub.Expires.Before(before.Add(want)) || sub.Expires.After(time.Now().Add(want)) {
			t.Errorf("%q: a lease of %v until %v, want %v", said, sub.Lease, sub.Expires, want)
		}
	}
}

// A hub may ask again and again whether we still want to be told: it is answered,
// and nothing is written that does not move the end of the lease.
func TestReconfirm(t *testing.T) {
	b, address, active, _ := subscribed(t)
	q := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topicA}, "hub.challenge": {"c"}, "hub.lease_seconds": {"864000"}}
	for range 20 {
		if status, _ := get(t, address+active.Token+"?"+q.Encode()); status != 200 {
			t.Fatalf("got %d", status)
		}
	}
	if now := b.subscription("a"); now != active {
		t.Errorf("changed from %+v to %+v", active, now)
	}
	q.Set("hub.lease_seconds", "2000000")
	if status, _ := get(t, address+active.Token+"?"+q.Encode()); status != 200 {
		t.Fatalf("got %d", status)
	}
	if now := b.subscription("a"); now.Lease != 2000000*time.Second {
		t.Errorf("a longer lease is not taken: %+v", now)
	}
}
