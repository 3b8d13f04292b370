package store

import (
	"time"

	"rightswire/internal/news"
)

// Expire deletes the bodies of at most limit items that were first seen before that
// time and for which unpublished says yes. The items stay, marked as Expired, with
// their ids, hashes and decisions, so that none returns as new. It returns how
// many items it expired; fewer than limit: there are no more.
//
// A time that only a clock gone astray makes long ago counts for nothing: before
// moves back by as much as the clock is ahead of what the store believes.
func (tx *Tx) Expire(before time.Time, limit int, unpublished func(*news.Item) bool) (int, error) {
	s := tx.store
	now := time.Now()
	before = before.Add(s.trusted(now).Sub(now))
	old, err := tx.olderThan(s.expireFrom, before, limit, unpublished)
	if err != nil {
		return 0, err
	}
	for _, it := range old {
		if err := tx.expire(it); err != nil {
			return 0, err
		}
	}
	s.expireFrom = 0
	if len(old) == limit && limit > 0 {
		s.expireFrom = old[limit-1].Seq
	}
	return len(old), nil
}

// olderThan returns at most limit unexpired items filed after seq, in that order.
func (tx *Tx) olderThan(seq uint64, before time.Time, limit int, unpublished func(*news.Item) bool) ([]*news.Item, error) {
	c, err := tx.cursor(bItems)
	if err != nil {
		return nil, err
	}
	var old []*news.Item
	for key, sealed := c.seek(seqKey(seq + 1)); key != nil && len(old) < limit; key, sealed = c.next() {
		if len(sealed) < envelopeSize {
			continue
		}
		// A glance first; the checksum is verified before anything follows from it.
		r := reader{rest: string(sealed[envelopeSize:min(len(sealed), envelopeSize+peekSize)])}
		if flags := r.uint(); flags&fExpired != 0 || !r.time().Before(before) {
			continue
		}
		rec, err := unseal(bItems, key, sealed)
		if err != nil {
			continue // Verify names it
		}
		it, err := tx.decodeItem(lastSeq(key), rec)
		if err != nil {
			return nil, err
		}
		if !it.Expired && it.FirstSeen.Before(before) && unpublished(it) {
			old = append(old, it)
		}
	}
	return old, nil
}

// peekSize covers an item's flags and FirstSeen.
const peekSize = 24

func (tx *Tx) expire(it *news.Item) error {
	var keys [][]byte
	err := tx.scan(bBodies, seqKey(it.Seq), func(key, _ []byte) error {
		keys = append(keys, append([]byte(nil), key...))
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := tx.remove(bBodies, key); err != nil {
			return err
		}
	}
	it.Expired = true
	return tx.PutItem(it)
}
