package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a process under test may take for anything.
const patience = time.Minute

// An outcome is what came of a command.
type outcome struct {
	code        int
	out, stderr string
}

// command runs rightswire in a folder and returns what came of it; one that hangs
// is killed.
func command(t *testing.T, dir string, args ...string) outcome {
	t.Helper()
	cmd, stdout, stderr := prepare(t, dir, args...)
	return finished(t, cmd, stdout, stderr, cmd.Run())
}

func prepare(t *testing.T, dir string, args ...string) (cmd *exec.Cmd, stdout, stderr *output) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(ctx, "rightswire", args...)
	cmd.Dir = dir
	cmd.WaitDelay = time.Second
	stdout, stderr = new(output), new(output)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

func finished(t *testing.T, cmd *exec.Cmd, stdout, stderr *output, err error) outcome {
	t.Helper()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatalf("%v: %v", cmd.Args, err)
	}
	code := cmd.ProcessState.ExitCode()
	if code < 0 {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, stderr)
	}
	return outcome{code, stdout.String(), stderr.String()}
}

// must runs a command that must succeed, and returns what it printed.
func must(t *testing.T, dir string, args ...string) string {
	t.Helper()
	r := command(t, dir, args...)
	if r.code != exitDone {
		t.Fatalf("rightswire %v exits with %d\n%s%s", args, r.code, r.out, r.stderr)
	}
	return r.out
}

// An output is what a process wrote so far.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// A process is one that goes on: a daemon.
type process struct {
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr *output
}

// start starts a command that goes on; it is killed when the test ends.
func start(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	cmd, stdout, stderr := prepare(t, dir, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{t, cmd, stdout, stderr}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	return p
}

// end sends a signal, which may be nil, and waits for the end.
func (p *process) end(sig os.Signal) outcome {
	p.t.Helper()
	if sig != nil {
		if err := p.cmd.Process.Signal(sig); err != nil {
			p.t.Fatal(err)
		}
	}
	return finished(p.t, p.cmd, p.stdout, p.stderr, p.cmd.Wait())
}

// until waits until something holds.
func (p *process) until(what string, holds func() bool) {
	p.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience / 2); !holds(); <-tick.C {
		if time.Now().After(end) {
			p.t.Fatalf("still waiting for %s\n%s%s", what, p.stdout, p.stderr)
		}
	}
}

// says waits until the process wrote a text to stderr.
func (p *process) says(text string) {
	p.t.Helper()
	p.until(text, func() bool { return strings.Contains(p.stderr.String(), text) })
}

// await waits until the origin was asked.
func (p *process) await(asked <-chan struct{}) {
	p.t.Helper()
	select {
	case <-asked:
	case <-time.After(patience / 2):
		p.t.Fatalf("the origin was not asked\n%s%s", p.stdout, p.stderr)
	}
}

// A room is a folder with a feeds.yaml whose sources are served by an origin.
type room struct {
	dir, listen string
	origin      *httptest.Server
}

// newRoom makes a newsroom with so many sources, /0 /1 … at the origin.
func newRoom(t *testing.T, sources int, origin http.Handler) *room {
	t.Helper()
	r := &room{dir: t.TempDir(), listen: free(t), origin: httptest.NewServer(origin)}
	t.Cleanup(r.origin.Close)
	r.configure(t, r.config(sources))
	return r
}

func (r *room) config(sources int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `site: {id: 'desk.example.org,2026', contact: editors@newsdesk.example, url: 'http://%s'}
server: {listen: '%s', desk: []}
fetch:
  allow_networks: [127.0.0.0/8]
  per_host: {concurrency: 64, gap: 0s}
channels:
  - {id: all, title: All}
sources:
`, r.listen, r.listen)
	for i := range sources {
		fmt.Fprintf(&b, "  - {id: s%d, title: Source %d, url: '%s/%d'}\n", i, i, r.origin.URL, i)
	}
	return b.String()
}

func (r *room) configure(t *testing.T, yaml string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, "feeds.yaml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
}

// serve starts the daemon and waits until it serves.
func (r *room) serve(t *testing.T, args ...string) *process {
	t.Helper()
	p := start(t, r.dir, append([]string{"serve"}, args...)...)
	p.says(`"msg":"serving"`)
	return p
}

// free is an address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// feed answers with an RSS document of these titles.
func feed(titles ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/rss+xml")
		fmt.Fprint(w, `<rss version="2.0"><channel><title>A source</title><link>http://news.example/</link>`)
		for i, title := range titles {
			link := fmt.Sprintf("http://news.example%s/%d", r.URL.Path, i)
			fmt.Fprintf(w, "<item><guid>%s</guid><link>%s</link><title>%s</title><description>Text</description></item>", link, link, title)
		}
		fmt.Fprint(w, "</channel></rss>")
	}
}
