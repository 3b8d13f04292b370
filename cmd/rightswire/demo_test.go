package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// The demo is there to subscribe to: whatever address it prints answers with a
// feed, until it is interrupted; then nothing is left of it.
func TestDemo(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	demo := start(t, t.TempDir(), "demo")
	demo.until("the addresses", func() bool { return strings.Contains(demo.stdout.String(), "Interrupt to end.") })
	said := demo.stdout.String()
	var front string
	feeds := 0
	for line := range strings.Lines(said) {
		address := strings.TrimSpace(line)
		if !strings.HasPrefix(address, "http://") {
			continue
		}
		feeds++
		front, _, _ = strings.Cut(strings.TrimPrefix(address, "http://"), "/")
		subscribe(t, address)
	}
	if feeds < 3*(1+10+8) {
		t.Errorf("%d feeds:\n%s", feeds, said)
	}
	page := ask(t, "http://"+front+"/")
	if !bytes.Contains(page, []byte(`rel="alternate"`)) {
		t.Error("the front page names no feed")
	}
	if got := demo.end(os.Interrupt); got.code != exitDone || strings.Contains(got.stderr, "rightswire:") {
		t.Errorf("%+v", got)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := reader.Get("http://" + front + "/"); err == nil {
		t.Error("somebody still answers")
	}
}

// Interrupted before it is ready, the demo leaves nothing either.
func TestDemoInterruptedEarly(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	demo := start(t, t.TempDir(), "demo")
	demo.until("its folder", func() bool {
		left, err := os.ReadDir(tmp)
		return err == nil && len(left) > 0
	})
	if got := demo.end(syscall.SIGTERM); got.code != exitDone {
		t.Errorf("%+v", got)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func ask(t *testing.T, address string) []byte {
	t.Helper()
	res, err := reader.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, res.Status, err)
	}
	return body
}

// subscribe reads a feed as nothing of ours does.
func subscribe(t *testing.T, address string) {
	t.Helper()
	body := ask(t, address)
	if strings.HasSuffix(address, ".json") {
		var feed struct {
			Version, Title string
			FeedURL        string `json:"feed_url"`
			Items          []struct{ ID, URL string }
		}
		if err := json.Unmarshal(body, &feed); err != nil || feed.FeedURL != address || feed.Items == nil {
			t.Errorf("%s: %v\n%s", address, err, body)
		}
		return
	}
	if err := wellFormed(body); err != nil {
		t.Errorf("%s: %v", address, err)
	}
	if !bytes.Contains(body, []byte(address)) {
		t.Errorf("%s does not name itself", address)
	}
}

// wellFormed reads XML by libxml2 where that is installed, else by encoding/xml.
func wellFormed(body []byte) error {
	if path, err := exec.LookPath("xmllint"); err == nil {
		lint := exec.Command(path, "--noout", "--nonet", "-")
		lint.Stdin = bytes.NewReader(body)
		out, err := lint.CombinedOutput()
		if err != nil || len(out) > 0 {
			return errors.Join(err, errors.New(string(out)))
		}
		return nil
	}
	for dec := xml.NewDecoder(bytes.NewReader(body)); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
