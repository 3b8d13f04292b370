package ingest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"rightswire/internal/fetch"
	"rightswire/internal/health"
	"rightswire/internal/link"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

// patienceAdopted is how many visits in a row may fail at an address that was adopted
// before the source's own is asked again.
const patienceAdopted = 2

// follow notes where an answer came from: whether that is to be doubted, and how
// often redirects have led there for good.
func (in *Ingest) follow(f *filing, res *fetch.Response, known *memory) error {
	src := &f.source.Source
	chosen, err := in.chosen(f, res, known)
	if err != nil {
		return err
	}
	to := res.Moved
	if !chosen {
		f.doubt = fmt.Sprintf("its source now redirects to %s: see whether that is still its publisher's", link.Site(res.FinalURL))
		if to == "" {
			to = res.FinalURL // passing or not, only a curator can say what to make of it
		}
	}
	f.visit.Moved = moved(src, &known.visit, to, f.seen)
	switch now, before := f.visit.Moved, known.visit.Moved; {
	case now.Adopted && !before.Adopted:
		in.log.Info("source moved for good: asking its new address", "source", src.ID, "url", now.To)
	case now.Count == health.Sightings && before.Count < now.Count:
		in.log.Warn("source moved to where only feeds.yaml can follow it", "source", src.ID, "url", shown(src, now.To))
	case f.doubt != "" && now.Count == 1:
		in.log.Warn("source redirects to another domain: what is new waits for a curator", "source", src.ID, "url", shown(src, now.To))
	}
	return nil
}

// shown is what logs say of where a redirect leads.
func shown(src *news.Source, to string) string {
	if src.Private {
		return "another address"
	}
	return to
}

// chosen reports whether an answer came from where the operator would expect it: the
// registrable domain of the source's own address, or the one that its first good
// visit ended at. Feeds are served through others' domains (FeedBurner and the like,
// content networks), and who writes such a source into feeds.yaml sees what it
// brings. Afterwards a redirect to a new domain is what it looks like when a domain
// has lapsed or a site was broken into: readers must not get what comes by it on the
// operator's word. That a redirect is a passing one (302, 307) speaks for nobody:
// whoever takes a site over can send either.
func (in *Ingest) chosen(f *filing, res *fetch.Response, known *memory) (bool, error) {
	src, v := &f.source.Source, &known.visit
	if res.FinalURL == src.URL {
		return true, nil // the usual case: nothing is looked up
	}
	site := link.Site(res.FinalURL)
	if site == link.Site(src.URL) {
		return true, nil
	}
	here := sha256.Sum256([]byte(src.Stamp(src.URL) + "\x00" + site))
	// Releases before this remembered no more than the last address.
	before := v.Health == "" && v.Final == src.Stamp(res.FinalURL)
	if v.Good.IsZero() || before {
		f.landing = here
		return true, nil
	}
	var chosen store.Place
	err := in.store.View(func(tx *store.Tx) (err error) {
		chosen, err = tx.Place(landingPath(src.ID))
		return err
	})
	if damaged, ok := errors.AsType[*store.DamagedError](err); ok {
		in.log.Error("where the source was first redirected to is damaged: what is new waits for a curator", "source", src.ID, "err", damaged)
		return false, nil
	}
	return chosen.Definition == here, err
}

// landingPath is where it is remembered which other domain the first good visit to a
// source ended at.
func landingPath(id news.SourceID) string { return "landed/" + string(id) }

// moved is the permanent redirect of a source as seen so far, now that one led to a
// further address, or none did ("").
func moved(src *news.Source, v *news.Visit, to string, now time.Time) news.Move {
	m := v.Moved
	if to == "" || to == v.Address(src) {
		if m.Adopted {
			return m
		}
		return news.Move{}
	}
	if stamp := src.Stamp(to); m.Adopted || m.To != stamp {
		// What was adopted has moved on: the way there starts at the source's own address.
		m = news.Move{To: stamp, Since: now}
	}
	// Counting ends where it means something: the visit is written only when it changes.
	m.Count = min(m.Count+1, health.Sightings)
	m.Adopted = m.Count == health.Sightings && adoptable(src, to)
	return m
}

// adoptable reports whether an address may be asked in place of the source's own
// without anybody's consent: it is the same owner's and no less safe. The address of
// a Private source is its operator's to change: another would be stored in the clear.
func adoptable(src *news.Source, to string) bool {
	downgrade := strings.HasPrefix(src.URL, "https:") && !strings.HasPrefix(to, "https:")
	return !src.Private && !downgrade && link.Site(to) == link.Site(src.URL)
}

// fallBack returns to the source's own address where an adopted one keeps failing. A
// 410 there does not retire the source: its own address has not said so.
func (in *Ingest) fallBack(f *filing, failure news.FailureKind) {
	v := &f.visit
	if !v.Moved.Adopted || failure == news.FailBusy || int(f.poll.Failures) < patienceAdopted && failure != news.FailGone {
		return
	}
	in.log.Warn("source does not answer where it moved to: asking its own address again", "source", f.source.ID, "url", v.Moved.To)
	v.Moved, v.Gone = news.Move{}, false
}
