package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"rightswire/internal/config"
	"rightswire/internal/control"
	"rightswire/internal/desk"
	"rightswire/internal/news"
	"rightswire/internal/newsroom"
	"rightswire/internal/site"
	"rightswire/internal/store"
	"rightswire/internal/web"
)

// stopWait is how long the daemon waits for answers under way when told to stop.
const stopWait = 5 * time.Second

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the daemon: poll sources, publish feeds and pages, answer commands",
		Long: `Run the daemon: it polls the sources of feeds.yaml, publishes feeds and pages on
server.listen and metrics for operators on server.desk, and answers other commands
on a socket in the data folder.

It follows feeds.yaml when it is saved and on SIGHUP; an invalid file changes
nothing. SIGTERM and interrupt stop it.`,
		Args: args(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			log := a.logger(slog.LevelInfo)
			for _, notice := range cfg.Notices {
				log.Warn(notice.String())
			}
			return a.serve(cmd.Context(), cfg, log, func(_ context.Context, room *newsroom.Newsroom, addresses []string) error {
				if !a.quiet {
					a.printAddresses(room, addresses[0])
				}
				return nil
			})
		},
	}
}

// printAddresses says what to open in a browser and what to subscribe to.
func (a *app) printAddresses(room *newsroom.Newsroom, address string) {
	a.printf("%s\n", address)
	for _, c := range room.Directory().Channels {
		a.printf("%s\n", address+news.Place{Channel: c.ID}.Path()+"atom.xml")
	}
}

// serve runs the daemon until ctx is done. ready is called once it listens, with
// the addresses it is reached at.
func (a *app) serve(ctx context.Context, cfg *config.Config, log *slog.Logger, ready func(context.Context, *newsroom.Newsroom, []string) error) error {
	room, err := a.openDaemon(ctx, cfg, log)
	if err != nil || room == nil {
		return err
	}
	sockets, err := a.socket(cfg, log)
	if err != nil {
		return errors.Join(err, room.Close())
	}
	listeners, addresses, err := listen("readers", "server.listen", cfg.Server.Listen)
	if err != nil {
		return errors.Join(err, closeAll(sockets), room.Close())
	}
	desks, deskAddresses, err := listen("operators", "server.desk", cfg.Server.Desk)
	if err != nil {
		return errors.Join(err, closeAll(listeners), closeAll(sockets), room.Close())
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return room.Run(ctx) })
	g.Go(func() error { return room.Watch(ctx, hangup) })
	for _, ln := range sockets {
		handler := control.Handler(room, log)
		g.Go(func() error { return control.Serve(ctx, ln, handler, stopWait, log) })
	}
	public := withCallback(site.New(room, cfg.Server.Cache, log), room)
	for _, ln := range listeners {
		g.Go(func() error { return serveHTTP(ctx, ln, public) })
	}
	operators := desk.New(room, cfg.Server.Desk, log)
	for _, ln := range desks {
		g.Go(func() error { return serveHTTP(ctx, ln, operators) })
	}
	log.Info("serving", "version", version(), "addresses", addresses, "desk", deskAddresses, "sources", len(cfg.Sources), "channels", len(cfg.Channels), "data", cfg.Data)
	g.Go(func() error { return ready(ctx, room, addresses) })
	err = g.Wait()
	if errors.Is(err, errDone) {
		err = nil
	}
	return errors.Join(err, room.Close())
}

// errDone ends a daemon that has done what it was started for.
var errDone = errors.New("done")

// openDaemon opens the newsroom. It waits for a command at work on the store, and
// gives up at once where a daemon is running. Told to stop while it waits, it
// returns nothing.
func (a *app) openDaemon(ctx context.Context, cfg *config.Config, log *slog.Logger) (*newsroom.Newsroom, error) {
	o := a.options(log, lockWait)
	o.Daemon = true
	said := false
	for end := time.Now().Add(doorWait); ; {
		room, err := newsroom.Open(cfg, o)
		if !errors.Is(err, store.ErrBusy) {
			return room, err
		}
		if ctx.Err() != nil {
			return nil, nil
		}
		client, dialErr := control.Dial(ctx, cfg.Data, a.as)
		if dialErr != nil {
			if time.Now().After(end) {
				return nil, err
			}
			continue
		}
		status, callErr := call[newsroom.StatusView](ctx, client, control.OpStatus, control.Empty{})
		if callErr == nil && status.Daemon {
			return nil, &failure{
				code: exitBusy,
				err:  fmt.Errorf("a daemon is serving %s already", cfg.Data),
				hint: "stop it first, or give this one another data folder",
			}
		}
		if !said {
			log.Info("a command is at work on the store: waiting for it")
			said = true
		}
		end = time.Now().Add(doorWait)
	}
}

// listen binds the addresses that key names for those people, and returns how they
// are reached.
func listen(people, key string, addresses []string) (listeners []net.Listener, reached []string, err error) {
	for _, address := range addresses {
		ln, err := net.Listen("tcp", address)
		if err != nil {
			return nil, nil, &failure{
				code: exitFailed,
				err:  errors.Join(fmt.Errorf("serve %s: %w", people, err), closeAll(listeners)),
				hint: "stop what listens on " + address + ", or write another address as " + key + " in feeds.yaml",
			}
		}
		listeners = append(listeners, ln)
		reached = append(reached, "http://"+ln.Addr().String()+"/")
	}
	return listeners, reached, nil
}

func closeAll(listeners []net.Listener) error {
	var err error
	for _, ln := range listeners {
		err = errors.Join(err, ln.Close())
	}
	return err
}

// withCallback lets hubs in beside the readers.
func withCallback(readers http.Handler, room *newsroom.Newsroom) http.Handler {
	hubs := room.Callback()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, newsroom.CallbackPath) {
			hubs.ServeHTTP(w, r)
			return
		}
		readers.ServeHTTP(w, r)
	})
}

// serveHTTP answers requests until ctx is done.
func serveHTTP(ctx context.Context, ln net.Listener, h http.Handler) error {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		// The server's own log lines name readers' addresses: readers are not watched.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	return web.Run(ctx, srv, ln, stopWait, nil)
}
