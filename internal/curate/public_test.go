package curate

import (
	"fmt"
	"testing"

	"rightswire/internal/news"
)

// The moment at which places are looked at.
var now = day(15)

// An item with two revisions, the second seen after the decisions, as the store
// leaves it: its fields describe the approved revision, else the latest.
func edited(ds []news.Decision, latest int) *news.Item {
	it := &news.Item{Source: "s", FirstSeen: day(1), Latest: latest, Standing: Standing(ds)}
	it.Current = it.Latest
	if it.Standing.Approved > 0 {
		it.Current = it.Standing.Approved
	}
	return it
}

// The table: source × place × decisions × edit. A number is the revision shown, 0
// is not shown. For each history the first three columns are places of a source
// that is published automatically: its list (and the front page, the item's page),
// an automatic channel, a manual one; the last three those of a manual source.
// "after" is the same once a second revision was seen.
func TestPublic(t *testing.T) {
	type shown [6]int
	for _, test := range []struct {
		name          string
		ds            []news.Decision
		before, after shown
	}{
		//                                                      auto source  manual source
		//                                                      -  auto man  -  auto man
		{"nothing said", nil, shown{1, 1, 0, 0, 0, 0}, shown{2, 2, 0, 0, 0, 0}},
		{"approved", said(approve(1)), shown{1, 1, 1, 1, 1, 1}, shown{1, 1, 1, 1, 1, 1}},
		{"rejected", said(act(news.Reject)), shown{}, shown{}},
		{"approved, rejected", said(approve(1), act(news.Reject)), shown{}, shown{}},
		{"rejected, approved", said(act(news.Reject), approve(1)), shown{1, 1, 1, 1, 1, 1}, shown{1, 1, 1, 1, 1, 1}},
		{"rejected, undone", said(act(news.Reject), undo(1)), shown{1, 1, 0, 0, 0, 0}, shown{2, 2, 0, 0, 0, 0}},
		{"approved, undone", said(approve(1), undo(1)), shown{1, 1, 0, 0, 0, 0}, shown{2, 2, 0, 0, 0, 0}},
		{"held", said(act(news.Hold)), shown{}, shown{}},
		{"held until tomorrow", said(hold(day(16))), shown{}, shown{}},
		{"held until now", said(hold(now)), shown{1, 1, 0, 0, 0, 0}, shown{2, 2, 0, 0, 0, 0}},
		{"held until yesterday", said(hold(day(14))), shown{1, 1, 0, 0, 0, 0}, shown{2, 2, 0, 0, 0, 0}},
		{"approved, held", said(approve(1), hold(day(16))), shown{}, shown{}},
		{"approved, held until yesterday", said(approve(1), hold(day(14))), shown{1, 1, 1, 1, 1, 1}, shown{1, 1, 1, 1, 1, 1}},
		{"held, approved", said(hold(day(16)), approve(1)), shown{1, 1, 1, 1, 1, 1}, shown{1, 1, 1, 1, 1, 1}},
		{"withdrawn", said(act(news.Withdraw)), shown{}, shown{}},
		{"approved, withdrawn", said(approve(1), act(news.Withdraw)), shown{}, shown{}},
		{"withdrawn, approved", said(act(news.Withdraw), approve(1)), shown{1, 1, 1, 1, 1, 1}, shown{1, 1, 1, 1, 1, 1}},
		{"withdrawn, held until yesterday", said(act(news.Withdraw), hold(day(14))), shown{}, shown{}},
		{"kept out of both channels", said(rejectFrom("auto"), rejectFrom("manual")), shown{1, 0, 0, 0, 0, 0}, shown{2, 0, 0, 0, 0, 0}},
		{"approved, kept out of one", said(approve(1), rejectFrom("manual")), shown{1, 1, 0, 1, 1, 0}, shown{1, 1, 0, 1, 1, 0}},
		{"kept out of one, approved", said(rejectFrom("auto"), approve(1)), shown{1, 0, 1, 1, 0, 1}, shown{1, 0, 1, 1, 0, 1}},
		{"kept out of another", said(rejectFrom("elsewhere")), shown{1, 1, 0, 0, 0, 0}, shown{2, 2, 0, 0, 0, 0}},
		{"noted, pinned, retagged, corrected", said(act(news.AddNote), act(news.Pin), act(news.Retag), act(news.Correct)),
			shown{1, 1, 0, 0, 0, 0}, shown{2, 2, 0, 0, 0, 0}},
		{"added by hand", said(act(news.Add)), shown{1, 1, 0, 0, 0, 0}, shown{2, 2, 0, 0, 0, 0}},
	} {
		for latest, want := range map[int]shown{1: test.before, 2: test.after} {
			t.Run(fmt.Sprintf("%s, revision %d", test.name, latest), func(t *testing.T) {
				it := edited(test.ds, latest)
				var got shown
				for i := range got {
					src := &news.Source{ID: "s", Review: []news.Review{news.ReviewAuto, news.ReviewManual}[i/3]}
					place := []*news.Channel{nil, {ID: "auto", Review: news.ReviewAuto}, {ID: "manual", Review: news.ReviewManual}}[i%3]
					if Public(it, src, place, now) {
						got[i] = it.Current
					}
				}
				if got != want {
					t.Errorf("shown %v, want %v", got, want)
				}
			})
		}
	}
}

func TestPublicApprovedAgain(t *testing.T) {
	it := edited(said(approve(1), approve(2)), 2)
	if !Public(it, &news.Source{Review: news.ReviewManual}, nil, now) || it.Current != 2 {
		t.Errorf("revision %d is shown", it.Current)
	}
}

func TestPublicDesk(t *testing.T) {
	book := NewRulebook(news.Site{Review: news.ReviewManual}, nil, nil)
	it := edited(said(act(news.Add)), 1)
	it.Source = news.DeskSource
	desk := &book.Source(news.DeskSource).Source
	if !Public(it, desk, nil, now) || !Public(it, desk, &news.Channel{ID: "auto", Review: news.ReviewAuto}, now) {
		t.Error("what a curator added is not shown")
	}
	if Public(it, desk, &news.Channel{ID: "manual", Review: news.ReviewManual}, now) {
		t.Error("a manual channel shows what nobody approved")
	}
}

func TestPublicNowhere(t *testing.T) {
	src := &news.Source{Review: news.ReviewAuto}
	it := edited(said(approve(1)), 1)
	if !Public(it, src, nil, now) {
		t.Fatal("not shown to begin with")
	}
	if Public(it, nil, nil, now) {
		t.Error("shown although its source is gone")
	}
	skipped := *it
	skipped.Standing = news.Standing{State: news.StateSkipped}
	if Public(&skipped, src, nil, now) {
		t.Error("shown although its source's rule skips it")
	}
	it.Expired = true
	if Public(it, src, nil, now) {
		t.Error("shown although its text is deleted")
	}
}

func TestNeedsReview(t *testing.T) {
	auto, manual := &news.Source{Review: news.ReviewAuto}, &news.Source{Review: news.ReviewManual}
	channels := []*Channel{
		{Channel: news.Channel{ID: "auto", Review: news.ReviewAuto}},
		{Channel: news.Channel{ID: "china", Review: news.ReviewManual}},
		{Channel: news.Channel{ID: "iran", Review: news.ReviewManual}},
	}
	in := func(ids ...news.ChannelID) func(*Channel) bool {
		return func(ch *Channel) bool {
			for _, id := range ids {
				if ch.ID == id {
					return true
				}
			}
			return false
		}
	}
	for _, test := range []struct {
		name   string
		src    *news.Source
		ds     []news.Decision
		latest int
		admits func(*Channel) bool
		want   string // "" does not wait
	}{
		{"shown everywhere it belongs", auto, nil, 1, in("auto"), ""},
		{"manual source", manual, nil, 1, in(), "source is manual"},
		{"manual source, in a manual channel", manual, nil, 1, in("china"), "source is manual"},
		{"manual channel", auto, nil, 1, in("auto", "iran"), "channel iran is manual"},
		{"two manual channels", auto, nil, 1, in("iran", "china"), "channel china is manual"},
		{"kept out of that channel", auto, said(rejectFrom("china")), 1, in("china"), ""},
		{"kept out of one of them", auto, said(rejectFrom("china")), 1, in("china", "iran"), "channel iran is manual"},
		{"approved", manual, said(approve(1)), 1, in("china"), ""},
		{"approved, edited", manual, said(approve(1)), 2, in("china"), "edit waits"},
		{"approved in an automatic place, edited", auto, said(approve(1)), 2, in("auto"), "edit waits"},
		{"edited, never approved", auto, nil, 2, in("auto"), ""},
		{"rejected", manual, said(act(news.Reject)), 1, in(), ""},
		{"approved, rejected, edited", manual, said(approve(1), act(news.Reject)), 2, in(), ""},
		{"withdrawn", manual, said(act(news.Withdraw)), 1, in(), ""},
		{"held", manual, said(hold(day(16))), 1, in(), ""},
		{"hold over", manual, said(hold(day(14))), 1, in(), "source is manual"},
		{"source gone", nil, nil, 1, in("china"), ""},
	} {
		why, waits := NeedsReview(edited(test.ds, test.latest), test.src, channels, now, test.admits)
		if why != test.want || waits != (test.want != "") {
			t.Errorf("%s: %q, %v, want %q", test.name, why, waits, test.want)
		}
	}
	gone := edited(nil, 1)
	gone.Expired = true
	if _, waits := NeedsReview(gone, manual, channels, now, in()); waits {
		t.Error("an expired item waits")
	}
	NeedsReview(edited(nil, 1), auto, channels[:1], now, func(*Channel) bool {
		t.Error("an automatic channel was asked for")
		return false
	})
}
