package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
)

// Keys of meta. All of them, and the envelope around their values, stay as they
// are in every schema: an older program must be able to tell a newer store.
const (
	keySchema = "schema"
	keySite   = "site"
	keyStore  = "store"
	keyState  = "state"
)

// A step brings a store from one schema to the next, within one transaction.
type step func(*Tx) error

// steps are the migrations from schema 1 on: the first makes a store of schema 2.
// A release that changes the layout appends one, and a fixture store of the schema
// it leaves behind.
var steps = []step{addReadings, addTurns}

// addReadings makes the bucket of schema 2. A source without readings is read
// whole by its next visit, which leaves some.
func addReadings(tx *Tx) error { return tx.create(bReadings) }

// addTurns makes the buckets of schema 3. What it adds to visits and items comes
// last in their records, and is zero where a record ends before it.
func addTurns(tx *Tx) error {
	return errors.Join(tx.create(bTurns), tx.create(bSubscriptions))
}

// schemaAfter is the schema that steps lead to.
func schemaAfter(steps []step) uint64 { return 1 + uint64(len(steps)) }

// migrate brings the store to the newest schema: a backup beside it first, then
// every step in one transaction. Killed at any moment it begins again.
func (s *Store) migrate(steps []step) error {
	var have uint64
	err := s.View(func(tx *Tx) (err error) {
		have, err = tx.schema()
		return err
	})
	want := schemaAfter(steps)
	switch {
	case err != nil:
		return err
	case have == want:
		return nil
	case have > want:
		return fmt.Errorf("%w: %s has schema %d, this program knows %d", ErrNewer, s.path, have, want)
	case have == 0:
		return &DamagedError{Path: s.path, What: "it has no schema"}
	case s.readOnly:
		return fmt.Errorf("%w: %s has schema %d and must be brought to %d", ErrReadOnly, s.path, have, want)
	}
	backup := filepath.Join(filepath.Dir(s.path), fmt.Sprintf("rightswire-schema%d.db", have))
	if err := s.copyTo(backup, true, nil); err != nil {
		return fmt.Errorf("back up before migration: %w", err)
	}
	s.log.Info("migrating store", "path", s.path, "from", have, "to", want, "backup", backup)
	return s.Update(func(tx *Tx) error {
		for i, step := range steps[have-1:] {
			if err := step(tx); err != nil {
				return fmt.Errorf("migrate store to schema %d: %w", have+uint64(i)+1, err)
			}
		}
		return tx.putSchema(want)
	})
}

func (tx *Tx) schema() (uint64, error) {
	r, _, err := tx.read(bMeta, []byte(keySchema))
	return r.uint(), err
}

func (tx *Tx) putSchema(v uint64) error {
	return tx.put(bMeta, []byte(keySchema), binary.AppendUvarint(newRecord(4), v))
}

func (tx *Tx) readState() (state, error) {
	r, _, err := tx.read(bMeta, []byte(keyState))
	if err != nil {
		return state{}, err
	}
	return r.state(), r.err()
}

func (tx *Tx) metaString(key string) (string, error) {
	r, _, err := tx.read(bMeta, []byte(key))
	return r.string(), err
}

func (tx *Tx) putMetaString(key, value string) error {
	return tx.put(bMeta, []byte(key), appendString(newRecord(64), value))
}
