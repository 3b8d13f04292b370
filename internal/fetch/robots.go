package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/temoto/robotstxt"

	"rightswire/internal/news"
)

const (
	// maxRobots is how much of a robots.txt is read, in bytes: the least that RFC
	// 9309 section 2.5 allows.
	maxRobots = 500 << 10
	// maxRules bounds what of it is kept for us, in bytes, and maxWildcards the "*" in
	// that: matching takes time with each of them.
	maxRules     = 32 << 10
	maxWildcards = 500
	// maxRobotsHosts is how many hosts' rules are remembered.
	maxRobotsHosts = 512
	// robotsFresh is how long rules are good for (RFC 9309 section 2.4), and
	// robotsRetry how long a host that could not be asked is left alone.
	robotsFresh = 24 * time.Hour
	robotsRetry = time.Hour
)

// errRobots refuses what robots.txt does not allow.
var errRobots = errors.New("robots.txt does not allow it")

var acceptRobots = []string{"text/plain, */*;q=0.5"}

// robots remembers what each origin asks of robots (RFC 9309).
type robots struct {
	mu    sync.Mutex
	table map[string]*rules // by origin; guarded by mu
}

// rules are those of one origin.
type rules struct {
	added time.Time // to the table; guarded by robots.mu
	// turn is full while somebody reads or asks; whoever filled it owns the rest.
	turn  chan struct{}
	until time.Time // good until then; zero: never asked
	text  string    // the groups that may speak to us
	err   *Error    // why nobody could ask; nil: text counts
}

// at returns the rules of an origin, new ones where it is unknown.
func (r *robots) at(origin string) *rules {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.table[origin]; ok {
		return known
	}
	if len(r.table) >= maxRobotsHosts {
		r.forgetOldest()
	}
	fresh := &rules{added: now, turn: make(chan struct{}, 1)}
	r.table[origin] = fresh
	return fresh
}

// forgetOldest drops one origin. The caller holds mu.
func (r *robots) forgetOldest() {
	var oldest string
	for origin, known := range r.table {
		if oldest == "" || known.added.Before(r.table[oldest].added) {
			oldest = origin
		}
	}
	delete(r.table, oldest)
}

// heed asks the robots.txt of where the errand has got to whether it may go there.
// Where that cannot be asked, the answer is no (RFC 9309 section 2.3.1.4).
func (c *Client) heed(ctx context.Context, e *errand) error {
	if err := e.route.admit(e.url); err != nil {
		return err
	}
	origin := e.url.Scheme + "://" + e.url.Host
	known := c.robots.at(origin)
	select {
	case known.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-known.turn }()
	if !time.Now().Before(known.until) {
		if err := c.askRobots(ctx, e, origin, known); err != nil {
			return err
		}
	}
	if known.err != nil {
		again := *known.err // whoever gets it completes it
		return &again
	}
	if !allows(known.text, c.opts.UserAgent, e.url) {
		return fail(news.FailRefused, fmt.Errorf("%w (%s)", errRobots, e.url.Host))
	}
	return nil
}

// askRobots fetches the rules of an origin. The error is that of a ctx that is
// done.
func (c *Client) askRobots(ctx context.Context, e *errand, origin string, known *rules) error {
	src := &news.Source{ID: e.src.ID, UserAgent: e.src.UserAgent, Timeout: e.src.Timeout, Proxy: e.src.Proxy}
	began := time.Now()
	res, err := c.run(ctx, src, origin+"/robots.txt", func(e *errand) {
		e.accept, e.most, e.cut = acceptRobots, maxRobots, true
	})
	c.log(ctx, "robots.txt fetched", src, origin+"/robots.txt", res, err, began)
	if ctx.Err() != nil {
		res.Release()
		return context.Cause(ctx)
	}
	known.text, known.err, known.until = "", nil, time.Now().Add(robotsFresh)
	if f, ok := errors.AsType[*Error](err); ok && !unavailable(f) {
		known.err = &Error{Kind: f.Kind, Status: f.Status, RetryAfter: f.RetryAfter, Err: fmt.Errorf("robots.txt cannot be read: %w", f.Err)}
		known.until = time.Now().Add(max(robotsRetry, f.RetryAfter))
	} else if err == nil {
		known.text = rulesFor(c.opts.UserAgent, res.Body)
	}
	res.Release()
	return nil
}

// unavailable reports whether a failure means that there are no rules: a status
// 4xx, or redirects that lead nowhere (RFC 9309 sections 2.3.1.2 and 2.3.1.3). One
// that says "too many requests" is no answer.
func unavailable(f *Error) bool {
	return f.Kind == news.FailRedirect || f.Status/100 == 4 && f.Status != http.StatusTooManyRequests
}

// allows reports whether rules let agent fetch u.
func allows(text, agent string, u *url.URL) bool {
	path := u.EscapedPath()
	if text == "" || path == "/robots.txt" {
		return true
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	data, err := robotstxt.FromString(text)
	if err != nil {
		return false // rulesFor leaves nothing that the library refuses
	}
	return data.TestAgent(path, agent)
}

// rulesFor picks from a robots.txt the groups that may speak to agent, in the
// plainest form: the library refuses a whole file for one line that it doesn't
// understand, and keeps all of it.
func rulesFor(agent string, body []byte) string {
	agent = strings.ToLower(agent)
	var kept strings.Builder
	ours, naming, wildcards := false, false, 0
	for line := range bytes.FieldsFuncSeq(body, func(r rune) bool { return r == '\n' || r == '\r' }) {
		name, value := directive(string(line))
		if kept.Len()+len(name)+len(value) > maxRules {
			break
		}
		switch name {
		case "user-agent", "useragent":
			name, value = "user-agent", strings.ToLower(value)
			ours = naming && ours || value == "*" || value != "" && strings.HasPrefix(agent, value)
			naming = true
		case "allow", "disallow":
			naming = false
		case "crawl-delay": // no rule, but it ends the list of names
			naming, name, value = false, "disallow", ""
		default:
			continue
		}
		if name != "user-agent" {
			wildcards += strings.Count(value, "*")
		}
		if ours && (wildcards <= maxWildcards || !strings.Contains(value, "*")) {
			kept.WriteString(name + ": " + value + "\n")
		}
	}
	return kept.String()
}

// directive reads "name: value # comment". The value is one word of ASCII, as in a
// URL.
func directive(line string) (name, value string) {
	line, _, _ = strings.Cut(strings.TrimPrefix(line, "\ufeff"), "#")
	name, value, _ = strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	if end := strings.IndexAny(value, " \t\v\f"); end >= 0 {
		value = value[:end]
	}
	return strings.ToLower(strings.TrimSpace(name)), escaped(value)
}

// escaped percent-encodes what is not ASCII (RFC 9309 section 2.2.2).
func escaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] < 0x80 {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}
