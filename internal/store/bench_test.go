package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"rightswire/internal/news"

	bolt "go.etcd.io/bbolt"
)

// A batch is what the filer puts into one transaction: 100 sources with 30 items.
const (
	sourceItems = 30
	batchItems  = 100 * sourceItems
	batches     = 10
)

type prepared struct {
	it *news.Item
	p  Prepared
}

// benchBatch prepares a batch, in the order of its feeds.
func benchBatch(b testing.TB, round int) []prepared {
	b.Helper()
	var list []prepared
	for i := range batchItems {
		src := news.SourceID(fmt.Sprintf("source-%d-%d", round, i/sourceItems))
		e := testEntry(src, i)
		p, err := Prepare(e, epoch)
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, prepared{testItem(src, e, epoch), p})
	}
	return list
}

func fileBatch(tx *Tx, batch []prepared) error {
	var readings []news.Reading
	for i, n := range batch {
		it := *n.it
		if _, err := tx.AddRevision(&it, n.p); err != nil {
			return err
		}
		if err := tx.PutItem(&it); err != nil {
			return err
		}
		readings = append(readings, news.Reading{Print: it.Digest, Item: it.ID, Claimed: it.Claimed()})
		if len(readings) < sourceItems && i < len(batch)-1 {
			continue
		}
		if err := tx.PutReadings(it.Source, readings); err != nil {
			return err
		}
		readings = readings[:0]
	}
	return nil
}

// BenchmarkFile compares filing 30,000 new items with bare puts of their bodies, as
// a program without indexes would do it.
func BenchmarkFile(b *testing.B) {
	var list [batches][]prepared
	for i := range list {
		list[i] = benchBatch(b, i)
	}
	b.Run("store", func(b *testing.B) {
		var used time.Duration
		for b.Loop() {
			b.StopTimer()
			s := openTest(b, b.TempDir())
			runtime.GC()
			start := cpu()
			b.StartTimer()
			for i := range list {
				update(b, s, func(tx *Tx) error { return fileBatch(tx, list[i]) })
			}
			used += cpu() - start
			b.StopTimer()
			info, err := os.Stat(s.path)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size())/(batches*batchItems), "B/item")
			b.StartTimer()
		}
		perItem(b, used)
	})
	for _, size := range []int{0, 2000} {
		name := "bare-bodies"
		if size > 0 {
			name = "bare-2KB"
		}
		b.Run(name, func(b *testing.B) {
			value := []byte(html(rand.New(rand.NewPCG(1, 1)), "bare", size))
			var used time.Duration
			for b.Loop() {
				b.StopTimer()
				db, err := bolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, boltOptions(0))
				if err != nil {
					b.Fatal(err)
				}
				runtime.GC()
				start := cpu()
				b.StartTimer()
				for i := range list {
					if err := db.Update(func(tx *bolt.Tx) error { return putBare(tx, i, list[i], value, size > 0) }); err != nil {
						b.Fatal(err)
					}
				}
				used += cpu() - start
				b.StopTimer()
				if err := db.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			perItem(b, used)
		})
	}
}

func putBare(tx *bolt.Tx, round int, batch []prepared, value []byte, same bool) error {
	bucket, err := tx.CreateBucketIfNotExists([]byte("items"))
	if err != nil {
		return err
	}
	for i, n := range batch {
		v := n.p.body
		if same {
			v = value
		}
		if err := bucket.Put(seqKey(uint64(round*batchItems+i)), v); err != nil {
			return err
		}
	}
	return nil
}

// cpu returns the processor time this process has used: on a machine with other
// work it says more than the wall clock.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// perItem reports what filing took.
func perItem(b *testing.B, used time.Duration) {
	n := float64(b.N * batches * batchItems)
	b.ReportMetric(float64(b.Elapsed().Microseconds())/n, "µs/item")
	b.ReportMetric(float64(used.Microseconds())/n, "cpu-µs/item")
}

// BenchmarkSize reports the bytes a store takes for an item with 2 KB of HTML.
func BenchmarkSize(b *testing.B) {
	for b.Loop() {
		s := openTest(b, b.TempDir())
		for round := range 10 {
			batch := benchBatch(b, round)
			update(b, s, func(tx *Tx) error { return fileBatch(tx, batch) })
		}
		info, err := os.Stat(s.path)
		if err != nil {
			b.Fatal(err)
		}
		sizes := s.bucketSizes(b)
		b.ReportMetric(float64(info.Size())/(batches*batchItems), "B/item")
		b.Log(sizes)
	}
}

func (s *Store) bucketSizes(b testing.TB) string {
	var text string
	view(b, s, func(tx *Tx) error {
		for id := range bucketCount {
			bucket, err := tx.bucket(id)
			if err != nil {
				return err
			}
			st := bucket.Stats()
			text += fmt.Sprintf("%s keys=%d pages=%d+%d inuse=%d/%d  ", bucketNames[id], st.KeyN, st.LeafPageN, st.LeafOverflowN,
				st.LeafInuse, st.LeafAlloc)
		}
		return nil
	})
	return text
}

// BenchmarkReadings is what the readings of a source of 30 items, and of one of
// 50,000, cost a visit that reads its document.
func BenchmarkReadings(b *testing.B) {
	for _, n := range []int{sourceItems, maxReadings} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := openTest(b, b.TempDir())
			list := make([]news.Reading, n)
			update(b, s, func(tx *Tx) error {
				for i := range list {
					it := &news.Item{ID: news.NewItemID("one", news.ByGUID, fmt.Sprint(i)), Source: "one"}
					list[i] = news.Reading{Item: it.ID, Claimed: epoch}
					if err := tx.PutItem(it); err != nil {
						return err
					}
				}
				return tx.PutReadings("one", list)
			})
			b.Run("read", func(b *testing.B) {
				for b.Loop() {
					if got := s.readings(b, "one"); len(got) != n {
						b.Fatal(len(got))
					}
				}
			})
			b.Run("put", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					list[0].Print = [16]byte{byte(i), byte(i >> 8), byte(i >> 16), 1}
					update(b, s, func(tx *Tx) error { return tx.PutReadings("one", list) })
				}
			})
		})
	}
}

func BenchmarkPrepare(b *testing.B) {
	e := testEntry("one", 1)
	for b.Loop() {
		if _, err := Prepare(e, epoch); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDigest(b *testing.B) {
	e := testEntry("one", 1)
	for b.Loop() {
		Digest(e)
	}
}

func BenchmarkDecodeItem(b *testing.B) {
	e := testEntry("one", 1)
	it := testItem("one", e, epoch)
	buf := appendItem(nil, it, 7)
	b.ReportMetric(float64(len(buf)), "bytes")
	for b.Loop() {
		r := reader{rest: string(buf)}
		var it news.Item
		r.item(&it)
	}
}

// BenchmarkWalk lists the 50 latest of 30,000 items.
func BenchmarkWalk(b *testing.B) {
	s := openTest(b, b.TempDir())
	for round := range 10 {
		batch := benchBatch(b, round)
		update(b, s, func(tx *Tx) error { return fileBatch(tx, batch) })
	}
	for b.Loop() {
		view(b, s, func(tx *Tx) error {
			n := 0
			return tx.Walk(Facet{Kind: All}, time.Time{}, func(*news.Item) (bool, error) {
				n++
				return n < 50, nil
			})
		})
	}
}
