package site

import (
	"html/template"
	"slices"
	"strings"
	"time"

	"rightswire/internal/link"
	"rightswire/internal/markup"
	"rightswire/internal/news"
	"rightswire/internal/text"
	"rightswire/internal/web"
)

// An itemView is an item as lists and its own page show it.
type itemView struct {
	Title     words
	Page      string // ours
	URL, Host string // the article at its source
	Source    sourceView
	Authors   []news.Author
	Published moment
	Updated   moment // empty where it is the same
	Excerpt   words
	Notes     []noteView
	Pinned    bool
}

// A sourceView says who speaks.
type sourceView struct {
	Name      words
	Kind, Org string
	Path      string // of our page on it
	Home, URL string // its site and its feed; "" where not known or not to be shown
}

// A noteView is what an editor said.
type noteView struct {
	Label string
	At    moment
	Lines []string
	Words words // language and direction of the lines
}

// A moment is a time for machines and for people; both are empty for none.
type moment struct {
	Machine, Human string
}

func newMoment(site news.Site, t time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	zone := site.Location
	if zone == nil {
		zone = time.UTC
	}
	return moment{t.UTC().Format(time.RFC3339), t.In(zone).Format("2006-01-02 15:04 MST")}
}

// kinds are the kinds of source in a reader's words.
var kinds = map[news.Kind]string{
	news.KindNGO:      "NGO",
	news.KindIGO:      "intergovernmental",
	news.KindMedia:    "media",
	news.KindGov:      "government",
	news.KindGovMedia: "state media",
	news.KindAcademic: "academic",
}

func newSourceView(root string, src *news.Source) sourceView {
	v := sourceView{
		Name: newWords(src.Title, src.Language), Kind: kinds[src.Kind], Org: src.Org, URL: src.URL,
		Path: root + news.Place{Source: src.ID}.Path(),
	}
	if v.Name.Text == "" {
		v.Name.Text = string(src.ID)
	}
	if v.Org == string(src.ID) {
		v.Org = ""
	}
	if src.Private {
		v.URL = ""
	}
	return v
}

// titleLength is the most characters of an excerpt that stand in for a title.
const titleLength = 80

func newItemView(site news.Site, root string, p *news.Piece) itemView {
	lang := p.Item.Language
	if lang == "" {
		lang = p.Source.Language
	}
	v := itemView{
		Title:     newWords(p.Item.Title, lang),
		Page:      root + address{item: p.Item.ID}.path(),
		URL:       p.Item.URL,
		Host:      link.Host(p.Item.URL),
		Source:    newSourceView(root, &p.Source),
		Authors:   p.Authors,
		Published: newMoment(site, p.Item.Dated()),
		Excerpt:   newWords(p.Excerpt, lang),
		Pinned:    p.Item.Standing.Pinned,
	}
	if v.Title.Text == "" {
		v.Title.Text = text.Excerpt(p.Excerpt, titleLength)
	}
	if v.Title.Text == "" {
		v.Title = v.Source.Name
	}
	if u := newMoment(site, p.Updated()); u.Human != v.Published.Human {
		v.Updated = u
	}
	for _, n := range p.Item.Standing.Notes {
		v.Notes = append(v.Notes, newNoteView(site, n))
	}
	return v
}

func newNoteView(site news.Site, n news.Note) noteView {
	v := noteView{
		Label: "Editor’s note", At: newMoment(site, n.At),
		Lines: strings.Split(strings.TrimSpace(n.Text), "\n"), Words: newWords("", site.Language),
	}
	if n.Correction {
		v.Label = "Correction"
	}
	return v
}

// items are the pieces of an edition as its page lists them: pinned ones first.
func items(site news.Site, root string, pieces []news.Piece) []itemView {
	vs := make([]itemView, 0, len(pieces))
	for i := range pieces {
		vs = append(vs, newItemView(site, root, &pieces[i]))
	}
	slices.SortStableFunc(vs, func(a, b itemView) int { return rank(a) - rank(b) })
	return vs
}

func rank(v itemView) int {
	if v.Pinned {
		return 0
	}
	return 1
}

// A pageView is the page of one item.
type pageView struct {
	itemView
	Body       template.HTML // safe, without images
	Full       bool
	Rights     string
	Tags       []tagView
	Enclosures []news.Enclosure
	Channels   []channelView
}

// A tagView is what an item concerns, and the words that say so.
type tagView struct {
	Label words
	Why   string
}

// itemPage renders the page of one item.
func (s *Site) itemPage(piece *news.Piece) ([]byte, error) {
	site := s.room.Site()
	dir := s.directory()
	root := web.Root("/" + address{item: piece.Item.ID}.path())
	v := pageView{
		itemView: newItemView(site, root, piece),
		// Markup that was made for feeds may hold images; here they are links.
		Body:       template.HTML(markup.Safe(news.Text{Value: piece.HTML, HTML: true}, "", false)),
		Full:       piece.Full,
		Rights:     piece.Rights,
		Tags:       tags(site, piece),
		Enclosures: piece.Enclosures,
	}
	p := &web.Page{
		Language: site.Language, Dir: text.Direction(site.Language), Title: v.Title.Text, Site: site.Title, Root: root,
		// The article's home is at its source, and people named in it may want to
		// be forgotten.
		NoIndex: true,
	}
	for _, c := range dir.Channels {
		if !slices.Contains(piece.Channels, c.ID) {
			continue
		}
		lang := c.Language
		if lang == "" {
			lang = site.Language
		}
		path := root + news.Place{Channel: c.ID}.Path()
		v.Channels = append(v.Channels, channelView{Title: newWords(c.Title, lang), Path: path})
		p.Feeds = append(p.Feeds, web.Feed{Title: c.Title, Type: "application/atom+xml", Href: path + atomFile})
	}
	p.Feeds = append(p.Feeds, feeds(site.Title, root)...)
	p.Body = v
	return web.Render(itemTemplate, p)
}

// tags are the subjects of a piece in the site's language, each with its reason.
func tags(site news.Site, p *news.Piece) []tagView {
	var vs []tagView
	for _, s := range p.Subjects {
		v := tagView{Label: newWords(s.Label, site.Language)}
		for _, t := range p.Item.Tags.Topics {
			if s.Topic != "" && t.ID == s.Topic {
				v.Why = t.Why
			}
		}
		for _, c := range p.Item.Tags.Countries {
			if s.Country != "" && c.Code == s.Country {
				v.Why = c.Why
			}
		}
		vs = append(vs, v)
	}
	return vs
}
