package newsroom

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/store"
)

// places returns what is remembered of each place that shows an edition.
func (r *room) places() map[string]store.Place {
	r.t.Helper()
	var all map[string]store.Place
	err := r.store.View(func(tx *store.Tx) (err error) {
		all, err = tx.Places()
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	for path := range all {
		if path != "" && !strings.HasPrefix(path, "channels/") && !strings.HasPrefix(path, "sources/") {
			delete(all, path)
		}
	}
	return all
}

// expectMoved says which places, by path, are dated anew since before.
func (r *room) expectMoved(step string, before map[string]store.Place, want ...string) {
	r.t.Helper()
	moved := map[string]bool{}
	for path, p := range r.places() {
		if old := before[path]; !p.Defined.Equal(old.Defined) || !p.Touched.Equal(old.Touched) {
			moved[path] = true
		}
	}
	for _, path := range want {
		if !moved[path] {
			r.t.Errorf("%s: %q is not dated anew", step, path)
		}
		delete(moved, path)
	}
	if len(moved) > 0 {
		r.t.Errorf("%s: %v are dated anew too", step, moved)
	}
}

const placesYAML = `
sources:
  - {id: a, title: A, url: $a}
  - {id: b, title: B, url: $b}
channels:
  - {id: all, title: All}
  - {id: korea, title: Korea, countries: [KP]}
  - {id: chinese, title: China, countries: [CN]}
  - {id: chosen, title: Chosen, review: manual}
`

// A decision dates the places where its item was or is, and no other.
func TestDecisionsDatePlaces(t *testing.T) {
	r := openRoom(t, placesYAML)
	r.outlet("a").say(
		entry{guid: "1", title: "one", date: daysAgo(1), categories: []string{"North Korea"}},
		entry{guid: "2", title: "two", date: daysAgo(2), categories: []string{"China"}},
	)
	r.outlet("b").say(entry{guid: "3", title: "three", date: daysAgo(3)})
	r.refresh()
	one := guid("a", "1")
	for _, c := range []struct {
		action news.Action
		item   news.ItemID
		ruling Ruling
		want   []string
	}{
		{news.AddNote, one, Ruling{Text: "x"}, []string{"", "sources/a/", "channels/all/", "channels/korea/"}},
		{news.Reject, one, Ruling{Channel: "all"}, []string{"", "sources/a/", "channels/all/", "channels/korea/"}},
		{news.Approve, one, Ruling{}, []string{"", "sources/a/", "channels/korea/", "channels/chosen/"}},
		{news.Retag, one, Ruling{Add: []string{"CN"}, Drop: []string{"KP"}}, []string{"", "sources/a/", "channels/korea/", "channels/chinese/", "channels/chosen/"}},
		{news.Reject, one, Ruling{}, []string{"", "sources/a/", "channels/chinese/", "channels/chosen/"}},
		{news.AddNote, one, Ruling{Text: "of what nobody sees"}, nil},
		{news.Approve, guid("b", "3"), Ruling{}, []string{"", "sources/b/", "channels/all/", "channels/chosen/"}},
		{news.Hold, guid("b", "3"), Ruling{}, []string{"", "sources/b/", "channels/all/", "channels/chosen/"}},
		{news.Hold, guid("b", "3"), Ruling{Until: time.Now().Add(time.Hour)}, nil},
		{news.Undo, guid("b", "3"), Ruling{}, nil},
		{news.Undo, guid("b", "3"), Ruling{}, []string{"", "sources/b/", "channels/all/", "channels/chosen/"}},
	} {
		before, start := r.places(), time.Now().Truncate(time.Second)
		r.decide(c.action, c.item, c.ruling)
		r.expectMoved(fmt.Sprintf("%s %+v", c.action, c.ruling), before, c.want...)
		for _, path := range c.want {
			id := strings.Split(path, "/")
			place := front()
			switch id[0] {
			case "channels":
				place = channel(news.ChannelID(id[1]))
			case "sources":
				place = source(news.SourceID(id[1]))
			}
			if ed := r.now(place); ed.Modified.Before(start) || ed.Modified.Nanosecond() != 0 {
				t.Errorf("%s: %q was modified %s", c.action, path, ed.Modified)
			}
		}
	}
}

// New and changed items date the editions that show them, whatever they claim.
func TestItemsDateEditions(t *testing.T) {
	r := openRoom(t, placesYAML)
	expect := func(step, title string, since func(*news.Item) time.Time) {
		t.Helper()
		for _, p := range r.now(front()).Pieces {
			if p.Item.Title == title {
				want := since(&p.Item).Truncate(time.Second)
				if got := r.now(source("a")).Modified; got.Before(want) {
					t.Errorf("%s: modified %s, want %s or later", step, got, want)
				}
				return
			}
		}
		t.Errorf("%s: %s is not shown", step, title)
	}
	r.age(time.Hour)
	r.outlet("a").say(entry{guid: "1", title: "old", date: daysAgo(300)})
	r.refresh()
	expect("a first visit", "old", func(it *news.Item) time.Time { return it.FirstSeen })
	it := r.item(guid("a", "1"))
	it.FirstSeen = it.FirstSeen.Add(-time.Hour)
	if err := r.store.Update(func(tx *store.Tx) error { return tx.PutItem(it) }); err != nil {
		t.Fatal(err)
	}
	r.outlet("a").say(entry{guid: "1", title: "edited", date: daysAgo(300)})
	r.refresh()
	expect("an edit", "edited", func(it *news.Item) time.Time { return it.Revised })
}

// What nobody changed keeps its date, also over a restart.
func TestDatesSurviveRestart(t *testing.T) {
	r := openRoom(t, placesYAML)
	r.outlet("a").say(numbered(1, 9)...)
	r.refresh()
	r.decide(news.Correct, guid("a", "5"), Ruling{Text: "Six."})
	r.decide(news.Pin, guid("a", "9"), Ruling{})
	before, places := r.everything(), r.places()
	r.stop()
	r.start(r.log)
	r.refresh()
	r.expectMoved("restart", places)
	if r.everything() != before {
		t.Error("editions changed over a restart")
	}
}

// A channel's new definition dates that channel; a source's all that can show it.
func TestDefinitionsDatePlaces(t *testing.T) {
	r := openRoom(t, placesYAML+"  - {id: of-b, title: Of B, sources: [b]}\n")
	yaml := placesYAML + "  - {id: of-b, title: Of B, sources: [b]}\n"
	everywhere := []string{"", "channels/all/", "channels/korea/", "channels/chinese/", "channels/chosen/"}
	for _, c := range []struct {
		name, old, new string
		want           []string
	}{
		{"nothing", "", "", nil},
		{"a comment", "sources:", "# here\nsources:", nil},
		{"a channel's title", "title: Korea", "title: North Korea", []string{"channels/korea/"}},
		{"a channel's selector", "countries: [CN]", "countries: [CN, HK]", []string{"channels/chinese/"}},
		{"a channel's limit", "title: All", "title: All, limit: 9", []string{"channels/all/"}},
		{"a source's title", "title: A,", "title: Alpha,", append([]string{"sources/a/"}, everywhere...)},
		{"a source's rights", "title: B,", "title: B, rights: {full: Free},", append([]string{"sources/b/", "channels/of-b/"}, everywhere...)},
		{"polling", "url: $a", "url: $a, poll: false, timeout: 9s", nil},
	} {
		before := r.places()
		yaml = strings.Replace(yaml, c.old, c.new, 1)
		r.follow(yaml)
		r.expectMoved(c.name, before, c.want...)
	}
}

// An invalid file changes nothing and says why until it is mended.
func TestReloadAllOrNothing(t *testing.T) {
	r := openRoom(t, placesYAML)
	r.outlet("a").say(numbered(1, 3)...)
	r.refresh()
	before, places := r.everything(), r.places()
	for _, c := range []struct{ name, yaml, want string }{
		{"unknown key", roomYAML + placesYAML + "  - {id: x, titel: X}\n", `unknown key "titel"`},
		{"unknown topic", roomYAML + placesYAML + "  - {id: x, topics: [refoulment]}\n", `did you mean "refoulement"?`},
		{"bad rule", roomYAML + placesYAML + "  - {id: x, when: 'titel == 1'}\n", "titel"},
		{"no YAML", "sources: [", "feeds.yaml:1"},
		{"empty", "", "feeds.yaml"},
		{"another site.id", strings.Replace(roomYAML, "wire.example,2026", "other.example,2026", 1) + placesYAML, `site.id changed from "wire.example,2026" to "other.example,2026"`},
		{"another folder", roomYAML + placesYAML + "data: elsewhere\n", "restart to use another folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r.save(c.yaml)
			r.reload(false)
			if got := r.list().Config; !strings.Contains(got, c.want) {
				t.Errorf("sources says %q, want %q", got, c.want)
			}
			if status, err := r.Status(); err != nil || !strings.Contains(status.ConfigError, c.want) {
				t.Errorf("status says %q, %v", status.ConfigError, err)
			}
			if r.everything() != before || len(r.Directory().Channels) != 4 {
				t.Error("something changed")
			}
			r.expectMoved(c.name, places)
			if report := r.refresh(); report.Sources != 2 {
				t.Errorf("%d sources are asked", report.Sources)
			}
		})
	}
	if err := os.Remove(r.path); err != nil {
		t.Fatal(err)
	}
	r.reload(false)
	if got := r.list().Config; !strings.Contains(got, "no such file") {
		t.Errorf("without a file sources says %q", got)
	}
	r.follow(placesYAML) // fails where anything is still wrong
}

// A file that nobody touched is not read again, unless asked to.
func TestReloadOnlyWhenSaved(t *testing.T) {
	r := openRoom(t, placesYAML)
	old := r.current.Load()
	r.reload(false)
	if r.current.Load() != old {
		t.Error("taken again")
	}
	r.reload(true)
	if r.current.Load() == old {
		t.Error("not taken though asked for")
	}
}

// An item's Source is the operator's: it goes and comes back with all it had.
func TestSourceGoneAndBack(t *testing.T) {
	r := openRoom(t, placesYAML)
	r.outlet("a").say(numbered(1, 3)...)
	r.outlet("b").say(entry{guid: "b", title: "b", date: daysAgo(1)})
	r.refresh()
	r.decide(news.Correct, guid("a", "2"), Ruling{Text: "Six."})
	front0, source0, item0 := r.titles(front()), fmt.Sprintf("%+v", r.now(source("a"))), r.item(guid("a", "2"))

	r.follow(strings.Replace(placesYAML, "  - {id: a, title: A, url: $a}\n", "", 1))
	if _, err := r.Edition(source("a")); err != ErrGone {
		t.Errorf("its edition: %v, want gone", err)
	}
	if _, err := r.Piece(guid("a", "2")); err != ErrGone {
		t.Errorf("its item's page: %v, want gone", err)
	}
	for _, place := range []news.Place{front(), channel("all")} {
		if got := r.titles(place); got != "b" {
			t.Errorf("%q shows %s", place.Path(), got)
		}
	}
	if _, err := r.Decide("ana", Ruling{Item: string(guid("a", "2")), Action: news.Pin}); !isBadRequest(err) {
		t.Errorf("deciding on its item: %v", err)
	}
	asked := r.outlet("a").asked.Load()
	r.refresh()
	if r.outlet("a").asked.Load() != asked {
		t.Error("it was asked")
	}

	r.follow(placesYAML)
	r.refresh()
	if got := r.titles(front()); got != front0 {
		t.Errorf("back: %s, want %s", got, front0)
	}
	if got := fmt.Sprintf("%+v", r.now(source("a"))); got != source0 {
		t.Errorf("back: its edition\n%s\nwant\n%s", got, source0)
	}
	if it := r.item(guid("a", "2")); it.Seq != item0.Seq || it.Latest != item0.Latest {
		t.Errorf("back: %+v, want %+v", it, item0)
	}
}

func TestSourceEdits(t *testing.T) {
	r := openRoom(t, placesYAML)
	r.outlet("a").say(numbered(1, 3)...)
	r.outlet("c").say(numbered(1, 3)...)
	r.refresh()

	// poll: false: not polled, its items stay published.
	r.follow(strings.Replace(placesYAML, "url: $a", "url: $a, poll: false", 1))
	asked := r.outlet("a").asked.Load()
	if report := r.refresh(); report.Sources != 1 || r.outlet("a").asked.Load() != asked {
		t.Errorf("%d sources asked", report.Sources)
	}
	if got := r.titles(source("a")); got != "t1 t2 t3" {
		t.Errorf("not polled, it shows %s", got)
	}
	if v := r.list().Sources[0]; v.State != news.HealthOff || v.Polled || v.Items != 3 {
		t.Errorf("sources says %+v", v)
	}

	// Another address: the same ids.
	r.follow(strings.Replace(placesYAML, "url: $a", "url: $c", 1))
	if report := r.refresh(); report.ItemsNew != 0 || report.ItemsUpdated != 0 || r.outlet("c").asked.Load() != 1 {
		t.Errorf("another address: %+v", report)
	}

	// Another id, formerly a: the same ids, old links lead there.
	r.follow(strings.Replace(placesYAML, "{id: a, ", "{id: alpha, formerly: [a], ", 1))
	r.outlet("a").say(numbered(1, 4)...)
	if report := r.refresh(); report.ItemsNew != 1 {
		t.Errorf("renamed: %+v", report)
	}
	for _, id := range []news.SourceID{"a", "alpha"} {
		if ed := r.now(source(id)); ed.Place.Source != "alpha" || titlesOf(ed) != "t1 t2 t3 t4" {
			t.Errorf("%s shows %s of %s", id, titlesOf(ed), ed.Place.Source)
		}
	}
	if p, err := r.Piece(guid("a", "4")); err != nil || p.Source.ID != "alpha" {
		t.Errorf("its new item: %+v, %v", p, err)
	}
}

func TestChannelGone(t *testing.T) {
	r := openRoom(t, placesYAML)
	r.outlet("a").say(numbered(1, 3)...)
	r.refresh()
	r.follow(strings.Replace(placesYAML, "  - {id: all, title: All}\n", "", 1))
	if _, err := r.Edition(channel("all")); err != ErrGone {
		t.Errorf("%v, want gone", err)
	}
	r.stop()
	r.start(r.log)
	if _, err := r.Edition(channel("all")); err != ErrGone {
		t.Errorf("after a restart: %v, want gone", err)
	}
	r.follow(placesYAML)
	if got := r.titles(channel("all")); got != "t1 t2 t3" {
		t.Errorf("back: %s", got)
	}
}

// A channel's new selectors are obeyed at once, and nothing is withdrawn by them.
func TestSelectorsChanged(t *testing.T) {
	r := openRoom(t, placesYAML)
	r.outlet("a").say(entry{guid: "1", title: "one", date: daysAgo(1), categories: []string{"China"}})
	r.refresh()
	if got := r.titles(channel("chinese")); got != "one" {
		t.Fatalf("shows %q", got)
	}
	generation := r.Generation()
	r.follow(strings.Replace(placesYAML, "countries: [CN]", "countries: [IR]", 1))
	if got := r.titles(channel("chinese")); got != "" || r.Generation() == generation {
		t.Errorf("shows %q in generation %d", got, r.Generation())
	}
	if v := r.show(guid("a", "1")); v.Standing != "published" || len(v.Decisions) > 0 {
		t.Errorf("the item is %s", v.Standing)
	}
}
