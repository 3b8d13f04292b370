package curate

import (
	"slices"
	"time"

	"rightswire/internal/news"
)

// Standing returns what the decisions on one item add up to. They are given in
// the order of their sequence, which alone counts; their times do not.
//
// Of approve, reject, hold and withdraw the latest speaks, but that a withdrawal
// is lifted by approval alone: a tombstone is out, so a curator has to say
// expressly that the item is public again. Approval lifts rejection, hold and
// withdrawal of the item as a whole; what is kept out of one channel stays out of
// it. An approved revision stays the approved one through hold and rejection.
// A source's skip expression is no decision: whoever describes the item applies
// it to an open standing without an approval.
//
// An undo makes its decision one that never was, and may itself be undone; Decided
// moves all the same, since what is shown may. Undoing a hold that keeps the item
// out is its release, at which the item enters.
func Standing(ds []news.Decision) news.Standing {
	cancelled := cancelled(ds)
	t := open()
	for i := range ds {
		d := &ds[i]
		t.Decided = later(t.Decided, d.At)
		switch {
		case cancelled[i]:
		case d.Action == news.Undo && t.releases(ds[:i], d):
			t.Entered = d.At
		default:
			t.take(d)
		}
	}
	return t.Standing
}

// cancelled says of each decision whether an undo took it back. Going backwards,
// an undo is settled before what it undoes is looked at.
func cancelled(ds []news.Decision) []bool {
	out := make([]bool, len(ds))
	for i := len(ds) - 1; i >= 0; i-- {
		if ds[i].Action == news.Undo && !out[i] {
			if j := undoes(ds[:i], &ds[i]); j >= 0 {
				out[j] = true
			}
		}
	}
	return out
}

// undoes returns the index of the decision that an undo takes back, -1 where it
// is not among those before it.
func undoes(before []news.Decision, undo *news.Decision) int {
	return slices.IndexFunc(before, func(d news.Decision) bool { return d.Seq == undo.Undoes })
}

// A tally is a standing in the making.
type tally struct {
	news.Standing
}

func open() *tally { return &tally{Standing: news.Standing{State: news.StateOpen}} }

// releases reports whether undo takes back a hold that was keeping the item out
// and that nothing else, in the tally so far, keeps out.
func (t *tally) releases(before []news.Decision, undo *news.Decision) bool {
	i := undoes(before, undo)
	if i < 0 || before[i].Action != news.Hold || t.StateAt(undo.At) != news.StateOpen {
		return false
	}
	was, cancelled := open(), cancelled(before)
	for i := range before {
		if !cancelled[i] {
			was.take(&before[i])
		}
	}
	return was.HeldAt(undo.At)
}

// take adds one decision that holds.
func (t *tally) take(d *news.Decision) {
	switch d.Action {
	case news.Approve:
		t.becomes(news.StateOpen)
		t.Approved, t.Entered = d.Revision, d.At
	case news.Reject:
		t.reject(d)
	case news.Hold:
		if t.State != news.StateWithdrawn {
			t.becomes(news.StateHeld)
			t.HoldUntil = d.Until
		}
	case news.Withdraw:
		t.becomes(news.StateWithdrawn)
		t.Entered = d.At
	case news.Add:
		t.retag(d) // it comes with tags, and enters now
	default:
		t.annotate(d)
	}
}

// annotate takes the decisions that change how an item is shown, not whether.
func (t *tally) annotate(d *news.Decision) {
	switch d.Action {
	case news.Pin:
		t.Pinned = true
	case news.Unpin:
		t.Pinned = false
	case news.AddNote, news.Correct:
		correction := d.Action == news.Correct
		t.Notes = append(t.Notes, news.Note{Text: d.Text, Correction: correction, By: d.By, At: d.At})
		if correction {
			t.Entered = d.At
		}
	case news.Retag:
		t.retag(d)
	}
}

func (t *tally) becomes(s news.State) {
	t.State, t.HoldUntil = s, time.Time{}
}

func (t *tally) reject(d *news.Decision) {
	switch {
	case d.Channel != "":
		if !slices.Contains(t.RejectedFrom, d.Channel) {
			t.RejectedFrom = append(t.RejectedFrom, d.Channel)
		}
	case t.State != news.StateWithdrawn:
		t.becomes(news.StateRejected)
	}
}

// retag adds to the tags by hand; what a later decision says of one counts.
func (t *tally) retag(d *news.Decision) {
	t.AddTopics, t.DropTopics = move(d.DropTopics, t.AddTopics, t.DropTopics)
	t.DropTopics, t.AddTopics = move(d.AddTopics, t.DropTopics, t.AddTopics)
	t.AddCountries, t.DropCountries = move(d.DropCountries, t.AddCountries, t.DropCountries)
	t.DropCountries, t.AddCountries = move(d.AddCountries, t.DropCountries, t.AddCountries)
	t.Entered = d.At
}

// move takes values out of from and puts those that are new into to.
func move[T comparable](values, from, to []T) (rest, grown []T) {
	for _, v := range values {
		from = slices.DeleteFunc(from, func(have T) bool { return have == v })
		if !slices.Contains(to, v) {
			to = append(to, v)
		}
	}
	if len(from) == 0 {
		from = nil // as if it had never been there
	}
	return from, to
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
