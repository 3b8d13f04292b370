package edition

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"rightswire/internal/curate"
	"rightswire/internal/markup"
	"rightswire/internal/news"
	"rightswire/internal/store"
	"rightswire/internal/tag"
)

// How much of a text may be published without permission: 300 characters, and
// of a text known to be long no more than a tenth.
const (
	excerptLength = 300
	longText      = 1000
	longShare     = 10
)

// Piece returns an item as its own page shows it at the moment now.
func (d *Desk) Piece(id news.ItemID, now time.Time) (*news.Piece, error) {
	var p news.Piece
	err := d.Store.View(func(tx *store.Tx) error {
		it, err := tx.Item(id)
		if errors.Is(err, store.ErrNotFound) {
			return ErrNone
		}
		if err != nil {
			return err
		}
		src := d.Rules.Source(it.Source)
		if src == nil || it.Standing.State == news.StateWithdrawn {
			return ErrGone
		}
		if !curate.Public(it, &src.Source, nil, now) {
			return ErrNone
		}
		if p, err = d.piece(tx, it, d.Rules.Site().Language); err != nil {
			return err
		}
		p.Channels, err = d.channels(tx, it, src, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// Channels returns the channels that admit an item and show it at the moment now,
// windows apart.
func (d *Desk) Channels(tx *store.Tx, it *news.Item, now time.Time) ([]news.ChannelID, error) {
	src := d.Rules.Source(it.Source)
	if src == nil {
		return nil, nil
	}
	return d.channels(tx, it, src, now)
}

func (d *Desk) channels(tx *store.Tx, it *news.Item, src *curate.Source, now time.Time) ([]news.ChannelID, error) {
	var ids []news.ChannelID
	for _, c := range d.Rules.Channels() {
		if !curate.Public(it, &src.Source, &c.Channel, now) {
			continue
		}
		admits, err := c.Admits(d.facts(tx, it, src))
		if err != nil {
			return nil, err
		}
		if admits {
			ids = append(ids, c.ID)
		}
	}
	return ids, nil
}

// Admits reports whether a channel's rules admit an item.
func (d *Desk) Admits(tx *store.Tx, c *curate.Channel, it *news.Item) (bool, error) {
	src := d.Rules.Source(it.Source)
	if src == nil {
		return false, nil
	}
	return c.Admits(d.facts(tx, it, src))
}

// piece gives an item its text by rights and its attribution from feeds.yaml,
// never from what the feed claims.
func (d *Desk) piece(tx *store.Tx, it *news.Item, language string) (news.Piece, error) {
	src := d.Rules.Source(it.Source)
	p := news.Piece{Item: *it, Source: src.Source, Subjects: d.subjects(it, language)}
	if src.Private {
		p.Source.URL = "" // attribution leads to our page on it instead
	}
	if it.Expired {
		return p, nil
	}
	rev, err := tx.Revision(it, it.Current)
	if err != nil {
		return p, fmt.Errorf("read item %s: %w", it.ID, err)
	}
	e := &rev.Entry
	p.SHA256 = digest(e)
	p.Excerpt = excerpt(e)
	p.Full = src.Rights.Full
	p.Rights = src.Rights.Statement
	p.HTML = markup.Safe(news.Text{Value: p.Excerpt}, "", false)
	if p.Full {
		p.HTML = markup.Safe(e.Body(), e.Base, true)
	}
	for _, a := range e.Authors {
		if a.Name != "" {
			p.Authors = append(p.Authors, news.Author{Name: a.Name, URL: a.URL})
		}
	}
	p.Enclosures, p.Categories = e.Enclosures, e.Categories
	return p, nil
}

func (d *Desk) subjects(it *news.Item, language string) []news.Subject {
	var out []news.Subject
	for _, t := range it.Tags.Topics {
		out = append(out, news.Subject{Topic: t.ID, Label: d.Vocabulary.Label(t.ID, language)})
	}
	for _, c := range it.Tags.Countries {
		if c.About {
			out = append(out, news.Subject{Country: c.Code, Label: tag.CountryName(c.Code, language)})
		}
	}
	return out
}

// excerpt is the publisher's own summary, else the start of the text, as far as
// may be published without permission.
func excerpt(e *news.Entry) string {
	whole := max(length(markup.Plain(e.Content)), length(markup.Plain(e.Summary)))
	text := e.Summary
	if text.Value == "" {
		text = e.Content
	}
	if whole < longText {
		return markup.Excerpt(text, excerptLength)
	}
	// The text was counted in code points, of which a character may hold several:
	// fewer characters, then, until the share holds in the same measure.
	share := min(excerptLength, whole/longShare)
	limit := share
	for {
		short := markup.Excerpt(text, limit)
		n := length(short)
		if n <= share || limit == 0 {
			return short
		}
		limit = min(limit-1, limit*share/n)
	}
}

func length(s string) int { return utf8.RuneCountInString(s) }

// digest identifies the collected text of a revision, whatever is shown of it.
func digest(e *news.Entry) [32]byte {
	h := sha256.New()
	for _, s := range []string{
		e.GUID, e.Link, e.Title.Value, e.Summary.Value, e.Content.Value,
		e.Published.UTC().Format(time.RFC3339), e.Updated.UTC().Format(time.RFC3339),
	} {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return [32]byte(h.Sum(nil))
}
