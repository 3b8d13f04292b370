package control

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sync/errgroup"
)

func TestSocketIsItsOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	ln, err := Listen(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, socketName)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left behind: %v", err)
	}
}

func TestSocketForAGroup(t *testing.T) {
	group, gid := ownGroup(t)
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	ln, err := Listen(dir, group)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	info, err := os.Stat(filepath.Join(dir, socketName))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != fs.ModeSocket|0o660 {
		t.Errorf("mode %v", info.Mode())
	}
	if got := info.Sys().(*syscall.Stat_t).Gid; int(got) != gid {
		t.Errorf("group %d, want %d", got, gid)
	}
	// It may pass through the folder, and neither list nor change it.
	folder, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := folder.Sys().(*syscall.Stat_t).Gid; folder.Mode().Perm() != 0o710 || int(got) != gid {
		t.Errorf("folder: mode %v, group %d", folder.Mode(), got)
	}
	client(t, dir, "")
}

// A folder that everybody may pass through stays as it is.
func TestOpenFolderStaysAsItIs(t *testing.T) {
	group, _ := ownGroup(t)
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	ln, err := Listen(dir, group)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// ownGroup is a group that a file of ours may be given to: as root any, else one
// of ours.
func ownGroup(t *testing.T) (name string, gid int) {
	t.Helper()
	if os.Getuid() == 0 {
		for _, name := range []string{"daemon", "users", "nogroup", "nobody"} {
			if g, err := user.LookupGroup(name); err == nil {
				gid, err := strconv.Atoi(g.Gid)
				if err != nil {
					t.Fatal(err)
				}
				return name, gid
			}
		}
	}
	g, err := user.LookupGroupId(strconv.Itoa(os.Getgid()))
	if err != nil {
		t.Skipf("no group has a name: %v", err)
	}
	return g.Name, os.Getgid()
}

func TestListenRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ dir, group, says string }{
		"unknown group": {t.TempDir(), "nobody-has-such-a-group", "server.group"},
		"no folder":     {filepath.Join(t.TempDir(), "none"), "", "no such file"},
		"a file":        {file, "", "not a directory"},
	} {
		ln, err := Listen(tt.dir, tt.group)
		if err == nil {
			ln.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), tt.dir) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A process that was killed leaves its socket: nobody answers there, and the next
// holder of the store puts its own in its place.
func TestStaleSocketIsReplaced(t *testing.T) {
	dir := t.TempDir()
	stale, err := net.Listen("unix", filepath.Join(dir, socketName))
	if err != nil {
		t.Fatal(err)
	}
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := stale.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), dir, ""); !errors.Is(err, ErrNobody) {
		t.Fatalf("stale socket: %v", err)
	}
	socketOf(t, dir, http.NotFoundHandler())
	client(t, dir, "")
}

func TestNobodyAnswers(t *testing.T) {
	for name, dir := range map[string]string{
		"no socket": t.TempDir(),
		"no folder": filepath.Join(t.TempDir(), "none"),
	} {
		if _, err := Dial(t.Context(), dir, ""); !errors.Is(err, ErrNobody) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The kernel takes 107 bytes of address; a data folder may lie deeper.
func TestDeepDataFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", 60))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	end := socketOf(t, dir, http.NotFoundHandler())
	client(t, dir, "")
	if err := end(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, socketName)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left behind: %v", err)
	}
}

// Who holds the store answers until nobody asks: whoever comes while the last
// answer is under way could go nowhere else.
func TestServeWaitsForItsGuests(t *testing.T) {
	dir := t.TempDir()
	ln, err := Listen(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	begun, finish := make(chan struct{}), make(chan struct{})
	mux := http.NewServeMux()
	mux.Handle("/v1/slow", operation(testLog(t), func(context.Context, Empty, func(any)) (any, error) {
		close(begun)
		<-finish
		return "slow", nil
	}))
	mux.Handle("/v1/quick", operation(testLog(t), func(context.Context, Empty, func(any)) (any, error) { return "quick", nil }))
	ctx, stop := context.WithCancel(t.Context())
	var g errgroup.Group
	g.Go(func() error { return Serve(ctx, ln, mux, ten, testLog(t)) })
	g.Go(func() error {
		got, err := call[string](t, client(t, dir, ""), "slow", Empty{})
		if got != "slow" {
			t.Errorf("got %q", got)
		}
		return err
	})
	<-begun
	stop()
	if got, err := call[string](t, client(t, dir, ""), "quick", Empty{}); got != "quick" || err != nil {
		t.Errorf("a late guest: %q, %v", got, err)
	}
	close(finish)
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := Dial(t.Context(), dir, ""); !errors.Is(err, ErrNobody) {
		t.Errorf("after the last guest: %v", err)
	}
}

// Patience ends: a request that never does is cut off.
func TestServeLosesPatience(t *testing.T) {
	dir := t.TempDir()
	ln, err := Listen(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	begun := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	var g errgroup.Group
	g.Go(func() error {
		return Serve(ctx, ln, operation(testLog(t), func(ctx context.Context, _ Empty, _ func(any)) (any, error) {
			close(begun)
			<-ctx.Done()
			return nil, ctx.Err()
		}), 1, testLog(t))
	})
	g.Go(func() error {
		<-begun
		stop()
		return nil
	})
	_, err = call[string](t, client(t, dir, ""), OpRefresh, Empty{})
	if refusal, ok := errors.AsType[*Refusal](err); !ok || !refusal.Busy {
		t.Errorf("got %v", err)
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

// A folder of another user's is a plain refusal with a hint.
func TestForeignSocket(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("nothing is forbidden to root")
	}
	dir := t.TempDir()
	socketOf(t, dir, http.NotFoundHandler())
	if err := os.Chmod(filepath.Join(dir, socketName), 0); err != nil {
		t.Fatal(err)
	}
	_, err := Dial(t.Context(), dir, "")
	if refusal, ok := errors.AsType[*Refusal](err); !ok || refusal.Hint == "" {
		t.Errorf("got %v", err)
	}
}
