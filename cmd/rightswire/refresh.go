package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"rightswire/internal/control"
	"rightswire/internal/news"
	"rightswire/internal/newsroom"
)

func (a *app) refreshCommand() *cobra.Command {
	var all, strict bool
	cmd := &cobra.Command{
		Use:   "refresh [SOURCE…]",
		Short: "Fetch what is due, or the sources named; for cron",
		Long: `Fetch the sources that are due, or the ones named, and wait until what they
brought is stored. A running daemon does the work; without one this command does.

All is well: nothing is printed. A source that fails to answer is recorded and
shown by "sources"; it changes the exit code only with --strict.`,
		RunE: func(cmd *cobra.Command, sources []string) error {
			order := newsroom.RefreshOrder{Sources: sources, All: all}
			return a.ask(cmd.Context(), func(ctx context.Context, c *control.Client) error {
				return a.refresh(ctx, c, order, strict)
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "everything, due or not; still conditional")
	cmd.Flags().BoolVar(&strict, "strict", false, "exit 1 where a source failed")
	return a.withJSON(cmd)
}

func (a *app) refresh(ctx context.Context, c *control.Client, order newsroom.RefreshOrder, strict bool) error {
	bar := a.progress()
	var report newsroom.RefreshReport
	err := c.Call(ctx, control.OpRefresh, order, &report, func(told json.RawMessage) {
		var r newsroom.RefreshReport
		if json.Unmarshal(told, &r) == nil {
			bar.show(r.Done(), r.Sources, fmt.Sprintf("%d failed, %d new", r.Failed, r.ItemsNew))
		}
	})
	bar.clear()
	if err != nil {
		return err
	}
	if err := a.printRefresh(report); err != nil {
		return err
	}
	if n, first := ownFault(report); n > 0 {
		return fmt.Errorf("%d of %d sources not stored; the first: %s", n, report.Sources, first.Error)
	}
	if strict && report.Failed > 0 {
		return fmt.Errorf("%d of %d sources failed", report.Failed, report.Sources)
	}
	return nil
}

// ownFault counts the failures that are no source's: what it said was lost here.
func ownFault(r newsroom.RefreshReport) (n int, first newsroom.RefreshFailure) {
	for _, f := range slices.Backward(r.Failures) {
		if f.Kind == news.FailStore {
			n, first = n+1, f
		}
	}
	return n, first
}

// printRefresh reports to a person at a terminal; cron hears nothing.
func (a *app) printRefresh(r newsroom.RefreshReport) error {
	if a.json {
		return a.printJSON(r)
	}
	if a.quiet || !isTerminal(a.stdout) {
		return nil
	}
	a.printf("%d sources: %d fetched, %d unchanged, %d failed, %d not due; %d items new, %d updated\n",
		r.Sources, r.Fetched, r.NotModified+r.Unchanged, r.Failed, r.Skipped, r.ItemsNew, r.ItemsUpdated)
	for _, f := range r.Failures {
		a.printf("  %s: %s\n", f.Source, plain(f.Error))
	}
	return nil
}
