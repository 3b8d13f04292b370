package newsroom

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"rightswire/internal/ingest"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

// A MetricsView is a snapshot of what the newsroom counts. Counters begin with the
// process; the rest is as it is now.
type MetricsView struct {
	Version string
	Started time.Time
	// Fetches counts the visits by their outcome, in a fixed order.
	Fetches []FetchCount
	// Latency is how long the visits took, without waiting in line.
	Latency Histogram
	// Received is the bytes that sources sent, as they came over the wire.
	Received              uint64
	ItemsNew, ItemsEdited uint64
	StoreItems            uint64
	// Bytes of the store, and free on its disk.
	StoreBytes, StoreFree int64
	// Waiting is how many of the items that entered last wait for a curator, as far
	// as one page of them goes, at most a minute ago.
	Waiting int
	// UnderWay is how many visits are.
	UnderWay int
	// Sources counts the sources by their state, every state there is; Silent are
	// those polled that bring no news.
	Sources map[news.Health]int
	Silent  int
	// Visited is the latest visit to any source that did not fail, of those before the
	// process began the latest that brought a new body; zero: none yet.
	Visited time.Time
}

// A FetchCount is how many visits ended one way.
type FetchCount struct {
	Outcome string
	Failure news.FailureKind // why, where they failed
	Count   uint64
}

// A Histogram says how many of the values observed were within each bound.
type Histogram struct {
	Bounds []float64 // seconds, rising
	Within []uint64  // values at or below each bound
	Count  uint64
	Sum    float64
}

// latencyBounds are what a visit may take, in seconds, up to the longest timeout
// that is likely.
var latencyBounds = [...]float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120}

// waitingKept is how long the count of what waits for a curator is good: making it
// reads thousands of items.
const waitingKept = time.Minute

// A meter counts what visits come to.
type meter struct {
	mu      sync.Mutex // guards what follows
	fetches map[ending]uint64
	within  [len(latencyBounds)]uint64
	count   uint64
	sum     time.Duration

	received, added, edited uint64
	succeeded               time.Time

	waiting   int
	waitingAt time.Time
}

// An ending is a way in which a visit ends.
type ending struct {
	outcome ingest.OutcomeKind
	failure news.FailureKind
}

// visited is told of every visit that has ended.
func (n *Newsroom) visited(o ingest.Outcome) {
	m := &n.meter
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fetches == nil {
		m.fetches = map[ending]uint64{}
	}
	m.fetches[ending{o.Kind, o.Failure}]++
	if o.Kind == ingest.Fetched || o.Kind == ingest.NotModified || o.Kind == ingest.Unchanged {
		m.succeeded = time.Now().UTC()
	}
	m.received += uint64(max(0, o.Sent))
	m.added += uint64(o.New)
	m.edited += uint64(o.Updated)
	if o.Took <= 0 {
		return // nobody was asked
	}
	m.count++
	m.sum += o.Took
	for i, bound := range latencyBounds {
		if o.Took.Seconds() <= bound {
			m.within[i]++
		}
	}
}

// Metrics returns a snapshot of what the newsroom counts.
func (n *Newsroom) Metrics() (MetricsView, error) {
	v := MetricsView{Version: n.version, Started: n.started.UTC(), UnderWay: n.ingest.UnderWay()}
	n.meter.snapshot(&v)
	size, err := n.store.Size()
	if err != nil {
		return v, err
	}
	v.StoreItems, v.StoreBytes, v.StoreFree = size.Items, size.Bytes, size.Free
	if err := n.countSources(&v); err != nil {
		return v, err
	}
	v.Waiting, err = n.waiting()
	return v, err
}

func (m *meter) snapshot(v *MetricsView) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for e, count := range m.fetches {
		v.Fetches = append(v.Fetches, FetchCount{string(e.outcome), e.failure, count})
	}
	slices.SortFunc(v.Fetches, func(a, b FetchCount) int {
		return cmp.Or(cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Failure, b.Failure))
	})
	v.Latency = Histogram{Bounds: latencyBounds[:], Within: slices.Clone(m.within[:]), Count: m.count, Sum: m.sum.Seconds()}
	v.Received, v.ItemsNew, v.ItemsEdited, v.Visited = m.received, m.added, m.edited, m.succeeded
}

func (n *Newsroom) countSources(v *MetricsView) error {
	s := n.current.Load()
	now := time.Now()
	v.Sources = map[news.Health]int{}
	for _, h := range news.Healths() {
		v.Sources[h] = 0
	}
	return n.store.View(func(tx *store.Tx) error {
		for _, src := range s.config.Rules.Sources() {
			if src.ID == news.DeskSource {
				continue
			}
			c, err := s.checkup(tx, &src.Source, now)
			if err != nil {
				return err
			}
			v.Sources[c.State]++
			if silent(c.State) {
				v.Silent++
			}
			if c.visit.Good.After(v.Visited) {
				v.Visited = c.visit.Good.UTC()
			}
		}
		return nil
	})
}

// waiting counts what waits for a curator, at most once in waitingKept.
func (n *Newsroom) waiting() (int, error) {
	m := &n.meter
	m.mu.Lock()
	known, at := m.waiting, m.waitingAt
	m.mu.Unlock()
	if !at.IsZero() && time.Since(at) < waitingKept {
		return known, nil
	}
	page, err := n.Items(Query{Review: true})
	if err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting, m.waitingAt = len(page.Items), time.Now()
	return m.waiting, nil
}
