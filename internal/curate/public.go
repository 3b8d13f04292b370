package curate

import (
	"fmt"
	"slices"
	"time"

	"rightswire/internal/news"
)

// Public reports whether an item that belongs to a place is shown there at the
// moment now. The place is a channel, or for nil one that asks the source alone:
// the front page, a source's list, the item's own page. Whether it belongs is for
// the channel's Admits.
//
// Rejection, hold and withdrawal act everywhere, a rejection from one channel
// there; so does a skip. Otherwise an approved revision is shown at every place,
// also where nobody had to approve it, so that one id has one text and later
// edits wait; and without one the newest is shown where neither the source nor
// the channel is reviewed by hand, unless the item is doubted: that one waits for
// a curator everywhere. An item whose source is gone (nil) or whose bodies
// retention deleted is shown nowhere. Which revision is shown is in the item
// already: the approved one, else the newest.
func Public(it *news.Item, src *news.Source, ch *news.Channel, now time.Time) bool {
	if src == nil || it.Expired || it.Standing.StateAt(now) != news.StateOpen {
		return false
	}
	if ch != nil && slices.Contains(it.Standing.RejectedFrom, ch.ID) {
		return false
	}
	if it.Standing.Approved > 0 {
		return true
	}
	return it.Doubt == "" && src.Review != news.ReviewManual && (ch == nil || ch.Review != news.ReviewManual)
}

// NeedsReview reports whether an item waits for a curator at the moment now, and
// why: "edit waits", its Doubt, "source is manual" or "channel x is manual", the
// first of the channels that admit it. It calls admits for channels reviewed by
// hand alone. An item that a curator rejected, withdrew or holds waits for nobody,
// nor does one that is skipped, that has expired, or whose source is gone (nil).
func NeedsReview(it *news.Item, src *news.Source, channels []*Channel, now time.Time, admits func(*Channel) bool) (string, bool) {
	if src == nil || it.Expired || it.Standing.StateAt(now) != news.StateOpen {
		return "", false
	}
	if it.Standing.Approved > 0 {
		if it.Pending() {
			return "edit waits", true
		}
		return "", false
	}
	if it.Doubt != "" {
		return it.Doubt, true
	}
	if src.Review == news.ReviewManual {
		return "source is manual", true
	}
	for _, ch := range channels {
		if ch.Review == news.ReviewManual && !slices.Contains(it.Standing.RejectedFrom, ch.ID) && admits(ch) {
			return fmt.Sprintf("channel %s is manual", ch.ID), true
		}
	}
	return "", false
}
