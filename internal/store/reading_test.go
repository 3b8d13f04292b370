package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"rightswire/internal/news"
)

// readings reads a source's readings in a transaction of their own.
func (s *Store) readings(t testing.TB, src news.SourceID) (list []news.Reading) {
	t.Helper()
	view(t, s, func(tx *Tx) (err error) {
		list, err = tx.Readings(src)
		return err
	})
	return list
}

// written returns how many bytes of pages a transaction wrote.
func (s *Store) written(t testing.TB, fn func(*Tx) error) int64 {
	t.Helper()
	before := s.db.Stats()
	update(t, s, fn)
	after := s.db.Stats()
	return after.TxStats.GetPageAlloc() - before.TxStats.GetPageAlloc()
}

func TestReadings(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	file(t, s, "one", 0, 60)
	put := func(src news.SourceID, list []news.Reading) int64 {
		return s.written(t, func(tx *Tx) error { return tx.PutReadings(src, list) })
	}
	if got := s.readings(t, "one"); got != nil {
		t.Errorf("before the first: %v", got)
	}
	list := readingsOf("one", 0, 50)
	list[3].Claimed = time.Time{}
	put("one", list)
	put("two", nil)
	if got := s.readings(t, "one"); !reflect.DeepEqual(got, list) {
		t.Errorf("read %v\nput %v", got, list)
	}
	nothing := s.written(t, func(*Tx) error { return nil })
	if n := put("one", slices.Clone(list)); n != nothing {
		t.Errorf("the same readings again wrote %d bytes, a transaction without any %d", n, nothing)
	}
	list = append(readingsOf("one", 50, 60), list[:45]...)
	put("one", list)
	if got := s.readings(t, "one"); !reflect.DeepEqual(got, list) {
		t.Errorf("read %v\nput %v", got, list)
	}
	if got := s.readings(t, "two"); got != nil {
		t.Errorf("another source's: %v", got)
	}

	// They are of the source, whatever it is called.
	update(t, s, func(tx *Tx) error {
		_, err := tx.Origin("renamed", []news.SourceID{"one"})
		return err
	})
	if got := s.readings(t, "renamed"); !reflect.DeepEqual(got, list) {
		t.Errorf("after a renaming: %v", got)
	}
	put("renamed", nil)
	if got := s.readings(t, "renamed"); got != nil {
		t.Errorf("after deletion: %v", got)
	}
	if n := put("renamed", nil); n != nothing {
		t.Errorf("deleting none wrote %d bytes", n)
	}
}

// TestReadingsTimes keeps claims to the second, and those that four bytes can't
// hold as near as may be.
func TestReadingsTimes(t *testing.T) {
	s := openTest(t, t.TempDir())
	file(t, s, "one", 0, 1)
	for claimed, want := range map[time.Time]time.Time{
		{}:                                 {},
		epoch.Add(5):                       epoch,
		time.Unix(-5e9, 0):                 time.Unix(1, 0).UTC(),
		time.Unix(0, 0):                    time.Unix(1, 0).UTC(),
		epoch.AddDate(9000, 0, 0):          time.Unix(1<<32-1, 0).UTC(),
		epoch.In(time.FixedZone("", 3600)): epoch,
	} {
		list := readingsOf("one", 0, 1)
		list[0].Claimed = claimed
		update(t, s, func(tx *Tx) error { return tx.PutReadings("one", list) })
		if got := s.readings(t, "one"); len(got) != 1 || got[0].Claimed != want {
			t.Errorf("%v is read as %v, want %v", claimed, got, want)
		}
	}
}

// TestReadingsMany keeps 50,000 readings of a source and no more.
func TestReadingsMany(t *testing.T) {
	s := openTest(t, t.TempDir())
	file(t, s, "one", 0, 1)
	list := make([]news.Reading, maxReadings+10)
	for i := range list {
		list[i] = readingsOf("one", 0, 1)[0]
		list[i].Print = [16]byte{byte(i), byte(i >> 8), byte(i >> 16)}
	}
	update(t, s, func(tx *Tx) error { return tx.PutReadings("one", list) })
	if got := s.readings(t, "one"); !reflect.DeepEqual(got, list[:maxReadings]) {
		t.Errorf("%d readings", len(got))
	}
	for _, list := range [][]news.Reading{list[:7], list[:20_000], nil} {
		update(t, s, func(tx *Tx) error { return tx.PutReadings("one", list) })
		if got := s.readings(t, "one"); !slices.Equal(got, list) {
			t.Errorf("%d readings instead of %d", len(got), len(list))
		}
	}
}

// TestReadingsRefused: a reading has to name an item.
func TestReadingsRefused(t *testing.T) {
	s := openTest(t, t.TempDir())
	err := s.Update(func(tx *Tx) error { return tx.PutReadings("one", []news.Reading{{Item: "not-an-id"}}) })
	if err == nil || !strings.Contains(err.Error(), "not-an-id") {
		t.Errorf("put: %v", err)
	}
}

// TestReadingsOfNothing: what names no item that is held speaks for nothing, and
// Verify says so.
func TestReadingsOfNothing(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	file(t, s, "one", 0, 2)
	alias := news.NewItemID("one", news.ByTitle, "other")
	update(t, s, func(tx *Tx) error {
		it, err := tx.Item(testEntry("one", 0).ID)
		if err != nil {
			return err
		}
		list := readingsOf("one", 0, 4)
		list[0].Item = alias
		return errors.Join(tx.AddAlias(alias, it), tx.PutReadings("one", list))
	})
	want := readingsOf("one", 0, 2)
	want[0].Item = alias
	if got := s.readings(t, "one"); !reflect.DeepEqual(got, want) {
		t.Errorf("readings %v", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Verify(filepath.Join(dir, fileName))
	if err != nil || len(r.Problems) != 2 || !strings.Contains(r.Problems[0], string(testEntry("one", 2).ID)) {
		t.Errorf("verify: %q %v", r.Problems, err)
	}
}

// TestReadingsDamaged: a damaged record is refused by name, and the next visit's
// takes its place.
func TestReadingsDamaged(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"flipped":  func(v []byte) []byte { v[len(v)/2] ^= 16; return v },
		"cut":      func(v []byte) []byte { return v[:3] },
		"not ours": func(v []byte) []byte { return seal(bReadings, numberKey(1), v[:len(v)-1]) },
	} {
		s := openTest(t, t.TempDir())
		file(t, s, "one", 0, 10)
		list := readingsOf("one", 0, 10)
		update(t, s, func(tx *Tx) error { return tx.PutReadings("one", list) })
		update(t, s, func(tx *Tx) error {
			v, err := tx.raw(bReadings, numberKey(1))
			return errors.Join(err, tx.putRaw(bReadings, numberKey(1), damage(slices.Clone(v))))
		})
		view(t, s, func(tx *Tx) error {
			got, err := tx.Readings("one")
			if damaged, ok := errors.AsType[*DamagedError](err); !ok || damaged.Path != "readings/00000001" {
				t.Errorf("%s: %v %v", name, got, err)
			}
			return nil
		})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if r, err := Verify(s.path); err != nil || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "readings/00000001") {
			t.Errorf("%s: verify: %q %v", name, r.Problems, err)
		}
		s = openTest(t, filepath.Dir(s.path))
		update(t, s, func(tx *Tx) error { return tx.PutReadings("one", list) })
		if got := s.readings(t, "one"); !reflect.DeepEqual(got, list) {
			t.Errorf("%s: after the next visit: %v", name, got)
		}
	}
}

// TestReadingsMoveAlong: a backup and a compaction hold them.
func TestReadingsMoveAlong(t *testing.T) {
	s := openTest(t, t.TempDir())
	file(t, s, "one", 0, 300)
	list := readingsOf("one", 0, 300)
	for n := range 5 {
		update(t, s, func(tx *Tx) error {
			return errors.Join(tx.PutReadings("one", list[n:]), tx.PutReadings(news.SourceID(fmt.Sprint("s", n)), list[:n]))
		})
	}
	back := t.TempDir()
	if err := s.Backup(filepath.Join(back, fileName), mustVerify); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Compact(mustVerify); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Store{s, openTest(t, back)} {
		if got := s.readings(t, "one"); !reflect.DeepEqual(got, list[4:]) {
			t.Errorf("%d readings", len(got))
		}
		if got := s.readings(t, "s3"); !reflect.DeepEqual(got, list[:3]) {
			t.Errorf("%d readings", len(got))
		}
	}
}
