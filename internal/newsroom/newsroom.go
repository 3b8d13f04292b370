// Package newsroom is the one door to live data: refreshing, looking, deciding
// and looking after the store are its methods, the same whether a daemon, a
// command or a page calls them. It owns the store, the collector and the rules,
// swaps the rules whole when feeds.yaml changes, and answers in views that can
// be written as JSON.
package newsroom

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/config"
	"rightswire/internal/edition"
	"rightswire/internal/fetch"
	"rightswire/internal/ingest"
	"rightswire/internal/news"
	"rightswire/internal/store"
	"rightswire/internal/websub"
)

// What cannot be shown.
var (
	// ErrNotFound says that there is no such item, place or source.
	ErrNotFound = edition.ErrNone
	// ErrGone says that there was one and that it is not shown any more.
	ErrGone = edition.ErrGone
)

// Options are what a newsroom is told by its command.
type Options struct {
	Version string // in the User-Agent
	Log     *slog.Logger
	// Daemon says that this newsroom goes on by itself: it polls and looks after
	// its store. A command's newsroom does only what it is asked.
	Daemon bool
	// Wait is how long to wait for another holder of the store.
	Wait time.Duration
	// Check verifies a store file that nobody has open, in a process of its own:
	// a damaged file can kill whoever reads it.
	Check func(path string) error
}

// A Newsroom is the live data of one site and everything that may be done to it.
// Its methods may be called from many goroutines.
type Newsroom struct {
	store   *store.Store
	ingest  *ingest.Ingest
	version string

	subscriber *websub.Subscriber
	pushes     chan news.SourceID // sources that hubs have news of
	unheard    chan struct{}      // once nobody follows them any more

	log     *slog.Logger
	check   func(path string) error
	daemon  bool
	started time.Time

	// generation rises with every change of what is public.
	generation atomic.Uint64
	meter      meter
	current    atomic.Pointer[settings]

	reloading sync.Mutex
	// loaded is the stamp of feeds.yaml as it was last read, with the further files
	// it names; guarded by reloading, both.
	loaded string
	files  []string
}

// settings are one valid feeds.yaml and what is made of it.
type settings struct {
	config *config.Config
	desk   *edition.Desk
	plan   *ingest.Plan
	client *fetch.Client
	// broken is why the file as it is now could not be taken.
	broken error
}

// Open opens the store of cfg and returns its newsroom. Run must run for
// anything to be fetched.
func Open(cfg *config.Config, o Options) (*Newsroom, error) {
	n := &Newsroom{
		version: o.Version, log: o.Log, check: o.Check, daemon: o.Daemon, started: time.Now(),
		pushes: make(chan news.SourceID), unheard: make(chan struct{}),
	}
	st, err := store.Open(cfg.Data, store.Options{SiteID: cfg.Site.ID, Timeout: o.Wait, Log: o.Log})
	if err != nil {
		return nil, err
	}
	n.store = st
	s, err := n.settle(cfg)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	n.current.Store(s)
	n.files = cfg.Files
	n.loaded = stampOf(cfg.Path) + stampOf(n.files...)
	n.ingest = ingest.New(st, s.plan, ingest.Hooks{Changed: n.changed, Visited: n.visited}, o.Log)
	n.subscriber = websub.New(websub.Options{Store: st, Pushed: n.pushed, Log: o.Log})
	n.subscribe(cfg, s.client)
	return n, nil
}

// Close closes the store. Run must have returned.
func (n *Newsroom) Close() error {
	n.current.Load().client.Close()
	return n.store.Close()
}

// Run collects until ctx is done; a daemon's also polls and keeps the store.
func (n *Newsroom) Run(ctx context.Context) error {
	var g errgroup.Group
	g.Go(func() error { return n.ingest.Run(ctx) })
	if n.daemon {
		g.Go(func() error { return n.keep(ctx) })
		g.Go(func() error { return n.subscriber.Run(ctx) })
		g.Go(func() error { return n.followPushes(ctx) })
	}
	return g.Wait()
}

// changed is told of every commit that changed items.
func (n *Newsroom) changed(ingest.Change) { n.generation.Add(1) }

// settle makes settings of a configuration and records what it defines.
func (n *Newsroom) settle(cfg *config.Config) (*settings, error) {
	client, err := newClient(cfg, n.version, n.log)
	if err != nil {
		return nil, err
	}
	s := &settings{
		config: cfg,
		client: client,
		desk:   &edition.Desk{Store: n.store, Rules: cfg.Rules, Vocabulary: cfg.Vocabulary, Log: n.log},
		plan: &ingest.Plan{
			Rules:       cfg.Rules,
			Vocabulary:  cfg.Vocabulary,
			Client:      client,
			Interval:    cfg.Fetch.Interval,
			Concurrency: cfg.Fetch.Concurrency,
			Scheduler:   cfg.Fetch.Scheduler && n.daemon,
		},
	}
	err = n.define(cfg)
	if errors.Is(err, store.ErrReadOnly) || errors.Is(err, store.ErrSpace) {
		n.log.Warn("definitions not recorded", "err", err)
		err = nil
	}
	return s, err
}

func newClient(cfg *config.Config, version string, log *slog.Logger) (*fetch.Client, error) {
	return fetch.New(fetch.Options{
		UserAgent:       userAgent(version, cfg.Site),
		Timeout:         cfg.Fetch.Timeout,
		MaxBody:         cfg.Fetch.MaxBody,
		Memory:          cfg.Fetch.Memory,
		HostConcurrency: cfg.Fetch.HostConcurrency,
		HostGap:         cfg.Fetch.HostGap,
		AllowNetworks:   cfg.Fetch.AllowNetworks,
		AllowPorts:      cfg.Fetch.AllowPorts,
		Own:             slices.Concat(cfg.Server.Listen, cfg.Server.Desk, []string{cfg.Site.URL}),
		Proxy:           cfg.Fetch.Proxy,
		Log:             log,
	})
}

func userAgent(version string, site news.Site) string {
	agent := "Rightswire/" + version + " (+" + site.URL
	if site.Contact != "" {
		agent += "; " + site.Contact
	}
	return agent + ")"
}

// Site returns the site as its readers see it.
func (n *Newsroom) Site() news.Site { return n.current.Load().config.Site }

// Config returns the configuration in force.
func (n *Newsroom) Config() *config.Config { return n.current.Load().config }

// Generation rises with every change of what is public: as long as it stays,
// an Edition stays until it expires.
func (n *Newsroom) Generation() uint64 { return n.generation.Load() }

// Reads returns how often the store was read; serving from memory adds nothing.
func (n *Newsroom) Reads() uint64 { return n.store.Reads() }

// Edition returns what a place shows now; ErrNotFound or ErrGone where it shows
// nothing.
func (n *Newsroom) Edition(p news.Place) (*news.Edition, error) {
	return n.current.Load().desk.At(p, time.Now())
}

// Piece returns an item as its own page shows it now; ErrNotFound or ErrGone.
func (n *Newsroom) Piece(id news.ItemID) (*news.Piece, error) {
	return n.current.Load().desk.Piece(id, time.Now())
}

// A Directory lists what there is to subscribe to.
type Directory struct {
	Channels []news.Channel
	Sources  []news.Source
}

// Directory returns the channels and sources in the order of feeds.yaml.
func (n *Newsroom) Directory() Directory {
	var d Directory
	rules := n.current.Load().config.Rules
	for _, c := range rules.Channels() {
		d.Channels = append(d.Channels, c.Channel)
	}
	for _, s := range rules.Sources() {
		d.Sources = append(d.Sources, s.Source)
	}
	return d
}

// A BadRequestError is a request that makes no sense; Hint says what would.
type BadRequestError struct {
	Msg, Hint string
}

// Error says what is wrong with the request.
func (e *BadRequestError) Error() string { return e.Msg }

func badRequest(hint, format string, args ...any) error {
	return &BadRequestError{Msg: fmt.Sprintf(format, args...), Hint: hint}
}
