package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A data folder that can't be written is served from; whatever would write is
// refused, with what to do about it.
func TestReadOnlyDataFolder(t *testing.T) {
	r := newRoom(t, 1, feed("One"))
	must(t, r.dir, "refresh")
	makeReadOnly(t, filepath.Join(r.dir, "data"))
	daemon := r.serve(t)
	for _, path := range []string{"/", "/atom.xml", "/channels/all/rss.xml", "/sources/s0/feed.json", "/healthz"} {
		res, err := reader.Get("http://" + r.listen + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 200 || path != "/healthz" && !strings.Contains(string(body), "One") {
			t.Errorf("%s: %s, %v\n%s", path, res.Status, err, body)
		}
	}
	url := "http://news.example/0/0"
	look := func() {
		for _, args := range [][]string{{"items"}, {"show", url}, {"sources"}, {"status"}, {"review"}} {
			must(t, r.dir, args...)
		}
		for _, args := range [][]string{{"approve", url}, {"withdraw", url}, {"note", url, "x"}, {"add-item", "http://ngo.example/", "--title", "T"}} {
			got := command(t, r.dir, args...)
			if got.code != exitFailed || !strings.Contains(got.stderr, "the store can only be read\nhint: make the data folder writable\n") {
				t.Errorf("%v: %+v", args, got)
			}
		}
	}
	look()
	if got := daemon.end(syscall.SIGTERM); got.code != exitDone {
		t.Errorf("%+v", got)
	}
	look()
	got := command(t, r.dir, "refresh", "--all")
	if got.code != exitFailed || !strings.Contains(got.stderr, "can only be read") {
		t.Errorf("a refresh that stores nothing says so: %+v", got)
	}
}

// makeReadOnly makes a folder read-only: as root by a mount, else by its mode.
func makeReadOnly(t *testing.T, dir string) {
	t.Helper()
	if os.Getuid() != 0 {
		file := filepath.Join(dir, "rightswire.db")
		if err := errors.Join(os.Chmod(file, 0o400), os.Chmod(dir, 0o500)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
		return
	}
	if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
		t.Skipf("root may write everywhere, and may not mount here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	if err := syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
}
