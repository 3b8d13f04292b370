package control

import (
	"context"
	"net/http"
	"sync"
)

// guests are the requests being answered.
type guests struct {
	mu   sync.Mutex
	n    int           // guarded by mu
	gone chan struct{} // closed when n falls to 0; guarded by mu
}

// count counts the requests that h answers.
func (g *guests) count(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.enter()
		defer g.leave()
		h.ServeHTTP(w, r)
	})
}

func (g *guests) enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n == 0 {
		g.gone = make(chan struct{})
	}
	g.n++
}

func (g *guests) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n--; g.n == 0 {
		close(g.gone)
	}
}

// wait returns when nothing is being answered, or ctx is done.
func (g *guests) wait(ctx context.Context) {
	g.mu.Lock()
	gone, n := g.gone, g.n
	g.mu.Unlock()
	if n == 0 {
		return
	}
	select {
	case <-gone:
	case <-ctx.Done():
	}
}
