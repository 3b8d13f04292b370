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

func TestOrigin(t *testing.T) {
	s := openTest(t, t.TempDir())
	origin := func(src news.SourceID, formerly ...news.SourceID) (got news.SourceID) {
		t.Helper()
		var seen news.SourceID
		ask := func(to *news.SourceID) func(*Tx) error {
			return func(tx *Tx) (err error) {
				*to, err = tx.Origin(src, formerly)
				return err
			}
		}
		view(t, s, ask(&seen))
		update(t, s, ask(&got))
		if got != seen {
			t.Errorf("%s: a View says %s, an Update %s", src, seen, got)
		}
		return got
	}
	for _, step := range []struct {
		src      news.SourceID
		formerly []news.SourceID
		want     news.SourceID
	}{
		{"a", nil, "a"},
		{"b", []news.SourceID{"a"}, "a"},                // renamed
		{"c", []news.SourceID{"a", "b"}, "a"},           // twice
		{"a", []news.SourceID{"b", "c"}, "a"},           // and back
		{"new", []news.SourceID{"first", "x"}, "first"}, // a store begun anew keeps the ids
		{"other", nil, "other"},
		{"other", []news.SourceID{"a"}, "other"}, // too late
	} {
		if got := origin(step.src, step.formerly...); got != step.want {
			t.Errorf("%s formerly %v: %s instead of %s", step.src, step.formerly, got, step.want)
		}
	}
	file(t, s, "c", 0, 2)
	if origin("d", "c") != "a" {
		t.Error("d is not a")
	}
	view(t, s, func(tx *Tx) error {
		it, err := tx.Item(testEntry("c", 0).ID)
		if err != nil || it.Source != "d" {
			t.Errorf("item of renamed source: %+v %v", it, err)
		}
		for _, name := range []news.SourceID{"a", "c", "d"} {
			if n, err := tx.Count(name); n != 2 || err != nil {
				t.Errorf("%s has %d items (%v)", name, n, err)
			}
		}
		return nil
	})
	if err := s.Update(func(tx *Tx) error { _, err := tx.Origin("", nil); return err }); err == nil {
		t.Error("a source without an id")
	}
}

func TestLookup(t *testing.T) {
	s := openTest(t, t.TempDir())
	file(t, s, "one", 0, 50)
	first, second := testEntry("one", 1), testEntry("one", 2)
	alias := news.NewItemID("one", news.ByTitle, "alias")
	update(t, s, func(tx *Tx) error {
		it, err := tx.Item(first.ID)
		if err != nil {
			return err
		}
		// The same article once more, by another source.
		copied := testItem("two", first, epoch)
		copied.ID = news.NewItemID("two", news.ByGUID, "copy")
		copied.URL = strings.Replace(first.Link, "https://", "http://www.", 1) + "?utm_source=feed"
		return errors.Join(tx.AddAlias(alias, it), tx.PutItem(copied))
	})
	copied := news.NewItemID("two", news.ByGUID, "copy")
	for _, tt := range []struct {
		ref  string
		want []news.ItemID
	}{
		{string(first.ID), []news.ItemID{first.ID}},
		{string(alias), []news.ItemID{first.ID}},
		{string(alias)[:9], []news.ItemID{first.ID}},
		{string(second.ID)[:6], []news.ItemID{second.ID}},
		{strings.ToUpper(string(second.ID)[:12]), []news.ItemID{second.ID}},
		{string(second.ID)[:25], []news.ItemID{second.ID}},
		{string(second.ID)[:5], nil},
		{"", nil},
		{"zzzzzz", nil},
		{"no-id!", nil},
		{string(second.ID) + "a", nil},
		{second.Link, []news.ItemID{second.ID}},
		{first.Link, []news.ItemID{first.ID, copied}},
		{"https://one.example/nowhere", nil},
	} {
		view(t, s, func(tx *Tx) error {
			got, err := tx.Lookup(tt.ref)
			if !slices.Equal(got, tt.want) || (tt.want == nil) != errors.Is(err, ErrNotFound) {
				t.Errorf("%q: %v %v", tt.ref, got, err)
			}
			return nil
		})
	}
}

// TestRevisionLimit edits an item for ever: it keeps 50 revisions, among them every
// one that was ever approved, and no number comes twice.
func TestRevisionLimit(t *testing.T) {
	s := openTest(t, t.TempDir())
	file(t, s, "one", 0, 1)
	id := testEntry("one", 0).ID
	for n := 2; n <= 120; n++ {
		update(t, s, func(tx *Tx) error {
			it, err := tx.Item(id)
			if err != nil {
				return err
			}
			e := testEntry("one", 0)
			e.Title.Value = fmt.Sprint("edit ", n)
			p, err := Prepare(e, epoch)
			if err != nil {
				return err
			}
			replaced, err := tx.AddRevision(it, p)
			if replaced != (n > maxRevisions) || it.Latest != n || it.Digest != Digest(e) {
				t.Errorf("revision %d: replaced %v, latest %d", n, replaced, it.Latest)
			}
			if n == 30 || n == 70 {
				it.Standing.Approved = n
				d := news.Decision{Item: id, Action: news.Approve, Revision: n}
				err = errors.Join(err, tx.AddDecision(&d))
			}
			return errors.Join(err, tx.PutItem(it))
		})
	}
	view(t, s, func(tx *Tx) error {
		it, err := tx.Item(id)
		if err != nil {
			return err
		}
		revs, err := tx.Revisions(it)
		if err != nil || len(revs) != maxRevisions {
			t.Fatalf("%d revisions (%v)", len(revs), err)
		}
		for _, n := range []int{1, 30, 48, 70, 120} {
			rev, err := tx.Revision(it, n)
			if err != nil || rev.Number != n || n > 1 && rev.Entry.Title.Value != fmt.Sprint("edit ", n) {
				t.Errorf("revision %d: %+v %v", n, rev, err)
			}
		}
		for _, n := range []int{0, 60, 119, 121} {
			if _, err := tx.Revision(it, n); !errors.Is(err, ErrNotFound) {
				t.Errorf("revision %d: %v", n, err)
			}
		}
		return nil
	})
}

// TestTxRefused asks for what would leave a store that does not hold together.
func TestTxRefused(t *testing.T) {
	s := openTest(t, t.TempDir())
	file(t, s, "one", 0, 2)
	e := testEntry("one", 9)
	p, err := Prepare(e, epoch)
	if err != nil {
		t.Fatal(err)
	}
	for name, fn := range map[string]func(*Tx) error{
		"revision without its item": func(tx *Tx) error {
			_, err := tx.AddRevision(testItem("one", e, epoch), p)
			return err
		},
		"no id":     func(tx *Tx) error { return tx.PutItem(&news.Item{ID: "x", Source: "one"}) },
		"no source": func(tx *Tx) error { return tx.PutItem(&news.Item{ID: e.ID}) },
		"unknown seq": func(tx *Tx) error {
			it := testItem("one", e, epoch)
			it.Seq = 77
			return tx.PutItem(it)
		},
		"another's seq": func(tx *Tx) error {
			it := testItem("one", e, epoch)
			it.Seq = 1
			return tx.PutItem(it)
		},
		"topic with NUL": func(tx *Tx) error {
			it := testItem("one", e, epoch)
			it.Tags.Topics = []news.TopicTag{{ID: "a\x00b"}}
			return tx.PutItem(it)
		},
		"decision on nothing": func(tx *Tx) error { return tx.AddDecision(&news.Decision{Item: e.ID}) },
		"alias that is an id": func(tx *Tx) error {
			it, err := tx.Item(testEntry("one", 0).ID)
			if err != nil {
				return nil
			}
			return tx.AddAlias(testEntry("one", 1).ID, it)
		},
		"alias of nothing": func(tx *Tx) error { return tx.AddAlias(e.ID, testItem("one", e, epoch)) },
	} {
		if err := s.Update(fn); err == nil {
			t.Errorf("%s: done", name)
		}
	}
	view(t, s, func(tx *Tx) error {
		if _, err := tx.Decisions(e.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("decisions on nothing: %v", err)
		}
		if _, err := tx.Item("short"); !errors.Is(err, ErrNotFound) {
			t.Errorf("item without an id: %v", err)
		}
		return nil
	})
	big := testEntry("one", 10)
	big.Content.Value = strings.Repeat("x", maxEntry)
	if _, err := Prepare(big, epoch); err == nil {
		t.Error("an entry without bounds")
	}
}

// TestPrepareNoise stores what does not compress.
func TestPrepareNoise(t *testing.T) {
	e := &news.Entry{GUID: "\x00\xff", Title: news.Text{Value: "\x80"}}
	p, err := Prepare(e, epoch)
	if err != nil {
		t.Fatal(err)
	}
	if p.Digest != Digest(e) || p.Size() < 10 {
		t.Errorf("%+v", p)
	}
	rev, err := openBody(bodyKey(1, 2), seal(bBodies, bodyKey(1, 2), p.body))
	if err != nil || !reflect.DeepEqual(&rev.Entry, e) || rev.Number != 2 {
		t.Errorf("%+v %v", rev, err)
	}
}

// TestDigest tells apart entries that differ in anything.
func TestDigest(t *testing.T) {
	seen := map[[16]byte]string{}
	add := func(what string, change func(*news.Entry)) {
		e := testEntry("one", 1)
		e.Enclosures = []news.Enclosure{{URL: "https://one.example/a.mp3"}}
		change(e)
		d := Digest(e)
		if other, ok := seen[d]; ok {
			t.Errorf("%s and %s look the same", what, other)
		}
		seen[d] = what
	}
	add("nothing", func(*news.Entry) {})
	typ := reflect.TypeFor[news.Entry]()
	for i := range typ.NumField() {
		add(typ.Field(i).Name, func(e *news.Entry) { alter(reflect.ValueOf(e).Elem().Field(i)) })
	}
}

// alter changes a value to another, deep inside if need be.
func alter(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "!")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Slice:
		alter(v.Index(0))
	case reflect.Struct:
		if at, ok := v.Interface().(time.Time); ok {
			v.Set(reflect.ValueOf(at.Add(time.Nanosecond)))
			return
		}
		alter(v.Field(0))
	}
}

// TestPollBytes writes a round of 1,000 polls that brought nothing.
func TestPollBytes(t *testing.T) {
	s := openTest(t, t.TempDir())
	sources := make([]news.SourceID, 1000)
	for i := range sources {
		sources[i] = news.SourceID(fmt.Sprintf("source-number-%04d", i))
	}
	visit := news.Visit{URL: "https://example.org/feed", ETag: `W/"0123456789abcdef"`, First: epoch}
	round := func(n int) int64 {
		before := s.db.Stats()
		update(t, s, func(tx *Tx) error {
			for _, src := range sources {
				if _, err := tx.Origin(src, nil); err != nil {
					return err
				}
				p := news.Poll{Next: epoch.Add(time.Duration(n) * time.Hour), Last: epoch, Count: uint32(n)}
				if err := errors.Join(tx.PutVisit(src, visit), tx.PutPoll(src, p)); err != nil {
					return err
				}
			}
			return nil
		})
		after := s.db.Stats()
		return after.TxStats.GetPageAlloc() - before.TxStats.GetPageAlloc() + 4096 // the meta page
	}
	round(1)
	file(t, s, "one", 0, 500)
	for n := 2; n < 6; n++ {
		written := round(n)
		t.Logf("round %d wrote %d bytes", n, written)
		if written > 60<<10 {
			t.Errorf("round %d wrote %d bytes", n, written)
		}
	}
}

// TestPutItemUnchanged writes nothing for an item that is as it was.
func TestPutItemUnchanged(t *testing.T) {
	s := openTest(t, t.TempDir())
	file(t, s, "one", 0, 1)
	put := func(change bool) int64 {
		before := s.db.Stats()
		update(t, s, func(tx *Tx) error {
			it, err := tx.Item(testEntry("one", 0).ID)
			if err != nil {
				return err
			}
			if change {
				it.Title += "!"
			}
			return tx.PutItem(it)
		})
		after := s.db.Stats()
		return after.TxStats.GetPageAlloc() - before.TxStats.GetPageAlloc()
	}
	if same, other := put(false), put(true); same >= other {
		t.Errorf("an unchanged item takes %d bytes, a changed one %d", same, other)
	}
}

// TestUpdatePanics passes on what is not the file's fault, and the store goes on.
func TestUpdatePanics(t *testing.T) {
	s := openTest(t, t.TempDir())
	for _, run := range []func(func(*Tx) error) error{s.View, s.Update} {
		func() {
			defer func() {
				if r := recover(); r != "ours" {
					t.Errorf("recovered %v", r)
				}
			}()
			_ = run(func(*Tx) error { panic("ours") })
		}()
	}
	file(t, s, "one", 0, 1)
}

// TestReads counts what serving from memory must not do.
func TestReads(t *testing.T) {
	s := openTest(t, t.TempDir())
	before := s.Reads()
	for range 3 {
		view(t, s, func(tx *Tx) error {
			p, err := tx.Place("nowhere/")
			if p != (Place{}) {
				t.Errorf("place %+v", p)
			}
			return err
		})
	}
	file(t, s, "one", 0, 1)
	if n := s.Reads() - before; n != 3 {
		t.Errorf("%d reads instead of 3", n)
	}
	if filepath.Base(s.Path()) != fileName || !filepath.IsAbs(s.Path()) {
		t.Errorf("path %s", s.Path())
	}
}

// TestWalkStops ends a walk early, by choice and by an error.
func TestWalkStops(t *testing.T) {
	s := openTest(t, t.TempDir())
	file(t, s, "one", 0, 20)
	for _, fail := range []error{nil, errors.New("enough")} {
		n := 0
		err := s.View(func(tx *Tx) error {
			return tx.Walk(Facet{Kind: All}, time.Time{}, func(*news.Item) (bool, error) {
				n++
				return n < 5, fail
			})
		})
		if want := map[bool]int{true: 5, false: 1}[fail == nil]; n != want || !errors.Is(err, fail) {
			t.Errorf("%d items, %v", n, err)
		}
	}
}

// TestWalkPut puts items while walking: the walk ends, over the list as it was.
func TestWalkPut(t *testing.T) {
	s := openTest(t, t.TempDir())
	file(t, s, "one", 0, 50)
	n := 0
	update(t, s, func(tx *Tx) error {
		return tx.Walk(Facet{Kind: All}, time.Time{}, func(it *news.Item) (bool, error) {
			n++
			it.Standing.Entered = epoch.AddDate(-1, 0, n) // behind the walk
			return true, tx.PutItem(it)
		})
	})
	if n != 50 {
		t.Errorf("walked over %d items of 50", n)
	}
}
