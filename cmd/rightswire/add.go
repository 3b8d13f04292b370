package main

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rightswire/internal/config"
	"rightswire/internal/newsroom"
)

func (a *app) addCommand() *cobra.Command {
	var write bool
	cmd := &cobra.Command{
		Use:   "add URL",
		Short: "Find the feeds behind an address and print the YAML of a source",
		Long: `Find the feeds behind an address: of a feed, of a site's page, of a channel or
profile of a service that has feeds. What was found is shown as comments, the best
first, and below it the entry of sources for the best one, to be pasted into
feeds.yaml; --write appends it there, and leaves every other line as it is. To take
another of the feeds, give its address.`,
		Args: args(1, 1, "one address"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			return a.add(cmd.Context(), arguments[0], write)
		},
	}
	cmd.Flags().BoolVar(&write, "write", false, "append the source to feeds.yaml")
	return a.withJSON(cmd)
}

// An added is the report of add --json.
type added struct {
	Feeds []newsroom.CandidateView `json:"feeds"`
	// Source is the id that the best feed would have, and YAML its entry.
	Source  string `json:"source,omitempty"`
	YAML    string `json:"yaml,omitempty"`
	Written bool   `json:"written"`
}

func (a *app) add(ctx context.Context, address string, write bool) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	scout, err := newsroom.NewScout(cfg, version(), a.logger(slog.LevelError))
	if err != nil {
		return err
	}
	defer scout.Close()
	bar := a.progress()
	bar.say("looking for feeds behind " + address)
	found, err := scout.Find(ctx, address)
	bar.clear()
	if err != nil {
		return err
	}
	best := &found[0]
	if write && (best.Comments || best.Items == 0) && best.URL != address {
		what := "is empty"
		if best.Comments {
			what = "holds readers' comments"
		}
		return &failure{
			code: exitFailed,
			err:  fmt.Errorf("the best feed found, %s, %s: not written", best.URL, what),
			hint: "if you want it, give its own address",
		}
	}
	report := added{Feeds: found}
	if best.Known == "" {
		draft := scout.Draft(best)
		report.Source, report.YAML = draft.ID, config.Entry(draft)
		if write {
			if err := config.Append(cfg.Path, []config.Draft{draft}); err != nil {
				return err
			}
			report.Written = true
		}
	}
	return a.printAdded(cfg.Path, &report)
}

func (a *app) printAdded(path string, r *added) error {
	if a.json {
		return a.printJSON(r)
	}
	if a.quiet {
		return nil
	}
	rows := [][]string{{"# FEED", "FORMAT", "ITEMS", "NEWEST", "EVERY", "LANGUAGE", "VALID", "FOUND", "TITLE"}}
	for i := range r.Feeds {
		c := &r.Feeds[i]
		valid := "yes"
		if !c.Valid {
			valid = "mended"
		}
		rows = append(rows, []string{
			"# " + plain(c.URL), c.Format, strconv.Itoa(c.Items), day(c.Newest), every(c.Cadence), dash(c.Language), valid, how(c), short(c.Title, 60),
		})
	}
	if err := a.table(rows); err != nil {
		return err
	}
	if repairs := r.Feeds[0].Repairs; len(repairs) > 0 {
		a.printf("# mended in the first: %s\n", plain(strings.Join(repairs, "; ")))
	}
	switch {
	case r.Written:
		a.printf("# written to %s as %s\n", path, r.Source)
	case r.Source == "":
		a.printf("# the first is source %s of %s already\n", r.Feeds[0].Known, path)
	default:
		a.printf("%s", plain(r.YAML))
	}
	return nil
}

// how says how a feed was found, and what is odd about it.
func how(c *newsroom.CandidateView) string {
	s := c.How
	if c.Comments {
		s += ", readers' comments"
	}
	if c.Moved != "" {
		s += ", moved from " + plain(c.Moved)
	}
	return s
}

// every prints a cadence for a person.
func every(d time.Duration) string {
	switch {
	case d == 0:
		return "-"
	case d < time.Hour:
		return fmt.Sprintf("%d min", max(1, d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}
