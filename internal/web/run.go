package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// Run serves srv on ln until ctx is done, then shuts it down: what is being
// answered has patience to end, and is cut off after that. settle, which may be
// nil, is called before the listener closes and shares that patience.
func Run(ctx context.Context, srv *http.Server, ln net.Listener, patience time.Duration, settle func(context.Context)) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		if settle != nil {
			settle(late)
		}
		if srv.Shutdown(late) != nil {
			return srv.Close()
		}
		return nil
	})
	return g.Wait()
}
