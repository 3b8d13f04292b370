// Package fetch is the only HTTP client of the newswire: polite, conditional,
// guarded and bounded.
//
// Invariant: whatever a source, a redirect or a name server says, no connection is
// made to an address or port that the operator did not allow (decided at dial
// time, for the very address that is dialled), no answer takes more time, bytes or
// memory than the limits say, and nothing that identifies an earlier visit (a
// validator, a cookie, a referrer) is sent to a URL it does not come from.
//
// It leaves to others when to ask again, what becomes of a failure, and what the
// bytes mean.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"

	"rightswire/internal/news"
)

// What an Options field is where it is zero.
const (
	defaultTimeout = 30 * time.Second
	defaultMaxBody = 8 << 20
	defaultMemory  = 64 << 20
)

// Options are the limits and manners of a Client.
type Options struct {
	// UserAgent says who asks and whom to tell: "Rightswire/1.0 (+URL; contact)".
	UserAgent string
	// Timeout is the total deadline of one Get, redirects and body included; time
	// spent waiting for one's turn at a host or for memory does not count. 0: 30 s.
	Timeout time.Duration
	// MaxBody bounds a body in bytes, as sent and at each stage of decoding. 0: 8 MB.
	MaxBody int64
	// Memory bounds all bodies in flight together, in bytes. One of them may always go
	// on, or none would ever finish: less than what that can need (twice MaxBody and
	// 16 MB) is exceeded by it. 0: 64 MB.
	Memory int64
	// HostConcurrency bounds the requests to one host name at a time. 0: 1.
	HostConcurrency int
	// HostGap is the rest between the end of one request to a host and the start of
	// the next. 0: none.
	HostGap time.Duration
	// AllowNetworks are networks that may be dialled though they are not public.
	AllowNetworks []netip.Prefix
	// AllowPorts may be dialled besides 80 and 443.
	AllowPorts []int
	// Own are the addresses that are ours, and never fetched, whatever else is
	// allowed: hosts ("wire.example.org"), listen addresses ("127.0.0.1:8080",
	// ":8081": at every address of this machine) and URLs (what is below their path).
	Own []string
	// Proxy is socks5h://… or http://…; "" is none. The environment is never asked.
	Proxy string
	// Log takes one Debug line a request; it never shows a header. nil: no log.
	Log *slog.Logger
}

// A Client fetches sources. It is safe for concurrent use; Close it when done.
type Client struct {
	opts   Options
	agent  []string // header value, shared by all requests
	guard  *guard
	hosts  *hosts
	memory *budget
	robots *robots
	coders map[string]*coder
	site   *route // the way out of sources without a proxy of their own

	mu     sync.Mutex
	routes map[string]*route // by proxy, of sources with one; guarded by mu
}

// New returns a Client. The error names the option that is invalid.
func New(o Options) (*Client, error) {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.MaxBody == 0 {
		o.MaxBody = defaultMaxBody
	}
	if o.Memory == 0 {
		o.Memory = defaultMemory
	}
	if o.HostConcurrency == 0 {
		o.HostConcurrency = 1
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	own, err := parseOwn(o.Own)
	if err != nil {
		return nil, err
	}
	c := &Client{
		opts:   o,
		agent:  []string{o.UserAgent},
		guard:  newGuard(o.AllowNetworks, o.AllowPorts, own),
		hosts:  newHosts(o.HostConcurrency, o.HostGap),
		memory: newBudget(o.Memory, 2*o.MaxBody+brotliWindow), // as sent, decoded, and the decoder
		robots: &robots{table: map[string]*rules{}},
		coders: newCoders(),
		routes: map[string]*route{},
	}
	c.site, err = c.newRoute(o.Proxy)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (o *Options) check() error {
	switch {
	case o.UserAgent == "":
		return errors.New("user agent is empty: say who asks and whom to tell")
	case !httpguts.ValidHeaderFieldValue(o.UserAgent):
		return fmt.Errorf("user agent %q holds a control character", o.UserAgent)
	case o.Timeout < 0, o.MaxBody < 0, o.Memory < 0, o.HostConcurrency < 0, o.HostGap < 0:
		return errors.New("timeout, max body, memory, host concurrency and host gap cannot be negative")
	}
	for _, p := range o.AllowPorts {
		if p < 1 || p > 65535 || slices.Contains(neverPorts, uint16(p)) {
			return fmt.Errorf("port %d is never fetched: take it out of fetch.allow_ports", p)
		}
	}
	return nil
}

// Close gives up idle connections. A Get that is on its way goes on.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.site.transport.CloseIdleConnections()
	for _, r := range c.routes {
		r.transport.CloseIdleConnections()
	}
}

// Get asks for src once, at v.Address(&src). It is conditional where v belongs to
// src.URL: v's validators are sent back as they came, to the address they came from
// alone (v.Final, where redirects led), and a body whose bytes as sent hash to
// v.BodyHash is not decoded. What src has to say of itself (Headers, User and
// Password) is sent to the scheme, host and port of src.URL alone, and no more once
// a redirect has led away from there.
//
// It waits for its turn at the host as long as ctx lets it; its deadline
// (src.Timeout, else Options.Timeout) starts after that. Every error is an *Error;
// where ctx was cancelled the error wraps the cause and says nothing of the source.
// The caller must Release the response.
func (c *Client) Get(ctx context.Context, src news.Source, v news.Visit) (*Response, error) {
	began := time.Now()
	address := v.Address(&src)
	r, err := c.run(ctx, &src, address, func(e *errand) {
		e.accept = acceptFeed
		e.remember(&v)
	})
	c.log(ctx, "source fetched", &src, address, r, err, began)
	return r, err
}

// Page asks for address, an article's page or any other document that a page or
// feed of src leads to. Before each request, redirects included, it asks that
// host's robots.txt (RFC 9309) whether it may: what that does not allow is an Error
// of kind FailRefused that says so. Everything else is as with Get, but for
// validators, of which it sends none. src.URL may be empty.
func (c *Client) Page(ctx context.Context, src news.Source, address string) (*Response, error) {
	began := time.Now()
	r, err := c.run(ctx, &src, address, func(e *errand) { e.accept, e.polite = acceptPage, true })
	c.log(ctx, "page fetched", &src, address, r, err, began)
	return r, err
}

// Post sends a form to address, such as a WebSub hub, and returns the status of the
// answer, whatever it is. A redirect is followed where it takes the form along (307
// and 308), though never from https to http; another is the answer. Guard, turn and
// deadline are those of Get, and every error is an *Error.
func (c *Client) Post(ctx context.Context, address string, form url.Values) (status int, err error) {
	began := time.Now()
	src := &news.Source{}
	r, err := c.run(ctx, src, address, func(e *errand) { e.posts, e.form = true, form.Encode() })
	c.log(ctx, "form posted", src, address, r, err, began)
	if err != nil {
		return 0, err
	}
	return r.Status, nil
}

// run makes an errand to address, prepared by prepare, and sees it to its end.
func (c *Client) run(ctx context.Context, src *news.Source, address string, prepare func(*errand)) (*Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	e, err := c.newErrand(src, address, cancel)
	if err != nil {
		return nil, failure(ctx, src, address, err)
	}
	prepare(e)
	for {
		r, location, err := c.step(ctx, e)
		if err == nil && r != nil {
			r.Took = e.deadline.used()
			return r, nil
		}
		if err == nil {
			err = e.turn(location)
		}
		if err != nil {
			return nil, e.failure(ctx, err)
		}
	}
}

// step is a hop, if the host's robots.txt need not be asked or allows it.
func (c *Client) step(ctx context.Context, e *errand) (*Response, string, error) {
	if e.polite {
		if err := c.heed(ctx, e); err != nil {
			return nil, "", err
		}
	}
	return c.hop(ctx, e)
}

func (c *Client) log(ctx context.Context, message string, src *news.Source, address string, r *Response, err error, began time.Time) {
	if !c.opts.Log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("source", string(src.ID)), slog.String("url", shown(src, address)), slog.Duration("took", time.Since(began)),
	}
	if err != nil {
		attrs = append(attrs, slog.Any("err", err))
	} else {
		attrs = append(attrs, slog.Int("status", r.Status), slog.Bool("unchanged", r.Unchanged), slog.Int("bytes", len(r.Body)))
	}
	c.opts.Log.LogAttrs(ctx, slog.LevelDebug, message, attrs...)
}
