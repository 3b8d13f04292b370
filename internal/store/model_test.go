package store

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"rightswire/internal/link"
	"rightswire/internal/news"

	"pgregory.net/rapid"
)

// A model says what a store must hold, in maps.
type model struct {
	items     map[news.ItemID]news.Item
	aliases   map[news.ItemID]news.ItemID
	revs      map[news.ItemID]map[int]news.Revision
	decisions map[news.ItemID][]news.Decision
	polls     map[news.SourceID]news.Poll
	visits    map[news.SourceID]news.Visit
	readings  map[news.SourceID][]news.Reading
	places    map[string]Place
	turns     []news.Turn // oldest first
	subs      map[news.SourceID]news.Subscription
	seq       uint64
}

func newModel() *model {
	return &model{
		items: map[news.ItemID]news.Item{}, aliases: map[news.ItemID]news.ItemID{},
		revs: map[news.ItemID]map[int]news.Revision{}, decisions: map[news.ItemID][]news.Decision{},
		polls: map[news.SourceID]news.Poll{}, visits: map[news.SourceID]news.Visit{}, places: map[string]Place{},
		readings: map[news.SourceID][]news.Reading{}, subs: map[news.SourceID]news.Subscription{},
	}
}

func (m *model) clone() *model {
	c := *m
	c.items, c.aliases, c.decisions = maps.Clone(m.items), maps.Clone(m.aliases), maps.Clone(m.decisions)
	c.polls, c.visits, c.places = maps.Clone(m.polls), maps.Clone(m.visits), maps.Clone(m.places)
	c.readings, c.subs, c.turns = maps.Clone(m.readings), maps.Clone(m.subs), slices.Clone(m.turns)
	c.revs = map[news.ItemID]map[int]news.Revision{}
	for id, revs := range m.revs {
		c.revs[id] = maps.Clone(revs)
	}
	return &c
}

// An op is one random operation within a transaction.
type op func(t *rapid.T, tx *Tx, m *model) error

var ops = map[string]op{
	"add": func(t *rapid.T, tx *Tx, m *model) error {
		src := genSource.Draw(t, "source")
		id := news.NewItemID(src, news.ByGUID, fmt.Sprint(rapid.IntRange(0, 30).Draw(t, "guid")))
		if _, ok := m.items[id]; ok || m.aliases[id] != "" {
			if tx.PutItem(&news.Item{ID: id, Source: src}) == nil {
				t.Fatalf("item %s was added twice", id)
			}
			return nil
		}
		it := news.Item{ID: id, Source: src}
		vary(t, &it)
		if rapid.Bool().Draw(t, "revision first") {
			if err := addRevision(t, tx, m, &it); err != nil {
				return err
			}
		}
		m.seq++
		err := tx.PutItem(&it)
		if it.Seq != m.seq {
			t.Fatalf("seq %d instead of %d", it.Seq, m.seq)
		}
		m.items[id] = it
		return err
	},
	"change": func(t *rapid.T, tx *Tx, m *model) error {
		it, ok := m.draw(t)
		if !ok {
			return nil
		}
		vary(t, &it)
		m.items[it.ID] = it
		return tx.PutItem(&it)
	},
	"revise": func(t *rapid.T, tx *Tx, m *model) error {
		it, ok := m.draw(t)
		if !ok || it.Expired {
			return nil
		}
		if err := addRevision(t, tx, m, &it); err != nil {
			return err
		}
		m.items[it.ID] = it
		return tx.PutItem(&it)
	},
	"alias": func(t *rapid.T, tx *Tx, m *model) error {
		it, ok := m.draw(t)
		if !ok {
			return nil
		}
		alias := news.NewItemID(it.Source, news.ByTitle, fmt.Sprint(m.seq, rapid.IntRange(0, 3).Draw(t, "alias")))
		if other := m.aliases[alias]; other != "" && other != it.ID {
			if tx.AddAlias(alias, &it) == nil {
				t.Fatal("alias moved to another item")
			}
			return nil
		}
		m.aliases[alias] = it.ID
		return tx.AddAlias(alias, &it)
	},
	"decide": func(t *rapid.T, tx *Tx, m *model) error {
		it, ok := m.draw(t)
		if !ok {
			return nil
		}
		d := news.Decision{
			Item: it.ID, Action: news.Retag, By: genText.Draw(t, "by"), At: genTime.Draw(t, "at"), Why: genText.Draw(t, "why"),
			Revision: it.Latest, Channel: "china", Until: genTime.Draw(t, "until"), Text: genText.Draw(t, "text"), Undoes: 3,
			AddTopics: genSlice(genTopic).Draw(t, "add"), DropCountries: genSlice(genLand).Draw(t, "drop"),
		}
		err := tx.AddDecision(&d)
		for _, ds := range m.decisions {
			for _, other := range ds {
				if d.Seq <= other.Seq {
					t.Fatalf("decision %d after %d", d.Seq, other.Seq)
				}
			}
		}
		m.decisions[it.ID] = append(slices.Clone(m.decisions[it.ID]), d)
		return err
	},
	"poll": func(t *rapid.T, tx *Tx, m *model) error {
		src := genSource.Draw(t, "source")
		p := news.Poll{Next: epoch.Add(time.Duration(m.seq) * time.Second), Count: rapid.Uint32().Draw(t, "count"), Failures: 3}
		v := news.Visit{URL: genURL.Draw(t, "url"), ETag: genText.Draw(t, "etag"), First: genTime.Draw(t, "first"), Rhythm: -time.Hour,
			Gone: rapid.Bool().Draw(t, "gone"), Failure: news.Failure{Kind: news.FailStatus, Status: 503}, Repairs: genSlice(genText).Draw(t, "repairs")}
		if rapid.Bool().Draw(t, "rich") {
			v = richVisit(rapid.IntRange(0, 50).Draw(t, "n"))
		}
		v.BodyHash[3] = byte(m.seq)
		m.polls[src], m.visits[src] = p, v
		return errors.Join(tx.PutPoll(src, p), tx.PutVisit(src, v))
	},
	"read": func(t *rapid.T, tx *Tx, m *model) error {
		src := genSource.Draw(t, "source")
		var list []news.Reading
		for range rapid.IntRange(0, 4).Draw(t, "readings") {
			it, ok := m.draw(t)
			if !ok {
				break
			}
			claimed := epoch.Add(time.Duration(rapid.IntRange(0, 1e6).Draw(t, "claimed")) * time.Second)
			if rapid.Bool().Draw(t, "undated") {
				claimed = time.Time{}
			}
			list = append(list, news.Reading{Print: [16]byte{byte(m.seq), rapid.Byte().Draw(t, "print")}, Item: it.ID, Claimed: claimed, Mended: rapid.Bool().Draw(t, "mended")})
		}
		m.readings[src] = list
		return tx.PutReadings(src, list)
	},
	"turn": func(t *rapid.T, tx *Tx, m *model) error {
		turn := news.Turn{Source: genSource.Draw(t, "source"), To: news.HealthOK, At: genTime.Draw(t, "at"), Why: genText.Draw(t, "why")}
		err := tx.AddTurn(&turn)
		m.turns = append(m.turns, turn)
		if turn.Seq != uint64(len(m.turns)) {
			t.Fatalf("turn %d is numbered %d", len(m.turns), turn.Seq)
		}
		return err
	},
	"subscribe": func(t *rapid.T, tx *Tx, m *model) error {
		src := genSource.Draw(t, "source")
		if rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
			delete(m.subs, src)
			return tx.RemoveSubscription(src)
		}
		s := richSubscription(src, rapid.IntRange(0, 50).Draw(t, "n"))
		s.Token, s.Pushed = string(src), genTime.Draw(t, "pushed")
		m.subs[src] = s
		return tx.PutSubscription(s)
	},
	"place": func(t *rapid.T, tx *Tx, m *model) error {
		path := rapid.SampledFrom([]string{"", "channels/x/", "sources/y/"}).Draw(t, "path")
		p := Place{Defined: genTime.Draw(t, "defined"), Touched: genTime.Draw(t, "touched")}
		p.Definition[31] = byte(m.seq)
		m.places[path] = p
		return tx.PutPlace(path, p)
	},
	"expire": func(t *rapid.T, tx *Tx, m *model) error {
		limit := rapid.IntRange(1, 3).Draw(t, "max")
		n, err := tx.Expire(epoch, limit, func(it *news.Item) bool {
			if it.Standing.Pinned || it.Expired || !it.FirstSeen.Before(epoch) {
				return false
			}
			old := m.items[it.ID]
			old.Expired = true
			m.items[it.ID] = old
			delete(m.revs, it.ID)
			return true
		})
		if n > limit {
			t.Fatalf("expired %d of %d", n, limit)
		}
		return err
	},
}

func addRevision(t *rapid.T, tx *Tx, m *model, it *news.Item) error {
	e, seen := drawEntry(t), genTime.Draw(t, "seen")
	p, err := Prepare(e, seen)
	if err != nil {
		return err
	}
	if _, err := tx.AddRevision(it, p); err != nil {
		return err
	}
	if m.revs[it.ID] == nil {
		m.revs[it.ID] = map[int]news.Revision{}
	}
	m.revs[it.ID][it.Latest] = news.Revision{Number: it.Latest, Seen: seen, Entry: *e}
	return nil
}

// draw picks one of the items.
func (m *model) draw(t *rapid.T) (news.Item, bool) {
	if len(m.items) == 0 {
		return news.Item{}, false
	}
	return m.items[rapid.SampledFrom(slices.Sorted(maps.Keys(m.items))).Draw(t, "item")], true
}

var errAbort = errors.New("abort")

func TestStoreModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		s, err := Open(dir, Options{})
		if err != nil {
			rt.Fatal(err)
		}
		m := newModel()
		names := slices.Sorted(maps.Keys(ops))
		for range rapid.IntRange(1, 8).Draw(rt, "transactions") {
			next := m.clone()
			abort := rapid.IntRange(0, 4).Draw(rt, "abort") == 0
			err := s.Update(func(tx *Tx) error {
				for range rapid.IntRange(1, 8).Draw(rt, "ops") {
					if err := ops[rapid.SampledFrom(names).Draw(rt, "op")](rt, tx, next); err != nil {
						return err
					}
					if rapid.IntRange(0, 3).Draw(rt, "look") == 0 {
						next.compare(rt, tx)
					}
				}
				if abort {
					return errAbort
				}
				return nil
			})
			switch {
			case abort && errors.Is(err, errAbort):
			case err != nil:
				rt.Fatal(err)
			default:
				m = next
			}
			switch rapid.IntRange(0, 9).Draw(rt, "then") {
			case 0:
				if err := s.Close(); err != nil {
					rt.Fatal(err)
				}
				if s, err = Open(dir, Options{}); err != nil {
					rt.Fatal(err)
				}
			case 1:
				if _, _, err := s.Compact(mustVerify); err != nil {
					rt.Fatal(err)
				}
			}
			if err := s.View(func(tx *Tx) error { m.compare(rt, tx); return nil }); err != nil {
				rt.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			rt.Fatal(err)
		}
		if err := mustVerify(s.path); err != nil {
			rt.Fatal(err)
		}
	})
}

// mustVerify is a check for Backup and Compact.
func mustVerify(path string) error {
	r, err := Verify(path)
	if len(r.Problems) > 0 {
		err = errors.Join(err, fmt.Errorf("%q", r.Problems))
	}
	return err
}

// compare holds what a transaction reads against the model.
func (m *model) compare(t *rapid.T, tx *Tx) {
	same := func(what string, got, want any, err error) {
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\n got %+v (%v)\nwant %+v", what, got, err, want)
		}
	}
	for id, want := range m.items {
		got, err := tx.Item(id)
		same("item", got, &want, err)
		revs, err := tx.Revisions(got)
		same("number of revisions", len(revs), len(m.revs[id]), err)
		for _, rev := range revs {
			same("revision", *rev, m.revs[id][rev.Number], nil)
		}
		ds, err := tx.Decisions(id)
		same("decisions", ds, m.decisions[id], err)
	}
	for alias, id := range m.aliases {
		it, err := tx.Item(alias)
		same("alias", it.ID, id, err)
	}
	for src, want := range m.polls {
		got, err := tx.Poll(src)
		same("poll", got, want, err)
	}
	for src, want := range m.visits {
		got, err := tx.Visit(src)
		same("visit", got, want, err)
	}
	for src, want := range m.readings {
		got, err := tx.Readings(src)
		same("readings", got, want, err)
	}
	for _, src := range []news.SourceID{"alpha", "beta", "gamma"} {
		got, err := tx.Subscription(src)
		same("subscription", got, m.subs[src], err)
	}
	subs, err := tx.Subscriptions()
	same("subscriptions", len(subs), len(m.subs), err)
	turns, err := tx.Turns(maxTurns)
	slices.Reverse(turns)
	same("turns", len(turns) == len(m.turns) && slices.Equal(turns, m.turns), true, err)
	places, err := tx.Places()
	same("places", places, m.places, err)
	m.compareLists(t, tx)
	for _, src := range []news.SourceID{"alpha", "beta", "gamma"} {
		n, err := tx.Count(src)
		same("count", n, len(m.list(func(it *news.Item) bool { return it.Source == src })), err)
		for _, url := range []string{"https://a.example/1", "https://b.example/ü"} {
			items, err := tx.ByLink(src, url)
			want := m.list(func(it *news.Item) bool {
				return it.Source == src && it.URL != "" && link.Key(it.URL) == link.Key(url)
			})
			same("by link", len(items), len(want), err)
		}
	}
}

func (m *model) compareLists(t *rapid.T, tx *Tx) {
	for f, in := range map[Facet]func(*news.Item) bool{
		{Kind: All}:                                 func(*news.Item) bool { return true },
		{Kind: Pinned}:                              func(it *news.Item) bool { return it.Standing.Pinned },
		{Kind: BySource, Value: "beta"}:             func(it *news.Item) bool { return it.Source == "beta" },
		{Kind: BySource, Value: "nobody"}:           func(*news.Item) bool { return false },
		{Kind: ByTopic, Value: "p"}:                 tagged("p"),
		{Kind: ByTopic, Value: "press-freedom"}:     tagged("press-freedom"),
		{Kind: ByCountry, Value: "KP"}:              about("KP"),
		{Kind: ByCountry, Value: "NO"}:              about("NO"),
		{Kind: ByTopic, Value: "press-freedom-day"}: tagged("press-freedom-day"),
	} {
		from := genTime.Draw(t, "from")
		want := m.list(func(it *news.Item) bool {
			return in(it) && (from.IsZero() || keySecond(it.Entry()) <= keySecond(from))
		})
		var got []news.ItemID
		err := tx.Walk(f, from, func(it *news.Item) (bool, error) {
			got = append(got, it.ID)
			return true, nil
		})
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("walk %+v from %v\n got %v (%v)\nwant %v", f, from, got, err, want)
		}
	}
}

func tagged(id news.TopicID) func(*news.Item) bool {
	return func(it *news.Item) bool {
		return slices.ContainsFunc(it.Tags.Topics, func(t news.TopicTag) bool { return t.ID == id })
	}
}

func about(code news.Country) func(*news.Item) bool {
	return func(it *news.Item) bool {
		return slices.ContainsFunc(it.Tags.Countries, func(t news.CountryTag) bool { return t.Code == code })
	}
}

// list returns the ids of the items for which in says yes, as Walk orders them.
func (m *model) list(in func(*news.Item) bool) []news.ItemID {
	var items []news.Item
	for _, it := range m.items {
		if in(&it) {
			items = append(items, it)
		}
	}
	slices.SortFunc(items, func(a, b news.Item) int {
		return cmp.Or(cmp.Compare(keySecond(b.Entry()), keySecond(a.Entry())), cmp.Compare(b.Seq, a.Seq))
	})
	var ids []news.ItemID
	for _, it := range items {
		ids = append(ids, it.ID)
	}
	return ids
}
