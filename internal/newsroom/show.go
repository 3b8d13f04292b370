package newsroom

import (
	"slices"
	"time"

	"rightswire/internal/markup"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

// A Dossier is everything known of one item.
type Dossier struct {
	ItemView
	Revisions []RevisionView `json:"revisions"`
	Decisions []DecisionView `json:"decisions,omitempty"`
	Text      string         `json:"text,omitempty"` // of the current revision, plain
}

// A RevisionView is one version of an item as collected.
type RevisionView struct {
	Number int       `json:"number"`
	Seen   time.Time `json:"seen"`
	Title  string    `json:"title"`
	// Changed names what differs from the revision before.
	Changed []string `json:"changed,omitempty"`
}

// A DecisionView is what a curator said.
type DecisionView struct {
	Seq      uint64         `json:"seq"`
	Action   news.Action    `json:"action"`
	By       string         `json:"by"`
	At       time.Time      `json:"at"`
	Why      string         `json:"why,omitempty"`
	Revision int            `json:"revision"`
	Channel  news.ChannelID `json:"channel,omitempty"`
	Until    time.Time      `json:"until,omitzero"`
	Text     string         `json:"text,omitempty"`
	Undoes   uint64         `json:"undoes,omitempty"`
	Add      []string       `json:"add,omitempty"`
	Drop     []string       `json:"drop,omitempty"`
}

// Show returns everything known of the one item that ref means.
func (n *Newsroom) Show(ref string) (Dossier, error) {
	s := n.current.Load()
	now := time.Now()
	var d Dossier
	err := n.store.View(func(tx *store.Tx) error {
		it, err := resolve(tx, ref)
		if err != nil {
			return err
		}
		if d.ItemView, err = s.view(tx, it, now, true); err != nil {
			return err
		}
		if d.Waits, _, err = s.waits(tx, it, s.config.Rules.Source(it.Source), now); err != nil {
			return err
		}
		if err := d.addRevisions(tx, it); err != nil {
			return err
		}
		return d.addDecisions(tx, it)
	})
	return d, err
}

func (d *Dossier) addRevisions(tx *store.Tx, it *news.Item) error {
	if it.Expired {
		return nil
	}
	revisions, err := tx.Revisions(it)
	if err != nil {
		return err
	}
	var before *news.Entry
	for _, rev := range revisions {
		v := RevisionView{Number: rev.Number, Seen: rev.Seen.UTC(), Title: markup.Title(rev.Entry.Title)}
		if before != nil {
			v.Changed = changes(before, &rev.Entry)
		}
		before = &rev.Entry
		d.Revisions = append(d.Revisions, v)
		if rev.Number == it.Current {
			d.Text = markup.Plain(rev.Entry.Body())
		}
	}
	return nil
}

// changes names what differs between two revisions.
func changes(old, now *news.Entry) []string {
	var names []string
	for _, c := range []struct {
		name    string
		differs bool
	}{
		{"title", markup.Title(old.Title) != markup.Title(now.Title)},
		{"text", markup.Plain(old.Content) != markup.Plain(now.Content) || markup.Plain(old.Summary) != markup.Plain(now.Summary)},
		{"link", old.Link != now.Link},
		{"authors", !slices.Equal(old.Authors, now.Authors)},
		{"enclosures", !slices.Equal(old.Enclosures, now.Enclosures)},
		{"language", old.Language != now.Language},
		{"dates", !old.Published.Equal(now.Published) || !old.Updated.Equal(now.Updated)},
	} {
		if c.differs {
			names = append(names, c.name)
		}
	}
	if names == nil {
		names = []string{"links and media"}
	}
	return names
}

func (d *Dossier) addDecisions(tx *store.Tx, it *news.Item) error {
	decisions, err := tx.Decisions(it.ID)
	for _, dec := range decisions {
		d.Decisions = append(d.Decisions, DecisionView{
			Seq: dec.Seq, Action: dec.Action, By: dec.By, At: dec.At.UTC(), Why: dec.Why,
			Revision: dec.Revision, Channel: dec.Channel, Until: dec.Until.UTC(), Text: dec.Text, Undoes: dec.Undoes,
			Add:  append(names(dec.AddTopics), names(dec.AddCountries)...),
			Drop: append(names(dec.DropTopics), names(dec.DropCountries)...),
		})
	}
	return err
}

func names[T ~string](values []T) []string {
	var out []string
	for _, v := range values {
		out = append(out, string(v))
	}
	return out
}
