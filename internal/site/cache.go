package site

import (
	"bytes"
	"container/list"
	"sync"
	"sync/atomic"
	"time"

	"rightswire/internal/web"
)

// overhead is what a slot takes beside the bytes it holds, roughly.
const overhead = 1024

// A cache holds the rendered bytes of addresses. Slots that are kept stay until
// they are dropped; the rest share a number of bytes, and those asked for least
// recently leave first.
type cache struct {
	limit int64

	mu     sync.Mutex // guards what follows, and the places of all slots
	slots  map[string]*slot
	recent *list.List // of the slots that share the limit, latest first
	used   int64
}

// A slot is the place in memory of one address.
type slot struct {
	path string
	kept bool

	making sync.Mutex // held by the one request that makes the answer anew
	answer atomic.Pointer[answer]

	place *list.Element // nil while it holds nothing that counts; guarded by cache.mu
	size  int64         // counted in cache.used; guarded by cache.mu
}

// An answer is what stands at an address, or where that has moved to. It is
// immutable once it is in a slot.
type answer struct {
	body     []byte
	kind     string
	modified time.Time
	content  *web.Content // made of the three
	moved    string       // path below the root

	generation uint64
	expires    time.Time // zero: never by itself
}

// fresh reports whether the answer still stands.
func (a *answer) fresh(generation uint64, now time.Time) bool {
	return a != nil && a.generation == generation && (a.expires.IsZero() || now.Before(a.expires))
}

// keep makes the content, or takes over the old answer's where the bytes are the
// same: then readers keep their validators, and nothing is compressed again.
func (a *answer) keep(old *answer) {
	switch {
	case a.moved != "":
	case old != nil && old.content != nil && bytes.Equal(old.content.Bytes, a.body):
		a.content = old.content
	default:
		a.content = web.NewContent(a.body, a.kind, a.modified)
	}
	a.body = nil
}

func newCache(limit int64) *cache {
	return &cache{limit: limit, slots: map[string]*slot{}, recent: list.New()}
}

// slot returns the slot of path, new and empty where there was none.
func (c *cache) slot(path string, kept bool) *slot {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.slots[path]
	if !ok {
		e = &slot{path: path, kept: kept}
		c.slots[path] = e
	}
	if e.place != nil {
		c.recent.MoveToFront(e.place)
	}
	return e
}

// put gives e an answer and makes room for it.
func (c *cache) put(e *slot, a *answer) {
	e.answer.Store(a)
	c.mu.Lock()
	defer c.mu.Unlock()
	if now, ok := c.slots[e.path]; e.kept || ok && now != e {
		return // nothing to count, or dropped meanwhile and made anew by another
	}
	size := int64(overhead + len(e.path))
	if a.content != nil {
		size += int64(len(a.content.Bytes) + len(a.content.Gzip))
	}
	c.slots[e.path] = e
	c.used += size - e.size
	e.size = size
	if e.place == nil {
		e.place = c.recent.PushFront(e)
	}
	for c.used > c.limit && c.recent.Len() > 0 {
		c.remove(c.recent.Back().Value.(*slot))
	}
}

// drop forgets e.
func (c *cache) drop(e *slot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.slots[e.path] == e {
		c.remove(e)
	}
	e.answer.Store(nil)
}

// remove takes e out; c.mu is held.
func (c *cache) remove(e *slot) {
	delete(c.slots, e.path)
	c.used -= e.size
	e.size = 0
	if e.place != nil {
		c.recent.Remove(e.place)
		e.place = nil
	}
}
