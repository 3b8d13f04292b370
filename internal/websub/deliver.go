package websub

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/store"
)

// pushGap is the least time between two pushes of a source that are passed on.
const pushGap = time.Minute

// pushes are the valid pushes on their way to whoever visits the sources.
type pushes struct {
	rang  chan struct{}
	mu    sync.Mutex
	known map[news.SourceID]*push // guarded by mu
}

// A push is what is known of the valid pushes of one source.
type push struct {
	// token is that of the subscription, and strength the index of the strongest
	// method that its hub has signed with: who did so does not do worse.
	token    string
	strength int
	came     time.Time // the last one that is not passed on yet; zero: none
	told     time.Time // when one was last passed on, by a clock that is not set
}

func newPushes() *pushes {
	return &pushes{rang: make(chan struct{}, 1), known: map[news.SourceID]*push{}}
}

// add takes a push with a valid signature, unless it is weaker than an earlier one
// of the subscription.
func (p *pushes) add(r *record, strength int, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.known[r.Source]
	if k == nil {
		k = &push{}
		p.known[r.Source] = k
	}
	if k.token != r.Token {
		k.token, k.strength = r.Token, 0
	}
	if strength < k.strength {
		return false
	}
	k.strength, k.came = strength, now
	wake(p.rang)
	return true
}

// ripe takes the pushes that are to be passed on now, each with when it came, and
// says how long it is to the next one's time.
func (p *pushes) ripe(now time.Time) (ready map[news.SourceID]time.Time, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ready, wait = map[news.SourceID]time.Time{}, time.Hour
	for src, k := range p.known {
		if k.came.IsZero() {
			continue
		}
		if left := pushGap - now.Sub(k.told); left > 0 {
			wait = min(wait, left)
			continue
		}
		ready[src] = k.came
		k.came, k.told = time.Time{}, now
	}
	return ready, wait
}

// deliver passes pushes on until ctx is done. What comes within a minute of the last
// is passed on when the minute is over: it may be news.
func (s *Subscriber) deliver(ctx context.Context) error {
	for {
		ready, wait := s.pushes.ripe(time.Now())
		if err := s.note(ready); err != nil {
			s.log.Error("when pushes came is not stored", "err", err)
		}
		for _, src := range slices.Sorted(maps.Keys(ready)) {
			s.pushed(src)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-s.pushes.rang:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// note stores when pushes came.
func (s *Subscriber) note(came map[news.SourceID]time.Time) error {
	if len(came) == 0 {
		return nil
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	now := map[news.SourceID]news.Subscription{}
	err := s.store.Update(func(tx *store.Tx) error {
		for src, at := range came {
			sub, err := tx.Subscription(src)
			if err != nil {
				return err
			}
			if sub.Token == "" {
				continue // it has ended since
			}
			sub.Pushed = at.UTC().Truncate(time.Second)
			if err := tx.PutSubscription(sub); err != nil {
				return err
			}
			now[src] = sub
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note pushes: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sub := range now {
		if r, known := s.records[sub.Token]; known {
			r.Subscription = sub
			s.records[sub.Token] = r
		}
	}
	return nil
}
