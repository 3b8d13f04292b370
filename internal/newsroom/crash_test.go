package newsroom_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/config"
	"rightswire/internal/news"
	"rightswire/internal/newsroom"
	"rightswire/internal/store"
)

const (
	crashSiteID  = "crash.example,2026"
	crashSources = 6
)

// A fountain is an origin whose every answer brings two new items.
type fountain struct {
	mu     sync.Mutex
	next   int64
	served []news.ItemID // since the last take
}

func (f *fountain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	source := news.SourceID(strings.TrimPrefix(r.URL.Path, "/"))
	fmt.Fprint(w, `<rss version="2.0"><channel><title>F</title><link>http://f.example/</link><description>d</description>`)
	for range 2 {
		f.next++
		guid := fmt.Sprint(f.next)
		f.served = append(f.served, news.NewItemID(source, news.ByGUID, guid))
		fmt.Fprintf(w, `<item><guid isPermaLink="false">%s</guid><title>Item %s</title><description>%s</description></item>`,
			guid, guid, strings.Repeat("Text of the item. ", 40))
	}
	fmt.Fprint(w, `</channel></rss>`)
}

func (f *fountain) take() []news.ItemID {
	f.mu.Lock()
	defer f.mu.Unlock()
	served := f.served
	f.served = nil
	return served
}

// runCrash is the process that gets killed: it refreshes and decides for ever in
// the folder dir and prints what was acknowledged.
func runCrash(dir string) {
	f := &fountain{next: time.Now().UnixNano()}
	srv := httptest.NewServer(f)
	var y strings.Builder
	fmt.Fprintf(&y, "site: {id: '%s', contact: desk@crash.example}\ndata: %s\nfetch:\n  scheduler: false\n  allow_networks: [127.0.0.0/8]\n  per_host: {gap: 0s, concurrency: 8}\nsources:\n", crashSiteID, dir)
	for i := range crashSources {
		fmt.Fprintf(&y, "  - {id: s%d, title: S, url: '%s/s%d', review: manual}\n", i, srv.URL, i)
	}
	cfg, err := config.Parse(filepath.Join(dir, "feeds.yaml"), []byte(y.String()))
	fatal(err)
	room, err := newsroom.Open(cfg, newsroom.Options{Version: "test", Log: slog.New(slog.DiscardHandler), Wait: 2 * time.Second, Check: checkFile, Daemon: true})
	fatal(err)
	var g errgroup.Group
	g.Go(func() error { return room.Run(context.Background()) })
	fmt.Println("ready")
	for {
		r, err := room.Refresh(context.Background(), newsroom.RefreshOrder{All: true}, nil)
		fatal(err)
		if r.Fetched != crashSources {
			fatal(fmt.Errorf("refresh: %+v", r))
		}
		served := f.take()
		for _, id := range served {
			fmt.Println("item", id)
		}
		ruled, err := room.Decide("ana", newsroom.Ruling{Item: string(served[0]), Action: news.Approve})
		fatal(err)
		fmt.Println("decision", ruled.Item)
	}
}

// TestKill kills a newsroom at random moments while it refreshes and decides.
// What it acknowledged is there afterwards, whole, each time.
func TestKill(t *testing.T) {
	cycles := 20
	if os.Getenv("CI") != "" {
		cycles = 200
	}
	dir := t.TempDir()
	items, decisions := 0, 0
	for cycle := range cycles {
		acked := killOnce(t, dir, cycle%2 == 1)
		checkAcked(t, dir, acked)
		for _, line := range acked {
			if strings.HasPrefix(line, "item") {
				items++
			} else {
				decisions++
			}
		}
		if cycle%20 == 19 {
			report, err := store.Verify(filepath.Join(dir, "rightswire.db"))
			if err != nil || len(report.Problems) > 0 {
				t.Fatalf("after %d kills: %v %v", cycle+1, err, report.Problems)
			}
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	if items == 0 || decisions == 0 {
		t.Fatalf("%d items and %d decisions acknowledged: the kills prove nothing", items, decisions)
	}
	t.Logf("%d kills, %d items and %d decisions acknowledged, none lost", cycles, items, decisions)
}

// killOnce runs the newsroom, kills it 15 to 75 ms into its work, or after the
// first decision it acknowledged, and returns what it acknowledged.
func killOnce(t *testing.T, dir string, decided bool) (acked []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleEnv+"=crash", "RIGHTSWIRE_BENCH_DIR="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		cmd.Wait()
		t.Fatalf("the newsroom did not start: %q", lines.Text())
	}
	var kill *time.Timer
	for more := true; more; more = lines.Scan() {
		if kill == nil && (!decided || strings.HasPrefix(lines.Text(), "decision")) {
			kill = time.AfterFunc(time.Duration(15+rand.IntN(60))*time.Millisecond, func() { cmd.Process.Kill() })
			defer kill.Stop()
		}
		if lines.Text() != "ready" {
			acked = append(acked, lines.Text())
		}
	}
	cmd.Wait() // killed, as it should be
	return acked
}

func checkAcked(t *testing.T, dir string, acked []string) {
	t.Helper()
	st, err := store.Open(dir, store.Options{SiteID: crashSiteID, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	err = st.View(func(tx *store.Tx) error {
		for _, line := range acked {
			kind, id, _ := strings.Cut(line, " ")
			it, err := tx.Item(news.ItemID(id))
			if err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			if _, err := tx.Revision(it, it.Latest); err != nil {
				t.Errorf("%s: %v", line, err)
			}
			if kind != "decision" {
				continue
			}
			ds, err := tx.Decisions(it.ID)
			if err != nil || len(ds) != 1 || it.Standing.Approved != 1 {
				t.Errorf("%s: %d decisions, approved %d, %v", line, len(ds), it.Standing.Approved, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
