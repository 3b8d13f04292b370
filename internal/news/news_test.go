package news

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestItemIDRoundTrip(t *testing.T) {
	for range 1000 {
		var b [16]byte
		rand.Read(b[:])
		id := ItemIDFromBytes(b)
		got, ok := id.Bytes()
		if !ok || got != b || len(id) != 26 || strings.ToLower(string(id)) != string(id) {
			t.Fatalf("%x became %q became %x, %v", b, id, got, ok)
		}
	}
}

// What ids are made of, pinned for ever.
func TestNewItemID(t *testing.T) {
	for _, c := range []struct {
		id    ItemID
		kind  string
		parts []string
	}{
		{"obhttw6q35a7dtnoqxhgmr3vxu", ByGUID, []string{"1"}},
		{"bh73tvrwr7zbtlkptqtxop2mce", ByLink, []string{"1"}},
		{"ukr26opcl2rjwoxhqojinojkwy", ByTitle, []string{"1", "2"}},
		{"pefis7ajp6c6fzup7pls4bqtue", ByTitle, []string{"12", ""}},
	} {
		id := NewItemID("a", c.kind, c.parts...)
		if _, ok := id.Bytes(); !ok || id != c.id {
			t.Errorf("%s %q: %q, want %q", c.kind, c.parts, id, c.id)
		}
	}
	ids := []ItemID{
		NewItemID("a", ByGUID, "1"), NewItemID("b", ByGUID, "1"), NewItemID("a", ByLink, "1"), NewItemID("a", ByTitle, "1"),
		NewItemID("a", ByTitle, "1", "2"), NewItemID("a", ByTitle, "12"), NewItemID("a", ByTitle, "", "12"), NewItemID("a", ByGUID, ""),
	}
	slices.Sort(ids)
	if n := len(slices.Compact(ids)); n != 8 {
		t.Errorf("%d of 8 different", n)
	}
}

func TestNoItemID(t *testing.T) {
	good := string(NewItemID("a", ByGUID, "1"))
	for _, s := range []string{
		"", "a", good[:25], good + "a", strings.ToUpper(good), good[:25] + "1", good[:25] + "=", " " + good[1:],
		good[:25] + "\n", good[:24] + "é", strings.Repeat("a", 25) + "b", // bits beyond the 128
	} {
		if b, ok := ItemID(s).Bytes(); ok {
			t.Errorf("%q is taken for %x", s, b)
		}
	}
}

func TestValidID(t *testing.T) {
	for s, want := range map[string]bool{
		"a": true, "0": true, "dailynk-en": true, "a-": true, strings.Repeat("a", 64): true,
		"": false, "-a": false, "A": false, "a_b": false, "a.b": false, "a/b": false, "ü": false, "a b": false, "a\n": false,
		"a\x00": false, strings.Repeat("a", 65): false,
	} {
		if ValidID(s) != want {
			t.Errorf("ValidID(%q) is %v", s, !want)
		}
	}
}

var (
	seen = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	day  = 24 * time.Hour
)

func TestDatedAndEntry(t *testing.T) {
	ago := func(d time.Duration) time.Time { return seen.Add(-d) }
	hold := func(until time.Time) Standing {
		return Standing{State: StateHeld, HoldUntil: until, Entered: ago(-day)}
	}
	for _, c := range []struct {
		name         string
		item         Item
		dated, entry time.Time
	}{
		{"first visit", Item{FirstVisit: true, Published: ago(2 * day)}, ago(2 * day), ago(2 * day)},
		{"first visit, old", Item{FirstVisit: true, Published: ago(900 * day)}, ago(900 * day), ago(900 * day)},
		{"first visit, undated", Item{FirstVisit: true}, seen, seen},
		{"first visit, future", Item{FirstVisit: true, Published: ago(-300 * day)}, seen, seen},
		{"updated alone", Item{FirstVisit: true, Updated: ago(day)}, ago(day), ago(day)},
		{"published outranks updated", Item{FirstVisit: true, Published: ago(3 * day), Updated: ago(day)}, ago(3 * day), ago(3 * day)},
		{"later visit, fresh", Item{Published: ago(day)}, ago(day), seen},
		{"later visit, seven days", Item{Published: ago(7 * day)}, ago(7 * day), seen},
		{"later visit, a backlog", Item{Published: ago(7*day + time.Second)}, ago(7*day + time.Second), ago(7*day + time.Second)},
		{"later visit, undated", Item{}, seen, seen},
		{"later visit, future", Item{Published: ago(-day)}, seen, seen},
		{"decided", Item{FirstVisit: true, Published: ago(90 * day), Standing: Standing{State: StateOpen, Entered: ago(-day)}}, ago(90 * day), ago(-day)},
		{"held to a time", Item{Published: ago(day), Standing: hold(ago(-9 * day))}, ago(day), ago(-9 * day)},
		{"held without end", Item{Published: ago(day), Standing: hold(time.Time{})}, ago(day), ago(-day)},
		{"rejected after a hold", Item{Published: ago(day), Standing: Standing{State: StateRejected, HoldUntil: ago(-9 * day)}}, ago(day), seen},
	} {
		c.item.FirstSeen = seen
		if got := c.item.Dated(); !got.Equal(c.dated) {
			t.Errorf("%s: dated %s, want %s", c.name, got, c.dated)
		}
		if got := c.item.Entry(); !got.Equal(c.entry) {
			t.Errorf("%s: enters %s, want %s", c.name, got, c.entry)
		}
	}
}

func TestPending(t *testing.T) {
	for _, c := range []struct {
		approved, latest int
		want             bool
	}{{0, 1, false}, {0, 3, false}, {1, 1, false}, {1, 2, true}, {3, 3, false}} {
		it := Item{Latest: c.latest, Standing: Standing{Approved: c.approved}}
		if it.Pending() != c.want {
			t.Errorf("%+v: %v", c, !c.want)
		}
	}
}

func TestHeldAt(t *testing.T) {
	until := seen.Add(time.Hour)
	for _, c := range []struct {
		name string
		st   Standing
		at   time.Time
		held bool
		want State
	}{
		{"before", Standing{State: StateHeld, HoldUntil: until}, seen, true, StateHeld},
		{"just before", Standing{State: StateHeld, HoldUntil: until}, until.Add(-1), true, StateHeld},
		{"at its time", Standing{State: StateHeld, HoldUntil: until}, until, false, StateOpen},
		{"without end", Standing{State: StateHeld}, seen.Add(9000 * day), true, StateHeld},
		{"open", Standing{State: StateOpen}, seen, false, StateOpen},
		{"rejected", Standing{State: StateRejected, HoldUntil: until}, until, false, StateRejected},
		{"withdrawn", Standing{State: StateWithdrawn}, seen, false, StateWithdrawn},
	} {
		if held, state := c.st.HeldAt(c.at), c.st.StateAt(c.at); held != c.held || state != c.want {
			t.Errorf("%s: held %v, %s; want %v, %s", c.name, held, state, c.held, c.want)
		}
	}
}

func TestUpdated(t *testing.T) {
	published, later, latest := seen.Add(-day), seen.Add(day), seen.Add(2*day)
	for _, c := range []struct {
		name string
		item Item
		want time.Time
	}{
		{"as published", Item{Published: published, Revised: seen, Current: 1}, published},
		{"undated", Item{Revised: seen, Current: 1}, seen},
		{"as it says", Item{Published: published, Updated: seen.Add(-time.Hour), Revised: seen, Current: 1}, seen.Add(-time.Hour)},
		{"updated before published", Item{Published: published, Updated: published.Add(-day), Revised: seen, Current: 1}, published},
		{"claims of the future", Item{Published: latest, Updated: latest, Revised: seen, Current: 1}, seen},
		{"revised", Item{Published: published, Revised: later, Current: 2}, later},
		{"the first revision approved of two", Item{Published: published, Revised: seen, Current: 1, Latest: 2}, published},
		{"corrected", Item{Published: published, Revised: seen, Current: 1, Standing: Standing{Entered: latest, Decided: latest}}, latest},
		{"corrected, then revised", Item{Published: published, Revised: latest, Current: 2, Standing: Standing{Entered: later, Decided: later}}, latest},
	} {
		c.item.FirstSeen = seen
		p := Piece{Item: c.item}
		if got := p.Updated(); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if p.Updated().Before(p.Item.Dated()) {
			t.Errorf("%s: updated before it is dated", c.name)
		}
	}
}

func TestPlacePath(t *testing.T) {
	for place, want := range map[Place]string{{}: "", {Channel: "china"}: "channels/china/", {Source: "a"}: "sources/a/"} {
		if got := place.Path(); got != want {
			t.Errorf("%+v: %q, want %q", place, got, want)
		}
	}
}

func TestClamp(t *testing.T) {
	iv := Interval{Min: time.Hour, Max: day}
	for d, want := range map[time.Duration]time.Duration{
		-1: time.Hour, 0: time.Hour, time.Hour: time.Hour, 5 * time.Hour: 5 * time.Hour, day: day, 1 << 62: day,
	} {
		if got := iv.Clamp(d); got != want {
			t.Errorf("%s becomes %s, want %s", d, got, want)
		}
	}
}

func TestEntryWords(t *testing.T) {
	e := Entry{Summary: Text{Value: "short"}}
	if e.Body().Value != "short" {
		t.Error("without content the body is the summary")
	}
	e.Content = Text{Value: "whole", HTML: true}
	if e.Body() != e.Content {
		t.Error("the body is the content")
	}
	if !e.Claimed().IsZero() {
		t.Error("nothing is claimed")
	}
	if e.Updated = seen; !e.Claimed().Equal(seen) {
		t.Error("updated alone is the claim")
	}
}

func TestPublishedIDs(t *testing.T) {
	site := Site{ID: "wire.example,2026"}
	if got := site.TagURI("abc"); got != "tag:wire.example,2026:item/abc" {
		t.Error(got)
	}
	if got := site.PlaceURI("channels/china"); got != "tag:wire.example,2026:channels/china" {
		t.Error(got)
	}
}
