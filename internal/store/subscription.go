package store

import (
	"encoding/binary"
	"errors"
	"time"

	"rightswire/internal/news"
)

// Subscription returns how a source's hub was asked to push, the zero Subscription
// where it was not.
func (tx *Tx) Subscription(src news.SourceID) (news.Subscription, error) {
	n, err := tx.number(src)
	if n == 0 || err != nil {
		return news.Subscription{}, err
	}
	key := numberKey(n)
	sealed, err := tx.raw(bSubscriptions, key)
	if err != nil || sealed == nil {
		return news.Subscription{}, err
	}
	return tx.openSubscription(key, sealed)
}

// Subscriptions returns every subscription there is, in the order in which the
// store met their sources, each under the name its source has now; also those of
// sources that feeds.yaml no longer has. One whose record is damaged is left out
// and reported to the log.
func (tx *Tx) Subscriptions() ([]news.Subscription, error) {
	var list []news.Subscription
	err := tx.scan(bSubscriptions, nil, func(key, sealed []byte) error {
		s, err := tx.openSubscription(key, sealed)
		if damaged, ok := errors.AsType[*DamagedError](err); ok {
			tx.store.report(damaged)
			return nil
		} else if err != nil {
			return err
		}
		list = append(list, s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// PutSubscription stores a source's subscription in place of the one it had. Its
// Key is stored as it is: no push could be verified without it. Where it is the
// stored one nothing is written.
func (tx *Tx) PutSubscription(s news.Subscription) error {
	n, err := tx.numbered(s.Source)
	if err != nil {
		return err
	}
	return tx.putChanged(bSubscriptions, numberKey(n), appendSubscription(newRecord(256), &s))
}

// RemoveSubscription deletes a source's subscription, if there is one.
func (tx *Tx) RemoveSubscription(src news.SourceID) error {
	n, err := tx.number(src)
	if n == 0 || err != nil {
		return err
	}
	return tx.remove(bSubscriptions, numberKey(n))
}

func (tx *Tx) openSubscription(key, sealed []byte) (news.Subscription, error) {
	rec, err := unseal(bSubscriptions, key, sealed)
	if err != nil {
		return news.Subscription{}, err
	}
	r := reader{rest: string(rec)}
	s := r.subscription()
	if r.bad {
		return news.Subscription{}, damagedRecord(bSubscriptions, key, errWire.Error())
	}
	src, err := tx.source(binary.BigEndian.Uint32(key))
	if err != nil {
		return news.Subscription{}, err
	}
	s.Source = src.current
	return s, nil
}

// appendSubscription writes a subscription but for its source, whose number its key
// is.
func appendSubscription(b []byte, s *news.Subscription) []byte {
	b = appendString(b, s.Hub)
	b = appendString(b, s.Topic)
	b = appendString(b, s.Token)
	b = appendString(b, s.Key.Reveal())
	b = appendTime(b, s.Asked)
	b = appendTime(b, s.Expires)
	b = binary.AppendVarint(b, int64(s.Lease))
	b = binary.AppendVarint(b, int64(s.Failures))
	b = appendString(b, s.Refused)
	return appendTime(b, s.Pushed)
}

// subscription is appendSubscription's inverse.
func (r *reader) subscription() news.Subscription {
	return news.Subscription{
		Hub:      r.string(),
		Topic:    r.string(),
		Token:    r.string(),
		Key:      news.Secret(r.string()),
		Asked:    r.time(),
		Expires:  r.time(),
		Lease:    time.Duration(r.int()),
		Failures: int(r.int()),
		Refused:  r.string(),
		Pushed:   r.time(),
	}
}

// subscriptions checks that every subscription is of a source that is there, and
// that no two share a callback.
func (c *check) subscriptions() error {
	owner := map[string]news.SourceID{}
	return c.scan(bSubscriptions, nil, func(key, sealed []byte) error {
		s, err := c.openSubscription(key, sealed)
		if err != nil {
			return c.note(err)
		}
		if other, taken := owner[s.Token]; taken && s.Token != "" {
			c.report.problem("sources %s and %s share a callback", other, s.Source)
		}
		owner[s.Token] = s.Source
		return nil
	})
}
