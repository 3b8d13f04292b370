package store

import (
	"bytes"
	"maps"
	"slices"

	"rightswire/internal/news"
)

// pending holds the index entries of an Update until its end, when they are
// written in order: each stretch of a list once, and ids without bbolt shifting
// what it has at every insertion. Reads within the transaction look here first, or
// flush.
type pending struct {
	lists map[string][]change // by stretch
	ids   map[[idSize]byte]uint64
	// missed is the id looked up last, if there was none: who finds no item often
	// adds it next.
	missed news.ItemID
	// walking counts the walks under way, whose cursor a flush would confuse.
	walking int
}

// A change adds a spot to a stretch of a list, or removes it.
type change struct {
	at, link uint64
	add      bool
}

func (p *pending) change(s spot, add bool) {
	if p.lists == nil {
		p.lists = map[string][]change{}
	}
	p.lists[string(s.key)] = append(p.lists[string(s.key)], change{s.at, s.link, add})
}

func (p *pending) addID(id [idSize]byte, seq uint64) {
	if p.ids == nil {
		p.ids = map[[idSize]byte]uint64{}
	}
	p.ids[id] = seq
}

// flush writes what is pending. During a walk it waits: the walk goes on over the
// lists as they were.
func (tx *Tx) flush() error {
	if tx.pending.walking > 0 {
		return nil
	}
	p := tx.pending
	tx.pending = pending{}
	for _, key := range slices.Sorted(maps.Keys(p.lists)) {
		if err := tx.changeStretch([]byte(key), p.lists[key]); err != nil {
			return err
		}
	}
	return tx.flushIDs(p.ids)
}

func (tx *Tx) flushIDs(ids map[[idSize]byte]uint64) error {
	keys := make([][idSize]byte, 0, len(ids))
	for id := range ids {
		keys = append(keys, id)
	}
	slices.SortFunc(keys, func(a, b [idSize]byte) int { return bytes.Compare(a[:], b[:]) })
	for i := range keys {
		if err := tx.put(bIDs, keys[i][:], appendSeqRecord(ids[keys[i]])); err != nil {
			return err
		}
	}
	return nil
}

// Seq returns the Seq of the item that id or one of its aliases names; 0 where
// there is none. The item itself is not read.
func (tx *Tx) Seq(id news.ItemID) (uint64, error) {
	raw, ok := id.Bytes()
	if !ok {
		return 0, nil
	}
	if seq, ok := tx.pending.ids[raw]; ok || id == tx.pending.missed {
		return seq, nil
	}
	rec, err := tx.record(bIDs, raw[:])
	if err != nil {
		return 0, err
	}
	if rec == nil {
		tx.pending.missed = id
		return 0, nil
	}
	return readSeqRecord(rec), nil
}
