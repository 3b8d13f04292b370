package curate

import (
	"slices"
	"testing"
	"time"

	"rightswire/internal/news"

	"pgregory.net/rapid"
)

// A scene is an item, whose source and channels are reviewed as may be, whatever
// curators said of it, at some moment.
type scene struct {
	item     news.Item
	source   *news.Source
	channels []*Channel
	now      time.Time
}

var (
	genReview = rapid.SampledFrom([]news.Review{news.ReviewAuto, news.ReviewManual, ""})
	genAction = rapid.SampledFrom([]news.Action{
		news.Approve, news.Reject, news.Hold, news.Pin, news.Unpin, news.AddNote, news.Retag, news.Correct,
		news.Withdraw, news.Undo, news.Undo, news.Add, "unknown",
	})
	genScene = rapid.Custom(func(t *rapid.T) scene {
		latest := rapid.IntRange(1, 3).Draw(t, "latest")
		var ds []news.Decision
		for range rapid.IntRange(0, 6).Draw(t, "decisions") {
			ds = append(ds, news.Decision{
				Action: genAction.Draw(t, "action"), Revision: rapid.IntRange(1, latest).Draw(t, "revision"),
				Channel: rapid.SampledFrom([]news.ChannelID{"", "", "a", "b"}).Draw(t, "channel"),
				Until:   rapid.SampledFrom([]time.Time{{}, day(10), day(20)}).Draw(t, "until"),
				Undoes:  rapid.Uint64Range(1, 7).Draw(t, "undoes"), Text: "text",
			})
		}
		s := scene{
			item: *edited(said(ds...), latest),
			now:  rapid.SampledFrom([]time.Time{day(5), now, day(25)}).Draw(t, "now"),
		}
		s.item.Expired = rapid.IntRange(0, 9).Draw(t, "expired") == 0
		s.item.FirstVisit = rapid.Bool().Draw(t, "first visit")
		if rapid.IntRange(0, 9).Draw(t, "skipped") == 0 {
			s.item.Standing.State = news.StateSkipped
		}
		if rapid.IntRange(0, 9).Draw(t, "source") > 0 {
			s.source = &news.Source{ID: "s", Review: genReview.Draw(t, "source's review")}
		}
		for _, id := range []news.ChannelID{"a", "b"} {
			s.channels = append(s.channels, &Channel{Channel: news.Channel{ID: id, Review: genReview.Draw(t, "channel's review")}})
		}
		return s
	})
)

// shown says at which places the item is shown: where the source alone is asked,
// then at each channel.
func (s *scene) shown() []bool {
	shown := []bool{Public(&s.item, s.source, nil, s.now)}
	for _, ch := range s.channels {
		shown = append(shown, Public(&s.item, s.source, &ch.Channel, s.now))
	}
	return shown
}

func (s *scene) waits() (string, bool) {
	return NeedsReview(&s.item, s.source, s.channels, s.now, func(*Channel) bool { return true })
}

// TestDoubted: a doubted item that nobody approved is shown nowhere, however its
// source and its channels are reviewed, whatever else was decided on it and
// whenever one looks; and as long as nothing else keeps it out, it waits for a
// curator, who is told the doubt. An approval makes as if there had been none, and
// an item without a doubt is not touched by any of this.
func TestDoubted(t *testing.T) {
	const doubt = "every entry of the document is new"
	counts := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		plain := genScene.Draw(t, "scene")
		doubted := plain
		doubted.item.Doubt = doubt
		before, after := plain.shown(), doubted.shown()
		whyBefore, waitsBefore := plain.waits()
		why, waits := doubted.waits()
		if plain.item.Standing.Approved > 0 {
			counts["approved"]++
			if !slices.Equal(before, after) || why != whyBefore || waits != waitsBefore {
				t.Fatalf("approved, it is shown %v and waits for %q; without the doubt %v and %q", after, why, before, whyBefore)
			}
			return
		}
		if slices.Contains(after, true) {
			t.Fatalf("shown %v though nobody approved it", after)
		}
		open := plain.source != nil && !plain.item.Expired && plain.item.Standing.StateAt(plain.now) == news.StateOpen
		if waits != open || open && why != doubt {
			t.Fatalf("open %v: waits %v for %q", open, waits, why)
		}
		if slices.Contains(before, true) {
			counts["kept out by the doubt alone"]++
		}
		if waitsBefore && !waits {
			t.Fatalf("no longer waits for %q", whyBefore)
		}

		// Approved, it is shown, but where a channel's rejection keeps it out.
		approved := doubted
		approved.item.Standing.Approved = approved.item.Latest
		if got := approved.shown()[0]; got != open {
			t.Fatalf("open %v, approved, and shown %v", open, got)
		}
	})
	if counts["approved"] < 10 || counts["kept out by the doubt alone"] < 10 {
		t.Errorf("too few scenes that matter: %v", counts)
	}
}

// TestDoubtIsSaid: the doubt is what a curator is told, before any other reason but
// an edit of what was approved.
func TestDoubtIsSaid(t *testing.T) {
	admits := func(*Channel) bool { return true }
	channels := []*Channel{{Channel: news.Channel{ID: "china", Review: news.ReviewManual}}}
	for _, test := range []struct {
		name   string
		review news.Review
		ds     []news.Decision
		latest int
		want   string
	}{
		{"automatic", news.ReviewAuto, nil, 1, "dated in the future"},
		{"manual", news.ReviewManual, nil, 1, "dated in the future"},
		{"approved", news.ReviewManual, said(approve(1)), 1, ""},
		{"approved, edited", news.ReviewManual, said(approve(1)), 2, "edit waits"},
		{"approved, undone", news.ReviewAuto, said(approve(1), undo(1)), 2, "dated in the future"},
		{"rejected", news.ReviewAuto, said(act(news.Reject)), 1, ""},
		{"held", news.ReviewAuto, said(hold(day(16))), 1, ""},
		{"hold over", news.ReviewAuto, said(hold(day(14))), 1, "dated in the future"},
	} {
		it := edited(test.ds, test.latest)
		it.Doubt = "dated in the future"
		why, waits := NeedsReview(it, &news.Source{Review: test.review}, channels, now, admits)
		if why != test.want || waits != (test.want != "") {
			t.Errorf("%s: %q, %v, want %q", test.name, why, waits, test.want)
		}
	}
}
