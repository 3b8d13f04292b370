package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"rightswire/internal/control"
	"rightswire/internal/newsroom"
	"rightswire/internal/store"
)

func (a *app) backupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write the store as it is now to a new file, and verify it",
		Args:  args(1, 1, "one file that does not exist yet"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			file, err := filepath.Abs(arguments[0])
			if err != nil {
				return err
			}
			return askFor(cmd.Context(), a, control.OpBackup, control.Named{Name: file}, func(b newsroom.BackupView) error {
				a.printf("%s: %s, verified\n", b.File, size(b.Bytes))
				return nil
			})
		},
	}
	return a.withJSON(cmd)
}

func (a *app) verifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify [FILE]",
		Short: "Check every page and record of the store, or of a backup",
		Long: `Check every page and record of the store as it is now, on a copy, or of FILE,
a backup that nobody has open.`,
		Args: args(0, 1, "at most one file"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			if len(arguments) == 1 {
				return a.verifyFile(arguments[0])
			}
			return askFor(cmd.Context(), a, control.OpVerify, control.Empty{}, func(b newsroom.BackupView) error {
				a.printf("%s: %s, every page and record is as it was written\n", b.File, size(b.Bytes))
				return nil
			})
		},
	}
	return a.withJSON(cmd)
}

// A verified is the report of verify FILE --json.
type verified struct {
	File      string   `json:"file"`
	Items     uint64   `json:"items"`
	Revisions uint64   `json:"revisions"`
	Decisions uint64   `json:"decisions"`
	Problems  []string `json:"problems,omitempty"`
}

func (a *app) verifyFile(path string) error {
	report, err := store.Verify(path)
	if err != nil {
		return err
	}
	if a.json {
		if err := a.printJSON(verified{path, report.Items, report.Revisions, report.Decisions, report.Problems}); err != nil {
			return err
		}
	}
	if len(report.Problems) > 0 {
		if !a.json {
			for _, p := range report.Problems {
				a.printf("%s\n", plain(p))
			}
		}
		return &failure{code: exitFailed, err: fmt.Errorf("verify %s: problems found: %d", path, len(report.Problems)), hint: "restore the last good backup"}
	}
	if !a.json && !a.quiet {
		a.printf("%s: %d items, %d revisions, %d decisions, every page and record is as it was written\n",
			path, report.Items, report.Revisions, report.Decisions)
	}
	return nil
}

func (a *app) compactCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "compact",
		Short: "Rewrite the store without its free pages",
		Args:  args(0, 0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return askFor(cmd.Context(), a, control.OpCompact, control.Empty{}, func(c newsroom.CompactView) error {
				a.printf("store: %s before, %s now\n", size(c.Before), size(c.After))
				return nil
			})
		},
	}
	return a.withJSON(cmd)
}
