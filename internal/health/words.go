package health

import (
	"fmt"
	"strings"

	"rightswire/internal/news"
)

// Meaning returns what a state means in a few words that may be shown to anybody,
// to go on from a source's name: "answers with a web page instead of a feed". "" for
// no state.
func Meaning(h news.Health) string {
	switch h {
	case news.HealthNew:
		return "has not been asked yet"
	case news.HealthOff:
		return "is not polled"
	case news.HealthOK:
		return "is read"
	case news.HealthEmpty:
		return "answers with nothing in it"
	case news.HealthNotFeed:
		return "answers with a web page instead of a feed"
	case news.HealthFrozen:
		return "has brought nothing new for unusually long"
	case news.HealthOverdue:
		return "has been silent for longer than expected"
	case news.HealthBlocked:
		return "refuses to be read"
	case news.HealthGone:
		return "is no longer there"
	case news.HealthMoved:
		return "has moved to another address"
	case news.HealthUnreachable:
		return "cannot be reached"
	case news.HealthTruncated:
		return "arrives incomplete"
	case news.HealthMalformed:
		return "arrives but cannot be read"
	case news.HealthFailing:
		return "is not read because of a fault here"
	}
	return ""
}

// why says what the last visit's failure was, in the words it was recorded in: the
// address in them is known.
func (a *assessment) why(state news.Health) string {
	f := &a.visit.Failure
	text := f.Error
	if rest, fetched := strings.CutPrefix(text, "fetch "); fetched {
		if _, reason, ok := strings.Cut(rest, ": "); ok {
			text = reason
		}
	}
	switch {
	case f.Kind == news.FailBusy && state == news.HealthUnreachable:
		return "it has asked to be left alone for more than a day: " + text
	case f.Kind == news.FailBusy:
		return "it asks to be left alone for a while: " + text
	case f.Kind == news.FailDNS:
		return "its name cannot be looked up: " + text
	case f.Kind == news.FailTLS:
		return "its certificate or its TLS is not valid: " + text
	case f.Kind == news.FailTimeout:
		return "it does not answer in time: " + text
	}
	return text
}

// remedy says what an operator can do about a state.
func (a *assessment) remedy(state news.Health) string {
	f := &a.visit.Failure
	switch state {
	case news.HealthEmpty:
		return fmt.Sprintf("look at %s: if there is news, tell the publisher that its feed is empty", a.home())
	case news.HealthNotFeed:
		return fmt.Sprintf("find its feed again: rightswire add %s", a.home())
	case news.HealthFrozen:
		return fmt.Sprintf("look at %s: if there is news, find its feed again with rightswire add; if such silence is normal, set expect_every", a.home())
	case news.HealthOverdue:
		return fmt.Sprintf("look at %s: if there is news, find its feed again with rightswire add; if there is none, raise expect_every", a.home())
	case news.HealthBlocked:
		if f.Status == statusUnauthorized {
			return "give it its user and password: auth_file or headers_file"
		}
		return "ask the publisher to let our user agent in, or try another way: user_agent, proxy"
	case news.HealthGone:
		return a.remedyGone()
	case news.HealthTruncated:
		return "tell the publisher that its feed breaks off in the middle"
	case news.HealthMalformed:
		if f.Kind == news.FailTooBig {
			return "ask the publisher for a feed with fewer entries, or raise fetch.max_body"
		}
		return "tell the publisher that its feed is broken"
	case news.HealthFailing:
		if f.Kind == news.FailRefused {
			return "correct its url, or allow where it leads: fetch.allow_networks, fetch.allow_ports"
		}
		return "see the log, and check the store: rightswire verify"
	}
	return a.remedyUnreachable()
}

const statusUnauthorized = 401 // RFC 9110 section 15.5.2

func (a *assessment) remedyGone() string {
	if a.visit.Gone {
		return fmt.Sprintf("it is not asked any more: find its feed again with rightswire add %s, or set poll: false; rightswire refresh %s asks once more", a.home(), a.src.ID)
	}
	return fmt.Sprintf("find its feed again: rightswire add %s", a.home())
}

func (a *assessment) remedyUnreachable() string {
	switch a.visit.Failure.Kind {
	case news.FailBusy:
		return "ask it less often: raise its interval"
	case news.FailDNS:
		return "check the host in its url; it is asked again by itself"
	case news.FailTLS:
		return "tell the publisher; it is asked again by itself"
	case news.FailRedirect:
		return fmt.Sprintf("find its feed again: rightswire add %s", a.home())
	}
	return "wait: it is asked again by itself; if it stays so, check its url, timeout and proxy"
}
