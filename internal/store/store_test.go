package store

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"rightswire/internal/news"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// openTest opens the store in dir; at the end of the test it is closed and must
// verify.
func openTest(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, Options{SiteID: "rights.example.org,2026", Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if !t.Failed() {
			verifyTest(t, s.path)
		}
	})
	return s
}

func verifyTest(t testing.TB, path string) Report {
	t.Helper()
	r, err := Verify(path)
	if err != nil || len(r.Problems) > 0 {
		t.Errorf("verify: %v\n%s", err, strings.Join(r.Problems, "\n"))
	}
	return r
}

func update(t testing.TB, s *Store, fn func(*Tx) error) {
	t.Helper()
	if err := s.Update(fn); err != nil {
		t.Fatal(err)
	}
}

func view(t testing.TB, s *Store, fn func(*Tx) error) {
	t.Helper()
	if err := s.View(fn); err != nil {
		t.Fatal(err)
	}
}

// testEntry makes the n-th entry of a source, with about 2 KB of HTML.
func testEntry(src news.SourceID, n int) *news.Entry {
	r := rand.New(rand.NewPCG(uint64(n), hash64(string(src))))
	guid := fmt.Sprintf("https://%s.example/?p=%d", src, n)
	return &news.Entry{
		ID:         news.NewItemID(src, news.ByGUID, guid),
		GUID:       guid,
		Link:       fmt.Sprintf("https://%s.example/%d/article-%d-%x", src, 2020+n%7, n, r.Uint32()),
		Title:      news.Text{Value: sentence(r)},
		Summary:    news.Text{Value: "<p>" + sentence(r) + "</p>", HTML: true},
		Content:    news.Text{Value: html(r, string(src), 2000), HTML: true},
		Base:       fmt.Sprintf("https://%s.example/feed", src),
		Authors:    []news.Author{{Name: pick(r, names), Email: "desk@example.org"}},
		Language:   "en",
		Categories: []news.Category{{Term: pick(r, nouns)}, {Term: pick(r, nouns), Scheme: "https://example.org/"}},
		Published:  epoch.Add(-time.Duration(r.IntN(30*24*3600)) * time.Second),
	}
}

// testItem makes the item of an entry, in a country and under two topics.
func testItem(src news.SourceID, e *news.Entry, seen time.Time) *news.Item {
	it := &news.Item{
		ID: e.ID, Source: src, GUID: e.GUID, Story: news.StoryID(e.ID), Current: 1,
		Title: e.Title.Value, URL: e.Link, Language: e.Language,
		Published: e.Published, Updated: e.Updated, Revised: seen, FirstSeen: seen,
		FirstVisit: true, Standing: news.Standing{State: news.StateOpen},
	}
	for _, a := range e.Authors {
		it.Authors = append(it.Authors, a.Name)
	}
	for _, c := range e.Categories {
		it.Categories = append(it.Categories, c.Term)
	}
	it.Tags.Topics = []news.TopicTag{
		{ID: "refugees-asylum", Score: 0.9, Why: `category "Asylum"`}, {ID: "press-freedom", Score: 0.5, Why: `category "Press"`},
	}
	it.Tags.Countries = []news.CountryTag{{Code: "KP", Score: 0.75, About: true, Why: "beat"}}
	return it
}

// file stores entries as new items with their first revision.
func file(t testing.TB, s *Store, src news.SourceID, from, to int) {
	t.Helper()
	update(t, s, func(tx *Tx) error { return fileTx(tx, src, from, to) })
}

func fileTx(tx *Tx, src news.SourceID, from, to int) error {
	for n := from; n < to; n++ {
		e := testEntry(src, n)
		p, err := Prepare(e, epoch)
		if err != nil {
			return err
		}
		it := testItem(src, e, epoch.Add(time.Duration(n)*time.Second))
		if _, err := tx.AddRevision(it, p); err != nil {
			return err
		}
		if err := tx.PutItem(it); err != nil {
			return err
		}
	}
	return nil
}

// readingsOf makes the readings of a source's entries.
func readingsOf(src news.SourceID, from, to int) (list []news.Reading) {
	for n := from; n < to; n++ {
		e := testEntry(src, n)
		list = append(list, news.Reading{Print: Digest(e), Item: e.ID, Claimed: e.Claimed()})
	}
	return list
}

// richVisit is a visit that says something of everything.
func richVisit(n int) news.Visit {
	var v news.Visit
	fillValue(reflect.ValueOf(&v).Elem(), n)
	return v
}

// richSubscription is how the n-th source's hub was asked.
func richSubscription(src news.SourceID, n int) news.Subscription {
	var s news.Subscription
	fillValue(reflect.ValueOf(&s).Elem(), n)
	s.Source = src
	return s
}

// fillValue gives every field of a value one of its own that is not zero.
func fillValue(v reflect.Value, n int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text ", n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(n) - 1000)
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(n%200) + 1)
	case reflect.Float64:
		v.SetFloat(float64(n) + 0.25)
	case reflect.Array:
		for i := range v.Len() {
			fillValue(v.Index(i), n+i)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fillValue(v.Index(i), n+i)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(epoch.Add(time.Duration(n) * time.Minute)))
			return
		}
		for i := range v.NumField() {
			fillValue(v.Field(i), 10*n+i)
		}
	default:
		panic("no value for " + v.Type().String())
	}
}

var (
	nouns = []string{"refugees", "court", "border", "journalist", "minister", "camp", "asylum", "police", "union", "embassy",
		"detention", "village", "lawyers", "witness", "prison", "hearing", "protest", "ceasefire", "report", "activists"}
	verbs = []string{"said", "told", "rejected", "released", "arrested", "fled", "reported", "denied", "ordered", "crossed", "accused"}
	names = []string{"Kim Min-jun", "Aisha Rahman", "Jean Dupont", "Olga Ivanova", "Maria Lopez", "Tenzin Dorje"}
)

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

func sentence(r *rand.Rand) string {
	return fmt.Sprintf("The %s %s the %s near the %s on %d March, %s of the %s %s",
		pick(r, nouns), pick(r, verbs), pick(r, nouns), pick(r, nouns), 1+r.IntN(31), pick(r, names), pick(r, nouns), pick(r, verbs))
}

func html(r *rand.Rand, host string, size int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<figure><img src="https://%s/media/%x.jpg" alt="%s"/></figure>`, host, r.Uint64(), sentence(r))
	for b.Len() < size-200 {
		fmt.Fprintf(&b, "<p>%s. <em>%s</em> %x %s.</p>\n", sentence(r), pick(r, nouns), r.Uint64(), sentence(r))
	}
	return b.String()
}

func TestStoreRoundTrip(t *testing.T) {
	s := openTest(t, t.TempDir())
	file(t, s, "one", 0, 3)
	e := testEntry("one", 1)
	want := testItem("one", e, epoch.Add(time.Second))
	want.Seq, want.Latest, want.Digest = 2, 1, Digest(e)
	view(t, s, func(tx *Tx) error {
		got, err := tx.Item(e.ID)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("item\n got %+v\nwant %+v", got, want)
		}
		rev, err := tx.Revision(got, 1)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(rev, &news.Revision{Number: 1, Seen: epoch, Entry: *e}) {
			t.Errorf("revision\n got %+v\nwant %+v", rev.Entry, e)
		}
		return nil
	})
}

func TestStoreClosed(t *testing.T) {
	s := openTest(t, t.TempDir())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	nothing := func(*Tx) error { return nil }
	if err := s.View(nothing); !errors.Is(err, os.ErrClosed) {
		t.Errorf("view: %v", err)
	}
	if err := s.Update(nothing); !errors.Is(err, os.ErrClosed) {
		t.Errorf("update: %v", err)
	}
	if err := s.Backup(filepath.Join(t.TempDir(), "b.db"), nil); !errors.Is(err, os.ErrClosed) {
		t.Errorf("backup: %v", err)
	}
}
