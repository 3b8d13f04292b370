package discover

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"rightswire/internal/link"
)

// An Import probes a list of outlines. Its functions are called one at a time.
type Import struct {
	Outlines []Outline
	// Concurrency is how many outlines are probed at once, at least 1; the client
	// keeps to its own manners at each host.
	Concurrency int
	// Known reports whether there is a source with an address already: its outline is
	// passed over, so that an import that was broken off can be run again.
	Known func(url string) bool
	// Progress, which may be nil, is called after each outline; failed counts those
	// that cannot be used.
	Progress func(done, failed, total int)
	// Found takes each feed as soon as it is found. An error ends the import.
	Found func(Outline, Candidate) error
}

// An Unusable is an outline behind which there is no feed, and why.
type Unusable struct {
	Outline Outline
	Err     error // an *Error, or what is wrong with the address
}

// errComments refuses what would stand in for a feed that is gone.
var errComments = errors.New("only a feed of readers' comments: give the address of the feed itself")

// Import asks each outline's feed, and looks for one behind its addresses where that
// is none. It returns the outlines that cannot be used, in their order. The error is
// what Found returned or what ended ctx; what was not probed by then is in neither.
func (f *Finder) Import(ctx context.Context, im Import) ([]Unusable, error) {
	r := &round{Import: im, told: map[string]bool{}, unusable: map[int]error{}}
	g, probing := errgroup.WithContext(ctx)
	g.SetLimit(max(im.Concurrency, 1))
	for _, i := range spread(im.Outlines) {
		if probing.Err() != nil {
			break
		}
		g.Go(func() error { return f.probe(probing, r, i) })
	}
	err := g.Wait()
	var out []Unusable
	for i, o := range im.Outlines {
		if why := r.unusable[i]; why != nil {
			out = append(out, Unusable{o, why})
		}
	}
	return out, cmp.Or(err, context.Cause(ctx))
}

// A round is an Import on its way.
type round struct {
	Import

	mu       sync.Mutex // guards what follows, and the calls of Import's functions
	done     int
	told     map[string]bool // keys of feeds found
	unusable map[int]error   // by the outline's place
}

// probe looks behind outline i.
func (f *Finder) probe(ctx context.Context, r *round, i int) error {
	o := r.Outlines[i]
	if r.known(o) {
		return r.finish(i, nil, nil)
	}
	found, err := f.outline(ctx, o)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return r.finish(i, found, err)
}

func (r *round) known(o Outline) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return o.URL != "" && r.isKnown(o.URL)
}

// isKnown wants r.mu.
func (r *round) isKnown(address string) bool {
	spellings, err := addresses(address)
	return err == nil && slices.ContainsFunc(spellings, func(s string) bool { return r.told[link.Key(s)] || r.Known(s) })
}

// finish tells what came of outline i: a feed, or why not, or that it is known.
func (r *round) finish(i int, found *Candidate, why error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if why != nil {
		r.unusable[i] = why
	}
	if found != nil && !r.isKnown(found.URL) {
		r.told[link.Key(found.URL)] = true
		if err := r.Found(r.Outlines[i], *found); err != nil {
			return err
		}
	}
	r.done++
	if r.Progress != nil {
		r.Progress(r.done, len(r.unusable), len(r.Outlines))
	}
	return nil
}

// outline returns the feed of an outline, or the best behind its addresses.
func (f *Finder) outline(ctx context.Context, o Outline) (*Candidate, error) {
	s := newSearch(f.Client)
	s.first = true
	var wrong error
	for _, raw := range []string{o.URL, o.Home} {
		if raw == "" {
			continue
		}
		spellings, err := addresses(raw)
		switch {
		case err != nil:
			wrong = cmp.Or(wrong, err)
			continue
		case raw == o.URL:
			s.subscribed(ctx, spellings)
		default:
			s.explore(ctx, spellings)
		}
		if found := s.candidates(); len(found) > 0 && (!found[0].Comments || s.found[0].rank == bySelf) {
			return &found[0], nil
		}
	}
	switch {
	case len(s.found) > 0:
		return nil, errComments
	case wrong != nil && len(s.tried) == 0:
		return nil, wrong
	}
	return nil, s.nothing()
}

// spread orders outlines so that those of one host, which are asked one after the
// other, do not keep all the others waiting: first one of each host, then a second.
func spread(outlines []Outline) []int {
	count := map[string]int{}
	turn := make([]int, len(outlines))
	order := make([]int, len(outlines))
	for i, o := range outlines {
		host := link.Host(cmp.Or(o.URL, o.Home))
		turn[i], order[i] = count[host], i
		count[host]++
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(turn[a], turn[b]) })
	return order
}
