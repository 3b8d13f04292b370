package control

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"rightswire/internal/web"
)

// socketName is the control socket's name in the data folder.
const socketName = "control.sock"

// ErrNobody says that nobody serves the data folder.
var ErrNobody = errors.New("nobody answers on the control socket")

// through calls do with a short path to the socket in dir: the kernel takes no
// address of more than 107 bytes, however deep the data folder lies.
func through(dir string, do func(path string) error) error {
	// Whoever may pass through the folder may use the socket, without reading it.
	folder, err := os.OpenFile(dir, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer folder.Close()
	return do(fmt.Sprintf("/proc/self/fd/%d/%s", folder.Fd(), socketName))
}

// Listen binds the control socket in dir. Only the holder of the store's lock may
// call it: a socket that is there already is stale and is removed. The socket is
// for its owner alone (0600), or for group too (0660) where one is named.
func Listen(dir, group string) (net.Listener, error) {
	var ln net.Listener
	err := through(dir, func(path string) (err error) {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		ln, err = net.Listen("unix", path)
		if err != nil {
			return err
		}
		ln.(*net.UnixListener).SetUnlinkOnClose(false)
		return admit(dir, path, group)
	})
	if err != nil {
		return nil, fmt.Errorf("open control socket in %s: %w", dir, err)
	}
	return &listener{Listener: ln, path: filepath.Join(dir, socketName)}, nil
}

// admit gives the socket at path in dir to whom it is for.
func admit(dir, path, group string) error {
	if group == "" {
		return os.Chmod(path, 0o600)
	}
	g, err := user.LookupGroup(group)
	if err != nil {
		return fmt.Errorf("server.group: %w", err)
	}
	gid, err := strconv.Atoi(g.Gid)
	if err != nil {
		return fmt.Errorf("server.group: %w", err)
	}
	if err := os.Chown(path, -1, gid); err != nil {
		return err
	}
	return errors.Join(os.Chmod(path, 0o660), letThrough(dir, gid))
}

// letThrough lets a group pass through a folder, where not everybody may: nothing
// else in it is for the group.
func letThrough(dir string, gid int) error {
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm()&0o001 != 0 {
		return err
	}
	if err := os.Chown(dir, -1, gid); err != nil {
		return err
	}
	return os.Chmod(dir, info.Mode().Perm()|0o010)
}

// A listener removes its socket when it closes.
type listener struct {
	net.Listener
	path string
}

// Close stops listening and removes the socket.
func (l *listener) Close() error {
	return errors.Join(os.Remove(l.path), l.Listener.Close())
}

// Serve answers on ln until ctx is done and nobody is being answered, but at most
// patience longer than ctx. Whoever comes meanwhile is answered too: the store is
// held, so that nobody else could.
func Serve(ctx context.Context, ln net.Listener, h http.Handler, patience time.Duration, log *slog.Logger) error {
	var guests guests
	srv := &http.Server{
		Handler:           guests.count(h),
		ReadHeaderTimeout: 5 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		ConnContext:       withPeer,
	}
	return web.Run(ctx, srv, ln, patience, guests.wait)
}

// withPeer notes whose process is at the other end.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, whoKey{}, peerName(c))
}

// peerName is the user name of the process at the other end; of this process
// where it talks to itself.
func peerName(c net.Conn) string {
	uid := os.Getuid()
	if peer, ok := c.(*net.UnixConn); ok {
		raw, err := peer.SyscallConn()
		if err != nil {
			return "unknown"
		}
		var cred *unix.Ucred
		var credErr error
		err = raw.Control(func(fd uintptr) {
			cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		})
		if err != nil || credErr != nil {
			return "unknown"
		}
		uid = int(cred.Uid)
	}
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return "uid " + strconv.Itoa(uid)
	}
	return u.Username
}
