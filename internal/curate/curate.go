// Package curate holds the rules of the newswire: expressions and selectors of
// feeds.yaml, compiled and type-checked; what the decisions on an item add up to;
// and whether an item is public at a place. It is pure: no clock, no I/O, and one
// answer to one question for ever.
//
// Which items a list holds, in what order and with what text is edition's; who
// may decide, and recording it, is newsroom's.
package curate

import (
	"fmt"
	"slices"
	"strings"

	"rightswire/internal/news"
)

// Facts are what a rule may know of an item.
type Facts struct {
	// Item's tags are those that count: with a curator's in them.
	Item *news.Item
	// Source is the item's; nil leaves what it would say empty.
	Source *news.Source
	// Text gives the plain text of the item's body. It is asked at most once, and
	// only where a rule's answer depends on it; nil is an empty text.
	Text func() (string, error)
}

// A Channel is a news.Channel with its rule compiled. It must not be changed.
type Channel struct {
	news.Channel
	when *Expr // nil where there is none
}

// NewChannel compiles a channel's when expression. Its error wraps an *ExprError.
func NewChannel(c news.Channel) (*Channel, error) {
	if c.When == "" {
		return &Channel{Channel: c}, nil
	}
	when, err := Compile(c.When)
	if err != nil {
		return nil, fmt.Errorf("channel %q: when: %w", c.ID, err)
	}
	return &Channel{Channel: c, when: when}, nil
}

// Admits reports whether an item belongs to the channel: it has to match one of
// each simple selector there is, then the when expression. Countries are those an
// item is about; a language admits its variants ("zh" admits "zh-Hans"). Whether
// an item that belongs is also shown is Public's.
func (c *Channel) Admits(f Facts) (bool, error) {
	if !c.selects(&f) {
		return false, nil
	}
	if c.when == nil {
		return true, nil
	}
	ok, err := c.when.Match(f)
	if err != nil {
		return false, fmt.Errorf("channel %q: when: %w", c.ID, err)
	}
	return ok, nil
}

// NeedsText reports whether Admits may ask for an item's text.
func (c *Channel) NeedsText() bool { return c.when != nil && c.when.NeedsText() }

func (c *Channel) selects(f *Facts) bool {
	return c.selectsSource(f) && c.selectsLanguage(f) && c.selectsTopic(f.Item) && c.selectsCountry(f.Item)
}

func (c *Channel) selectsSource(f *Facts) bool {
	if len(c.Sources) == 0 || slices.Contains(c.Sources, f.Item.Source) {
		return true
	}
	if f.Source == nil {
		return false
	}
	return slices.ContainsFunc(c.Sources, func(id news.SourceID) bool {
		return id == f.Source.ID || slices.Contains(f.Source.Formerly, id)
	})
}

func (c *Channel) selectsLanguage(f *Facts) bool {
	if len(c.Languages) == 0 {
		return true
	}
	said := language(f)
	return slices.ContainsFunc(c.Languages, func(want string) bool {
		return len(said) >= len(want) && strings.EqualFold(said[:len(want)], want) &&
			(len(said) == len(want) || said[len(want)] == '-')
	})
}

func (c *Channel) selectsTopic(it *news.Item) bool {
	return len(c.Topics) == 0 || slices.ContainsFunc(it.Tags.Topics, func(t news.TopicTag) bool {
		return slices.Contains(c.Topics, t.ID)
	})
}

func (c *Channel) selectsCountry(it *news.Item) bool {
	return len(c.Countries) == 0 || slices.ContainsFunc(it.Tags.Countries, func(t news.CountryTag) bool {
		return t.About && slices.Contains(c.Countries, t.Code)
	})
}

// A Source is a news.Source with its rule compiled. It must not be changed.
type Source struct {
	news.Source
	skip *Expr // nil where there is none
}

// NewSource compiles a source's skip expression. Its error wraps an *ExprError.
func NewSource(s news.Source) (*Source, error) {
	if s.Skip == "" {
		return &Source{Source: s}, nil
	}
	skip, err := Compile(s.Skip)
	if err != nil {
		return nil, fmt.Errorf("source %q: skip: %w", s.ID, err)
	}
	return &Source{Source: s, skip: skip}, nil
}

// Skips reports whether the source's skip expression matches an item, which is
// then kept and shown nowhere.
func (s *Source) Skips(f Facts) (bool, error) {
	if s.skip == nil {
		return false, nil
	}
	ok, err := s.skip.Match(f)
	if err != nil {
		return false, fmt.Errorf("source %q: skip: %w", s.ID, err)
	}
	return ok, nil
}

// A Rulebook is everything feeds.yaml says of what comes in and what goes out, at
// one moment. It is immutable and may be used by several goroutines.
type Rulebook struct {
	site     news.Site
	sources  []*Source
	channels []*Channel
	byID     map[news.SourceID]*Source // formerly ids too
	channel  map[news.ChannelID]*Channel
}

// NewRulebook returns the rulebook of a site. The built-in desk source is added
// after the given ones, and stands in place of any that took its id.
func NewRulebook(site news.Site, sources []*Source, channels []*Channel) *Rulebook {
	b := &Rulebook{
		site:     site,
		channels: slices.Clone(channels),
		byID:     make(map[news.SourceID]*Source, len(sources)+1),
		channel:  make(map[news.ChannelID]*Channel, len(channels)),
	}
	for _, s := range sources {
		if s.ID != news.DeskSource {
			b.sources = append(b.sources, s)
		}
	}
	b.sources = append(b.sources, desk(site))
	for _, s := range b.sources {
		for _, old := range s.Formerly {
			b.byID[old] = s
		}
	}
	for _, s := range b.sources { // an id of today outranks one of yesterday
		b.byID[s.ID] = s
	}
	for _, c := range b.channels {
		b.channel[c.ID] = c
	}
	return b
}

// desk is the source of what curators add by hand: never polled, and shown
// without a further approval, since a curator put it there.
func desk(site news.Site) *Source {
	return &Source{Source: news.Source{
		ID:       news.DeskSource,
		Title:    "Desk",
		Language: site.Language,
		Org:      string(news.DeskSource),
		Review:   news.ReviewAuto,
		Page:     news.PageFalse,
	}}
}

// Site returns the newswire as its readers see it.
func (b *Rulebook) Site() news.Site { return b.site }

// Sources returns the sources in the order of feeds.yaml, the desk last. The
// caller owns the slice.
func (b *Rulebook) Sources() []*Source { return slices.Clone(b.sources) }

// Source returns the source that has the id or had it formerly, nil where none
// does.
func (b *Rulebook) Source(id news.SourceID) *Source { return b.byID[id] }

// Channels returns the channels in the order of feeds.yaml. The caller owns the
// slice.
func (b *Rulebook) Channels() []*Channel { return slices.Clone(b.channels) }

// Channel returns the channel of that id, nil where there is none.
func (b *Rulebook) Channel(id news.ChannelID) *Channel { return b.channel[id] }
