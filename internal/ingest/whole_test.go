package ingest

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"rightswire/internal/news"
)

// A server that says "not modified" for ever, whatever its feed holds, is found out
// within thirty days, by one request.
func TestNotModifiedForEver(t *testing.T) {
	blank, items := 0, []string{item("0", "0", "Item 0", "")}
	publish := func(n int) {
		items = append(items, fmt.Sprintf(`<item><guid>%d</guid><title>Item %d</title><pubDate>%s</pubDate></item>`, n, n, time.Now().UTC().Format(time.RFC1123Z)))
	}
	origin := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Last-Modified", "Sat, 20 Apr 2041 00:00:00 GMT")
		if r.Header.Get("If-Modified-Since") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		blank++
		fmt.Fprint(w, rss(items...))
	})
	inWorld(t, origin, []news.Source{{ID: "a", URL: "http://outlet.example/feed"}}, func(w *world) {
		w.plan.Scheduler = false
		w.start()
		for day := range 95 {
			if day%10 == 5 {
				publish(day)
			}
			w.order(Order{})
			time.Sleep(24 * time.Hour)
			_, v := w.visitOf("a")
			if want := 1 + day/30; blank != want || len(w.items()) != 1+30*(day/30)/10 {
				t.Fatalf("day %d: %d whole requests, want %d; %d items", day, blank, want, len(w.items()))
			}
			if said := slices.ContainsFunc(v.Repairs, func(s string) bool { return s == belied }); said != (day >= 30) {
				t.Errorf("day %d: repairs %q", day, v.Repairs)
			}
		}
	})
}

// A whole request that fails is not made again at once.
func TestWholeRequestFails(t *testing.T) {
	blank := 0
	origin := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if blank++; blank > 1 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, rss(item("0", "0", "Item 0", "")))
	})
	inWorld(t, origin, []news.Source{{ID: "a", URL: "http://outlet.example/feed"}}, func(w *world) {
		w.plan.Scheduler = false
		w.start()
		for range 45 {
			w.order(Order{})
			time.Sleep(24 * time.Hour)
		}
		if blank != 2 {
			t.Errorf("%d whole requests in 45 days", blank)
		}
		if _, v := w.visitOf("a"); v.Health != news.HealthOK {
			t.Errorf("%s", v.Health)
		}
	})
}
