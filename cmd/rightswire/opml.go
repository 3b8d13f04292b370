package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"rightswire/internal/config"
	"rightswire/internal/discover"
	"rightswire/internal/newsroom"
	"rightswire/internal/publish"
)

func (a *app) opmlCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "opml",
		Short: "Take sources from a list of feeds, or write one",
		Args:  args(0, 0, "import FILE or export"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usage("see: rightswire opml --help", "opml takes import FILE or export")
		},
	}
	cmd.AddCommand(a.opmlImportCommand(), a.opmlExportCommand())
	return cmd
}

func (a *app) opmlImportCommand() *cobra.Command {
	var noProbe bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Append the feeds of an OPML file to feeds.yaml",
		Long: `Append the feeds of an OPML file ("-" is standard input) to feeds.yaml. Each is
asked first; where its address is no feed, the feed is looked for on its page. What
feeds.yaml has already is passed over, so an import that was broken off can be run
again. What cannot be used is listed with the reason.

--no-probe asks nobody and appends the sources as "poll: false".`,
		Args: args(1, 1, "one file"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			return a.opmlImport(cmd.Context(), arguments[0], noProbe)
		},
	}
	cmd.Flags().BoolVar(&noProbe, "no-probe", false, "ask nobody; append the sources as poll: false")
	return a.withJSON(cmd)
}

// An imported is the report of opml import --json.
type imported struct {
	Outlines int                     `json:"outlines"`
	Added    []string                `json:"added"` // ids of sources
	Known    int                     `json:"known"`
	Unusable []newsroom.UnusableView `json:"unusable"`
	Left     int                     `json:"left,omitempty"` // not looked at: interrupted
}

func (a *app) opmlImport(ctx context.Context, file string, noProbe bool) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	outlines, troubles, err := a.readOPML(file)
	if err != nil {
		return err
	}
	scout, err := newsroom.NewScout(cfg, version(), a.logger(slog.LevelError))
	if err != nil {
		return err
	}
	defer scout.Close()
	in := &intake{path: cfg.Path, report: imported{Outlines: len(outlines), Added: []string{}, Unusable: []newsroom.UnusableView{}}}
	for _, t := range troubles {
		in.report.Unusable = append(in.report.Unusable, newsroom.UnusableView{Line: t.Line, Error: t.What})
	}
	done := len(outlines)
	var unusable []newsroom.UnusableView
	if noProbe {
		in.waiting, unusable = scout.Unprobed(outlines)
	} else {
		done, unusable, err = a.probeOutlines(ctx, scout, outlines, in)
	}
	if failed := in.flush(); err == nil {
		err = failed
	}
	in.report.Unusable = append(in.report.Unusable, unusable...)
	in.report.Left = len(outlines) - done
	in.report.Known = done - len(in.report.Unusable) - len(in.report.Added) + len(troubles)
	if shown := a.printImported(cfg.Path, &in.report); err == nil {
		err = shown
	}
	return err
}

func (a *app) readOPML(file string) ([]discover.Outline, []discover.Trouble, error) {
	in := io.NopCloser(a.stdin)
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, nil, err
		}
		in = f
	}
	defer in.Close()
	return discover.ReadOPML(in)
}

// probeOutlines asks every outline and hands what is found to in; done counts those
// that were looked at.
func (a *app) probeOutlines(ctx context.Context, scout *newsroom.Scout, outlines []discover.Outline, in *intake) (done int, unusable []newsroom.UnusableView, err error) {
	bar := a.progress()
	unusable, err = scout.Import(ctx, outlines, in.add, func(n, failed, total int) {
		done = n
		bar.show(n, total, fmt.Sprintf("%d cannot be used", failed))
	})
	bar.clear()
	return done, unusable, err
}

// intakeBatch is how many sources are appended at a time: what an import has found
// when it is broken off is in the file but for so many at most.
const intakeBatch = 20

// An intake appends sources to feeds.yaml as they are found.
type intake struct {
	path    string
	waiting []config.Draft
	report  imported
}

func (in *intake) add(d config.Draft) error {
	in.waiting = append(in.waiting, d)
	if len(in.waiting) < intakeBatch {
		return nil
	}
	return in.flush()
}

// flush appends what waits: all at once, or one by one where the file would not be
// valid with one of them.
func (in *intake) flush() error {
	waiting := in.waiting
	in.waiting = nil
	err := in.append(waiting)
	if !refused(err) {
		return err
	}
	for i := range waiting {
		switch err := in.append(waiting[i : i+1]); {
		case refused(err):
			d := &waiting[i]
			in.report.Unusable = append(in.report.Unusable, newsroom.UnusableView{Title: d.Title, URL: d.URL, Error: reason(err)})
		case err != nil:
			return err
		}
	}
	return nil
}

func (in *intake) append(drafts []config.Draft) error {
	if err := config.Append(in.path, drafts); err != nil {
		return err
	}
	for i := range drafts {
		in.report.Added = append(in.report.Added, drafts[i].ID)
	}
	return nil
}

// refused reports whether feeds.yaml cannot have what was to be appended.
func refused(err error) bool {
	_, invalid := errors.AsType[*config.Invalid](err)
	_, taken := errors.AsType[*config.Taken](err)
	return invalid || taken
}

// reason is what is wrong with a draft, without its place in a file that was not
// written.
func reason(err error) string {
	if invalid, ok := errors.AsType[*config.Invalid](err); ok {
		return invalid.Problems[0].Msg
	}
	return err.Error()
}

func (a *app) printImported(path string, r *imported) error {
	if a.json {
		return a.printJSON(r)
	}
	if a.quiet {
		return nil
	}
	if len(r.Unusable) > 0 {
		rows := [][]string{{"LINE", "TITLE", "ADDRESS", "CANNOT BE USED"}}
		for _, u := range r.Unusable {
			line := ""
			if u.Line > 0 {
				line = strconv.Itoa(u.Line)
			}
			rows = append(rows, []string{dash(line), dash(short(u.Title, 40)), dash(plain(u.URL)), plain(u.Error)})
		}
		if err := a.table(rows); err != nil {
			return err
		}
	}
	a.printf("%d of %d feeds added to %s, %d there already, %d cannot be used", len(r.Added), r.Outlines, path, r.Known, len(r.Unusable))
	if r.Left > 0 {
		a.printf(", %d not looked at: run it again to go on", r.Left)
	}
	a.printf("\n")
	return nil
}

func (a *app) opmlExportCommand() *cobra.Command {
	var private bool
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print the sources of feeds.yaml as OPML",
		Long: `Print the sources of feeds.yaml as OPML 2.0. Sources whose address holds a secret,
or that are asked with credentials, are left out without --private.`,
		Args: args(0, 0, "no arguments"),
		RunE: func(*cobra.Command, []string) error { return a.opmlExport(private) },
	}
	cmd.Flags().BoolVar(&private, "private", false, "with the sources whose address is a secret")
	return cmd
}

func (a *app) opmlExport(private bool) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	var listings []publish.Listing
	left := 0
	for i := range cfg.Sources {
		src := &cfg.Sources[i]
		if src.Private && !private {
			left++
			continue
		}
		listings = append(listings, publish.SourceListing(src, ""))
	}
	out, err := publish.OPML(cfg.Site.Title, listings)
	if err != nil {
		return err
	}
	a.printf("%s", out)
	if left > 0 && !a.quiet {
		fmt.Fprintf(a.stderr, "%d private sources left out; --private lists them too\n", left)
	}
	return nil
}
