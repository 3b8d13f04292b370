package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/config"
	"rightswire/internal/news"
	"rightswire/internal/newsroom"
)

// ten is long enough for anything here, and never waited for.
const ten = 10 * time.Second

func testLog(t *testing.T) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

// serve answers on a listener until the test ends, or end is called.
func serve(t *testing.T, ln net.Listener, h http.Handler) (end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var g errgroup.Group
	g.Go(func() error { return Serve(ctx, ln, h, ten, testLog(t)) })
	end = func() error {
		cancel()
		return g.Wait()
	}
	t.Cleanup(func() {
		if err := end(); err != nil {
			t.Error(err)
		}
	})
	return end
}

// socketOf listens in a data folder and answers there.
func socketOf(t *testing.T, dir string, h http.Handler) (end func() error) {
	t.Helper()
	ln, err := Listen(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, ln, h)
}

func client(t *testing.T, dir, as string) *Client {
	t.Helper()
	c, err := Dial(t.Context(), dir, as)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// openRoom opens a newsroom without sources, with an item of the desk's own.
func openRoom(t *testing.T) (*newsroom.Newsroom, news.ItemID) {
	t.Helper()
	cfg, err := config.Parse(filepath.Join(t.TempDir(), "feeds.yaml"), []byte("site: {id: 'd.example,2026'}"))
	if err != nil {
		t.Fatal(err)
	}
	room, err := newsroom.Open(cfg, newsroom.Options{Version: "test", Log: testLog(t), Wait: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var g errgroup.Group
	g.Go(func() error { return room.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(g.Wait(), room.Close()); err != nil {
			t.Error(err)
		}
	})
	added, err := room.AddItem(t.Context(), "ana", newsroom.Addition{Title: "A statement", Text: "Its text."})
	if err != nil {
		t.Fatal(err)
	}
	return room, added.Item
}

func call[R any](t *testing.T, c *Client, op string, request any) (R, error) {
	t.Helper()
	var result R
	err := c.Call(t.Context(), op, request, &result, nil)
	return result, err
}

func TestEveryOperationIsAnswered(t *testing.T) {
	room, id := openRoom(t)
	dir := t.TempDir()
	socketOf(t, dir, Handler(room, testLog(t)))
	c := client(t, dir, "")
	for op, request := range map[string]any{
		OpRefresh: newsroom.RefreshOrder{},
		OpItems:   newsroom.Query{},
		OpShow:    Named{Name: string(id)},
		OpSources: Empty{},
		OpStatus:  Empty{},
		OpDecide:  newsroom.Ruling{Item: string(id), Action: news.Pin},
		OpAdd:     newsroom.Addition{URL: "https://ngo.example/1", Title: "Another"},
	} {
		got, err := call[map[string]any](t, c, op, request)
		if err != nil || len(got) == 0 {
			t.Errorf("%s: %v, %v", op, got, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	room, id := openRoom(t)
	dir := t.TempDir()
	socketOf(t, dir, Handler(room, testLog(t)))
	c := client(t, dir, "")
	tests := []struct {
		name, op string
		request  any
		msg      string
		usage    bool
		hint     bool
	}{
		{"operation of another version", "explain", Empty{}, "does not know explain", false, true},
		{"field of another version", OpShow, map[string]string{"nam": "x"}, `unknown field "nam"`, true, false},
		{"not an object", OpShow, 7, "read request", true, false},
		{"oversized", OpAdd, newsroom.Addition{Title: "T", Text: strings.Repeat("x", maxRequest)}, "too large", true, false},
		{"no such item", OpShow, Named{Name: "zzzzzz"}, `no item "zzzzzz"`, true, true},
		{"no such decision", OpDecide, newsroom.Ruling{Item: string(id), Action: "praise"}, `no decision "praise"`, true, false},
		{"relative backup", OpBackup, Named{Name: "x.db"}, "not absolute", true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := call[map[string]any](t, c, tt.op, tt.request)
			refusal, ok := errors.AsType[*Refusal](err)
			if !ok || !strings.Contains(refusal.Msg, tt.msg) {
				t.Fatalf("got %v, want a refusal that says %q", err, tt.msg)
			}
			if refusal.Usage != tt.usage || refusal.Busy || (refusal.Hint != "") != tt.hint {
				t.Errorf("got %+v", *refusal)
			}
		})
	}
	// What was refused broke nothing.
	if _, err := call[newsroom.Dossier](t, c, OpShow, Named{Name: string(id)}); err != nil {
		t.Error(err)
	}
}

// Only POST is answered, so that nothing that follows links changes anything.
func TestReadingChangesNothing(t *testing.T) {
	room, _ := openRoom(t)
	dir := t.TempDir()
	socketOf(t, dir, Handler(room, testLog(t)))
	c := client(t, dir, "")
	for _, op := range []string{OpRefresh, OpDecide, OpCompact} {
		res, err := c.http.Get("http://newsroom/v1/" + op)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("GET %s: %s", op, res.Status)
		}
	}
}

func TestWhoDecides(t *testing.T) {
	room, id := openRoom(t)
	dir := t.TempDir()
	handler := Handler(room, testLog(t))
	socketOf(t, dir, handler)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	pipe, own := Pipe("")
	serve(t, pipe, handler)
	for want, c := range map[string]*Client{
		"maria":            client(t, dir, "maria"),
		"Мария % é":        client(t, dir, " Мария\n% é\u202e "),
		me.Username:        client(t, dir, ""),
		me.Username + "\n": own, // the same name, by the other way
	} {
		if _, err := call[newsroom.Ruled](t, c, OpDecide, newsroom.Ruling{Item: string(id), Action: news.Pin}); err != nil {
			t.Fatal(err)
		}
		d, err := call[newsroom.Dossier](t, c, OpShow, Named{Name: string(id)})
		if err != nil {
			t.Fatal(err)
		}
		if by := d.Decisions[len(d.Decisions)-1].By; by != strings.TrimSpace(want) {
			t.Errorf("decided by %q, want %q", by, want)
		}
	}
}

func TestProgressIsTold(t *testing.T) {
	dir := t.TempDir()
	told := make(chan struct{})
	h := operation(testLog(t), func(ctx context.Context, _ Empty, tell func(any)) (any, error) {
		tell(1)
		select { // the first is on its way before the result is there
		case <-told:
		case <-ctx.Done():
		}
		for i := range 1000 {
			tell(i) // within a tenth of a second: dropped
		}
		return "done", nil
	})
	socketOf(t, dir, h)
	var got []string
	var result string
	err := client(t, dir, "").Call(t.Context(), OpRefresh, Empty{}, &result, func(p json.RawMessage) {
		if got = append(got, string(p)); len(got) == 1 {
			close(told)
		}
	})
	if err != nil || result != "done" {
		t.Fatalf("%q, %v", result, err)
	}
	if got[0] != "1" || len(got) > 100 {
		t.Errorf("told %d times, first %s", len(got), got[0])
	}
}

func TestClosedBeforeItWasDone(t *testing.T) {
	dir := t.TempDir()
	ln, err := Listen(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	begun := make(chan struct{})
	srv := &http.Server{Handler: operation(testLog(t), func(ctx context.Context, _ Empty, _ func(any)) (any, error) {
		close(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	})}
	var g errgroup.Group
	g.Go(func() error {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error { // as a kill would, in the midst of it
		<-begun
		return srv.Close()
	})
	_, err = call[string](t, client(t, dir, ""), OpRefresh, Empty{})
	if refusal, ok := errors.AsType[*Refusal](err); !ok || !refusal.Busy {
		t.Errorf("got %v, want to be asked to try again", err)
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

// A newsroom that goes away between dial and call did nothing: ErrNobody.
func TestGoneBeforeItBegan(t *testing.T) {
	t.Run("closed", func(t *testing.T) {
		dir := t.TempDir()
		end := socketOf(t, dir, http.NotFoundHandler())
		c := client(t, dir, "")
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if _, err := call[string](t, c, OpStatus, Empty{}); !errors.Is(err, ErrNobody) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("hung up", func(t *testing.T) {
		dir := t.TempDir()
		ln, err := Listen(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		var g errgroup.Group
		g.Go(func() error {
			for range 2 { // the dial's probe, and the call
				conn, err := ln.Accept()
				if err != nil {
					return err
				}
				conn.Close()
			}
			return nil
		})
		if _, err := call[string](t, client(t, dir, ""), OpStatus, Empty{}); !errors.Is(err, ErrNobody) {
			t.Errorf("got %v", err)
		}
		if err := errors.Join(g.Wait(), ln.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Run("own newsroom", func(t *testing.T) {
		pipe, c := Pipe("")
		if err := pipe.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := call[string](t, c, OpStatus, Empty{}); !errors.Is(err, ErrNobody) {
			t.Errorf("got %v", err)
		}
	})
}

func TestGarbledAnswer(t *testing.T) {
	dir := t.TempDir()
	socketOf(t, dir, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "<html>hello</html>")
	}))
	_, err := call[string](t, client(t, dir, ""), OpStatus, Empty{})
	if err == nil || !strings.Contains(err.Error(), "read the answer to status") {
		t.Errorf("got %v", err)
	}
}

func TestInterruptedCallSaysSo(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	socketOf(t, dir, operation(testLog(t), func(asked context.Context, _ Empty, _ func(any)) (any, error) {
		cancel()
		<-asked.Done() // who asked is gone, and the work is told
		return nil, asked.Err()
	}))
	err := client(t, dir, "").Call(ctx, OpRefresh, Empty{}, new(string), nil)
	if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "http") {
		t.Errorf("got %v", err)
	}
}

// The client has no address but the data folder's: wherever it is told to go, it
// comes out there.
func TestClientReachesNothingElse(t *testing.T) {
	var outside errgroup.Group
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	outside.Go(func() error {
		if conn, err := ln.Accept(); err == nil {
			conn.Close()
			return fmt.Errorf("somebody came from %s", conn.RemoteAddr())
		}
		return nil
	})
	t.Setenv("HTTP_PROXY", "http://"+ln.Addr().String())
	t.Setenv("http_proxy", "http://"+ln.Addr().String())
	dir := t.TempDir()
	here := 0
	socketOf(t, dir, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if here++; here == 1 {
			http.Redirect(w, r, "http://"+ln.Addr().String()+"/", http.StatusTemporaryRedirect)
		}
	}))
	if _, err := call[string](t, client(t, dir, ""), OpStatus, Empty{}); err == nil {
		t.Error("an empty answer is none")
	}
	if here != 2 {
		t.Errorf("asked here %d times, want 2: the redirect too", here)
	}
	if err := errors.Join(ln.Close(), outside.Wait()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, socketName)); err != nil {
		t.Error(err)
	}
}
