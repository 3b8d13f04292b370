// Package store keeps what the newswire knows in one bbolt file: items, their
// revisions, what curators decided, and the polling state of sources.
//
// Nothing acknowledged is lost: when Update returns nil, all of it is on the disk
// and stays there, whatever is killed. Every record stands in an envelope with a
// checksum that is verified on reading, so a damaged record is refused by name and
// never served. Revisions and decisions are only ever appended. Indexes follow
// from items and change with them, in the same transaction.
//
// What is public, when to poll and what to expire is decided by others.
package store

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
)

// What the store refuses, to be told apart with errors.Is. A part that can't be
// trusted is a *DamagedError.
var (
	ErrNotFound = errors.New("not found")
	ErrBusy     = errors.New("the store is in use by another process")
	ErrSpace    = errors.New("too little free space to write")
	ErrNewer    = errors.New("the store was written by a newer release")
	ErrSiteID   = errors.New("site.id may not change once there are items")
	ErrReadOnly = errors.New("the store can only be read")
)

// A Store is an open store. It may be used by several goroutines.
type Store struct {
	path string
	log  *slog.Logger
	id   string // of the store, as in store-id

	readOnly bool
	unclean  bool
	verified atomic.Bool // since Open, by Backup or Compact
	reads    atomic.Uint64
	closing  atomic.Bool
	reported sync.Map // damaged records that the log knows of
	disk     func(path string) (disk, error)

	// jobs keeps Backup and Compact apart.
	jobs sync.Mutex
	// writer is held by the one Update, and by Compact from its first page to the
	// last. It guards state and expireFrom.
	writer     sync.Mutex
	state      state
	expireFrom uint64
	opened     struct { // never changed after Open
		state state
		at    time.Time
	}
	// mu is held for reading while db is in use and for writing while it is
	// exchanged; writer is taken first.
	mu sync.RWMutex
	db *bolt.DB // nil once closed
}

// Path returns the absolute path of the store's file.
func (s *Store) Path() string { return s.path }

// Unclean reports whether the store was once not closed and has not been verified
// since, so that it deserves a full check. It is no sign of damage by itself.
// Backup and Compact, with a check that succeeds, make up for it: the next to open
// the store finds it clean.
func (s *Store) Unclean() bool { return s.unclean }

// Reads returns how many View transactions there have been.
func (s *Store) Reads() uint64 { return s.reads.Load() }

// View calls fn with a transaction that sees the store as it was at one moment.
// Keep it short, do no I/O in it, and begin no other transaction.
func (s *Store) View(fn func(*Tx) error) error {
	s.reads.Add(1)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.db == nil {
		return fmt.Errorf("read store %s: %w", s.path, os.ErrClosed)
	}
	tx := newTx(nil, s)
	return guard(s.path, tx, func() error {
		return s.db.View(func(b *bolt.Tx) error {
			tx.bolt = b
			return fn(tx)
		})
	})
}

// Update calls fn with the one transaction that may write. Where it returns nil
// everything fn did is durable; otherwise nothing happened. It returns ErrSpace
// where the disk is nearly full and ErrReadOnly for a store opened for reading. fn
// must begin no other transaction.
func (s *Store) Update(fn func(*Tx) error) error {
	if s.readOnly {
		return fmt.Errorf("write store %s: %w", s.path, ErrReadOnly)
	}
	s.writer.Lock()
	defer s.writer.Unlock()
	if err := s.room(0); err != nil {
		return fmt.Errorf("write store %s: %w", s.path, err)
	}
	now := time.Now()
	st := s.state
	err := s.write(func(tx *Tx) (err error) {
		if err := fn(tx); err != nil {
			return err
		}
		if err := tx.finish(); err != nil {
			return err
		}
		st, err = tx.note(now)
		return err
	})
	if err != nil {
		return err
	}
	s.state = st
	return nil
}

// write runs one durable transaction; the caller holds writer.
func (s *Store) write(fn func(*Tx) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.db == nil {
		return fmt.Errorf("write store %s: %w", s.path, os.ErrClosed)
	}
	tx := newTx(nil, s)
	return guard(s.path, tx, func() error {
		done := false
		err := s.db.Update(func(b *bolt.Tx) error {
			tx.bolt = b
			err := fn(tx)
			done, tx.touching = err == nil, true // for the commit
			return err
		})
		if err != nil && done {
			return fmt.Errorf("commit to store %s: %w", s.path, spaceError(err))
		}
		return err
	})
}

// finish makes a transaction complete.
func (tx *Tx) finish() error {
	for seq := range tx.enrolled {
		return fmt.Errorf("item seq %d has revisions or decisions and was never put", seq)
	}
	return tx.flush()
}

// Close ends the store's use; it waits for transactions under way, and stops a
// backup.
func (s *Store) Close() error {
	s.closing.Store(true)
	s.writer.Lock()
	defer s.writer.Unlock()
	var err error
	if s.state.dirty && !s.readOnly && (!s.unclean || s.verified.Load()) {
		err = s.write(func(tx *Tx) error {
			st := s.state
			st.dirty = false
			return tx.put(bMeta, []byte(keyState), st.encode())
		})
		if errors.Is(err, os.ErrClosed) {
			err = nil
		}
	}
	return errors.Join(err, s.closeFile())
}

func (s *Store) closeFile() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db == nil {
		return nil
	}
	err := s.db.Close()
	s.db = nil
	if err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// report tells the log of a damaged record, once.
func (s *Store) report(err *DamagedError) {
	if _, known := s.reported.LoadOrStore(err.Path, true); !known {
		s.log.Error("record left out", "path", s.path, "err", err)
	}
}

// guard turns what bbolt does about a damaged page, a panic or a fault in mapped
// memory, into a *DamagedError. A panic of fn's own goes on.
func guard(path string, tx *Tx, fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		fault, ok := r.(runtime.Error)
		if _, addressed := fault.(interface{ Addr() uintptr }); !(ok && addressed) && tx != nil && !tx.touching {
			panic(r)
		}
		err = &DamagedError{Path: path, What: fmt.Sprint(r)}
	}()
	return fn()
}
