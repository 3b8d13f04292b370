package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"rightswire/internal/config"
	"rightswire/internal/newsroom"
)

func (a *app) checkCommand() *cobra.Command {
	var online, schema bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Validate feeds.yaml; --online also asks every source once",
		Long: `Validate feeds.yaml and report every problem at once, each with its place. It
needs no store, and changes nothing; with --online it also asks every source once
and says what it would yield.`,
		Args: args(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if schema {
				return a.printSchema()
			}
			return a.check(cmd.Context(), online)
		},
	}
	cmd.Flags().BoolVar(&online, "online", false, "ask every source once and say what it would yield")
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of feeds.yaml, for editors")
	return a.withJSON(cmd)
}

func (a *app) printSchema() error {
	s, err := config.Schema()
	if err != nil {
		return err
	}
	a.printf("%s\n", s)
	return nil
}

// A checked is the report of check --json.
type checked struct {
	File     string               `json:"file"`
	Valid    bool                 `json:"valid"`
	Problems []problem            `json:"problems,omitempty"`
	Notices  []problem            `json:"notices,omitempty"`
	Sources  int                  `json:"sources"`
	Channels int                  `json:"channels"`
	Online   []newsroom.ProbeView `json:"online,omitempty"`
}

type problem struct {
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func (a *app) check(ctx context.Context, online bool) error {
	cfg, err := a.load()
	if err != nil {
		return a.checkFailed(err)
	}
	report := checked{File: cfg.Path, Valid: true, Sources: len(cfg.Sources), Channels: len(cfg.Channels)}
	for _, n := range cfg.Notices {
		report.Notices = append(report.Notices, problem{Line: n.Line, Column: n.Column, Message: n.Msg})
	}
	if !a.json && !a.quiet {
		a.printChecked(cfg)
	}
	if online {
		bar := a.progress()
		report.Online, err = newsroom.Probe(ctx, cfg, version(), a.logger(slog.LevelError), func(done, failed, total int) {
			bar.show(done, total, fmt.Sprintf("%d failed", failed))
		})
		bar.clear()
		if err != nil {
			return err
		}
	}
	if a.json {
		return a.printJSON(report)
	}
	return a.printProbes(report.Online)
}

// checkFailed reports an invalid file; as JSON on stdout where asked to.
func (a *app) checkFailed(err error) error {
	f := classify(err)
	if !a.json || f.code != exitConfig {
		return err
	}
	report := checked{File: a.config}
	invalid, _ := errors.AsType[*config.Invalid](err)
	for _, p := range invalid.Problems {
		report.Problems = append(report.Problems, problem{Line: p.Line, Column: p.Column, Message: p.Msg, Hint: p.Hint})
	}
	if err := a.printJSON(report); err != nil {
		return err
	}
	return err
}

func (a *app) printChecked(cfg *config.Config) {
	polled := 0
	for _, s := range cfg.Sources {
		if s.Poll {
			polled++
		}
	}
	a.printf("%s: valid; %d sources (%d polled), %d channels\n", cfg.Path, len(cfg.Sources), polled, len(cfg.Channels))
	for _, n := range cfg.Notices {
		a.printf("%s\n", n)
	}
}

func (a *app) printProbes(probes []newsroom.ProbeView) error {
	if len(probes) == 0 || a.quiet {
		return nil
	}
	rows := [][]string{{"SOURCE", "ITEMS", "NEWEST", "FORMAT", "SAYS"}}
	for _, p := range probes {
		says := p.Title
		switch {
		case p.Error != "":
			says = p.Error
		case p.Moved != "":
			says += " (moved to " + p.Moved + ")"
		}
		if len(p.Repairs) > 0 {
			says += " (repaired: " + strings.Join(p.Repairs, ", ") + ")"
		}
		rows = append(rows, []string{string(p.Source), strconv.Itoa(p.Items), day(p.Newest), dash(p.Format), plain(says)})
	}
	return a.table(rows)
}
