package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	// The race detector has every process wait a second for other threads' reports.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=10")
	testscript.Main(m, map[string]func(){"rightswire": main})
}

// TestScripts runs the commands as their users do. A script's files under origin/
// are served at $ORIGIN, conditionally; a file's first line "HTTP 503" and the like
// answers with that status. $LISTEN and $DESK are addresses for the daemon.
func TestScripts(t *testing.T) {
	// A script that hangs is killed, with what it started.
	deadline := time.Now().Add(4 * time.Minute)
	if own, ok := t.Deadline(); ok && own.Before(deadline) {
		deadline = own
	}
	testscript.Run(t, testscript.Params{
		Dir:      "testdata",
		Deadline: deadline,
		Setup: func(env *testscript.Env) error {
			dir := filepath.Join(env.WorkDir, "origin")
			srv := httptest.NewServer(originHandler(dir))
			env.Defer(srv.Close)
			env.Setenv("ORIGIN", srv.URL)
			for _, name := range []string{"LISTEN", "DESK"} {
				ln, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					return err
				}
				defer ln.Close()
				env.Setenv(name, ln.Addr().String())
			}
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("GORACE", os.Getenv("GORACE"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     cmdExits,
			"expand":    cmdExpand,
			"get":       cmdGet,
			"waitfor":   cmdWaitFor,
			"damage":    cmdDamage,
			"getting":   cmdGetting,
			"listening": cmdListening,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// reader asks the daemon; one that hangs fails the test.
var reader = &http.Client{Timeout: 10 * time.Second}

func originHandler(dir string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := os.ReadFile(filepath.Join(dir, filepath.Base(r.URL.Path)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		if rest, ok := strings.CutPrefix(string(body), "HTTP "); ok {
			status, err := strconv.Atoi(strings.TrimSpace(rest))
			if err != nil {
				panic(err)
			}
			w.WriteHeader(status)
			return
		}
		etag := fmt.Sprintf("%q", fmt.Sprintf("%x", sha256.Sum256(body)))
		w.Header().Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write(body)
	})
}

// exits CODE COMMAND… runs a command that must exit with that code, and say why in
// one line, followed by a hint line or none.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("%s exits with %d, want %s\n%s%s", args[1], code, args[0], ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
	if stderr := ts.ReadFile("stderr"); code != exitConfig && !oneError.MatchString(stderr) {
		ts.Fatalf("not one error line and at most one hint:\n%s", stderr)
	}
}

// oneError is what a command that fails may say; above it there may be its usage,
// or a daemon's log.
var oneError = regexp.MustCompile(`(?s)^(Usage:.*"rightswire \[command\] --help"[^\n]*\n|(\{[^\n]*\n)*)rightswire: [^\n]+\n(hint: [^\n]+\n)?$`)

// expand FILE… replaces $NAME in files by the environment's value.
func cmdExpand(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		path := ts.MkAbs(name)
		text := os.Expand(ts.ReadFile(path), ts.Getenv)
		ts.Check(os.WriteFile(path, []byte(text), 0o600))
	}
}

// get STATUS URL prints an answer's body.
func cmdGet(ts *testscript.TestScript, neg bool, args []string) {
	res, err := reader.Get(args[1])
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	fmt.Fprint(ts.Stdout(), string(body))
	if strconv.Itoa(res.StatusCode) != args[0] {
		ts.Fatalf("%s answers %s, want %s", args[1], res.Status, args[0])
	}
}

// listening ADDRESS listens there until the script ends.
func cmdListening(ts *testscript.TestScript, neg bool, args []string) {
	ln, err := net.Listen("tcp", args[0])
	ts.Check(err)
	ts.Defer(func() { ln.Close() })
}

// getting TEXT URL asks until the answer holds the text, for at most fifteen
// seconds.
func cmdGetting(ts *testscript.TestScript, neg bool, args []string) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 300 {
		res, err := reader.Get(args[1])
		if err == nil {
			body, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if strings.Contains(string(body), args[0]) != neg {
				return
			}
		}
		<-tick.C
	}
	ts.Fatalf("%s: still waiting for %q after fifteen seconds", args[1], args[0])
}

// waitfor COMMAND… runs a command every 50 ms until it succeeds, for at most
// fifteen seconds.
func cmdWaitFor(ts *testscript.TestScript, neg bool, args []string) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 300 {
		err := ts.Exec(args[0], args[1:]...)
		if (err == nil) != neg {
			return
		}
		<-tick.C
	}
	ts.Fatalf("%v: still waiting after fifteen seconds", args)
}

// damage FILE KIND damages a store file: zero, cut, flip.
func cmdDamage(ts *testscript.TestScript, neg bool, args []string) {
	path := ts.MkAbs(args[0])
	body, err := os.ReadFile(path)
	ts.Check(err)
	switch args[1] {
	case "zero":
		body = nil
	case "cut":
		body = body[:len(body)/2]
	case "magic":
		for i := range 2 {
			body[i*4096+16] ^= 0xff
		}
	}
	ts.Check(os.WriteFile(path, body, 0o600))
}
