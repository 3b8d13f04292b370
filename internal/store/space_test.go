package store

import (
	"errors"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"rightswire/internal/news"
)

func TestDiskRoom(t *testing.T) {
	const mb = 1 << 20
	for _, tt := range []struct {
		free, total, want uint64
		ok                bool
	}{
		{free: 100_000 * mb, total: 200_000 * mb, ok: true},
		{free: 256 * mb, total: 200_000 * mb, ok: true},
		{free: 255 * mb, total: 200_000 * mb, ok: false},
		{free: 300 * mb, total: 200_000 * mb, want: 45 * mb, ok: false},
		{free: 51 * mb, total: 1000 * mb, ok: true},
		{free: 49 * mb, total: 1000 * mb, ok: false},
		{free: 0, total: 0, ok: true}, // a file system that does not say
	} {
		err := disk{free: tt.free, total: tt.total}.room(tt.want)
		if tt.ok != (err == nil) || err != nil && !errors.Is(err, ErrSpace) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

func TestStoreSpace(t *testing.T) {
	s := openTest(t, t.TempDir())
	file(t, s, "one", 0, 1)
	s.disk = func(string) (disk, error) { return disk{free: 1 << 20, total: 1 << 40}, nil }
	err := s.Update(func(tx *Tx) error { return fileTx(tx, "one", 1, 2) })
	if !errors.Is(err, ErrSpace) {
		t.Errorf("update: %v", err)
	}
	if _, _, err := s.Compact(mustVerify); !errors.Is(err, ErrSpace) {
		t.Errorf("compact: %v", err)
	}
	view(t, s, func(tx *Tx) error { // reading goes on
		_, err := tx.Item(testEntry("one", 0).ID)
		return err
	})
	s.disk = statDisk // there is room again: it recovers by itself
	file(t, s, "one", 1, 2)
}

// TestStoreFull fills a small file system to the last byte.
func TestStoreFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("needs the right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	s := openTest(t, dir)
	s.disk = func(string) (disk, error) { return disk{free: 1 << 40, total: 1 << 40}, nil } // the watch sleeps
	filed := 0
	var err error
	for ; err == nil && filed < 10000; filed += 10 {
		err = s.Update(func(tx *Tx) error { return fileTx(tx, "one", filed, filed+10) })
	}
	if !errors.Is(err, ErrSpace) {
		t.Fatalf("after %d items: %v", filed, err)
	}
	filed -= 10
	t.Logf("full after %d items: %v", filed, err)
	view(t, s, func(tx *Tx) error {
		n, err := tx.Count("one")
		if n != filed {
			t.Errorf("%d items of %d", n, filed)
		}
		return err
	})
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=12m"); err != nil {
		t.Fatal(err)
	}
	file(t, s, "one", filed, filed+100)
}

// TestClock lets time pass while the store is closed, as a clock set ahead does,
// and while it is open: only what the store lived through makes items old.
func TestClock(t *testing.T) {
	for _, tt := range []struct {
		name         string
		closed, open time.Duration
		want         int
	}{
		{"an hour later", time.Hour, 0, 0},
		{"ten years ahead", 10 * 365 * day, time.Hour, 0},
		{"half a year later", 0, 180 * day, 0},
		{"a year later", 0, 366 * day, 5},
		{"a year off, half a year on", 366 * day, 190 * day, 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				s := openTest(t, dir)
				update(t, s, func(tx *Tx) error {
					for n := range 5 {
						if err := tx.PutItem(testItem("one", testEntry("one", n), time.Now())); err != nil {
							return err
						}
					}
					return nil
				})
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(tt.closed)
				s = openTest(t, dir)
				time.Sleep(tt.open)
				update(t, s, func(tx *Tx) error {
					n, err := tx.Expire(time.Now().Add(-365*day), 100, func(*news.Item) bool { return true })
					if n != tt.want {
						t.Errorf("%d items expired instead of %d", n, tt.want)
					}
					return err
				})
			})
		})
	}
}

func TestSizeGrowth(t *testing.T) {
	for _, tt := range []struct {
		samples []sample
		used    uint64
		want    int64
	}{
		{nil, 5000, 0},
		{[]sample{{100, 1000}}, 5000, 0},
		{[]sample{{100, 1000}, {101, 2000}}, 2000, 30_000},
		{[]sample{{100, 1000}, {110, 1500}, {115, 4000}}, 4000, 6_000},
		{[]sample{{100, 4000}, {115, 1000}}, 1000, 0}, // compacted
		{[]sample{{115, 1000}, {100, 4000}}, 4000, 0}, // the clock went back
	} {
		if got := (&state{samples: tt.samples}).growth(tt.used); got != tt.want {
			t.Errorf("%v: %d instead of %d", tt.samples, got, tt.want)
		}
	}
}
