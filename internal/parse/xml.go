package parse

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

func parseXML(doc Document, body []byte, r *repairs) (*Result, *Error) {
	s := split(body, doc.URL, r)
	if s.format == formatNone {
		return nil, notFeed("%s", describe(s, body))
	}
	if s.said == 0 && len(s.parts) == 0 {
		return nil, notFeed("a <%s> element that says nothing and holds no entries", s.rootName())
	}
	x := &xmlDocument{scanner: s}
	if err := x.readHead(); err != nil {
		return nil, &Error{news.FailParse, fmt.Errorf("read head of <%s> document: %w", s.rootName(), err)}
	}
	for rc := newRecall(doc.Known); ; rc.begin() {
		if res, ok := x.readEntries(doc.Source, rc); ok {
			return res, nil
		}
	}
}

func (s *scanner) rootName() string { return bound(s.root, 40) }

// readHead has gofeed parse the head.
func (x *xmlDocument) readHead() error {
	if x.format == formatAtom {
		return x.readAtomHead()
	}
	return x.readRSSHead()
}

// readEntries reads the entries that are not known. It reports false where it has
// to be called again, because some that were known depend on them.
func (x *xmlDocument) readEntries(source news.SourceID, rc *recall) (*Result, bool) {
	res := &Result{Head: x.head, Capped: x.capped, Cut: x.cut}
	x.scanEntries(res, rc)
	res.Entries = make([]news.Entry, 0, len(x.entries))
	if x.format == formatAtom {
		each(x, atomEntries, func(n *entryNotes, it *atom.Entry) { x.entryAtom(x.add(res), n, it) })
	} else {
		each(x, rssItems, func(n *entryNotes, it *rss.Item) { x.entryRSS(x.add(res), n, it) })
	}
	ids := make([]identity, 0, len(res.Entries))
	read := rc.fresh[:0]
	for i := range x.entries {
		if !x.entries[i].refused {
			ids = append(ids, x.entries[i].identity(x.src))
			read = append(read, rc.fresh[i])
		}
	}
	rc.fresh = read
	return res, settle(res, source, ids, rc, x.repairs)
}

func (x *xmlDocument) add(res *Result) *news.Entry {
	res.Entries = append(res.Entries, news.Entry{})
	return &res.Entries[len(res.Entries)-1]
}

// scanEntries reads the entries that are not known, in their order, and within the
// bounds.
func (x *xmlDocument) scanEntries(res *Result, rc *recall) {
	unread, prints, size := x.unread(rc)
	x.entries, x.keptAll = make([]entryNotes, 0, min(len(unread), MaxItems)), 0
	x.out = slices.Grow(x.out[:0], size) // what is written is hardly ever longer
	for i, p := range unread {
		if len(x.entries) == MaxItems || x.keptAll >= maxKeptAll {
			res.Capped = true
			x.repairs.add("left out entries of a document that has too many")
			return
		}
		from, mends := len(x.out), x.repairs.count
		x.read(p)
		x.entries[len(x.entries)-1].written = span{from, len(x.out)}
		rc.fresh = append(rc.fresh, fresh{prints[i], x.repairs.count > mends})
	}
}

// unread returns the entries that are not known, with their prints, and how many
// bytes there are of the first MaxItems.
func (x *xmlDocument) unread(rc *recall) (parts []part, prints []print, size int) {
	keys := make([]*key, len(x.scopes))
	for _, p := range x.parts {
		if keys[p.scope] == nil {
			k := newKey(x.inherited() + x.scopes[p.scope].inherited())
			keys[p.scope] = &k
		}
		print, unread := rc.look(keys[p.scope], x.src[p.from:p.to])
		if !unread {
			continue
		}
		if parts, prints = append(parts, p), append(prints, print); len(parts) <= MaxItems {
			size += p.to - p.from
		}
	}
	return parts, prints, size
}

// each has gofeed parse the entries that were read, all in one document, and calls
// fill for each. Where gofeed refuses that document, each is parsed by itself, and
// only those that it refuses are left out.
func each[T any](x *xmlDocument, parse func(entries []byte) ([]T, error), fill func(*entryNotes, T)) {
	all, err := guard(func() ([]T, error) { return parse(x.out) })
	if err == nil && len(all) == len(x.entries) {
		for i := range all {
			fill(&x.entries[i], all[i])
		}
		return
	}
	for i := range x.entries {
		n := &x.entries[i]
		one, err := guard(func() ([]T, error) { return parse(x.out[n.written.from:n.written.to]) })
		if n.refused = err != nil || len(one) != 1; n.refused {
			x.repairs.add("dropped an entry that cannot be read")
			continue
		}
		fill(n, one[0])
	}
}

// enclosed is what gofeed parses: the root and channel are never written with the
// head or the entries.
func enclosed(open string, inner []byte, end string) io.Reader {
	return io.MultiReader(strings.NewReader(open), bytes.NewReader(inner), strings.NewReader(end))
}

// inherited spells out what the document's head does to its entries.
func (x *xmlDocument) inherited() string {
	return fmt.Sprintf("%d %q %q %q %q", x.format, x.scanner.head.lang, x.head.Language, x.rights, x.authors)
}

// fillHead completes the head with what was noted. What the format says of the
// language in its own words wins over xml:lang.
func (x *xmlDocument) fillHead(format string) {
	x.head.Format = strings.TrimSpace(format + " " + bound(x.version, 16))
	noted := &x.scanner.head
	x.head.Link = lead(noted.links)
	x.head.Hub, x.head.Self = related(noted.links, "hub"), related(noted.links, "self")
	first(&x.head.Language, text.Language(noted.lang))
	x.head.UpdatePeriod = updatePeriod(noted.period, noted.frequency)
}

// updatePeriod reads the RSS syndication module: how often in which period.
func updatePeriod(period, frequency string) time.Duration {
	const day = 24 * time.Hour
	var length time.Duration
	switch strings.ToLower(period) {
	case "hourly":
		length = time.Hour
	case "daily":
		length = day
	case "weekly":
		length = 7 * day
	case "monthly":
		length = 30 * day
	case "yearly":
		length = 365 * day
	}
	n, err := strconv.Atoi(frequency)
	if err != nil || n < 1 {
		n = 1
	}
	return length / time.Duration(n)
}
