package newsroom

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"rightswire/internal/config"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

const benchItems = 100_000

// bigStore is the configuration of a store with benchItems items, of which every
// thousandth is in channel rare.
func bigStore(b *testing.B) *config.Config {
	b.Helper()
	cfg, err := config.Parse(filepath.Join(b.TempDir(), "feeds.yaml"), []byte(roomYAML+`
sources:
  - {id: a, title: A, url: "http://a.example/"}
channels:
  - {id: fifty, title: Fifty, countries: [KP]}
  - {id: rare, title: Rare, when: 'title endsWith "000"'}
`))
	if err != nil {
		b.Fatal(err)
	}
	st, err := store.Open(cfg.Data, store.Options{SiteID: cfg.Site.ID, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	putItems(b, st, benchItems, func(i int, it *news.Item) {
		it.Published, it.FirstVisit = it.FirstSeen.Add(-time.Hour), i < benchItems/2
		it.Tags.Countries = []news.CountryTag{{Code: []news.Country{"KP", "CN", "IR"}[i%3], Score: 1, About: true, Why: "beat"}}
	})
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}
	return cfg
}

func openBench(b *testing.B, cfg *config.Config) *Newsroom {
	n, err := Open(cfg, Options{Version: "bench", Log: slog.New(slog.DiscardHandler), Daemon: true})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkOpen100k is the time from opening a store of 100,000 items to the first
// edition of the front page.
func BenchmarkOpen100k(b *testing.B) {
	cfg := bigStore(b)
	for b.Loop() {
		n := openBench(b, cfg)
		if ed, err := n.Edition(front()); err != nil || len(ed.Pieces) != 50 {
			b.Fatal(len(ed.Pieces), err)
		}
		b.StopTimer()
		if err := n.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/start")
}

// BenchmarkEdition decides a channel of 50 items out of 100,000: one that a
// selector finds, and one whose rule has to look at nearly all.
func BenchmarkEdition(b *testing.B) {
	n := openBench(b, bigStore(b))
	defer n.Close()
	for _, id := range []news.ChannelID{"fifty", "rare"} {
		b.Run(string(id), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if ed, err := n.Edition(channel(id)); err != nil || len(ed.Pieces) != 50 {
					b.Fatal(len(ed.Pieces), err)
				}
			}
		})
	}
}
