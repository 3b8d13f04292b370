package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
)

// What follows reads bbolt's file format itself, before bbolt maps the file: bbolt
// takes a file's word for how long it is, dies of a SIGSEGV where it was cut, and
// makes a new store of an empty one. The format is bbolt's version 2, in the byte
// order of the machine.
const (
	metaMagic      = 0xED0CDAED
	metaVersion    = 2
	metaSize       = 64
	pageHeaderSize = 16
	minPageSize    = 1024
	maxPageSize    = minPageSize << 14

	pageBranch   = 0x01
	pageLeaf     = 0x02
	pageFreelist = 0x10

	manyFree = 0xFFFF // a freelist's count is in its first element

	// maxPageData bounds a page with its overflow: bbolt leaves up to four records
	// on one, and a Prepared takes at most 16 MB.
	maxPageData = 256 << 20
)

// A header is a valid meta page.
type header struct {
	pageSize uint32
	root     uint64 // page of the root bucket
	freelist uint64 // page of the freelist
	pages    uint64 // high-water mark
	txid     uint64
	damaged  bool // the other meta page is not valid
}

// readHeader finds the newest valid meta page of a file of that size and makes
// sure that the file is whole. Its error says what is wrong, without the path.
func readHeader(f io.ReaderAt, size int64) (header, error) {
	if size == 0 {
		return header{}, errors.New("the file is empty")
	}
	first, err := readMeta(f, 0)
	second, err2 := header{}, errors.New("not found")
	if err == nil {
		second, err2 = readMeta(f, int64(first.pageSize))
	} else {
		for at := int64(minPageSize); err2 != nil && at <= maxPageSize; at *= 2 {
			if second, err2 = readMeta(f, at); err2 == nil && int64(second.pageSize) != at {
				err2 = errors.New("meta page is elsewhere")
			}
		}
	}
	h := first
	switch {
	case err != nil && err2 != nil:
		return header{}, fmt.Errorf("both meta pages: %w", err)
	case err != nil, err2 == nil && second.txid > first.txid:
		h = second
	}
	h.damaged = err != nil || err2 != nil
	if h.pages < 4 || h.root >= h.pages || h.freelist >= h.pages || h.pages > uint64(1<<62)/uint64(h.pageSize) {
		return header{}, errors.New("meta page points outside of the file")
	}
	if want := int64(h.pages) * int64(h.pageSize); size < want {
		return header{}, fmt.Errorf("cut short: %d bytes of %d are there", size, want)
	}
	return h, nil
}

func readMeta(f io.ReaderAt, at int64) (header, error) {
	var buf [pageHeaderSize + metaSize]byte
	if _, err := f.ReadAt(buf[:], at); err != nil {
		return header{}, fmt.Errorf("not readable: %w", err)
	}
	m, order := buf[pageHeaderSize:], binary.NativeEndian
	h := header{
		pageSize: order.Uint32(m[8:]),
		root:     order.Uint64(m[16:]),
		freelist: order.Uint64(m[32:]),
		pages:    order.Uint64(m[40:]),
		txid:     order.Uint64(m[48:]),
	}
	sum := fnv.New64a()
	_, _ = sum.Write(m[:56]) // a hash takes everything
	switch {
	case order.Uint32(m) != metaMagic:
		return header{}, errors.New("not a bbolt file")
	case order.Uint32(m[4:]) != metaVersion:
		return header{}, fmt.Errorf("file format %d instead of %d", order.Uint32(m[4:]), metaVersion)
	case order.Uint64(m[56:]) != sum.Sum64():
		return header{}, errors.New("checksum does not match")
	case h.pageSize < minPageSize || h.pageSize > maxPageSize || h.pageSize&(h.pageSize-1) != 0:
		return header{}, fmt.Errorf("page size %d", h.pageSize)
	}
	return h, nil
}

// A page is a page of the file with those that overflow it.
type page struct {
	id    uint64
	flags uint16
	count int
	data  []byte // what follows the header
}

// readPage reads a page; it lies within the file and says who it is.
func (h header) readPage(f io.ReaderAt, id uint64) (page, error) {
	if id < 2 || id >= h.pages {
		return page{}, fmt.Errorf("page %d is outside of the file", id)
	}
	var head [pageHeaderSize]byte
	at := int64(id) * int64(h.pageSize)
	if _, err := f.ReadAt(head[:], at); err != nil {
		return page{}, fmt.Errorf("page %d: %w", id, err)
	}
	order := binary.NativeEndian
	overflow := uint64(order.Uint32(head[12:]))
	if got := order.Uint64(head[:]); got != id {
		return page{}, fmt.Errorf("page %d calls itself %d", id, got)
	}
	if id+overflow >= h.pages || (overflow+1)*uint64(h.pageSize) > maxPageData {
		return page{}, fmt.Errorf("page %d is too long", id)
	}
	data := make([]byte, (overflow+1)*uint64(h.pageSize)-pageHeaderSize)
	if _, err := f.ReadAt(data, at+pageHeaderSize); err != nil {
		return page{}, fmt.Errorf("page %d: %w", id, err)
	}
	return page{id: id, flags: order.Uint16(head[8:]), count: int(order.Uint16(head[10:])), data: data}, nil
}

// readFree reads the list of free pages, which bbolt trusts when it opens a file:
// a page of the tree among them would be overwritten.
func (h header) readFree(f io.ReaderAt) ([]uint64, error) {
	p, err := h.readPage(f, h.freelist)
	if err != nil {
		return nil, fmt.Errorf("freelist: %w", err)
	}
	order := binary.NativeEndian
	count, data := uint64(p.count), p.data
	if p.count == manyFree {
		count, data = order.Uint64(data), data[8:]
	}
	if p.flags != pageFreelist || count > uint64(len(data)/8) {
		return nil, fmt.Errorf("freelist: page %d is none", p.id)
	}
	free := make([]uint64, count)
	for i := range free {
		free[i] = order.Uint64(data[8*i:])
		if free[i] < 2 || free[i] >= h.pages {
			return nil, fmt.Errorf("freelist: page %d is outside of the file", free[i])
		}
	}
	slices.Sort(free)
	if n := len(free); len(slices.Compact(free)) != n {
		return nil, errors.New("freelist: a page is on it twice")
	}
	return free, nil
}
