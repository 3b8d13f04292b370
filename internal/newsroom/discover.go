package newsroom

import (
	"context"
	"log/slog"
	"time"

	"rightswire/internal/config"
	"rightswire/internal/discover"
	"rightswire/internal/link"
	"rightswire/internal/news"
)

// A CandidateView is a feed that was found behind an address.
type CandidateView struct {
	URL string `json:"url"`
	// Moved is the address that a permanent redirect led here from.
	Moved    string        `json:"moved_from,omitempty"`
	Title    string        `json:"title,omitempty"`
	Home     string        `json:"home,omitempty"`
	Format   string        `json:"format"`
	Language string        `json:"language,omitempty"`
	Items    int           `json:"items"`
	Newest   time.Time     `json:"newest,omitzero"`
	Cadence  time.Duration `json:"-"`
	// EverySeconds is Cadence: the mean time between its newest items.
	EverySeconds int64    `json:"every_seconds,omitempty"`
	Valid        bool     `json:"valid"`
	Repairs      []string `json:"repairs,omitempty"`
	How          string   `json:"found"`
	// Comments says that its items are what readers write below articles.
	Comments bool `json:"comments,omitempty"`
	// Known is the source of feeds.yaml that has it already.
	Known news.SourceID `json:"known,omitempty"`
}

// A Scout finds feeds for feeds.yaml, with the manners and limits that the file
// sets and without the store.
type Scout struct {
	finder discover.Finder
	known  map[string]news.SourceID // by link.Key of their addresses
	ids    map[string]bool
	atOnce int
}

// NewScout returns a Scout by cfg; Close it when done.
func NewScout(cfg *config.Config, version string, log *slog.Logger) (*Scout, error) {
	client, err := newClient(cfg, version, log)
	if err != nil {
		return nil, err
	}
	s := &Scout{
		finder: discover.Finder{Client: client},
		known:  map[string]news.SourceID{},
		ids:    map[string]bool{},
		atOnce: cfg.Fetch.Concurrency,
	}
	for i := range cfg.Sources {
		src := &cfg.Sources[i]
		s.known[link.Key(src.URL)] = src.ID
		s.ids[string(src.ID)] = true
		for _, old := range src.Formerly {
			s.ids[string(old)] = true
		}
	}
	return s, nil
}

// Close gives up the Scout's connections.
func (s *Scout) Close() { s.finder.Client.Close() }

// Find returns the feeds behind what an operator pasted, the best first.
func (s *Scout) Find(ctx context.Context, raw string) ([]CandidateView, error) {
	found, err := s.finder.Find(ctx, raw)
	views := make([]CandidateView, len(found))
	for i := range found {
		views[i] = s.view(&found[i])
	}
	return views, err
}

func (s *Scout) view(c *discover.Candidate) CandidateView {
	return CandidateView{
		URL: c.URL, Moved: c.Moved, Comments: c.Comments, Title: c.Title, Home: c.Home, Format: c.Format, Language: c.Language, Items: c.Items,
		Newest: c.Newest.UTC(), Cadence: c.Cadence, EverySeconds: int64(c.Cadence / time.Second),
		Valid: c.Valid(), Repairs: c.Repairs, How: c.How, Known: s.known[link.Key(c.URL)],
	}
}

// Draft makes a source of a feed, under an id that no other source has or had.
func (s *Scout) Draft(c *CandidateView) config.Draft {
	return s.draft(config.Draft{Title: c.Title, URL: c.URL, Language: c.Language, Poll: true})
}

func (s *Scout) draft(d config.Draft) config.Draft {
	d.ID = config.DraftID(d.Title, d.URL, func(id string) bool { return s.ids[id] })
	s.ids[d.ID] = true
	s.known[link.Key(d.URL)] = news.SourceID(d.ID)
	return d
}

// An UnusableView is an entry of a list that made no source, and why.
type UnusableView struct {
	Line  int    `json:"line,omitempty"`
	Title string `json:"title,omitempty"`
	URL   string `json:"url,omitempty"`
	Error string `json:"error"`
}

// Import finds the feed behind each entry of a list. Each is drafted and given to
// add as soon as it is found, one at a time; what feeds.yaml has is passed over.
// progress, which may be nil, is called after each.
func (s *Scout) Import(ctx context.Context, list []discover.Outline, add func(config.Draft) error, progress func(done, failed, total int)) ([]UnusableView, error) {
	unusable, err := s.finder.Import(ctx, discover.Import{
		Outlines:    list,
		Concurrency: s.atOnce,
		Known:       s.isKnown,
		Progress:    progress,
		Found: func(o discover.Outline, c discover.Candidate) error {
			d := config.Draft{Title: o.Title, URL: c.URL, Language: c.Language, Poll: true, Comment: o.Folder}
			if d.Title == "" {
				d.Title = c.Title
			}
			return add(s.draft(d))
		},
	})
	var views []UnusableView
	for _, u := range unusable {
		views = append(views, unusableView(&u.Outline, u.Err.Error()))
	}
	return views, err
}

func (s *Scout) isKnown(url string) bool {
	_, known := s.known[link.Key(url)]
	return known
}

// Unprobed drafts the entries of a list as they stand, not to be polled until
// somebody has looked at them; what feeds.yaml has is passed over.
func (s *Scout) Unprobed(list []discover.Outline) (drafts []config.Draft, unusable []UnusableView) {
	for i := range list {
		o := &list[i]
		url, err := discover.Address(o.URL)
		switch {
		case err != nil:
			unusable = append(unusable, unusableView(o, err.Error()))
		case !s.isKnown(url):
			drafts = append(drafts, s.draft(config.Draft{Title: o.Title, URL: url, Language: o.Language, Comment: o.Folder}))
		}
	}
	return drafts, unusable
}

func unusableView(o *discover.Outline, why string) UnusableView {
	v := UnusableView{Line: o.Line, Title: o.Title, URL: o.URL, Error: why}
	if v.URL == "" {
		v.URL = o.Home
	}
	if link.HasSecret(v.URL) {
		v.URL = link.Redact(v.URL)
	}
	return v
}
