package newsroom

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rightswire/internal/news"
)

func isBadRequest(err error) bool {
	_, ok := errors.AsType[*BadRequestError](err)
	return ok
}

func tagsOf(p *news.Piece) string {
	var tags []string
	for _, s := range p.Subjects {
		tags = append(tags, string(s.Topic)+string(s.Country))
	}
	return strings.Join(tags, " ")
}

// Tags by hand outrank what the source says, also when it says it again.
func TestRetag(t *testing.T) {
	r := openRoom(t, `
sources:
  - {id: a, title: A, url: $a}
channels:
  - {id: korea, title: Korea, countries: [KP]}
  - {id: chinese, title: China, countries: [CN]}
  - {id: asylum, title: Asylum, topics: [refoulement]}
`)
	e := entry{guid: "1", title: "one", date: daysAgo(1), categories: []string{"China"}}
	r.outlet("a").say(e)
	r.refresh()
	id := guid("a", "1")
	expect := func(step, tags, channels string) {
		t.Helper()
		p, err := r.Piece(id)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(names(p.Channels), " "); tagsOf(p) != tags || got != channels {
			t.Errorf("%s: tags %q in channels %q; want %q in %q", step, tagsOf(p), got, tags, channels)
		}
		for _, c := range []news.ChannelID{"korea", "chinese", "asylum"} {
			if got := r.titles(channel(c)) != ""; got != slices.Contains(strings.Fields(channels), string(c)) {
				t.Errorf("%s: channel %s holds it: %v", step, c, got)
			}
		}
	}
	expect("as collected", "CN", "chinese")
	r.decide(news.Retag, id, Ruling{Add: []string{"KP", "refoulement"}, Drop: []string{"CN"}})
	expect("retagged", "refoulement KP", "korea asylum")
	d := r.show(id)
	if c := d.Countries[0]; c.Why != "by hand" || c.Score != 1 {
		t.Errorf("the tag's reason: %+v", c)
	}
	e.title, e.categories = "one, edited", []string{"China", "Iran"}
	r.outlet("a").say(e)
	if got := r.refresh().ItemsUpdated; got != 1 {
		t.Fatalf("%d updated", got)
	}
	expect("after an edit", "refoulement KP IR", "korea asylum")
	r.decide(news.Undo, id, Ruling{})
	expect("undone", "CN IR", "chinese")
	r.decide(news.Retag, id, Ruling{Add: []string{"KP"}})
	r.decide(news.Retag, id, Ruling{Drop: []string{"KP"}})
	expect("the later word counts", "CN IR", "chinese")
}

func TestUndo(t *testing.T) {
	r := openRoom(t, fiveYAML)
	r.outlet("a").say(numbered(1, 1)...)
	r.refresh()
	id := guid("a", "1")
	r.decide(news.Reject, id, Ruling{})
	r.decide(news.AddNote, id, Ruling{Text: "why"})
	for _, want := range []struct {
		undone   news.Action
		standing string
		notes    int
	}{{news.AddNote, "rejected", 0}, {news.Reject, "published", 0}} {
		ruled := r.decide(news.Undo, id, Ruling{})
		if ruled.Undone != want.undone || ruled.Standing != want.standing || len(r.show(id).Notes) != want.notes {
			t.Errorf("undid %s: %s; want %s: %s", ruled.Undone, ruled.Standing, want.undone, want.standing)
		}
	}
	if _, err := r.Decide("ana", Ruling{Item: string(id), Action: news.Undo}); !isBadRequest(err) {
		t.Errorf("nothing is left: %v", err)
	}
	d := r.show(id)
	if len(d.Decisions) != 4 {
		t.Errorf("%d decisions are kept, want 4", len(d.Decisions))
	}
	for i, dec := range d.Decisions {
		if dec.By != "ana" || dec.Seq == 0 || dec.Revision != 1 || i > 0 && dec.Seq <= d.Decisions[i-1].Seq {
			t.Errorf("decision %+v", dec)
		}
	}
}

func TestNotes(t *testing.T) {
	r := openRoom(t, fiveYAML)
	r.outlet("a").say(numbered(1, 1)...)
	r.refresh()
	id := guid("a", "1")
	r.decide(news.AddNote, id, Ruling{Text: " See also.\x00 "})
	r.decide(news.Correct, id, Ruling{Text: "Six, not five."})
	p, err := r.Piece(id)
	if err != nil {
		t.Fatal(err)
	}
	notes := p.Item.Standing.Notes
	if len(notes) != 2 || notes[0].Text != "See also." || notes[0].Correction || !notes[1].Correction || notes[1].By != "ana" {
		t.Errorf("notes %+v", notes)
	}
	if !p.Updated().Equal(p.Item.Standing.Entered) {
		t.Errorf("updated %s, want the correction's %s", p.Updated(), p.Item.Standing.Entered)
	}
}

func TestRulingsRefused(t *testing.T) {
	r := openRoom(t, fiveYAML)
	r.outlet("a").say(numbered(1, 1)...)
	r.refresh()
	id := string(guid("a", "1"))
	before := r.everything(guid("a", "1"))
	for _, c := range []struct {
		want   string
		ruling Ruling
	}{
		{`no decision "praise"`, Ruling{Item: id, Action: "praise"}},
		{`no decision "add-item"`, Ruling{Item: id, Action: news.Add}},
		{`no decision ""`, Ruling{Item: id}},
		{`no channel "none"`, Ruling{Item: id, Action: news.Reject, Channel: "none"}},
		{"has no revision 2", Ruling{Item: id, Action: news.Approve, Revision: 2}},
		{"has no revision -1", Ruling{Item: id, Action: news.Approve, Revision: -1}},
		{"is over already", Ruling{Item: id, Action: news.Hold, Until: time.Now().Add(-time.Second)}},
		{"note needs a text", Ruling{Item: id, Action: news.AddNote, Text: " \n"}},
		{"correct needs a text", Ruling{Item: id, Action: news.Correct}},
		{"retag changes nothing", Ruling{Item: id, Action: news.Retag}},
		{`"refoulment" is neither a topic nor a country`, Ruling{Item: id, Action: news.Retag, Add: []string{"refoulment"}}},
		{`"kp" is neither a topic nor a country`, Ruling{Item: id, Action: news.Retag, Drop: []string{"kp"}}},
		{"no decision on item", Ruling{Item: id, Action: news.Undo}},
		{"longer than 8192 bytes", Ruling{Item: id, Action: news.AddNote, Text: strings.Repeat("x", 9000)}},
		{"longer than 8192 bytes", Ruling{Item: id, Action: news.Pin, Why: strings.Repeat("x", 9000)}},
		{`no item "abc"`, Ruling{Item: "abc", Action: news.Pin}},
		{`no item ""`, Ruling{Action: news.Pin}},
		{`no item "https://none.example/"`, Ruling{Item: "https://none.example/", Action: news.Pin}},
	} {
		_, err := r.Decide("ana", c.ruling)
		if !isBadRequest(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.ruling, err, c.want)
		}
	}
	if r.everything(guid("a", "1")) != before || len(r.show(guid("a", "1")).Decisions) > 0 {
		t.Error("a refused ruling changed something")
	}
	if _, err := r.Decide("ana", Ruling{Item: id, Action: news.Retag, Add: []string{"refoulment"}}); err.(*BadRequestError).Hint != `did you mean "refoulement"?` {
		t.Errorf("hint %q", err.(*BadRequestError).Hint)
	}
}

func TestAddItem(t *testing.T) {
	r := openRoom(t, "channels:\n  - {id: korea, title: Korea, countries: [KP], limit: 1}\n")
	a := Addition{
		URL: "https://un.example/report?utm_source=x&id=7", Title: "A  report", Text: "First.\n\nSecond.",
		Language: "en_GB", Published: daysAgo(400), Authors: []string{"UN"}, Tags: []string{"KP", "refoulement"}, Why: "no feed",
	}
	ruled, err := r.AddItem(t.Context(), "ana", a)
	if err != nil {
		t.Fatal(err)
	}
	if ruled.Standing != "published" || strings.Join(ruled.Channels, " ") != "korea" || ruled.Title != "A report" {
		t.Errorf("ruled %+v", ruled)
	}
	p, err := r.Piece(ruled.Item)
	if err != nil {
		t.Fatal(err)
	}
	if p.Source.ID != news.DeskSource || p.Item.URL != "https://un.example/report?id=7" || tagsOf(p) != "refoulement KP" ||
		p.Full || p.Excerpt == "" || len(p.Authors) != 1 || !p.Item.Dated().Equal(a.Published) {
		t.Errorf("piece %+v", p)
	}
	if ed := r.now(channel("korea")); titlesOf(ed) != "A report" || ed.Modified.Before(p.Item.Standing.Entered.Truncate(time.Second)) {
		t.Errorf("the channel shows %s, modified %s", titlesOf(ed), ed.Modified)
	}
	for _, again := range []Addition{a, {URL: "https://un.example/report?id=7&utm_medium=y", Title: "Other"}} {
		if _, err := r.AddItem(t.Context(), "bo", again); !isBadRequest(err) || !strings.Contains(err.Error(), "already") {
			t.Errorf("added twice: %v", err)
		}
	}
	if _, err := r.Decide("ana", Ruling{Item: string(ruled.Item), Action: news.Undo}); !isBadRequest(err) {
		t.Errorf("adding can be undone: %v", err)
	}
	r.decide(news.Withdraw, ruled.Item, Ruling{})
	if _, err := r.Piece(ruled.Item); err != ErrGone {
		t.Errorf("withdrawn: %v", err)
	}

	pasted, err := r.AddItem(t.Context(), "ana", Addition{Text: "A statement\nin two lines"})
	if err != nil || pasted.Title != "A statement" {
		t.Errorf("pasted: %+v, %v", pasted, err)
	}
	for _, c := range []struct {
		want string
		a    Addition
	}{
		{"needs a title", Addition{URL: "https://un.example/"}},
		{"needs a title", Addition{}},
		{"needs a URL or a text", Addition{Title: "T"}},
		{"javascript:", Addition{Title: "T", URL: "javascript:alert(1)"}},
		{`no language "!!"`, Addition{Title: "T", Text: "x", Language: "!!"}},
		{"longer than 512 KB", Addition{Title: "T", Text: strings.Repeat("x", 513<<10)}},
		{"neither a topic nor a country", Addition{Title: "T", Text: "x", Tags: []string{"zz"}}},
	} {
		if _, err := r.AddItem(t.Context(), "ana", c.a); !isBadRequest(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60s: %v, want %q", fmt.Sprintf("%+v", c.a), err, c.want)
		}
	}
}
