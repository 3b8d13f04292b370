package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// Backup writes the store as it is at one moment to dst, which must not exist:
// to a file beside it first, which check then verifies (it is not open here, and
// should be read in a process of its own, for a bad page may kill that). Reading
// and writing go on meanwhile.
func (s *Store) Backup(dst string, check func(path string) error) error {
	s.jobs.Lock()
	defer s.jobs.Unlock()
	return s.copyTo(dst, false, check)
}

// copyTo is Backup, but may replace dst and need not check.
func (s *Store) copyTo(dst string, replace bool, check func(path string) error) (err error) {
	if !replace && exists(dst) {
		return fmt.Errorf("back up to %s: %w", dst, os.ErrExist)
	}
	dir := filepath.Dir(dst)
	f, err := os.CreateTemp(dir, "."+filepath.Base(dst)+".*")
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	temp := f.Name()
	defer func() {
		if err != nil {
			err = errors.Join(err, removeIfThere(temp))
		}
	}()
	if err := errors.Join(s.writeTo(f), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("back up to %s: %w", dst, spaceError(err))
	}
	if check != nil {
		if err := check(temp); err != nil {
			return fmt.Errorf("back up to %s: verify copy: %w", dst, err)
		}
		s.verified.Store(true)
	}
	if err := install(temp, dst, replace); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return syncDir(dir)
}

// writeTo copies the pages of one moment. It gives up when the store closes.
func (s *Store) writeTo(w io.Writer) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.db == nil {
		return os.ErrClosed
	}
	return s.db.View(func(tx *bolt.Tx) error {
		_, err := tx.WriteTo(stopWriter{w, s})
		if s.closing.Load() {
			return os.ErrClosed
		}
		return err
	})
}

type stopWriter struct {
	io.Writer
	s *Store
}

func (w stopWriter) Write(p []byte) (int, error) {
	if w.s.closing.Load() {
		return 0, os.ErrClosed
	}
	return w.Writer.Write(p)
}

// install gives a finished file its name. A link, unlike a rename, never replaces
// what another put there meanwhile; some file systems have none.
func install(temp, dst string, replace bool) error {
	if !replace {
		err := os.Link(temp, dst)
		if err == nil {
			return os.Remove(temp)
		}
		if exists(dst) {
			return err
		}
	}
	return os.Rename(temp, dst)
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writeFile writes a small file, whole or not at all.
func writeFile(path string, data []byte) error {
	temp := path + ".new"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, removeIfThere(temp))
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
