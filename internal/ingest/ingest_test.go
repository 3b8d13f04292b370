package ingest

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/curate"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

func TestVisits(t *testing.T) {
	b := newBench(t, "a")
	o := b.outlets["a"]
	o.say(rss(item("1", "one", "One", "First"), item("2", "two", "Two", "Second")))
	o.etag = `W/"odd 'one"`
	b.expect(b.refresh(), Fetched, 2, 0)
	b.expect(b.refresh(), NotModified, 0, 0)
	o.etag = ""
	b.expect(b.refresh(), Unchanged, 0, 0)
	o.say(rss(item("3", "three", "Three", "Third"), item("1", "one", "One", "First"), item("2", "two", "Two", "Second")))
	b.expect(b.refresh(), Fetched, 1, 0)
	if got := b.changed.Load(); got != 3 {
		t.Errorf("told of %d changed items, want 3", got)
	}
	newest := b.items("a")[0]
	if newest.Title != "Three" || newest.FirstVisit || newest.Standing.State != news.StateOpen {
		t.Errorf("newest item is %+v", newest)
	}
}

// Each visit is told of once, with what it cost and how its source is doing.
func TestVisited(t *testing.T) {
	b := newBench(t, "a")
	o := b.outlets["a"]
	body := rss(item("1", "one", "One", "First"))
	for _, step := range []struct {
		answer func()
		want   Outcome
	}{
		{func() { o.say(body) }, Outcome{Kind: Fetched, New: 1, Sent: int64(len(body)), Health: news.HealthOK}},
		{func() { o.answer(500, nil) }, Outcome{Kind: Failed, Failure: news.FailStatus, Health: news.HealthUnreachable}},
	} {
		step.answer()
		b.refresh()
		got := <-b.visited
		if got.Took <= 0 || got.Source != "a" {
			t.Errorf("%+v", got)
		}
		got.Took, got.Source, got.Err = 0, "", nil
		if got != step.want {
			t.Errorf("%+v, want %+v", got, step.want)
		}
	}
	if len(b.visited) > 0 {
		t.Errorf("told of a further visit: %+v", <-b.visited)
	}
}

func TestRevisions(t *testing.T) {
	b := newBench(t, "a")
	o := b.outlets["a"]
	for _, step := range []struct {
		name, body    string
		fresh, update int
	}{
		{"first", rss(item("1", "one", "One", "&lt;p&gt;Five were released.&lt;/p&gt;")), 1, 0},
		{"markup alone", rss(item("1", "one", "One", "&lt;div&gt;&lt;b&gt;Five&lt;/b&gt;  were released.&lt;/div&gt;")), 0, 0},
		{"tracking alone", rss(item("1", "one?utm_source=rss", "One", "&lt;p&gt;Five were released.&lt;/p&gt;")), 0, 0},
		{"text", rss(item("1", "one", "One", "&lt;p&gt;Six were released.&lt;/p&gt;")), 0, 1},
		{"title", rss(item("1", "one", "One, corrected", "&lt;p&gt;Six were released.&lt;/p&gt;")), 0, 1},
		{"new guid on the same link and title", rss(item("n1", "one", "One, corrected", "&lt;p&gt;Six were released.&lt;/p&gt;")), 0, 0},
		{"edit under the new guid", rss(item("n1", "one", "One, corrected", "&lt;p&gt;Seven were released.&lt;/p&gt;")), 0, 1},
		{"another item on the link", rss(item("n1", "one", "One, corrected", "&lt;p&gt;Seven were released.&lt;/p&gt;"), item("2", "one", "Two", "")), 1, 0},
	} {
		o.say(step.body)
		r := b.refresh()
		if r.New != step.fresh || r.Updated != step.update {
			t.Errorf("%s: %d new, %d updated; want %d, %d", step.name, r.New, r.Updated, step.fresh, step.update)
		}
	}
	id := news.NewItemID("a", news.ByGUID, "1")
	err := b.st.View(func(tx *store.Tx) error {
		it, err := tx.Item(news.NewItemID("a", news.ByGUID, "n1"))
		if err != nil {
			return err
		}
		if it.ID != id || it.Latest != 4 || it.Current != 4 {
			t.Errorf("renamed item is %s at revision %d of %d, want %s at 4 of 4", it.ID, it.Current, it.Latest, id)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Two sources that use one guid hold two items (FreshRSS#2273).
func TestGuidsAreTheSourcesOwn(t *testing.T) {
	b := newBench(t, "a", "b")
	b.outlets["a"].say(rss(item("same", "one", "From a", "a")))
	b.outlets["b"].say(rss(item("same", "one", "From b", "b")))
	if r := b.refresh(); r.New != 2 {
		t.Fatalf("%d new, want 2", r.New)
	}
	if got := b.items("a")[0].Title; got != "From a" {
		t.Errorf("a's item says %q", got)
	}
}

func TestSkip(t *testing.T) {
	b := newBench(t, "a")
	b.outlets["a"].say(rss(item("1", "one", "sponsored: buy", ""), item("2", "two", "News", "")))
	b.refresh()
	states := b.states("a")
	if states["sponsored: buy"] != news.StateSkipped || states["News"] != news.StateOpen {
		t.Errorf("states are %v", states)
	}
}

// A command, the scheduler and a curator who ask at once make one request.
func TestOneRequest(t *testing.T) {
	b := newBench(t, "a")
	o := b.outlets["a"]
	o.block = make(chan struct{})
	var g errgroup.Group
	for range 5 {
		g.Go(func() error {
			r, err := b.Refresh(t.Context(), Order{All: true}, nil)
			if err == nil && r.Counts[Fetched] != 1 {
				err = fmt.Errorf("counted as %v", r.Counts)
			}
			return err
		})
	}
	<-o.block
	close(o.block)
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if n := o.asked.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestFailures(t *testing.T) {
	b := newBench(t, "a")
	o := b.outlets["a"]
	o.say(rss(item("1", "one", "One", "")))
	b.refresh()

	o.answer(http.StatusInternalServerError, nil)
	for n := 1; n <= 3; n++ {
		r := b.refresh()
		if r.Counts[Failed] != 1 || r.Failures[0].Failure != news.FailStatus {
			t.Fatalf("got %+v", r)
		}
		p, v := b.visitOf("a")
		if want := time.Hour + time.Duration(n)*2*time.Hour; p.Next.Sub(p.Last).Round(time.Minute) != want {
			t.Errorf("after %d failures it waits %s, want %s", n, p.Next.Sub(p.Last), want)
		}
		if v.Failure.Status != 500 || v.First.IsZero() {
			t.Errorf("visit is %+v", v)
		}
	}

	o.answer(http.StatusTooManyRequests, map[string]string{"Retry-After": "3600"})
	b.refresh()
	asked := o.asked.Load()
	if r := b.refresh(); r.Counts[Skipped] != 1 || o.asked.Load() != asked {
		t.Errorf("Retry-After did not hold --all back: %v", r.Counts)
	}
	if r, _ := b.Refresh(t.Context(), Order{Sources: []news.SourceID{"a"}}, nil); r.Counts[Skipped] != 1 {
		t.Errorf("Retry-After did not hold a named source back: %v", r.Counts)
	}
	if items := b.items("a"); len(items) != 1 {
		t.Errorf("%d items left, want 1", len(items))
	}
}

func TestGone(t *testing.T) {
	b := newBench(t, "a")
	o := b.outlets["a"]
	o.answer(http.StatusGone, nil)
	b.refresh()
	if _, v := b.visitOf("a"); !v.Gone || v.Failure.Kind != news.FailGone {
		t.Errorf("visit is %+v", v)
	}
	if r := b.refresh(); r.Counts[Skipped] != 1 {
		t.Errorf("a source that is gone was asked: %v", r.Counts)
	}
	o.say(rss(item("1", "one", "Back", "")))
	r, err := b.Refresh(t.Context(), Order{Sources: []news.SourceID{"a"}}, nil)
	if err != nil || r.New != 1 {
		t.Errorf("named: %+v, %v", r, err)
	}
	if _, v := b.visitOf("a"); v.Gone {
		t.Error("still gone after it answered")
	}
}

func TestUnknownSource(t *testing.T) {
	b := newBench(t, "a")
	_, err := b.Refresh(t.Context(), Order{Sources: []news.SourceID{"a", "zz"}}, nil)
	if err == nil || !strings.Contains(err.Error(), `"zz"`) {
		t.Errorf("got %v", err)
	}
}

// A flood is filed 500 new items a visit, and nothing of it is lost.
func TestFlood(t *testing.T) {
	b := newBench(t, "a")
	var items []string
	for i := range 1200 {
		items = append(items, item(fmt.Sprint(i), fmt.Sprint(i), fmt.Sprint("Item ", i), ""))
	}
	o := b.outlets["a"]
	o.say(rss(items...))
	o.etag = `"flood"`
	for i, want := range []int{500, 500, 200, 0} {
		r := b.refresh()
		if r.New != want {
			t.Fatalf("visit %d brought %d, want %d (%+v)", i+1, r.New, want, r.Counts)
		}
		p, v := b.visitOf("a")
		if capped := i < 2; capped != (v.ETag == "") || capped && p.Next.Sub(p.Last).Round(time.Minute) != time.Hour {
			t.Errorf("visit %d keeps validator %q, next after %s", i+1, v.ETag, p.Next.Sub(p.Last))
		}
	}
	if n := len(b.items("a")); n != 1200 {
		t.Errorf("%d items, want 1200", n)
	}
}

// An item whose body retention deleted does not return, though its feed still
// holds it, changed or not.
func TestExpiredStaysAway(t *testing.T) {
	b := newBench(t, "a")
	o := b.outlets["a"]
	o.say(rss(item("1", "one", "One", "Old text"), item("2", "two", "Two", "Kept")))
	b.refresh()
	err := b.st.Update(func(tx *store.Tx) error {
		n, err := tx.Expire(time.Now().Add(time.Hour), 10, func(it *news.Item) bool { return it.Title == "One" })
		if n != 1 {
			t.Errorf("%d expired", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	o.say(rss(item("1", "one", "One", "Old text"), item("2", "two", "Two", "Kept, edited")))
	if r := b.refresh(); r.New != 0 || r.Updated != 1 {
		t.Errorf("%d new, %d updated; want 0, 1", r.New, r.Updated)
	}
	o.say(rss(item("1", "one", "One", "Text edited since"), item("x", "one", "One", "Under a new guid")))
	if r := b.refresh(); r.Updated != 0 {
		t.Errorf("%d updated; want 0", r.Updated)
	}
	for _, it := range b.items("a") {
		if it.Title == "One" && it.ID == news.NewItemID("a", news.ByGUID, "1") && !it.Expired {
			t.Errorf("item came back: %+v", it)
		}
	}
}

// What is broken in one source touches no other.
func TestBrokenBesideHealthy(t *testing.T) {
	b := newBench(t, "a", "b", "c")
	b.outlets["a"].say("<html><title>Checking your browser</title></html>")
	b.outlets["b"].say(rss(item("1", "one", "One", "")))
	b.outlets["c"].say(strings.Repeat("<a>", 200000))
	r := b.refresh()
	if r.Counts[Failed] != 2 || r.New != 1 {
		t.Errorf("got %+v", r)
	}
}

func TestAdd(t *testing.T) {
	b := newBench(t, "a")
	entry := news.Entry{
		ID: news.NewItemID(news.DeskSource, news.ByLink, "https://example.org/x"), Link: "https://example.org/x",
		Title: news.Text{Value: "Statement"}, Content: news.Text{Value: "Text"},
	}
	d := news.Decision{Action: news.Add, By: "ana", At: time.Now(), AddTopics: []news.TopicID{"refoulement"}}
	id, err := b.Add(t.Context(), entry, d)
	if err != nil {
		t.Fatal(err)
	}
	it := b.items(news.DeskSource)[0]
	if it.ID != id || it.Title != "Statement" || it.Standing.Entered.IsZero() {
		t.Errorf("item is %+v", it)
	}
	if _, err := b.Add(t.Context(), entry, d); err == nil {
		t.Error("added twice")
	}
}

func TestSkipChangedLater(t *testing.T) {
	b := newBench(t, "a")
	b.outlets["a"].say(rss(item("1", "one", "sponsored: one", ""), item("2", "two", "News", "")))
	b.refresh()
	src := b.plan.Rules.Source("a").Source
	src.Skip = `title contains "News"`
	compiled, err := curate.NewSource(src)
	if err != nil {
		t.Fatal(err)
	}
	next := *b.plan
	next.Rules = curate.NewRulebook(b.plan.Rules.Site(), []*curate.Source{compiled}, nil)
	want := map[string]news.State{"sponsored: one": news.StateOpen, "News": news.StateSkipped}
	b.Follow(&next)
	patience := time.After(10 * time.Second)
	for {
		select {
		case <-b.changes:
		case <-patience:
			t.Fatalf("states are %v, want %v", b.states("a"), want)
		}
		if maps.Equal(b.states("a"), want) {
			return
		}
	}
}
