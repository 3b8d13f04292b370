// Package site is what readers see: the pages and feeds of a newsroom, over HTTP.
//
// It asks the newsroom what a place shows, has it rendered once per change and
// keeps the bytes. As long as nothing public has changed, a request touches
// neither the store nor a renderer. It decides nothing about what is shown, reads
// nothing of a request but its method, path and conditions, and keeps no record
// of who asked.
package site

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/newsroom"
	"rightswire/internal/publish"
	"rightswire/internal/web"
)

// A Site answers the requests of the public listener.
type Site struct {
	room  *newsroom.Newsroom
	log   *slog.Logger
	cache *cache
	style *web.Content
	// listed is the directory of the newest generation that was asked for.
	listed atomic.Pointer[directory]
}

// A directory is what there is to subscribe to, as long as nothing changes.
type directory struct {
	newsroom.Directory
	sources    map[news.SourceID]*news.Source
	generation uint64
}

// directory returns the channels and sources there are now.
func (s *Site) directory() *directory {
	generation := s.room.Generation()
	if d := s.listed.Load(); d != nil && d.generation == generation {
		return d
	}
	d := &directory{s.room.Directory(), map[news.SourceID]*news.Source{}, generation}
	for i := range d.Sources {
		d.sources[d.Sources[i].ID] = &d.Sources[i]
	}
	s.listed.Store(d)
	return d
}

// New returns the site of room. Beyond the front page and the channels, which are
// always kept, it keeps at most cacheBytes of rendered bytes.
func New(room *newsroom.Newsroom, cacheBytes int64, log *slog.Logger) *Site {
	return &Site{room: room, log: log, cache: newCache(cacheBytes), style: web.Stylesheet()}
}

// ServeHTTP answers one request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		web.Fail(w, r, http.StatusMethodNotAllowed, "Nothing to do here", "These pages can be read, and nothing else.")
		return
	}
	switch r.URL.Path {
	case "/style.css":
		web.Serve(w, r, s.style)
		return
	case "/healthz":
		web.Plain(w, r, http.StatusOK, "ok")
		return
	}
	a, ok := parseAddress(r.URL.Path)
	if !ok {
		notFound(w, r)
		return
	}
	if a.unslashed {
		web.Redirect(w, http.StatusMovedPermanently, a.last()+"/")
		return
	}
	ans, err := s.answer(a)
	switch {
	case errors.Is(err, newsroom.ErrNotFound):
		notFound(w, r)
	case errors.Is(err, newsroom.ErrGone):
		web.Fail(w, r, http.StatusGone, "No longer here", "What stood at this address is not published any more.")
	case err != nil:
		s.log.Error("page not made", "path", a.path(), "err", err)
		w.Header().Set("Retry-After", "30")
		web.Fail(w, r, http.StatusServiceUnavailable, "Not available just now", "Please try again in a minute.")
	case ans.moved != "":
		web.Redirect(w, http.StatusMovedPermanently, web.Root(r.URL.Path)+ans.moved)
	default:
		web.Serve(w, r, ans.content)
	}
}

func notFound(w http.ResponseWriter, r *http.Request) {
	web.Fail(w, r, http.StatusNotFound, "No such page", "Nothing is published at this address. The front page lists what there is.")
}

// answer returns what stands at a: from memory while it is fresh, else as the
// newsroom has it now. Only one request makes it anew, the others wait for it.
// Where the newsroom cannot say, what it said last is still good.
func (s *Site) answer(a address) (*answer, error) {
	e := s.cache.slot(a.path(), a.kept())
	if ans := e.answer.Load(); ans.fresh(s.room.Generation(), time.Now()) {
		return ans, nil
	}
	e.making.Lock()
	defer e.making.Unlock()
	// Read before the newsroom is asked: a change in between is met next time.
	generation := s.room.Generation()
	old := e.answer.Load()
	if old.fresh(generation, time.Now()) {
		return old, nil
	}
	ans, err := s.make(a)
	switch {
	case err == nil:
	case errors.Is(err, newsroom.ErrNotFound), errors.Is(err, newsroom.ErrGone), old == nil:
		s.cache.drop(e)
		return nil, err
	default:
		s.log.Error("serving what was rendered last", "path", a.path(), "err", err)
		return old, nil
	}
	ans.generation = generation
	ans.keep(old)
	s.cache.put(e, ans)
	return ans, nil
}

// make asks the newsroom for what stands at a and renders it.
func (s *Site) make(a address) (*answer, error) {
	switch {
	case a.item != "":
		return s.makeItem(a)
	case a.status:
		return s.makeStatus(a)
	case a.file == sourcesFile || a.file == channelsFile:
		return s.makeOutline(a)
	}
	ed, err := s.room.Edition(a.place)
	if err != nil {
		return nil, fmt.Errorf("list %q: %w", a.place.Path(), err)
	}
	ans := &answer{expires: ed.Expires}
	if ed.Place != a.place { // a source by its former id
		a.place = ed.Place
		ans.moved = a.path()
		return ans, nil
	}
	if a.file == "" {
		ans.body, err = s.listPage(ed)
		ans.kind = web.HTML
		return ans, err
	}
	site := s.room.Site()
	page := site.URL + "/" + ed.Place.Path()
	links := publish.Links{Self: page + a.file, Page: page}
	ans.kind, ans.modified = feedType(a.file), ed.Modified
	switch a.file {
	case rssFile:
		ans.body, err = publish.RSS(site, ed, links)
	case atomFile:
		ans.body, err = publish.Atom(site, ed, links)
	default:
		ans.body, err = publish.JSON(site, ed, links)
	}
	return ans, err
}

func (s *Site) makeItem(a address) (*answer, error) {
	p, err := s.room.Piece(a.item)
	if err != nil {
		return nil, fmt.Errorf("item %s: %w", a.item, err)
	}
	if p.Item.ID != a.item { // an alias
		return &answer{moved: address{item: p.Item.ID}.path()}, nil
	}
	body, err := s.itemPage(p)
	return &answer{body: body, kind: web.HTML}, err
}
