package newsroom

import (
	"errors"
	"time"

	"rightswire/internal/health"
	"rightswire/internal/link"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

// A SourceView is how a source is doing, for its operator. Addresses of a private
// source are shown without what makes them private.
type SourceView struct {
	ID        news.SourceID  `json:"id"`
	Title     string         `json:"title"`
	URL       string         `json:"url,omitempty"`
	Private   bool           `json:"private,omitempty"`
	Home      string         `json:"home,omitempty"` // the feed's site, as the feed says
	Kind      news.Kind      `json:"kind,omitempty"`
	Org       string         `json:"org,omitempty"`
	Countries []news.Country `json:"countries,omitempty"`
	Review    news.Review    `json:"review"`
	Polled    bool           `json:"polled"`
	State     news.Health    `json:"state"`
	Since     time.Time      `json:"since,omitzero"` // it is in that state
	Why       string         `json:"why,omitempty"`
	Do        string         `json:"do,omitempty"` // what to do about it
	Last      time.Time      `json:"last,omitzero"`
	Next      time.Time      `json:"next,omitzero"`
	Visits    uint32         `json:"visits"`
	Failures  uint16         `json:"failures,omitempty"` // in a row
	Error     string         `json:"error,omitempty"`
	Failure   string         `json:"failure,omitempty"` // its kind
	// FailingSince is the first of those failures.
	FailingSince time.Time `json:"failing_since,omitzero"`
	// LastGood is the last visit that brought a new body.
	LastGood time.Time `json:"last_new_body,omitzero"`
	Newest   time.Time `json:"newest,omitzero"` // claimed date
	Items    int       `json:"items"`
	Repairs  []string  `json:"repairs,omitempty"`
	// Moved is the address that permanent redirects lead to, to be put into
	// feeds.yaml.
	Moved string `json:"moved_to,omitempty"`
	// HeldUntil is when the publisher allows the next request.
	HeldUntil time.Time `json:"held_until,omitzero"`
	// Hub is where the feed offers its changes to be pushed from (WebSub).
	Hub string `json:"hub,omitempty"`
	// PushedUntil is how long the hub has promised to push; HubRefused is why it
	// would not.
	PushedUntil time.Time `json:"pushed_until,omitzero"`
	HubRefused  string    `json:"hub_refused,omitempty"`
}

// Silent reports whether the source is polled and brings no news; of one that has
// not been reached yet nobody knows.
func (v *SourceView) Silent() bool { return silent(v.State) }

// Troubled reports whether the source wants its operator's attention: it is silent,
// cut short, or to be followed to another address.
func (v *SourceView) Troubled() bool {
	return v.Silent() || v.State == news.HealthMoved || v.State == news.HealthTruncated || v.HubRefused != ""
}

func silent(h news.Health) bool { return h != news.HealthOff && h != news.HealthNew && !h.Readable() }

// A SourceList is how all sources are doing.
type SourceList struct {
	Sources []SourceView `json:"sources"`
	// Config is what is wrong with feeds.yaml as it is now; the settings before
	// it are in force.
	Config string `json:"config_error,omitempty"`
}

// Sources tells how each source is doing, in the order of feeds.yaml.
func (n *Newsroom) Sources() (SourceList, error) {
	s := n.current.Load()
	now := time.Now()
	list := SourceList{Sources: []SourceView{}}
	if s.broken != nil {
		list.Config = s.broken.Error()
	}
	err := n.store.View(func(tx *store.Tx) error {
		for _, src := range s.config.Rules.Sources() {
			c, err := s.checkup(tx, &src.Source, now)
			if err != nil {
				return err
			}
			v, err := c.view(tx, now)
			if err != nil {
				return err
			}
			list.Sources = append(list.Sources, v)
		}
		return nil
	})
	return list, err
}

// A checkup is what the store knows of how a source is doing, and what that adds
// up to.
type checkup struct {
	*news.Source
	poll  news.Poll
	visit news.Visit
	health.Report
	// damaged is why the store cannot say; the report says so.
	damaged error
}

// checkup reads how a source is doing. A damaged record is the source's trouble,
// and no other's.
func (s *settings) checkup(tx *store.Tx, src *news.Source, now time.Time) (checkup, error) {
	c := checkup{Source: src}
	err := c.read(tx)
	if damaged, ok := errors.AsType[*store.DamagedError](err); ok {
		c.damaged = damaged
		c.Report = health.Report{State: news.HealthFailing, Why: damaged.Error(), Do: "run: rightswire verify"}
		return c, nil
	}
	c.Report = health.Assess(src, c.poll, &c.visit, s.plan.Bounds(src), now)
	return c, err
}

func (c *checkup) read(tx *store.Tx) (err error) {
	if c.poll, err = tx.Poll(c.ID); err != nil {
		return err
	}
	c.visit, err = tx.Visit(c.ID)
	return err
}

// view is the checkup as its operator sees it.
func (c *checkup) view(tx *store.Tx, now time.Time) (SourceView, error) {
	visit := &c.visit
	v := SourceView{
		ID: c.ID, Title: c.Title, URL: shown(c.Source, c.URL), Private: c.Private, Home: c.home(), Kind: c.Kind, Org: c.Org,
		Countries: c.Countries, Review: c.Review, Polled: c.Poll,
		State: c.State, Since: c.Since.UTC(), Why: c.Why, Do: c.Do,
		Last: c.poll.Last.UTC(), Visits: c.poll.Count, Failures: c.poll.Failures,
		Error: visit.Failure.Error, Failure: string(visit.Failure.Kind), FailingSince: visit.Failure.Since.UTC(),
		LastGood: visit.Good.UTC(), Newest: visit.Newest.UTC(), Repairs: visit.Repairs,
		Moved: shown(c.Source, visit.Moved.To), Hub: shown(c.Source, visit.Hub),
	}
	if c.damaged != nil {
		v.Error = c.damaged.Error()
		return v, nil
	}
	if c.Poll && !visit.Gone {
		v.Next = c.poll.Next.UTC()
	}
	if visit.RetryAfter.After(now) {
		v.HeldUntil = visit.RetryAfter.UTC()
	}
	push, err := tx.Subscription(c.ID)
	if damaged, ok := errors.AsType[*store.DamagedError](err); ok {
		push.Refused, err = damaged.Error(), nil
	}
	if err != nil {
		return v, err
	}
	if push.Active(now) {
		v.PushedUntil = push.Expires.UTC()
	}
	v.HubRefused = push.Refused
	v.Items, err = tx.Count(c.ID)
	return v, err
}

// shown is an address of a source as its operator's screen may show it.
func shown(src *news.Source, address string) string {
	if src.Private && address != "" {
		return link.Redact(address)
	}
	return address
}

// home is the address of the source's site, where the feed names one that may be
// linked to: what it claims is a stranger's word, and may hold a key of ours.
func (c *checkup) home() string {
	u, err := link.Source(c.visit.Home)
	if err != nil || link.HasSecret(u) {
		return ""
	}
	return u
}

// Home returns the address of a source's site, as its feed names it; "" where it
// names none.
func (n *Newsroom) Home(id news.SourceID) (string, error) {
	c := checkup{Source: &news.Source{ID: id}}
	err := n.store.View(c.read)
	if damaged, ok := errors.AsType[*store.DamagedError](err); ok {
		n.log.Error("source's site not shown", "source", id, "err", damaged)
		return "", nil
	}
	return c.home(), err
}
