// Package edition decides what a place (the front page, a channel, a source)
// shows at a moment: which items, in what order, with what text, and when that
// next changes by itself. It is the only place that decides it; every output is
// made from its Editions. It reads the store and the rules and changes neither.
package edition

import (
	"cmp"
	"errors"
	"log/slog"
	"slices"
	"time"

	"rightswire/internal/curate"
	"rightswire/internal/markup"
	"rightswire/internal/news"
	"rightswire/internal/store"
	"rightswire/internal/tag"
)

// What a place that shows nothing is.
var (
	// ErrNone says that there never was such a place or item.
	ErrNone = errors.New("no such place")
	// ErrGone says that there was one.
	ErrGone = errors.New("gone")
)

// listLimit is how many items the front page and a source's page hold; channels
// say their own.
const listLimit = 50

// A Desk makes editions by one set of rules.
type Desk struct {
	Store      *store.Store
	Rules      *curate.Rulebook
	Vocabulary *tag.Vocabulary
	Log        *slog.Logger // of what cannot be read
}

// At returns what place shows at the moment now.
func (d *Desk) At(place news.Place, now time.Time) (*news.Edition, error) {
	ed := &news.Edition{Place: place, Language: d.Rules.Site().Language}
	err := d.Store.View(func(tx *store.Tx) error {
		v, err := d.view(tx, ed, now)
		if err != nil {
			return err
		}
		if err := v.collect(); err != nil {
			return err
		}
		return v.finish()
	})
	if err != nil {
		return nil, err
	}
	return ed, nil
}

// A view is one edition in the making.
type view struct {
	*Desk
	tx      *store.Tx
	ed      *news.Edition
	now     time.Time
	channel *curate.Channel // where the place is one
	limit   int
	seen    map[news.ItemID]bool
	window  []*news.Item
}

// view checks that the place exists and fills in its titles.
func (d *Desk) view(tx *store.Tx, ed *news.Edition, now time.Time) (*view, error) {
	v := &view{Desk: d, tx: tx, ed: ed, now: now, limit: listLimit, seen: map[news.ItemID]bool{}}
	site := d.Rules.Site()
	switch p := ed.Place; {
	case p.Channel != "":
		if v.channel = d.Rules.Channel(p.Channel); v.channel == nil {
			return nil, v.missing()
		}
		ed.Title, ed.Description = v.channel.Title, v.channel.Description
		ed.Language = cmp.Or(v.channel.Language, ed.Language)
		v.limit = v.channel.Limit
	case p.Source != "":
		src := d.Rules.Source(p.Source)
		if src == nil {
			return nil, v.missing()
		}
		ed.Place.Source = src.ID
		ed.Title = src.Title
		ed.Language = cmp.Or(src.Language, ed.Language)
	default:
		ed.Title = site.Title
	}
	return v, nil
}

// missing tells a place that was from one that never was.
func (v *view) missing() error {
	known, err := v.tx.Place(v.ed.Place.Path())
	if err != nil {
		return err
	}
	if known == (store.Place{}) {
		return ErrNone
	}
	return ErrGone
}

// collect fills the window: the items whose entry is latest, and the pinned.
func (v *view) collect() error {
	for _, f := range v.facets() {
		left := v.limit
		err := v.tx.Walk(f, time.Time{}, func(it *news.Item) (bool, error) {
			shown, err := v.admit(it)
			if shown {
				left--
			}
			return left > 0, err
		})
		if err != nil {
			return err
		}
	}
	slices.SortStableFunc(v.window, byEntry)
	v.window = v.window[:min(len(v.window), v.limit)]
	return v.pinned()
}

// pinned adds the pinned items that the place shows and the window has lost.
func (v *view) pinned() error {
	return v.tx.Walk(store.Facet{Kind: store.Pinned}, time.Time{}, func(it *news.Item) (bool, error) {
		src := v.Rules.Source(it.Source)
		if src == nil || slices.ContainsFunc(v.window, func(w *news.Item) bool { return w.ID == it.ID }) {
			return true, nil
		}
		shown, err := v.shows(it, src)
		if shown {
			v.window = append(v.window, it)
		}
		return true, err
	})
}

// facets are the lists that hold everything the place can show: of a channel,
// those of its first simple selector.
func (v *view) facets() []store.Facet {
	if src := v.ed.Place.Source; src != "" {
		return []store.Facet{{Kind: store.BySource, Value: string(src)}}
	}
	c := v.channel
	switch {
	case c == nil:
	case len(c.Sources) > 0:
		return facets(store.BySource, c.Sources)
	case len(c.Topics) > 0:
		return facets(store.ByTopic, c.Topics)
	case len(c.Countries) > 0:
		return facets(store.ByCountry, c.Countries)
	}
	return []store.Facet{{Kind: store.All}}
}

func facets[T ~string](kind store.FacetKind, values []T) []store.Facet {
	out := make([]store.Facet, len(values))
	for i, value := range values {
		out[i] = store.Facet{Kind: kind, Value: string(value)}
	}
	return out
}

// admit puts an item in the window where the place shows it.
func (v *view) admit(it *news.Item) (bool, error) {
	if v.seen[it.ID] {
		return true, nil
	}
	src := v.Rules.Source(it.Source)
	if src == nil {
		return false, nil
	}
	until := it.Standing.HoldUntil
	if it.Standing.HeldAt(v.now) && !until.IsZero() && (v.ed.Expires.IsZero() || until.Before(v.ed.Expires)) {
		v.ed.Expires = until
	}
	shown, err := v.shows(it, src)
	if shown {
		v.seen[it.ID] = true
		v.window = append(v.window, it)
	}
	return shown, err
}

func (v *view) shows(it *news.Item, src *curate.Source) (bool, error) {
	if v.channel == nil {
		return curate.Public(it, &src.Source, nil, v.now), nil
	}
	if !curate.Public(it, &src.Source, &v.channel.Channel, v.now) {
		return false, nil
	}
	return v.channel.Admits(v.facts(v.tx, it, src))
}

// facts are what rules may ask of an item; its text is read only if they do.
func (d *Desk) facts(tx *store.Tx, it *news.Item, src *curate.Source) curate.Facts {
	return curate.Facts{Item: it, Source: &src.Source, Text: func() (string, error) {
		rev, err := tx.Revision(it, it.Current)
		if err != nil {
			return "", err
		}
		return markup.Plain(rev.Entry.Body()), nil
	}}
}

// finish dates the edition and turns its window into pieces, newest first.
func (v *view) finish() error {
	place, err := v.tx.Place(v.ed.Place.Path())
	if err != nil {
		return err
	}
	v.ed.Modified = later(place.Defined, place.Touched)
	slices.SortFunc(v.window, byDate)
	for _, it := range v.window {
		v.ed.Modified = later(v.ed.Modified, entered(it))
		piece, err := v.piece(v.tx, it, v.ed.Language)
		if damaged, ok := errors.AsType[*store.DamagedError](err); ok {
			v.Log.Error("item left out", "item", it.ID, "err", damaged)
			continue
		}
		if err != nil {
			return err
		}
		v.ed.Pieces = append(v.ed.Pieces, piece)
	}
	v.ed.Modified = v.ed.Modified.Truncate(time.Second)
	return nil
}

// entered is the last moment that changed how an item is shown: since when it is
// here, whatever date it claims, its entry or its revision.
func entered(it *news.Item) time.Time {
	t := later(it.FirstSeen, it.Entry())
	if it.Current > 1 {
		t = later(t, it.Revised)
	}
	return t
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func byEntry(a, b *news.Item) int {
	return cmp.Or(b.Entry().Compare(a.Entry()), cmp.Compare(a.ID, b.ID))
}

func byDate(a, b *news.Item) int {
	return cmp.Or(b.Dated().Compare(a.Dated()), cmp.Compare(a.ID, b.ID))
}
