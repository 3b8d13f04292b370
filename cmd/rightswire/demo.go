package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"rightswire/internal/config"
	"rightswire/internal/demo"
	"rightswire/internal/news"
	"rightswire/internal/newsroom"
)

// demoAddress is where the demo is reached if nothing else listens there.
const demoAddress = "127.0.0.1:8080"

func (a *app) demoCommand() *cobra.Command {
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run the whole thing offline, on embedded sample sources",
		Long: `Run a sample newsroom on loopback, with no network: invented sources in eight
languages, one of them broken, one slow, one that edits what it wrote. It prints
the addresses to subscribe to, goes on until interrupted, and leaves nothing
behind.`,
		Args: args(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), once) },
	}
	cmd.Flags().BoolVar(&once, "once", false, "refresh once, print the addresses, exit")
	return cmd
}

// demo serves the sample sources and a newsroom that reads them, both in a
// folder that is removed again.
func (a *app) demo(ctx context.Context, once bool) (err error) {
	dir, err := os.MkdirTemp("", "rightswire-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	origin, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	cfg, err := demoConfig(dir, "http://"+origin.Addr().String(), once)
	if err != nil {
		return errors.Join(err, origin.Close())
	}
	log := a.logger(slog.LevelError)
	sources, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var g errgroup.Group
	g.Go(func() error { return serveHTTP(sources, origin, demo.Origin(time.Now())) })
	err = a.serve(ctx, cfg, log, func(ctx context.Context, room *newsroom.Newsroom, addresses []string) error {
		if err := a.showDemo(ctx, room, addresses[0]); err != nil {
			if ctx.Err() != nil {
				return nil // interrupted
			}
			return err
		}
		if once {
			return errDone
		}
		a.printf("\nPaste an address into a feed reader, or open %s in a browser. Interrupt to end.\n", addresses[0])
		return nil
	})
	stop()
	return errors.Join(err, g.Wait())
}

// demoConfig writes the sample feeds.yaml into dir and loads it.
func demoConfig(dir, origin string, once bool) (*config.Config, error) {
	address, err := freeAddress(once)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "feeds.yaml")
	if err := os.WriteFile(path, demo.Config(origin, address, filepath.Join(dir, "data")), 0o600); err != nil {
		return nil, err
	}
	return config.Load(path)
}

// freeAddress is the demo's usual address, or any free one where that is taken or
// nobody will visit it. It is named in the feeds, so that it must be known ahead.
func freeAddress(anyPort bool) (string, error) {
	ln, err := net.Listen("tcp", demoAddress)
	if err != nil || anyPort {
		if err == nil {
			ln.Close()
		}
		if ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return "", err
		}
	}
	return ln.Addr().String(), ln.Close()
}

// showDemo refreshes and prints the address of every feed.
func (a *app) showDemo(ctx context.Context, room *newsroom.Newsroom, address string) error {
	bar := a.progress()
	report, err := room.Refresh(ctx, newsroom.RefreshOrder{}, func(r newsroom.RefreshReport) {
		bar.show(r.Done(), r.Sources, fmt.Sprintf("%d failed, %d new", r.Failed, r.ItemsNew))
	})
	bar.clear()
	if err != nil {
		return err
	}
	if !a.quiet {
		fmt.Fprintf(a.stderr, "%d sources asked, %d failed; %d items\n", report.Sources, report.Failed, report.ItemsNew)
		for _, f := range report.Failures {
			fmt.Fprintf(a.stderr, "  %s: %s\n", f.Source, plain(f.Error))
		}
	}
	places := []news.Place{{}}
	d := room.Directory()
	for _, c := range d.Channels {
		places = append(places, news.Place{Channel: c.ID})
	}
	for _, s := range d.Sources {
		places = append(places, news.Place{Source: s.ID})
	}
	for _, p := range places {
		for _, format := range []string{"rss.xml", "atom.xml", "feed.json"} {
			a.printf("%s\n", address+p.Path()+format)
		}
	}
	return nil
}
