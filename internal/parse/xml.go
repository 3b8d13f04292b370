package parse

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

func parseXML(doc Document, body []byte, now time.Time, r *repairs) (*Result, *Error) {
	s, err := scan(body, doc.URL, r)
	if err != nil {
		return nil, s.fail(err)
	}
	if s.format == formatNone {
		return nil, notFeed("%s", describe(s, body))
	}
	if s.said == 0 && len(s.entries) == 0 {
		return nil, notFeed("a <%s> element that says nothing and holds no entries", s.rootName())
	}
	x := &xmlDocument{scanner: s, now: now}
	res := &Result{Capped: s.capped}
	if s.format == formatAtom {
		err = x.readAtom(res)
	} else {
		err = x.readRSS(res)
	}
	if err != nil {
		return nil, s.fail(err)
	}
	res.Head = x.head
	ids := make([]identity, len(s.entries))
	for i := range s.entries {
		ids[i] = s.entries[i].identity(body)
	}
	settle(res, doc.Source, ids, r)
	return res, nil
}

func (s *scanner) fail(err error) *Error {
	return &Error{news.FailParse, fmt.Errorf("read <%s> document: %w", s.rootName(), err)}
}

func (s *scanner) rootName() string { return bound(s.root, 40) }

// pageTitle finds the title of an HTML page.
var pageTitle = regexp.MustCompile(`(?is)<title[^>]{0,200}>(.{1,400}?)</title`)

// describe says what a document without a feed's root is.
func describe(s *scanner, body []byte) string {
	html := strings.Contains(strings.ToLower(s.doctype), "doctype html")
	switch strings.ToLower(s.root) {
	case "html", "head", "body", "script", "meta", "div", "title", "p", "h1", "center":
		html = true
	}
	switch {
	case !html && s.root == "":
		return "no XML element: " + clip(strings.TrimSpace(string(body[:min(len(body), 400)])), 80)
	case !html:
		return fmt.Sprintf("a document with root element <%s>", s.rootName())
	}
	if m := pageTitle.FindSubmatch(body[:min(len(body), 64<<10)]); m != nil {
		return "an HTML page titled " + clip(rawText(m[1]), 100)
	}
	return "an HTML page"
}

// fillHead completes the head with what was noted. What the format says of the
// language in its own words wins over xml:lang.
func (x *xmlDocument) fillHead(format string) {
	x.head.Format = strings.TrimSpace(format + " " + bound(x.version, 16))
	noted := &x.scanner.head
	x.head.Link = lead(noted.links)
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
