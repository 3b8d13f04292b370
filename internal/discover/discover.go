// Package discover finds the feeds behind an address that a person pastes, and reads
// the lists of feeds (OPML) that other readers write.
//
// An address is tidied, then tried as what it is: a service whose feeds have a known
// form, a feed itself, a web page that links to feeds, a site that may have one at a
// well-known path. Every candidate is fetched and parsed before it is told.
//
// Invariant: nothing is asked but through fetch.Client, at most 12 addresses for one
// question, whatever a page says; what is read of pages and lists is bounded before
// it is looked at. A feed is told once, whoever links to it.
//
// It leaves to others what becomes of a candidate, and writing it down.
package discover

import (
	"context"
	"strings"
	"time"

	"rightswire/internal/fetch"
	"rightswire/internal/link"
	"rightswire/internal/news"
)

// A Finder finds feeds. It is safe for concurrent use.
type Finder struct {
	Client *fetch.Client
}

// A Candidate is a feed that was found, fetched and read.
type Candidate struct {
	// URL is what to subscribe to: the address asked, or the one that it has moved to
	// for good.
	URL string
	// Moved is the address that was asked where that has moved to URL, or "".
	Moved string
	// Title is the feed's own, or its page's where it has none; one line.
	Title string
	// Home is the address of the site it belongs to, or "".
	Home string
	// Format is what it is written in: "rss 2.0", "atom 1.0", "json 1.1", …
	Format string
	// Language is a canonical BCP 47 tag: the feed's, else the commonest among its
	// items, else its page's; or "".
	Language string
	Items    int
	// Newest is the newest date that its items claim; zero where they have none.
	Newest time.Time
	// Cadence is the mean time between its newest items; 0 where it is unknown.
	Cadence time.Duration
	// Repairs says what had to be mended to read it, for its publisher.
	Repairs []string
	// How says how it was found: "the address itself", "linked from the page",
	// "a well-known path", "a form of YouTube's".
	How string
	// Comments says that its items are what readers write below articles.
	Comments bool
}

// Valid reports whether nothing had to be mended to read the feed.
func (c *Candidate) Valid() bool { return len(c.Repairs) == 0 }

// A Try is an address that was asked in vain.
type Try struct {
	URL  string
	Kind news.FailureKind
	Why  string
}

// An Error is why no feed was found.
type Error struct {
	Address string // as it was understood
	Tried   []Try  // in the order they were asked
	Do      string // what the operator can do about it
}

// toldTries is how many addresses an Error's text names.
const toldTries = 4

// Error says what was tried and what to do. Of an address that holds a secret it
// shows the host alone.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("find a feed at " + shown(e.Address) + ": ")
	for i, t := range e.Tried {
		if i == toldTries {
			b.WriteString("; …")
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		if t.URL != e.Address {
			b.WriteString(shown(t.URL) + ": ")
		}
		b.WriteString(t.Why)
	}
	if len(e.Tried) > 0 {
		b.WriteString(": ")
	}
	return b.String() + e.Do
}

// shown is an address as it may stand in an error.
func shown(address string) string {
	if link.HasSecret(address) {
		return link.Redact(address)
	}
	return address
}

// Find returns the feeds behind what an operator pasted, the best first: at least
// one where the error is nil. The error is an *Error where there is none, says what
// is wrong with raw where that is no address, or wraps the cause that ended ctx.
func (f *Finder) Find(ctx context.Context, raw string) ([]Candidate, error) {
	tries, err := addresses(raw)
	if err != nil {
		return nil, err
	}
	s := newSearch(f.Client)
	s.explore(ctx, tries)
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if found := s.candidates(); len(found) > 0 {
		return found, nil
	}
	return nil, s.nothing()
}
