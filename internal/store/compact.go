package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// compactBatch bounds what one transaction of a compaction holds in memory.
const compactBatch = 4 << 20

// Compact writes the store into a new file without the pages that are free, has
// check verify it as Backup does, and puts it in the old one's place. Nothing is
// written meanwhile; reading stops only for the exchange. It returns the sizes of
// the file before and after.
func (s *Store) Compact(check func(path string) error) (before, after int64, err error) {
	if s.readOnly {
		return 0, 0, fmt.Errorf("compact store %s: %w", s.path, ErrReadOnly)
	}
	s.jobs.Lock()
	defer s.jobs.Unlock()
	s.writer.Lock()
	defer s.writer.Unlock()
	temp := s.path + ".compact"
	if err := removeIfThere(temp); err != nil {
		return 0, 0, fmt.Errorf("compact store: %w", err)
	}
	if before, err = s.copyCompact(temp); err == nil {
		err = check(temp)
	}
	if err == nil {
		s.verified.Store(true)
		after, err = s.exchange(temp)
	}
	if err != nil {
		err = fmt.Errorf("compact store %s: %w", s.path, spaceError(err))
		return 0, 0, errors.Join(err, removeIfThere(temp))
	}
	return before, after, nil
}

// copyCompact writes everything to a new file; the caller holds writer.
func (s *Store) copyCompact(temp string) (before int64, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.db == nil {
		return 0, os.ErrClosed
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return 0, err
	}
	if err := s.room(uint64(info.Size())); err != nil {
		return 0, err
	}
	dst, err := bolt.Open(temp, 0o600, boltOptions(info.Size()))
	if err != nil {
		return 0, err
	}
	dst.AllocSize = growBy
	err = guard(s.path, nil, func() error { return bolt.Compact(dst, s.db, compactBatch) })
	return info.Size(), errors.Join(err, dst.Close())
}

// exchange puts a file in the store's place. It is locked before it gets there,
// and the old one is let go only afterwards.
func (s *Store) exchange(temp string) (after int64, err error) {
	f, _, err := acquire(temp, time.Now().Add(defaultTimeout))
	if err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = checkFile(f, temp)
	}
	if err != nil {
		return 0, errors.Join(err, f.Close())
	}
	db, err := openBolt(f, false)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db == nil {
		return 0, errors.Join(os.ErrClosed, db.Close())
	}
	if err := os.Rename(temp, s.path); err != nil {
		return 0, errors.Join(err, db.Close())
	}
	old := s.db
	s.db = db
	return info.Size(), errors.Join(syncDir(filepath.Dir(s.path)), old.Close())
}
