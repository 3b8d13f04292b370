package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"rightswire/internal/config"
	"rightswire/internal/control"
	"rightswire/internal/newsroom"
	"rightswire/internal/store"
)

// configEnv names feeds.yaml where --config does not.
const configEnv = "RIGHTSWIRE_CONFIG"

// An app is one run of the program: where it reads and writes, and what its
// global flags say.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	config  string
	quiet   bool
	verbose bool
	json    bool
	as      string
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "rightswire",
		Short: "A newswire for human rights: collects sources, publishes curated RSS, Atom and JSON feeds",
		Long: `Rightswire aggregates human-rights news sources into an embedded store and
republishes curated items as RSS, Atom and JSON feeds.

Operators edit feeds.yaml, feed readers subscribe to what "serve" publishes,
curators decide on items, and cron may call "refresh". Every command works the
same whether or not the daemon is running.

Exit codes: 0 done; 1 failed; 2 usage; 75 store busy, try again; 78 feeds.yaml
is invalid.`,
		Version:           version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args:              knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SetOut(a.stderr)
			if err := cmd.Usage(); err != nil {
				return err
			}
			return usage("try: rightswire demo", "no command given")
		},
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetIn(a.stdin)
	root.SetFlagErrorFunc(badFlag)
	root.SetHelpCommand(helpCommand())
	defaultConfig := "feeds.yaml"
	if env := os.Getenv(configEnv); env != "" {
		defaultConfig = env
	}
	flags := root.PersistentFlags()
	flags.StringVarP(&a.config, "config", "c", defaultConfig, "the configuration, also $"+configEnv)
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "print errors alone")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "log more")
	root.AddGroup(
		&cobra.Group{ID: "run", Title: "Run:"},
		&cobra.Group{ID: "sources", Title: "Find sources:"},
		&cobra.Group{ID: "look", Title: "Look:"},
		&cobra.Group{ID: "decide", Title: "Decide:"},
		&cobra.Group{ID: "store", Title: "Keep:"},
	)
	a.group(root, "run", a.serveCommand(), a.refreshCommand(), a.checkCommand(), a.demoCommand())
	a.group(root, "sources", a.addCommand(), a.opmlCommand())
	a.group(root, "look", a.sourcesCommand(), a.itemsCommand(), a.showCommand(), a.statusCommand(), a.reviewCommand())
	a.group(root, "decide", append(a.decideCommands(), a.addItemCommand())...)
	a.group(root, "store", a.backupCommand(), a.verifyCommand(), a.compactCommand())
	return root
}

func (a *app) group(root *cobra.Command, id string, commands ...*cobra.Command) {
	for _, cmd := range commands {
		cmd.GroupID = id
		root.AddCommand(cmd)
	}
}

// knownCommand refuses what is no command.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "see: rightswire --help"
	root.SuggestionsMinimumDistance = 2
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %q?", near[0])
	}
	return usage(hint, "unknown command %q", args[0])
}

// badFlag says what is wrong with a flag.
func badFlag(cmd *cobra.Command, err error) error {
	msg := err.Error()
	if number, ok := errors.AsType[*strconv.NumError](err); ok {
		msg = strings.Replace(msg, number.Error(), "it is no number", 1)
	}
	return usage("see: "+cmd.CommandPath()+" --help", "%s", msg)
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Say what a command does and takes",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return knownCommand(cmd.Root(), args)
			}
			return about.Help()
		},
	}
}

// withJSON gives a command that prints a result the --json flag.
func (a *app) withJSON(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&a.json, "json", false, "print the result as JSON")
	return cmd
}

// args checks the number of arguments and says what they would be.
func args(low, high int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < low || high >= 0 && len(args) > high {
			return usage("usage: "+cmd.UseLine(), "%s takes %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

// logger logs to stderr: text on a terminal, JSON otherwise; warnings and worse,
// or more with --verbose.
func (a *app) logger(level slog.Level) *slog.Logger {
	switch {
	case a.verbose:
		level = slog.LevelDebug
	case a.quiet:
		level = slog.LevelError
	}
	o := &slog.HandlerOptions{Level: level}
	if isTerminal(a.stderr) {
		return slog.New(slog.NewTextHandler(a.stderr, o))
	}
	return slog.New(slog.NewJSONHandler(a.stderr, o))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// load reads feeds.yaml.
func (a *app) load() (*config.Config, error) { return config.Load(a.config) }

func isTerminalReader(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (a *app) printf(format string, args ...any) {
	fmt.Fprintf(a.stdout, format, args...)
}

// printJSON prints one object on one line, which is safe on a terminal too.
func (a *app) printJSON(v any) error {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(a.stdout, plain(b.String()))
	return err
}

// classify gives an error its exit code and hint.
func classify(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	f := &failure{code: exitFailed, err: err}
	if refusal, ok := errors.AsType[*control.Refusal](err); ok {
		f.hint = refusal.Hint
		switch {
		case refusal.Busy:
			f.code = exitBusy
		case refusal.Usage:
			f.code = exitUsage
		}
	}
	if bad, ok := errors.AsType[*newsroom.BadRequestError](err); ok {
		f.code, f.hint = exitUsage, bad.Hint
	}
	if _, ok := errors.AsType[*config.Invalid](err); ok {
		f.code = exitConfig
	}
	switch {
	case errors.Is(err, store.ErrBusy):
		f.code, f.hint = exitBusy, "another process holds the store; try again"
	case errors.Is(err, control.ErrNobody):
		f.code, f.hint = exitBusy, "the newsroom closed meanwhile; try again"
	case errors.Is(err, store.ErrSiteID):
		f.code, f.hint = exitConfig, "put site.id back: it is part of every published id"
	case errors.Is(err, store.ErrNewer):
		f.hint = "run the newer rightswire, or restore the backup made before the upgrade"
	}
	return f
}
