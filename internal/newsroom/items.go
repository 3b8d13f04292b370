package newsroom

import (
	"slices"
	"strings"
	"time"

	"rightswire/internal/curate"
	"rightswire/internal/news"
	"rightswire/internal/store"
	"rightswire/internal/tag"
	"rightswire/internal/text"
)

// A Query asks for items; empty fields ask for all. Fields are and-ed.
type Query struct {
	Source   string    `json:"source,omitempty"`
	Channel  string    `json:"channel,omitempty"` // that admits and shows it
	Country  string    `json:"country,omitempty"` // that it is about
	Topic    string    `json:"topic,omitempty"`
	Language string    `json:"language,omitempty"`
	Since    time.Time `json:"since,omitzero"` // entered since
	Standing string    `json:"standing,omitempty"`
	// Review asks for what waits for a curator.
	Review bool `json:"review,omitempty"`
	// Texts asks for summary, body, authors and the like.
	Texts bool   `json:"texts,omitempty"`
	After Cursor `json:"after,omitzero"` // the page before
	Limit int    `json:"limit,omitempty"`
}

// A Cursor is where a page of items ended: at the entry of its last item, and
// among those of one second at its place in the store. It stays good where that
// item moves away.
type Cursor struct {
	Entry time.Time `json:"entry,omitzero"`
	Seq   uint64    `json:"seq,omitempty"`
}

// before reports whether the page at the cursor, or one before it, looked at an
// item. A walk goes by the second of the entry and then against the order of
// filing.
func (c Cursor) before(it *news.Item) bool {
	at, end := it.Entry().Unix(), c.Entry.Unix()
	return c.Seq != 0 && (at > end || at == end && it.Seq >= c.Seq)
}

// A Page is a part of the answer to a Query, latest entry first.
type Page struct {
	Items []ItemView `json:"items"`
	// Next is where the next page starts; nil: this was the last.
	Next *Cursor `json:"next,omitempty"`
}

const (
	// pageItems bounds one page, and with it how long the store is read.
	pageItems = 100
	// pageScan bounds how many items one page looks at.
	pageScan = 20000
)

// Items answers a query page by page.
func (n *Newsroom) Items(q Query) (Page, error) {
	s := n.current.Load()
	if err := s.valid(&q); err != nil {
		return Page{}, err
	}
	limit := pageItems
	if q.Limit > 0 {
		limit = min(limit, q.Limit)
	}
	p := Page{Items: []ItemView{}}
	now := time.Now()
	err := n.store.View(func(tx *store.Tx) error {
		scanned, last := 0, Cursor{}
		return tx.Walk(q.facet(), q.After.Entry, func(it *news.Item) (bool, error) {
			entry := it.Entry()
			switch {
			case q.After.before(it):
				return true, nil
			case !q.Since.IsZero() && entry.Before(q.Since):
				return entry.Unix() == q.Since.Unix(), nil // a second is in no order
			case scanned == pageScan || len(p.Items) == limit:
				p.Next = &last
				return false, nil
			}
			scanned++
			last = Cursor{Entry: entry, Seq: it.Seq}
			v, ok, err := s.match(tx, it, &q, now)
			if ok {
				p.Items = append(p.Items, v)
			}
			return true, err
		})
	})
	return p, err
}

// facet is the shortest list that holds the answer.
func (q *Query) facet() store.Facet {
	switch {
	case q.Source != "":
		return store.Facet{Kind: store.BySource, Value: q.Source}
	case q.Topic != "":
		return store.Facet{Kind: store.ByTopic, Value: q.Topic}
	case q.Country != "":
		return store.Facet{Kind: store.ByCountry, Value: q.Country}
	}
	return store.Facet{Kind: store.All}
}

// valid refuses names that nothing bears, rather than answering with nothing.
func (s *settings) valid(q *Query) error {
	if q.Source != "" {
		src := s.config.Rules.Source(news.SourceID(q.Source))
		if src == nil {
			return badRequest("see: rightswire sources", "no source %q", q.Source)
		}
		q.Source = string(src.ID)
	}
	if q.Channel != "" && s.config.Rules.Channel(news.ChannelID(q.Channel)) == nil {
		return badRequest("see the channels in feeds.yaml", "no channel %q", q.Channel)
	}
	if q.Topic != "" && !s.config.Vocabulary.Has(news.TopicID(q.Topic)) {
		return badRequest("topics are ids such as refoulement", "no topic %q", q.Topic)
	}
	q.Country = strings.ToUpper(q.Country)
	if q.Country != "" && !tag.IsCountry(q.Country) {
		return badRequest("countries are codes such as KP", "no country %q", q.Country)
	}
	if q.Language != "" && text.Language(q.Language) == "" {
		return badRequest("give a BCP 47 tag such as ko or zh-Hans", "no language %q", q.Language)
	}
	if q.Standing != "" && !slices.Contains(Standings(), q.Standing) {
		return badRequest("one of: "+strings.Join(Standings(), " "), "no standing %q", q.Standing)
	}
	return nil
}

// Standings lists the words for where an item stands.
func Standings() []string {
	return []string{
		"published", "pending", string(news.StateHeld), string(news.StateRejected),
		string(news.StateWithdrawn), string(news.StateSkipped),
	}
}

// match spells out an item where the query asks for it.
func (s *settings) match(tx *store.Tx, it *news.Item, q *Query, now time.Time) (ItemView, bool, error) {
	src := s.config.Rules.Source(it.Source)
	var waits string
	switch {
	case q.Language != "" && !sameLanguage(it.Language, q.Language):
		return ItemView{}, false, nil
	case q.Country != "" && !about(it, news.Country(q.Country)):
		return ItemView{}, false, nil
	case q.Topic != "" && !slices.ContainsFunc(it.Tags.Topics, func(t news.TopicTag) bool { return string(t.ID) == q.Topic }):
		return ItemView{}, false, nil
	case q.Standing != "" && standingOf(it, src, now) != q.Standing:
		return ItemView{}, false, nil
	}
	if q.Review {
		var ok bool
		var err error
		if waits, ok, err = s.waits(tx, it, src, now); err != nil || !ok {
			return ItemView{}, false, err
		}
	}
	v, err := s.view(tx, it, now, q.Texts)
	if err != nil {
		return v, false, err
	}
	v.Waits = waits
	return v, q.Channel == "" || slices.Contains(v.Channels, news.ChannelID(q.Channel)), nil
}

// waits says why an item waits for a curator.
func (s *settings) waits(tx *store.Tx, it *news.Item, src *curate.Source, now time.Time) (string, bool, error) {
	if src == nil {
		return "", false, nil
	}
	var failed error
	why, ok := curate.NeedsReview(it, &src.Source, s.config.Rules.Channels(), now, func(c *curate.Channel) bool {
		admits, err := s.desk.Admits(tx, c, it)
		if err != nil {
			failed = err
		}
		return admits
	})
	return why, ok, failed
}

func about(it *news.Item, c news.Country) bool {
	return slices.ContainsFunc(it.Tags.Countries, func(t news.CountryTag) bool { return t.Code == c && t.About })
}

// sameLanguage matches by prefix: zh asks for zh-Hans too.
func sameLanguage(have, want string) bool {
	return strings.EqualFold(have, want) ||
		len(have) > len(want) && strings.EqualFold(have[:len(want)], want) && have[len(want)] == '-'
}
