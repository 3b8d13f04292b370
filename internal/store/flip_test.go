package store

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"rightswire/internal/news"
)

// richStore makes a small store that has something of everything, and returns its
// file.
func richStore(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	s, err := Open(dir, Options{SiteID: "rights.example.org,2026"})
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range []news.SourceID{"one", "two"} {
		file(t, s, src, 0, 40)
	}
	update(t, s, func(tx *Tx) error {
		for n := range 20 {
			src := news.SourceID(fmt.Sprintf("source-%d", n))
			if _, err := tx.Origin(src, []news.SourceID{src + "-old"}); err != nil {
				return err
			}
			err := errors.Join(
				tx.PutPoll(src, news.Poll{Next: epoch, Last: epoch, Count: uint32(n)}),
				tx.PutVisit(src, richVisit(n)),
				tx.AddTurn(&news.Turn{Source: src, From: news.HealthOK, To: news.HealthGone, At: epoch, Why: "answers 410"}),
				tx.PutSubscription(richSubscription(src, n)),
				tx.PutPlace(fmt.Sprintf("channels/%d/", n), Place{Definition: [32]byte{byte(n)}, Defined: epoch}),
				reviseTx(tx, n),
				tx.PutReadings(src, readingsOf("two", n, 2*n)),
			)
			it, itErr := tx.Item(testEntry("two", n).ID)
			if err = errors.Join(err, itErr); err != nil {
				return err
			}
			d := news.Decision{Item: it.ID, Action: news.Pin, By: "ed", At: epoch, Why: "important"}
			it.Standing = news.Standing{State: news.StateOpen, Pinned: true, Entered: epoch, Decided: epoch}
			it.Doubt = "every entry is new at once"
			err = errors.Join(tx.AddDecision(&d), tx.AddAlias(news.NewItemID("two", news.ByTitle, it.Title), it), tx.PutItem(it))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return s.path
}

// dump reads everything of a store that its methods give out.
func dump(path string) (all map[string]any, err error) {
	s, err := Open(filepath.Dir(path), Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.closeFile()) }()
	all = map[string]any{}
	keep := func(what string, v any, err error) error {
		all[what] = v
		return err
	}
	err = s.View(func(tx *Tx) error {
		for _, src := range []news.SourceID{"one", "two"} {
			for n := range 40 {
				id := testEntry(src, n).ID
				it, err := tx.Item(id)
				if err := keep("item "+string(id), it, err); err != nil {
					return err
				}
				revs, err := tx.Revisions(it)
				if err := keep("revisions "+string(id), revs, err); err != nil {
					return err
				}
				ds, err := tx.Decisions(id)
				if err := keep("decisions "+string(id), ds, err); err != nil {
					return err
				}
				byLink, err := tx.ByLink(src, it.URL)
				if err := keep("link "+string(id), byLink, err); err != nil {
					return err
				}
			}
		}
		for n := range 20 {
			src := news.SourceID(fmt.Sprintf("source-%d", n))
			origin, err := tx.Origin(src+"-old", nil)
			err = errors.Join(err, keep("origin "+string(src), origin, nil))
			p, pErr := tx.Poll(src)
			v, vErr := tx.Visit(src)
			rs, rErr := tx.Readings(src)
			sub, sErr := tx.Subscription(src)
			err = errors.Join(err, keep("poll "+string(src), p, pErr), keep("visit "+string(src), v, vErr),
				keep("readings "+string(src), rs, rErr), keep("subscription "+string(src), sub, sErr))
			if err != nil {
				return err
			}
		}
		turns, tErr := tx.Turns(100)
		subs, sErr := tx.Subscriptions()
		if err := errors.Join(keep("turns", turns, tErr), keep("subscriptions", subs, sErr)); err != nil {
			return err
		}
		places, err := tx.Places()
		if err := keep("places", places, err); err != nil {
			return err
		}
		for _, f := range []Facet{{Kind: All}, {Kind: Pinned}, {Kind: ByTopic, Value: "press-freedom"}, {Kind: ByCountry, Value: "KP"}} {
			var ids []news.ItemID
			err := tx.Walk(f, time.Time{}, func(it *news.Item) (bool, error) {
				ids = append(ids, it.ID)
				return true, nil
			})
			if err := keep(fmt.Sprint("walk ", f), ids, err); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// TestStoreFlips flips single bits of a store's file. Either what is read is what
// was written, or reading refuses it, or Verify names it: nothing altered passes.
// RIGHTSWIRE_FLIPS says how often; 300 by default.
func TestStoreFlips(t *testing.T) {
	flips := 300
	if n, err := strconv.Atoi(os.Getenv("RIGHTSWIRE_FLIPS")); err == nil {
		flips = n
	} else if testing.Short() {
		flips = 60
	}
	path := richStore(t)
	want, err := dump(path)
	if err != nil {
		t.Fatal(err)
	}
	whole := wholePages(t, path)
	dir := t.TempDir()
	flipped := filepath.Join(dir, fileName)
	r := rand.New(rand.NewPCG(5, uint64(flips)))
	counts := map[string]int{}
	for range flips {
		data := slices.Clone(whole)
		at, bit := r.IntN(len(data)), r.IntN(8)
		data[at] ^= 1 << bit
		if err := os.WriteFile(flipped, data, 0o600); err != nil {
			t.Fatal(err)
		}
		report, err := Verify(flipped)
		if err != nil {
			t.Fatalf("byte %d bit %d: verify: %v", at, bit, err)
		}
		got, err := dump(flipped)
		same := err == nil && reflect.DeepEqual(got, want)
		switch {
		case len(report.Problems) > 0 && same:
			counts["verify found what no reading met"]++
		case len(report.Problems) > 0 && err != nil:
			counts["verify and reading found it"]++
		case len(report.Problems) > 0:
			counts["verify alone found it"]++
		case same:
			counts["nothing is there"]++
		default:
			t.Errorf("byte %d (page %d) bit %d: verify found nothing, reading: %v", at, at/4096, bit, err)
		}
		if _, ok := errors.AsType[*DamagedError](err); err != nil && !ok && !errors.Is(err, ErrNotFound) {
			t.Errorf("byte %d bit %d: an error without a name: %v", at, bit, err)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%3d %s", counts[what], what)
	}
}

// TestStoreDamagedRecord damages one record: it is refused by name, left out of
// lists, and everything else goes on.
func TestStoreDamagedRecord(t *testing.T) {
	s := openTest(t, t.TempDir())
	file(t, s, "one", 0, 10)
	bad := testEntry("one", 4)
	damage := func(b bucketID, key []byte) {
		update(t, s, func(tx *Tx) error {
			v, err := tx.raw(b, key)
			v = slices.Clone(v)
			v[len(v)/2] ^= 16
			return errors.Join(err, tx.putRaw(b, key, v))
		})
	}
	damage(bItems, seqKey(5))
	damage(bBodies, bodyKey(7, 1))
	refused := func(what string, err error) {
		t.Helper()
		if _, ok := errors.AsType[*DamagedError](err); !ok {
			t.Errorf("%s: %v", what, err)
		}
	}
	view(t, s, func(tx *Tx) error {
		_, err := tx.Item(bad.ID)
		refused("item", err)
		it, err := tx.Item(testEntry("one", 6).ID)
		if err != nil {
			return err
		}
		_, err = tx.Revision(it, 1)
		refused("revision", err)
		_, err = tx.Revisions(it)
		refused("revisions", err)
		n := 0
		err = tx.Walk(Facet{Kind: All}, time.Time{}, func(it *news.Item) (bool, error) {
			n++
			return true, nil
		})
		if n != 9 {
			t.Errorf("%d items listed of 9", n)
		}
		return err
	})
	refused("put", s.Update(func(tx *Tx) error {
		it := testItem("one", bad, epoch)
		it.Seq = 5
		return tx.PutItem(it)
	}))
	file(t, s, "one", 10, 12)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Verify(s.path)
	if err != nil || len(r.Problems) < 2 {
		t.Errorf("verify: %q %v", r.Problems, err)
	}
	// So that the end of the test finds a whole store.
	s = openTest(t, filepath.Dir(s.path))
	damage(bItems, seqKey(5))
	damage(bBodies, bodyKey(7, 1))
}

// TestStoreDamagedList damages a stretch of a list: it is made anew from the items,
// for reading and for good by the next writing.
func TestStoreDamagedList(t *testing.T) {
	s := openTest(t, t.TempDir())
	file(t, s, "one", 0, 300)
	listed := func() (ids []news.ItemID) {
		view(t, s, func(tx *Tx) error {
			return tx.Walk(Facet{Kind: BySource, Value: "one"}, time.Time{}, func(it *news.Item) (bool, error) {
				ids = append(ids, it.ID)
				return true, nil
			})
		})
		return ids
	}
	want := listed()
	update(t, s, func(tx *Tx) error {
		var keys, values [][]byte
		err := tx.scan(bLists, []byte{'s'}, func(key, value []byte) error {
			keys, values = append(keys, slices.Clone(key)), append(values, slices.Clone(value))
			return nil
		})
		for i, value := range values {
			value[len(value)-3] ^= 1
			err = errors.Join(err, tx.putRaw(bLists, keys[i], value))
		}
		return err
	})
	if got := listed(); len(want) != 300 || !slices.Equal(got, want) {
		t.Errorf("%d items listed of %d", len(got), len(want))
	}
	view(t, s, func(tx *Tx) error {
		items, err := tx.ByLink("one", testEntry("one", 17).Link)
		if len(items) != 1 {
			t.Errorf("%d items by link", len(items))
		}
		return err
	})
	update(t, s, func(tx *Tx) error { // touch every stretch
		for n := range 300 {
			it, err := tx.Item(testEntry("one", n).ID)
			if err != nil {
				return err
			}
			it.URL += "#moved"
			it.Published = it.Published.Add(time.Second)
			if err := tx.PutItem(it); err != nil {
				return err
			}
		}
		return nil
	})
}
