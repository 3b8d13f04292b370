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
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
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
	// Memory bounds all bodies in flight together, in bytes; one of them may always
	// go on, or none would ever finish. 0: 64 MB.
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
	c := &Client{
		opts:   o,
		agent:  []string{o.UserAgent},
		guard:  newGuard(o.AllowNetworks, o.AllowPorts),
		hosts:  newHosts(o.HostConcurrency, o.HostGap),
		memory: newBudget(o.Memory),
		coders: newCoders(),
		routes: map[string]*route{},
	}
	site, err := c.newRoute(o.Proxy)
	if err != nil {
		return nil, err
	}
	c.site = site
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

// Get asks for src once. It is conditional where v belongs to src.URL: v's
// validators are sent back as they came, to the address they came from alone
// (v.Final, where redirects led), and a body whose bytes as sent hash to v.BodyHash is not decoded.
//
// It waits for its turn at the host as long as ctx lets it; its deadline
// (src.Timeout, else Options.Timeout) starts after that. Every error is an *Error;
// where ctx was cancelled the error wraps the cause and says nothing of the source.
// The caller must Release the response.
func (c *Client) Get(ctx context.Context, src news.Source, v news.Visit) (*Response, error) {
	began := time.Now()
	r, err := c.get(ctx, &src, &v)
	if c.opts.Log.Enabled(ctx, slog.LevelDebug) {
		c.log(ctx, &src, r, err, time.Since(began))
	}
	return r, err
}

func (c *Client) get(ctx context.Context, src *news.Source, v *news.Visit) (*Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	e, err := c.newErrand(src, v, cancel)
	if err != nil {
		return nil, failure(ctx, src.URL, err)
	}
	for {
		r, location, err := c.hop(ctx, e)
		if err == nil && r != nil {
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

func (c *Client) log(ctx context.Context, src *news.Source, r *Response, err error, took time.Duration) {
	attrs := []slog.Attr{slog.String("source", string(src.ID)), slog.String("url", src.URL), slog.Duration("took", took)}
	if err != nil {
		attrs = append(attrs, slog.Any("err", err))
	} else {
		attrs = append(attrs, slog.Int("status", r.Status), slog.Bool("unchanged", r.Unchanged), slog.Int("bytes", len(r.Body)))
	}
	c.opts.Log.LogAttrs(ctx, slog.LevelDebug, "source fetched", attrs...)
}

// A Response is what a source answered.
type Response struct {
	Status      int  // 200 or 304
	NotModified bool // 304
	// Unchanged says that a 200 brought the bytes of the last visit again: Body is
	// nil, and nothing was decoded.
	Unchanged bool
	// Body is the body without its content coding; it counts against
	// Options.Memory until Release.
	Body []byte
	// BodyHash is the SHA-256 of the body as sent; zero with a 304.
	BodyHash    [32]byte
	ContentType string // as sent; "" with a 304 that does not repeat it
	FinalURL    string // what answered, after redirects; the base of links
	// ETag and LastModified are FinalURL's validators to keep, as sent; with a 304
	// that names none, those that were asked with.
	ETag, LastModified string
	// MaxAge is how long the answer says it is fresh for (Cache-Control max-age,
	// else Expires; RFC 9111 section 4.2.1), at most a year; 0 is unknown or not at
	// all.
	MaxAge time.Duration

	held grant // of Body
}

// Release gives the body's memory back to the budget and drops Body. It may be
// called more than once, and on a nil Response.
func (r *Response) Release() {
	if r == nil {
		return
	}
	r.Body = nil
	r.held.release()
}

// receive reads a 200.
func (c *Client) receive(ctx context.Context, e *errand, res *http.Response) (*Response, error) {
	codings, err := c.codings(res.Header["Content-Encoding"])
	if err != nil {
		return nil, err
	}
	r := e.response(res)
	r.held.budget = c.memory
	sent, err := c.readBody(ctx, e, &r.held, res)
	if err != nil {
		r.Release()
		return nil, err
	}
	r.BodyHash = sha256.Sum256(sent)
	if e.knows(r.BodyHash) {
		r.Unchanged = true
		r.Release()
		return r, nil
	}
	if r.Body, err = c.decode(ctx, e, &r.held, sent, codings); err != nil {
		r.Release()
		return nil, err
	}
	return r, nil
}
