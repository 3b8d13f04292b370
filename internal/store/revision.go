package store

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"rightswire/internal/news"

	"github.com/klauspost/compress/zstd"
)

// maxRevisions is how many revisions an item keeps.
const maxRevisions = 50

// maxEntry bounds an encoded Entry, compressed or not.
const maxEntry = 16 << 20

// The first byte of a body says how the rest is stored.
const (
	bodyPlain = 0
	bodyZstd  = 1
)

// The compressor at its fastest level takes three quarters of the default's time for
// 3 % more bytes of entries of 2 KB. Its own checksum would repeat the envelope's.
var (
	compressor, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false),
		zstd.WithWindowSize(512<<10), zstd.WithLowerEncoderMem(true))
	decompressor, _ = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxEntry), zstd.WithDecoderConcurrency(0),
		zstd.WithDecoderLowmem(true))
	scratches = sync.Pool{New: func() any { return new(scratch) }}
)

// scratch is the memory that one Prepare or Digest works in.
type scratch struct{ plain, packed []byte }

// maxScratch bounds what is kept for the next one.
const maxScratch = 256 << 10

func (s *scratch) release() {
	if cap(s.plain)+cap(s.packed) <= maxScratch {
		scratches.Put(s)
	}
}

// A Prepared is an Entry encoded and compressed, ready to be stored once.
type Prepared struct {
	// Digest is the entry's, as by the function Digest.
	Digest [16]byte
	body   []byte // with room for an envelope
}

// Size returns the bytes it takes in the store.
func (p Prepared) Size() int { return len(p.body) }

// Prepare encodes and compresses an entry that was seen at that time. It needs no
// transaction, so that many can be prepared in parallel.
func Prepare(e *news.Entry, seen time.Time) (Prepared, error) {
	s := scratches.Get().(*scratch)
	defer s.release()
	s.plain = appendTime(s.plain[:0], seen)
	start := len(s.plain)
	s.plain = appendEntry(s.plain, e)
	if len(s.plain) > maxEntry {
		return Prepared{}, fmt.Errorf("prepare entry %.100q: %d bytes are more than %d", e.GUID, len(s.plain), maxEntry)
	}
	kind, body := byte(bodyZstd), s.plain
	s.packed = compressor.EncodeAll(s.plain, s.packed[:0])
	if len(s.packed) < len(s.plain) {
		body = s.packed
	} else {
		kind = bodyPlain
	}
	buf := append(newRecord(1+len(body)), kind)
	return Prepared{Digest: digest(s.plain[start:]), body: append(buf, body...)}, nil
}

// Digest returns 128 bits that stand for an entry as it was said: all of it.
func Digest(e *news.Entry) [16]byte {
	s := scratches.Get().(*scratch)
	defer s.release()
	s.plain = appendEntry(s.plain[:0], e)
	return digest(s.plain)
}

func digest(entry []byte) [16]byte {
	sum := sha256.Sum256(entry)
	return [16]byte(sum[:16])
}

// AddRevision stores the next revision of an item, numbered it.Latest+1, and sets
// it.Latest and it.Digest; a new item gets its Seq. The caller then puts the item,
// in the same transaction. A number is never
// given twice, so that an approval can't come to mean another text. Where the item
// has maxRevisions the newest that was never approved gives way, and replaced says
// so.
func (tx *Tx) AddRevision(it *news.Item, p Prepared) (replaced bool, err error) {
	number := it.Latest + 1
	if it.Seq == 0 {
		err = tx.enrol(it)
	}
	if err == nil && number > maxRevisions {
		replaced, err = tx.giveWay(it)
	}
	if err == nil {
		err = tx.put(bBodies, bodyKey(it.Seq, number), p.body)
	}
	if err != nil {
		return false, fmt.Errorf("add revision %d to item %.40q: %w", number, it.ID, err)
	}
	it.Latest, it.Digest = number, p.Digest
	return replaced, nil
}

// giveWay deletes the newest revision of an item that nobody approved, if it has
// as many as it may.
func (tx *Tx) giveWay(it *news.Item) (bool, error) {
	approved := map[int]bool{it.Standing.Approved: true}
	ds, err := tx.decisions(it.Seq, it.ID)
	if err != nil {
		return false, err
	}
	for _, d := range ds {
		if d.Action == news.Approve {
			approved[d.Revision] = true
		}
	}
	count, newest := 0, 0
	err = tx.scan(bBodies, seqKey(it.Seq), func(key, _ []byte) error {
		count++
		if n := revisionOf(key); !approved[n] {
			newest = n
		}
		return nil
	})
	if err != nil || count < maxRevisions || newest == 0 {
		return false, err
	}
	return true, tx.remove(bBodies, bodyKey(it.Seq, newest))
}

func revisionOf(key []byte) int { return int(binary.BigEndian.Uint32(key[seqSize:])) }

// Revision returns one revision of an item; ErrNotFound where it never was, gave
// way or expired.
func (tx *Tx) Revision(it *news.Item, number int) (*news.Revision, error) {
	key := bodyKey(it.Seq, number)
	sealed, err := tx.raw(bBodies, key)
	if err != nil {
		return nil, err
	}
	if sealed == nil {
		return nil, fmt.Errorf("revision %d of item %.40q: %w", number, it.ID, ErrNotFound)
	}
	return openBody(key, sealed)
}

// Revisions returns the revisions that the store keeps of an item, oldest first.
func (tx *Tx) Revisions(it *news.Item) ([]*news.Revision, error) {
	var revs []*news.Revision
	err := tx.scan(bBodies, seqKey(it.Seq), func(key, sealed []byte) error {
		rev, err := openBody(key, sealed)
		revs = append(revs, rev)
		return err
	})
	if err != nil {
		return nil, err
	}
	return revs, nil
}

func openBody(key, sealed []byte) (*news.Revision, error) {
	rec, err := unseal(bBodies, key, sealed)
	if err != nil {
		return nil, err
	}
	plain, err := unpack(rec)
	if err != nil {
		return nil, damagedRecord(bBodies, key, err.Error())
	}
	rev := &news.Revision{Number: revisionOf(key)}
	r := reader{rest: string(plain)}
	rev.Seen = r.time()
	r.entry(&rev.Entry)
	if r.bad {
		return nil, damagedRecord(bBodies, key, errWire.Error())
	}
	return rev, nil
}

func unpack(rec []byte) ([]byte, error) {
	switch {
	case len(rec) > 0 && rec[0] == bodyPlain:
		return rec[1:], nil
	case len(rec) > 0 && rec[0] == bodyZstd:
		return decompressor.DecodeAll(rec[1:], nil)
	}
	return nil, errWire
}
