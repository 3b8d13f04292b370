package ingest

import (
	"context"
	"errors"
	"fmt"

	"rightswire/internal/curate"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

// ErrKnown says that an item to be added is there already.
var ErrKnown = errors.New("item is known already")

// Add files an entry that a curator made as an item of the desk's own source,
// with the decision that added it, in one transaction.
func (in *Ingest) Add(ctx context.Context, entry news.Entry, decision news.Decision) (news.ItemID, error) {
	plan := in.plan.Load()
	f := &filing{source: plan.Rules.Source(news.DeskSource), plan: plan, seen: decision.At, byHand: &decision}
	err := in.store.View(func(tx *store.Tx) error {
		_, err := tx.Item(entry.ID)
		return err
	})
	if err == nil {
		return entry.ID, fmt.Errorf("add item %s: %w", entry.ID, ErrKnown)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	a, err := f.newcomer(&entry, false)
	if err != nil {
		return "", err
	}
	// Described again with what the decision says by hand.
	a.item.Standing = curate.Standing([]news.Decision{decision})
	rev := &news.Revision{Number: 1, Seen: f.seen, Entry: entry}
	if err := plan.Describe(a.item, rev, f.source); err != nil {
		return "", err
	}
	f.arrivals = []*arrival{a}
	in.filer.expect(1)
	if err := in.filer.reserve(ctx, f); err != nil {
		return "", err
	}
	filed := make(chan error, 1)
	f.done = func(err error) { filed <- err }
	in.filer.hand(f)
	if err := <-filed; err != nil {
		return "", err
	}
	return entry.ID, nil
}
