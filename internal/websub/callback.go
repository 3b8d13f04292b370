package websub

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"rightswire/internal/text"
	"rightswire/internal/web"
)

const (
	// maxChallenge bounds what is echoed to a hub, in bytes.
	maxChallenge = 2 << 10
	// maxReason bounds what is kept of a hub's reason to say no, in bytes.
	maxReason = 200
)

// ServeHTTP answers at the callbacks: a GET by which a hub verifies what it was
// asked, or says no, and a POST by which it pushes. The last part of the path is
// the token; what is before it is the router's affair.
func (s *Subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	switch r.Method {
	case http.MethodGet:
		s.confirm(w, token, r.URL.RawQuery)
	case http.MethodPost:
		s.receive(w, r, token)
	default:
		w.Header().Set("Allow", "GET, POST")
		answer(w, http.StatusMethodNotAllowed, "")
	}
}

// answer writes an answer that no cache keeps and that is text to any browser.
func answer(w http.ResponseWriter, status int, body string) {
	h := w.Header()
	web.Secure(h)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // the hub went away: it will ask again
}

// unready answers while it is not known, or cannot be stored, what was asked.
func unready(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "60")
	answer(w, http.StatusServiceUnavailable, "")
}

// denied is the mode of a notice that the hub says no.
const denied = "denied"

// A notice is what a hub says at a callback by GET (sections 5.2 and 5.3).
type notice struct {
	mode, topic string
	challenge   string        // to be echoed; "" where there is nothing to prove
	lease       time.Duration // granted
	reason      string        // why it says no
}

// parseNotice reads a query. A parameter said twice is none: which one counts would
// be anybody's guess.
func parseNotice(query string) (n notice, ok bool) {
	q, err := url.ParseQuery(query)
	if err != nil {
		return notice{}, false
	}
	for _, said := range q {
		if len(said) > 1 {
			return notice{}, false
		}
	}
	n = notice{mode: q.Get("hub.mode"), topic: q.Get("hub.topic")}
	switch n.mode {
	case denied:
		line, _ := text.Truncate(text.Line(q.Get("hub.reason")), maxReason)
		n.reason = cmp.Or(line, denied)
		return n, true
	case string(subscribe):
		if n.lease, ok = parseLease(q.Get("hub.lease_seconds")); !ok {
			return notice{}, false
		}
	case string(unsubscribe):
	default:
		return notice{}, false
	}
	n.challenge = q.Get("hub.challenge")
	return n, n.challenge != "" && len(n.challenge) <= maxChallenge
}

// confirm answers a hub that asks whether it was asked: what we want is confirmed
// by its challenge, anything else is not found (section 5.3.1).
func (s *Subscriber) confirm(w http.ResponseWriter, token, query string) {
	r, found, ready := s.find(token)
	if !ready {
		unready(w)
		return
	}
	n, ok := parseNotice(query)
	if !found || !ok || n.topic != r.Topic {
		answer(w, http.StatusNotFound, "")
		return
	}
	agreed, changed := false, false
	err := s.change(token, func(r *record) bool {
		agreed, changed = r.hear(&n, time.Now())
		return changed
	})
	switch {
	case err != nil && !errors.Is(err, errNone):
		s.log.Error("what a hub said is not stored", "source", r.Source, "mode", n.mode, "err", err)
		unready(w)
	case err != nil || !agreed:
		answer(w, http.StatusNotFound, "")
	default:
		if changed {
			s.log.Info("hub heard", "source", r.Source, "hub", r.Hub, "mode", n.mode, "lease", n.lease, "reason", n.reason)
		}
		answer(w, http.StatusOK, n.challenge)
	}
}

// hear does what a notice of the record's hub says where we agree, and reports
// whether we do and whether that changed anything.
func (r *record) hear(n *notice, now time.Time) (agreed, changed bool) {
	switch {
	case n.mode == denied && r.current():
		return true, r.deny(now, n.reason)
	case n.mode == denied, n.mode == string(unsubscribe) && !r.current():
		return true, r.end()
	case n.mode == string(subscribe) && r.current() && r.Refused == "":
		return true, r.grant(now, n.lease)
	}
	return false, false
}
