package curate

import (
	"errors"
	"strings"
	"testing"

	"rightswire/internal/news"
)

func channel(t testing.TB, when string) *Channel {
	t.Helper()
	ch, err := NewChannel(news.Channel{
		ID: "ch", Topics: []news.TopicID{"refoulement"}, Countries: []news.Country{"KP", "CN"},
		Languages: []string{"zh"}, Sources: []news.SourceID{"watch-en"}, When: when,
	})
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

func TestAdmits(t *testing.T) {
	for _, test := range []struct {
		name string
		ch   news.Channel
		want bool
	}{
		{"no selectors", news.Channel{}, true},
		{"one topic of the list", news.Channel{Topics: []news.TopicID{"lgbtiq", "torture"}}, true},
		{"no topic of the list", news.Channel{Topics: []news.TopicID{"lgbtiq"}}, false},
		{"country it is about", news.Channel{Countries: []news.Country{"CN", "KP"}}, true},
		{"country it mentions", news.Channel{Countries: []news.Country{"RU"}}, false},
		{"its source", news.Channel{Sources: []news.SourceID{"other", "watch-en"}}, true},
		{"another source", news.Channel{Sources: []news.SourceID{"watch"}}, false},
		{"its source's former id", news.Channel{Sources: []news.SourceID{"watch-old"}}, true},
		{"a variant of the language", news.Channel{Languages: []string{"ZH"}}, true},
		{"the very language", news.Channel{Languages: []string{"en", "zh-hans"}}, true},
		{"another variant", news.Channel{Languages: []string{"zh-Hant"}}, false},
		{"no prefix by letters", news.Channel{Languages: []string{"z"}}, false},
		{"a narrower language", news.Channel{Languages: []string{"zh-Hans-CN"}}, false},
		{"when alone", news.Channel{When: `"torture" in topics`}, true},
		{"selectors are and-ed", news.Channel{Topics: []news.TopicID{"torture"}, Countries: []news.Country{"RU"}}, false},
		{"when is and-ed", news.Channel{Topics: []news.TopicID{"torture"}, When: `kind == "gov"`}, false},
	} {
		ch, err := NewChannel(test.ch)
		if err != nil {
			t.Fatal(err)
		}
		f := facts()
		f.Source.Formerly = []news.SourceID{"watch-old"}
		if got, err := ch.Admits(f); err != nil || got != test.want {
			t.Errorf("%s: admits %v, %v", test.name, got, err)
		}
	}
}

func TestAdmitsWithoutSource(t *testing.T) {
	f := facts()
	f.Source, f.Item.Language = nil, ""
	for _, test := range []struct {
		ch   news.Channel
		want bool
	}{
		{news.Channel{Sources: []news.SourceID{"watch-en"}}, true},
		{news.Channel{Sources: []news.SourceID{"other"}}, false},
		{news.Channel{Languages: []string{"en"}}, false},
	} {
		ch, err := NewChannel(test.ch)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ch.Admits(f); err != nil || got != test.want {
			t.Errorf("%+v: admits %v, %v", test.ch, got, err)
		}
	}
	f = facts()
	f.Item.Language = ""
	ch, err := NewChannel(news.Channel{Languages: []string{"en"}})
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := ch.Admits(f); !ok || err != nil {
		t.Errorf("the source's language is not taken for the item's: %v, %v", ok, err)
	}
}

func TestAdmitsAsksForText(t *testing.T) {
	broken := errors.New("store is damaged")
	f := facts()
	f.Text = func() (string, error) { return "", broken }
	ch := channel(t, `text contains "camp"`)
	if !ch.NeedsText() || channel(t, "").NeedsText() || channel(t, `title == ""`).NeedsText() {
		t.Error("NeedsText is wrong")
	}
	if _, err := ch.Admits(f); !errors.Is(err, broken) || !strings.Contains(err.Error(), `channel "ch"`) {
		t.Errorf("Admits = %v", err)
	}
	f.Item.Tags = news.Tags{} // the selectors already say no
	if ok, err := ch.Admits(f); ok || err != nil {
		t.Errorf("Admits = %v, %v", ok, err)
	}
}

func TestSkips(t *testing.T) {
	for skip, want := range map[string]bool{"": false, `title matches "(?i)sponsored"`: true, `kind == "gov"`: false} {
		s, err := NewSource(news.Source{ID: "watch-en", Skip: skip})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Skips(facts()); err != nil || got != want {
			t.Errorf("skip %q: %v, %v", skip, got, err)
		}
	}
	s, err := NewSource(news.Source{ID: "watch-en", Skip: `1 % (len(title) - len(title)) == 0`})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Skips(facts()); err == nil || !strings.Contains(err.Error(), `source "watch-en": skip`) {
		t.Errorf("Skips = %v", err)
	}
}

func TestRulesThatDoNotCompile(t *testing.T) {
	_, sourceErr := NewSource(news.Source{ID: "s", Skip: `titel == ""`})
	_, channelErr := NewChannel(news.Channel{ID: "c", When: `true and titel == ""`})
	for _, test := range []struct {
		err    error
		prefix string
		offset int
	}{{sourceErr, `source "s": skip: `, 0}, {channelErr, `channel "c": when: `, 9}} {
		bad, ok := errors.AsType[*ExprError](test.err)
		if !ok || bad.Offset != test.offset || !strings.HasPrefix(test.err.Error(), test.prefix) {
			t.Errorf("error %v", test.err)
		}
	}
}

func TestRulebook(t *testing.T) {
	source := func(id news.SourceID, formerly ...news.SourceID) *Source {
		return &Source{Source: news.Source{ID: id, Formerly: formerly, Review: news.ReviewManual}}
	}
	a, b := source("a", "b", "old"), source("b")
	ch := channel(t, "")
	sources := []*Source{a, b, source(news.DeskSource)}
	book := NewRulebook(news.Site{Title: "T", Language: "fr", Review: news.ReviewManual}, sources, []*Channel{ch})
	sources[0] = nil

	if got := book.Sources(); len(got) != 3 || got[0] != a || got[1] != b || got[2].ID != news.DeskSource {
		t.Errorf("Sources = %v", got)
	}
	if book.Source("old") != a || book.Source("b") != b || book.Source("none") != nil {
		t.Error("Source does not resolve")
	}
	desk := book.Source(news.DeskSource)
	if desk.Review != news.ReviewAuto || desk.Title != "Desk" || desk.Poll || desk.Language != "fr" || desk.URL != "" {
		t.Errorf("desk = %+v", desk.Source)
	}
	if book.Channel("ch") != ch || book.Channel("none") != nil || len(book.Channels()) != 1 || book.Site().Title != "T" {
		t.Error("Channel or Site is wrong")
	}
	book.Sources()[0], book.Channels()[0] = nil, nil
	if book.Sources()[0] != a || book.Channels()[0] != ch {
		t.Error("a caller changed the rulebook")
	}
	if only := NewRulebook(news.Site{}, nil, nil).Sources(); len(only) != 1 || only[0].ID != news.DeskSource {
		t.Errorf("an empty rulebook has %v", only)
	}
}
