package store

import (
	"encoding/binary"

	"rightswire/internal/news"
)

// plainStanding reports whether a Standing is the zero one, or merely open: most
// are.
func plainStanding(st *news.Standing) bool {
	return (st.State == "" || st.State == news.StateOpen) && st.Approved == 0 && !st.Pinned &&
		st.HoldUntil.IsZero() && st.Entered.IsZero() && st.Decided.IsZero() &&
		len(st.RejectedFrom)+len(st.Notes)+len(st.AddTopics)+len(st.DropTopics)+
			len(st.AddCountries)+len(st.DropCountries) == 0
}

func appendStanding(b []byte, st *news.Standing) []byte {
	b = appendString(b, string(st.State))
	b = binary.AppendUvarint(b, uint64(st.Approved))
	b = appendTime(b, st.HoldUntil)
	b = appendBool(b, st.Pinned)
	b = appendStrings(b, st.RejectedFrom)
	b = binary.AppendUvarint(b, uint64(len(st.Notes)))
	for _, n := range st.Notes {
		b = appendString(b, n.Text)
		b = appendBool(b, n.Correction)
		b = appendString(b, n.By)
		b = appendTime(b, n.At)
	}
	b = appendStrings(b, st.AddTopics)
	b = appendStrings(b, st.DropTopics)
	b = appendStrings(b, st.AddCountries)
	b = appendStrings(b, st.DropCountries)
	b = appendTime(b, st.Entered)
	return appendTime(b, st.Decided)
}

func (r *reader) standing() (st news.Standing) {
	st.State = news.State(r.string())
	st.Approved = int(r.uint())
	st.HoldUntil = r.time()
	st.Pinned = r.bool()
	st.RejectedFrom = readStrings[news.ChannelID](r)
	if n := r.count(); n > 0 {
		st.Notes = make([]news.Note, n)
		for i := range st.Notes {
			st.Notes[i] = news.Note{Text: r.string(), Correction: r.bool(), By: r.string(), At: r.time()}
		}
	}
	st.AddTopics = readStrings[news.TopicID](r)
	st.DropTopics = readStrings[news.TopicID](r)
	st.AddCountries = readStrings[news.Country](r)
	st.DropCountries = readStrings[news.Country](r)
	st.Entered = r.time()
	st.Decided = r.time()
	return st
}

func appendTags(b []byte, t news.Tags) []byte {
	b = binary.AppendUvarint(b, uint64(len(t.Topics)))
	for _, tag := range t.Topics {
		b = appendString(b, string(tag.ID))
		b = appendFloat(b, tag.Score)
		b = appendString(b, tag.Why)
	}
	b = binary.AppendUvarint(b, uint64(len(t.Countries)))
	for _, tag := range t.Countries {
		b = appendString(b, string(tag.Code))
		b = appendFloat(b, tag.Score)
		b = appendBool(b, tag.About)
		b = appendString(b, tag.Why)
	}
	return b
}

func (r *reader) tags() (t news.Tags) {
	if n := r.count(); n > 0 {
		t.Topics = make([]news.TopicTag, n)
		for i := range t.Topics {
			t.Topics[i] = news.TopicTag{ID: news.TopicID(r.string()), Score: r.float(), Why: r.string()}
		}
	}
	if n := r.count(); n > 0 {
		t.Countries = make([]news.CountryTag, n)
		for i := range t.Countries {
			t.Countries[i] = news.CountryTag{Code: news.Country(r.string()), Score: r.float(), About: r.bool(), Why: r.string()}
		}
	}
	return t
}
