// Package websub has publishers' hubs push: it is a WebSub subscriber (W3C
// Recommendation of 23 January 2018). Where a feed names a hub, it asks that hub to
// be told of changes, keeps the lease alive, and answers the hub at a callback that
// nobody can guess.
//
// Invariant: nothing that a hub sends is used. A push that the hub has signed with
// the key it was given causes an ordinary visit of the source, at most one a minute;
// any other push causes nothing. A hub is asked at most once an hour for a source,
// whatever feed or hub say, and is never told a private address. What was asked for
// is stored before it is asked, and a promise of the hub before it is confirmed.
//
// It leaves to others to find hub and topic (news.Visit), to visit, and to poll on
// as the safety net: a hub may fall silent at any time.
package websub

import (
	"context"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/fetch"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

const (
	// lookEvery is the longest that a hub newly found, a lease about to end or a
	// changed clock goes unnoticed.
	lookEvery = time.Minute
	// asksAtOnce bounds the hubs that are asked at a time, so that one that never
	// answers does not hold up the others.
	asksAtOnce = 8
)

// Options are what a Subscriber works with; none may be left out.
type Options struct {
	Store *store.Store
	// Pushed is told of a source whose hub says that it has changed, at most once a
	// minute a source, after Subscription.Pushed is stored. It must not wait for the
	// visit: the next push of any source waits for it to return.
	Pushed func(news.SourceID)
	Log    *slog.Logger
}

// A Plan is what feeds.yaml says about being pushed. It is swapped whole.
type Plan struct {
	Client  *fetch.Client
	Sources []news.Source
	// Base is the public address below which the callbacks live; it ends with a
	// slash.
	Base string
	// On has hubs asked to push. Without it those that do are asked to stop.
	On bool
}

// A Subscriber keeps the subscriptions of the sources. Its methods may be called at
// once from many goroutines.
type Subscriber struct {
	store  *store.Store
	log    *slog.Logger
	pushed func(news.SourceID)
	// post asks a hub; tests put another in its place.
	post func(*fetch.Client, context.Context, string, url.Values) (int, error)

	plan   atomic.Pointer[Plan] // nil before the first Follow
	woken  chan struct{}
	pushes *pushes

	// changing is held by whoever changes a stored subscription, so that each change
	// begins with what the one before it left. It may be held for as long as a commit
	// takes; mu, which is taken after it, never is.
	changing sync.Mutex
	mu       sync.Mutex
	records  map[string]record // by token, as stored; nil before the first look; guarded by mu
}

// New returns a Subscriber, which does nothing before it is told what to Follow.
func New(o Options) *Subscriber {
	return &Subscriber{
		store:  o.Store,
		log:    o.Log,
		pushed: o.Pushed,
		post:   (*fetch.Client).Post,
		woken:  make(chan struct{}, 1),
		pushes: newPushes(),
	}
}

// Follow swaps the plan. What it takes up or gives up is asked for at once.
func (s *Subscriber) Follow(p Plan) {
	s.plan.Store(&p)
	wake(s.woken)
}

// wake makes whoever waits for c look again.
func wake(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is about to
	}
}

// Run keeps the subscriptions and tells of pushes until ctx is done.
func (s *Subscriber) Run(ctx context.Context) error {
	var g errgroup.Group
	g.Go(func() error { return s.deliver(ctx) })
	g.Go(func() error { return s.tend(ctx) })
	return g.Wait()
}

// tend looks every minute, and when woken, at what the hubs are to be asked.
func (s *Subscriber) tend(ctx context.Context) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		if err := s.look(ctx); err != nil {
			s.log.Error("subscriptions not kept for now", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.woken:
		case <-ticker.C:
		}
	}
}

// look takes stock and asks the hubs what is due. Its error is the store's; what
// hubs answer is logged.
func (s *Subscriber) look(ctx context.Context) error {
	p := s.plan.Load()
	if p == nil {
		return nil
	}
	records, err := s.survey(p)
	if err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(asksAtOnce)
	now := time.Now()
	for _, r := range records {
		if ctx.Err() != nil {
			break
		}
		switch r.next(now) {
		case subscribe:
			g.Go(func() error { return s.ask(ctx, p, r, subscribe) })
		case unsubscribe:
			g.Go(func() error { return s.ask(ctx, p, r, unsubscribe) })
		case forget:
			g.Go(func() error { return s.forget(r) })
		}
	}
	return g.Wait()
}
