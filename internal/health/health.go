// Package health says how a Source is doing, from what its visits left behind: a
// source that dies seldom says so, and often goes on answering 200.
//
// Invariant: what is said depends on the arguments alone, and the address of a
// Private source is never in it. When to look, and whom to tell of a change, is left
// to others; so is what came before: a Visit holds the state that was last told.
package health

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"rightswire/internal/link"
	"rightswire/internal/news"
)

const (
	// Sightings is how many visits in a row a permanent redirect has to be seen on
	// before anything follows from it.
	Sightings = 3
	// Churns is how many visits in a row may find nothing that was known before it is
	// said to be wrong.
	Churns = 3
	// patience is how long a source may be busy before that counts as unreachable.
	patience = 24 * time.Hour
)

// A Report is how a source is doing. Why and Do are for its operator, in lower case
// and without a full stop; "" where there is nothing to say or to do.
type Report struct {
	State news.Health
	Since time.Time // when it became so, as far as can be known; zero: not yet asked
	Why   string
	Do    string
}

// Assess says how src is doing by its last poll and visit, at the moment now. iv
// bounds how often it is asked.
//
// How long a source has been silent is judged as of its last visit: what came since
// then nobody has seen, and a newsroom that was off for a month calls nobody frozen.
func Assess(src *news.Source, poll news.Poll, v *news.Visit, iv news.Interval, now time.Time) Report {
	a := assessment{src: src, poll: poll, visit: v, interval: iv, now: now}
	r := a.report()
	r.Why, r.Do = a.conceal(r.Why), a.conceal(r.Do)
	return r
}

type assessment struct {
	src      *news.Source
	poll     news.Poll
	visit    *news.Visit
	interval news.Interval
	now      time.Time
}

// report tries the states from the worst.
func (a *assessment) report() Report {
	v := a.visit
	switch {
	case a.src.ID == news.DeskSource:
		return Report{State: news.HealthOff, Why: "its items are made by hand"}
	case !a.src.Poll:
		return Report{State: news.HealthOff, Why: "feeds.yaml says poll: false"}
	case a.poll.Last.IsZero():
		return Report{State: news.HealthNew, Why: "not asked yet"}
	case v.URL != a.src.Stamp(a.src.URL):
		return Report{State: news.HealthNew, Why: "not asked at its new address yet"}
	case v.Gone || v.Failure.Kind != "":
		if r, said := a.failed(); said {
			return r
		}
	case v.Good.IsZero():
		return Report{State: news.HealthNew, Why: "not reached yet: nobody could be when it was asked"}
	}
	for _, look := range []func() (Report, bool){a.cut, a.silent, a.moved} {
		if r, said := look(); said {
			return r
		}
	}
	return a.ok()
}

// told is since when the source is in a state: since it was told to be, else since
// otherwise.
func (a *assessment) told(state news.Health, otherwise time.Time) time.Time {
	if a.visit.Health == state && !a.visit.HealthSince.IsZero() {
		return a.visit.HealthSince
	}
	return otherwise
}

// failed says what the last visit's failure means; said is false where it means
// nothing yet.
func (a *assessment) failed() (r Report, said bool) {
	f := &a.visit.Failure
	since := f.Since
	if a.visit.Health != "" {
		// Visits fail since then, but they did so in another way.
		since = a.poll.Last
	}
	r.State = stateOf(f)
	if a.visit.Gone {
		r.State = news.HealthGone
	}
	if f.Kind == news.FailBusy {
		if a.now.Sub(f.Since) < patience {
			return a.busy()
		}
		since = f.Since
	}
	r.Since, r.Why, r.Do = a.told(r.State, since), a.why(r.State), a.remedy(r.State)
	return r, true
}

// busy keeps a source that asks to be left alone for a while in the state it was in
// before.
func (a *assessment) busy() (r Report, said bool) {
	before := a.visit.Health
	if before == "" || before == news.HealthNew || before.Readable() || before == news.HealthFrozen || before == news.HealthOverdue {
		return r, false
	}
	return Report{State: before, Since: a.visit.HealthSince, Why: a.why(before), Do: a.remedy(before)}, true
}

// stateOf is the state that a failure shows.
func stateOf(f *news.Failure) news.Health {
	switch f.Kind {
	case news.FailEmpty:
		return news.HealthEmpty
	case news.FailNotFeed:
		return news.HealthNotFeed
	case news.FailBlocked:
		return news.HealthBlocked
	case news.FailGone:
		return news.HealthGone
	case news.FailTruncated:
		return news.HealthTruncated
	case news.FailParse, news.FailEncoding, news.FailTooBig:
		return news.HealthMalformed
	case news.FailRefused, news.FailStore, news.FailInternal:
		return news.HealthFailing
	}
	if f.Status == statusNotFound {
		return news.HealthGone
	}
	return news.HealthUnreachable
}

const statusNotFound = 404 // RFC 9110 section 15.5.5

// cut finds a document that was read but ends before its end.
func (a *assessment) cut() (Report, bool) {
	if !a.visit.Cut {
		return Report{}, false
	}
	const state = news.HealthTruncated
	return Report{
		State: state, Since: a.told(state, a.poll.Last),
		Why: "its document ends before its end: what came before that is read", Do: a.remedy(state),
	}, true
}

// moved finds a permanent redirect that only feeds.yaml can follow: to somebody
// else's domain, to an address without TLS, or of a source whose address is secret.
func (a *assessment) moved() (Report, bool) {
	m := &a.visit.Moved
	if m.To == "" || m.Adopted || m.Count < Sightings {
		return Report{}, false
	}
	const state = news.HealthMoved
	to := a.address(m.To)
	return Report{
		State: state, Since: a.told(state, a.poll.Last),
		Why: fmt.Sprintf("it has been redirecting to %s since %s", to, day(m.Since)),
		Do:  fmt.Sprintf("if that is its publisher's, set url: %s in feeds.yaml", to),
	}, true
}

// ok is what is left: the source is read, though there may be something to say.
func (a *assessment) ok() Report {
	const state = news.HealthOK
	r := Report{State: state, Since: a.told(state, a.poll.Last)}
	v := a.visit
	switch {
	case v.Failure.Kind == news.FailBusy:
		r.Why, r.Do = a.why(state), a.remedy(state)
	case v.Churn >= Churns:
		r.Why = fmt.Sprintf("none of its entries was known on %d visits in a row", v.Churn)
		r.Do = fmt.Sprintf("see whether its guids change all the time (tell the publisher), or whether it brings more than its document holds between two visits (lower its interval, now at least %s)", span(a.interval.Min))
	case v.Moved.Adopted:
		r.Why = fmt.Sprintf("it has moved for good to %s and is asked there", v.Moved.To)
		r.Do = fmt.Sprintf("set url: %s in feeds.yaml", v.Moved.To)
	}
	return r
}

// address is how an address that a redirect led to may be shown.
func (a *assessment) address(u string) string {
	if a.src.Private {
		return "another address (a secret one)"
	}
	return u
}

// home is where people find the source.
func (a *assessment) home() string {
	return cmp.Or(a.visit.Home, a.own())
}

// own is the source's address as it may be shown.
func (a *assessment) own() string {
	if a.src.Private {
		return link.Redact(a.src.URL)
	}
	return a.src.URL
}

// conceal takes the address of a Private source out of a text.
func (a *assessment) conceal(s string) string {
	if !a.src.Private {
		return s
	}
	return strings.ReplaceAll(s, a.src.URL, link.Redact(a.src.URL))
}
