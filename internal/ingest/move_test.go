package ingest

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"rightswire/internal/health"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

// A web answers by address: "=301 URL" redirects, "=500" is a status, all else a
// document.
type web struct {
	mu    sync.Mutex
	pages map[string]string
	asked []string
}

func (o *web) set(pages map[string]string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pages = pages
}

// log returns what was asked for since it was last called.
func (o *web) log() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer func() { o.asked = nil }()
	return strings.Join(o.asked, " ")
}

func (o *web) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	address := r.Host + r.URL.Path
	o.asked = append(o.asked, address)
	page := o.pages[address]
	order, scripted := strings.CutPrefix(page, "=")
	switch {
	case page == "":
		w.WriteHeader(http.StatusNotFound)
	case scripted:
		status, to := 0, ""
		fmt.Sscanf(order, "%d %s", &status, &to)
		if to != "" {
			w.Header().Set("Location", to)
		}
		w.WriteHeader(status)
	default:
		fmt.Fprint(w, page)
	}
}

// daily is the document of a day: an old item with the given text, and the day's.
func daily(day int, texts string) string {
	return rss(item("1", "1", "Old", texts), item(fmt.Sprint("day", day), fmt.Sprint("day", day), fmt.Sprint("Day ", day), ""))
}

// visit has source a asked once, a day after the last time.
func (w *world) visit() news.Visit {
	w.t.Helper()
	time.Sleep(24 * time.Hour)
	w.order(Order{Sources: []news.SourceID{"a"}})
	_, v := w.visitOf("a")
	return v
}

func (w *world) items() map[string]*news.Item {
	w.t.Helper()
	items := map[string]*news.Item{}
	err := w.st.View(func(tx *store.Tx) error {
		return tx.Walk(store.Facet{Kind: store.BySource, Value: "a"}, time.Time{}, func(it *news.Item) (bool, error) {
			items[it.Title] = it
			return true, nil
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return items
}

func inWeb(t *testing.T, src news.Source, test func(*world, *web)) {
	o := &web{}
	src.ID = "a"
	inWorld(t, o, []news.Source{src}, func(w *world) {
		w.plan.Scheduler = false
		w.start()
		test(w, o)
	})
}

// A permanent move within one registrable domain is followed after three sightings in
// a row; others wait for feeds.yaml.
func TestMoves(t *testing.T) {
	const feed = "http://outlet.example/feed"
	for _, test := range []struct {
		name  string
		src   news.Source
		first string // what the address answers
		to    string // where that leads, without its scheme
		want  news.Move
		state news.Health
	}{
		{"another path", news.Source{URL: feed}, "=301 /new", "outlet.example/new", news.Move{To: "http://outlet.example/new", Count: 3, Adopted: true}, news.HealthOK},
		{"another host of the domain", news.Source{URL: feed}, "=308 http://www.outlet.example/feed", "www.outlet.example/feed", news.Move{To: "http://www.outlet.example/feed", Count: 3, Adopted: true}, news.HealthOK},
		{"for now", news.Source{URL: feed}, "=302 /new", "outlet.example/new", news.Move{}, news.HealthOK},
		{"for now, by 307", news.Source{URL: feed}, "=307 /new", "outlet.example/new", news.Move{}, news.HealthOK},
		{"another domain", news.Source{URL: feed}, "=301 http://other.example/feed", "other.example/feed", news.Move{To: "http://other.example/feed", Count: 3}, news.HealthMoved},
		{"of a private source", news.Source{URL: feed, Private: true}, "=301 /new", "outlet.example/new", news.Move{To: (&news.Source{Private: true}).Stamp("http://outlet.example/new"), Count: 3}, news.HealthMoved},
	} {
		t.Run(test.name, func(t *testing.T) {
			inWeb(t, test.src, func(w *world, o *web) {
				for day := range 5 {
					o.set(map[string]string{"outlet.example/feed": test.first, test.to: daily(day, "")})
					v := w.visit()
					got := v.Moved
					got.Since = time.Time{}
					want := test.want
					if want.Count = min(want.Count, day+1); want.Count < 3 {
						want.Adopted = false
					}
					if got != want {
						t.Errorf("day %d: %+v, want %+v", day, got, want)
					}
					asked, direct := o.log(), test.want.Adopted && day >= 3
					if direct != (asked == test.to) {
						t.Errorf("day %d: asked for %s", day, asked)
					}
					if day >= 3 && v.Health != test.state {
						t.Errorf("day %d: %s", day, v.Health)
					}
				}
				if items := w.items(); len(items) != 6 || items["Day 4"].Doubt != "" {
					t.Errorf("%d items; the last is doubted: %q", len(items), items["Day 4"].Doubt)
				}
			})
		})
	}
}

// What is seen with interruptions is not seen three times in a row.
func TestMoveInterrupted(t *testing.T) {
	inWeb(t, news.Source{URL: "http://outlet.example/feed"}, func(w *world, o *web) {
		for day := range 9 {
			o.set(map[string]string{"outlet.example/feed": "=301 /new", "outlet.example/new": daily(day, "")})
			if day%3 == 2 {
				o.set(map[string]string{"outlet.example/feed": daily(day, "")})
			}
			if v := w.visit(); v.Moved.Adopted || v.Moved.Count > 2 || day%3 == 2 && v.Moved.To != "" {
				t.Errorf("day %d: %+v", day, v.Moved)
			}
		}
	})
}

// An address that was adopted and then fails twice gives way to the source's own;
// one that is gone does at once, and does not retire the source.
func TestAdoptedFails(t *testing.T) {
	for _, status := range []int{500, 404, 410} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			inWeb(t, news.Source{URL: "http://outlet.example/feed"}, func(w *world, o *web) {
				for day := range 3 {
					o.set(map[string]string{"outlet.example/feed": "=301 /new", "outlet.example/new": daily(day, "")})
					w.visit()
				}
				o.set(map[string]string{"outlet.example/feed": daily(9, ""), "outlet.example/new": fmt.Sprint("=", status)})
				failures := 2
				if status == 410 {
					failures = 1
				}
				o.log()
				for range failures {
					w.visit()
				}
				if asked := o.log(); asked != strings.TrimSpace(strings.Repeat("outlet.example/new ", failures)) {
					t.Errorf("asked for %s", asked)
				}
				if v := w.visit(); o.log() != "outlet.example/feed" || v.Moved.To != "" || v.Gone || v.Health != news.HealthOK {
					t.Errorf("back at its own: %+v, %s", v.Moved, v.Health)
				}
			})
		})
	}
}

// What comes by a domain that the source did not have at first waits for a curator;
// what readers see already is not changed by it.
func TestAnotherDomain(t *testing.T) {
	for _, status := range []int{301, 302} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			inWeb(t, news.Source{URL: "http://outlet.example/feed"}, func(w *world, o *web) {
				o.set(map[string]string{"outlet.example/feed": daily(0, "As it was")})
				w.visit()
				for day := 1; day < 5; day++ {
					o.set(map[string]string{"outlet.example/feed": fmt.Sprintf("=%d http://evil.example/feed", status), "evil.example/feed": daily(day, "Forged")})
					v := w.visit()
					if v.Moved.Adopted || v.Moved.Count != min(day, 3) || v.Moved.To != "http://evil.example/feed" {
						t.Errorf("day %d: %+v", day, v.Moved)
					}
					if (v.Health == news.HealthMoved) != (day >= health.Sightings) {
						t.Errorf("day %d: %s", day, v.Health)
					}
					items := w.items()
					if it := items[fmt.Sprint("Day ", day)]; it == nil || !strings.HasPrefix(it.Doubt, "its source now redirects to evil.example: ") {
						t.Errorf("day %d: %+v", day, it)
					}
					if it := items["Old"]; it.Doubt != "" || it.Latest != 1 {
						t.Errorf("day %d: what was there is doubted: %q, or changed: revision %d", day, it.Doubt, it.Latest)
					}
				}
				// An item that is doubted may be edited: nobody sees it.
				o.set(map[string]string{"outlet.example/feed": fmt.Sprintf("=%d http://evil.example/feed", status), "evil.example/feed": rss(item("day4", "day4", "Day 4, edited", ""))})
				w.visit()
				if it := w.items()["Day 4, edited"]; it == nil || it.Doubt == "" {
					t.Errorf("an edit of what is doubted: %+v", it)
				}
				// Once the source answers by itself, nothing is doubted any more.
				o.set(map[string]string{"outlet.example/feed": daily(9, "Edited")})
				v := w.visit()
				if items := w.items(); items["Day 9"].Doubt != "" || items["Old"].Latest != 2 || v.Moved.To != "" || v.Health != news.HealthOK {
					t.Errorf("back: %+v, %+v, %s", items["Day 9"], v.Moved, v.Health)
				}
			})
		})
	}
}

// Who writes a source into feeds.yaml that is served through another's domain sees
// what it brings: that domain is trusted, and no other.
func TestDomainOfTheFirstVisit(t *testing.T) {
	inWeb(t, news.Source{URL: "http://outlet.example/feed"}, func(w *world, o *web) {
		by := func(domain string, day int) *news.Item {
			o.set(map[string]string{"outlet.example/feed": "=302 http://" + domain + "/outlet", domain + "/outlet": daily(day, "")})
			w.visit()
			return w.items()[fmt.Sprint("Day ", day)]
		}
		for day := range 5 {
			if it := by("feeds.burner.example", day); it.Doubt != "" {
				t.Errorf("day %d: %q", day, it.Doubt)
			}
		}
		if it := by("evil.example", 5); it.Doubt == "" {
			t.Error("a further domain is not doubted")
		}
		if it := by("other.burner.example", 6); it.Doubt != "" {
			t.Errorf("back at the domain of the first visit: %q", it.Doubt)
		}
		// Its new address is its operator's word for where it leads.
		w.plan.Rules = rulebook(t, news.Source{ID: "a", URL: "http://outlet.example/other"})
		o.set(map[string]string{"outlet.example/other": "=302 http://evil.example/outlet", "evil.example/outlet": daily(7, "")})
		w.visit()
		if it := w.items()["Day 7"]; it.Doubt != "" {
			t.Errorf("after feeds.yaml follows: %q", it.Doubt)
		}
	})
}

// Releases that did not remember the first domain left the last address.
func TestDomainOfAnEarlierRelease(t *testing.T) {
	inWeb(t, news.Source{URL: "http://outlet.example/feed"}, func(w *world, o *web) {
		err := w.st.Update(func(tx *store.Tx) error {
			if _, err := tx.Origin("a", nil); err != nil {
				return err
			}
			v := news.Visit{URL: "http://outlet.example/feed", Final: "http://feeds.burner.example/outlet", First: time.Now(), Good: time.Now()}
			return tx.PutVisit("a", v)
		})
		if err != nil {
			t.Fatal(err)
		}
		for day, domain := range []string{"feeds.burner.example", "feeds.burner.example", "evil.example"} {
			o.set(map[string]string{"outlet.example/feed": "=302 http://" + domain + "/outlet", domain + "/outlet": daily(day, "")})
			w.visit()
			if it := w.items()[fmt.Sprint("Day ", day)]; (it.Doubt != "") != (domain == "evil.example") {
				t.Errorf("%s on day %d: %q", domain, day, it.Doubt)
			}
		}
	})
}

// Nothing is followed by itself to another owner, to less safety, or with a secret.
func TestAdoptable(t *testing.T) {
	for _, test := range []struct {
		from, to string
		private  bool
		want     bool
	}{
		{"http://a.example/feed", "http://a.example/new", false, true},
		{"http://a.example/feed", "https://a.example/feed", false, true},
		{"https://a.example/feed", "https://www.a.example/feed", false, true},
		{"https://a.example/feed", "http://a.example/feed", false, false},
		{"https://a.example/feed", "https://b.example/feed", false, false},
		{"https://a.github.io/feed", "https://b.github.io/feed", false, false},
		{"https://a.co.uk/feed", "https://b.co.uk/feed", false, false},
		{"https://a.example/feed?key=1", "https://a.example/new?key=1", true, false},
	} {
		if got := adoptable(&news.Source{URL: test.from, Private: test.private}, test.to); got != test.want {
			t.Errorf("%s to %s: %v", test.from, test.to, got)
		}
	}
}
