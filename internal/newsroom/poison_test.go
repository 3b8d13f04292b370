package newsroom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/store"
)

// everything is all that readers can be shown now.
func (r *room) everything(ids ...news.ItemID) string {
	r.t.Helper()
	var b strings.Builder
	places := []news.Place{front()}
	dir := r.Directory()
	for _, c := range dir.Channels {
		places = append(places, channel(c.ID))
	}
	for _, s := range dir.Sources {
		places = append(places, source(s.ID))
	}
	for _, place := range places {
		fmt.Fprintf(&b, "%+v\n", *r.now(place))
	}
	for _, id := range ids {
		p, err := r.Piece(id)
		if err != nil {
			r.t.Fatal(err)
		}
		fmt.Fprintf(&b, "%+v\n", *p)
	}
	return b.String()
}

// A source that sends another's guids and links touches none of its items.
func TestStolenIdentity(t *testing.T) {
	const items, rounds, shown = 200, 50, 50
	r := openRoom(t, `
sources:
  - {id: a, title: A, url: $a}
  - {id: b, title: B, url: $b}
`)
	forge := func(by string, round int) (entries []entry) {
		for i := range items {
			entries = append(entries, entry{
				guid: fmt.Sprint("g", i), link: fmt.Sprint("https://a.example/", i), date: daysAgo(1),
				title: fmt.Sprint("Story ", i), body: fmt.Sprint("Text by ", by, " ", round),
			})
		}
		return entries
	}
	r.outlet("a").say(forge("a", 0)...)
	r.refresh()
	held := func() (all []any) {
		err := r.store.View(func(tx *store.Tx) error {
			return tx.Walk(store.Facet{Kind: store.BySource, Value: "a"}, time.Time{}, func(it *news.Item) (bool, error) {
				revisions, err := tx.Revisions(it)
				all = append(all, it, revisions)
				return true, err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := held()
	overwrites, sent := 0, 0
	for round := range rounds {
		r.outlet("b").say(forge("b", round)...)
		r.refresh()
		if sent += items; !reflect.DeepEqual(held(), before) {
			overwrites++
		}
	}
	if overwrites > 0 || len(before) != 2*items {
		t.Errorf("%d of %d forgeries changed one of %d items", overwrites, sent, len(before)/2)
	}
	if got := r.now(source("a")); len(got.Pieces) != shown || strings.Contains(fmt.Sprint(got), "by b") {
		t.Errorf("a's edition holds %d items", len(got.Pieces))
	}
}

// Attribution comes from feeds.yaml alone; what an entry claims beyond its own
// source is flagged to curators.
func TestAttribution(t *testing.T) {
	const own = "feeds.herald.example"
	src := &news.Source{ID: "herald", Title: "The Herald", URL: "https://" + own + "/rss"}
	for _, c := range []struct {
		name  string
		entry news.Entry
		want  []string
	}{
		{"its own", news.Entry{Link: "https://" + own + "/1"}, nil},
		{"no link", news.Entry{}, nil},
		{"a host above", news.Entry{Link: "https://herald.example/1"}, nil},
		{"www above", news.Entry{Link: "https://www.herald.example/1"}, nil},
		{"a host below", news.Entry{Link: "https://en." + own + "/1"}, nil},
		{"other case", news.Entry{Link: "https://FEEDS.Herald.example/1"}, nil},
		{"foreign", news.Entry{Link: "https://evil.example/1"}, []string{"links to another host: evil.example"}},
		{"no host of its own", news.Entry{Link: "https://evilfeeds.herald.example/1"}, []string{"links to another host: evilfeeds.herald.example"}},
		{"a beginning in common", news.Entry{Link: "https://evilherald.example/1"}, []string{"links to another host: evilherald.example"}},
		{"an end in common", news.Entry{Link: "https://feeds.herald.example.evil.example/1"}, []string{"links to another host: feeds.herald.example.evil.example"}},
		{"via its own title", news.Entry{Via: "The Herald"}, nil},
		{"via its own address", news.Entry{Via: "https://herald.example/other.xml"}, nil},
		{"via another", news.Entry{Via: "Reuters\nWorld"}, []string{`says it was taken from "Reuters World"`}},
		{"both", news.Entry{Via: "https://reuters.example/rss", Link: "https://evil.example/1"},
			[]string{`says it was taken from "https://reuters.example/rss"`, "links to another host: evil.example"}},
	} {
		if got := flags(&c.entry, src); !slices.Equal(got, c.want) {
			t.Errorf("%s: flags %q, want %q", c.name, got, c.want)
		}
	}
	if got := flags(&news.Entry{Link: "https://any.example/1"}, &news.Source{ID: news.DeskSource}); got != nil {
		t.Errorf("an item of the desk is flagged: %q", got)
	}

	r := openRoom(t, "sources:\n  - {id: a, title: A, url: $a, rights: {full: Free}}\n")
	r.outlet("a").say(entry{
		guid: "1", link: "https://evil.example/1", title: "Forged", date: daysAgo(1),
		more: `<dc:creator>Reuters</dc:creator><author>ed@reuters.example (Reuters)</author><source url="https://reuters.example/rss">Reuters</source>`,
	})
	r.refresh()
	p, err := r.Piece(guid("a", "1"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Source.ID != "a" || p.Source.Title != "A" || p.Source.URL != r.outlet("a").URL+"/feed" {
		t.Errorf("attributed to %+v", p.Source)
	}
	want := []string{`says it was taken from "Reuters"`, "links to another host: evil.example"}
	if got := r.show(guid("a", "1")).Flags; !slices.Equal(got, want) {
		t.Errorf("show flags %q, want %q", got, want)
	}
	page, err := r.Items(Query{Texts: true})
	if err != nil || len(page.Items) != 1 || !slices.Equal(page.Items[0].Flags, want) {
		t.Errorf("items flags %+v, %v", page.Items, err)
	}
}

// However its source changes it, what was approved is shown until a curator
// approves another revision, at every place.
func TestApprovedStays(t *testing.T) {
	const items, rounds = 20, 52 // 1,040 flips; more revisions than an item keeps
	for _, review := range []string{"auto", "manual"} {
		t.Run(review, func(t *testing.T) {
			r := openRoom(t, `
sources:
  - {id: a, title: A, url: $a, rights: {full: Free}, review: `+review+`}
channels:
  - {id: all, title: All}
  - {id: chosen, title: Chosen, review: manual}
`)
			version := func(round int) (entries []entry) {
				for i := range items {
					e := entry{
						guid: fmt.Sprint(i), link: fmt.Sprint("https://a.example/", i), title: fmt.Sprint("Story ", i),
						body: "Five were released.", date: daysAgo(1), more: `<dc:creator>Ana</dc:creator>`,
					}
					flip := fmt.Sprint("FLIP", round)
					switch {
					case round == 0:
					case (i+round)%5 == 0:
						e.title = flip
					case (i+round)%5 == 1:
						e.body = flip
					case (i+round)%5 == 2:
						e.link += "/" + flip
					case (i+round)%5 == 3:
						e.more += `<enclosure url="https://a.example/` + flip + `.mp3" type="audio/mpeg" length="1"/>`
					default:
						e.title, e.body, e.more = flip, flip, `<dc:creator>`+flip+`</dc:creator>`
						e.categories = []string{flip}
					}
					entries = append(entries, e)
				}
				return entries
			}
			r.outlet("a").say(version(0)...)
			r.refresh()
			var ids []news.ItemID
			for i := range items {
				ids = append(ids, guid("a", fmt.Sprint(i)))
				r.decide(news.Approve, ids[i], Ruling{})
			}
			before, unapproved := r.everything(ids...), 0
			if !strings.Contains(before, "Story 19") {
				t.Fatal("nothing is shown")
			}
			flips := 0
			for round := 1; round <= rounds; round++ {
				r.outlet("a").say(version(round)...)
				flips += r.refresh().ItemsUpdated
				unapproved += strings.Count(r.everything(ids...), "FLIP")
			}
			if unapproved > 0 || flips < 1000 {
				t.Errorf("%d unapproved texts shown in %d flips", unapproved, flips)
			}
			d := r.show(ids[0])
			if d.Waits != "edit waits" || d.Revision != 1 || d.Pending != rounds+1 || len(d.Revisions) > 50 {
				t.Errorf("waits %q, revision %d, pending %d, %d kept", d.Waits, d.Revision, d.Pending, len(d.Revisions))
			}
			if _, err := r.Decide("ana", Ruling{Item: string(ids[0]), Action: news.Approve, Revision: rounds}); !isBadRequest(err) {
				t.Errorf("approving a revision that gave way: %v", err)
			}
			r.decide(news.Approve, ids[0], Ruling{})
			if p, err := r.Piece(ids[0]); err != nil || p.Item.Current != rounds+1 || !strings.Contains(fmt.Sprint(*p), fmt.Sprint("FLIP", rounds)) {
				t.Errorf("the newest approved: %+v, %v", p, err)
			}
		})
	}
}

// No claimed date lists an item above the moment it was first seen, or keeps it in
// a window.
func TestDatesClaimed(t *testing.T) {
	r := openRoom(t, "sources:\n  - {id: a, title: A, url: $a}\nchannels:\n  - {id: three, title: Three, limit: 3}\n")
	base := []entry{{guid: "future", title: "future", date: time.Now().AddDate(30, 0, 0)}, {guid: "back", title: "back", date: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)}}
	var late []entry
	for round := range 8 {
		drifting := entry{guid: "drift", title: "drift", date: time.Now().AddDate(0, 0, round)}
		late = append(late, entry{guid: fmt.Sprint(round), title: fmt.Sprint("n", round)})
		r.outlet("a").say(slices.Concat(base, []entry{drifting}, late)...)
		r.refresh()
		ed := r.now(front())
		for i, p := range ed.Pieces {
			if p.Item.Dated().After(p.Item.FirstSeen) || p.Updated().After(time.Now()) {
				t.Errorf("%s is dated %s, updated %s, first seen %s", p.Item.Title, p.Item.Dated(), p.Updated(), p.Item.FirstSeen)
			}
			if i > 0 && p.Item.Dated().After(ed.Pieces[i-1].Item.Dated()) {
				t.Errorf("%s is listed under an older item", p.Item.Title)
			}
		}
		if round > 0 && ed.Pieces[0].Item.Title != fmt.Sprint("n", round) {
			t.Errorf("round %d: %s is pinned on top", round, ed.Pieces[0].Item.Title)
		}
	}
	if got := r.titles(channel("three")); got != "n7 n6 n5" {
		t.Errorf("the channel shows %s", got)
	}
}

// Trackers do not come through, nor do control characters; one event is one line.
func TestHostileText(t *testing.T) {
	var log lockedBuffer
	r := openRoom(t, "sources:\n  - {id: a, title: A, url: $a, rights: {full: Free}}\n")
	r.stop()
	r.start(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	r.outlet("a").say(entry{
		guid: "g&#10;{\"level\":\"forged\"}", link: "https://a.example/1?utm_source=x&id=7&fbclid=y",
		title: "One\nTwo\u2028Three\u202e\u001b[31m", date: daysAgo(1),
		body: `<p>Text <a href="https://b.example/?gclid=z&p=1">b</a><img src="https://t.example/p.gif" width="1" height="1"></p>`,
	})
	r.refresh()
	it := r.now(front()).Pieces[0]
	if it.Item.Title != "One Two Three[31m" && it.Item.Title != "One Two Three�[31m" {
		t.Errorf("title %q", it.Item.Title)
	}
	shown := r.everything(it.Item.ID)
	for _, tracker := range []string{"utm_source", "fbclid", "gclid", "t.example", "\x1b", "\u202e", "\u2028"} {
		if strings.Contains(shown, tracker) {
			t.Errorf("%q is published", tracker)
		}
	}
	if !strings.Contains(shown, "https://a.example/1?id=7") || !strings.Contains(it.HTML, "https://b.example/?p=1") {
		t.Errorf("links are broken: %s", it.HTML)
	}
	if _, err := r.Decide("ana\n{}\x1b", Ruling{Item: string(it.Item.ID), Action: news.AddNote, Text: "x\ny"}); err != nil {
		t.Fatal(err)
	}
	r.outlet("a").sayRaw("<html>\n\x1b</html>")
	if report, err := r.Refresh(t.Context(), RefreshOrder{All: true}, nil); err != nil || report.Failed != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	r.stop()
	lines := bytes.Split(bytes.TrimSpace(log.Bytes()), []byte("\n"))
	for _, line := range lines {
		var event map[string]any
		if err := json.Unmarshal(line, &event); err != nil || event["level"] == "forged" || bytes.ContainsAny(line, "\x1b\u2028") {
			t.Errorf("no event: %q", line)
		}
	}
	if len(lines) < 3 {
		t.Errorf("%d events", len(lines))
	}
}

// A lockedBuffer is written by many goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// What was published stays, whatever becomes of its source: a feed that is emptied,
// that answers with something else, or that is gone.
func TestSourceFallsSilent(t *testing.T) {
	r := openRoom(t, `
sources:
  - {id: a, title: A, url: $a, review: manual}
  - {id: b, title: B, url: $b}
channels:
  - {id: all, title: All}
`)
	const items = 10
	for _, name := range []string{"a", "b"} {
		var entries []entry
		for i := range items {
			entries = append(entries, entry{guid: fmt.Sprint(i), title: fmt.Sprint(name, i), body: "Text", date: daysAgo(i + 1)})
		}
		r.outlet(name).say(entries...)
	}
	r.refresh()
	for i := range items {
		r.decide(news.Approve, guid("a", fmt.Sprint(i)), Ruling{})
	}
	want := r.titles(channel("all"))
	if n := len(strings.Fields(want)); n != 2*items {
		t.Fatalf("%d items to begin with: %s", n, want)
	}
	states := map[news.SourceID][]news.Health{}
	for _, become := range []func(*outlet){
		func(o *outlet) { o.sayRaw(rss()) },
		func(o *outlet) { o.sayRaw("hello world") },
		func(o *outlet) { o.sayRaw("<!doctype html><title>For sale</title>") },
		func(o *outlet) { o.fail(http.StatusForbidden) },
		func(o *outlet) { o.fail(http.StatusGone) },
	} {
		become(r.outlet("a"))
		become(r.outlet("b"))
		if _, err := r.Refresh(t.Context(), RefreshOrder{Sources: []string{"a", "b"}}, nil); err != nil {
			t.Fatal(err)
		}
		if got := r.titles(channel("all")); got != want {
			t.Errorf("shown are %s, want %s", got, want)
		}
		for _, src := range r.list().Sources {
			states[src.ID] = append(states[src.ID], src.State)
		}
	}
	told := []news.Health{news.HealthEmpty, news.HealthEmpty, news.HealthNotFeed, news.HealthBlocked, news.HealthGone}
	if !slices.Equal(states["a"], told) || !slices.Equal(states["b"], told) {
		t.Errorf("states %q and %q, want %q", states["a"], states["b"], told)
	}
}

// A source that looks like another, by its titles, texts and links, hides none of
// the other's items.
func TestLookalike(t *testing.T) {
	r := openRoom(t, `
sources:
  - {id: a, title: A, url: $a}
  - {id: b, title: A, url: $b}
channels:
  - {id: all, title: All}
`)
	var entries []entry
	for i := range 20 {
		entries = append(entries, entry{
			guid: fmt.Sprint(i), link: fmt.Sprint("https://a.example/", i), title: fmt.Sprint("Story", i), body: "Text", date: daysAgo(2),
		})
	}
	r.outlet("b").say(entries...) // the lookalike is first
	r.refresh()
	r.outlet("a").say(entries...)
	r.refresh()
	for place, want := range map[news.Place]int{source("a"): 20, source("b"): 20, channel("all"): 40, front(): 40} {
		if got := len(r.now(place).Pieces); got != want {
			t.Errorf("%q shows %d items, want %d", place.Path(), got, want)
		}
	}
}
