package websub

import (
	"log/slog"
	"testing"

	bolt "go.etcd.io/bbolt"

	"rightswire/internal/store"
)

// A source whose record of what it wants is damaged keeps the subscription it has.
func TestDamagedVisit(t *testing.T) {
	b := newBench(t, "a")
	b.offer("a", hubA, topicA)
	b.Follow(b.plan)
	if err := b.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.hub.got()
	if err := b.st.Close(); err != nil {
		t.Fatal(err)
	}
	damage(t, b.st.Path())
	st, err := store.Open(b.dir, store.Options{SiteID: siteID, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b.st = st
	sub := b.subscription("a")
	sub.Asked = sub.Asked.Add(-2 * askGap) // anything might be asked now
	b.put(sub)
	b.renew()
	b.Follow(b.plan)
	if err := b.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.expect("damaged")
	if now := b.subscription("a"); now != sub {
		t.Errorf("stored %+v, was %+v", now, sub)
	}
	if !b.verify(formOf(sub.Token), sub.Lease) {
		t.Error("what was asked for is not confirmed")
	}
}

// damage changes a bit of every visit in a store's file.
func damage(t *testing.T, path string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		visits := tx.Bucket([]byte("visits"))
		damaged := map[string][]byte{}
		err := visits.ForEach(func(k, v []byte) error {
			v = append([]byte(nil), v...)
			v[len(v)-1] ^= 1
			damaged[string(k)] = v
			return nil
		})
		if err != nil {
			return err
		}
		for k, v := range damaged {
			if err := visits.Put([]byte(k), v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
