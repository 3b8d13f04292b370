package newsroom

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"rightswire/internal/curate"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

const (
	// keepEvery is how often the store is looked after.
	keepEvery = time.Hour
	// checkEvery is how often the whole store is checked.
	checkEvery = 7 * 24 * time.Hour
	// expireChunk is how many bodies one transaction of retention deletes.
	expireChunk = 500
	// keptCheck is where the time of the last whole check is remembered.
	keptCheck = "kept/check"
)

// keep looks after the store until ctx is done: retention, and a whole check
// after an unclean stop and weekly.
func (n *Newsroom) keep(ctx context.Context) error {
	ticker := time.NewTicker(keepEvery)
	defer ticker.Stop()
	for {
		n.upkeep(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// upkeep does what is due of looking after the store.
func (n *Newsroom) upkeep(ctx context.Context) {
	if err := n.scrub(time.Now()); err != nil {
		n.log.Error("store not checked", "err", err)
	}
	if err := n.expire(ctx, time.Now()); err != nil {
		n.log.Error("retention stopped for now", "err", err)
	}
}

// scrub checks the whole store where that is due: weekly, and once after an
// unclean stop.
func (n *Newsroom) scrub(now time.Time) error {
	var last store.Place
	if err := n.store.View(func(tx *store.Tx) (err error) {
		last, err = tx.Place(keptCheck)
		return err
	}); err != nil {
		return err
	}
	unclean := n.store.Unclean() && last.Touched.Before(n.started)
	switch {
	case unclean:
		n.log.Warn("the store was not closed the last time: checking it")
	case last.Touched.IsZero():
		return n.checked(now) // a new store
	case now.Sub(last.Touched).Abs() < checkEvery:
		return nil // further ahead than that only a clock since put back was
	}
	if _, err := n.Verify(); err != nil {
		return err
	}
	return n.checked(now)
}

func (n *Newsroom) checked(now time.Time) error {
	return n.store.Update(func(tx *store.Tx) error {
		return tx.PutPlace(keptCheck, store.Place{Touched: now})
	})
}

// expire deletes the bodies that retention gives up: of items that have been
// unpublished for longer than feeds.yaml keeps them, since no decision on them and
// no change of what it says of their source is more recent.
func (n *Newsroom) expire(ctx context.Context, now time.Time) error {
	s := n.current.Load()
	keep := s.config.Retain.Unpublished
	if keep == 0 {
		return nil
	}
	before := now.Add(-keep)
	total := 0
	for ctx.Err() == nil {
		count := 0
		err := n.store.Update(func(tx *store.Tx) error {
			settled, err := s.settledSources(tx, before)
			if err != nil {
				return err
			}
			count, err = tx.Expire(before, expireChunk, func(it *news.Item) bool {
				src := settled[it.Source]
				return src != nil && it.Standing.Decided.Before(before) &&
					!it.Standing.HeldAt(now) && !curate.Public(it, &src.Source, nil, now)
			})
			return err
		})
		if err != nil {
			return err
		}
		total += count
		if count < expireChunk {
			break
		}
	}
	if total > 0 {
		n.log.Info("retention deleted bodies", "items", total)
	}
	return nil
}

// settledSources returns the sources whose definition has not changed since that
// time: what a source now reviewed by hand showed until yesterday is not old.
func (s *settings) settledSources(tx *store.Tx, since time.Time) (map[news.SourceID]*curate.Source, error) {
	settled := map[news.SourceID]*curate.Source{}
	for _, src := range s.config.Rules.Sources() {
		place, err := tx.Place(news.Place{Source: src.ID}.Path())
		if err != nil {
			return nil, err
		}
		if place.Defined.Before(since) {
			settled[src.ID] = src
		}
	}
	return settled, nil
}

// A BackupView tells what a backup wrote.
type BackupView struct {
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
}

// Backup writes the store as it is now to file, an absolute path that must not
// exist yet, and verifies what it wrote.
func (n *Newsroom) Backup(file string) (BackupView, error) {
	if !filepath.IsAbs(file) {
		return BackupView{}, badRequest("give an absolute path", "%q is not absolute", file)
	}
	if err := n.store.Backup(file, n.check); err != nil {
		return BackupView{}, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return BackupView{}, err
	}
	n.log.Info("backup written", "file", file, "bytes", info.Size())
	return BackupView{File: file, Bytes: info.Size()}, nil
}

// Verify checks every page and record of the store as it is now, on a copy and in
// a process of its own.
func (n *Newsroom) Verify() (BackupView, error) {
	dir, err := os.MkdirTemp(n.current.Load().config.Data, "verify-")
	if err != nil {
		return BackupView{}, err
	}
	file := filepath.Join(dir, "copy.db")
	err = n.store.Backup(file, n.check)
	view := BackupView{File: n.store.Path()}
	if info, statErr := os.Stat(file); statErr == nil {
		view.Bytes = info.Size()
	}
	return view, errors.Join(err, os.RemoveAll(dir))
}

// A CompactView tells what compacting saved.
type CompactView struct {
	Before int64 `json:"before"`
	After  int64 `json:"after"`
}

// Compact rewrites the store without its free pages.
func (n *Newsroom) Compact() (CompactView, error) {
	before, after, err := n.store.Compact(n.check)
	if err != nil {
		return CompactView{}, fmt.Errorf("compact: %w", err)
	}
	n.log.Info("store compacted", "before", before, "after", after)
	return CompactView{Before: before, After: after}, nil
}
