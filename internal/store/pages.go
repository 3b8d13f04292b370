package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Sizes of the elements that a page of the tree begins with, and the flag of a
// leaf's element that holds a bucket: its root page, a counter and, where that
// page is 0, the bucket's one page itself.
const (
	elementSize      = 16
	elementBucket    = 1
	bucketHeaderSize = 16
)

// A pageCheck walks the tree of a file page by page. bbolt's own check follows
// damaged pages out of the mapped file or in a circle, and sees nothing of a
// record that went missing. A page as bbolt writes it has no gaps, which pins its
// every field: what this lets pass is safe to map and lacks no record.
type pageCheck struct {
	f       io.ReaderAt
	h       header
	used    []bool // by page
	problem func(format string, args ...any)
}

// checkPages checks the structure of a whole file.
func checkPages(f io.ReaderAt, h header, problem func(string, ...any)) {
	c := &pageCheck{f: f, h: h, used: make([]bool, h.pages), problem: problem}
	free, err := h.readFree(f)
	if err != nil {
		problem("%v", err)
		return
	}
	if list, err := h.readPage(f, h.freelist); err == nil {
		c.take(list)
	}
	c.tree(h.root, true, nil, nil)
	for _, id := range free {
		if c.used[id] {
			problem("page %d is in use and on the freelist", id)
		}
		c.used[id] = true
	}
	for id := 2; id < len(c.used); id++ {
		if !c.used[id] {
			problem("page %d is lost: neither in use nor free", id)
		}
	}
}

// take marks a page and its overflow as used; false where they were already.
func (c *pageCheck) take(p page) bool {
	n := (uint64(len(p.data)) + pageHeaderSize) / uint64(c.h.pageSize)
	for id := p.id; id < p.id+n; id++ {
		if c.used[id] {
			c.problem("page %d is used twice", id)
			return false
		}
		c.used[id] = true
	}
	return true
}

// tree checks the pages below id, whose keys must be at least low and below high.
// Those of the root bucket, and they alone, are buckets.
func (c *pageCheck) tree(id uint64, root bool, low, high []byte) {
	p, err := c.h.readPage(c.f, id)
	if err != nil {
		c.problem("%v", err)
		return
	}
	if !c.take(p) {
		return
	}
	if p.flags != pageLeaf && p.flags != pageBranch || p.count == 0 {
		c.problem("page %d is no page of the tree", id)
		return
	}
	elements, end, err := p.elements()
	if err != nil {
		c.problem("page %d: %v", id, err)
		return
	}
	size := uint64(c.h.pageSize)
	if need := (pageHeaderSize + uint64(end) + size - 1) / size * size; need != uint64(len(p.data))+pageHeaderSize {
		c.problem("page %d has another size than its records", id)
		return
	}
	for i, e := range elements {
		if bytes.Compare(e.key, low) < 0 || high != nil && bytes.Compare(e.key, high) >= 0 {
			c.problem("page %d: key %x is out of order", id, e.key)
			return
		}
		low = e.key
		switch {
		case p.flags == pageBranch && i+1 < len(elements):
			c.tree(e.page, root, e.key, elements[i+1].key)
		case p.flags == pageBranch:
			c.tree(e.page, root, e.key, high)
		case root && e.flags == elementBucket:
			c.bucket(e)
		case root || e.flags != 0:
			c.problem("page %d: key %x has flags %x", id, e.key, e.flags)
		}
	}
}

func (c *pageCheck) bucket(e element) {
	if len(e.value) < bucketHeaderSize {
		c.problem("bucket %q is cut short", e.key)
		return
	}
	if id := binary.NativeEndian.Uint64(e.value); id != 0 {
		c.tree(id, false, nil, nil)
		return
	}
	inline := e.value[bucketHeaderSize:]
	if len(inline) < pageHeaderSize {
		c.problem("bucket %q is cut short", e.key)
		return
	}
	order := binary.NativeEndian
	p := page{flags: order.Uint16(inline[8:]), count: int(order.Uint16(inline[10:])), data: inline[pageHeaderSize:]}
	elements, end, err := p.elements()
	if err != nil || p.flags != pageLeaf || end != len(p.data) || order.Uint64(inline) != 0 || order.Uint32(inline[12:]) != 0 {
		c.problem("bucket %q is damaged", e.key)
		return
	}
	var low []byte
	for _, e := range elements {
		if e.flags != 0 || bytes.Compare(e.key, low) <= 0 {
			c.problem("bucket %q: key %x is damaged", e.key, e.key)
		}
		low = e.key
	}
}

// An element is a record of a leaf or the way to a page from a branch.
type element struct {
	flags      uint32
	key, value []byte
	page       uint64
}

// elements takes a page apart and returns where its records end.
func (p page) elements() ([]element, int, error) {
	order := binary.NativeEndian
	end := p.count * elementSize
	if end > len(p.data) {
		return nil, 0, fmt.Errorf("%d records have no room", p.count)
	}
	list := make([]element, p.count)
	for i := range list {
		at := i * elementSize
		d := p.data[at : at+elementSize]
		e := &list[i]
		var pos, keySize, valueSize int
		if p.flags == pageBranch {
			pos, keySize, e.page = int(order.Uint32(d)), int(order.Uint32(d[4:])), order.Uint64(d[8:])
		} else {
			e.flags, pos = order.Uint32(d), int(order.Uint32(d[4:]))
			keySize, valueSize = int(order.Uint32(d[8:])), int(order.Uint32(d[12:]))
		}
		if at+pos != end || keySize <= 0 || keySize > len(p.data)-end || valueSize < 0 || valueSize > len(p.data)-end-keySize {
			return nil, 0, fmt.Errorf("record %d is out of place", i)
		}
		e.key = p.data[end : end+keySize]
		e.value = p.data[end+keySize : end+keySize+valueSize]
		if i > 0 && bytes.Compare(list[i-1].key, e.key) >= 0 {
			return nil, 0, fmt.Errorf("key %x is out of order", e.key)
		}
		end += keySize + valueSize
	}
	return list, end, nil
}
