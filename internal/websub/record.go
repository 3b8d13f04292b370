package websub

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/store"
)

// A record is a Subscription as it is stored, beside what is wanted now. Its source
// alone is set where there is none.
type record struct {
	news.Subscription
	wish wish
	// here says that the callback is below the address that callbacks have now.
	here bool
}

// errNone is for a callback that is nobody's any more.
var errNone = errors.New("no such subscription")

// survey reads what is subscribed and what is wanted, and answers callbacks by it
// from then on.
func (s *Subscriber) survey(p *Plan) ([]record, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	var records []record
	err := s.store.View(func(tx *store.Tx) (err error) {
		records, err = p.survey(tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read subscriptions: %w", err)
	}
	known := map[string]record{}
	for _, r := range records {
		if r.Token != "" {
			known[r.Token] = r
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records = known
	return records, nil
}

// survey returns a record of each source of the plan that wants or has a
// subscription, and of each subscription whose source has left.
func (p *Plan) survey(tx *store.Tx) ([]record, error) {
	list, err := tx.Subscriptions()
	if err != nil {
		return nil, err
	}
	subs := make(map[news.SourceID]news.Subscription, len(list))
	for _, sub := range list {
		subs[sub.Source] = sub
	}
	var records []record
	add := func(sub news.Subscription, w wish) {
		if sub.Token != "" || w != (wish{}) {
			records = append(records, record{sub, w, strings.HasSuffix(sub.Token, tokenEnd(p.Base))})
		}
	}
	for i := range p.Sources {
		src := &p.Sources[i]
		sub := subs[src.ID]
		delete(subs, src.ID)
		sub.Source = src.ID
		w, err := p.wish(tx, src)
		if _, damaged := errors.AsType[*store.DamagedError](err); damaged {
			w = wish{sub.Hub, sub.Topic} // what it wants is not known before its next visit
		} else if err != nil {
			return nil, err
		}
		add(sub, w)
	}
	for _, sub := range subs {
		add(sub, wish{})
	}
	return records, nil
}

// find returns what stands behind a callback; ready is false as long as nobody
// knows.
func (s *Subscriber) find(token string) (r record, found, ready bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, found = s.records[token]
	return r, found, s.records != nil
}

// change edits the record behind a callback and stores it where edit returns true.
// edit sees it as it is, and nobody else changes it meanwhile. The error is errNone
// where there is none.
func (s *Subscriber) change(token string, edit func(*record) bool) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	r, found, _ := s.find(token)
	if !found {
		return errNone
	}
	if !edit(&r) {
		return nil
	}
	return s.keep(r, token)
}

// keep stores r in place of what stood behind the callback old. The caller holds
// changing.
func (s *Subscriber) keep(r record, old string) error {
	err := s.store.Update(func(tx *store.Tx) error { return tx.PutSubscription(r.Subscription) })
	if err != nil {
		return fmt.Errorf("store the subscription of %s: %w", r.Source, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.records, old)
	s.records[r.Token] = r
	return nil
}

// forget removes a subscription that has ended.
func (s *Subscriber) forget(r record) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	err := s.store.Update(func(tx *store.Tx) error { return tx.RemoveSubscription(r.Source) })
	if err != nil {
		return fmt.Errorf("remove the subscription of %s: %w", r.Source, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.records, r.Token)
	return nil
}

// grant takes the hub's promise to push for the length of lease, and reports
// whether that is news. A hub may ask again at any time whether we still want to
// be told; only what moves the end of the lease is worth a commit.
func (r *record) grant(now time.Time, lease time.Duration) bool {
	now = now.UTC().Truncate(time.Second)
	granted := r.Expires.Add(-r.Lease)
	asked := r.Expires.IsZero() || granted.Before(r.Asked) || granted.After(now)
	if !asked && now.Add(lease).Sub(r.Expires) < askGap {
		return false
	}
	r.Expires, r.Lease, r.Failures = now.Add(lease), lease, 0
	return true
}

// end notes that the hub pushes no more, and reports whether that is news.
func (r *record) end() bool {
	if r.Expires.IsZero() {
		return false
	}
	r.Expires, r.Lease, r.Failures = time.Time{}, 0, 0
	return true
}

// deny notes that the hub said no, and reports whether that is news. It is as if it
// had been asked just now: it may say no long after it said yes, and is left alone
// from then on.
func (r *record) deny(now time.Time, why string) bool {
	if r.Refused != "" {
		return false
	}
	r.Asked, r.Expires, r.Lease, r.Refused = now.UTC().Truncate(time.Second), time.Time{}, 0, why
	return true
}
