package discover

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"rightswire/internal/fetch"
	"rightswire/internal/link"
	"rightswire/internal/news"
	"rightswire/internal/parse"
	"rightswire/internal/text"
)

const (
	// maxRequests is how many addresses are asked for one question, robots.txt aside.
	maxRequests = 12
	// maxRefusals is after how many refusals a host is left alone.
	maxRefusals = 3
	// maxWhy bounds the reason of a Try in bytes: it may be a server's words.
	maxWhy = 200
)

// A search is one question on its way.
type search struct {
	client  *fetch.Client
	address string // what is asked about, as understood
	// first says that one feed with items is enough.
	first bool
	left  int // requests
	asked map[string]bool
	// refused counts refusals by scheme and host; one that cannot be reached, or asks to
	// be left alone, has them all.
	refused map[string]int
	// reached says that somebody answered, whatever it was.
	reached bool
	found   []feed
	tried   []Try
	pages   []string // web pages that came where a feed was looked for
	do      string   // what the operator can do, where it is known already
}

func newSearch(client *fetch.Client) *search {
	return &search{client: client, left: maxRequests, asked: map[string]bool{}, refused: map[string]int{}}
}

// explore looks behind the first of several spellings of an address that answers.
func (s *search) explore(ctx context.Context, spellings []string) {
	for _, address := range spellings {
		s.address = address
		s.behind(ctx, address)
		if s.reached || s.do != "" {
			return
		}
	}
	s.address = spellings[0]
}

// subscribed asks the first of several spellings of a feed's address that answers,
// and looks behind it where the answer is no feed.
func (s *search) subscribed(ctx context.Context, spellings []string) {
	for _, address := range spellings {
		s.address = address
		if s.ask(ctx, lead{url: address, how: "the address itself", rank: bySelf}) {
			return
		}
		if last := len(s.tried) - 1; s.reached && s.tried[last].Kind == news.FailNotFeed {
			s.behind(ctx, address)
		}
		if s.reached {
			return
		}
	}
}

// behind looks for feeds at an address and, until there is one with items, ever
// further from it.
func (s *search) behind(ctx context.Context, address string) {
	if name := withoutFeeds(address); name != "" {
		s.do = name + " offers no feeds: subscribe to the publisher's own site, or give the address of a bridge that you run (RSS-Bridge, RSSHub)"
		return
	}
	self := lead{url: address, how: "the address itself", rank: bySelf}
	if likeness(address) == alike && s.ask(ctx, self) {
		return
	}
	before := len(s.found)
	if s.follow(ctx, forms(address)); len(s.found) > before {
		return
	}
	p := s.look(ctx, self)
	if len(s.found) > before {
		return // it is a feed
	}
	s.harvest(ctx, p)
	if !s.good() && p.refresh != "" {
		s.harvest(ctx, s.look(ctx, lead{url: p.refresh, how: "where the page leads", rank: byLink}))
	}
	if !s.good() && len(s.pages) > 0 {
		s.harvest(ctx, s.look(ctx, lead{url: s.pages[0], how: "linked from the page", rank: byAnchor}))
	}
	for _, l := range wellKnown(cmp.Or(p.url, address), p.generator) {
		if s.good() {
			return
		}
		s.ask(ctx, l)
	}
}

// harvest asks what a page links to.
func (s *search) harvest(ctx context.Context, p page) {
	before := len(s.found)
	s.follow(ctx, p.declared)
	if p.canonical != p.url {
		s.follow(ctx, forms(p.canonical))
	}
	s.follow(ctx, p.linked)
	if !s.good() {
		s.follow(ctx, p.about)
	}
	for i := range s.found[before:] {
		f := &s.found[before+i]
		f.Language = cmp.Or(f.Language, p.language)
		if f.Title == "" {
			f.Title = p.title
		}
	}
}

// follow asks leads in their order, those to readers' comments last.
func (s *search) follow(ctx context.Context, leads []lead) {
	leads = slices.Clone(leads)
	slices.SortStableFunc(leads, func(a, b lead) int { return order(isComments(a.url, a.title), isComments(b.url, b.title)) })
	for _, l := range leads {
		if s.first && s.good() {
			return
		}
		s.ask(ctx, l)
	}
}

// good reports whether there is a feed with items other than comments.
func (s *search) good() bool {
	return slices.ContainsFunc(s.found, func(f feed) bool { return f.class() == 0 })
}

// may reports whether an address is to be asked, once, and counts it.
func (s *search) may(ctx context.Context, how, address string) bool {
	if ctx.Err() != nil || s.left == 0 || s.asked[how+address] || s.refused[origin(address)] >= maxRefusals {
		return false
	}
	s.asked[how+address] = true
	s.left--
	return true
}

// origin is the scheme, host and port of a canonical address.
func origin(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// source is what an address is fetched as.
func source(address string) news.Source {
	return news.Source{ID: "discover", URL: address, Private: link.HasSecret(address)}
}

// ask asks a lead for a feed and reports whether it is one.
func (s *search) ask(ctx context.Context, l lead) bool {
	if !s.may(ctx, "", l.url) {
		return false
	}
	res, err := s.client.Get(ctx, source(l.url), news.Visit{})
	if err != nil {
		s.failed(l.url, err)
		return false
	}
	defer res.Release()
	s.reached = true
	if s.file(l, res) {
		return true
	}
	if l.rank == byAnchor {
		s.pages = append(s.pages, l.url)
	}
	return false
}

// look asks for a web page, as politely as one asks for pages, and reads it. Where
// it is a feed it is filed as one.
func (s *search) look(ctx context.Context, l lead) page {
	if !s.may(ctx, "page ", l.url) {
		return page{}
	}
	res, err := s.client.Page(ctx, source(l.url), l.url)
	if err != nil {
		s.failed(l.url, err)
		return page{}
	}
	defer res.Release()
	s.reached = true
	if s.file(l, res) {
		return page{}
	}
	p := links(res.Body, res.ContentType, res.FinalURL)
	for _, u := range res.Alternates {
		p.declared = add(p.declared, lead{url: u, how: "linked from the page", rank: byLink})
	}
	return p
}

// file reads an answer as a feed and keeps it where it is one.
func (s *search) file(l lead, res *fetch.Response) bool {
	doc, err := parse.Feed(parse.Document{
		Body: res.Body, ContentType: res.ContentType, URL: res.FinalURL, Source: "discover",
	})
	if err != nil {
		s.failed(l.url, err)
		return false
	}
	f := newFeed(l, res, doc, time.Now())
	f.home = link.Key(f.Home) == link.Key(s.address)
	s.found = append(s.found, f)
	return true
}

// failed takes note of an address that was asked in vain, and of what that says of
// its host.
func (s *search) failed(address string, err error) {
	t := Try{URL: address, Kind: news.FailInternal, Why: err.Error()}
	if f, ok := errors.AsType[*fetch.Error](err); ok {
		t.Kind, t.Why = f.Kind, f.Err.Error()
		s.leave(origin(address), t)
	}
	if unread, ok := errors.AsType[*parse.Error](err); ok {
		t.Kind = unread.Kind
	}
	t.Why, _ = text.Truncate(text.Line(t.Why), maxWhy)
	same := func(other Try) bool { return other.URL == t.URL }
	if i := slices.IndexFunc(s.tried, same); i >= 0 {
		s.tried[i] = t
		return
	}
	s.tried = append(s.tried, t)
}

// leave counts what makes a host one to be left alone.
func (s *search) leave(host string, t Try) {
	switch t.Kind {
	case news.FailDNS, news.FailConnect, news.FailTLS:
		s.refused[host] = maxRefusals
		return // another spelling of the address may do
	case news.FailBusy, news.FailTimeout, news.FailOffline:
		s.refused[host] = maxRefusals
	case news.FailRefused:
		if !t.byRobots() {
			s.refused[host] = maxRefusals
		}
	case news.FailBlocked:
		s.refused[host]++
	}
	s.reached = true
}

// byRobots reports whether robots.txt keeps programs out of a page; feeds of its
// site may be asked for all the same.
func (t Try) byRobots() bool {
	return t.Kind == news.FailRefused && strings.Contains(t.Why, "robots.txt")
}

// nothing says why no feed was found.
func (s *search) nothing() *Error {
	e := &Error{Address: s.address, Tried: s.tried, Do: s.do}
	if e.Do == "" && len(s.tried) > 0 {
		e.Do = remedy(s.tried[0])
	}
	return e
}

// remedy is what to do about the failure of the address that was asked first.
func remedy(t Try) string {
	switch t.Kind {
	case news.FailDNS:
		return "check the spelling of the name"
	case news.FailConnect, news.FailTLS, news.FailTimeout, news.FailBusy:
		return "try again later, or from another network"
	case news.FailOffline:
		return "try again when there is a connection"
	case news.FailBlocked:
		return "the site turns programs away: ask its publisher for an address that they may read"
	case news.FailRefused:
		if !t.byRobots() {
			return "if it is meant, allow it in fetch.allow_networks or fetch.allow_ports"
		}
	}
	return "look for a feed's address on the site, or ask its publisher, and give that"
}
