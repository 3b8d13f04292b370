package store

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"rightswire/internal/news"
)

// verifyChild verifies a file in a process of its own, as the newsroom does.
func verifyChild(path string) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"=verify", childDirEnv+"="+path)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// TestBackup backs up under load. Each copy must verify and hold a committed state:
// the writer files items in transactions of three.
func TestBackup(t *testing.T) {
	s := openTest(t, t.TempDir())
	file(t, s, "one", 0, 3)
	var wg sync.WaitGroup
	var stop atomic.Bool
	wg.Go(func() {
		for n := 3; !stop.Load(); n += 3 {
			if err := s.Update(func(tx *Tx) error { return fileTx(tx, "one", n, n+3) }); err != nil {
				t.Error(err)
				return
			}
		}
	})
	defer wg.Wait()
	defer stop.Store(true)
	last := uint64(0)
	for n := range cycles(20) {
		dir := t.TempDir()
		dst := filepath.Join(dir, fileName)
		check := mustVerify
		if n == 0 {
			check = verifyChild
		}
		if err := s.Backup(dst, check); err != nil {
			t.Fatal(err)
		}
		restored, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var items uint64
		view(t, restored, func(tx *Tx) (err error) {
			items, err = tx.lastItem()
			return err
		})
		if items%3 != 0 || items < max(3, last) {
			t.Errorf("backup %d holds %d items after %d", n, items, last)
		}
		last = items
		file(t, restored, "one", int(items), int(items)+1) // and goes on
		if err := restored.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestBackupRefused(t *testing.T) {
	s := openTest(t, t.TempDir())
	file(t, s, "one", 0, 3)
	dir := t.TempDir()
	dst := filepath.Join(dir, "backup.db")
	bad := errors.New("bad copy")
	if err := s.Backup(dst, func(string) error { return bad }); !errors.Is(err, bad) {
		t.Errorf("a copy that does not verify: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if err := os.WriteFile(dst, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(dst, mustVerify); !errors.Is(err, os.ErrExist) {
		t.Errorf("over another file: %v", err)
	}
	// Somebody puts a file there while the copy is verified.
	racy := filepath.Join(dir, "racy.db")
	err := s.Backup(racy, func(string) error { return os.WriteFile(racy, []byte("precious"), 0o600) })
	if !errors.Is(err, os.ErrExist) {
		t.Errorf("over a file that came meanwhile: %v", err)
	}
	for _, path := range []string{dst, racy} {
		if b, err := os.ReadFile(path); string(b) != "precious" {
			t.Errorf("%s was overwritten (%v)", path, err)
		}
	}
	if err := s.Backup(filepath.Join(dir, "no", "where.db"), mustVerify); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("into a folder that is not there: %v", err)
	}
}

// TestBackupStops closes a store while a backup is under way: it gives way.
func TestBackupStops(t *testing.T) {
	s := openTest(t, t.TempDir())
	file(t, s, "one", 0, 3)
	s.closing.Store(true)
	if err := s.Backup(filepath.Join(t.TempDir(), "b.db"), mustVerify); !errors.Is(err, os.ErrClosed) {
		t.Errorf("backup of a closing store: %v", err)
	}
}

func TestCompact(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	for n := 0; n < 1500; n += 300 {
		file(t, s, "one", n, n+300)
	}
	update(t, s, func(tx *Tx) error { // most bodies go
		n, err := tx.Expire(epoch.AddDate(1, 0, 0), 1400, func(*news.Item) bool { return true })
		if n != 1400 {
			t.Errorf("expired %d", n)
		}
		return err
	})
	var wg sync.WaitGroup
	var stop atomic.Bool
	for range 2 { // readers go on
		wg.Go(func() {
			for !stop.Load() {
				view(t, s, func(tx *Tx) error {
					_, err := tx.Item(testEntry("one", 1499).ID)
					return err
				})
			}
		})
	}
	before, after, err := s.Compact(verifyChild)
	stop.Store(true)
	wg.Wait()
	if err != nil || after > before*2/3 {
		t.Errorf("compacted from %d to %d: %v", before, after, err)
	}
	file(t, s, "one", 1500, 1600)
	d := news.Decision{Item: testEntry("one", 1).ID, Action: news.Approve}
	update(t, s, func(tx *Tx) error { return tx.AddDecision(&d) })
	size, err := s.Size()
	if err != nil || size.Items != 1600 || size.Bytes < after || size.Free <= 0 {
		t.Errorf("%+v %v", size, err)
	}

	bad := errors.New("bad copy")
	if _, _, err := s.Compact(func(string) error { return bad }); !errors.Is(err, bad) {
		t.Errorf("a copy that does not verify: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Compact(mustVerify); !errors.Is(err, os.ErrClosed) {
		t.Errorf("compact of a closed store: %v", err)
	}
	if files, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(files) != 2 {
		t.Errorf("left behind: %q %v", files, err)
	}
	s = openTest(t, dir)
	next := d
	update(t, s, func(tx *Tx) error { return tx.AddDecision(&next) })
	if next.Seq <= d.Seq {
		t.Errorf("decision %d after %d", next.Seq, d.Seq)
	}
}
