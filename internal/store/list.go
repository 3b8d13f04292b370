package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"time"

	"rightswire/internal/news"
)

// A FacetKind says what the items of a list have in common.
type FacetKind int

// The lists there are.
const (
	All FacetKind = iota
	BySource
	ByCountry
	ByTopic
	Pinned
)

// A Facet names a list of items: Value is the source, country or topic, and
// without meaning for All and Pinned.
type Facet struct {
	Kind  FacetKind
	Value string
}

// Walk calls fn for the items of a list, by the second of their entry
// (news.Item.Entry), latest first, beginning with those that entered in the second
// of from, or with the very latest where from is zero. Items of one second come in
// reverse order of filing. It ends where fn returns false or an error, which it returns.
//
// An item whose record is damaged is left out and reported to the log: one bad
// record doesn't take a list down. Items put within fn move in the lists when the
// walk is over.
func (tx *Tx) Walk(f Facet, from time.Time, fn func(*news.Item) (bool, error)) error {
	prefix, err := tx.facet(f)
	if prefix == nil || err != nil {
		return err
	}
	if err := tx.flush(); err != nil {
		return err
	}
	c, err := tx.cursor(bLists)
	if err != nil {
		return err
	}
	tx.pending.walking++
	defer func() { tx.pending.walking-- }()
	end := listEnd(prefix, f.Kind, from)
	for key, sealed := c.before(append(end.key, 0)); bytes.HasPrefix(key, prefix); key, sealed = c.prev() {
		spots, err := tx.openStretch(key, sealed)
		if err != nil {
			return err
		}
		below := uint64(math.MaxUint64)
		if bytes.Equal(key, end.key) {
			below = end.at
		}
		if more, err := tx.walkStretch(bytes.Clone(spots), spotWidth(key), below, fn); err != nil || !more {
			return err
		}
	}
	return nil
}

// walkStretch calls fn for the items on a stretch whose spots are below that one.
func (tx *Tx) walkStretch(spots []byte, width int, below uint64, fn func(*news.Item) (bool, error)) (bool, error) {
	for i := len(spots) - width; i >= 0; i -= width {
		at := binary.BigEndian.Uint64(spots[i:])
		if at >= below {
			continue
		}
		it, err := tx.item(at & (1<<seqBits - 1))
		if damaged, ok := errors.AsType[*DamagedError](err); ok {
			tx.store.report(damaged)
			continue
		} else if err != nil {
			return false, err
		}
		if more, err := fn(it); err != nil || !more {
			return false, err
		}
	}
	return true, nil
}

// facet returns what a facet's keys begin with; nil for a source nobody knows.
func (tx *Tx) facet(f Facet) ([]byte, error) {
	if f.Kind != BySource {
		return appendFacet(nil, f.Kind, 0, f.Value), nil
	}
	n, err := tx.number(news.SourceID(f.Value))
	if n == 0 || err != nil {
		return nil, err
	}
	return appendFacet(nil, BySource, n, ""), nil
}

// listEnd returns the spot after all that entered a list in the second of from or
// before; after every spot where from is zero.
func listEnd(prefix []byte, kind FacetKind, from time.Time) spot {
	second := uint64(secondsTo10000)
	if !from.IsZero() {
		second = keySecond(from)
	}
	shift := kind.shift()
	return spot{
		key: binary.BigEndian.AppendUint32(bytes.Clone(prefix), uint32(second>>shift)),
		at:  (second&(1<<shift-1) + 1) << seqBits,
	}
}

// openStretch returns the spots of a stretch. Lists follow from the items: one
// that is damaged is made anew from them, which takes its time.
func (tx *Tx) openStretch(key, sealed []byte) ([]byte, error) {
	spots, err := unseal(bLists, key, sealed)
	if damaged, ok := errors.AsType[*DamagedError](err); ok {
		tx.store.report(damaged)
		return tx.rebuildStretch(key)
	}
	return spots, err
}

func (tx *Tx) rebuildStretch(key []byte) ([]byte, error) {
	key = bytes.Clone(key)
	var spots []spot
	err := tx.scan(bItems, nil, func(k, sealed []byte) error {
		rec, err := unseal(bItems, k, sealed)
		if err != nil {
			return nil // it is refused wherever it is read
		}
		it, err := tx.decodeItem(lastSeq(k), rec)
		if err != nil {
			return err
		}
		n, err := tx.number(it.Source)
		if err != nil {
			return err
		}
		all, err := spotsOf(it, n)
		for _, s := range all {
			if bytes.Equal(s.key, key) {
				spots = append(spots, s)
			}
		}
		return err
	})
	slices.SortFunc(spots, func(a, b spot) int { return cmp.Compare(a.at, b.at) })
	var b []byte
	for _, s := range spots {
		b = appendSpot(b, spotWidth(key), s.at, s.link)
	}
	return b, err
}

func appendSpot(b []byte, width int, at, link uint64) []byte {
	b = binary.BigEndian.AppendUint64(b, at)
	if width > spotSize {
		b = binary.BigEndian.AppendUint64(b, link)
	}
	return b
}

// changeStretch makes changes, oldest first, to one stretch of a list.
func (tx *Tx) changeStretch(key []byte, changes []change) error {
	slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	var old []byte
	sealed, err := tx.raw(bLists, key)
	if sealed != nil {
		old, err = tx.openStretch(key, sealed)
	}
	if err != nil {
		return err
	}
	width := spotWidth(key)
	buf := newRecord(len(old) + width*len(changes))
	for i, c := range changes {
		if i+1 < len(changes) && changes[i+1].at == c.at {
			continue // of two changes of one spot the later one holds
		}
		below := 0
		for below < len(old) && binary.BigEndian.Uint64(old[below:]) < c.at {
			below += width
		}
		buf, old = append(buf, old[:below]...), old[below:]
		if len(old) > 0 && binary.BigEndian.Uint64(old) == c.at {
			old = old[width:]
		}
		if c.add {
			buf = appendSpot(buf, width, c.at, c.link)
		}
	}
	buf = append(buf, old...)
	if len(buf) == envelopeSize {
		return tx.remove(bLists, key)
	}
	return tx.put(bLists, key, buf)
}
