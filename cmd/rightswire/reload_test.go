package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// On SIGHUP the daemon takes a valid feeds.yaml, and keeps its settings where the
// file is invalid or would change what may not change.
func TestReloadOnSignal(t *testing.T) {
	r := newRoom(t, 1, feed("One"))
	daemon := r.serve(t)
	hangup := func(yaml, says string) {
		t.Helper()
		r.configure(t, yaml)
		before := strings.Count(daemon.stderr.String(), says)
		if err := daemon.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		daemon.until(says, func() bool { return strings.Count(daemon.stderr.String(), says) > before })
	}
	good := r.config(1)
	for _, bad := range []string{
		"", "site: 3", strings.Replace(good, "sources:", "sourcs:", 1),
		strings.Replace(good, "desk.example.org,2026", "other.example.org,2026", 1), good + "\ndata: elsewhere\n",
	} {
		hangup(bad, "feeds.yaml not taken")
		if strings.Contains(bad, "elsewhere") {
			continue // to a command that is another newsroom
		}
		if out := must(t, r.dir, "sources", "--json"); !strings.Contains(out, `"config_error":"`) {
			t.Errorf("after %q:\n%s", bad, out)
		}
	}
	hangup(strings.Replace(good, "title: All", "title: Everything", 1), "feeds.yaml taken")
	if page := string(ask(t, "http://"+r.listen+"/channels/all/")); !strings.Contains(page, "Everything") {
		t.Error(page)
	}
	if out := must(t, r.dir, "status"); strings.Contains(out, "invalid") {
		t.Error(out)
	}
	got := daemon.end(syscall.SIGTERM)
	if got.code != exitDone {
		t.Errorf("%+v", got)
	}
	allJSON(t, got.stderr)
}

// The daemon listens on each address of a list, or on none.
func TestListenOnSeveral(t *testing.T) {
	r := newRoom(t, 0, feed())
	second := free(t)
	both := fmt.Sprintf("listen: ['%s', '%s']", r.listen, second)
	r.configure(t, strings.Replace(r.config(0), fmt.Sprintf("listen: '%s'", r.listen), both, 1))
	daemon := r.serve(t)
	for _, address := range []string{r.listen, second} {
		ask(t, "http://"+address+"/healthz")
	}
	if got := daemon.end(syscall.SIGTERM); got.code != exitDone {
		t.Errorf("%+v", got)
	}
	taken := strings.TrimPrefix(r.origin.URL, "http://")
	r.configure(t, strings.Replace(r.config(0), fmt.Sprintf("listen: '%s'", r.listen), fmt.Sprintf("listen: ['%s', '%s']", second, taken), 1))
	if got := command(t, r.dir, "serve"); got.code != exitFailed || !oneError.MatchString(got.stderr) {
		t.Errorf("%+v", got)
	}
}
