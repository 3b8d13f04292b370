// Command rightswire is a newswire for human rights: it aggregates news sources
// into an embedded store and republishes curated items as RSS, Atom and JSON
// feeds. See rightswire --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitBusy   = 75 // EX_TEMPFAIL: the store is busy, try again
	exitConfig = 78 // EX_CONFIG: feeds.yaml is invalid
)

// gcPercent trades a little CPU for a smaller heap: the work comes in bursts of
// short-lived documents.
const gcPercent = 75

func main() {
	debug.SetGCPercent(gcPercent)
	// net/http tells the standard logger of what peers did wrong, in their words.
	log.SetOutput(io.Discard)
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main without the process: it returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errInterrupted
	}
	return a.fail(err)
}

// errInterrupted ends a command that was told to stop before it was done.
var errInterrupted = errors.New("interrupted")

// A failure is an error with the exit code and the hint it deserves.
type failure struct {
	code int
	err  error
	hint string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func usage(hint, format string, args ...any) error {
	return &failure{code: exitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

// fail prints an error line, then a hint line, and returns the exit code.
func (a *app) fail(err error) int {
	f := classify(err)
	fmt.Fprintf(a.stderr, "rightswire: %s\n", plain(f.err.Error()))
	if f.hint != "" {
		fmt.Fprintf(a.stderr, "hint: %s\n", plain(f.hint))
	}
	return f.code
}

// version is the module's, as the build recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}
