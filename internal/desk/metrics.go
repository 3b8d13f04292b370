package desk

import (
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"rightswire/internal/news"
	"rightswire/internal/newsroom"
)

// A collector reads a snapshot of the newsroom's numbers for each scrape. No label
// names a source: how many series there are does not depend on feeds.yaml.
type collector struct {
	room *newsroom.Newsroom

	build, started, fetches, latency, received, filed *prometheus.Desc
	items, storeBytes, diskFree, waiting, underWay    *prometheus.Desc
	sources, silent, visited                          *prometheus.Desc
}

func newCollector(room *newsroom.Newsroom) *collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("rightswire_"+name, help, labels, nil)
	}
	return &collector{
		room:       room,
		build:      desc("build_info", "Always 1; its labels say which program this is.", "version", "goversion"),
		started:    desc("start_time_seconds", "When the program started, in Unix time."),
		fetches:    desc("fetches_total", "Visits to sources, by what came of them and, where they failed, why.", "outcome", "failure"),
		latency:    desc("fetch_duration_seconds", "How long visits took, without waiting in line."),
		received:   desc("received_bytes_total", "Bytes that sources sent, as they came over the wire."),
		filed:      desc("items_filed_total", "Items that visits brought.", "change"),
		items:      desc("items", "Items in the store."),
		storeBytes: desc("store_bytes", "Size of the store's file."),
		diskFree:   desc("disk_free_bytes", "Free space on the store's disk."),
		waiting:    desc("review_waiting", "Of the items that entered last, those that wait for a curator; counted once a minute and up to 100."),
		underWay:   desc("visits_under_way", "Visits under way, or waiting for their turn."),
		sources:    desc("sources", "Sources by their state.", "state"),
		silent:     desc("sources_silent", "Sources that are polled and bring no news."),
		visited:    desc("last_success_timestamp_seconds", "The latest visit to any source that did not fail, in Unix time."),
	}
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		c.build, c.started, c.fetches, c.latency, c.received, c.filed, c.items,
		c.storeBytes, c.diskFree, c.waiting, c.underWay, c.sources, c.silent, c.visited,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. Where the newsroom cannot answer, the
// scrape fails and says why.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	v, err := c.room.Metrics()
	if err != nil {
		ch <- prometheus.NewInvalidMetric(c.build, err)
		return
	}
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counter := func(d *prometheus.Desc, value uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value), labels...)
	}
	gauge(c.build, 1, v.Version, runtime.Version())
	gauge(c.started, seconds(v.Started))
	for _, f := range v.Fetches {
		counter(c.fetches, f.Count, f.Outcome, string(f.Failure))
	}
	ch <- latency(c.latency, &v.Latency)
	counter(c.received, v.Received)
	counter(c.filed, v.ItemsNew, "new")
	counter(c.filed, v.ItemsEdited, "edited")
	gauge(c.items, float64(v.StoreItems))
	gauge(c.storeBytes, float64(v.StoreBytes))
	gauge(c.diskFree, float64(v.StoreFree))
	gauge(c.waiting, float64(v.Waiting))
	gauge(c.underWay, float64(v.UnderWay))
	for _, h := range news.Healths() {
		gauge(c.sources, float64(v.Sources[h]), string(h))
	}
	gauge(c.silent, float64(v.Silent))
	if !v.Visited.IsZero() {
		gauge(c.visited, seconds(v.Visited))
	}
}

func latency(d *prometheus.Desc, h *newsroom.Histogram) prometheus.Metric {
	within := make(map[float64]uint64, len(h.Bounds))
	for i, bound := range h.Bounds {
		within[bound] = h.Within[i]
	}
	return prometheus.MustNewConstHistogram(d, h.Count, h.Sum, within)
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
