package newsroom

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/store"
)

// putItems files n items, 1,000 in a transaction, each as change makes it. Unless
// changed they are open and were seen a second apart, the last one now.
func putItems(tb testing.TB, st *store.Store, n int, change func(i int, it *news.Item)) []news.ItemID {
	tb.Helper()
	const batch = 1000
	ids := make([]news.ItemID, 0, n)
	now := time.Now().Truncate(time.Second)
	for start := 0; start < n; start += batch {
		err := st.Update(func(tx *store.Tx) error {
			for i := start; i < min(n, start+batch); i++ {
				it := &news.Item{
					ID: news.NewItemID("put", news.ByGUID, fmt.Sprint(i)), Source: "a", GUID: fmt.Sprint(i),
					Title: fmt.Sprint("p", i), URL: fmt.Sprint("https://a.example/", i), Language: "en", Current: 1,
					FirstSeen: now.Add(time.Duration(i-n+1) * time.Second),
				}
				it.Story, it.Standing.State = news.StoryID(it.ID), news.StateOpen
				change(i, it)
				it.Revised = it.FirstSeen
				p, err := store.Prepare(&news.Entry{
					ID: it.ID, GUID: it.GUID, Link: it.URL, Title: news.Text{Value: it.Title},
					Content: news.Text{Value: "<p>" + strings.Repeat(it.Title+" was released today. ", 40) + "</p>", HTML: true},
				}, it.FirstSeen)
				if err != nil {
					return err
				}
				if _, err := tx.AddRevision(it, p); err != nil {
					return err
				}
				if err := tx.PutItem(it); err != nil {
					return err
				}
				ids = append(ids, it.ID)
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	return ids
}

// pages walks all pages of a query and counts them.
func (r *room) pages(q Query) (items []ItemView, pages int) {
	r.t.Helper()
	for {
		page, err := r.Items(q)
		if err != nil {
			r.t.Fatal(err)
		}
		items, pages = append(items, page.Items...), pages+1
		if page.Next == nil {
			return items, pages
		}
		if pages > 1000 {
			r.t.Fatal("no end of pages")
		}
		q.After = *page.Next
	}
}

// No item is lost or told twice where many entered at once, whatever the order
// they were filed in.
func TestPaging(t *testing.T) {
	const n = 350
	second := time.Now().Truncate(time.Second).Add(-time.Minute)
	for _, c := range []struct {
		name string
		seen func(i int) time.Time
	}{
		{"one moment", func(i int) time.Time { return second }},
		{"one second, in no order", func(i int) time.Time { return second.Add(time.Duration(i*7919%n) * time.Millisecond) }},
		{"ten seconds", func(i int) time.Time { return second.Add(time.Duration(i*7919%n*28) * time.Millisecond) }},
		{"in order", func(i int) time.Time { return second.Add(time.Duration(i) * time.Second) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := openRoom(t, fiveYAML)
			putItems(t, r.store, n, func(i int, it *news.Item) { it.FirstSeen = c.seen(i) })
			for limit, want := range map[int]int{0: 4, 7: 50, 349: 4, 50: 7} {
				items, pages := r.pages(Query{Limit: limit})
				seen := map[news.ItemID]bool{}
				for i, it := range items {
					seen[it.ID] = true
					if i > 0 && it.FirstSeen.Unix() > items[i-1].FirstSeen.Unix() {
						t.Errorf("%s comes after an older item", it.Title)
					}
				}
				if len(items) != n || len(seen) != n || pages != want {
					t.Errorf("limit %d: %d items, %d of them different, on %d pages; want %d on %d", limit, len(items), len(seen), pages, n, want)
				}
			}
			since := second.Add(100 * time.Millisecond)
			items, _ := r.pages(Query{Since: since})
			want := 0
			for i := range n {
				if !c.seen(i).Before(since) {
					want++
				}
			}
			if len(items) != want {
				t.Errorf("%d items since, want %d", len(items), want)
			}
		})
	}
}

// A decision on the item that ended a page takes no other out of the next one.
func TestPagingWhileDeciding(t *testing.T) {
	const n = 30
	r := openRoom(t, fiveYAML)
	second := time.Now().Truncate(time.Second).Add(-time.Minute)
	putItems(t, r.store, n, func(_ int, it *news.Item) { it.FirstSeen = second })
	seen := map[news.ItemID]bool{}
	q := Query{Limit: 10}
	for range 3 {
		page, err := r.Items(q)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			seen[it.ID] = true
		}
		if page.Next == nil {
			break
		}
		q.After = *page.Next
		r.decide(news.Approve, page.Items[len(page.Items)-1].ID, Ruling{})
	}
	if len(seen) != n {
		t.Errorf("%d items seen, want %d", len(seen), n)
	}
}

func TestFilters(t *testing.T) {
	r := openRoom(t, `
sources:
  - {id: a, title: A, url: $a}
  - {id: b, title: B, url: $b, review: manual, language: zh-Hans, formerly: [old-b]}
channels:
  - {id: chinese, title: China, countries: [CN]}
`)
	r.outlet("a").say(
		entry{guid: "1", title: "one", date: daysAgo(1), categories: []string{"China", "refoulement"}},
		entry{guid: "2", title: "two", date: daysAgo(2), categories: []string{"Iran"}},
		entry{guid: "3", title: "three", date: daysAgo(3)},
		entry{guid: "5", title: "five", date: daysAgo(5), categories: []string{"China"}},
	)
	r.outlet("b").say(entry{guid: "4", title: "four", date: daysAgo(4), categories: []string{"China"}})
	r.refresh()
	r.decide(news.Reject, guid("a", "3"), Ruling{})
	r.decide(news.Hold, guid("a", "5"), Ruling{})
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{}, "one two three four five"},
		{Query{Source: "a"}, "one two three five"},
		{Query{Source: "old-b"}, "four"},
		{Query{Channel: "chinese"}, "one"},
		{Query{Country: "cn"}, "one four five"},
		{Query{Country: "IR"}, "two"},
		{Query{Country: "KP"}, ""},
		{Query{Topic: "refoulement"}, "one"},
		{Query{Language: "zh"}, "four"},
		{Query{Language: "ZH-hans"}, "four"},
		{Query{Language: "zu"}, ""},
		{Query{Since: daysAgo(2).Add(-time.Hour)}, "one two"},
		{Query{Standing: "published"}, "one two"},
		{Query{Standing: "pending"}, "four"},
		{Query{Standing: "rejected"}, "three"},
		{Query{Standing: "held"}, "five"},
		{Query{Standing: "withdrawn"}, ""},
		{Query{Review: true}, "four"},
		{Query{Source: "a", Country: "CN", Standing: "held"}, "five"},
		{Query{Limit: 2}, "one two"},
	} {
		page, err := r.Items(c.q)
		var got []string
		for _, it := range page.Items {
			got = append(got, it.Title)
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %v, %v; want %s", c.q, got, err, c.want)
		}
	}
	for _, q := range []Query{{Source: "zz"}, {Channel: "zz"}, {Topic: "zz"}, {Standing: "zz"}} {
		if _, err := r.Items(q); !isBadRequest(err) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

func TestLookup(t *testing.T) {
	r := openRoom(t, fiveYAML)
	r.outlet("a").say(
		entry{guid: "1", link: "https://a.example/one?utm_source=rss", title: "one"},
		entry{guid: "2", link: "https://a.example/both", title: "two"}, entry{guid: "3", link: "https://a.example/both", title: "three"},
	)
	r.refresh()
	one := guid("a", "1")
	for _, ref := range []string{
		string(one), string(one[:6]), strings.ToUpper(string(one)), " " + string(one[:9]) + "\n",
		"https://a.example/one", "http://www.a.example/one/?utm_medium=x",
	} {
		if d, err := r.Show(ref); err != nil || d.ID != one {
			t.Errorf("%q: %s, %v", ref, d.ID, err)
		}
	}
	for _, ref := range []string{string(one[:5]), "", "zzzzzz", "https://a.example/none", "one", string(one) + "a", "ü"} {
		if _, err := r.Show(ref); !isBadRequest(err) {
			t.Errorf("%q: %v", ref, err)
		}
	}
	_, err := r.Show("https://a.example/both")
	if !isBadRequest(err) || !strings.Contains(err.Error(), "means 2 items") ||
		!strings.Contains(err.(*BadRequestError).Hint, string(guid("a", "2"))) {
		t.Errorf("an ambiguous URL: %v", err)
	}
	// Ids that begin alike.
	putItems(t, r.store, 2, func(i int, it *news.Item) {
		it.ID = news.ItemIDFromBytes([16]byte{1, 2, 3, 4, 5, 6, byte(i)})
	})
	prefix := string(news.ItemIDFromBytes([16]byte{1, 2, 3, 4, 5, 6})[:8])
	if _, err := r.Decide("ana", Ruling{Item: prefix, Action: news.Pin}); !isBadRequest(err) || !strings.Contains(err.Error(), "means 2 items") {
		t.Errorf("an ambiguous prefix: %v", err)
	}
}
