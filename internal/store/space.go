package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Below 5 % or 256 MB of free space, whichever is less, nothing is written: what
// is left is for the operator to put things right with.
const (
	floorShare = 20 // a twentieth
	floorBytes = 256 << 20
)

// nfsMagic is what statfs(2) calls NFS, where neither locks nor mapped files hold
// what bbolt relies on.
const nfsMagic = 0x6969

// A disk is what statfs says of the file system that a path is on, in bytes.
type disk struct {
	free, total uint64
	network     bool
}

func statDisk(path string) (disk, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return disk{}, &os.PathError{Op: "statfs", Path: path, Err: err}
	}
	size := uint64(st.Bsize)
	return disk{free: st.Bavail * size, total: st.Blocks * size, network: st.Type == nfsMagic}, nil
}

// room returns ErrSpace where fewer than want bytes could be written.
func (d disk) room(want uint64) error {
	floor := min(d.total/floorShare, floorBytes)
	if d.free < floor+want {
		return fmt.Errorf("%w: %d MB free, and %d MB are kept clear", ErrSpace, d.free>>20, floor>>20)
	}
	return nil
}

// room returns ErrSpace where the store may not grow by want bytes.
func (s *Store) room(want uint64) error {
	d, err := s.disk(filepath.Dir(s.path))
	if err != nil {
		return err
	}
	return d.room(want)
}

// spaceError makes a clear error of a full disk.
func spaceError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrSpace, err)
	}
	return err
}

// A state is what the store notes of itself, as meta/state.
type state struct {
	dirty   bool      // opened for writing and not closed since
	clock   time.Time // how far the clock is believed to have come
	samples []sample  // one a day, oldest first
}

// A sample is how many bytes of the file were in use on a day since 1970.
type sample struct{ day, bytes uint64 }

const (
	day         = 24 * time.Hour
	maxSamples  = 31
	clockEvery  = time.Hour
	clockCredit = 3 * time.Hour
)

func (st *state) encode() []byte {
	b := appendBool(newRecord(256), st.dirty)
	b = appendTime(b, st.clock)
	b = binary.AppendUvarint(b, uint64(len(st.samples)))
	for _, s := range st.samples {
		b = binary.AppendUvarint(b, s.day)
		b = binary.AppendUvarint(b, s.bytes)
	}
	return b
}

func (r *reader) state() (st state) {
	st.dirty = r.bool()
	st.clock = r.time()
	st.samples = make([]sample, r.count())
	for i := range st.samples {
		st.samples[i] = sample{r.uint(), r.uint()}
	}
	return st
}

// note keeps meta/state up to date with a transaction that writes anyway: that
// the store is in use, the day's size, and every hour the clock.
func (tx *Tx) note(now time.Time) (state, error) {
	s := tx.store
	st := s.state
	today := uint64(max(0, now.Unix())) / uint64(day/time.Second)
	n := len(st.samples)
	sampled := n > 0 && st.samples[n-1].day == today
	clock := s.trusted(now)
	if st.dirty && sampled && clock.Sub(st.clock) < clockEvery {
		return st, nil
	}
	st.dirty = true
	if clock.After(st.clock) {
		st.clock = clock
	}
	if !sampled {
		st.samples = append(st.samples[max(0, n-maxSamples+1):n:n], sample{today, tx.used()})
	}
	return st, tx.put(bMeta, []byte(keyState), st.encode())
}

// used returns the bytes of the file that hold something.
func (tx *Tx) used() uint64 {
	db := tx.bolt.DB()
	return uint64(max(0, tx.bolt.Size()-int64(db.Stats().FreeAlloc)))
}

// trusted returns the clock where it can be believed: it may run at twice the
// speed of this process, and three hours ahead for the time between processes. So
// a clock set years ahead makes nothing old; a machine that was off for a month
// takes a month to believe it.
func (s *Store) trusted(now time.Time) time.Time {
	limit := s.opened.state.clock.Add(clockCredit + 2*time.Since(s.opened.at))
	if now.After(limit) {
		return limit
	}
	return now
}

// Size is how much room a store takes.
type Size struct {
	Bytes    int64  // the file
	Free     int64  // on its file system
	PerMonth int64  // growth in 30 days, from at most the last 31 days' sizes
	Items    uint64 // as many as were ever filed
}

// Size returns how much room the store takes.
func (s *Store) Size() (Size, error) {
	var size Size
	err := s.View(func(tx *Tx) (err error) {
		if size.Items, err = tx.lastItem(); err != nil {
			return err
		}
		st, err := tx.readState()
		size.PerMonth = st.growth(tx.used())
		return err
	})
	if err != nil {
		return Size{}, err
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return Size{}, err
	}
	d, err := s.disk(filepath.Dir(s.path))
	if err != nil {
		return Size{}, err
	}
	size.Bytes, size.Free = info.Size(), int64(d.free)
	return size, nil
}

// growth returns the growth in 30 days; 0 before the second day.
func (st *state) growth(used uint64) int64 {
	if len(st.samples) < 2 {
		return 0
	}
	first, last := st.samples[0], st.samples[len(st.samples)-1]
	if last.day <= first.day || used <= first.bytes {
		return 0
	}
	return int64((used - first.bytes) * 30 / (last.day - first.day))
}
