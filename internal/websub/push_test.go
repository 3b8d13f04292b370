package websub

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rightswire/internal/news"
)

// sign signs as a hub does.
func sign(method string, key news.Secret, body []byte) string {
	hashes := map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}
	mac := hmac.New(hashes[method], []byte(key.Reveal()))
	mac.Write(body)
	return method + "=" + hex.EncodeToString(mac.Sum(nil))
}

// postTo posts a body to a callback, with every signature there is.
func postTo(t *testing.T, address string, body io.Reader, kind string, signatures ...string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	for _, s := range signatures {
		r.Header.Add("X-Hub-Signature", s)
	}
	status, answer := do(t, r)
	if answer != "" {
		t.Errorf("answered %q", answer)
	}
	return status
}

// passed returns the sources that a push is passed on for, as if the minute since
// the last were over.
func (b *bench) passed() map[news.SourceID]time.Time {
	b.pushes.mu.Lock()
	for _, k := range b.pushes.known {
		k.told = time.Time{}
	}
	b.pushes.mu.Unlock()
	ready, _ := b.pushes.ripe(time.Now())
	return ready
}

// Only what is signed with the key that the hub was given is passed on; whatever is
// signed at all is acknowledged.
func TestSignature(t *testing.T) {
	body := []byte("<rss/>")
	good := func(method string, key news.Secret) string { return sign(method, key, body) }
	for name, c := range map[string]struct {
		signatures func(key news.Secret) []string
		status     int
		passed     bool
	}{
		"sha1":             {func(k news.Secret) []string { return []string{good("sha1", k)} }, 202, true},
		"sha256":           {func(k news.Secret) []string { return []string{good("sha256", k)} }, 202, true},
		"sha384":           {func(k news.Secret) []string { return []string{good("sha384", k)} }, 202, true},
		"sha512":           {func(k news.Secret) []string { return []string{good("sha512", k)} }, 202, true},
		"capital digits":   {func(k news.Secret) []string { return []string{"sha256=" + strings.ToUpper(good("sha256", k)[7:])} }, 202, true},
		"none":             {func(news.Secret) []string { return nil }, 403, false},
		"empty":            {func(news.Secret) []string { return []string{""} }, 403, false},
		"no key":           {func(news.Secret) []string { return []string{good("sha256", "")} }, 202, false},
		"another key":      {func(k news.Secret) []string { return []string{good("sha256", k+"x")} }, 202, false},
		"of another body":  {func(k news.Secret) []string { return []string{sign("sha256", k, []byte("<rss />"))} }, 202, false},
		"md5":              {func(k news.Secret) []string { return []string{good("md5", k)} }, 202, false},
		"sha224":           {func(k news.Secret) []string { return []string{good("sha224", k)} }, 202, false},
		"another's name":   {func(k news.Secret) []string { return []string{"sha1=" + good("sha256", k)[7:]} }, 202, false},
		"capital name":     {func(k news.Secret) []string { return []string{"SHA256" + good("sha256", k)[6:]} }, 202, false},
		"no name":          {func(k news.Secret) []string { return []string{good("sha256", k)[7:]} }, 202, false},
		"name only":        {func(news.Secret) []string { return []string{"sha256"} }, 202, false},
		"no digits":        {func(news.Secret) []string { return []string{"sha256="} }, 202, false},
		"cut":              {func(k news.Secret) []string { return []string{good("sha256", k)[:39]} }, 202, false},
		"longer":           {func(k news.Secret) []string { return []string{good("sha256", k) + "1234"} }, 202, false},
		"odd digits":       {func(k news.Secret) []string { return []string{good("sha256", k) + "1"} }, 202, false},
		"no hex":           {func(news.Secret) []string { return []string{"sha256=" + strings.Repeat("xy", 32)} }, 202, false},
		"two, both right":  {func(k news.Secret) []string { return []string{good("sha256", k), good("sha1", k)} }, 202, false},
		"two in one field": {func(k news.Secret) []string { return []string{good("sha1", k) + ", " + good("sha256", k)} }, 202, false},
		"the key itself":   {func(k news.Secret) []string { return []string{"sha256=" + hex.EncodeToString([]byte(k.Reveal()))} }, 202, false},
	} {
		t.Run(name, func(t *testing.T) {
			b, address, active, _ := subscribed(t)
			status := postTo(t, address+active.Token, bytes.NewReader(body), "application/rss+xml", c.signatures(active.Key)...)
			if passed := b.passed(); status != c.status || len(passed) == 1 != c.passed {
				t.Errorf("got %d, passed on for %v; want %d, %v", status, passed, c.status, c.passed)
			}
			if now := b.subscription("a"); now != active {
				t.Errorf("changed from %+v to %+v", active, now)
			}
		})
	}
}

// A hub that has signed with a strong method is not believed with a weak one, until
// it is given another key.
func TestDowngrade(t *testing.T) {
	b, address, active, _ := subscribed(t)
	for _, c := range []struct {
		method string
		passed bool
	}{{"sha1", true}, {"sha1", true}, {"sha256", true}, {"sha1", false}, {"sha512", true}, {"sha256", false}, {"sha512", true}} {
		status := postTo(t, address+active.Token, strings.NewReader("x"), "text/plain", sign(c.method, active.Key, []byte("x")))
		if passed := b.passed(); status != 202 || len(passed) == 1 != c.passed {
			t.Errorf("%s: got %d, passed on for %v", c.method, status, passed)
		}
	}
}

// A push that nobody asked for is told so; what it says is not looked at.
func TestUnaskedPush(t *testing.T) {
	b, address, active, left := subscribed(t)
	pending := active
	pending.Expires = time.Time{}
	for name, c := range map[string]struct {
		token  string
		stored news.Subscription
		want   int
	}{
		"unknown":      {strings.Repeat("A", 34), active, 410},
		"none":         {"", active, 410},
		"given up":     {left.Token, active, 410},
		"not verified": {active.Token, pending, 404},
	} {
		b.put(c.stored)
		if _, err := b.survey(&b.plan); err != nil {
			t.Fatal(err)
		}
		if got := postTo(t, address+c.token, strings.NewReader("x"), "text/plain", sign("sha256", active.Key, []byte("x"))); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
	if passed := b.passed(); len(passed) > 0 {
		t.Errorf("passed on for %v", passed)
	}
}

// A push may be of any type, in any number of pieces and up to 8 MB.
func TestPushBodies(t *testing.T) {
	b, address, active, _ := subscribed(t)
	big := bytes.Repeat([]byte("<item/>\n"), maxPush/8)
	for name, c := range map[string]struct {
		body    []byte
		kind    string
		chunked bool
		want    int
	}{
		"empty":               {nil, "", false, 202},
		"rss":                 {[]byte("<rss/>"), "application/rss+xml; charset=utf-8", false, 202},
		"atom":                {[]byte("<feed/>"), "application/atom+xml", false, 202},
		"json":                {[]byte("{}"), "application/feed+json", false, 202},
		"html":                {[]byte("<html>"), "text/html", false, 202},
		"form":                {[]byte("hub.mode=denied&hub.topic=x"), "application/x-www-form-urlencoded", false, 202},
		"multipart":           {[]byte("--x"), "multipart/form-data; boundary=x", false, 202},
		"bytes":               {[]byte{0, 255, 13, 10}, "\xff", false, 202},
		"chunked":             {big[:3<<20], "text/xml", true, 202},
		"8 MB":                {big, "text/xml", false, 202},
		"a byte more":         {append(big[:maxPush:maxPush], 'x'), "text/xml", false, 413},
		"a byte more chunked": {append(big[:maxPush:maxPush], 'x'), "text/xml", true, 413},
	} {
		t.Run(name, func(t *testing.T) {
			var body io.Reader = bytes.NewReader(c.body)
			if c.chunked {
				body = struct{ io.Reader }{body}
			}
			status := postTo(t, address+active.Token, body, c.kind, sign("sha256", active.Key, c.body))
			if passed := b.passed(); status != c.want || len(passed) == 1 != (c.want == 202) {
				t.Errorf("got %d, passed on for %v", status, passed)
			}
		})
	}
}

// A push takes the same memory whatever its length, and one that ends before its
// end is not believed.
func TestPushMemory(t *testing.T) {
	b, _, active, _ := subscribed(t)
	body := bytes.Repeat([]byte("x"), maxPush)
	signature := sign("sha512", active.Key, body)
	post := func(r io.Reader) int {
		req := httptest.NewRequest(http.MethodPost, base+active.Token, r)
		req.Header.Set("X-Hub-Signature", signature)
		w := httptest.NewRecorder()
		b.ServeHTTP(w, req)
		return w.Code
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if status := post(bytes.NewReader(body)); status != 202 || len(b.passed()) != 1 {
		t.Errorf("got %d", status)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 256<<10 {
		t.Errorf("%d bytes were allocated", took)
	}
	cut := io.MultiReader(bytes.NewReader(body[:100]), failing{})
	if status := post(cut); status != 400 || len(b.passed()) != 0 {
		t.Errorf("cut: got %d", status)
	}
}

// failing is a connection that breaks.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// However often a hub pushes, its source is told of once a minute, and of the last
// push too.
func TestOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "a", "b")
		b.offer("a", hubA, topicA)
		b.offer("b", hubB, topicA)
		b.run()
		defer b.stop()
		synctest.Wait()
		began := time.Now()
		push := func(id news.SourceID) {
			sub := b.subscription(id)
			req := httptest.NewRequest(http.MethodPost, base+sub.Token, strings.NewReader("x"))
			req.Header.Set("X-Hub-Signature", sign("sha256", sub.Key, []byte("x")))
			w := httptest.NewRecorder()
			if b.ServeHTTP(w, req); w.Code != 202 {
				t.Errorf("got %d", w.Code)
			}
		}
		var at []string
		wait := func(d time.Duration) {
			end := time.After(d)
			for {
				select {
				case src := <-b.told:
					at = append(at, fmt.Sprint(src, " ", time.Since(began)))
				case <-end:
					return
				}
			}
		}
		for range 200 { // for 200 s, one a second
			push("a")
			wait(time.Second)
		}
		push("b")
		wait(10 * time.Minute)
		want := "[a 0s a 1m0s a 2m0s a 3m0s b 3m20s a 4m0s]"
		if got := fmt.Sprint(at); got != want {
			t.Errorf("told %v, want %v", got, want)
		}
		if sub := b.subscription("a"); !sub.Pushed.Equal(began.Add(199 * time.Second)) {
			t.Errorf("noted %v", sub.Pushed.Sub(began))
		}
	})
}
