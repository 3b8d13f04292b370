package newsroom

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"rightswire/internal/curate"
	"rightswire/internal/news"
	"rightswire/internal/store"
	"rightswire/internal/tag"
	"rightswire/internal/text"
)

// A Ruling asks for a decision on an item.
type Ruling struct {
	Item     string      `json:"item"` // id, unique prefix of six or more, or URL
	Action   news.Action `json:"action"`
	Why      string      `json:"why,omitempty"`
	Revision int         `json:"revision,omitempty"` // approve; 0 is the latest
	Channel  string      `json:"channel,omitempty"`  // reject
	Until    time.Time   `json:"until,omitzero"`     // hold
	Text     string      `json:"text,omitempty"`     // note, correct
	// Retag: codes and ids to add and to drop.
	Add  []string `json:"add,omitempty"`
	Drop []string `json:"drop,omitempty"`
}

// A Ruled says what a decision made of an item.
type Ruled struct {
	Item     news.ItemID `json:"id"`
	Title    string      `json:"title"`
	Decision uint64      `json:"decision"`
	Standing string      `json:"standing"`
	Channels []string    `json:"channels,omitempty"`
	Undone   news.Action `json:"undone,omitempty"`
}

// maxNote bounds what an editor says in one note or reason, in bytes.
const maxNote = 8 << 10

// Decide records a decision of who and makes it take effect at once.
func (n *Newsroom) Decide(who string, r Ruling) (Ruled, error) {
	if len(r.Why) > maxNote || len(r.Text) > maxNote {
		return Ruled{}, badRequest("shorten it", "note or reason longer than %d bytes", maxNote)
	}
	s := n.current.Load()
	now := time.Now()
	var out Ruled
	err := n.store.Update(func(tx *store.Tx) error {
		it, err := resolve(tx, r.Item)
		if err != nil {
			return err
		}
		src := s.config.Rules.Source(it.Source)
		if src == nil {
			return badRequest("put the source back to decide on its items", "source %q of item %s is not in feeds.yaml", it.Source, it.ID)
		}
		d, err := s.decision(tx, it, who, now, r)
		if err != nil {
			return err
		}
		out.Undone = d.undone
		before, err := s.shownAt(tx, it, now)
		if err != nil {
			return err
		}
		if err := s.apply(tx, it, src, &d.Decision); err != nil {
			return err
		}
		after, err := s.shownAt(tx, it, now)
		if err != nil {
			return err
		}
		out.Item, out.Title, out.Decision = it.ID, it.Title, d.Seq
		out.Standing = standingOf(it, src, now)
		for _, p := range after {
			if p.Channel != "" {
				out.Channels = append(out.Channels, string(p.Channel))
			}
		}
		return touch(tx, append(before, after...), now)
	})
	if err != nil {
		return Ruled{}, err
	}
	n.generation.Add(1)
	n.log.Info("decision", "action", r.Action, "item", out.Item, "by", who)
	return out, nil
}

// apply appends a decision and derives the item anew from all of them.
func (s *settings) apply(tx *store.Tx, it *news.Item, src *curate.Source, d *news.Decision) error {
	if err := tx.AddDecision(d); err != nil {
		return err
	}
	all, err := tx.Decisions(it.ID)
	if err != nil {
		return err
	}
	it.Standing = curate.Standing(all)
	current := it.Standing.Approved
	if current == 0 {
		current = it.Latest
	}
	if !it.Expired {
		rev, err := tx.Revision(it, current)
		if errors.Is(err, store.ErrNotFound) {
			return badRequest(fmt.Sprintf("see the revisions with: rightswire show %s", it.ID), "revision %d of item %s gave way to later ones", current, it.ID)
		}
		if err != nil {
			return err
		}
		if err := s.plan.Describe(it, rev, src); err != nil {
			return err
		}
	}
	return tx.PutItem(it)
}

// A decided is a decision and what it undoes.
type decided struct {
	news.Decision
	undone news.Action
}

// decision checks a ruling and spells it out.
func (s *settings) decision(tx *store.Tx, it *news.Item, who string, now time.Time, r Ruling) (*decided, error) {
	d := &decided{Decision: news.Decision{
		Item: it.ID, Action: r.Action, By: who, At: now, Why: text.Clean(r.Why), Revision: it.Latest,
	}}
	if it.Standing.State == news.StateWithdrawn && (r.Action == news.Reject || r.Action == news.Hold || r.Action == news.Withdraw) {
		return nil, badRequest("approve it to publish it again", "item %s is withdrawn", it.ID)
	}
	switch r.Action {
	case news.Approve:
		return d, s.approval(d, it, r)
	case news.Reject:
		d.Channel = news.ChannelID(r.Channel)
		if d.Channel != "" && s.config.Rules.Channel(d.Channel) == nil {
			return nil, badRequest("see the channels in feeds.yaml", "no channel %q", r.Channel)
		}
	case news.Hold:
		d.Until = r.Until
		if !d.Until.IsZero() && !d.Until.After(now) {
			return nil, badRequest("give a time to come", "hold until %s is over already", d.Until.Format(time.RFC3339))
		}
	case news.AddNote, news.Correct:
		if d.Text = strings.TrimSpace(text.Clean(r.Text)); d.Text == "" {
			return nil, badRequest("say what the note is", "%s needs a text", r.Action)
		}
	case news.Retag:
		return d, s.retagging(d, r)
	case news.Undo:
		return d, undoing(tx, d)
	case news.Pin, news.Unpin, news.Withdraw:
	default:
		return nil, badRequest("", "no decision %q", r.Action)
	}
	return d, nil
}

func (s *settings) approval(d *decided, it *news.Item, r Ruling) error {
	if it.Expired {
		return badRequest("its source has it still, perhaps: add it with add-item", "the text of item %s was deleted by retention", it.ID)
	}
	if r.Revision < 0 || r.Revision > it.Latest {
		return badRequest(fmt.Sprintf("see the revisions with: rightswire show %s", it.ID), "item %s has no revision %d", it.ID, r.Revision)
	}
	if r.Revision > 0 {
		d.Revision = r.Revision
	}
	return nil
}

// retagging sorts names into topics and countries.
func (s *settings) retagging(d *decided, r Ruling) error {
	if len(r.Add)+len(r.Drop) == 0 {
		return badRequest("name topics or countries with --add and --drop", "retag changes nothing")
	}
	for _, name := range r.Add {
		if err := s.sort(name, &d.AddTopics, &d.AddCountries); err != nil {
			return err
		}
	}
	for _, name := range r.Drop {
		if err := s.sort(name, &d.DropTopics, &d.DropCountries); err != nil {
			return err
		}
	}
	return nil
}

func (s *settings) sort(name string, topics *[]news.TopicID, countries *[]news.Country) error {
	switch {
	case s.config.Vocabulary.Has(news.TopicID(name)):
		*topics = append(*topics, news.TopicID(name))
	case tag.IsCountry(name):
		*countries = append(*countries, news.Country(name))
	default:
		hint := "topics are ids such as refoulement, countries upper-case codes such as KP"
		if near := text.Nearest(name, slices.Concat(s.config.Vocabulary.IDs(), tag.CountryCodes())); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return badRequest(hint, "%q is neither a topic nor a country", name)
	}
	return nil
}

// undoing finds the last decision on the item that still stands.
func undoing(tx *store.Tx, d *decided) error {
	all, err := tx.Decisions(d.Item)
	if err != nil {
		return err
	}
	undone := map[uint64]bool{}
	for _, old := range slices.Backward(all) {
		switch {
		case undone[old.Seq]:
		case old.Action == news.Undo:
			undone[old.Undoes] = true
		case old.Action == news.Add:
			return badRequest("withdraw it instead", "item %s was added by hand: that can't be undone", d.Item)
		default:
			d.Undoes, d.undone = old.Seq, old.Action
			return nil
		}
	}
	return badRequest("", "no decision on item %s is left to undo", d.Item)
}

// shownAt lists the places that show an item at the moment now, windows apart.
func (s *settings) shownAt(tx *store.Tx, it *news.Item, now time.Time) ([]news.Place, error) {
	var places []news.Place
	src := s.config.Rules.Source(it.Source)
	if curate.Public(it, &src.Source, nil, now) {
		places = append(places, news.Place{}, news.Place{Source: src.ID})
	}
	channels, err := s.desk.Channels(tx, it, now)
	for _, id := range channels {
		places = append(places, news.Place{Channel: id})
	}
	return places, err
}

// touch dates the places that a decision changed.
func touch(tx *store.Tx, places []news.Place, now time.Time) error {
	for _, p := range places {
		known, err := tx.Place(p.Path())
		if err != nil {
			return err
		}
		if known.Touched.Equal(now) {
			continue
		}
		known.Touched = now
		if err := tx.PutPlace(p.Path(), known); err != nil {
			return err
		}
	}
	return nil
}

// resolve finds the one item that ref means.
func resolve(tx *store.Tx, ref string) (*news.Item, error) {
	ids, err := tx.Lookup(strings.TrimSpace(ref))
	if errors.Is(err, store.ErrNotFound) {
		return nil, &BadRequestError{
			Msg:  fmt.Sprintf("no item %q", ref),
			Hint: "give an id, the first six characters or more of one, or the article's URL; see: rightswire items",
		}
	}
	if err != nil {
		return nil, err
	}
	if len(ids) > 1 {
		names := make([]string, len(ids))
		for i, id := range ids {
			names[i] = string(id)
		}
		return nil, badRequest("one of: "+strings.Join(names, " "), "%q means %d items", ref, len(ids))
	}
	return tx.Item(ids[0])
}
