package websub

import (
	"crypto/sha256"
	"net/url"
	"time"
)

const (
	// askGap is the least time between two requests to a hub for one source. Feeds
	// name hubs and topics as they like: they must not make us knock at a stranger's
	// door any faster.
	askGap = time.Hour
	// maxGap is the longest that a hub which does not answer, or says no, is left
	// alone.
	maxGap = 24 * time.Hour
	// farewells is how often a hub is asked to stop. After that its pushes meet a
	// 410, which tells it the same.
	farewells = 2
)

// A step is what is to be done about a subscription. Its text is the hub.mode of a
// request.
type step string

const (
	rest        step = ""
	subscribe   step = "subscribe"
	unsubscribe step = "unsubscribe"
	forget      step = "forget"
)

// next returns what is due at the moment now.
func (r *record) next(now time.Time) step {
	wanted := r.wish != wish{}
	switch {
	case r.Token == "" && wanted:
		return subscribe
	case r.Token == "" || !r.rested(now):
		return rest
	case r.current() && r.due(now):
		return subscribe
	case r.current():
		return rest
	case r.here && r.Active(now) && r.Failures < farewells:
		return unsubscribe
	case wanted:
		return subscribe
	}
	return forget
}

// current reports whether the subscription is the one that is wanted.
func (r *record) current() bool {
	return r.wish == wish{r.Hub, r.Topic} && r.Hub != "" && r.here
}

// rested reports whether the hub may be asked again: an hour after it was asked,
// and later with every request that came to nothing. A clock that was set back
// holds nothing up.
func (r *record) rested(now time.Time) bool {
	gap := min(askGap<<min(max(r.Failures-1, 0), 8), maxGap)
	if r.Refused != "" {
		gap = maxGap
	}
	if r.Failures > 1 {
		gap += r.share(gap / 8)
	}
	since := now.Sub(r.Asked)
	return since < 0 || since >= gap
}

// due reports whether the lease has to be asked for: about a third of it before it
// ends, or when it has ended, also where only the clock says so.
func (r *record) due(now time.Time) bool {
	left := r.Expires.Sub(now)
	return left <= r.Lease/3+r.share(r.Lease/12) || left > r.Lease
}

// share returns a part of d that is the subscription's own: what was asked for at
// one moment is not asked for again at one moment.
func (r *record) share(d time.Duration) time.Duration {
	sum := sha256.Sum256([]byte(r.Token))
	return d / 256 * time.Duration(sum[0])
}

// hub is where the subscription is asked for. HTTPS is favoured where a feed names
// a hub without it (section 8.2): it is tried first, and then by turns.
func (r *record) hub() string {
	u, err := url.Parse(r.Hub)
	if err != nil || u.Scheme != "http" || u.Port() != "" || r.Failures%2 == 0 {
		return r.Hub
	}
	u.Scheme = "https"
	return u.String()
}
