package store

import (
	"bytes"
	"fmt"

	"rightswire/internal/news"

	bolt "go.etcd.io/bbolt"
)

// A Tx is one transaction on the store, valid only within the function that View
// or Update passes it to. What its methods return is copied out and stays valid.
// A Tx is not safe for use by several goroutines.
type Tx struct {
	bolt    *bolt.Tx
	store   *Store
	buckets [bucketCount]*bolt.Bucket
	// touching says that bbolt is at work, so that a panic is a damaged page
	// rather than a mistake of ours.
	touching bool

	numbers map[news.SourceID]uint32 // names read or written so far
	sources map[uint32]source        // sources likewise
	pending pending
	// nextSeq is the seq of the next new item, 0 before it is known.
	nextSeq uint64
	// enrolled are the new items that have a Seq and are not put yet.
	enrolled map[uint64]bool
}

func newTx(b *bolt.Tx, s *Store) *Tx {
	return &Tx{bolt: b, store: s, numbers: map[news.SourceID]uint32{}, sources: map[uint32]source{}}
}

func (tx *Tx) bucket(id bucketID) (*bolt.Bucket, error) {
	if b := tx.buckets[id]; b != nil {
		return b, nil
	}
	tx.touching = true
	b := tx.bolt.Bucket([]byte(bucketNames[id]))
	tx.touching = false
	if b == nil {
		return nil, &DamagedError{Path: tx.store.path, What: "bucket " + bucketNames[id] + " is missing"}
	}
	if fill[id] != 0 {
		b.FillPercent = fill[id]
	}
	tx.buckets[id] = b
	return b, nil
}

// create makes a bucket that the store's schema did not have.
func (tx *Tx) create(id bucketID) error {
	tx.touching = true
	_, err := tx.bolt.CreateBucket([]byte(bucketNames[id]))
	tx.touching = false
	if err != nil {
		return fmt.Errorf("create bucket %s: %w", bucketNames[id], err)
	}
	return nil
}

// raw returns the value of a key as it stands, nil where there is none. It is the
// store's memory, valid until the transaction's next write.
func (tx *Tx) raw(id bucketID, key []byte) ([]byte, error) {
	b, err := tx.bucket(id)
	if err != nil {
		return nil, err
	}
	tx.touching = true
	v := b.Get(key)
	tx.touching = false
	return v, nil
}

// record returns the record of a key out of its envelope, nil where there is
// none; like raw it is not a copy.
func (tx *Tx) record(id bucketID, key []byte) ([]byte, error) {
	sealed, err := tx.raw(id, key)
	if err != nil || sealed == nil {
		return nil, err
	}
	return unseal(id, key, sealed)
}

// read returns a reader over a copy of the record of a key; found is false where
// there is none.
func (tx *Tx) read(id bucketID, key []byte) (r reader, found bool, err error) {
	rec, err := tx.record(id, key)
	if err != nil || rec == nil {
		return reader{}, false, err
	}
	return reader{rest: string(rec)}, true, nil
}

// put seals buf, whose first envelopeSize bytes are free, and stores it. Neither
// slice may be changed before the transaction ends.
func (tx *Tx) put(id bucketID, key, buf []byte) error {
	return tx.putRaw(id, key, seal(id, key, buf))
}

func (tx *Tx) putRaw(id bucketID, key, value []byte) error {
	b, err := tx.bucket(id)
	if err != nil {
		return err
	}
	tx.touching = true
	err = b.Put(key, value)
	tx.touching = false
	if err != nil {
		return fmt.Errorf("write %s/%x: %w", bucketNames[id], key, err)
	}
	return nil
}

// putChanged is put, but writes nothing where the key holds the same already.
func (tx *Tx) putChanged(id bucketID, key, buf []byte) error {
	old, err := tx.raw(id, key)
	if err != nil {
		return err
	}
	if seal(id, key, buf); bytes.Equal(old, buf) {
		return nil
	}
	return tx.putRaw(id, key, buf)
}

func (tx *Tx) remove(id bucketID, key []byte) error {
	b, err := tx.bucket(id)
	if err != nil {
		return err
	}
	tx.touching = true
	err = b.Delete(key)
	tx.touching = false
	if err != nil {
		return fmt.Errorf("delete %s/%x: %w", bucketNames[id], key, err)
	}
	return nil
}

// newRecord starts a buffer for put: the envelope's room and capacity for size
// bytes of record.
func newRecord(size int) []byte {
	return make([]byte, envelopeSize, envelopeSize+size)
}

// A cursor walks over the keys of one bucket; a nil key is the end. Keys and
// values are the store's memory.
type cursor struct {
	tx *Tx
	c  *bolt.Cursor
}

func (tx *Tx) cursor(id bucketID) (cursor, error) {
	b, err := tx.bucket(id)
	if err != nil {
		return cursor{}, err
	}
	return cursor{tx, b.Cursor()}, nil
}

func (c cursor) move(step func() ([]byte, []byte)) (key, value []byte) {
	c.tx.touching = true
	key, value = step()
	c.tx.touching = false
	return key, value
}

func (c cursor) last() (key, value []byte) { return c.move(c.c.Last) }
func (c cursor) next() (key, value []byte) { return c.move(c.c.Next) }
func (c cursor) prev() (key, value []byte) { return c.move(c.c.Prev) }

// seek goes to the first key that is not below k.
func (c cursor) seek(k []byte) (key, value []byte) {
	c.tx.touching = true
	key, value = c.c.Seek(k)
	c.tx.touching = false
	return key, value
}

// before goes to the last key that is below k.
func (c cursor) before(k []byte) (key, value []byte) {
	if key, _ = c.seek(k); key == nil {
		return c.last()
	}
	return c.prev()
}

// scan calls fn for every key of a bucket that begins with prefix, in order.
func (tx *Tx) scan(id bucketID, prefix []byte, fn func(key, value []byte) error) error {
	c, err := tx.cursor(id)
	if err != nil {
		return err
	}
	for key, value := c.seek(prefix); bytes.HasPrefix(key, prefix); key, value = c.next() {
		if key == nil {
			return nil // an empty prefix is every key's
		}
		if err := fn(key, value); err != nil {
			return err
		}
	}
	return nil
}
