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

	"golang.org/x/net/http/httpguts"

	"rightswire/internal/link"
	"rightswire/internal/news"
)

// maxRedirects is how many redirects one errand follows.
const maxRedirects = 5

// Header values that are the same in every request.
var (
	acceptFeed     = []string{"application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5"}
	acceptPage     = []string{"text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8"}
	acceptAny      = []string{"*/*"}
	acceptEncoding = []string{"gzip, br, zstd"}
	formType       = []string{"application/x-www-form-urlencoded"}
)

// An errand is one Get, Page or Post on its way: where it has got to, by which
// route, and what it may say.
type errand struct {
	src      *news.Source
	start    string // address it set out for, as written
	route    *route
	deadline *deadline
	agent    []string
	accept   []string
	most     int64 // bytes of a body, as sent and at each stage of decoding
	cut      bool  // a longer body is cut there, not refused
	polite   bool  // it asks robots.txt on its way
	form     string
	posts    bool // it brings form instead of asking

	url  *url.URL // of this hop
	hops int      // redirects followed
	// moved says that every redirect so far was a permanent one.
	moved bool
	// home says that every hop so far, and this one, is to the origin of the source's
	// own address. An errand that has left it does not come home: whoever sent it
	// back chose what it asks for there.
	home bool
	// etag and modified may be sent to known alone, the stamp of the address they
	// came from.
	known          string
	etag, modified string
	hash           [32]byte // of the last visit's body; zero: unknown
}

// newErrand returns an errand to address on behalf of src.
func (c *Client) newErrand(src *news.Source, address string, cancel context.CancelCauseFunc) (*errand, error) {
	e := &errand{src: src, start: address, agent: c.agent, accept: acceptAny, most: c.opts.MaxBody, moved: true}
	e.deadline = newDeadline(cmp.Or(src.Timeout, c.opts.Timeout), cancel)
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
	if e.url, err = parseURL(address); err != nil {
		return nil, fail(news.FailRefused, quote{err})
	}
	if hasCredentials(src) {
		return e, e.setOut()
	}
	return e, nil
}

// setOut sees whether the errand sets out for src's own host, and may say there
// what src is to say.
func (e *errand) setOut() error {
	for _, f := range e.src.Headers {
		if err := checkHeader(f); err != nil {
			return fail(news.FailInternal, err)
		}
	}
	own, err := parseURL(e.src.URL)
	e.home = err == nil && sameOrigin(own, e.url)
	return nil
}

// remember lets the errand say what is known of the last visit, as far as that was
// to the same source's address.
func (e *errand) remember(v *news.Visit) {
	if v.URL != e.src.Stamp(e.src.URL) {
		return
	}
	e.known = cmp.Or(v.Final, v.URL)
	e.etag, e.modified, e.hash = validator(v.ETag), validator(v.LastModified), v.BodyHash
}

// conditional reports whether this hop's request carries validators: only one to
// the address they came from may. Another that happened to know the same ETag
// would answer 304, and its items would never be seen.
func (e *errand) conditional() bool {
	return (e.etag != "" || e.modified != "") && e.src.Stamp(e.address()) == e.known
}

// address is where the errand has got to, as it was written where that is where
// it set out.
func (e *errand) address() string {
	if e.hops == 0 {
		return e.start
	}
	return e.url.String()
}

// knows reports whether the last visit brought a body with this hash.
func (e *errand) knows(hash [32]byte) bool {
	return e.hash == hash && hash != [32]byte{}
}

func (e *errand) request(ctx context.Context) *http.Request {
	h := http.Header{"User-Agent": e.agent, "Accept": e.accept, "Accept-Encoding": acceptEncoding}
	if e.conditional() {
		if e.etag != "" {
			h["If-None-Match"] = []string{e.etag}
		}
		if e.modified != "" {
			h["If-Modified-Since"] = []string{e.modified}
		}
	}
	if e.home {
		identify(h, e.src)
	}
	r := &http.Request{Method: http.MethodGet, URL: e.url, Host: e.url.Host, Header: h}
	if e.posts {
		e.enclose(r)
	}
	return r.WithContext(ctx)
}

// enclose makes r bring the form.
func (e *errand) enclose(r *http.Request) {
	r.Method = http.MethodPost
	r.Header["Content-Type"] = formType
	r.ContentLength = int64(len(e.form))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(e.form)), nil }
	r.Body, _ = r.GetBody()
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
	if e.posts {
		return posted(res)
	}
	return c.answer(ctx, e, res)
}

// turn follows a redirect. A location is resolved as browsers do, so that what is
// checked is what is dialled.
func (e *errand) turn(location string) error {
	if e.hops == maxRedirects {
		return fail(news.FailRedirect, fmt.Errorf("more than %d redirects", maxRedirects))
	}
	abs, err := link.Resolve(e.url.String(), location)
	if err != nil {
		return fail(news.FailRedirect, quote{fmt.Errorf("redirect: %w", err)})
	}
	next, err := parseURL(abs)
	if err != nil {
		return fail(news.FailRedirect, quote{fmt.Errorf("redirect: %w", err)})
	}
	if e.posts && e.url.Scheme == "https" && next.Scheme == "http" {
		return fail(news.FailRedirect, errors.New("redirect from https to http: what is posted would be read on the way"))
	}
	e.home = e.home && sameOrigin(e.url, next)
	e.url = next
	e.hops++
	return nil
}

// failure makes an *Error of whatever ended the errand.
func (e *errand) failure(ctx context.Context, err error) *Error {
	f := failure(ctx, e.src, e.url.String(), err)
	f.Took = e.deadline.used()
	if e.hops > 0 && f.Kind == news.FailRefused && !errors.Is(f, errRobots) {
		f.Kind = news.FailRedirect
	}
	return f
}
