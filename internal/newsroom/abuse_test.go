package newsroom_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/config"
	"rightswire/internal/news"
	"rightswire/internal/newsroom"
)

// Whatever hostile sources do together, each fails by itself or is read within its
// bounds, nobody follows what they name, and healthy sources lose nothing.
func TestAbuse(t *testing.T) {
	const rounds = 2
	origin := newAbuseOrigin(t)
	room := openAbused(t, origin, t.TempDir())
	kinds := map[news.SourceID]news.FailureKind{}
	for range rounds {
		origin.round.Add(1)
		report, err := room.Refresh(t.Context(), newsroom.RefreshOrder{All: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range report.Failures {
			kinds[f.Source] = f.Kind
		}
	}
	for i, c := range origin.cases {
		if got := kinds[badID(i)]; got != c.wants {
			t.Errorf("%s: fails with %q, want %q", c.name, got, c.wants)
		}
	}
	for i := range origin.healthy {
		id := news.SourceID(fmt.Sprint("good-", i))
		page, err := room.Items(newsroom.Query{Source: string(id), Texts: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Items) != rounds || kinds[id] != "" {
			t.Errorf("%s has %d items of %d, failure %q", id, len(page.Items), rounds, kinds[id])
		}
	}
	if n := origin.strangers.Load(); n > 0 {
		t.Errorf("%d requests to an address that documents name", n)
	}
	checkAbused(t, room)
}

// checkAbused looks at what the hostile sources left in the store.
func checkAbused(t *testing.T, room *newsroom.Newsroom) {
	t.Helper()
	page, err := room.Items(newsroom.Query{Texts: true, Limit: 5000})
	if err != nil {
		t.Fatal(err)
	}
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(passwd), "\n")
	for _, it := range page.Items {
		if len(it.Title) > 1<<10 || len(it.ContentHTML)+len(it.Summary) > 512<<10 {
			t.Errorf("%s: a title of %d bytes, texts of %d", it.ID, len(it.Title), len(it.ContentHTML)+len(it.Summary))
		}
		if all := it.Title + it.Summary + it.ContentHTML; strings.Contains(all, "lollol") || strings.Contains(all, line) {
			t.Errorf("%s: an entity was expanded", it.ID)
		}
		if y := it.ClaimedDate.Year(); y != 1 && (y < 1990 || y > 2199) {
			t.Errorf("%s: claimed for %v", it.ID, it.ClaimedDate)
		}
	}
	if _, err := room.Verify(); err != nil {
		t.Error(err)
	}
}

func badID(i int) news.SourceID { return news.SourceID(fmt.Sprint("bad-", i)) }

// openAbused opens a newsroom on the origin's sources.
func openAbused(tb testing.TB, origin *abuseOrigin, dir string) *newsroom.Newsroom {
	tb.Helper()
	path := filepath.Join(dir, "feeds.yaml")
	if err := os.WriteFile(path, []byte(origin.yaml(dir)), 0o600); err != nil {
		tb.Fatal(err)
	}
	room, stop, err := openQuiet(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := stop(); err != nil {
			tb.Error(err)
		}
	})
	return room
}

// openQuiet opens the newsroom of a file; stop closes it.
func openQuiet(path string) (room *newsroom.Newsroom, stop func() error, err error) {
	cfg, err := config.Load(path)
	if err != nil {
		return nil, nil, err
	}
	room, err = newsroom.Open(cfg, newsroom.Options{Version: "test", Log: slog.New(slog.DiscardHandler), Check: checkFile})
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	var g errgroup.Group
	g.Go(func() error { return room.Run(ctx) })
	return room, func() error {
		cancel()
		if err := g.Wait(); err != nil {
			return err
		}
		return room.Close()
	}, nil
}

// A burden is what hostile sources cost a newsroom in a process of its own.
type burden struct {
	Delay    float64 // ms: median from asking a healthy source until it is filed
	PeakAnon int64   // bytes
}

// BenchmarkAbuse tells how much later healthy sources are filed where every hostile
// source is visited at the same time, as the median of several pairs of runs; and
// how much memory all of them take, and the worst by itself.
func BenchmarkAbuse(b *testing.B) {
	origin := newAbuseOrigin(b)
	dir := b.TempDir()
	path := filepath.Join(dir, "feeds.yaml")
	if err := os.WriteFile(path, []byte(origin.yaml(filepath.Join(dir, "data"))), 0o600); err != nil {
		b.Fatal(err)
	}
	origin.growing = true
	var all []news.SourceID
	for i := range origin.cases {
		all = append(all, badID(i))
	}
	b.Run("delay", func(b *testing.B) {
		const pairs = 7
		for b.Loop() {
			var ratios []float64
			for range pairs {
				ratios = append(ratios, measureBurden(b, path, all...).Delay/measureBurden(b, path).Delay)
			}
			slices.Sort(ratios)
			b.Logf("%.2f", ratios)
			b.ReportMetric(ratios[pairs/2], "median-ratio")
		}
	})
	b.Run("memory", func(b *testing.B) {
		for b.Loop() {
			alone, together := measureBurden(b, path), measureBurden(b, path, all...)
			worst, name := int64(0), ""
			for i, c := range origin.cases {
				if one := measureBurden(b, path, badID(i)); one.PeakAnon > worst {
					worst, name = one.PeakAnon, c.name
				}
			}
			b.Logf("the worst is the %s", name)
			b.ReportMetric(float64(alone.PeakAnon)/1e6, "healthy-MB")
			b.ReportMetric(float64(worst-alone.PeakAnon)/1e6, "worst-MB")
			b.ReportMetric(float64(together.PeakAnon-alone.PeakAnon)/1e6, "together-MB")
		}
	})
}

func measureBurden(b *testing.B, path string, hostile ...news.SourceID) burden {
	b.Helper()
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), roleEnv+"=abused", "RIGHTSWIRE_BENCH_PATH="+path, "RIGHTSWIRE_BENCH_HOSTILE="+fmt.Sprint(hostile))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatal(err)
	}
	var got burden
	if err := json.Unmarshal(out, &got); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return got
}

// burdenRounds is how often all sources are visited.
const burdenRounds = 3

// runAbused visits the healthy sources, each by itself, and all hostile ones with
// them, and prints what that costs.
func runAbused(path string, hostile []string) {
	room, stop, err := openQuiet(path)
	fatal(err)
	quit, peak := make(chan struct{}), make(chan int64)
	var sampler errgroup.Group
	sampler.Go(func() error {
		sampleMemory(quit, peak)
		return nil
	})
	delays := make([]float64, burdenRounds*healthySources)
	for round := range burdenRounds {
		var g errgroup.Group
		if len(hostile) > 0 {
			g.Go(func() error {
				_, err := room.Refresh(context.Background(), newsroom.RefreshOrder{Sources: hostile}, nil)
				return err
			})
		}
		for i := range healthySources {
			g.Go(func() error {
				start := time.Now()
				_, err := room.Refresh(context.Background(), newsroom.RefreshOrder{Sources: []string{"good-" + strconv.Itoa(i)}}, nil)
				delays[round*healthySources+i] = float64(time.Since(start).Microseconds()) / 1e3
				return err
			})
		}
		fatal(g.Wait())
	}
	close(quit)
	slices.Sort(delays)
	out, err := json.Marshal(burden{Delay: delays[len(delays)/2], PeakAnon: <-peak})
	fatal(err)
	fatal(stop())
	fmt.Println(string(out))
}
