package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// Every record stands in an envelope: a schema byte and the CRC-32C of the schema
// byte, the record's bucket, its key and the record. bbolt checks its meta pages
// alone: without this a flipped bit on the disk is served as if it had been
// written, and a record found under another's key is taken for that one.
const (
	envelopeSize   = 5
	envelopeSchema = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b bucketID, schema byte, key, record []byte) uint32 {
	head := [2]byte{schema, byte(b)}
	sum := crc32.Update(0, castagnoli, head[:])
	sum = crc32.Update(sum, castagnoli, key)
	return crc32.Update(sum, castagnoli, record)
}

// seal fills in the envelope in front of a record; room is left for it in buf.
func seal(b bucketID, key, buf []byte) []byte {
	buf[0] = envelopeSchema
	binary.BigEndian.PutUint32(buf[1:], checksum(b, envelopeSchema, key, buf[envelopeSize:]))
	return buf
}

// unseal returns the record in an envelope. It is the store's memory: copy it.
func unseal(b bucketID, key, sealed []byte) ([]byte, error) {
	switch {
	case len(sealed) < envelopeSize:
		return nil, damagedRecord(b, key, "cut short")
	case binary.BigEndian.Uint32(sealed[1:]) != checksum(b, sealed[0], key, sealed[envelopeSize:]):
		return nil, damagedRecord(b, key, "checksum does not match")
	case sealed[0] != envelopeSchema:
		return nil, damagedRecord(b, key, fmt.Sprintf("unknown envelope %d", sealed[0]))
	}
	return sealed[envelopeSize:], nil
}

// A DamagedError says which part of the store can't be trusted. Where it is one
// record, that record is refused and the rest of the store goes on.
type DamagedError struct {
	Path string // the store's file, or bucket/key in hexadecimal of a record
	What string
}

func (e *DamagedError) Error() string { return e.Path + " is damaged: " + e.What }

func damagedRecord(b bucketID, key []byte, what string) error {
	return &DamagedError{Path: fmt.Sprintf("%s/%x", bucketNames[b], key), What: what}
}
