package store

import (
	"errors"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"rightswire/internal/news"
)

// TestItemFields stores every field of an item.
func TestItemFields(t *testing.T) {
	s := openTest(t, t.TempDir())
	e := testEntry("one", 0)
	var want news.Item
	fillValue(reflect.ValueOf(&want).Elem(), 1)
	want.ID, want.Seq, want.Source, want.Current = e.ID, 0, "one", 1
	want.Latest, want.Digest, want.Expired = 0, [16]byte{}, false // the store's own
	p, err := Prepare(e, epoch)
	if err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx *Tx) error {
		_, err := tx.AddRevision(&want, p)
		return errors.Join(err, tx.PutItem(&want))
	})
	view(t, s, func(tx *Tx) error {
		got, err := tx.Item(e.ID)
		if err == nil && !reflect.DeepEqual(*got, want) {
			t.Errorf("read %+v\nput  %+v", *got, want)
		}
		return err
	})
}

// TestDoubtStays: whatever rewrites an item leaves its doubt as it is, and a doubt
// that is lifted is gone.
func TestDoubtStays(t *testing.T) {
	const doubt = "every entry of the document is new"
	dir := t.TempDir()
	s := openTest(t, dir)
	file(t, s, "one", 0, 2)
	doubted, other := testEntry("one", 0).ID, testEntry("one", 1).ID
	change := func(id news.ItemID, fn func(*Tx, *news.Item) error) {
		t.Helper()
		update(t, s, func(tx *Tx) error {
			it, err := tx.Item(id)
			if err != nil {
				return err
			}
			return errors.Join(fn(tx, it), tx.PutItem(it))
		})
	}
	check := func(after, want string) {
		t.Helper()
		view(t, s, func(tx *Tx) error {
			it, err := tx.Item(doubted)
			if err != nil {
				return err
			}
			undoubted, err := tx.Item(other)
			if err == nil && (it.Doubt != want || undoubted.Doubt != "") {
				t.Errorf("after %s: doubt %q, and %q of the other", after, it.Doubt, undoubted.Doubt)
			}
			return err
		})
	}
	change(doubted, func(_ *Tx, it *news.Item) error { it.Doubt = doubt; return nil })
	check("doubting", doubt)
	change(doubted, func(tx *Tx, it *news.Item) error {
		e := testEntry("one", 0)
		e.Title.Value = "edited"
		p, err := Prepare(e, epoch)
		if err != nil {
			return err
		}
		_, err = tx.AddRevision(it, p)
		return err
	})
	check("a revision", doubt)
	for _, st := range []news.Standing{
		{State: news.StateHeld, HoldUntil: epoch, Decided: epoch}, {State: news.StateOpen, Approved: 2, Entered: epoch, Decided: epoch},
		{State: news.StateOpen, Pinned: true}, {State: news.StateOpen}, {},
	} {
		change(doubted, func(tx *Tx, it *news.Item) error {
			it.Standing = st
			d := news.Decision{Item: it.ID, Action: news.AddNote, Text: "seen", At: epoch}
			return tx.AddDecision(&d)
		})
		check("a decision", doubt)
	}
	change(doubted, func(tx *Tx, it *news.Item) error { return tx.AddAlias(news.NewItemID("one", news.ByTitle, "x"), it) })
	check("an alias", doubt)
	update(t, s, func(tx *Tx) error {
		_, err := tx.Origin("renamed", []news.SourceID{"one"})
		return err
	})
	check("a renaming", doubt)
	change(doubted, func(_ *Tx, it *news.Item) error { it.Source = "two"; return nil })
	check("a move to another source", doubt)
	if _, _, err := s.Compact(mustVerify); err != nil {
		t.Fatal(err)
	}
	check("a compaction", doubt)
	back := filepath.Join(t.TempDir(), fileName)
	if err := s.Backup(back, mustVerify); err != nil {
		t.Fatal(err)
	}
	whole := s
	s = openTest(t, filepath.Dir(back))
	check("a backup", doubt)
	s = whole
	update(t, s, func(tx *Tx) error {
		n, err := tx.Expire(epoch.Add(time.Hour), 9, func(*news.Item) bool { return true })
		if n != 2 {
			t.Errorf("%d items expired", n)
		}
		return err
	})
	check("expiry", doubt)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, dir)
	check("opening again", doubt)
	change(doubted, func(_ *Tx, it *news.Item) error { it.Doubt = ""; return nil })
	check("lifting it", "")
}
