package ingest

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/parse"
	"rightswire/internal/store"
)

// readingsOf returns what is stored of a source's readings.
func (b *bench) readingsOf(src news.SourceID) (list []news.Reading) {
	b.t.Helper()
	list, err := b.Ingest.readings(src, &memory{})
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

// numbered are n items whose texts are of the given edition.
func numbered(n int, edition string) (items []string) {
	for i := range n {
		items = append(items, item(fmt.Sprint(i), fmt.Sprint(i), fmt.Sprint("Item ", i), edition))
	}
	return items
}

func guid(n int) news.ItemID { return news.NewItemID("a", news.ByGUID, fmt.Sprint(n)) }

// made are readings of the first n items, as no parser would make them.
func made(n int) (list []news.Reading) {
	for i := range n {
		list = append(list, news.Reading{Print: [16]byte{0xfa, 0xce, byte(i), byte(i >> 8)}, Item: guid(i), Claimed: noon})
	}
	return list
}

// document is what a parser finds in a document of n items of which it knew the
// first few.
func document(n, known int) *parse.Result {
	doc := &parse.Result{Readings: made(n)}
	for i := known; i < n; i++ {
		doc.Entries = append(doc.Entries, news.Entry{
			ID: guid(i), GUID: fmt.Sprint(i), Link: fmt.Sprint("http://outlet.example/", i),
			Title: news.Text{Value: fmt.Sprint("Item ", i)}, Published: noon,
		})
	}
	return doc
}

// file brings a document of source a in, as a visit at its address would.
func (b *bench) file(doc *parse.Result) (*filing, error) {
	b.t.Helper()
	src := b.plan.Rules.Source("a")
	f := &filing{source: src, plan: b.plan, seen: time.Now(), done: func(error) {}}
	_, f.visit = b.visitOf("a")
	f.visit.URL = src.URL
	if err := b.bring(f, doc); err != nil {
		b.t.Fatal(err)
	}
	_, err := b.filer.put([]*filing{f})
	return f, err
}

// TestReadingsStay: what brings no document, or none that can be read, leaves the
// readings as they were.
func TestReadingsStay(t *testing.T) {
	b := newBench(t, "a")
	o := b.outlets["a"]
	o.say(rss(numbered(3, "Text")...))
	o.etag = `"1"`
	b.expect(b.refresh(), Fetched, 3, 0)
	want := made(3)
	if err := b.st.Update(func(tx *store.Tx) error { return tx.PutReadings("a", want) }); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name   string
		answer func()
		kind   OutcomeKind
	}{
		{"not modified", func() {}, NotModified},
		{"unchanged", func() { o.etag = "" }, Unchanged},
		{"not a feed", func() { o.say("<html><title>Checking your browser</title></html>") }, Failed},
		{"an error", func() { o.answer(http.StatusInternalServerError, nil) }, Failed},
		{"gone", func() { o.answer(http.StatusGone, nil) }, Failed},
	} {
		step.answer()
		if r := b.refresh(); r.Counts[step.kind] != 1 {
			t.Errorf("%s: %v", step.name, r.Counts)
		}
		if got := b.readingsOf("a"); !slices.Equal(got, want) {
			t.Errorf("%s: readings are %v", step.name, got)
		}
	}

	// A document that is read has its own.
	o.say(rss(numbered(3, "Other text")...))
	if r, err := b.Refresh(t.Context(), Order{Sources: []news.SourceID{"a"}}, nil); err != nil || r.Updated != 3 {
		t.Errorf("%+v %v", r, err)
	}
	for _, r := range b.readingsOf("a") {
		if slices.Contains(want, r) {
			t.Errorf("reading %v of a text that is gone", r)
		}
	}
}

// TestReadingsOfAnotherAddress: a source whose address changed is read as if for
// the first time, though its new address should fail at first.
func TestReadingsOfAnotherAddress(t *testing.T) {
	b := newBench(t, "a")
	o := b.outlets["a"]
	o.say(rss(numbered(3, "Text")...))
	b.expect(b.refresh(), Fetched, 3, 0)
	err := b.st.Update(func(tx *store.Tx) error {
		v, err := tx.Visit("a")
		if err != nil {
			return err
		}
		v.URL = "https://elsewhere.example/feed"
		if err := tx.PutVisit("a", v); err != nil {
			return err
		}
		return tx.PutReadings("a", made(3))
	})
	if err != nil {
		t.Fatal(err)
	}
	o.answer(http.StatusInternalServerError, nil)
	if r := b.refresh(); r.Counts[Failed] != 1 {
		t.Errorf("%v", r.Counts)
	}
	if got := b.readingsOf("a"); got != nil {
		t.Errorf("readings are %v", got)
	}
	o.say(rss(numbered(4, "Text")...))
	b.expect(b.refresh(), Fetched, 1, 0)
}

// TestReadingsOfWhatIsFiled: a reading is kept of what a visit dealt with and of
// what was known before, and not of what it leaves for the next one.
func TestReadingsOfWhatIsFiled(t *testing.T) {
	b := newBench(t, "a")
	doc, all := document(1300, 0), made(1300)
	for visit, want := range []int{500, 1000, 1300, 1300} {
		f, err := b.file(doc)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.readingsOf("a"); !slices.Equal(got, all[:want]) {
			t.Fatalf("visit %d leaves %d readings, want %d", visit, len(got), want)
		}
		if n := len(b.items("a")); n != want || f.capped != (want < 1300) || f.visit.First.IsZero() != f.capped {
			t.Errorf("visit %d: %d items, capped: %v, first: %v", visit, n, f.capped, f.visit.First)
		}
		if len(f.arrivals) > maxNew {
			t.Errorf("visit %d files %d items", visit, len(f.arrivals))
		}
		doc = document(1300, want)
	}
	// A document whose entries depend on each other leaves none.
	if _, err := b.file(&parse.Result{Entries: document(5, 0).Entries}); err != nil {
		t.Fatal(err)
	}
	if got := b.readingsOf("a"); got != nil {
		t.Errorf("readings are %v", got)
	}
}

// TestReadingsOfTheDamaged: an item that can't be compared is read again each time.
func TestReadingsOfTheDamaged(t *testing.T) {
	b := newBench(t, "a")
	if _, err := b.file(document(3, 0)); err != nil {
		t.Fatal(err)
	}
	b.spoil("Item 1")
	f, err := b.file(document(3, 0))
	if err != nil || f.new != 0 || f.capped {
		t.Errorf("%d new, capped: %v (%v)", f.new, f.capped, err)
	}
	all := made(3)
	if got := b.readingsOf("a"); !slices.Equal(got, []news.Reading{all[0], all[2]}) {
		t.Errorf("readings are %v", got)
	}
}

// TestDamagedReadings: they count as none, and the next visit that reads leaves
// others.
func TestDamagedReadings(t *testing.T) {
	b := newBench(t, "a")
	o := b.outlets["a"]
	items := numbered(3, "Text")
	o.say(rss(items...))
	b.expect(b.refresh(), Fetched, 3, 0)
	before := b.readingsOf("a")
	if len(before) != 3 {
		t.Fatalf("readings are %v", before)
	}
	b.spoil(string(before[0].Print[:]))
	if got := b.readingsOf("a"); got != nil {
		t.Errorf("damaged readings are read as %v", got)
	}
	items[2] = item("2", "2", "Item 2", "Corrected text")
	o.say(rss(items...))
	b.expect(b.refresh(), Fetched, 0, 1)
	if got := b.readingsOf("a"); len(got) != 3 {
		t.Errorf("readings are %v", got)
	}
}

// spoil flips a bit wherever the store's file says what.
func (b *bench) spoil(what string) {
	b.t.Helper()
	data, err := os.ReadFile(b.st.Path())
	if err != nil {
		b.t.Fatal(err)
	}
	file, err := os.OpenFile(b.st.Path(), os.O_WRONLY, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	for at, found := 0, 0; found >= 0; at += found + len(what) {
		if found = bytes.Index(data[at:], []byte(what)); found >= 0 {
			if _, err := file.WriteAt([]byte{what[0] ^ 1}, int64(at+found)); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	if err := file.Close(); err != nil {
		b.t.Fatal(err)
	}
}

// TestReadingsOfAFailedBatch: what is not filed leaves no reading, and what was
// filed at the second attempt leaves its own.
func TestReadingsOfAFailedBatch(t *testing.T) {
	b := newBench(t, "a", "b")
	prepared := func(src news.SourceID, doc *parse.Result) *filing {
		f := &filing{source: b.plan.Rules.Source(src), plan: b.plan, seen: time.Now()}
		if err := b.bring(f, doc); err != nil {
			t.Fatal(err)
		}
		b.filer.expect(1)
		if err := b.filer.reserve(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		return f
	}
	good, bad := prepared("a", document(3, 0)), prepared("b", &parse.Result{
		Entries:  []news.Entry{{ID: "no id", Title: news.Text{Value: "No id"}}},
		Readings: []news.Reading{{Item: "no id"}},
	})
	var errs []error
	for _, f := range []*filing{good, bad} {
		f.done = func(err error) { errs = append(errs, err) }
	}
	b.filer.commit([]*filing{good, bad})
	if errs[0] != nil || errs[1] == nil {
		t.Errorf("came to %v", errs)
	}
	if got := b.readingsOf("a"); !slices.Equal(got, made(3)) {
		t.Errorf("readings are %v", got)
	}
	if got := b.readingsOf("b"); got != nil {
		t.Errorf("readings of what was not filed: %v", got)
	}
}

// TestRenamedAmongKnown: an item that the document still holds, though nobody read
// it again, is not the one under a new guid; one that is gone is.
func TestRenamedAmongKnown(t *testing.T) {
	b := newBench(t, "a")
	if _, err := b.file(document(3, 0)); err != nil {
		t.Fatal(err)
	}
	under := func(id string, n int) news.Entry {
		e := document(n+1, n).Entries[0]
		e.GUID, e.ID = id, news.NewItemID("a", news.ByGUID, id)
		return e
	}
	reading := func(e news.Entry) news.Reading { return news.Reading{Print: [16]byte{9}, Item: e.ID} }
	bring := func(fresh int, doc *parse.Result) {
		t.Helper()
		f, err := b.file(doc)
		if err != nil || f.new != fresh {
			t.Errorf("%d new, want %d (%v)", f.new, fresh, err)
		}
		if got := b.readingsOf("a"); len(got) != len(doc.Readings) {
			t.Errorf("%d readings of %d", len(got), len(doc.Readings))
		}
	}
	x, y, z := under("x", 1), under("y", 1), under("z", 1)
	// Item 1 is known and there: x is another on its link.
	bring(1, &parse.Result{Entries: []news.Entry{x}, Readings: append(made(3), reading(x))})
	// Items 1 and x are gone; y and z have the link and title of both, and each is one.
	bring(0, &parse.Result{Entries: []news.Entry{y, z}, Readings: append(made(1), reading(y), reading(z))})
	// Both are known by their new names: w is a third.
	w := under("w", 1)
	bring(1, &parse.Result{Entries: []news.Entry{w}, Readings: append(made(1), reading(w), reading(y), reading(z))})
	if n := len(b.items("a")); n != 5 {
		t.Errorf("%d items, want 5", n)
	}
}

// TestRereadsWhatChanged reads a feed again whenever something in it changes: what
// it brings is the same as if all of it were read each time.
func TestRereadsWhatChanged(t *testing.T) {
	b := newBench(t, "a")
	o := b.outlets["a"]
	items := numbered(50, "Text")
	prints := func() map[news.ItemID][16]byte {
		prints := map[news.ItemID][16]byte{}
		for _, r := range b.readingsOf("a") {
			prints[r.Item] = r.Print
		}
		return prints
	}
	o.say(rss(items...))
	b.expect(b.refresh(), Fetched, 50, 0)
	before := prints()
	if len(before) != 50 {
		t.Fatalf("%d readings after the first visit", len(before))
	}

	items[7] = item("7", "7", "Item 7", "Corrected text")
	o.say(rss(items...))
	b.expect(b.refresh(), Fetched, 0, 1)
	after := prints()
	for i := range 50 {
		if changed := before[guid(i)] != after[guid(i)]; changed != (i == 7) {
			t.Errorf("reading %d changed: %v", i, changed)
		}
	}
	items[7] = item("7", "7", "Item 7", "Text")
	o.say(rss(items...))
	b.expect(b.refresh(), Fetched, 0, 1)
	if got := prints(); !maps.Equal(got, before) {
		t.Error("an item that is as it once was is read as another")
	}

	// An item leaves and comes back, changed meanwhile.
	o.say(rss(items[1:]...))
	b.expect(b.refresh(), Fetched, 0, 0)
	if delete(before, guid(0)); !maps.Equal(prints(), before) {
		t.Errorf("%d readings", len(prints()))
	}
	items[0] = item("0", "0", "Item 0", "Corrected text")
	o.say(rss(items...))
	b.expect(b.refresh(), Fetched, 0, 1)

	// A new guid on the link and title of an item that is there, and of one that is not.
	o.say(rss(append(items[1:], item("x", "1", "Item 1", "Text"), item("y", "0", "Item 0", "Corrected text"))...))
	b.expect(b.refresh(), Fetched, 1, 0)
	if n := len(b.items("a")); n != 51 {
		t.Errorf("%d items, want 51", n)
	}
}

// TestLongDocument files 10,000 items of one document over 20 visits and loses
// none, though its head goes on moving.
func TestLongDocument(t *testing.T) {
	const total = 10_000
	const most = total/maxNew + 1
	b := newBench(t, "a")
	o := b.outlets["a"]
	items := numbered(total, "Text")
	o.say(rss(items...))
	o.etag = `"long"`
	filed := 0
	for visit := 1; visit <= most; visit++ {
		r := b.refresh()
		if r.New > maxNew || r.Updated > 0 || r.Counts[Fetched] != 1 {
			t.Fatalf("visit %d: %+v", visit, r)
		}
		filed += r.New
		if _, v := b.visitOf("a"); (v.ETag == "") != (filed < len(items)) {
			t.Fatalf("visit %d keeps validator %q with %d of %d items", visit, v.ETag, filed, len(items))
		}
		if filed == len(items) {
			break
		}
		if visit%5 == 0 { // the publisher goes on
			n := len(items)
			items = append([]string{item(fmt.Sprint(n), fmt.Sprint(n), fmt.Sprint("Item ", n), "Text")}, items...)
			o.say(rss(items...))
		}
	}
	have := map[news.ItemID]bool{}
	for _, it := range b.items("a") {
		have[it.ID] = true
	}
	for n := range items {
		if !have[guid(n)] {
			t.Fatalf("item %d of %d is missing; %d are filed", n, len(items), len(have))
		}
	}
	if got := len(b.readingsOf("a")); got != len(items) {
		t.Errorf("%d readings of %d items", got, len(items))
	}
	b.expect(b.refresh(), NotModified, 0, 0)
}
