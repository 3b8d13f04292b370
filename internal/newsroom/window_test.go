package newsroom

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"rightswire/internal/news"
)

const fiveYAML = `
sources:
  - {id: a, title: A, url: $a}
channels:
  - {id: five, title: Five, limit: 5}
`

// numbered are entries first to last, the lowest the newest, a day apart.
func numbered(first, last int) (entries []entry) {
	for i := first; i <= last; i++ {
		entries = append(entries, entry{guid: fmt.Sprint(i), title: fmt.Sprint("t", i), date: daysAgo(i)})
	}
	return entries
}

// Which items a feed holds goes by entry, latest first; they are listed by date.
func TestWindow(t *testing.T) {
	five := channel("five")
	for _, c := range []struct {
		name string
		do   func(r *room)
		want string
	}{
		{"a first visit fills it by date", func(r *room) {}, "t1 t2 t3 t4 t5"},
		{"a decision brings an old item in, listed by its date", func(r *room) {
			r.decide(news.Approve, guid("a", "20"), Ruling{})
		}, "t1 t2 t3 t4 t20"},
		{"each decision that changes an item does", func(r *room) {
			r.decide(news.Correct, guid("a", "18"), Ruling{Text: "Six, not five."})
			r.decide(news.Retag, guid("a", "19"), Ruling{Add: []string{"KP"}})
		}, "t1 t2 t3 t18 t19"},
		{"a note alone does not", func(r *room) {
			r.decide(news.AddNote, guid("a", "20"), Ruling{Text: "See also."})
		}, "t1 t2 t3 t4 t5"},
		{"undone, the item leaves again", func(r *room) {
			r.decide(news.Approve, guid("a", "20"), Ruling{})
			r.decide(news.Undo, guid("a", "20"), Ruling{})
		}, "t1 t2 t3 t4 t5"},
		{"a backlog does not flood", func(r *room) {
			r.outlet("a").say(append(numbered(1, 20), numbered(31, 60)...)...)
			r.refresh()
		}, "t1 t2 t3 t4 t5"},
		{"a late arrival enters when it is seen", func(r *room) {
			r.outlet("a").say(append(numbered(1, 20), entry{guid: "late", title: "late", date: daysAgo(6)})...)
			r.refresh()
		}, "t1 t2 t3 t4 late"},
		{"one claimed to be older than a week does not", func(r *room) {
			r.outlet("a").say(append(numbered(1, 20), entry{guid: "late", title: "late", date: daysAgo(8)})...)
			r.refresh()
		}, "t1 t2 t3 t4 t5"},
		{"an undated arrival is of today", func(r *room) {
			r.outlet("a").say(append(numbered(1, 20), entry{guid: "u", title: "undated"})...)
			r.refresh()
		}, "undated t1 t2 t3 t4"},
		{"a pin keeps an item beside the window", func(r *room) {
			r.decide(news.Pin, guid("a", "20"), Ruling{})
		}, "t1 t2 t3 t4 t5 t20"},
		{"a pin taken off lets it go", func(r *room) {
			r.decide(news.Pin, guid("a", "20"), Ruling{})
			r.decide(news.Unpin, guid("a", "20"), Ruling{})
		}, "t1 t2 t3 t4 t5"},
		{"a pinned item of the window is there once", func(r *room) {
			r.decide(news.Pin, guid("a", "2"), Ruling{})
		}, "t1 t2 t3 t4 t5"},
		{"a rejected item gives its place to the next", func(r *room) {
			r.decide(news.Reject, guid("a", "2"), Ruling{})
		}, "t1 t3 t4 t5 t6"},
		{"an item kept out of the channel too", func(r *room) {
			r.decide(news.Reject, guid("a", "2"), Ruling{Channel: "five"})
		}, "t1 t3 t4 t5 t6"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := openRoom(t, fiveYAML)
			r.outlet("a").say(numbered(1, 20)...)
			r.refresh()
			c.do(r)
			if got := r.titles(five); got != c.want {
				t.Errorf("the channel shows %s, want %s", got, c.want)
			}
		})
	}
}

// A channel of several sources or countries shows the latest of all, each once.
func TestWindowOfSeveralLists(t *testing.T) {
	for _, selector := range []string{"sources: [a, b]", "countries: [CN, KP]", "topics: [refoulement, human-trafficking]", "sources: [b, a], limit: 4"} {
		t.Run(selector, func(t *testing.T) {
			if !strings.Contains(selector, "limit") {
				selector += ", limit: 4"
			}
			r := openRoom(t, `
sources:
  - {id: a, title: A, url: $a}
  - {id: b, title: B, url: $b}
channels:
  - {id: some, title: Some, `+selector+`}
`)
			for name, days := range map[string][]int{"a": {1, 3, 5, 7, 9}, "b": {2, 4, 6, 8, 10}} {
				var entries []entry
				for _, n := range days {
					e := entry{guid: fmt.Sprint(n), title: fmt.Sprint("t", n), date: daysAgo(n), categories: []string{"China", "refoulement"}}
					if name == "b" || n == 3 {
						e.categories = append(e.categories, "North Korea")
					}
					entries = append(entries, e)
				}
				r.outlet(name).say(entries...)
			}
			r.refresh()
			if got := r.titles(channel("some")); got != "t1 t2 t3 t4" {
				t.Errorf("shows %s", got)
			}
			r.decide(news.Approve, guid("b", "10"), Ruling{})
			if got := r.titles(channel("some")); got != "t1 t2 t3 t10" {
				t.Errorf("after a decision: %s", got)
			}
		})
	}
}

// An item whose text is damaged is left out, and takes nothing else along.
func TestDamagedText(t *testing.T) {
	r := openRoom(t, fiveYAML)
	r.outlet("a").say(numbered(1, 3)...)
	r.refresh()
	seq := r.item(guid("a", "2")).Seq
	r.stop()
	db, err := bolt.Open(filepath.Join(r.Config().Data, "rightswire.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		bodies := tx.Bucket([]byte("bodies"))
		key, value := bodies.Cursor().Seek(binary.BigEndian.AppendUint64(nil, seq))
		value = bytes.Clone(value)
		value[len(value)/2] ^= 1
		return bodies.Put(key, value)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	r.start(r.log)
	for _, place := range []news.Place{front(), channel("five"), source("a")} {
		if got := r.titles(place); got != "t1 t3" {
			t.Errorf("%q shows %s", place.Path(), got)
		}
	}
	if _, err := r.Piece(guid("a", "2")); err == nil {
		t.Error("its page is shown")
	}
}

func TestRejectFromOneChannel(t *testing.T) {
	r := openRoom(t, fiveYAML+"  - {id: other, title: Other}\n")
	r.outlet("a").say(numbered(1, 2)...)
	r.refresh()
	ruled := r.decide(news.Reject, guid("a", "1"), Ruling{Channel: "five"})
	if ruled.Standing != "published" || strings.Join(ruled.Channels, " ") != "other" {
		t.Errorf("ruled %+v", ruled)
	}
	for place, want := range map[news.Place]string{channel("five"): "t2", channel("other"): "t1 t2", front(): "t1 t2", source("a"): "t1 t2"} {
		if got := r.titles(place); got != want {
			t.Errorf("%q shows %s, want %s", place.Path(), got, want)
		}
	}
}

func TestReview(t *testing.T) {
	r := openRoom(t, `
sources:
  - {id: auto, title: A, url: $a}
  - {id: manual, title: M, url: $m, review: manual}
channels:
  - {id: open, title: Open}
  - {id: chosen, title: Chosen, review: manual}
`)
	r.outlet("a").say(entry{guid: "1", title: "from-auto", date: daysAgo(1)})
	r.outlet("m").say(entry{guid: "1", title: "from-manual", date: daysAgo(2)})
	r.refresh()
	shows := func(step string, want map[news.Place]string) {
		t.Helper()
		for place, titles := range want {
			if got := r.titles(place); got != titles {
				t.Errorf("%s: %q shows %q, want %q", step, place.Path(), got, titles)
			}
		}
	}
	shows("at first", map[news.Place]string{front(): "from-auto", source("auto"): "from-auto", source("manual"): "", channel("open"): "from-auto", channel("chosen"): ""})
	page, err := r.Items(Query{Review: true})
	if err != nil || len(page.Items) != 2 {
		t.Fatalf("%d wait, %v", len(page.Items), err)
	}
	for _, it := range page.Items {
		want := map[news.SourceID]string{"auto": "channel chosen is manual", "manual": "source is manual"}[it.Source]
		if it.Waits != want {
			t.Errorf("%s waits because %q, want %q", it.Title, it.Waits, want)
		}
	}
	r.decide(news.Approve, guid("manual", "1"), Ruling{})
	shows("one approved", map[news.Place]string{front(): "from-auto from-manual", source("manual"): "from-manual", channel("open"): "from-auto from-manual", channel("chosen"): "from-manual"})
	if v := r.show(guid("manual", "1")); v.Waits != "" || v.Standing != "published" {
		t.Errorf("approved: %s, waits %q", v.Standing, v.Waits)
	}
	r.decide(news.Approve, guid("auto", "1"), Ruling{})
	shows("both approved", map[news.Place]string{channel("chosen"): "from-auto from-manual"})
}

// A held item is in no edition before its time and in every one after, and each
// edition says when that is.
func TestHold(t *testing.T) {
	r := openRoom(t, fiveYAML)
	r.outlet("a").say(numbered(1, 20)...)
	r.refresh()
	id, until := guid("a", "20"), time.Now().Add(48*time.Hour).Truncate(time.Second)
	r.decide(news.Hold, id, Ruling{Until: until})
	for _, c := range []struct {
		name  string
		at    time.Time
		shown bool
	}{
		{"now", time.Now(), false},
		{"just before", until.Add(-time.Nanosecond), false},
		{"at its time", until, true},
		{"later", until.Add(time.Hour), true},
	} {
		for _, place := range []news.Place{front(), channel("five"), source("a")} {
			ed := r.at(place, c.at)
			if got := strings.Contains(titlesOf(ed), "t20"); got != c.shown {
				t.Errorf("%s: %q shows it: %v", c.name, place.Path(), got)
			}
			switch {
			case !c.shown && !ed.Expires.Equal(until):
				t.Errorf("%s: %q changes at %s, want %s", c.name, place.Path(), ed.Expires, until)
			case c.shown && (!ed.Expires.IsZero() || !ed.Modified.Equal(until)):
				t.Errorf("%s: %q expires %s, modified %s, want never and %s", c.name, place.Path(), ed.Expires, ed.Modified, until)
			}
		}
		_, err := r.current.Load().desk.Piece(id, c.at)
		if c.shown && err != nil || !c.shown && err != ErrNotFound {
			t.Errorf("%s: its page: %v", c.name, err)
		}
	}
}

func TestHoldsExpireInTurn(t *testing.T) {
	r := openRoom(t, fiveYAML)
	r.outlet("a").say(numbered(1, 9)...)
	r.refresh()
	hour := time.Now().Add(time.Hour).Truncate(time.Second)
	r.decide(news.Hold, guid("a", "1"), Ruling{Until: hour.Add(time.Hour)})
	r.decide(news.Hold, guid("a", "2"), Ruling{Until: hour})
	r.decide(news.Hold, guid("a", "3"), Ruling{}) // until a curator says otherwise
	for _, c := range []struct {
		at, expires time.Time
		want        string
	}{
		{time.Now(), hour, "t4 t5 t6 t7 t8"},
		{hour, hour.Add(time.Hour), "t2 t4 t5 t6 t7"},
		{hour.Add(time.Hour), time.Time{}, "t1 t2 t4 t5 t6"},
	} {
		ed := r.at(channel("five"), c.at)
		if titlesOf(ed) != c.want || !ed.Expires.Equal(c.expires) {
			t.Errorf("at %s: %s until %s, want %s until %s", c.at, titlesOf(ed), ed.Expires, c.want, c.expires)
		}
	}
	// Its release enters the item, however old it is.
	r.decide(news.Undo, guid("a", "3"), Ruling{})
	if got := r.titles(channel("five")); got != "t3 t4 t5 t6 t7" {
		t.Errorf("released: %s", got)
	}
}

func TestWithdraw(t *testing.T) {
	r := openRoom(t, fiveYAML)
	r.outlet("a").say(numbered(1, 2)...)
	r.refresh()
	id := guid("a", "1")
	if _, err := r.Piece(id); err != nil {
		t.Fatal(err)
	}
	r.decide(news.Withdraw, id, Ruling{Why: "a source is in danger"})
	if _, err := r.Piece(id); err != ErrGone {
		t.Errorf("its page: %v, want gone", err)
	}
	for _, place := range []news.Place{front(), channel("five"), source("a")} {
		if got := r.titles(place); got != "t2" {
			t.Errorf("%q shows %s", place.Path(), got)
		}
	}
	for _, action := range []news.Action{news.Reject, news.Hold, news.Withdraw} {
		if _, err := r.Decide("ana", Ruling{Item: string(id), Action: action}); err == nil {
			t.Errorf("%s of what is withdrawn was taken", action)
		}
	}
	r.refresh() // its feed still holds it
	if _, err := r.Piece(id); err != ErrGone {
		t.Errorf("after a refresh: %v, want gone", err)
	}
	r.decide(news.Approve, id, Ruling{})
	if _, err := r.Piece(id); err != nil {
		t.Errorf("approved again: %v", err)
	}
}

func TestMissingPlaces(t *testing.T) {
	r := openRoom(t, fiveYAML)
	for _, place := range []news.Place{channel("none"), source("none"), channel("a"), source("five")} {
		if _, err := r.Edition(place); err != ErrNotFound {
			t.Errorf("%q: %v, want not found", place.Path(), err)
		}
	}
	for _, id := range []news.ItemID{guid("a", "none"), "", "short", "../../etc/passwd"} {
		if _, err := r.Piece(id); err != ErrNotFound {
			t.Errorf("piece %q: %v, want not found", id, err)
		}
	}
}
