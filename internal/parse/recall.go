package parse

import (
	"crypto/sha256"
	"hash"

	"rightswire/internal/news"
)

// method is the version of this package's reading. It is raised whenever the same
// bytes give another entry than before: then what earlier versions read is read
// again.
const method = "1"

// A recall tells the entries of a document that were read before from those that
// have to be read.
//
// Invariant: an entry's print is made of its bytes and of all else in the document
// that counts for it, so that equal prints mean equal entries. What one entry does
// to another by an id they share is found out by settle.
type recall struct {
	known map[print]news.Reading
	hash  hash.Hash
	seen  map[print]bool

	found    []news.Reading        // known entries that the document holds
	items    map[news.ItemID]print // theirs
	fresh    []fresh               // the entries that have to be read, in order
	repeated int                   // entries whose bytes are those of another
	forgot   int                   // known entries that have to be read after all
}

// A fresh is an entry that is read now.
type fresh struct {
	print  print // the zero print for one that depends on another
	mended bool
}

// A print is the fingerprint of an entry: 128 bits of SHA-256.
type print [16]byte

// A key stands for all that an entry inherits.
type key [sha256.Size]byte

func newKey(inherited string) key { return sha256.Sum256([]byte(method + "\x00" + inherited)) }

func newRecall(known []news.Reading) *recall {
	rc := &recall{
		known: make(map[print]news.Reading, len(known)), hash: sha256.New(),
	}
	for _, k := range known {
		rc.known[k.Print] = k
	}
	rc.begin()
	return rc
}

// begin starts on a document, again where entries were forgotten.
func (rc *recall) begin() {
	rc.seen, rc.items = map[print]bool{}, make(map[news.ItemID]print, len(rc.known))
	rc.found, rc.fresh, rc.repeated, rc.forgot = nil, rc.fresh[:0], 0, 0
}

// forget has the known entry of an item read, where the document holds it.
func (rc *recall) forget(id news.ItemID) {
	p, ok := rc.items[id]
	if !ok {
		return
	}
	if _, ok := rc.known[p]; ok {
		delete(rc.known, p)
		rc.forgot++
	}
}

// look reports whether an entry of these bytes has to be read: it is neither known
// nor the same as one before it in the document.
func (rc *recall) look(k *key, raw []byte) (p print, fresh bool) {
	rc.hash.Reset()
	rc.hash.Write(k[:])
	rc.hash.Write(raw)
	var sum [sha256.Size]byte
	copy(p[:], rc.hash.Sum(sum[:0]))
	if rc.seen[p] {
		rc.repeated++
		return p, false
	}
	rc.seen[p] = true
	if known, ok := rc.known[p]; ok {
		rc.found = append(rc.found, known)
		rc.items[known.Item] = p
		return p, false
	}
	return p, true
}
