package ingest

import (
	"net/url"
	"sync"
	"time"

	"rightswire/internal/curate"
	"rightswire/internal/news"
)

// How many hosts in a row have to be out of reach for the fault to be here: fewer
// than enough will do where there are no more, but two are chance.
const (
	enoughHosts = 5
	leastHosts  = 3
)

// An outage tells a fault of ours from a source's: where nobody answers, host after
// host, it is the network here that is down, or the name server, or the proxy. The
// first few failures still count against their sources: nothing tells them from
// others.
type outage struct {
	mu    sync.Mutex
	hosts map[string]bool // out of reach since the last answer
	since time.Time       // when it began; zero: there is none
}

// unreachable notes that a host is out of reach, one of sources', and reports whether
// that is an outage, and one that began by it.
func (o *outage) unreachable(host string, sources []*curate.Source, now time.Time) (out, began bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.hosts == nil {
		o.hosts = map[string]bool{}
	}
	// What fails now is counted against its source, unless it is known to be us.
	out = !o.since.IsZero()
	if !out && len(o.hosts) < enoughHosts {
		o.hosts[host] = true
	}
	if enough := hostsOf(sources); !out && enough >= leastHosts && len(o.hosts) >= enough {
		o.since, began = now, true
	}
	return out, began
}

// answered notes that somebody did, and returns since when nobody had, or zero.
func (o *outage) answered() (since time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	since, o.since = o.since, time.Time{}
	clear(o.hosts)
	return since
}

// hostsOf counts the hosts of sources up to enoughHosts.
func hostsOf(sources []*curate.Source) int {
	hosts := map[string]bool{}
	for _, src := range sources {
		if src.Poll && src.ID != news.DeskSource {
			hosts[hostOf(src.URL)] = true
		}
		if len(hosts) == enoughHosts {
			break
		}
	}
	return len(hosts)
}

// hostOf is a URL's host with its port.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// offline reports whether a visit that failed did so because of an outage here.
func (in *Ingest) offline(src *news.Source, v *news.Visit, kind news.FailureKind, now time.Time) bool {
	switch kind {
	case news.FailDNS, news.FailConnect, news.FailTimeout:
	case news.FailTLS, news.FailRefused, news.FailStore, news.FailInternal:
		return false // nobody answered, but not for lack of a network
	default:
		in.online(now)
		return false
	}
	out, began := in.outage.unreachable(hostOf(v.Address(src)), in.plan.Load().Rules.Sources(), now)
	if began {
		in.log.Error("nobody can be reached: check the network, name server and proxy here; failures do not count until somebody answers")
	}
	return out
}

// online notes that a source answered.
func (in *Ingest) online(now time.Time) {
	if since := in.outage.answered(); !since.IsZero() {
		in.log.Info("sources can be reached again", "out", now.Sub(since).Round(time.Second))
	}
}
