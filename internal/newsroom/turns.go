package newsroom

import (
	"cmp"
	"slices"
	"time"

	"rightswire/internal/health"
	"rightswire/internal/news"
	"rightswire/internal/store"
	"rightswire/internal/tag"
	"rightswire/internal/text"
)

// A HealthView is how the polled sources are doing, as everybody may know it: no
// address, no error and no reason is in it.
type HealthView struct {
	// Countries are in the order of their names in the site's language; last comes
	// the world, which is the beat of sources that have none.
	Countries []CountryHealth `json:"countries"`
	Readable  int             `json:"readable"`
	Polled    int             `json:"polled"`
}

// A CountryHealth is how the sources of a country are doing. A source with
// several countries stands under each.
type CountryHealth struct {
	Country  news.Country   `json:"country,omitempty"` // "" is the world
	Name     string         `json:"name"`              // in the site's language; "" for the world
	Readable int            `json:"readable"`
	Sources  []SourceHealth `json:"sources"` // in the order of feeds.yaml
}

// A SourceHealth is how a source is doing.
type SourceHealth struct {
	ID       news.SourceID `json:"id"`
	Title    string        `json:"title"`
	Language string        `json:"language,omitempty"`
	Kind     news.Kind     `json:"kind,omitempty"`
	State    news.Health   `json:"state"`
	Meaning  string        `json:"meaning"` // of the state, in words for readers
	Since    time.Time     `json:"since,omitzero"`
	Newest   time.Time     `json:"newest,omitzero"` // what its newest item claims
}

// Health tells readers how the polled sources are doing.
func (n *Newsroom) Health() (HealthView, error) {
	s := n.current.Load()
	now := time.Now()
	v := HealthView{Countries: []CountryHealth{}}
	err := n.store.View(func(tx *store.Tx) error {
		for _, src := range s.config.Rules.Sources() {
			if !src.Poll {
				continue
			}
			c, err := s.checkup(tx, &src.Source, now)
			if err != nil {
				return err
			}
			v.add(&c)
		}
		return nil
	})
	v.name(s.config.Site.Language)
	return v, err
}

func (v *HealthView) add(c *checkup) {
	one := SourceHealth{
		ID: c.ID, Title: c.Title, Language: c.Language, Kind: c.Kind,
		State: c.State, Meaning: health.Meaning(c.State), Since: c.Since.UTC(), Newest: c.visit.Newest.UTC(),
	}
	v.Polled++
	if c.State.Readable() {
		v.Readable++
	}
	beat := c.Countries
	if len(beat) == 0 {
		beat = []news.Country{""}
	}
	for _, country := range beat {
		i := slices.IndexFunc(v.Countries, func(h CountryHealth) bool { return h.Country == country })
		if i < 0 {
			i = len(v.Countries)
			v.Countries = append(v.Countries, CountryHealth{Country: country})
		}
		h := &v.Countries[i]
		h.Sources = append(h.Sources, one)
		if c.State.Readable() {
			h.Readable++
		}
	}
}

// name gives the countries their names and brings them in order.
func (v *HealthView) name(language string) {
	for i := range v.Countries {
		if h := &v.Countries[i]; h.Country != "" {
			h.Name = tag.CountryName(h.Country, language)
		}
	}
	world := func(h CountryHealth) int {
		if h.Country == "" {
			return 1
		}
		return 0
	}
	slices.SortFunc(v.Countries, func(a, b CountryHealth) int {
		return cmp.Or(cmp.Compare(world(a), world(b)), cmp.Compare(text.Fold(a.Name), text.Fold(b.Name)), cmp.Compare(a.Country, b.Country))
	})
}

// A TurnList is how the health of the sources changed, newest first.
type TurnList struct {
	// Modified is the last moment that anything of the list changed: a turn, or what
	// feeds.yaml says of a source.
	Modified time.Time  `json:"modified,omitzero"`
	Turns    []TurnView `json:"turns"`
}

// A TurnView is a change of a source's health, as everybody may know it.
type TurnView struct {
	Seq     uint64        `json:"seq"`
	Source  news.SourceID `json:"source"`
	Title   string        `json:"title"` // of the source
	From    news.Health   `json:"from,omitempty"`
	To      news.Health   `json:"to"`
	Meaning string        `json:"meaning"` // of the state it came to
	At      time.Time     `json:"at"`
}

const (
	// listedTurns is how many turns are told.
	listedTurns = 50
	// scannedTurns is among how many they are looked for.
	scannedTurns = 1000
)

// Turns returns the latest changes of the health of the sources that are polled.
func (n *Newsroom) Turns() (TurnList, error) {
	rules := n.current.Load().config.Rules
	list := TurnList{Turns: []TurnView{}}
	err := n.store.View(func(tx *store.Tx) error {
		front, err := tx.Place(news.Place{}.Path())
		if err != nil {
			return err
		}
		list.Modified = front.Defined
		turns, err := tx.Turns(scannedTurns)
		if err != nil {
			return err
		}
		for _, t := range turns {
			src := rules.Source(t.Source)
			if len(list.Turns) == listedTurns {
				break
			}
			if src == nil || !src.Poll || firstGood(t) {
				continue
			}
			list.Turns = append(list.Turns, TurnView{
				Seq: t.Seq, Source: src.ID, Title: src.Title, From: t.From, To: t.To,
				Meaning: health.Meaning(t.To), At: t.At.UTC(),
			})
		}
		return nil
	})
	for _, t := range list.Turns {
		if t.At.After(list.Modified) {
			list.Modified = t.At
		}
	}
	list.Modified = list.Modified.UTC().Truncate(time.Second)
	return list, err
}

// firstGood reports whether a turn tells that a source could be read from the first
// visit on, which is no news.
func firstGood(t news.Turn) bool {
	return (t.From == "" || t.From == news.HealthNew) && t.To.Readable()
}
