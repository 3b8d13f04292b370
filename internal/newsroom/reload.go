package newsroom

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"rightswire/internal/config"
	"rightswire/internal/curate"
	"rightswire/internal/news"
	"rightswire/internal/store"
)

const (
	// watchEvery is how often feeds.yaml is looked at.
	watchEvery = 2 * time.Second
	// outputFormat rises when the feeds change their form, so that readers ask again.
	outputFormat = 1
)

// stampOf tells one state of files from another.
func stampOf(files ...string) string {
	var b strings.Builder
	for _, name := range files {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintf(&b, "%s %v %d %d\n", name, info.Mode(), info.ModTime().UnixNano(), info.Size())
		}
	}
	return b.String()
}

// Watch reloads feeds.yaml when it is saved, and at once when told to, until ctx
// is done.
func (n *Newsroom) Watch(ctx context.Context, now <-chan os.Signal) error {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-now:
			n.log.Info("reload asked for")
			n.reload(true)
		case <-ticker.C:
			n.reload(false)
		}
	}
}

// reload takes feeds.yaml as it is now, all or nothing: an invalid file changes
// nothing and is reported once.
func (n *Newsroom) reload(forced bool) {
	n.reloading.Lock()
	defer n.reloading.Unlock()
	old := n.current.Load()
	path := old.config.Path
	// What is saved from here on is met next time.
	found := stampOf(path)
	if found+stampOf(n.files...) == n.loaded && !forced {
		return
	}
	next, err := n.load(old.config)
	if err != nil {
		n.files = old.config.Files
		if invalid, ok := errors.AsType[*config.Invalid](err); ok {
			n.files = invalid.Files
		}
		n.loaded = found + stampOf(n.files...)
		n.log.Error("feeds.yaml not taken, the settings before it stay", "path", path, "err", err)
		kept := *old
		kept.broken = err
		n.current.Store(&kept)
		return
	}
	n.files = next.config.Files
	n.loaded = found + stampOf(n.files...)
	n.current.Store(next)
	n.ingest.Follow(next.plan)
	n.subscribe(next.config, next.client)
	n.generation.Add(1)
	n.log.Info("feeds.yaml taken", "path", path, "sources", len(next.config.Sources), "channels", len(next.config.Channels))
	old.client.Close()
}

func (n *Newsroom) load(old *config.Config) (*settings, error) {
	cfg, err := config.Load(old.Path)
	if err != nil {
		return nil, err
	}
	switch {
	case cfg.Site.ID != old.Site.ID:
		return nil, fmt.Errorf("site.id changed from %q to %q: it is part of every published id; put it back", old.Site.ID, cfg.Site.ID)
	case cfg.Data != old.Data:
		return nil, fmt.Errorf("data changed from %q to %q: restart to use another folder", old.Data, cfg.Data)
	}
	if fmt.Sprint(cfg.Server) != fmt.Sprint(old.Server) {
		n.log.Warn("server settings changed: restart to apply them")
	}
	return n.settle(cfg)
}

// define records what the configuration defines: a place whose definition
// changed is dated now, one that is gone is remembered.
func (n *Newsroom) define(cfg *config.Config) error {
	now := time.Now()
	return n.store.Update(func(tx *store.Tx) error {
		for place, digest := range definitions(cfg) {
			known, err := tx.Place(place.Path())
			if err != nil {
				return err
			}
			if known.Definition == digest {
				continue
			}
			known.Definition, known.Defined = digest, now
			if err := tx.PutPlace(place.Path(), known); err != nil {
				return err
			}
		}
		for _, src := range cfg.Rules.Sources() {
			if _, err := tx.Origin(src.ID, src.Formerly); err != nil {
				return err
			}
		}
		return nil
	})
}

// definitions digests, for every place, what in feeds.yaml shapes its edition.
func definitions(cfg *config.Config) map[news.Place][32]byte {
	site := fmt.Appendf(nil, "%d %q %q %q %q %x", outputFormat,
		cfg.Site.Title, cfg.Site.URL, cfg.Site.Contact, cfg.Site.Language, cfg.Vocabulary.Digest())
	defs := map[news.Place][32]byte{}
	var all []byte
	for _, s := range cfg.Rules.Sources() {
		one := sourceDefinition(s)
		all = append(all, one...)
		defs[news.Place{Source: s.ID}] = sha256.Sum256(slices.Concat(site, one))
	}
	for _, c := range cfg.Channels {
		of := all
		if len(c.Sources) > 0 {
			of = nil
		}
		for _, id := range c.Sources {
			if s := cfg.Rules.Source(id); s != nil {
				of = append(of, sourceDefinition(s)...)
			}
		}
		defs[news.Place{Channel: c.ID}] = sha256.Sum256(fmt.Appendf(nil, "%s%s %+v", site, of, c))
	}
	defs[news.Place{}] = sha256.Sum256(slices.Concat(site, all))
	return defs
}

// sourceDefinition spells out what of a source readers see, or what decides which
// of its items they do.
func sourceDefinition(s *curate.Source) []byte {
	return fmt.Appendf(nil, "%q %q %q %q %q %q %q %q %v %q ",
		s.ID, s.Title, s.URL, s.Language, s.Countries, s.Kind, s.Org, s.Review, s.Rights, s.Skip)
}
