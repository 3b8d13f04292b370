package ingest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"rightswire/internal/health"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

// datedItems are items of the given ages.
func datedItems(ages ...time.Duration) (items []string) {
	for i, age := range ages {
		items = append(items, fmt.Sprintf(`<item><guid>%d</guid><link>http://outlet.example/%d</link><title>Item %d</title><pubDate>%s</pubDate></item>`,
			i, i, i, time.Now().Add(-age).UTC().Format(time.RFC1123Z)))
	}
	return items
}

// ages are n ages, so many days apart from the first on.
func ages(n int, first, apart float64) (list []time.Duration) {
	for i := range n {
		list = append(list, hours(24*(first+float64(i)*apart)))
	}
	return list
}

// turns returns the turns of a source, the oldest first.
func (b *bench) turns(src news.SourceID) (list []string) {
	b.t.Helper()
	err := b.st.View(func(tx *store.Tx) error {
		turns, err := tx.Turns(1000)
		for i := len(turns) - 1; i >= 0; i-- {
			if turns[i].Source == src {
				list = append(list, fmt.Sprintf("%s>%s", turns[i].From, turns[i].To))
			}
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func (b *bench) health(src news.SourceID) health.Report {
	b.t.Helper()
	p, v := b.visitOf(src)
	return health.Assess(&b.plan.Rules.Source(src).Source, p, &v, b.plan.Interval, time.Now())
}

// Every way in which a source falls silent, and two in which it only seems to.
func TestSilence(t *testing.T) {
	unsorted := ages(483, 0.1, 2)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(unsorted), func(i, j int) { unsorted[i], unsorted[j] = unsorted[j], unsorted[i] })
	month := hours(24 * 30)
	unsorted[0], unsorted[1] = month, hours(24*31)
	unsorted[200] = hours(2)
	for _, test := range []struct {
		name   string
		status int
		body   string
		want   news.Health
		why    string
	}{
		{"eleven bytes", 0, "maintenance", news.HealthEmpty, "11 bytes"},
		{"a challenge", 0, `<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script></body></html>`, news.HealthNotFeed, "challenge"},
		{"a meta refresh", 0, `<html><head><meta http-equiv="refresh" content="0; url=https://outlet.example/blocked"></head></html>`, news.HealthNotFeed, "outlet.example/blocked"},
		{"a feed without entries", 0, rss(), news.HealthEmpty, "without entries"},
		{"status 444", 444, "", news.HealthBlocked, "444"},
		{"newest item 400 days old", 0, rss(datedItems(ages(20, 400, 1)...)...), news.HealthFrozen, "400 days"},
		{"483 items, not the newest first", 0, rss(datedItems(unsorted...)...), news.HealthOK, ""},
		{"a normal feed", 0, rss(datedItems(ages(20, 0.2, 1)...)...), news.HealthOK, ""},
		{"a login page", 0, `<html><title>Sign in</title><form><input type="password" name="p"></form></html>`, news.HealthNotFeed, "login"},
		{"a document that breaks off", 0, strings.TrimSuffix(rss(datedItems(ages(20, 0.2, 1)...)...), "</item></channel></rss>"), news.HealthTruncated, "before its end"},
		{"not found", 404, "", news.HealthGone, "404"},
		{"undated", 0, rss(item("1", "one", "One", ""), item("2", "two", "Two", "")), news.HealthOK, ""},
		{"old dates and an undated item", 0, rss(append(datedItems(ages(20, 400, 1)...), item("x", "x", "X", ""))...), news.HealthOK, ""},
		{"one item a month, the last six weeks ago", 0, rss(datedItems(ages(10, 42, 30)...)...), news.HealthOK, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, "a")
			o := b.outlets["a"]
			o.say(test.body)
			if test.status != 0 {
				o.answer(test.status, nil)
			}
			b.refresh()
			if r := b.health("a"); r.State != test.want || !strings.Contains(r.Why, test.why) || r.Since.IsZero() {
				t.Errorf("%+v; want %s because of %q", r, test.want, test.why)
			}
			if _, v := b.visitOf("a"); v.Health != test.want {
				t.Errorf("told %s", v.Health)
			}
			turns, want := b.turns("a"), []string{">" + string(test.want)}
			if test.want == news.HealthOK {
				want = nil // no news
			}
			if fmt.Sprint(turns) != fmt.Sprint(want) {
				t.Errorf("turns %q, want %q", turns, want)
			}
		})
	}
}

// Each change of state is told once, in the transaction of its visit.
func TestTurns(t *testing.T) {
	b := newBench(t, "a")
	o := b.outlets["a"]
	good := rss(datedItems(ages(5, 0.2, 1)...)...)
	o.say(good)
	b.refresh()
	before := b.items("a")
	for _, step := range []func(){
		func() { o.say(good) },
		func() { o.answer(500, nil) }, func() { o.answer(503, nil) }, func() { o.answer(403, nil) },
		func() { o.say(good) },
		func() { o.answer(429, nil) }, // that alone is nothing
		func() { o.say(rss()) }, func() { o.say(rss()) },
		func() { o.answer(http.StatusGone, nil) },
	} {
		step()
		b.refresh()
	}
	want := "[ok>unreachable unreachable>blocked blocked>ok ok>empty empty>gone]"
	if got := fmt.Sprint(b.turns("a")); got != want {
		t.Errorf("turns %s, want %s", got, want)
	}
	if after := b.items("a"); len(before) != 5 || !reflect.DeepEqual(after, before) {
		t.Errorf("%d items are left of %d", len(after), len(before))
	}
}

// That a feed has no entries holds as long as it says that it has not changed, and is
// found out anew after it failed in another way.
func TestEmptyStaysEmpty(t *testing.T) {
	b := newBench(t, "a")
	o := b.outlets["a"]
	o.say(rss())
	o.etag = `"1"`
	for i, want := range []news.Health{news.HealthEmpty, news.HealthEmpty} {
		b.refresh()
		if p, v := b.visitOf("a"); v.Health != want || p.Failures != 0 || v.ETag == "" {
			t.Errorf("visit %d: %s, %+v", i+1, v.Health, p)
		}
	}
	o.answer(500, nil)
	b.refresh()
	o.say(rss())
	o.etag = `"1"`
	b.refresh()
	if _, v := b.visitOf("a"); v.Health != news.HealthEmpty {
		t.Errorf("empty after it failed: %s", v.Health)
	}
	o.say(rss(item("1", "one", "One", "")))
	o.etag = `"2"`
	b.refresh()
	if _, v := b.visitOf("a"); v.Health != news.HealthOK || v.Failure != (news.Failure{}) {
		t.Errorf("filled again: %s, %+v", v.Health, v.Failure)
	}
	// What is not a document at all says nothing of the one that was read before.
	o.say("down")
	o.etag = ""
	b.refresh()
	o.say("")
	o.etag = `"2"`
	b.refresh()
	if _, v := b.visitOf("a"); v.Health != news.HealthOK {
		t.Errorf("not modified since it was whole: %s", v.Health)
	}
}

// A source whose guids are new on every visit is told of, and takes nothing from
// others.
func TestChurn(t *testing.T) {
	b := newBench(t, "a", "b")
	b.outlets["b"].say(rss(numbered(5, "Text")...))
	for visit := range 5 {
		var items []string
		for i := range churnLength {
			items = append(items, item(fmt.Sprint(visit, "-", i), fmt.Sprint(visit, "-", i), fmt.Sprint("Item ", i), ""))
		}
		b.outlets["a"].say(rss(items...))
		b.refresh()
		_, v := b.visitOf("a")
		if why := b.health("a").Why; v.Churn != visit || strings.Contains(why, "known") != (visit >= health.Churns) {
			t.Errorf("visit %d: churn %d, why %q", visit+1, v.Churn, why)
		}
	}
	if n := len(b.items("b")); n != 5 {
		t.Errorf("%d items of the other source", n)
	}
	b.outlets["a"].say(rss(append(numbered(churnLength, "Text"), item("4-1", "4-1", "Item 1", ""))...))
	b.refresh()
	if _, v := b.visitOf("a"); v.Churn != 0 {
		t.Errorf("churn %d though an item was known", v.Churn)
	}
}

// Ten thousand new guids come in bounded visits and evict nothing of another source.
func TestGuidFlood(t *testing.T) {
	const guids, perVisit = 10_000, 2000
	b := newBench(t, "a", "b")
	b.outlets["b"].say(rss(numbered(50, "Text")...))
	b.refresh()
	before := b.items("b")
	filed := 0
	for n := 0; n < guids; n += perVisit {
		var items []string
		for i := range perVisit {
			items = append(items, item(fmt.Sprint(n+i), fmt.Sprint(n+i), fmt.Sprint("Item ", n+i), ""))
		}
		b.outlets["a"].say(rss(items...))
		r, err := b.Refresh(t.Context(), Order{Sources: []news.SourceID{"a"}}, nil)
		if err != nil || r.New > maxNew {
			t.Fatalf("%d new at once, %v", r.New, err)
		}
		filed += r.New
	}
	if filed != guids/perVisit*maxNew {
		t.Errorf("%d filed", filed)
	}
	b.refresh()
	if after := b.items("b"); len(before) != 50 || !reflect.DeepEqual(after, before) {
		t.Errorf("%d items of the other source are left of %d", len(after), len(before))
	}
}
