package newsroom

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/store"
)

func (r *room) update(f func(tx *store.Tx) error) {
	r.t.Helper()
	if err := r.store.Update(f); err != nil {
		r.t.Fatal(err)
	}
}

func TestStatusAndSources(t *testing.T) {
	r := openRoom(t, `
sources:
  - {id: a, title: A, url: $a, review: manual, countries: [BY, UA]}
  - {id: silent, title: S, url: $s, expect_every: 1d}
  - {id: broken, title: B, url: $b}
  - {id: still, title: P, url: $p, poll: false}
`)
	if list := r.list(); list.Sources[0].State != news.HealthNew || len(list.Sources) != 5 || list.Sources[0].Silent() {
		t.Errorf("at first: %+v", list)
	}
	r.outlet("a").say(numbered(1, 2)...)
	r.outlet("s").say(entry{guid: "1", title: "old", date: daysAgo(9)})
	r.outlet("b").sayRaw("<html>no feed</html>")
	before := time.Now().Add(-time.Second)
	report, err := r.Refresh(t.Context(), RefreshOrder{All: true}, nil)
	if err != nil || report.Sources != 3 || report.Failed != 1 || report.Failures[0].Source != "broken" || report.Done() != 3 {
		t.Errorf("report %+v, %v", report, err)
	}
	want := map[news.SourceID]news.Health{
		"a": news.HealthOK, "silent": news.HealthOverdue, "broken": news.HealthNotFeed, "still": news.HealthOff, news.DeskSource: news.HealthOff,
	}
	for _, s := range r.list().Sources {
		silent := s.State == news.HealthOverdue || s.State == news.HealthNotFeed
		if s.State != want[s.ID] || (s.State == news.HealthNotFeed) != (s.Error != "") || s.Silent() != silent || silent != (s.Do != "") {
			t.Errorf("%s is %s (%s; %s), want %s", s.ID, s.State, s.Error, s.Do, want[s.ID])
		}
		if s.ID == "a" && (len(s.Countries) != 2 || s.LastGood.Before(before) || s.Home != "http://outlet.example/" || s.URL == "" || s.Moved != "") {
			t.Errorf("a: %+v", s)
		}
	}
	status, err := r.Status()
	if err != nil || status.Sources != 4 || status.Failing != 1 || status.Silent != 1 || status.Items != 3 ||
		status.Waiting != 2 || status.WaitingMore || status.Version != "test" || status.Daemon {
		t.Errorf("status %+v, %v", status, err)
	}
	if s := status.States; len(s) != 4 || s[news.HealthOK] != 1 || s[news.HealthOff] != 1 || s[news.HealthOverdue] != 1 || s[news.HealthNotFeed] != 1 {
		t.Errorf("states %v", s)
	}
	putItems(t, r.store, 150, func(int, *news.Item) {})
	if status, err := r.Status(); err != nil || status.Waiting != pageItems || !status.WaitingMore {
		t.Errorf("many wait: %d, more %v, %v", status.Waiting, status.WaitingMore, err)
	}
}

// What makes an address private is in no view.
func TestPrivateAddressesAreNotShown(t *testing.T) {
	r := openRoom(t, "sources: [{id: a, title: A, url: \"https://a.example/feed?token=3f9c2a7b81d04e65\"}]\n")
	src := &r.current.Load().config.Rules.Source("a").Source
	src.Private, src.Password = true, "hunter2"
	const moved, hub = "https://b.example/feed?token=3f9c2a7b81d04e65", "https://hub.example/?token=3f9c2a7b81d04e65"
	r.update(func(tx *store.Tx) error {
		return tx.PutVisit("a", news.Visit{
			URL: src.Stamp(src.URL), Home: "https://a.example/", Hub: hub, Moved: news.Move{To: moved, Count: 3, Adopted: true},
		})
	})
	list := r.list()
	all, err := json.Marshal(list)
	if err != nil || strings.Contains(string(all), "3f9c2a7b81d04e65") || strings.Contains(string(all), "hunter2") {
		t.Errorf("%v: %s", err, all)
	}
	if a := list.Sources[0]; !a.Private || !strings.HasPrefix(a.URL, "https://a.example/") || !strings.HasPrefix(a.Moved, "https://b.example/") ||
		!strings.HasPrefix(a.Hub, "https://hub.example/") || a.Home != "https://a.example/" {
		t.Errorf("%+v", a)
	}
}

// What a feed claims of its site is linked to only where it can be, and where it
// holds no key.
func TestHome(t *testing.T) {
	r := openRoom(t, "sources: [{id: a, title: A, url: $a}]\n")
	for said, want := range map[string]string{
		"":                           "",
		"https://a.example/about":    "https://a.example/about",
		"http://a.example":           "http://a.example/",
		"javascript:alert(1)":        "",
		"/about":                     "",
		"https://user:pw@a.example/": "",
		"ftp://a.example/":           "",
		"https://a.example/?token=3f9c2a7b81d04e65": "",
	} {
		r.update(func(tx *store.Tx) error { return tx.PutVisit("a", news.Visit{Home: said}) })
		if got, err := r.Home("a"); got != want || err != nil {
			t.Errorf("%q is shown as %q, want %q (%v)", said, got, want, err)
		}
	}
	if got, err := r.Home("nobody"); got != "" || err != nil {
		t.Errorf("of nobody: %q, %v", got, err)
	}
}

func TestSourcesTellOfSubscriptions(t *testing.T) {
	r := openRoom(t, "sources: [{id: a, title: A, url: $a}, {id: b, title: B, url: $b}, {id: c, title: C, url: $c}]\n")
	until := time.Now().Add(time.Hour).Truncate(time.Second)
	r.update(func(tx *store.Tx) error {
		for _, s := range []news.Subscription{
			{Source: "a", Token: "a", Key: "hunter2", Expires: until},
			{Source: "b", Token: "b", Expires: until.Add(-2 * time.Hour)},
			{Source: "c", Token: "c", Refused: "too many"},
		} {
			if err := tx.PutSubscription(s); err != nil {
				return err
			}
		}
		return nil
	})
	s := r.list().Sources
	if !s[0].PushedUntil.Equal(until) || !s[1].PushedUntil.IsZero() || s[2].HubRefused != "too many" || !s[2].PushedUntil.IsZero() {
		t.Errorf("%+v", s)
	}
	if all, err := json.Marshal(s); err != nil || strings.Contains(string(all), "hunter2") {
		t.Errorf("%v: %s", err, all)
	}
}
