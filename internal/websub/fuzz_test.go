package websub

import (
	"bytes"
	"crypto/hmac"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// Whatever is sent to a callback: an answer of the kinds there are, with its headers;
// nothing but the challenge of a question that was asked for is echoed, and nothing
// but a signed body is passed on.
func FuzzServeHTTP(f *testing.F) {
	b, _, active, left := subscribed(f)
	topic := url.QueryEscape(topicA)
	for _, seed := range []struct {
		method, path, query, signature string
		body                           string
	}{
		{"GET", "A", "hub.mode=subscribe&hub.challenge=c&hub.lease_seconds=1000000000000000000&hub.topic=" + topic, "", ""},
		{"GET", "A", "hub.mode=unsubscribe&hub.challenge=c&hub.topic=" + topic, "", ""},
		{"GET", "L", "hub.mode=unsubscribe&hub.challenge=%00&hub.topic=" + topic, "", ""},
		{"GET", "A", "hub.mode=denied&hub.reason=%ff%0a&hub.topic=" + topic, "", ""},
		{"GET", "x", "hub.mode=subscribe&hub.mode=denied", "", ""},
		{"GET", "", "%zz;&=&hub.topic", "", ""},
		{"POST", "A", "", sign("sha256", active.Key, []byte("<rss/>")), "<rss/>"},
		{"POST", "A", "", sign("sha1", active.Key, nil), ""},
		{"POST", "A", "hub.mode=denied", "sha256=00", "x"},
		{"POST", "L", "", "md5=", "x"},
		{"POST", "", "", "=", "x"},
		{"DELETE", "A", "", "", ""},
	} {
		f.Add(seed.method, seed.path, seed.query, seed.signature, []byte(seed.body))
	}
	statuses := []int{200, 202, 403, 404, 405, 410, 413}
	f.Fuzz(func(t *testing.T, method, path, query, signature string, body []byte) {
		switch path { // tokens are not for guessing
		case "A":
			path = active.Token
		case "L":
			path = left.Token
		}
		b.t = t
		if r, _, _ := b.find(active.Token); r.Subscription != active { // denied, the last time
			b.put(active)
			r.Subscription = active
			b.records[active.Token] = r
		}
		req := httptest.NewRequest(http.MethodGet, base, bytes.NewReader(body))
		req.Method, req.URL.Path, req.URL.RawQuery = method, "/websub/"+path, query
		if signature != "" {
			req.Header["X-Hub-Signature"] = strings.Split(signature, "\n")
		}
		w := httptest.NewRecorder()
		b.ServeHTTP(w, req)
		checkHeaders(t, w.Code, w.Result().Header)
		if !slices.Contains(statuses, w.Code) {
			t.Errorf("status %d", w.Code)
		}
		q, _ := url.ParseQuery(query)
		if w.Body.Len() > 0 && (w.Code != 200 || w.Body.String() != q.Get("hub.challenge") || q.Get("hub.topic") != topicA) {
			t.Errorf("%s %q?%q: %d %q", method, path, query, w.Code, w.Body)
		}
		if passed := b.passed(); len(passed) > 0 && !signed(signature, active.Key.Reveal(), body) {
			t.Errorf("passed on for %v what is signed %q", passed, signature)
		}
		for token, r := range b.records {
			if left := time.Until(r.Expires); left > maxLease || token != active.Token && token != r.Token {
				t.Errorf("stored %+v", r)
			}
		}
	})
}

// signed reports whether a signature is right, by other means than the Subscriber's.
func signed(signature, key string, body []byte) bool {
	for _, m := range methods {
		if digits, ok := strings.CutPrefix(signature, m.name+"="); ok {
			mac := hmac.New(m.hash, []byte(key))
			mac.Write(body)
			return strings.EqualFold(digits, hex.EncodeToString(mac.Sum(nil)))
		}
	}
	return false
}
