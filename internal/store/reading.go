package store

import (
	"encoding/binary"
	"errors"
	"fmt"

	"rightswire/internal/news"
)

// The readings of a source are one record: of each the fingerprint (16 bytes), the
// item's id (16), the claimed moment (seconds since 1970, 4) and whether it was
// mended (1). Neither hashes nor ids can be compressed.
const (
	readingSize = 2*idSize + 4 + 1
	// maxReadings bounds a record to 1.8 MB. 8 MB of document hold as many entries
	// if none is longer than 160 bytes.
	maxReadings = 50_000
)

// Readings returns what a source's last good visit found its document to hold, as
// it was put; none where there was no such visit, or where it left none. A reading
// speaks for an item that is held: one whose item the store does not have is left
// out.
func (tx *Tx) Readings(src news.SourceID) ([]news.Reading, error) {
	n, err := tx.number(src)
	if n == 0 || err != nil {
		return nil, err
	}
	key := numberKey(n)
	r, found, err := tx.read(bReadings, key)
	if err != nil || !found {
		return nil, err
	}
	list := r.readings()
	if r.bad {
		return nil, damagedRecord(bReadings, key, errWire.Error())
	}
	held := list[:0]
	for _, reading := range list {
		seq, err := tx.Seq(reading.Item)
		if damaged, ok := errors.AsType[*DamagedError](err); ok {
			tx.store.report(damaged)
			continue
		} else if err != nil {
			return nil, err
		}
		if seq != 0 {
			held = append(held, reading)
		}
	}
	return held, nil
}

// PutReadings stores a source's readings in place of those it had; none delete the
// record. The items they name are put in the same transaction or before. Claimed
// is cut to whole seconds between 1970 and 2106. Beyond 50,000 readings are left
// out, and what they speak for is read again. Where they are the stored ones
// nothing is written.
func (tx *Tx) PutReadings(src news.SourceID, list []news.Reading) error {
	n, err := tx.numbered(src)
	if err != nil {
		return err
	}
	key := numberKey(n)
	if len(list) == 0 {
		return tx.remove(bReadings, key)
	}
	list = list[:min(len(list), maxReadings)]
	buf, err := appendReadings(newRecord(len(list)*readingSize), list)
	if err != nil {
		return fmt.Errorf("put readings of source %s: %w", src, err)
	}
	return tx.putChanged(bReadings, key, buf)
}

func appendReadings(b []byte, list []news.Reading) ([]byte, error) {
	for i := range list {
		id, ok := list[i].Item.Bytes()
		if !ok {
			return nil, fmt.Errorf("%.40q is not an item id", list[i].Item)
		}
		b = append(b, list[i].Print[:]...)
		b = append(b, id[:]...)
		b = appendSeconds(b, list[i].Claimed)
		b = appendBool(b, list[i].Mended)
	}
	return b, nil
}

// readings is appendReadings' inverse.
func (r *reader) readings() []news.Reading {
	if len(r.rest)%readingSize != 0 || len(r.rest) > maxReadings*readingSize {
		r.fail()
		return nil
	}
	list := make([]news.Reading, len(r.rest)/readingSize)
	for i := range list {
		list[i] = news.Reading{
			Print:   r.digest(),
			Item:    news.ItemIDFromBytes(r.digest()),
			Claimed: readSeconds([]byte(r.bytes(4))),
			Mended:  r.bytes(1) != "\x00",
		}
	}
	return list
}

// readings checks that every source's readings name items that are there.
func (c *check) readings() error {
	return c.each(bReadings, func(key []byte, r reader) error {
		list := r.readings()
		if r.bad {
			return damagedRecord(bReadings, key, errWire.Error())
		}
		n := binary.BigEndian.Uint32(key)
		if _, err := c.source(n); err != nil {
			return err
		}
		for i := range list {
			if seq, err := c.Seq(list[i].Item); err != nil {
				return err
			} else if seq == 0 {
				c.report.problem("source %d has a reading of item %s, which is not there", n, list[i].Item)
			}
		}
		return nil
	})
}
