package newsroom_test

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
	bolt "go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"

	"rightswire/internal/config"
	"rightswire/internal/newsroom"
	"rightswire/internal/store"
)

// Roles that the test binary plays in a process of its own.
const roleEnv = "RIGHTSWIRE_BENCH_ROLE"

func TestMain(m *testing.M) {
	port, _ := strconv.Atoi(os.Getenv("RIGHTSWIRE_BENCH_PORT"))
	switch os.Getenv(roleEnv) {
	case "origin":
		runBenchOrigin(port)
	case "floor":
		runContender(newFloor, port)
	case "newsroom":
		debug.SetGCPercent(75) // as the command does
		runContender(newBenchRoom, port)
	case "abused":
		debug.SetGCPercent(75)
		runAbused(os.Getenv("RIGHTSWIRE_BENCH_PATH"), strings.Fields(strings.Trim(os.Getenv("RIGHTSWIRE_BENCH_HOSTILE"), "[]")))
	case "crash":
		runCrash(os.Getenv("RIGHTSWIRE_BENCH_DIR"))
	default:
		os.Exit(m.Run())
	}
	os.Exit(0)
}

// A contender refreshes all feeds of the origin once a round.
type contender interface {
	refresh() error
	close() error
}

// A round is what one refresh cost.
type round struct {
	CPU, Wall  float64 // seconds
	Written    int64   // bytes handed to the disk
	PeakAnon   int64   // bytes, sampled
	StoreBytes int64
}

// runContender refreshes once for every line of input and prints what it cost.
func runContender(open func(dir string, port int) (contender, error), port int) {
	dir, err := os.MkdirTemp("", "rightswire-bench-")
	fatal(err)
	defer os.RemoveAll(dir)
	c, err := open(dir, port)
	fatal(err)
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		stop, peak := make(chan struct{}), make(chan int64)
		go sampleMemory(stop, peak)
		cpu, start, written := cpuSeconds(), time.Now(), bytesWritten()
		fatal(c.refresh())
		r := round{CPU: cpuSeconds() - cpu, Wall: time.Since(start).Seconds(), Written: bytesWritten() - written}
		close(stop)
		r.PeakAnon = <-peak
		r.StoreBytes = storeBytes(dir)
		out, err := json.Marshal(r)
		fatal(err)
		fmt.Println(string(out))
	}
	fatal(c.close())
}

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func cpuSeconds() float64 {
	var u syscall.Rusage
	fatal(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// procValue reads a number that follows key in a file of /proc/self.
func procValue(file, key string) int64 {
	b, err := os.ReadFile("/proc/self/" + file)
	fatal(err)
	_, rest, _ := strings.Cut(string(b), key)
	n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	return n
}

func bytesWritten() int64 { return procValue("io", "\nwrite_bytes:") }

func sampleMemory(stop <-chan struct{}, peak chan<- int64) {
	var most int64
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			peak <- most
			return
		case <-tick.C:
			most = max(most, procValue("status", "RssAnon:")<<10)
		}
	}
}

func storeBytes(dir string) (n int64) {
	filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && strings.HasSuffix(path, ".db") {
			n += info.Size()
		}
		return nil
	})
	return n
}

// benchRoom is the newsroom with everything on.
type benchRoom struct {
	room *newsroom.Newsroom
	stop context.CancelFunc
	g    errgroup.Group
}

func newBenchRoom(dir string, port int) (contender, error) {
	var y strings.Builder
	fmt.Fprintf(&y, "site: {id: 'bench.example,2026', contact: desk@bench.example}\ndata: %s\nfetch:\n  scheduler: false\n  allow_networks: [127.0.0.0/8]\n  per_host: {gap: 0s}\nsources:\n", dir)
	for i := range originFeeds {
		fmt.Fprintf(&y, "  - {id: s%d, title: News %d, url: 'http://%s/feed/%d', kind: media}\n", i, i, benchHost(i, port), i)
	}
	y.WriteString("channels:\n  - {id: all, title: All}\n  - {id: courts, title: Courts, when: 'title matches \"court\"'}\n")
	cfg, err := config.Parse(filepath.Join(dir, "feeds.yaml"), []byte(y.String()))
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	room, err := newsroom.Open(cfg, newsroom.Options{Version: "bench", Log: slog.New(slog.DiscardHandler), Check: checkFile})
	if err != nil {
		stop()
		return nil, err
	}
	b := &benchRoom{room: room, stop: stop}
	b.g.Go(func() error { return room.Run(ctx) })
	return b, nil
}

func checkFile(path string) error {
	_, err := store.Verify(path)
	return err
}

func (b *benchRoom) refresh() error {
	r, err := b.room.Refresh(context.Background(), newsroom.RefreshOrder{All: true}, nil)
	if err == nil && r.Failed > 0 {
		err = fmt.Errorf("%d failed: %s", r.Failed, r.Failures[0].Error)
	}
	return err
}

func (b *benchRoom) close() error {
	b.stop()
	if err := b.g.Wait(); err != nil {
		return err
	}
	return b.room.Close()
}

// floor is the least that does the work at all: fetch, gofeed, bbolt, with
// nothing cleaned, tagged, indexed or published.
type floor struct {
	db     *bolt.DB
	client *http.Client
	port   int
	state  [originFeeds]floorState
}

type floorState struct {
	etag string
	hash [32]byte
}

const (
	floorFetchers = 64
	floorBatch    = 100
)

func newFloor(dir string, port int) (contender, error) {
	db, err := bolt.Open(filepath.Join(dir, "floor.db"), 0o600, nil)
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		if _, err := tx.CreateBucket([]byte("items")); err != nil {
			return err
		}
		_, err := tx.CreateBucket([]byte("feeds"))
		return err
	})
	return &floor{db: db, port: port, client: &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: 2, MaxIdleConns: 1000, DisableCompression: false,
	}}}, err
}

type floorPut struct {
	feed  int
	items map[string][]byte
}

func (f *floor) refresh() error {
	puts := make(chan floorPut)
	var writer, fetchers errgroup.Group
	writer.Go(func() error { return f.write(puts) })
	fetchers.SetLimit(floorFetchers)
	for i := range originFeeds {
		fetchers.Go(func() error {
			p, err := f.fetch(i)
			puts <- p
			return err
		})
	}
	err := fetchers.Wait()
	close(puts)
	if werr := writer.Wait(); err == nil {
		err = werr
	}
	return err
}

func (f *floor) fetch(i int) (floorPut, error) {
	p := floorPut{feed: i}
	st := &f.state[i]
	req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://%s/feed/%d", benchHost(i, f.port), i), nil)
	if err != nil {
		return p, err
	}
	if st.etag != "" {
		req.Header.Set("If-None-Match", st.etag)
	}
	res, err := f.client.Do(req)
	if err != nil {
		return p, err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusNotModified {
		return p, nil
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return p, err
	}
	st.etag = res.Header.Get("ETag")
	hash := sha256.Sum256(body)
	if hash == st.hash {
		return p, nil
	}
	st.hash = hash
	doc, err := gofeed.NewParser().ParseString(string(body))
	if err != nil {
		return p, err
	}
	p.items = make(map[string][]byte, len(doc.Items))
	for _, it := range doc.Items {
		value, err := json.Marshal(it)
		if err != nil {
			return p, err
		}
		p.items[fmt.Sprintf("%06d %s", i, it.GUID)] = value
	}
	return p, nil
}

// write puts what is new, many feeds in a transaction.
func (f *floor) write(puts <-chan floorPut) error {
	var batch []floorPut
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := f.db.Update(func(tx *bolt.Tx) error {
			items, feeds := tx.Bucket([]byte("items")), tx.Bucket([]byte("feeds"))
			for _, p := range batch {
				for key, value := range p.items {
					if items.Get([]byte(key)) != nil {
						continue
					}
					if err := items.Put([]byte(key), value); err != nil {
						return err
					}
				}
				state := fmt.Sprintf("%s %x", f.state[p.feed].etag, f.state[p.feed].hash)
				if err := feeds.Put(fmt.Appendf(nil, "%06d", p.feed), []byte(state)); err != nil {
					return err
				}
			}
			return nil
		})
		batch = nil
		return err
	}
	for p := range puts {
		if p.items == nil {
			continue
		}
		if batch = append(batch, p); len(batch) == floorBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

func (f *floor) close() error { return f.db.Close() }

// A player is a contender in its own process.
type player struct {
	in  io.WriteCloser
	out *bufio.Scanner
}

func startRole(b *testing.B, role string, port int) *player {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleEnv+"="+role, "RIGHTSWIRE_BENCH_PORT="+strconv.Itoa(port))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		if role == "origin" {
			cmd.Process.Kill()
		}
		cmd.Wait()
	})
	return &player{in: in, out: bufio.NewScanner(out)}
}

func (p *player) round(b *testing.B) round {
	b.Helper()
	fmt.Fprintln(p.in, "go")
	var r round
	if !p.out.Scan() {
		b.Fatal("a contender died")
	}
	if err := json.Unmarshal(p.out.Bytes(), &r); err != nil {
		b.Fatal(err)
	}
	return r
}

// side plays rounds of both, in turns, and returns of each the one of median CPU.
func side(b *testing.B, floor, ours *player, times int) (f, o round) {
	b.Helper()
	var fs, os []round
	for range times {
		fs, os = append(fs, floor.round(b)), append(os, ours.round(b))
	}
	return median(fs), median(os)
}

func median(rounds []round) round {
	slices.SortFunc(rounds, func(a, b round) int { return cmp.Compare(a.CPU, b.CPU) })
	return rounds[len(rounds)/2]
}

// BenchmarkRefresh compares a refresh of 1,000 sources × 30 items with the floor
// in the same run: everything new, all 304, unchanged bodies without validators,
// and every tenth source with one new item.
func BenchmarkRefresh(b *testing.B) {
	const port = 18923
	for range b.N {
		origin := startRole(b, "origin", port)
		if !origin.out.Scan() {
			b.Fatal("no origin")
		}
		floor, ours := startRole(b, "floor", port), startRole(b, "newsroom", port)
		for _, r := range []struct {
			name, control string
			times         int
		}{
			{"cold", "conditional=on", 1},
			{"304", "conditional=on", 9}, // a twentieth of a second each: one tells little
			{"unchanged", "conditional=off", 3},
			{"", "conditional=on", 1}, // learn the validators again
			{"changed", "conditional=on&advance=10", 1},
		} {
			res, err := http.Get("http://" + benchHost(0, port) + "/control?" + r.control)
			if err != nil {
				b.Fatal(err)
			}
			res.Body.Close()
			f, o := side(b, floor, ours, r.times)
			if r.name == "" {
				continue
			}
			b.Logf("%-9s floor: %.3f CPU-s %.2f s, %d KB written, %d MiB, store %d MB; newsroom: %.3f CPU-s %.2f s, %d KB written, %d MiB, store %.1f MB",
				r.name, f.CPU, f.Wall, f.Written>>10, f.PeakAnon>>20, f.StoreBytes>>20,
				o.CPU, o.Wall, o.Written>>10, o.PeakAnon>>20, float64(o.StoreBytes)/1e6)
			b.ReportMetric(o.CPU/f.CPU, r.name+"-CPU/floor")
			b.ReportMetric(float64(o.PeakAnon>>20), r.name+"-MiB")
			b.ReportMetric(float64(o.Written>>10), r.name+"-KB-written")
			if r.name == "changed" {
				b.ReportMetric(float64(o.StoreBytes)/1e6, "store-MB")
			}
		}
	}
}
