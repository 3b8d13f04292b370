package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"rightswire/internal/news"

	bolt "go.etcd.io/bbolt"
)

// closedStore makes a store with some items and returns its folder.
func closedStore(t testing.TB, items int) string {
	t.Helper()
	dir := t.TempDir()
	s, err := Open(dir, Options{SiteID: "rights.example.org,2026"})
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < items; n += 100 {
		file(t, s, "one", n, min(n+100, items))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// wholePages reads a store's file without the room that it has grown ahead.
func wholePages(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := readHeader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return data[:int(h.pages)*int(h.pageSize)]
}

func TestOpenDamaged(t *testing.T) {
	dir := closedStore(t, 200)
	whole := wholePages(t, filepath.Join(dir, fileName))
	metas := func(b []byte, at int, with byte) []byte {
		b = slices.Clone(b)
		b[at] ^= with
		b[at+os.Getpagesize()] ^= with
		return b
	}
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "empty"},
		{"one byte", whole[:1], "both meta pages"},
		{"one page", whole[:4096], "cut short"},
		{"cut to 1 %", whole[:len(whole)/100], "cut short"},
		{"cut to 10 %", whole[:len(whole)/10], "cut short"},
		{"cut to 50 %", whole[:len(whole)/2], "cut short"},
		{"other file", bytes.Repeat([]byte("feeds.yaml\n"), 10000), "not a bbolt file"},
		{"zeros", make([]byte, len(whole)), "not a bbolt file"},
		{"version", metas(whole, 20, 1), "file format 3"},
		{"meta checksum", metas(whole, 60, 1), "checksum"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, fileName)
			if err := os.WriteFile(path, tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(dir, Options{})
			damaged, ok := errors.AsType[*DamagedError](err)
			if !ok || damaged.Path != path || !strings.Contains(damaged.What, tt.want) {
				t.Errorf("open: %v", err)
			}
			r, err := Verify(path)
			if err != nil || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], tt.want) {
				t.Errorf("verify: %q %v", r.Problems, err)
			}
			if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, tt.data) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

// TestOpenCut opens a store cut at many places: never whole, never a crash, never
// a new store.
func TestOpenCut(t *testing.T) {
	dir := closedStore(t, 100)
	path := filepath.Join(dir, fileName)
	whole := wholePages(t, path)
	for size := 0; size < len(whole); size += 997 {
		if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir, Options{})
		if _, ok := errors.AsType[*DamagedError](err); !ok {
			t.Fatalf("cut to %d of %d: %v %v", size, len(whole), s, err)
		}
	}
}

// TestOpenOneMeta opens a store whose newest meta page was torn: it is where it
// was one transaction earlier, and says that it deserves a check.
func TestOpenOneMeta(t *testing.T) {
	dir := closedStore(t, 10)
	path := filepath.Join(dir, fileName)
	for _, page := range []int64{0, 1} {
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		torn := slices.Clone(whole)
		torn[page*int64(os.Getpagesize())+50] ^= 4
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := Verify(path); err != nil || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "meta page") {
			t.Errorf("verify: %q %v", r.Problems, err)
		}
		s := openTest(t, dir)
		if !s.Unclean() {
			t.Error("a torn meta page needs no check")
		}
		view(t, s, func(tx *Tx) error {
			_, err := tx.Item(testEntry("one", 3).ID)
			return err
		})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenMissing(t *testing.T) {
	dir := closedStore(t, 1)
	path := filepath.Join(dir, fileName)
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	_, err := Open(dir, Options{})
	if damaged, ok := errors.AsType[*DamagedError](err); !ok || !strings.Contains(damaged.What, idFileName) {
		t.Fatalf("a lost store: %v", err)
	}
	if exists(path) {
		t.Fatal("a lost store was begun anew")
	}
	// The way back: a backup takes its place. Without its store-id it gets one.
	if err := errors.Join(os.Rename(path+".away", path), os.Remove(filepath.Join(dir, idFileName))); err != nil {
		t.Fatal(err)
	}
	s := openTest(t, dir)
	if id, err := os.ReadFile(filepath.Join(dir, idFileName)); err != nil || string(id) != s.id+"\n" || len(s.id) < 20 {
		t.Errorf("store-id %q (%v)", id, err)
	}
}

func TestOpenNotThere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, Options{}); err == nil {
		t.Error("a file is no folder")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, fileName), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); err == nil {
		t.Error("a folder is no store")
	}
}

func TestOpenBusy(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	start := time.Now()
	if _, err := Open(dir, Options{Timeout: 50 * time.Millisecond}); !errors.Is(err, ErrBusy) {
		t.Errorf("second open: %v", err)
	}
	if _, err := Verify(s.path); !errors.Is(err, ErrBusy) {
		t.Errorf("verify of an open store: %v", err)
	}
	t.Logf("refused after %v", time.Since(start))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openTest(t, dir)
}

// TestOpenTogether lets several begin one new store: there is one, and each gets
// its turn.
func TestOpenTogether(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	ids := make([]string, 6)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			s, err := Open(dir, Options{Timeout: time.Minute})
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = s.id
			update(t, s, func(tx *Tx) error { return fileTx(tx, "one", i, i+1) })
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if ids[0] == "" || len(slices.Compact(ids)) != 1 {
		t.Errorf("several stores: %q", ids)
	}
	if r := verifyTest(t, filepath.Join(dir, fileName)); int(r.Items) != 6 {
		t.Errorf("%d items of 6", r.Items)
	}
}

func TestOpenUnclean(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	if s.Unclean() {
		t.Error("a new store is unclean")
	}
	file(t, s, "one", 0, 1)
	copied := filepath.Join(t.TempDir(), fileName)
	if err := s.Backup(copied, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s = openTest(t, dir); s.Unclean() {
		t.Error("a closed store is unclean")
	}
	for _, tt := range []struct {
		after  string
		verify func(*Store) error
		want   bool
	}{
		{"not being closed", func(s *Store) error { return nil }, true},
		{"a mere Close", func(s *Store) error { return s.Update(func(*Tx) error { return nil }) }, true},
		{"a copy", func(s *Store) error { return s.Backup(filepath.Join(t.TempDir(), "b.db"), nil) }, true},
		{"a verified copy", func(s *Store) error { return s.Backup(filepath.Join(t.TempDir(), "b.db"), mustVerify) }, true},
		{"verifying", func(s *Store) error { return nil }, false},
	} {
		s := openTest(t, filepath.Dir(copied))
		if s.Unclean() != tt.want {
			t.Errorf("after %s: unclean %v", tt.after, s.Unclean())
		}
		if err := errors.Join(tt.verify(s), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenSiteID(t *testing.T) {
	dir := t.TempDir()
	open := func(site string) error {
		s, err := Open(dir, Options{SiteID: site})
		if err == nil {
			err = s.Close()
		}
		return err
	}
	for _, site := range []string{"a.example,2026", "b.example,2026", ""} {
		if err := open(site); err != nil {
			t.Errorf("%q without items: %v", site, err)
		}
	}
	s, err := Open(dir, Options{SiteID: "b.example,2026"})
	if err != nil {
		t.Fatal(err)
	}
	file(t, s, "one", 0, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := open("a.example,2026"); !errors.Is(err, ErrSiteID) {
		t.Errorf("another site's items: %v", err)
	}
	for _, site := range []string{"b.example,2026", ""} {
		if err := open(site); err != nil {
			t.Errorf("%q: %v", site, err)
		}
	}
}

// readOnlyTest is what holds of a store that can't be written. It runs where the
// file system makes it so.
func readOnlyTest(dir string) error {
	s, err := Open(dir, Options{SiteID: "rights.example.org,2026"})
	if err != nil {
		return err
	}
	if err := s.Update(func(*Tx) error { return nil }); !errors.Is(err, ErrReadOnly) {
		return fmt.Errorf("update: %w", err)
	}
	if _, _, err := s.Compact(mustVerify); !errors.Is(err, ErrReadOnly) {
		return fmt.Errorf("compact: %w", err)
	}
	err = s.View(func(tx *Tx) error {
		it, err := tx.Item(testEntry("one", 7).ID)
		if err == nil {
			_, err = tx.Revision(it, 1)
		}
		if err == nil && tx.PutItem(&news.Item{ID: news.NewItemID("one", news.ByGUID, "new"), Source: "one"}) == nil {
			err = errors.New("a View wrote")
		}
		return err
	})
	if _, sizeErr := s.Size(); sizeErr != nil {
		return sizeErr
	}
	return errors.Join(err, s.Close())
}

// TestOpenReadOnly opens a store on a file system mounted for reading, where
// mounting is allowed.
func TestOpenReadOnly(t *testing.T) {
	dir := closedStore(t, 10)
	if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
		t.Skipf("needs the right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	if err := syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if err := readOnlyTest(dir); err != nil {
		t.Error(err)
	}
}

// TestOpenNotOurs opens a store that belongs to another user.
func TestOpenNotOurs(t *testing.T) {
	dir := closedStore(t, 10)
	if os.Geteuid() != 0 {
		if err := errors.Join(os.Chmod(filepath.Join(dir, fileName), 0o400), os.Chmod(dir, 0o500)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
		if err := readOnlyTest(dir); err != nil {
			t.Error(err)
		}
		return
	}
	// Root may write everything: somebody else has to try.
	open, err := os.MkdirTemp("/tmp", "store-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(open) })
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{exe: "test", filepath.Join(dir, fileName): fileName, filepath.Join(dir, idFileName): idFileName} {
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(open, to), data, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(open, "test"))
	cmd.Dir = open
	cmd.Env = append(os.Environ(), childEnv+"=read-only", childDirEnv+"="+open)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); errors.Is(err, os.ErrPermission) {
		t.Skipf("needs the right to become another user: %v", err)
	} else if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestOpenExchanged waits for the lock while the holder compacts: what is opened
// then must be the new file, not the one that is gone.
func TestOpenExchanged(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir)
	file(t, s, "one", 0, 10)
	var second *Store
	var wg sync.WaitGroup
	wg.Go(func() {
		var err error
		if second, err = Open(dir, Options{Timeout: time.Minute}); err != nil {
			t.Error(err)
		}
	})
	for range 20 {
		if _, _, err := s.Compact(mustVerify); err != nil {
			t.Fatal(err)
		}
	}
	file(t, s, "one", 10, 20)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if second == nil {
		t.Fatal("never opened")
	}
	view(t, second, func(tx *Tx) error {
		_, err := tx.Item(testEntry("one", 15).ID)
		return err
	})
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpenNFS(t *testing.T) {
	d, err := statDisk(t.TempDir())
	if err != nil || d.network || d.total == 0 {
		t.Errorf("%+v %v", d, err)
	}
}

// TestOpenForeign opens a bbolt file of another program.
func TestOpenForeign(t *testing.T) {
	dir := t.TempDir()
	db, err := bolt.Open(filepath.Join(dir, fileName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Open(dir, Options{})
	if _, ok := errors.AsType[*DamagedError](err); !ok {
		t.Errorf("open: %v", err)
	}
}
