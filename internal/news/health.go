package news

import "time"

// A Health is a Source's state, as its visits show it.
type Health string

// The states of a source.
const (
	HealthNew         Health = "new"         // never asked
	HealthOff         Health = "off"         // not polled
	HealthOK          Health = "ok"          // read, and as lively as ever
	HealthEmpty       Health = "empty"       // answers with nothing in it
	HealthNotFeed     Health = "not-a-feed"  // answers with something else: a web page, a challenge, a login
	HealthFrozen      Health = "frozen"      // readable, but its newest item is older than its rhythm explains
	HealthOverdue     Health = "overdue"     // silent for longer than expect_every
	HealthBlocked     Health = "blocked"     // refuses us: 401, 403, 444, 451, or a challenge
	HealthGone        Health = "gone"        // 404 or 410
	HealthMoved       Health = "moved"       // permanently, to where a curator has to follow it
	HealthUnreachable Health = "unreachable" // DNS, TLS, timeout, server errors
	HealthTruncated   Health = "truncated"   // what arrives ends before its end
	HealthMalformed   Health = "malformed"   // cannot be read
	HealthFailing     Health = "failing"     // the fault is ours: the store, a refused address
)

// Healths lists every state, the best first.
func Healths() []Health {
	return []Health{
		HealthOK, HealthNew, HealthOff, HealthMoved, HealthOverdue, HealthFrozen, HealthTruncated, HealthMalformed,
		HealthEmpty, HealthNotFeed, HealthBlocked, HealthUnreachable, HealthGone, HealthFailing,
	}
}

// Readable reports whether a source in this state brings news, as its last visit
// showed.
func (h Health) Readable() bool {
	switch h {
	case HealthOK, HealthMoved, HealthTruncated:
		return true
	}
	return false
}

// A Turn is a change of a Source's Health.
type Turn struct {
	Seq    uint64 // order of all turns in the store
	Source SourceID
	From   Health // "" before the first visit
	To     Health
	At     time.Time
	Why    string // for the operator; never shown to readers
}
