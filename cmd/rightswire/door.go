package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/config"
	"rightswire/internal/control"
	"rightswire/internal/newsroom"
	"rightswire/internal/store"
)

const (
	// doorWait is how long a command looks for a way in: a daemon that answers, or
	// the store's lock. It gives up within two seconds, all in all.
	doorWait = 1800 * time.Millisecond
	// lockWait is how long it tries the lock before it dials again.
	lockWait = 100 * time.Millisecond
	// guestWait is how long a command that is done waits for others who found it
	// holding the store.
	guestWait = 10 * time.Minute
)

// ask calls do with a client of the newsroom: the daemon's where one answers,
// else of the store opened here. It calls do again where the newsroom closed
// before it began what do asked for.
func (a *app) ask(ctx context.Context, do func(context.Context, *control.Client) error) error {
	cfg, err := a.load()
	if err != nil {
		return a.askDaemon(ctx, err, do)
	}
	// Sources that fail are in the report and in the store: cron hears nothing.
	log := a.logger(slog.LevelError)
	for end := time.Now().Add(doorWait); ; {
		client, err := control.Dial(ctx, cfg.Data, a.as)
		if err == nil {
			err = do(ctx, client)
		}
		if !errors.Is(err, control.ErrNobody) {
			return err
		}
		room, err := newsroom.Open(cfg, a.options(log, lockWait))
		if err == nil {
			return a.host(ctx, cfg, room, log, do)
		}
		if !errors.Is(err, store.ErrBusy) || time.Now().After(end) {
			return err
		}
	}
}

// askDaemon asks a running daemon although feeds.yaml is invalid: the settings
// before it are in force there, and it says so.
func (a *app) askDaemon(ctx context.Context, invalid error, do func(context.Context, *control.Client) error) error {
	bad, ok := errors.AsType[*config.Invalid](invalid)
	if !ok || bad.Data == "" {
		return invalid
	}
	client, err := control.Dial(ctx, bad.Data, a.as)
	if err != nil {
		return invalid
	}
	return do(ctx, client)
}

func (a *app) options(log *slog.Logger, wait time.Duration) newsroom.Options {
	return newsroom.Options{Version: version(), Log: log, Wait: wait, Check: verifyInChild}
}

// host runs the newsroom for one command, and for whoever else dials meanwhile.
func (a *app) host(ctx context.Context, cfg *config.Config, room *newsroom.Newsroom, log *slog.Logger, do func(context.Context, *control.Client) error) error {
	sockets, err := a.socket(cfg, log)
	if err != nil {
		return errors.Join(err, room.Close())
	}
	working, stopWorking := context.WithCancel(context.WithoutCancel(ctx))
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWorking()
	defer stopServing()
	pipe, client := control.Pipe(a.as)
	handler := control.Handler(room, log)
	var work, doors errgroup.Group
	work.Go(func() error { return room.Run(working) })
	for _, ln := range append(sockets, pipe) {
		doors.Go(func() error { return control.Serve(serving, ln, handler, guestWait, log) })
	}
	err = do(ctx, client)
	defer context.AfterFunc(ctx, stopWorking)() // told to stop: nobody's visits go on
	stopServing()
	err = errors.Join(err, doors.Wait())
	stopWorking()
	return errors.Join(err, work.Wait(), room.Close())
}

// socket opens the control socket; a data folder that can't be written has none.
func (a *app) socket(cfg *config.Config, log *slog.Logger) ([]net.Listener, error) {
	ln, err := control.Listen(cfg.Data, cfg.Server.Group)
	switch {
	case err == nil:
		return []net.Listener{ln}, nil
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission) && cfg.Server.Group == "":
		log.Warn("no control socket", "err", err)
		return nil, nil
	}
	return nil, err
}

// call asks for one operation and returns its result.
func call[R any](ctx context.Context, c *control.Client, op string, request any) (R, error) {
	var result R
	err := c.Call(ctx, op, request, &result, nil)
	return result, err
}

// askFor asks for one operation and prints its result: as JSON where asked to,
// else by show.
func askFor[R any](ctx context.Context, a *app, op string, request any, show func(R) error) error {
	return a.ask(ctx, func(ctx context.Context, c *control.Client) error {
		result, err := call[R](ctx, c, op, request)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(result)
		}
		if a.quiet {
			return nil
		}
		return show(result)
	})
}

// verifyInChild checks a store file in a process of its own, which a damaged file
// may kill.
func verifyInChild(path string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, "verify", "--json", path)
	cmd.Args[0] = "rightswire"
	var problem strings.Builder
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err == nil {
		return nil
	}
	var report verified
	if json.Unmarshal(out, &report) == nil && len(report.Problems) > 0 {
		return fmt.Errorf("%d problems, the first: %s", len(report.Problems), report.Problems[0])
	}
	return fmt.Errorf("check: %w: %s", err, strings.TrimSpace(problem.String()))
}
