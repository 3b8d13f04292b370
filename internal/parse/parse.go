// Package parse turns the bytes of a feed into entries: RSS 0.9x, 1.0 and 2.0,
// Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1, whatever their encoding and however
// hostile.
//
// The way in decodes to UTF-8 and drops what XML forbids. A scanner of our own
// splits the document into its head and its entries, within fixed bounds. Entries
// whose bytes an earlier visit read are passed over; for the head and the others it
// writes small well-formed documents of the elements that count, and gofeed parses
// those. So one bad entry loses only itself, and a document that changed costs what
// changed in it. The scanner itself notes what gofeed rewrites, guesses or drops:
// ids, links, dates, xml:base, xml:lang, the types of texts. The way out joins the
// two.
//
// Invariant: the same bytes give the same ids in every release. They are made
// from what the document spells, and never from what a parser makes of it.
//
// Texts stay as the source wrote them; markup makes HTML and plain text of them.
// The package reads no clock and asks nobody.
package parse

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"rightswire/internal/news"
)

// Bounds of what is returned.
const (
	// MaxItems is how many entries of one document are read.
	MaxItems = 2000

	maxTitle      = 1 << 10   // bytes of a title
	maxText       = 512 << 10 // bytes of summary and content together
	maxSummary    = 64 << 10  // bytes of a summary where both are too long
	maxName       = 512       // bytes of a name, a category, a rights statement
	maxGUID       = 4 << 10   // bytes of the guid kept; the id is made from all of it
	maxCategories = 100       // of an entry
	maxEnclosures = 50        // of an entry
	maxAuthors    = 50        // of an entry
)

// A Document is what a source answered.
type Document struct {
	Body        []byte // without its content coding; not kept, not changed
	ContentType string // of the HTTP header, or ""
	URL         string // after redirects; where relative links start from
	// Source is the id that item ids are made with: the first its source ever had.
	Source news.SourceID
	// Known is what earlier visits read of this source's documents.
	Known []news.Reading
}

// A Head is what a document says of itself.
type Head struct {
	Format string // "rss 2.0", "atom 1.0", "json 1.1", …
	Title  string // as said, decoded
	Link   string // absolute address of the site, or ""
	// Hub is where changes may be pushed from, and Self the name to ask for them by
	// (WebSub section 4); absolute, or "".
	Hub, Self    string
	Language     string // canonical BCP 47 tag, or ""
	TTL          time.Duration
	SkipHours    []int // GMT, 0 to 23
	SkipDays     []time.Weekday
	UpdatePeriod time.Duration // RSS syndication module
}

// A Result is what a document holds.
type Result struct {
	Head Head
	// Entries are those that were read now, in the document's order, each id once.
	Entries []news.Entry
	// Readings is what the document holds, entries that were known and those read
	// now, for the next visit's Known. It leaves out entries that depend on each
	// other, by a guid or an id they share: those are read each time.
	Readings []news.Reading
	// Repairs says what had to be mended to read it, for the publisher.
	Repairs []string
	// Mended says that entries which were known had to be mended: what was said of
	// repairs when they were read is still true.
	Mended bool
	// Capped says that entries were left out: the visit keeps no validators.
	Capped bool
	// Cut says that the document ended before its end: its connection was cut, or the
	// publisher's program stopped in the middle.
	Cut bool
	// Dropped counts the entries without guid, link, title and date.
	Dropped int
}

// An Error is why a document cannot be read.
type Error struct {
	Kind news.FailureKind // parse, not-a-feed or empty
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func notFeed(format string, args ...any) *Error {
	return &Error{news.FailNotFeed, fmt.Errorf(format, args...)}
}

// smallest is the length below which a body that begins no markup is empty.
const smallest = 32

// Feed reads a document. Every error is an *Error. Its work is bounded by the size of the body: what grows faster in
// gofeed is kept from it, so that no clock is needed.
func Feed(doc Document) (*Result, error) {
	var r repairs
	body := decode(doc.Body, doc.ContentType, &r)
	var res *Result
	var refused *Error
	switch trimmed := bytes.TrimSpace(body); {
	case len(trimmed) == 0:
		refused = &Error{news.FailEmpty, fmt.Errorf("an empty body of %d bytes", len(doc.Body))}
	case jsonStart(trimmed) >= 0:
		res, refused = parseJSON(doc, trimmed, &r)
	case trimmed[0] == '[':
		refused = notFeed("a JSON array, not a feed: %s", clip(string(trimmed), 80))
	case bytes.IndexByte(trimmed, '<') < 0 && len(trimmed) < smallest:
		refused = &Error{news.FailEmpty, fmt.Errorf("a body of only %d bytes: %s", len(doc.Body), clip(string(trimmed), 80))}
	default:
		res, refused = parseXML(doc, body, &r)
	}
	if refused != nil { // a nil *Error would be an error
		return nil, refused
	}
	res.Repairs = r.list
	return res, nil
}

// repairs collects what had to be mended, each kind once and in the same words each
// time: what is said on several visits is told together.
type repairs struct {
	list  []string
	count int // of all
}

const maxRepairs = 20

func (r *repairs) add(what string) {
	r.count++
	if len(r.list) < maxRepairs && !slices.Contains(r.list, what) {
		r.list = append(r.list, what)
	}
}

// clip shortens a text of the document for a message.
func clip(s string, n int) string {
	s = strings.Join(strings.Fields(s[:min(len(s), 4*n)]), " ")
	for i := range s {
		if i >= n {
			return fmt.Sprintf("%q…", s[:i])
		}
	}
	return fmt.Sprintf("%q", s)
}

// guard runs a parse of gofeed's and turns a panic into an error.
func guard[T any](parse func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("gofeed panicked: %v", p)
		}
	}()
	return parse()
}
