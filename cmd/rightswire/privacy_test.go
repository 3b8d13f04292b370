package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"

	"golang.org/x/sync/errgroup"
)

// canary is in everything a reader tells us of themselves.
const canary = "c4nary"

// readerAddress is where canary readers come from.
const readerAddress = "127.0.77.77"

// Readers are not watched: nothing of what they send is logged or stored.
func TestReadersAreNotWatched(t *testing.T) {
	requests := 500
	if os.Getenv("CI") != "" {
		requests = 10_000
	}
	r := newRoom(t, 1, feed("One", "Two"))
	must(t, r.dir, "refresh")
	daemon := r.serve(t, "-v")
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		MaxIdleConnsPerHost: 8,
		DialContext:         (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(readerAddress)}}).DialContext,
	}}
	var g errgroup.Group
	g.SetLimit(8)
	for i := range requests {
		g.Go(func() error { return visit(client, r.listen, i) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, raw := range []string{
		"GET /" + canary, "\x16\x03\x01\x02\x00" + canary, "GET / HTTP/1.1\r\nHost: x\r\n" + canary + "\r\n\r\n",
		"BREW /" + canary + " HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat(canary, 10_000) + "\r\n\r\n",
	} {
		misbehave(t, r.listen, raw)
	}
	must(t, r.dir, "backup", "copy.db")
	got := daemon.end(syscall.SIGTERM)
	found := regexp.MustCompile(canary + "|" + regexp.QuoteMeta(readerAddress))
	if hit := found.FindString(got.out + got.stderr); hit != "" {
		t.Errorf("the log knows %q:\n%s", hit, got.stderr)
	}
	err := filepath.WalkDir(r.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if hit := found.Find(b); hit != nil {
			t.Errorf("%s knows %q", path, hit)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// visit asks for one of the pages and feeds, telling everything.
func visit(client *http.Client, address string, i int) error {
	paths := []string{"/", "/rss.xml", "/channels/all/atom.xml", "/sources/s0/feed.json", "/healthz", "/items/" + canary + "/", "/" + canary}
	req, err := http.NewRequest(http.MethodGet, "http://"+address+paths[i%len(paths)]+fmt.Sprintf("?token=%s-%d", canary, i), nil)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", canary)
	req.Header.Set("X-Forwarded-For", readerAddress)
	req.Header.Set("Forwarded", "for="+readerAddress)
	req.Header.Set("Cookie", "session="+canary)
	req.Header.Set("Referer", "http://"+canary+".example/")
	req.Header.Set("Authorization", "Bearer "+canary)
	req.Header.Set("If-None-Match", `"`+canary+`"`)
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if len(res.Cookies()) > 0 || res.StatusCode >= 500 {
		return fmt.Errorf("%s: %s, cookies %v", req.URL, res.Status, res.Cookies())
	}
	return nil
}

// misbehave sends bytes that are no request and reads whatever comes back.
func misbehave(t *testing.T, address, raw string) {
	t.Helper()
	d := net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(readerAddress)}}
	conn, err := d.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, raw) // it may hang up first
	_ = conn.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, conn)
}

// nasty is in the titles of a hostile source: what a reference writes as a
// character and what a log or a terminal would obey.
const nasty = "Two&#10;lines&#13; &#27;[31mred&#7; &#x2028;sep&#x2029; &#x202e;reversed&#x2066; &#x85;next&#x9b;31m"

// One event is one line of JSON, whatever a source writes; and what commands print
// moves no cursor and reorders no line.
func TestHostileTitles(t *testing.T) {
	hostile := feed("Good "+nasty, "Other "+nasty)
	r := newRoom(t, 2, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/1" {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html><head><title>Wall\n\x1b[31m\u2028\u202e</title></head><body>\u202e\x1b]0;x\x07</body></html>")
			return
		}
		hostile(w, req)
	}))
	daemon := r.serve(t, "-v")
	must(t, r.dir, "refresh", "--all")
	url := "http://news.example/0/0"
	must(t, r.dir, "approve", url, "--as", "ana\n\x1b[31m{\"level\":\"ERROR\"}", "--why", "because\n\x1b[0m\u2028\u202e")
	must(t, r.dir, "note", url, "a note\n\x1b[31m\u202e")
	for _, args := range [][]string{
		{"items"}, {"items", "--json"}, {"review"}, {"show", url}, {"show", url, "--json"}, {"sources"}, {"sources", "--json"},
		{"status"}, {"pin", url}, {"check", "--online"}, {"check", "--online", "--json"},
	} {
		out := must(t, r.dir, args...)
		if bad := obeyed(out); bad != "" {
			t.Errorf("%v prints %+q:\n%q", args, bad, out)
		}
		if args[0] == "items" && strings.Count(out, "Good Two lines") != 1 {
			t.Errorf("%v: %q", args, out)
		}
	}
	got := command(t, r.dir, "show", "\x1b[31m\u202e\nx")
	if bad := obeyed(got.stderr); bad != "" || !oneError.MatchString(got.stderr) {
		t.Errorf("refusal holds %+q: %q", bad, got.stderr)
	}
	got = daemon.end(syscall.SIGTERM)
	if !strings.Contains(got.stderr, `"source failed"`) || !strings.Contains(got.stderr, `"decision"`) {
		t.Errorf("the log lacks events:\n%s", got.stderr)
	}
	allJSON(t, got.stderr)
}

// allJSON fails unless every line of a log is one event.
func allJSON(t *testing.T, log string) {
	t.Helper()
	for line := range strings.Lines(log) {
		var event struct {
			Time  time.Time
			Level string
			Msg   string
		}
		err := json.Unmarshal([]byte(line), &event)
		if err != nil || event.Time.IsZero() || event.Level == "" || event.Msg == "" {
			t.Errorf("no event (%v): %q", err, line)
		}
		if bad := obeyed(line); bad != "" {
			t.Errorf("event holds %+q: %q", bad, line)
		}
	}
}

// obeyed returns the first character of an output that a terminal would obey.
func obeyed(s string) string {
	i := strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
	})
	if i < 0 {
		return ""
	}
	return string([]rune(s[i:])[:1])
}

// net/http tells the standard logger of bytes that nobody asked for, in the words
// of whoever sent them; that log goes nowhere.
func TestUnaskedBytesAreNotLogged(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var g errgroup.Group
	sent := make(chan struct{})
	g.Go(func() error {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		defer conn.Close()
		req, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return err
		}
		var body bytes.Buffer
		feed("One")(&plainWriter{&body}, req)
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", body.Len(), body.String())
		fmt.Fprintf(conn, "Unasked %s\n\x1b[31m", canary)
		close(sent)
		_, err = io.Copy(io.Discard, conn)
		return err
	})
	r := newRoom(t, 1, http.NotFoundHandler())
	r.configure(t, strings.Replace(r.config(1), r.origin.URL, "http://"+ln.Addr().String(), 1))
	daemon := r.serve(t, "-v")
	daemon.await(sent)
	daemon.until("the item", func() bool { return strings.Contains(must(t, r.dir, "items"), "One") })
	got := daemon.end(syscall.SIGTERM)
	if strings.Contains(got.stderr, canary) {
		t.Error(got.stderr)
	}
	allJSON(t, got.stderr)
	ln.Close()
	if err := g.Wait(); err != nil {
		t.Log(err) // the daemon hung up on it, as it may
	}
}

// A plainWriter takes an answer's body alone.
type plainWriter struct{ io.Writer }

func (plainWriter) Header() http.Header { return http.Header{} }
func (plainWriter) WriteHeader(int)     {}
