package store

import (
	"time"

	"rightswire/internal/news"

	"pgregory.net/rapid"
)

// What the model's operations are drawn from.
var (
	genSource = rapid.SampledFrom([]news.SourceID{"alpha", "beta", "gamma"})
	genText   = rapid.OneOf(rapid.Just(""), rapid.StringN(0, 12, 40), rapid.Just("북한 난민 – ليلى"))
	genTopic  = rapid.SampledFrom([]news.TopicID{"refoulement", "press-freedom", "p"})
	genLand   = rapid.SampledFrom([]news.Country{"KP", "CN", "XK"})
	genURL    = rapid.SampledFrom([]string{"", "https://a.example/1", "http://www.a.example/1/", "https://a.example/2?utm_source=x", "https://b.example/ü"})
	genTime   = rapid.Custom(func(t *rapid.T) time.Time {
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			return time.Time{}
		case 1:
			return rapid.SampledFrom([]time.Time{
				time.Date(-50, 1, 1, 0, 0, 0, 5, time.UTC), time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC),
				time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC), time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC),
			}).Draw(t, "odd")
		case 2:
			return epoch.Add(time.Duration(rapid.Int64Range(0, 3e9).Draw(t, "ns")))
		}
		return epoch.Add(time.Duration(rapid.IntRange(-40, 40).Draw(t, "hours")) * time.Hour)
	})
)

func genSlice[T any](g *rapid.Generator[T]) *rapid.Generator[[]T] {
	return rapid.Custom(func(t *rapid.T) []T {
		list := rapid.SliceOfN(g, 0, 3).Draw(t, "list")
		if len(list) == 0 {
			return nil
		}
		return list
	})
}

func drawTags(t *rapid.T) (tags news.Tags) {
	for _, id := range genSlice(genTopic).Draw(t, "topics") {
		tags.Topics = append(tags.Topics, news.TopicTag{ID: id, Score: rapid.Float64Range(0, 1).Draw(t, "score"), Why: genText.Draw(t, "why")})
	}
	for _, c := range genSlice(genLand).Draw(t, "countries") {
		tags.Countries = append(tags.Countries, news.CountryTag{Code: c, Score: 0.5, About: rapid.Bool().Draw(t, "about"), Why: "beat"})
	}
	return tags
}

func drawStanding(t *rapid.T) news.Standing {
	if rapid.Bool().Draw(t, "plain") {
		return news.Standing{State: rapid.SampledFrom([]news.State{"", news.StateOpen}).Draw(t, "state")}
	}
	st := news.Standing{
		State:        rapid.SampledFrom([]news.State{news.StateOpen, news.StateHeld, news.StateWithdrawn}).Draw(t, "state"),
		HoldUntil:    genTime.Draw(t, "until"),
		Pinned:       rapid.Bool().Draw(t, "pinned"),
		RejectedFrom: genSlice(rapid.Just(news.ChannelID("china"))).Draw(t, "rejected"),
		AddTopics:    genSlice(genTopic).Draw(t, "add"), DropTopics: genSlice(genTopic).Draw(t, "drop"),
		AddCountries: genSlice(genLand).Draw(t, "addc"), DropCountries: genSlice(genLand).Draw(t, "dropc"),
		Entered: genTime.Draw(t, "entered"), Decided: genTime.Draw(t, "decided"),
	}
	if rapid.Bool().Draw(t, "note") {
		st.Notes = []news.Note{{Text: genText.Draw(t, "text"), Correction: true, By: "ed", At: genTime.Draw(t, "at")}}
	}
	return st
}

// vary draws everything of an item that may change.
func vary(t *rapid.T, it *news.Item) {
	it.GUID, it.URL = genURL.Draw(t, "guid"), genURL.Draw(t, "url")
	it.Story = news.StoryID(rapid.SampledFrom([]string{"", string(it.ID), "founder"}).Draw(t, "story"))
	it.Current = rapid.IntRange(0, 3).Draw(t, "current")
	it.Title, it.Language = genText.Draw(t, "title"), "ko"
	it.Authors, it.Categories = genSlice(genText).Draw(t, "authors"), genSlice(genText).Draw(t, "categories")
	it.Tags = drawTags(t)
	it.Published, it.Updated = genTime.Draw(t, "published"), genTime.Draw(t, "updated")
	it.Revised, it.FirstSeen = genTime.Draw(t, "revised"), genTime.Draw(t, "first")
	it.FirstVisit = rapid.Bool().Draw(t, "firstvisit")
	it.Standing = drawStanding(t)
	it.Doubt = genText.Draw(t, "doubt")
}

func drawEntry(t *rapid.T) *news.Entry {
	e := testEntry("alpha", rapid.IntRange(0, 1000).Draw(t, "n"))
	e.Content.Value = genText.Draw(t, "content")
	e.Title = news.Text{Value: genText.Draw(t, "title"), HTML: rapid.Bool().Draw(t, "html")}
	e.Updated, e.Via, e.Cut = genTime.Draw(t, "updated"), genText.Draw(t, "via"), rapid.Bool().Draw(t, "cut")
	if rapid.Bool().Draw(t, "enclosed") {
		e.Enclosures = []news.Enclosure{{URL: "https://a.example/a.mp3", Type: "audio/mpeg", Length: rapid.Int64().Draw(t, "length")}}
	}
	return e
}
