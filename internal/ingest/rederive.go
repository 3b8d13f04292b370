package ingest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"rightswire/internal/curate"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

// rederiveChunk is how many items one transaction describes anew.
const rederiveChunk = 200

// rederive describes the items of a source anew when what shapes the description
// has changed in feeds.yaml: skip, language, beat or vocabulary.
func (in *Ingest) rederive(ctx context.Context) error {
	for {
		if err := in.rederiveChanged(ctx); err != nil {
			in.log.Error("items not described anew", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-in.replanned:
		}
	}
}

func (in *Ingest) rederiveChanged(ctx context.Context) error {
	plan := in.plan.Load()
	vocabulary := plan.Vocabulary.Digest()
	changed := map[news.SourceID][32]byte{}
	var stale []news.SourceID // those of changed that have items
	err := in.store.View(func(tx *store.Tx) error {
		for _, src := range plan.Rules.Sources() {
			have, err := tx.Place(derivedPath(src.ID))
			if err != nil {
				return err
			}
			want := derivation(src, vocabulary)
			if have.Definition == want {
				continue
			}
			changed[src.ID] = want
			n, err := tx.Count(src.ID)
			if err != nil {
				return err
			}
			if n > 0 {
				stale = append(stale, src.ID)
			}
		}
		return nil
	})
	if err != nil || len(changed) == 0 {
		return err
	}
	for _, id := range stale {
		if err := in.rederiveSource(ctx, plan, id); err != nil || ctx.Err() != nil {
			return err
		}
	}
	return in.store.Update(func(tx *store.Tx) error {
		for id, want := range changed {
			if err := tx.PutPlace(derivedPath(id), store.Place{Definition: want, Defined: time.Now()}); err != nil {
				return err
			}
		}
		return nil
	})
}

// derivedPath is where it is remembered what a source's items were described by.
func derivedPath(id news.SourceID) string { return "derived/" + string(id) }

func (in *Ingest) rederiveSource(ctx context.Context, plan *Plan, id news.SourceID) error {
	var ids []news.ItemID
	err := in.store.View(func(tx *store.Tx) error {
		return tx.Walk(store.Facet{Kind: store.BySource, Value: string(id)}, time.Time{}, func(it *news.Item) (bool, error) {
			ids = append(ids, it.ID)
			return true, nil
		})
	})
	for err == nil && len(ids) > 0 && ctx.Err() == nil {
		chunk := ids[:min(len(ids), rederiveChunk)]
		ids = ids[len(chunk):]
		err = in.describeAnew(plan, id, chunk)
	}
	return err
}

func (in *Ingest) describeAnew(plan *Plan, id news.SourceID, ids []news.ItemID) error {
	src := plan.Rules.Source(id)
	err := in.store.Update(func(tx *store.Tx) error {
		for _, id := range ids {
			err := plan.DescribeAnew(tx, id, src)
			if damaged, ok := errors.AsType[*store.DamagedError](err); ok {
				in.log.Error("item left as it was described", "item", id, "err", damaged)
				continue
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		in.hooks.changed(Change{Items: ids})
	}
	return err
}

// DescribeAnew derives an item's description from its current revision and puts
// it where it differs.
func (p *Plan) DescribeAnew(tx *store.Tx, id news.ItemID, src *curate.Source) error {
	it, err := tx.Item(id)
	if err != nil || it.Expired {
		return err
	}
	rev, err := tx.Revision(it, it.Current)
	if err != nil {
		return err
	}
	if err := p.Describe(it, rev, src); err != nil {
		return err
	}
	return tx.PutItem(it)
}

// derivation is a digest of what in feeds.yaml shapes how a source's items are
// described.
func derivation(src *curate.Source, vocabulary [32]byte) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "1\x00%s\x00%s\x00%q\x00%x", src.Skip, src.Language, src.Countries, vocabulary))
}
