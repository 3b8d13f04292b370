package newsroom

import (
	"slices"
	"testing"
	"time"

	"rightswire/internal/ingest"
	"rightswire/internal/news"
)

func TestMetrics(t *testing.T) {
	r := openRoom(t, `
sources:
  - {id: a, title: A, url: $a, review: manual}
  - {id: broken, title: B, url: $b}
  - {id: still, title: P, url: $p, poll: false}
`)
	v, err := r.Metrics()
	if err != nil || len(v.Fetches) != 0 || v.Latency.Count != 0 || len(v.Latency.Within) != len(v.Latency.Bounds) || !v.Visited.IsZero() {
		t.Fatalf("at first: %+v, %v", v, err)
	}
	r.outlet("a").say(numbered(1, 2)...)
	r.outlet("b").sayRaw("<html>no feed</html>")
	began := time.Now().Truncate(time.Second)
	for range 2 {
		if _, err := r.Refresh(t.Context(), RefreshOrder{All: true}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if v, err = r.Metrics(); err != nil {
		t.Fatal(err)
	}
	want := []FetchCount{{"failed", news.FailNotFeed, 2}, {"fetched", "", 1}, {"unchanged", "", 1}}
	if !slices.Equal(v.Fetches, want) {
		t.Errorf("fetches %v, want %v", v.Fetches, want)
	}
	if v.ItemsNew != 2 || v.ItemsEdited != 0 || v.StoreItems != 2 || v.StoreBytes == 0 || v.StoreFree == 0 || v.Version != "test" || v.Received == 0 {
		t.Errorf("%+v", v)
	}
	if v.Latency.Count != 4 || v.Latency.Sum <= 0 || v.Visited.Before(began) {
		t.Errorf("%+v", v)
	}
	if len(v.Sources) != len(news.Healths()) || v.Sources[news.HealthOK] != 1 || v.Sources[news.HealthNotFeed] != 1 || v.Sources[news.HealthOff] != 1 || v.Silent != 1 {
		t.Errorf("sources %v, %d silent", v.Sources, v.Silent)
	}
	// What waits was counted before there was anything, and is good for a minute.
	if v.Waiting != 0 {
		t.Errorf("%d wait", v.Waiting)
	}
	r.meter.waitingAt = r.meter.waitingAt.Add(-waitingKept)
	if v, err = r.Metrics(); err != nil || v.Waiting != 2 {
		t.Errorf("%d wait, %v", v.Waiting, err)
	}
}

// A visit in an outage of ours, which says nothing of its source, is no success.
func TestOutageIsNoSuccess(t *testing.T) {
	n := &Newsroom{}
	n.visited(ingest.Outcome{Kind: ingest.Failed, Failure: news.FailOffline, Took: time.Second})
	var v MetricsView
	if n.meter.snapshot(&v); !v.Visited.IsZero() {
		t.Errorf("succeeded at %v", v.Visited)
	}
	n.visited(ingest.Outcome{Kind: ingest.NotModified, Took: time.Second})
	if n.meter.snapshot(&v); v.Visited.IsZero() {
		t.Error("no success after one")
	}
}

func TestVisitedCounts(t *testing.T) {
	n := &Newsroom{}
	for _, o := range []ingest.Outcome{
		{Kind: ingest.Fetched, New: 3, Updated: 1, Sent: 100, Took: 100 * time.Millisecond},
		{Kind: ingest.NotModified, Sent: 50, Took: 2 * time.Second},
		{Kind: ingest.Failed, Failure: news.FailTimeout, Took: time.Hour},
		{Kind: ingest.Skipped},
	} {
		n.visited(o)
	}
	var v MetricsView
	n.meter.snapshot(&v)
	if v.Received != 150 || v.ItemsNew != 3 || v.ItemsEdited != 1 || len(v.Fetches) != 4 {
		t.Errorf("%+v", v)
	}
	for i, bound := range v.Latency.Bounds {
		want := uint64(0)
		for _, took := range []float64{0.1, 2, 3600} {
			if took <= bound {
				want++
			}
		}
		if v.Latency.Within[i] != want {
			t.Errorf("%d within %v s, want %d", v.Latency.Within[i], bound, want)
		}
	}
	if v.Latency.Count != 3 || v.Latency.Sum != 3602.1 {
		t.Errorf("%+v", v.Latency)
	}
}
