package site

import (
	"fmt"
	"strings"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/newsroom"
	"rightswire/internal/publish"
	"rightswire/internal/text"
	"rightswire/internal/web"
)

const (
	statusTitle = "Status of the sources"
	// statusFresh is how long the page stands where nothing happens. A state that
	// comes about by time alone, between two visits, is told at most this much later.
	statusFresh = time.Hour
)

// A statusView is the page on how the sources are doing.
type statusView struct {
	Title            string
	Address          string // of the Atom feed, to be pasted
	Readable, Polled int
	Countries        []countryView
}

// A countryView is how the sources of a country are doing.
type countryView struct {
	Name     words
	Readable int
	Sources  []healthView
}

// A healthView is how a source is doing.
type healthView struct {
	Source         sourceView
	State, Meaning string
	Silent         bool
	Since, Newest  moment // days
}

// makeStatus renders how the sources are doing, or a feed of how that changed.
func (s *Site) makeStatus(a address) (*answer, error) {
	if a.file != "" {
		return s.makeTurns(a)
	}
	health, err := s.room.Health()
	if err != nil {
		return nil, fmt.Errorf("tell how the sources are doing: %w", err)
	}
	ans := &answer{kind: web.HTML, expires: time.Now().Add(statusFresh)}
	ans.body, err = s.statusPage(&health)
	return ans, err
}

func (s *Site) statusPage(health *newsroom.HealthView) ([]byte, error) {
	site := s.room.Site()
	p := &web.Page{
		Language: site.Language, Dir: text.Direction(site.Language), Title: statusTitle, Site: site.Title,
		Root: web.Root("/" + statusPath), Feeds: feeds(statusTitle, ""),
	}
	v := statusView{
		Title: statusTitle, Address: site.URL + "/" + statusPath + atomFile, Readable: health.Readable, Polled: health.Polled,
	}
	for _, c := range health.Countries {
		name := newWords(c.Name, site.Language)
		if c.Country == "" {
			name = newWords("World", "en")
		}
		cv := countryView{Name: name, Readable: c.Readable}
		for i := range c.Sources {
			cv.Sources = append(cv.Sources, newHealthView(site, p.Root, &c.Sources[i]))
		}
		v.Countries = append(v.Countries, cv)
	}
	p.Body = v
	return web.Render(statusTemplate, p)
}

func newHealthView(site news.Site, root string, h *newsroom.SourceHealth) healthView {
	v := healthView{
		Source: newSourceView(root, &news.Source{ID: h.ID, Title: h.Title, Language: h.Language, Kind: h.Kind}),
		State:  state(h.State), Meaning: h.Meaning, Silent: h.State != news.HealthNew && !h.State.Readable(),
		Since: newDay(site, h.Since), Newest: newDay(site, h.Newest),
	}
	if h.State == news.HealthOK {
		v.Meaning = "" // the word says it
	}
	return v
}

// state is a source's state in a reader's word.
func state(h news.Health) string { return strings.ReplaceAll(string(h), "-", " ") }

// newDay is the day of a time where the site is.
func newDay(site news.Site, t time.Time) moment {
	day, _, _ := strings.Cut(newMoment(site, t).Human, " ")
	return moment{day, day}
}

// makeTurns renders a feed of how the health of the sources changed.
func (s *Site) makeTurns(a address) (*answer, error) {
	turns, err := s.room.Turns()
	if err != nil {
		return nil, fmt.Errorf("tell how the sources changed: %w", err)
	}
	site := s.room.Site()
	b := &publish.Bulletin{
		Path: strings.TrimSuffix(statusPath, "/"), Title: statusTitle + ": " + site.Title, Language: "en", Modified: turns.Modified,
		Description: "Which source has fallen silent, and which can be read again.",
	}
	for i := range turns.Turns {
		b.Notices = append(b.Notices, newNotice(site, &turns.Turns[i]))
	}
	page := site.URL + "/" + statusPath
	links := publish.Links{Self: page + a.file, Page: page}
	ans := &answer{kind: feedType(a.file), modified: turns.Modified}
	switch a.file {
	case rssFile:
		ans.body, err = b.RSS(site, links)
	case atomFile:
		ans.body, err = b.Atom(site, links)
	default:
		ans.body, err = b.JSON(site, links)
	}
	return ans, err
}

func newNotice(site news.Site, t *newsroom.TurnView) publish.Notice {
	title := t.Title + ": " + state(t.To)
	if t.From != "" {
		title += " (was " + state(t.From) + ")"
	}
	return publish.Notice{
		Path: fmt.Sprintf("%sturn/%d", statusPath, t.Seq), Title: title, Text: t.Title + " " + t.Meaning + ".",
		Page: site.URL + "/" + news.Place{Source: t.Source}.Path(), At: t.At, About: t.Source,
	}
}
