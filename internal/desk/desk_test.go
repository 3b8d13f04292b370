package desk

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"rightswire/internal/config"
	"rightswire/internal/news"
	"rightswire/internal/newsroom"
)

const feed = `<rss version="2.0"><channel><title>t</title><link>https://e.example/</link><description>d</description>` +
	`<item><guid>1</guid><title>One</title></item><item><guid>2</guid><title>Two</title></item></channel></rss>`

// openDesk returns the desk of a newsroom at work on two sources, of which one
// answers with a page, and a function that asks both.
func openDesk(t *testing.T, addresses ...string) (*Desk, *newsroom.Newsroom, func()) {
	t.Helper()
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := feed
		if r.URL.Path == "/wall" {
			body = "<!DOCTYPE html><title>Just a moment</title>"
		}
		io.WriteString(w, body)
	}))
	t.Cleanup(origin.Close)
	yaml := fmt.Sprintf(`
site: {title: Wire, url: "https://wire.example", id: "wire.example,2026", contact: desk@wire.example}
fetch: {allow_networks: [127.0.0.0/8], scheduler: false, per_host: {concurrency: 4, gap: 0s}}
sources:
  - {id: radio, title: Radio, url: "%[1]s/radio", review: manual}
  - {id: wall, title: Wall, url: "%[1]s/wall?token=3f9c2a7b81d04e65b21c"}
  - {id: still, title: Still, url: "%[1]s/still", poll: false}
`, origin.URL)
	cfg, err := config.Parse(filepath.Join(t.TempDir(), "feeds.yaml"), []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	room, err := newsroom.Open(cfg, newsroom.Options{Version: "1.2.3", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := room.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	closeRoom := sync.OnceFunc(func() {
		stop()
		running.Wait()
		if err := room.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(closeRoom)
	return New(room, addresses, log), room, closeRoom
}

func ask(d *Desk, method, host, path string) *http.Response {
	r := httptest.NewRequest(method, "http://desk.invalid"+path, nil)
	r.Host = host
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result()
}

func read(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A page whose name leads to this machine is not answered.
func TestHosts(t *testing.T) {
	d, _, _ := openDesk(t, "Desk.Example.org:8081", "127.0.0.1:8081", ":8082")
	for host, want := range map[string]bool{
		"127.0.0.1:8081":          true,
		"127.0.0.1":               true,
		"192.0.2.7:8081":          true,
		"[::1]:8081":              true,
		"[::1]":                   true,
		"localhost:8081":          true,
		"LOCALHOST":               true,
		"localhost.:8081":         true,
		"desk.localhost:8081":     true,
		"desk.example.org:8081":   true,
		"desk.example.org.":       true,
		"example.org:8081":        false,
		"rebound.example":         false,
		"rebound.example:8081":    false,
		"127.0.0.1.nip.io:8081":   false,
		"localhost.example:8081":  false,
		"xlocalhost:8081":         false,
		"desk.example.org.x:8081": false,
		"":                        false,
		":8081":                   false,
		"127.0.0.1:8081:80":       false,
		"[::1":                    false,
	} {
		for _, path := range []string{"/", "/metrics", "/nothing"} {
			res := ask(d, http.MethodGet, host, path)
			body := read(t, res)
			if refused := res.StatusCode == http.StatusMisdirectedRequest; refused == want || refused && strings.Contains(body, "rightswire_") {
				t.Errorf("host %q, %s: status %d\n%s", host, path, res.StatusCode, body)
			}
		}
	}
}

func TestAnswers(t *testing.T) {
	d, _, _ := openDesk(t, "127.0.0.1:8081")
	for _, c := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "/", 200, "/metrics"},
		{"HEAD", "/", 200, ""},
		{"GET", "/metrics", 200, "rightswire_build_info"},
		{"GET", "/metrics/", 404, "nothing"},
		{"GET", "/debug/pprof/", 404, "nothing"},
		{"GET", "/debug/vars", 404, "nothing"},
		{"POST", "/metrics", 405, ""},
		{"DELETE", "/", 405, ""},
	} {
		res := ask(d, c.method, "127.0.0.1:8081", c.path)
		if body := read(t, res); res.StatusCode != c.status || !strings.Contains(body, c.want) || c.method == "HEAD" && body != "" {
			t.Errorf("%s %s: %d %s", c.method, c.path, res.StatusCode, body)
		}
		if res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("X-Content-Type-Options") != "nosniff" || res.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s %s: header %v", c.method, c.path, res.Header)
		}
	}
}

// scrape reads the metrics as Prometheus does.
func scrape(t *testing.T, d *Desk) map[string]*dto.MetricFamily {
	t.Helper()
	res := ask(d, http.MethodGet, "localhost", "/metrics")
	body := read(t, res)
	if strings.Contains(body, "token") || strings.Contains(body, "127.0.0.1") || strings.Contains(body, "wall") || strings.Contains(body, "radio") {
		t.Errorf("it names a source:\n%s", body)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	return families
}

// value is that of the metric whose label values are labels, in the order of the
// labels' names.
func value(t *testing.T, families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	t.Helper()
	f := families["rightswire_"+name]
	for _, m := range f.GetMetric() {
		var have []string
		for _, l := range m.GetLabel() {
			have = append(have, l.GetValue())
		}
		if strings.Join(have, " ") != strings.Join(labels, " ") {
			continue
		}
		switch f.GetType() {
		case dto.MetricType_COUNTER:
			return m.GetCounter().GetValue()
		case dto.MetricType_GAUGE:
			return m.GetGauge().GetValue()
		}
	}
	t.Errorf("no %s %q", name, labels)
	return -1
}

func TestMetrics(t *testing.T) {
	d, room, closeRoom := openDesk(t)
	series := func(families map[string]*dto.MetricFamily) (n int) {
		for _, f := range families {
			n += len(f.GetMetric())
		}
		return n
	}
	first := scrape(t, d)
	if got := value(t, first, "sources", "new"); got != 2 {
		t.Errorf("%v new sources", got)
	}
	began := time.Now().Truncate(time.Second)
	for range 2 {
		if _, err := room.Refresh(t.Context(), newsroom.RefreshOrder{All: true}, nil); err != nil {
			t.Fatal(err)
		}
	}
	m := scrape(t, d)
	for _, c := range []struct {
		name   string
		labels []string
		want   float64
	}{
		// Labels stand in the order of their names: failure, outcome.
		{"fetches_total", []string{"", "fetched"}, 1},
		{"fetches_total", []string{"", "unchanged"}, 1},
		{"fetches_total", []string{string(news.FailNotFeed), "failed"}, 2},
		{"items_filed_total", []string{"new"}, 2},
		{"items_filed_total", []string{"edited"}, 0},
		{"items", nil, 2},
		{"visits_under_way", nil, 0},
		{"sources", []string{"ok"}, 1},
		{"sources", []string{"not-a-feed"}, 1},
		{"sources", []string{"off"}, 1},
		{"sources", []string{"blocked"}, 0},
		{"sources_silent", nil, 1},
	} {
		if got := value(t, m, c.name, c.labels...); got != c.want {
			t.Errorf("%s %q is %v, want %v", c.name, c.labels, got, c.want)
		}
	}
	for _, name := range []string{"store_bytes", "disk_free_bytes", "start_time_seconds", "received_bytes_total"} {
		if got := value(t, m, name); got <= 0 {
			t.Errorf("%s is %v", name, got)
		}
	}
	if got := value(t, m, "last_success_timestamp_seconds"); got < float64(began.Unix()) {
		t.Errorf("the last success was at %v, want %v or later", got, began.Unix())
	}
	h := m["rightswire_fetch_duration_seconds"].GetMetric()[0].GetHistogram()
	if h.GetSampleCount() != 4 || h.GetSampleSum() <= 0 || len(h.GetBucket()) < 10 {
		t.Errorf("%v", h)
	}
	if info := m["rightswire_build_info"].GetMetric()[0].GetLabel(); info[1].GetValue() != "1.2.3" {
		t.Errorf("%v", info)
	}
	for name := range m {
		if !strings.HasPrefix(name, "rightswire_") {
			t.Errorf("%s is not ours", name)
		}
	}
	if n := series(m); n > 60 {
		t.Errorf("%d series", n)
	}
	// Where the newsroom cannot say, nothing is made up.
	closeRoom()
	if res := ask(d, http.MethodGet, "localhost", "/metrics"); res.StatusCode != http.StatusInternalServerError || strings.Contains(read(t, res), "rightswire_sources{") {
		t.Errorf("status %d", res.StatusCode)
	}
}
