package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"rightswire/internal/link"
	"rightswire/internal/news"
)

const (
	// maxRedirects is how many redirects one Get follows.
	maxRedirects = 5
	// drained is how much of a body that nobody wants is read to keep its
	// connection; beyond, a new connection is cheaper.
	drained = 4 << 10
)

// Header values that are the same in every request.
var (
	accept         = []string{"application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5"}
	acceptEncoding = []string{"gzip, br, zstd"}
)

// An errand is one Get on its way: where it has got to, by which route, and what
// it may say of the last visit.
type errand struct {
	src      *news.Source
	route    *route
	deadline *deadline
	agent    []string
	url      *url.URL // of this hop
	hops     int      // redirects followed
	// moved says that every redirect so far was a permanent one.
	moved bool
	// etag and modified may be sent to known alone, the address they came from.
	known          string
	etag, modified string
	hash           [32]byte // of the last visit's body; zero: unknown
}

func (c *Client) newErrand(src *news.Source, v *news.Visit, cancel context.CancelCauseFunc) (*errand, error) {
	e := &errand{src: src, agent: c.agent, moved: true}
	timeout := c.opts.Timeout
	if src.Timeout > 0 {
		timeout = src.Timeout
	}
	e.deadline = newDeadline(timeout, cancel)
	if src.UserAgent != "" {
		if !httpguts.ValidHeaderFieldValue(src.UserAgent) {
			return nil, fail(news.FailInternal, errors.New("user_agent holds a control character"))
		}
		e.agent = []string{src.UserAgent}
	}
	var err error
	if e.route, err = c.routeOf(src.Proxy); err != nil {
		return nil, fail(news.FailInternal, err)
	}
	if e.url, err = parseURL(src.URL); err != nil {
		return nil, fail(news.FailRefused, err)
	}
	if v.URL == src.URL {
		e.known = cmp.Or(v.Final, v.URL)
		e.etag, e.modified, e.hash = validator(v.ETag), validator(v.LastModified), v.BodyHash
	}
	return e, nil
}

// conditional reports whether this hop's request carries validators: only one to
// the address they came from may. Another that happened to know the same ETag
// would answer 304, and its items would never be seen.
func (e *errand) conditional() bool {
	return (e.etag != "" || e.modified != "") && e.address() == e.known
}

// address is where the errand has got to, as it was written where that is where
// it set out.
func (e *errand) address() string {
	if e.hops == 0 {
		return e.src.URL
	}
	return e.url.String()
}

// knows reports whether the last visit brought a body with this hash.
func (e *errand) knows(hash [32]byte) bool {
	return e.hash == hash && hash != [32]byte{}
}

func (e *errand) request(ctx context.Context) *http.Request {
	h := http.Header{"User-Agent": e.agent, "Accept": accept, "Accept-Encoding": acceptEncoding}
	if e.conditional() {
		if e.etag != "" {
			h["If-None-Match"] = []string{e.etag}
		}
		if e.modified != "" {
			h["If-Modified-Since"] = []string{e.modified}
		}
	}
	r := &http.Request{Method: http.MethodGet, URL: e.url, Host: e.url.Host, Header: h}
	return r.WithContext(ctx)
}

// hop asks once, at the errand's present URL: a response, or where to turn, or why
// not.
func (c *Client) hop(ctx context.Context, e *errand) (*Response, string, error) {
	if err := e.route.admit(e.url); err != nil {
		return nil, "", err
	}
	host := strings.TrimSuffix(e.url.Hostname(), ".")
	if err := c.hosts.enter(ctx, host); err != nil {
		return nil, "", err
	}
	defer c.hosts.leave(host)
	e.deadline.resume()
	defer e.deadline.pause()
	res, err := e.route.transport.RoundTrip(e.request(ctx))
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
		r, err := c.receive(ctx, e, res)
		return r, "", err
	case http.StatusNotModified:
		if !e.conditional() {
			return nil, "", failStatus(news.FailStatus, res, errors.New("status 304 to a request without validators"))
		}
		return e.response(res), "", nil
	case http.StatusMovedPermanently, http.StatusPermanentRedirect:
	case http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect:
		e.moved = false
	default:
		return nil, "", e.statusError(res)
	}
	drain(res)
	if location := res.Header.Get("Location"); location != "" {
		return nil, location, nil
	}
	return nil, "", failStatus(news.FailRedirect, res, fmt.Errorf("status %d without a Location", res.StatusCode))
}

// statusError says what an unwanted status means. A 410 speaks for the source
// alone, or for where it has moved for good: what a passing redirect (a captive
// portal, a maintenance page) leads to must not retire it.
func (e *errand) statusError(res *http.Response) error {
	drain(res)
	kind := news.FailStatus
	if res.StatusCode == http.StatusGone && e.moved {
		kind = news.FailGone
	}
	return failStatus(kind, res, fmt.Errorf("status %d", res.StatusCode))
}

// turn follows a redirect. A location is resolved as browsers do, so that what is
// checked is what is dialled.
func (e *errand) turn(location string) error {
	if e.hops == maxRedirects {
		return fail(news.FailRedirect, fmt.Errorf("more than %d redirects", maxRedirects))
	}
	abs, err := link.Resolve(e.url.String(), location)
	if err != nil {
		return fail(news.FailRedirect, fmt.Errorf("redirect: %w", err))
	}
	next, err := parseURL(abs)
	if err != nil {
		return fail(news.FailRedirect, fmt.Errorf("redirect: %w", err))
	}
	e.url = next
	e.hops++
	return nil
}

// response is what the head of an answer says.
func (e *errand) response(res *http.Response) *Response {
	r := &Response{
		Status:      res.StatusCode,
		NotModified: res.StatusCode == http.StatusNotModified,
		ContentType: res.Header.Get("Content-Type"),
		FinalURL:    e.address(),
		MaxAge:      maxAge(res.Header, time.Now()),

		ETag:         validator(res.Header.Get("ETag")),
		LastModified: validator(res.Header.Get("Last-Modified")),
	}
	if r.NotModified && r.ETag == "" {
		r.ETag = e.etag
	}
	if r.NotModified && r.LastModified == "" {
		r.LastModified = e.modified
	}
	return r
}

// failure makes an *Error of whatever ended the errand.
func (e *errand) failure(ctx context.Context, err error) *Error {
	f := failure(ctx, e.url.String(), err)
	if e.hops > 0 && f.Kind == news.FailRefused {
		f.Kind = news.FailRedirect
	}
	return f
}

// drain reads a short body whose end is known to come, for the sake of the
// connection.
func drain(res *http.Response) {
	if res.ContentLength > drained || res.ContentLength < 0 && len(res.TransferEncoding) == 0 {
		return
	}
	_, _ = io.CopyN(io.Discard, res.Body, drained+1) // an error costs the connection only
}
