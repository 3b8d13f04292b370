package newsroom

import (
	"cmp"
	"errors"
	"path/filepath"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/store"
)

// A SourceView is how a source is doing.
type SourceView struct {
	ID       news.SourceID `json:"id"`
	Title    string        `json:"title"`
	URL      string        `json:"url,omitempty"`
	Kind     news.Kind     `json:"kind,omitempty"`
	Org      string        `json:"org,omitempty"`
	Review   news.Review   `json:"review"`
	Polled   bool          `json:"polled"`
	State    string        `json:"state"` // ok, failing, silent, gone, new, not polled
	Last     time.Time     `json:"last,omitzero"`
	Next     time.Time     `json:"next,omitzero"`
	Visits   uint32        `json:"visits"`
	Failures uint16        `json:"failures,omitempty"` // in a row
	Error    string        `json:"error,omitempty"`
	Failure  string        `json:"failure,omitempty"` // its kind
	Since    time.Time     `json:"failing_since,omitzero"`
	Good     time.Time     `json:"last_new_body,omitzero"`
	Newest   time.Time     `json:"newest,omitzero"` // claimed date
	Items    int           `json:"items"`
	Repairs  []string      `json:"repairs,omitempty"`
	// HeldUntil is when the publisher allows the next request.
	HeldUntil time.Time `json:"held_until,omitzero"`
}

// A SourceList is how all sources are doing.
type SourceList struct {
	Sources []SourceView `json:"sources"`
	// Config is what is wrong with feeds.yaml as it is now; the settings before
	// it are in force.
	Config string `json:"config_error,omitempty"`
}

// The states of a source.
const (
	sourceOK        = "ok"
	sourceFailing   = "failing"
	sourceSilent    = "silent"
	sourceGone      = "gone"
	sourceNew       = "new"
	sourceNotPolled = "not polled"
)

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
			v, err := sourceView(tx, &src.Source, now)
			if err != nil {
				return err
			}
			list.Sources = append(list.Sources, v)
		}
		return nil
	})
	return list, err
}

func sourceView(tx *store.Tx, src *news.Source, now time.Time) (SourceView, error) {
	v := SourceView{
		ID: src.ID, Title: src.Title, URL: src.URL, Kind: src.Kind, Org: src.Org, Review: src.Review,
		Polled: src.Poll && src.ID != news.DeskSource,
	}
	poll, err := tx.Poll(src.ID)
	if err != nil {
		return v.unreadable(err)
	}
	visit, err := tx.Visit(src.ID)
	if err != nil {
		return v.unreadable(err)
	}
	v.Items, err = tx.Count(src.ID)
	v.Last, v.Visits, v.Failures = poll.Last.UTC(), poll.Count, poll.Failures
	if v.Polled && !visit.Gone {
		v.Next = poll.Next.UTC()
	}
	v.Error, v.Failure, v.Since = visit.Failure.Error, string(visit.Failure.Kind), visit.Failure.Since.UTC()
	v.Good, v.Newest, v.Repairs = visit.Good.UTC(), visit.Newest.UTC(), visit.Repairs
	if visit.RetryAfter.After(now) {
		v.HeldUntil = visit.RetryAfter.UTC()
	}
	v.State = sourceState(src, poll, visit, now)
	return v, err
}

// unreadable shows a damaged record as the source's trouble, and no other's.
func (v SourceView) unreadable(err error) (SourceView, error) {
	damaged, ok := errors.AsType[*store.DamagedError](err)
	if !ok {
		return v, err
	}
	v.State, v.Error = sourceFailing, damaged.Error()
	return v, nil
}

func sourceState(src *news.Source, poll news.Poll, visit news.Visit, now time.Time) string {
	latest := cmp.Or(visit.Newest, visit.Good)
	switch {
	case !src.Poll || src.ID == news.DeskSource:
		return sourceNotPolled
	case visit.Gone:
		return sourceGone
	case visit.Failure.Kind != "":
		return sourceFailing
	case poll.Last.IsZero():
		return sourceNew
	case src.ExpectEvery > 0 && !latest.IsZero() && now.Sub(latest) > src.ExpectEvery:
		return sourceSilent
	}
	return sourceOK
}

// A StatusView is how the newsroom as a whole is doing.
type StatusView struct {
	Version  string    `json:"version"`
	Daemon   bool      `json:"daemon"`
	Config   string    `json:"config"`
	Data     string    `json:"data"`
	Started  time.Time `json:"started"`
	Sources  int       `json:"sources"`
	Failing  int       `json:"failing"`
	Silent   int       `json:"silent"`
	Gone     int       `json:"gone"`
	Channels int       `json:"channels"`
	Items    uint64    `json:"items"`
	// Waiting is how many items wait for a curator; WaitingMore: and further ones.
	Waiting     int  `json:"waiting"`
	WaitingMore bool `json:"waiting_more,omitempty"`
	// Bytes of the store, free on its disk, and what it grows by in a month.
	Bytes    int64 `json:"bytes"`
	Free     int64 `json:"free"`
	PerMonth int64 `json:"per_month"`
	// ConfigError is what is wrong with feeds.yaml as it is now.
	ConfigError string `json:"config_error,omitempty"`
}

// Status tells how the newsroom is doing.
func (n *Newsroom) Status() (StatusView, error) {
	s := n.current.Load()
	path, err := filepath.Abs(s.config.Path)
	if err != nil {
		return StatusView{}, err
	}
	v := StatusView{
		Version: n.version, Daemon: n.daemon, Config: path, Data: s.config.Data, Started: n.started.UTC(),
		Channels: len(s.config.Channels),
	}
	list, err := n.Sources()
	if err != nil {
		return v, err
	}
	v.ConfigError = list.Config
	for _, src := range list.Sources {
		if src.ID == news.DeskSource {
			continue
		}
		v.Sources++
		switch src.State {
		case sourceFailing:
			v.Failing++
		case sourceSilent:
			v.Silent++
		case sourceGone:
			v.Gone++
		}
	}
	size, err := n.store.Size()
	if err != nil {
		return v, err
	}
	v.Items, v.Bytes, v.Free, v.PerMonth = size.Items, size.Bytes, size.Free, size.PerMonth
	page, err := n.Items(Query{Review: true})
	v.Waiting, v.WaitingMore = len(page.Items), page.Next != nil
	return v, err
}
