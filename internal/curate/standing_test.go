package curate

import (
	"reflect"
	"testing"
	"time"

	"rightswire/internal/news"
)

// said makes decisions of their actions, one a day from the first of March, and
// numbers them from 1.
func said(ds ...news.Decision) []news.Decision {
	for i := range ds {
		ds[i].Seq, ds[i].At = uint64(i+1), day(i+1)
	}
	return ds
}

func act(a news.Action) news.Decision { return news.Decision{Action: a} }
func approve(revision int) news.Decision {
	return news.Decision{Action: news.Approve, Revision: revision}
}
func undo(seq uint64) news.Decision      { return news.Decision{Action: news.Undo, Undoes: seq} }
func hold(until time.Time) news.Decision { return news.Decision{Action: news.Hold, Until: until} }
func rejectFrom(ch news.ChannelID) news.Decision {
	return news.Decision{Action: news.Reject, Channel: ch}
}

func TestStanding(t *testing.T) {
	var (
		never   time.Time
		open    = news.StateOpen
		held    = news.StateHeld
		rejects = news.StateRejected
		gone    = news.StateWithdrawn
	)
	for _, test := range []struct {
		name string
		ds   []news.Decision
		want news.Standing // Decided is the last day where not said
	}{
		{"nothing said", nil, news.Standing{State: open}},
		{"approve", said(approve(2)), news.Standing{State: open, Approved: 2, Entered: day(1)}},
		{"approve another revision", said(approve(1), approve(3)), news.Standing{State: open, Approved: 3, Entered: day(2)}},
		{"reject", said(act(news.Reject)), news.Standing{State: rejects}},
		{"hold", said(hold(never)), news.Standing{State: held}},
		{"hold until", said(hold(day(20))), news.Standing{State: held, HoldUntil: day(20)}},
		{"withdraw", said(act(news.Withdraw)), news.Standing{State: gone, Entered: day(1)}},
		{"add-item", said(act(news.Add)), news.Standing{State: open, Entered: day(1)}},
		{"pin", said(act(news.Pin)), news.Standing{State: open, Pinned: true}},
		{"pin, unpin", said(act(news.Pin), act(news.Unpin)), news.Standing{State: open}},
		{"unknown action", said(act("dance")), news.Standing{State: open}},

		// What a later decision does to an earlier state.
		{"approve lifts reject", said(act(news.Reject), approve(1)), news.Standing{State: open, Approved: 1, Entered: day(2)}},
		{"approve lifts hold", said(hold(day(20)), approve(1)), news.Standing{State: open, Approved: 1, Entered: day(2)}},
		{"approve lifts withdraw", said(act(news.Withdraw), approve(1)), news.Standing{State: open, Approved: 1, Entered: day(2)}},
		{"reject after approve", said(approve(1), act(news.Reject)), news.Standing{State: rejects, Approved: 1, Entered: day(1)}},
		{"hold after approve", said(approve(1), hold(day(9))), news.Standing{State: held, HoldUntil: day(9), Approved: 1, Entered: day(1)}},
		{"withdraw after approve", said(approve(1), act(news.Withdraw)), news.Standing{State: gone, Approved: 1, Entered: day(2)}},
		{"reject after hold", said(hold(day(20)), act(news.Reject)), news.Standing{State: rejects}},
		{"hold after reject", said(act(news.Reject), hold(day(20))), news.Standing{State: held, HoldUntil: day(20)}},
		{"hold again", said(hold(day(20)), hold(never)), news.Standing{State: held}},
		{"hold after withdraw", said(act(news.Withdraw), hold(day(20))), news.Standing{State: gone, Entered: day(1)}},
		{"reject after withdraw", said(act(news.Withdraw), act(news.Reject)), news.Standing{State: gone, Entered: day(1)}},
		{"withdraw after hold", said(hold(day(20)), act(news.Withdraw)), news.Standing{State: gone, Entered: day(2)}},

		// One channel.
		{"reject from a channel", said(rejectFrom("c"), rejectFrom("d"), rejectFrom("c")),
			news.Standing{State: open, RejectedFrom: []news.ChannelID{"c", "d"}}},
		{"approve leaves a channel's rejection", said(rejectFrom("c"), approve(1)),
			news.Standing{State: open, Approved: 1, Entered: day(2), RejectedFrom: []news.ChannelID{"c"}}},
		{"undo of a channel's rejection", said(rejectFrom("c"), undo(1)), news.Standing{State: open}},

		// Undo.
		{"undo approve", said(approve(1), undo(1)), news.Standing{State: open}},
		{"undo the later approve", said(approve(1), approve(2), undo(2)), news.Standing{State: open, Approved: 1, Entered: day(1)}},
		{"undo reject", said(act(news.Reject), undo(1)), news.Standing{State: open}},
		{"undo withdraw", said(approve(1), act(news.Withdraw), undo(2)), news.Standing{State: open, Approved: 1, Entered: day(1)}},
		{"undo an earlier one", said(act(news.Reject), act(news.Pin), undo(1)), news.Standing{State: open, Pinned: true}},
		{"undo the undo", said(act(news.Reject), undo(1), undo(2)), news.Standing{State: rejects}},
		{"undo the undo of the undo", said(act(news.Reject), undo(1), undo(2), undo(3)), news.Standing{State: open}},
		{"undo twice", said(act(news.Reject), undo(1), undo(1)), news.Standing{State: open}},
		{"undo what is not there", said(act(news.Reject), undo(9)), news.Standing{State: rejects}},
		{"undo itself", said(act(news.Reject), undo(2)), news.Standing{State: rejects}},
		{"undo one to come", said(undo(2), act(news.Reject)), news.Standing{State: rejects}},
		{"undo of a hold releases", said(hold(never), undo(1)), news.Standing{State: open, Entered: day(2)}},
		{"undo of a hold that was over", said(hold(day(2)), act(news.Pin), undo(1)), news.Standing{State: open, Pinned: true}},
		{"undo of a hold under a rejection", said(hold(never), act(news.Reject), undo(1)), news.Standing{State: rejects}},
		{"undo of one hold of two", said(hold(day(20)), hold(never), undo(2)), news.Standing{State: held, HoldUntil: day(20)}},
		{"undo of the hold behind an approval", said(hold(never), approve(1), undo(1)), news.Standing{State: open, Approved: 1, Entered: day(2)}},
		{"undo of a release", said(hold(never), undo(1), undo(2)), news.Standing{State: held}},
		{"released, then approved", said(hold(never), undo(1), approve(1)), news.Standing{State: open, Approved: 1, Entered: day(3)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if n := len(test.ds); n > 0 {
				test.want.Decided = day(n)
			}
			before := append([]news.Decision(nil), test.ds...)
			if got := Standing(test.ds); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
			if !reflect.DeepEqual(before, test.ds) {
				t.Error("the decisions were changed")
			}
		})
	}
}

func TestStandingNotes(t *testing.T) {
	ds := said(
		news.Decision{Action: news.AddNote, Text: "seen elsewhere", By: "ana"},
		news.Decision{Action: news.Correct, Text: "two, not three", By: "bo"},
		news.Decision{Action: news.AddNote, Text: "thanks", By: "ana"},
	)
	got := Standing(ds)
	want := []news.Note{
		{Text: "seen elsewhere", By: "ana", At: day(1)},
		{Text: "two, not three", Correction: true, By: "bo", At: day(2)},
		{Text: "thanks", By: "ana", At: day(3)},
	}
	if !reflect.DeepEqual(got.Notes, want) {
		t.Errorf("Notes = %+v", got.Notes)
	}
	if !got.Entered.Equal(day(2)) || !got.Decided.Equal(day(3)) {
		t.Errorf("entered %v, decided %v: a note moves no entry, a correction does", got.Entered, got.Decided)
	}
}

func TestStandingRetag(t *testing.T) {
	type (
		topics    = []news.TopicID
		countries = []news.Country
	)
	retag := func(add, drop topics, addC, dropC countries) news.Decision {
		return news.Decision{Action: news.Retag, AddTopics: add, DropTopics: drop, AddCountries: addC, DropCountries: dropC}
	}
	ds := said(
		retag(topics{"torture", "torture"}, topics{"lgbtiq"}, countries{"KP"}, nil),
		retag(topics{"lgbtiq"}, topics{"torture", "defenders"}, nil, countries{"KP", "CN"}),
		retag(topics{"fair-trial"}, nil, countries{"CN"}, nil),
	)
	want := news.Standing{
		State: news.StateOpen, Entered: day(3), Decided: day(3),
		AddTopics: topics{"lgbtiq", "fair-trial"}, DropTopics: topics{"torture", "defenders"},
		AddCountries: countries{"CN"}, DropCountries: countries{"KP"},
	}
	if got := Standing(ds); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	// Undone, the first is as if it had never been.
	if got := Standing(said(retag(topics{"torture"}, nil, nil, nil), undo(1))); !reflect.DeepEqual(got, news.Standing{State: news.StateOpen, Decided: day(2)}) {
		t.Errorf("undone: %+v", got)
	}
	if got := Standing(said(retag(topics{"x"}, nil, nil, nil), retag(nil, topics{"x"}, nil, nil), retag(topics{"x"}, nil, nil, nil))); got.DropTopics != nil || len(got.AddTopics) != 1 {
		t.Errorf("to and fro: %+v", got)
	}
}

// Order is the sequence's: decisions recorded by a clock that went back count as
// they come.
func TestStandingIgnoresClock(t *testing.T) {
	ds := []news.Decision{
		{Seq: 7, Action: news.Approve, Revision: 1, At: day(9)},
		{Seq: 8, Action: news.Reject, At: day(3)},
	}
	if got := Standing(ds); got.State != news.StateRejected || !got.Decided.Equal(day(9)) {
		t.Errorf("got %+v", got)
	}
}

// Many holds and undos must not make the answer slow.
func BenchmarkStanding(b *testing.B) {
	var ds []news.Decision
	for i := range 50 {
		ds = append(ds, hold(time.Time{}), undo(uint64(2*i+1)))
	}
	ds = said(ds...)
	for b.Loop() {
		if got := Standing(ds); got.State != news.StateOpen {
			b.Fatal(got)
		}
	}
}
