package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rightswire/internal/link"
	"rightswire/internal/news"
)

// The bounds of what Lookup takes for the beginning of an id and of how many items
// it lists for one.
const (
	minPrefix  = 6
	maxMatches = 20
)

// Lookup returns the ids of the items that ref may mean: an id or an alias, the
// first six or more characters of one, or the URL of an article. There may be
// several, of which it returns at most 20; with none it says ErrNotFound.
func (tx *Tx) Lookup(ref string) ([]news.ItemID, error) {
	var seqs []uint64
	var err error
	if strings.Contains(ref, "://") {
		seqs, err = tx.byURL(ref)
	} else {
		seqs, err = tx.byPrefix(strings.ToLower(ref))
	}
	if err != nil {
		return nil, fmt.Errorf("look up %.200q: %w", ref, err)
	}
	slices.Sort(seqs)
	seqs = slices.Compact(seqs)
	ids := make([]news.ItemID, 0, len(seqs))
	for _, seq := range seqs[:min(len(seqs), maxMatches)] {
		it, err := tx.item(seq)
		if err != nil {
			return nil, fmt.Errorf("look up %.200q: %w", ref, err)
		}
		ids = append(ids, it.ID)
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("look up %.200q: %w", ref, ErrNotFound)
	}
	return ids, nil
}

func (tx *Tx) byPrefix(prefix string) ([]uint64, error) {
	if seq, err := tx.Seq(news.ItemID(prefix)); seq != 0 || err != nil {
		return []uint64{seq}, err
	}
	if len(prefix) < minPrefix {
		return nil, fmt.Errorf("%w: an id is named by six or more of its characters", ErrNotFound)
	}
	first, ok := firstID(prefix)
	if !ok {
		return nil, ErrNotFound
	}
	if err := tx.flush(); err != nil {
		return nil, err
	}
	c, err := tx.cursor(bIDs)
	if err != nil {
		return nil, err
	}
	var seqs []uint64
	for key, value := c.seek(first[:]); len(key) == idSize && len(seqs) <= maxMatches; key, value = c.next() {
		if !strings.HasPrefix(string(news.ItemIDFromBytes([idSize]byte(key))), prefix) {
			break
		}
		rec, err := unseal(bIDs, key, value)
		if err != nil {
			return nil, err
		}
		seqs = append(seqs, readSeqRecord(rec))
	}
	return seqs, nil
}

// firstID returns the lowest id that begins with prefix.
func firstID(prefix string) ([idSize]byte, bool) {
	const length = 26 // characters of an id
	if len(prefix) > length {
		return [idSize]byte{}, false
	}
	return news.ItemID(prefix + strings.Repeat("a", length-len(prefix))).Bytes()
}

// byURL looks on the lists of every source: there are few, and it is a person who
// asks.
func (tx *Tx) byURL(url string) ([]uint64, error) {
	items, err := tx.onLink([]byte{'s'}, url)
	var seqs []uint64
	for _, it := range items {
		seqs = append(seqs, it.Seq)
	}
	return seqs, err
}

// ByLink returns the items of a source on the same link as url, as link.Key
// compares them. It reads the source's list: 16 bytes for each of its items. One
// whose record is damaged is left out, as Walk does.
func (tx *Tx) ByLink(src news.SourceID, url string) ([]*news.Item, error) {
	n, err := tx.number(src)
	if n == 0 || err != nil {
		return nil, err
	}
	return tx.onLink(appendFacet(nil, BySource, n, ""), url)
}

func (tx *Tx) onLink(prefix []byte, url string) ([]*news.Item, error) {
	if err := tx.flush(); err != nil || url == "" {
		return nil, err
	}
	var seqs []uint64
	hash := linkHash(url)
	err := tx.scan(bLists, prefix, func(key, sealed []byte) error {
		spots, err := tx.openStretch(key, sealed)
		for ; len(spots) >= 2*spotSize; spots = spots[2*spotSize:] {
			if binary.BigEndian.Uint64(spots[spotSize:]) == hash {
				seqs = append(seqs, binary.BigEndian.Uint64(spots)&(1<<seqBits-1))
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var items []*news.Item
	want := link.Key(url)
	for _, seq := range seqs {
		it, err := tx.item(seq)
		if damaged, ok := errors.AsType[*DamagedError](err); ok {
			tx.store.report(damaged)
			continue
		} else if err != nil {
			return nil, err
		}
		if link.Key(it.URL) == want {
			items = append(items, it)
		}
	}
	return items, nil
}
