package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"rightswire/internal/news"

	bolt "go.etcd.io/bbolt"
)

// A Report is what a full check of a store found.
type Report struct {
	Items, Revisions, Decisions uint64
	Problems                    []string // none: the store is whole; at most 100
}

const maxProblems = 100

func (r *Report) problem(format string, args ...any) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
	}
}

// Verify checks a store's file that no process writes to: every page, every
// record's checksum and content, and that indexes and items agree. Its error says
// why it could not; damage is in the report. Run it in a process of its own: it
// takes time, and it maps a file that may be damaged.
func Verify(path string) (Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return Report{}, fmt.Errorf("verify store: %w", err)
	}
	if err := flock(f, false, time.Now().Add(defaultTimeout)); err != nil {
		return Report{}, errors.Join(fmt.Errorf("verify store %s: %w", path, err), f.Close())
	}
	var r Report
	h, err := checkFile(f, path)
	if err == nil {
		checkPages(f, h, r.problem)
	}
	if damaged, ok := errors.AsType[*DamagedError](err); ok {
		r.problem("%s", damaged.What)
		err = nil
	}
	if err != nil || len(r.Problems) > 0 {
		return r, errors.Join(err, f.Close())
	}
	if h.damaged {
		r.problem("a meta page is damaged: the last transaction may be lost")
	}
	db, err := openBolt(f, true)
	if err != nil {
		return r, fmt.Errorf("verify store %s: %w", path, err)
	}
	tx := newTx(nil, &Store{path: path, log: slog.New(slog.DiscardHandler)})
	err = guard(path, tx, func() error {
		return db.View(func(b *bolt.Tx) error {
			tx.bolt, tx.touching = b, true
			for err := range b.Check() {
				r.problem("%v", err)
			}
			return (&check{Tx: tx, report: &r}).run()
		})
	})
	if damaged, ok := errors.AsType[*DamagedError](err); ok {
		r.problem("%v", damaged)
		err = nil
	}
	return r, errors.Join(err, db.Close())
}

// A check compares the records of a store with each other.
type check struct {
	*Tx
	report *Report
	// spots stands for all spots that the items should have.
	spots spotSum
}

// A spotSum stands for a set of spots in any order.
type spotSum struct{ count, sum, mixed uint64 }

func (s *spotSum) add(key []byte, at, link uint64) {
	h := hash64(fmt.Sprintf("%s %x %x", key, at, link))
	s.count++
	s.sum += h
	s.mixed += h * h
}

func (c *check) run() error {
	have, err := c.schema()
	if err != nil {
		return err
	}
	switch want := schemaAfter(steps); {
	case have == 0:
		return &DamagedError{Path: c.store.path, What: "it has no schema"}
	case have > want:
		return fmt.Errorf("%w: schema %d, this program knows %d", ErrNewer, have, want)
	case have < want:
		return fmt.Errorf("schema %d is checked by the release that wrote it: open the store to bring it to %d", have, want)
	}
	for _, part := range []func() error{
		c.buckets, c.meta, c.names, c.bySource, c.items, c.ids, c.lists, c.orphans, c.decided, c.places, c.readings,
		c.turns, c.subscriptions,
	} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// each calls fn for every record of a bucket; what does not unseal is a problem.
func (c *check) each(id bucketID, fn func(key []byte, r reader) error) error {
	return c.scan(id, nil, func(key, sealed []byte) error {
		rec, err := unseal(id, key, sealed)
		if err == nil {
			err = fn(key, reader{rest: string(rec)})
		}
		return c.note(err)
	})
}

// note makes a problem of a damaged record.
func (c *check) note(err error) error {
	if damaged, ok := errors.AsType[*DamagedError](err); ok {
		c.report.problem("%v", damaged)
		return nil
	}
	return err
}

func (c *check) buckets() error {
	return c.bolt.ForEach(func(name []byte, _ *bolt.Bucket) error {
		if !slices.Contains(bucketNames[:], string(name)) {
			c.report.problem("bucket %q is not ours", name)
		}
		return nil
	})
}

func (c *check) meta() error {
	err := c.each(bMeta, func(key []byte, _ reader) error {
		switch string(key) {
		case keySchema, keySite, keyStore, keyState:
			return nil
		}
		return damagedRecord(bMeta, key, "not ours")
	})
	if err != nil {
		return err
	}
	_, err = c.readState()
	return c.note(err)
}

// names checks that names and sources point at each other.
func (c *check) names() error {
	err := c.each(bNames, func(key []byte, r reader) error {
		_, err := c.source(uint32(r.uint()))
		return err
	})
	if err != nil {
		return err
	}
	return c.each(bSources, func(key []byte, _ reader) error {
		n := binary.BigEndian.Uint32(key)
		src, err := c.source(n)
		if err != nil {
			return err
		}
		for _, id := range []news.SourceID{src.origin, src.current} {
			if named, err := c.number(id); err != nil {
				return err
			} else if named != n {
				c.report.problem("source %s has number %d and is named by %d", id, n, named)
			}
		}
		return nil
	})
}

func (c *check) bySource() error {
	err := c.each(bPolls, func(key []byte, r reader) error {
		if len(r.rest) < pollSize {
			return damagedRecord(bPolls, key, "too short")
		}
		_, err := c.source(binary.BigEndian.Uint32(key))
		return err
	})
	if err != nil {
		return err
	}
	return c.each(bVisits, func(key []byte, r reader) error {
		if r.visit(); r.bad {
			return damagedRecord(bVisits, key, errWire.Error())
		}
		_, err := c.source(binary.BigEndian.Uint32(key))
		return err
	})
}

func (c *check) items() error {
	want := uint64(1)
	return c.each(bItems, func(key []byte, r reader) error {
		seq := lastSeq(key)
		if seq != want {
			c.report.problem("items %d to %d are missing", want, seq-1)
		}
		want = seq + 1
		c.report.Items++
		it, err := c.decodeItem(seq, []byte(r.rest))
		if err != nil {
			return err
		}
		if err := c.reachable(it); err != nil {
			return err
		}
		return c.revisions(it)
	})
}

// reachable checks that an item's id leads to it, and notes where it stands.
func (c *check) reachable(it *news.Item) error {
	if seq, err := c.Seq(it.ID); err != nil {
		return err
	} else if seq != it.Seq {
		c.report.problem("item %s is not found by its id", it.ID)
	}
	n, err := c.number(it.Source)
	if err != nil {
		return err
	}
	spots, err := spotsOf(it, n)
	for _, s := range spots {
		c.spots.add(s.key, s.at, s.link)
	}
	return err
}

// revisions checks an item's bodies: all are there but those that gave way.
func (c *check) revisions(it *news.Item) error {
	count := 0
	err := c.scan(bBodies, seqKey(it.Seq), func(key, sealed []byte) error {
		count++
		c.report.Revisions++
		rev, err := openBody(key, sealed)
		if err != nil {
			return c.note(err)
		}
		if rev.Number > it.Latest || rev.Number == it.Latest && Digest(&rev.Entry) != it.Digest {
			c.report.problem("revision %d of item %s is not what the item says", rev.Number, it.ID)
		}
		return nil
	})
	least := min(it.Latest, maxRevisions)
	if err == nil && (count < least && !it.Expired || count > 0 && it.Expired || count > it.Latest) {
		c.report.problem("item %s has %d of %d revisions", it.ID, count, it.Latest)
	}
	return err
}

func (c *check) ids() error {
	return c.each(bIDs, func(key []byte, r reader) error {
		if seq := r.uint(); seq == 0 || seq > c.report.Items {
			c.report.problem("id %x leads to no item", key)
		}
		return nil
	})
}

// lists checks that every item stands on its lists, and nothing else does.
func (c *check) lists() error {
	var have spotSum
	err := c.each(bLists, func(key []byte, r reader) error {
		width := spotWidth(key)
		for spots := []byte(r.rest); len(spots) >= width; spots = spots[width:] {
			var link uint64
			if width > spotSize {
				link = binary.BigEndian.Uint64(spots[spotSize:])
			}
			have.add(key, binary.BigEndian.Uint64(spots), link)
		}
		return nil
	})
	if err == nil && have != c.spots {
		c.report.problem("the lists don't agree with the items: %d spots instead of %d", have.count, c.spots.count)
	}
	return err
}

// orphans looks for bodies without an item.
func (c *check) orphans() error {
	var have uint64
	err := c.scan(bBodies, nil, func(_, _ []byte) error { have++; return nil })
	if err == nil && have != c.report.Revisions {
		c.report.problem("%d revisions belong to no item", int64(have-c.report.Revisions))
	}
	return err
}

func (c *check) decided() error {
	b, err := c.bucket(bDecisions)
	if err != nil {
		return err
	}
	return c.scan(bDecisions, nil, func(key, sealed []byte) error {
		c.report.Decisions++
		d, err := openDecision(key, sealed)
		if err != nil {
			return c.note(err)
		}
		if item := lastSeq(key[:seqSize]); item == 0 || item > c.report.Items {
			c.report.problem("decision %d is on no item", d.Seq)
		}
		if d.Seq > b.Sequence() {
			c.report.problem("decision %d is numbered beyond the counter", d.Seq)
		}
		return nil
	})
}

func (c *check) places() error {
	return c.each(bPlaces, func(key []byte, r reader) error {
		_, err := r.place(key)
		return err
	})
}
