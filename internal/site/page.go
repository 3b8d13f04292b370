package site

import (
	_ "embed"
	"html/template"

	"rightswire/internal/news"
	"rightswire/internal/text"
	"rightswire/internal/web"
)

// The templates: what stands in the frame on each kind of page.
var (
	//go:embed front.html
	frontHTML string
	//go:embed list.html
	listHTML string
	//go:embed item.html
	itemHTML string
	//go:embed status.html
	statusHTML string
	//go:embed parts.html
	partsHTML string

	frontTemplate  = template.Must(web.NewTemplate(frontHTML + partsHTML))
	listTemplate   = template.Must(web.NewTemplate(listHTML + partsHTML))
	itemTemplate   = template.Must(web.NewTemplate(itemHTML + partsHTML))
	statusTemplate = template.Must(web.NewTemplate(statusHTML + partsHTML))
)

// frontItems is how many of the newest items the front page shows; its feeds and
// the channels have more.
const frontItems = 20

// A words is text with its language and the way it runs.
type words struct {
	Text, Lang, Dir string
}

func newWords(s, lang string) words {
	return words{Text: s, Lang: lang, Dir: text.Direction(lang)}
}

// A frontView is what the front page says.
type frontView struct {
	Name     words
	Address  string // of the Atom feed, to be pasted
	Channels []channelView
	Items    []itemView
	Sources  []sourceView
	Contact  string
}

// A channelView is a channel in a list of channels.
type channelView struct {
	Title, Description words
	Path               string
}

// A listView is the page of a channel or a source.
type listView struct {
	Title, Description words
	Source             *sourceView // where the page is a source's
	Address            string
	Items              []itemView
}

// listPage renders the page of an edition.
func (s *Site) listPage(ed *news.Edition) ([]byte, error) {
	if ed.Place == (news.Place{}) {
		return s.frontPage(ed)
	}
	site := s.room.Site()
	path := ed.Place.Path()
	p := &web.Page{
		Language: ed.Language, Dir: text.Direction(ed.Language), Title: ed.Title, Site: site.Title,
		Root: web.Root("/" + path), Feeds: feeds(ed.Title, ""),
	}
	v := listView{
		Title:       newWords(ed.Title, ed.Language),
		Description: newWords(ed.Description, ed.Language),
		Address:     site.URL + "/" + path + atomFile,
		Items:       items(site, p.Root, ed.Pieces),
	}
	if src := s.directory().sources[ed.Place.Source]; src != nil {
		sv := newSourceView(p.Root, src)
		var err error
		if sv.Home, err = s.room.Home(src.ID); err != nil {
			return nil, err
		}
		v.Source = &sv
	}
	p.Body = v
	return web.Render(listTemplate, p)
}

func (s *Site) frontPage(ed *news.Edition) ([]byte, error) {
	site := s.room.Site()
	dir := s.directory()
	p := &web.Page{
		Language: ed.Language, Dir: text.Direction(ed.Language), Title: site.Title, Site: site.Title,
		Root: web.Root("/"), Feeds: feeds(site.Title, ""),
	}
	v := frontView{
		Name:    newWords(site.Title, site.Language),
		Address: site.URL + "/" + atomFile,
		Items:   items(site, p.Root, ed.Pieces),
		Contact: site.Contact,
	}
	v.Items = v.Items[:min(len(v.Items), frontItems)]
	for _, c := range dir.Channels {
		lang := c.Language
		if lang == "" {
			lang = site.Language
		}
		path := p.Root + news.Place{Channel: c.ID}.Path()
		v.Channels = append(v.Channels, channelView{newWords(c.Title, lang), newWords(c.Description, lang), path})
		p.Feeds = append(p.Feeds, web.Feed{Title: c.Title, Type: "application/atom+xml", Href: path + atomFile})
	}
	for i := range dir.Sources {
		if dir.Sources[i].ID == news.DeskSource {
			continue // ourselves
		}
		v.Sources = append(v.Sources, newSourceView(p.Root, &dir.Sources[i]))
	}
	p.Body = v
	return web.Render(frontTemplate, p)
}

// feedType is the media type of one of the feeds.
func feedType(file string) string {
	switch file {
	case rssFile:
		return "application/rss+xml; charset=utf-8"
	case atomFile:
		return "application/atom+xml; charset=utf-8"
	}
	return "application/feed+json"
}

// feeds are the three feeds below path for autodiscovery.
func feeds(title, path string) []web.Feed {
	return []web.Feed{
		{Title: title + " (Atom)", Type: "application/atom+xml", Href: path + atomFile},
		{Title: title + " (RSS)", Type: "application/rss+xml", Href: path + rssFile},
		{Title: title + " (JSON Feed)", Type: "application/feed+json", Href: path + jsonFile},
	}
}
