package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
)

// The files of a store in its folder. store-id says that there was a store, so
// that none is begun anew where the file is missing.
const (
	fileName   = "rightswire.db"
	idFileName = "store-id"
)

const (
	defaultTimeout = 2 * time.Second
	lockEvery      = 25 * time.Millisecond
	// mapAhead is the least that is mapped: as long as the file fits into it, a
	// reader that takes its time, such as a backup, keeps nobody waiting.
	mapAhead = 1 << 30
	// growBy is by how much the file grows.
	growBy = 1 << 20
)

// Options say how to open a store.
type Options struct {
	// SiteID is the authority of the ids published from the store, which holds on
	// to it as soon as it has items. Empty: whatever the store says.
	SiteID  string
	Timeout time.Duration // how long to wait for the lock; 0: two seconds
	Log     *slog.Logger  // nil: none
}

// Open opens the store in a folder, and creates both on first use. A store that
// can't be written is opened for reading; Update then returns ErrReadOnly. It
// returns ErrBusy where another process holds the store for longer than the
// timeout, a *DamagedError where the file was cut, emptied or lost, ErrNewer,
// ErrSiteID, or what the file system says.
func Open(dir string, o Options) (*Store, error) {
	return open(dir, o, steps)
}

func open(dir string, o Options, steps []step) (*Store, error) {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", dir, err)
	}
	s := &Store{path: filepath.Join(dir, fileName), log: o.Log, disk: statDisk}
	if err := s.open(dir, o, steps); err != nil {
		return nil, errors.Join(err, s.closeFile())
	}
	return s, nil
}

func (s *Store) open(dir string, o Options, steps []step) error {
	deadline := time.Now().Add(o.Timeout)
	if err := s.prepare(dir, o, deadline); err != nil {
		return err
	}
	f, readOnly, err := acquire(s.path, deadline)
	if err != nil {
		return err
	}
	s.readOnly = readOnly
	h, err := checkFile(f, s.path)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if s.db, err = openBolt(f, readOnly); err != nil {
		return fmt.Errorf("open store %s: %w", s.path, spaceError(err))
	}
	if h.damaged {
		s.log.Warn("a meta page of the store is damaged: its last transaction may be lost", "path", s.path)
	}
	if err := s.readMeta(h); err != nil {
		return err
	}
	if err := s.migrate(steps); err != nil {
		return err
	}
	if err := s.adoptSite(o.SiteID); err != nil {
		return err
	}
	return s.keepID(dir)
}

// prepare makes sure that there is a store in the folder.
func (s *Store) prepare(dir string, o Options, deadline time.Time) error {
	if err := makeDir(dir); err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	d, err := statDisk(dir)
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	if d.network {
		return fmt.Errorf("open store %s: it is on NFS, which does not keep what is written in order: "+
			"choose a data folder on a local disk", s.path)
	}
	s.warnFastCommit(dir)
	if exists(s.path) {
		return nil
	}
	return s.create(dir, o, d, deadline)
}

// makeDir makes sure of a folder, one that a power cut doesn't take away.
func makeDir(dir string) error {
	if exists(dir) {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(dir)); err != nil && !errors.Is(err, os.ErrPermission) {
		return err
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// create begins a new store: whole or not at all, and one only, whoever else
// tries the same.
func (s *Store) create(dir string, o Options, d disk, deadline time.Time) (err error) {
	if exists(filepath.Join(dir, idFileName)) {
		return &DamagedError{Path: s.path, What: "the file is missing, though " + idFileName +
			" says that there was a store: put a backup in its place, or remove " + idFileName + " to begin a new one"}
	}
	if err := d.room(0); err != nil {
		return fmt.Errorf("create store %s: %w", s.path, err)
	}
	lock, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("create store: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := flock(lock, true, deadline); err != nil {
		return fmt.Errorf("create store %s: %w", s.path, err)
	}
	if exists(s.path) {
		return nil
	}
	temp := s.path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("create store: %w", err)
	}
	if err := s.fillNew(temp, o.SiteID); err != nil {
		return fmt.Errorf("create store %s: %w", s.path, errors.Join(spaceError(err), os.Remove(temp)))
	}
	if err := os.Rename(temp, s.path); err != nil {
		return fmt.Errorf("create store: %w", err)
	}
	return lock.Sync()
}

// fillNew writes an empty store of the newest schema; bbolt syncs what it commits.
func (s *Store) fillNew(path, site string) error {
	db, err := bolt.Open(path, 0o600, boltOptions(0))
	if err != nil {
		return err
	}
	db.AllocSize = growBy
	err = db.Update(func(b *bolt.Tx) error {
		for _, name := range bucketNames {
			if _, err := b.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		tx := newTx(b, s)
		st := state{clock: time.Now()}
		return errors.Join(
			tx.putSchema(schemaAfter(steps)),
			tx.putMetaString(keySite, site),
			tx.putMetaString(keyStore, rand.Text()),
			tx.put(bMeta, []byte(keyState), st.encode()),
		)
	})
	return errors.Join(err, db.Close())
}

// acquire opens a store's file and locks it: for reading where the file or its
// file system can't be written. The file that is locked is the one at path, even
// if another process compacted the store meanwhile.
func acquire(path string, deadline time.Time) (f *os.File, readOnly bool, err error) {
	for {
		f, err = os.OpenFile(path, os.O_RDWR, 0)
		if readOnly = notWritable(err); readOnly {
			f, err = os.Open(path)
		}
		if err != nil {
			return nil, false, fmt.Errorf("open store: %w", err)
		}
		if err := flock(f, !readOnly, deadline); err != nil {
			return nil, false, errors.Join(fmt.Errorf("open store %s: %w", path, err), f.Close())
		}
		locked, err := f.Stat()
		if err != nil {
			return nil, false, errors.Join(fmt.Errorf("open store: %w", err), f.Close())
		}
		if there, err := os.Stat(path); err == nil && os.SameFile(locked, there) {
			return f, readOnly, nil
		}
		if err := f.Close(); err != nil {
			return nil, false, fmt.Errorf("open store: %w", err)
		}
		if time.Now().After(deadline) {
			return nil, false, fmt.Errorf("open store %s: %w", path, ErrBusy)
		}
	}
}

func notWritable(err error) bool {
	return errors.Is(err, syscall.EROFS) || errors.Is(err, os.ErrPermission)
}

// flock locks a file against other processes, or returns ErrBusy at the deadline.
func flock(f *os.File, exclusive bool, deadline time.Time) error {
	how := syscall.LOCK_SH
	if exclusive {
		how = syscall.LOCK_EX
	}
	for {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return fmt.Errorf("lock: %w", err)
		}
		if time.Now().After(deadline) {
			return ErrBusy
		}
		<-time.After(lockEvery)
	}
}

// checkFile reads what bbolt takes on trust.
func checkFile(f *os.File, path string) (header, error) {
	info, err := f.Stat()
	if err != nil {
		return header{}, fmt.Errorf("open store: %w", err)
	}
	if !info.Mode().IsRegular() {
		return header{}, &DamagedError{Path: path, What: "it is not a file"}
	}
	h, err := readHeader(f, info.Size())
	if err == nil {
		_, err = h.readFree(f)
	}
	if err != nil {
		return header{}, &DamagedError{Path: path, What: err.Error()}
	}
	return h, nil
}

// boltOptions are ours for a file of that size. The freelist is stored, which
// keeps opening quick, and every commit is synced.
func boltOptions(size int64) *bolt.Options {
	o := &bolt.Options{Timeout: defaultTimeout, FreelistType: bolt.FreelistMapType}
	if math.MaxInt > math.MaxInt32 {
		o.InitialMmapSize = int(max(mapAhead, 2*size))
	}
	return o
}

// openBolt hands a file that is locked and checked to bbolt, which closes it.
func openBolt(f *os.File, readOnly bool) (db *bolt.DB, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	o := boltOptions(info.Size())
	o.ReadOnly = readOnly
	o.OpenFile = func(string, int, os.FileMode) (*os.File, error) { return f, nil }
	err = guard(f.Name(), nil, func() error {
		db, err = bolt.Open(f.Name(), 0o600, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	db.AllocSize = growBy
	return db, nil
}

// readMeta reads what the store says of itself.
func (s *Store) readMeta(h header) error {
	return s.View(func(tx *Tx) (err error) {
		if s.id, err = tx.metaString(keyStore); err != nil {
			return err
		}
		s.state, err = tx.readState()
		s.opened.state, s.opened.at = s.state, time.Now()
		s.unclean = s.state.dirty || h.damaged
		return err
	})
}

// adoptSite holds the store to its site's id, once there are items.
func (s *Store) adoptSite(site string) error {
	if site == "" {
		return nil
	}
	var have string
	var items uint64
	err := s.View(func(tx *Tx) (err error) {
		if have, err = tx.metaString(keySite); err != nil {
			return err
		}
		items, err = tx.lastItem()
		return err
	})
	switch {
	case err != nil || have == site:
		return err
	case items > 0 && have != "":
		return fmt.Errorf("%w: %s publishes its items as %q and not as %q", ErrSiteID, s.path, have, site)
	case s.readOnly:
		return nil
	}
	return s.Update(func(tx *Tx) error { return tx.putMetaString(keySite, site) })
}

// keepID writes store-id where it is missing or another store's, as after a
// backup was put in place.
func (s *Store) keepID(dir string) error {
	path := filepath.Join(dir, idFileName)
	have, err := os.ReadFile(path)
	if string(have) == s.id+"\n" || s.readOnly {
		return nil
	}
	if err == nil {
		s.log.Warn("the folder held another store before", "path", s.path)
	}
	if err := writeFile(path, []byte(s.id+"\n")); err != nil {
		return fmt.Errorf("mark folder as the store's: %w", err)
	}
	return nil
}
