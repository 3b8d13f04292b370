package newsroom

import (
	"path/filepath"
	"time"

	"rightswire/internal/news"
)

// A StatusView is how the newsroom as a whole is doing.
type StatusView struct {
	Version string    `json:"version"`
	Daemon  bool      `json:"daemon"`
	Config  string    `json:"config"`
	Data    string    `json:"data"`
	Started time.Time `json:"started"`
	Sources int       `json:"sources"`
	// States counts the sources by their state; a state that none is in is left out.
	States map[news.Health]int `json:"states"`
	// Silent sources are past their rhythm (frozen, overdue), gone ones say so, and
	// failing ones bring no news for any other reason.
	Failing  int    `json:"failing"`
	Silent   int    `json:"silent"`
	Gone     int    `json:"gone"`
	Channels int    `json:"channels"`
	Items    uint64 `json:"items"`
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
		Channels: len(s.config.Channels), States: map[news.Health]int{},
	}
	list, err := n.Sources()
	if err != nil {
		return v, err
	}
	v.ConfigError = list.Config
	for i := range list.Sources {
		v.count(&list.Sources[i])
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

func (v *StatusView) count(src *SourceView) {
	if src.ID == news.DeskSource {
		return
	}
	v.Sources++
	v.States[src.State]++
	switch {
	case src.State == news.HealthOverdue, src.State == news.HealthFrozen:
		v.Silent++
	case src.State == news.HealthGone:
		v.Gone++
	case src.Silent():
		v.Failing++
	}
}
