package newsroom

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/config"
	"rightswire/internal/fetch"
	"rightswire/internal/news"
	"rightswire/internal/parse"
)

// A ProbeView is what a source would yield, asked once without the store.
type ProbeView struct {
	Source  news.SourceID `json:"source"`
	URL     string        `json:"url"`
	Moved   string        `json:"final_url,omitempty"` // where redirects led
	Format  string        `json:"format,omitempty"`
	Title   string        `json:"title,omitempty"`
	Items   int           `json:"items"`
	Newest  time.Time     `json:"newest,omitzero"`
	Repairs []string      `json:"repairs,omitempty"`
	Kind    string        `json:"failure,omitempty"`
	Error   string        `json:"error,omitempty"`
}

// Probe asks every polled source of cfg once and tells what it would yield, in
// the order of feeds.yaml. progress, which may be nil, is called after each.
func Probe(ctx context.Context, cfg *config.Config, version string, log *slog.Logger, progress func(done, failed, total int)) ([]ProbeView, error) {
	client, err := newClient(cfg, version, log)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	var sources []news.Source
	for _, src := range cfg.Sources {
		if src.Poll {
			sources = append(sources, src)
		}
	}
	views := make([]ProbeView, len(sources))
	var mu sync.Mutex
	done, failed := 0, 0
	var g errgroup.Group
	g.SetLimit(cfg.Fetch.Concurrency)
	for i, src := range sources {
		g.Go(func() error {
			views[i] = probe(ctx, client, src)
			mu.Lock()
			defer mu.Unlock()
			done++
			if views[i].Error != "" {
				failed++
			}
			if progress != nil {
				progress(done, failed, len(sources))
			}
			return nil
		})
	}
	err = g.Wait()
	return views, errors.Join(err, ctx.Err())
}

func probe(ctx context.Context, client *fetch.Client, src news.Source) ProbeView {
	v := ProbeView{Source: src.ID, URL: shown(&src, src.URL)}
	res, err := client.Get(ctx, src, news.Visit{})
	if err != nil {
		return v.failed(err)
	}
	defer res.Release()
	if res.FinalURL != src.URL {
		v.Moved = shown(&src, res.FinalURL)
	}
	doc, err := parse.Feed(parse.Document{
		Body: res.Body, ContentType: res.ContentType, URL: res.FinalURL, Source: src.ID,
	})
	if err != nil {
		return v.failed(err)
	}
	v.Format, v.Title, v.Items, v.Repairs = doc.Head.Format, doc.Head.Title, len(doc.Entries), doc.Repairs
	for i := range doc.Entries {
		if t := doc.Entries[i].Claimed().UTC(); t.After(v.Newest) {
			v.Newest = t
		}
	}
	return v
}

func (v ProbeView) failed(err error) ProbeView {
	v.Error, v.Kind = err.Error(), string(news.FailInternal)
	if refused, ok := errors.AsType[*fetch.Error](err); ok {
		v.Kind = string(refused.Kind)
	}
	if unread, ok := errors.AsType[*parse.Error](err); ok {
		v.Kind = string(unread.Kind)
	}
	return v
}
