package newsroom

import (
	"context"
	"net/http"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/config"
	"rightswire/internal/fetch"
	"rightswire/internal/ingest"
	"rightswire/internal/news"
	"rightswire/internal/websub"
)

// CallbackPath is where hubs push to, below site.url.
const CallbackPath = "/websub/"

// Callback answers the hubs that push to this newsroom, at CallbackPath.
func (n *Newsroom) Callback() http.Handler { return n.subscriber }

// subscribe has the hubs asked that cfg's sources name.
func (n *Newsroom) subscribe(cfg *config.Config, client *fetch.Client) {
	n.subscriber.Follow(websub.Plan{
		Client:  client,
		Sources: cfg.Sources,
		Base:    cfg.Site.URL + CallbackPath,
		On:      cfg.WebSub.Callback && cfg.Fetch.Scheduler,
	})
}

// pushed is told that a hub has news of a source.
func (n *Newsroom) pushed(src news.SourceID) {
	select {
	case n.pushes <- src:
	case <-n.unheard:
	}
}

// followPushes visits the sources that hubs tell of, until ctx is done. A visit may
// wait a minute for the one before it to be long enough ago; others need not.
func (n *Newsroom) followPushes(ctx context.Context) error {
	defer close(n.unheard)
	var visits errgroup.Group
	for {
		select {
		case src := <-n.pushes:
			visits.Go(func() error {
				order := ingest.Order{Sources: []news.SourceID{src}, Pushed: true}
				if _, err := n.ingest.Refresh(ctx, order, nil); err != nil && ctx.Err() == nil {
					n.log.Warn("push not followed", "source", src, "err", err)
				}
				return nil
			})
		case <-ctx.Done():
			return visits.Wait()
		}
	}
}
