package store

import (
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"rightswire/internal/news"
)

// subscriptions reads every subscription in a transaction of its own.
func (s *Store) subscriptions(t testing.TB) (list []news.Subscription) {
	t.Helper()
	view(t, s, func(tx *Tx) (err error) {
		list, err = tx.Subscriptions()
		return err
	})
	return list
}

func TestSubscriptions(t *testing.T) {
	s := openTest(t, t.TempDir())
	one, two := richSubscription("one", 1), richSubscription("two", 2)
	put := func(sub news.Subscription) int64 {
		return s.written(t, func(tx *Tx) error { return tx.PutSubscription(sub) })
	}
	if got := s.subscriptions(t); got != nil {
		t.Errorf("before the first: %v", got)
	}
	put(two)
	put(one)
	if got := s.subscriptions(t); !reflect.DeepEqual(got, []news.Subscription{two, one}) {
		t.Errorf("read %+v", got)
	}
	nothing := s.written(t, func(*Tx) error { return nil })
	if n := put(one); n != nothing {
		t.Errorf("the same subscription again wrote %d bytes, a transaction without any %d", n, nothing)
	}
	one = news.Subscription{Source: "one", Hub: "https://hub.example/", Refused: "no such topic"}
	put(one)
	update(t, s, func(tx *Tx) error { // they are of the source, whatever it is called
		_, err := tx.Origin("renamed", []news.SourceID{"one"})
		return err
	})
	one.Source = "renamed"
	view(t, s, func(tx *Tx) error {
		got, err := tx.Subscription("renamed")
		if !reflect.DeepEqual(got, one) {
			t.Errorf("after a renaming: %+v", got)
		}
		if got, err := tx.Subscription("nobody"); got != (news.Subscription{}) || err != nil {
			t.Errorf("nobody's: %+v %v", got, err)
		}
		return err
	})
	if err := s.Update(func(tx *Tx) error { return tx.PutSubscription(news.Subscription{Hub: "https://hub.example/"}) }); err == nil {
		t.Error("a subscription of no source")
	}
}

// TestSubscriptionRemoved: removed is removed, and of a source that nobody knows
// nothing is written down.
func TestSubscriptionRemoved(t *testing.T) {
	s := openTest(t, t.TempDir())
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutSubscription(richSubscription("one", 1)), tx.PutSubscription(richSubscription("two", 2)))
	})
	for range 2 {
		update(t, s, func(tx *Tx) error { return errors.Join(tx.RemoveSubscription("one"), tx.RemoveSubscription("nobody")) })
		if got := s.subscriptions(t); !reflect.DeepEqual(got, []news.Subscription{richSubscription("two", 2)}) {
			t.Errorf("left: %+v", got)
		}
	}
	view(t, s, func(tx *Tx) error {
		got, err := tx.Subscription("one")
		if got != (news.Subscription{}) {
			t.Errorf("removed: %+v", got)
		}
		n, numErr := tx.number("nobody")
		if n != 0 {
			t.Errorf("nobody has number %d", n)
		}
		return errors.Join(err, numErr)
	})
}

// TestSubscriptionDamaged: a damaged record is refused by name, left out of the
// list, and the next that is put takes its place.
func TestSubscriptionDamaged(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"flipped":  func(v []byte) []byte { v[len(v)/2] ^= 16; return v },
		"cut":      func(v []byte) []byte { return v[:3] },
		"not ours": func(v []byte) []byte { return seal(bSubscriptions, numberKey(1), v[:envelopeSize+4]) },
	} {
		s := openTest(t, t.TempDir())
		one, two := richSubscription("one", 1), richSubscription("two", 2)
		update(t, s, func(tx *Tx) error { return errors.Join(tx.PutSubscription(one), tx.PutSubscription(two)) })
		update(t, s, func(tx *Tx) error {
			v, err := tx.raw(bSubscriptions, numberKey(1))
			return errors.Join(err, tx.putRaw(bSubscriptions, numberKey(1), damage(slices.Clone(v))))
		})
		view(t, s, func(tx *Tx) error {
			got, err := tx.Subscription("one")
			if damaged, ok := errors.AsType[*DamagedError](err); !ok || damaged.Path != "subscriptions/00000001" {
				t.Errorf("%s: %v %v", name, got, err)
			}
			return nil
		})
		if got := s.subscriptions(t); !reflect.DeepEqual(got, []news.Subscription{two}) {
			t.Errorf("%s: %+v", name, got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if r, err := Verify(s.path); err != nil || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "subscriptions/00000001") {
			t.Errorf("%s: verify: %q %v", name, r.Problems, err)
		}
		s = openTest(t, filepath.Dir(s.path))
		update(t, s, func(tx *Tx) error { return tx.PutSubscription(one) })
		if got := s.subscriptions(t); !reflect.DeepEqual(got, []news.Subscription{one, two}) {
			t.Errorf("%s: put again: %+v", name, got)
		}
	}
}

// TestSubscriptionsShared: Verify tells of a callback that is two sources', and of a
// subscription whose source is not there.
func TestSubscriptionsShared(t *testing.T) {
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	one, two := richSubscription("one", 1), richSubscription("two", 2)
	two.Token = one.Token
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutSubscription(one), tx.PutSubscription(two),
			tx.put(bSubscriptions, numberKey(7), appendSubscription(newRecord(64), &one)))
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{"sources one and two share a callback", "sources/00000007 is damaged: missing"}
	if r, err := Verify(s.path); err != nil || !slices.Equal(r.Problems, want) {
		t.Errorf("verify: %q %v", r.Problems, err)
	}
}

// TestSubscriptionsMoveAlong: a backup and a compaction hold them.
func TestSubscriptionsMoveAlong(t *testing.T) {
	s := openTest(t, t.TempDir())
	var want []news.Subscription
	for n := range 40 {
		sub := richSubscription(news.SourceID("source-"+string(rune('a'+n%26))+string(rune('a'+n/26))), n)
		want = append(want, sub)
		update(t, s, func(tx *Tx) error { return tx.PutSubscription(sub) })
	}
	back := t.TempDir()
	if err := s.Backup(filepath.Join(back, fileName), mustVerify); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Compact(mustVerify); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Store{s, openTest(t, back)} {
		if got := s.subscriptions(t); !reflect.DeepEqual(got, want) {
			t.Errorf("%d subscriptions", len(got))
		}
	}
}
