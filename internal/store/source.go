package store

import (
	"encoding/binary"
	"fmt"

	"rightswire/internal/news"
)

// A source is what the store knows of a Source by its number: the first id it ever
// had, which its item ids are made with, and the one it has now.
type source struct {
	origin, current news.SourceID
}

// Origin returns the id that item ids of src are made with: the first id the
// source ever had. In an Update it records a source it meets for the first time,
// and a new name of one it knows by a former id; formerly lists the oldest first.
// In a View an unknown source is answered as it would be recorded.
//
// Two sources that were each recorded before one is said to be the other's
// successor stay two: their items keep the ids they were published under.
func (tx *Tx) Origin(src news.SourceID, formerly []news.SourceID) (news.SourceID, error) {
	n, err := tx.number(src)
	if err != nil {
		return "", err
	}
	for i := 0; n == 0 && i < len(formerly); i++ {
		if n, err = tx.number(formerly[i]); err != nil {
			return "", err
		}
	}
	if n == 0 {
		origin := src
		if len(formerly) > 0 {
			origin = formerly[0]
		}
		if tx.bolt.Writable() {
			err = tx.register(source{origin, src})
		}
		return origin, err
	}
	known, err := tx.source(n)
	if err != nil {
		return "", err
	}
	if tx.bolt.Writable() && known.current != src {
		err = tx.rename(n, source{known.origin, src})
	}
	return known.origin, err
}

// number returns the number of a source; 0 is unknown.
func (tx *Tx) number(id news.SourceID) (uint32, error) {
	if id == "" {
		return 0, nil
	}
	if n, ok := tx.numbers[id]; ok {
		return n, nil
	}
	r, found, err := tx.read(bNames, []byte(id))
	if err != nil || !found {
		return 0, err
	}
	n := uint32(r.uint())
	tx.numbers[id] = n
	return n, r.err()
}

// numbered is number, but records a source that is unknown.
func (tx *Tx) numbered(id news.SourceID) (uint32, error) {
	n, err := tx.number(id)
	if n != 0 || err != nil {
		return n, err
	}
	if err := tx.register(source{id, id}); err != nil {
		return 0, err
	}
	return tx.number(id)
}

func (tx *Tx) source(n uint32) (source, error) {
	if s, ok := tx.sources[n]; ok {
		return s, nil
	}
	key := numberKey(n)
	r, found, err := tx.read(bSources, key)
	if err != nil {
		return source{}, err
	}
	if !found {
		return source{}, damagedRecord(bSources, key, "missing")
	}
	s := source{news.SourceID(r.string()), news.SourceID(r.string())}
	tx.sources[n] = s
	return s, r.err()
}

// register records a source under the next number and its ids as names of it.
func (tx *Tx) register(s source) error {
	if s.current == "" || len(s.current) > maxFacetValue {
		return fmt.Errorf("record source %.40q: not a source id", s.current)
	}
	c, err := tx.cursor(bSources)
	if err != nil {
		return err
	}
	n := uint32(1)
	if last, _ := c.last(); last != nil {
		n = binary.BigEndian.Uint32(last) + 1
	}
	if s.origin != s.current {
		if err := tx.putName(s.origin, n); err != nil {
			return err
		}
	}
	return tx.rename(n, s)
}

func (tx *Tx) rename(n uint32, s source) error {
	if err := tx.putName(s.current, n); err != nil {
		return err
	}
	tx.sources[n] = s
	buf := appendString(newRecord(64), string(s.origin))
	return tx.put(bSources, numberKey(n), appendString(buf, string(s.current)))
}

func (tx *Tx) putName(id news.SourceID, n uint32) error {
	tx.numbers[id] = n
	return tx.put(bNames, []byte(id), binary.AppendUvarint(newRecord(4), uint64(n)))
}

// Count returns how many items of a source the store holds.
func (tx *Tx) Count(src news.SourceID) (int, error) {
	n, err := tx.number(src)
	if n == 0 || err != nil {
		return 0, err
	}
	if err := tx.flush(); err != nil {
		return 0, err
	}
	count := 0
	err = tx.scan(bLists, appendFacet(nil, BySource, n, ""), func(key, sealed []byte) error {
		spots, err := tx.openStretch(key, sealed)
		count += len(spots) / spotWidth(key)
		return err
	})
	return count, err
}
