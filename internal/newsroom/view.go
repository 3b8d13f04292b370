package newsroom

import (
	"fmt"
	"strings"
	"time"

	"rightswire/internal/curate"
	"rightswire/internal/link"
	"rightswire/internal/markup"
	"rightswire/internal/news"
	"rightswire/internal/store"
	"rightswire/internal/text"
)

// An ItemView is an item as commands print it. What is unknown is absent; times
// are UTC; ranked lists are best first.
type ItemView struct {
	ID          news.ItemID      `json:"id"`
	Source      news.SourceID    `json:"source"`
	GUID        string           `json:"guid,omitempty"`
	URL         string           `json:"url,omitempty"`
	Title       string           `json:"title,omitempty"`
	Summary     string           `json:"summary,omitempty"`
	ContentHTML string           `json:"content_html,omitempty"`
	Authors     []AuthorView     `json:"authors,omitempty"`
	Published   time.Time        `json:"published,omitzero"`
	Updated     time.Time        `json:"updated,omitzero"`
	ClaimedDate time.Time        `json:"claimed_date,omitzero"`
	FirstSeen   time.Time        `json:"first_seen"`
	Language    string           `json:"language,omitempty"`
	Categories  []CategoryView   `json:"categories,omitempty"`
	Enclosures  []EnclosureView  `json:"enclosures,omitempty"`
	Countries   []CountryView    `json:"countries,omitempty"`
	Topics      []TopicView      `json:"topics,omitempty"`
	Story       news.StoryID     `json:"story,omitempty"`
	Standing    string           `json:"standing"`
	Revision    int              `json:"revision"`
	Rights      string           `json:"rights,omitempty"`
	Channels    []news.ChannelID `json:"channels,omitempty"`
	Notes       []NoteView       `json:"notes,omitempty"`
	// Waits says why the item waits for a curator.
	Waits string `json:"waits,omitempty"`
	// Pending is the newest revision where an older one is shown.
	Pending int `json:"pending_revision,omitempty"`
	// Pinned items stay in their feeds.
	Pinned bool `json:"pinned,omitempty"`
	// Flags say what a curator should know before believing the item.
	Flags []string `json:"flags,omitempty"`
}

// An AuthorView is an author as commands print it.
type AuthorView struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	URL   string `json:"url,omitempty"`
}

// A CategoryView is a source's own category as commands print it.
type CategoryView struct {
	Term   string `json:"term"`
	Scheme string `json:"scheme,omitempty"`
	Label  string `json:"label,omitempty"`
}

// An EnclosureView is an enclosure as commands print it.
type EnclosureView struct {
	URL    string `json:"url"`
	Type   string `json:"type,omitempty"`
	Length int64  `json:"length,omitempty"`
}

// A CountryView is a country tag as commands print it.
type CountryView struct {
	Code  news.Country `json:"code"`
	Score float64      `json:"score"`
	About bool         `json:"about"`
	Why   string       `json:"why,omitempty"`
}

// A TopicView is a topic tag as commands print it.
type TopicView struct {
	ID    news.TopicID `json:"id"`
	Score float64      `json:"score"`
	Why   string       `json:"why,omitempty"`
}

// A NoteView is an editor's note as commands print it.
type NoteView struct {
	Text       string    `json:"text"`
	Correction bool      `json:"correction,omitempty"`
	By         string    `json:"by,omitempty"`
	At         time.Time `json:"at"`
}

// standingOf says in one word where an item stands.
func standingOf(it *news.Item, src *curate.Source, now time.Time) string {
	if state := it.Standing.StateAt(now); state != news.StateOpen && state != "" {
		return string(state)
	}
	if src != nil && curate.Public(it, &src.Source, nil, now) {
		return "published"
	}
	return "pending"
}

// view spells an item out; texts are read only where asked for.
func (s *settings) view(tx *store.Tx, it *news.Item, now time.Time, texts bool) (ItemView, error) {
	src := s.config.Rules.Source(it.Source)
	v := ItemView{
		ID: it.ID, Source: it.Source, GUID: it.GUID, URL: it.URL, Title: it.Title,
		Published: it.Published.UTC(), Updated: it.Updated.UTC(), FirstSeen: it.FirstSeen.UTC(),
		Language: it.Language, Story: it.Story, Revision: it.Current,
		Standing: standingOf(it, src, now), Pinned: it.Standing.Pinned,
	}
	if it.Pending() {
		v.Pending = it.Latest
	}
	if claimed := it.Claimed(); !claimed.IsZero() {
		v.ClaimedDate = claimed.UTC()
	}
	for _, c := range it.Tags.Countries {
		v.Countries = append(v.Countries, CountryView(c))
	}
	for _, t := range it.Tags.Topics {
		v.Topics = append(v.Topics, TopicView(t))
	}
	for _, note := range it.Standing.Notes {
		v.Notes = append(v.Notes, NoteView{note.Text, note.Correction, note.By, note.At.UTC()})
	}
	if src != nil {
		v.Rights = src.Rights.Statement
	}
	var err error
	if v.Channels, err = s.desk.Channels(tx, it, now); err != nil {
		return v, err
	}
	if !texts || it.Expired {
		return v, nil
	}
	return v, v.addTexts(tx, it, src)
}

func (v *ItemView) addTexts(tx *store.Tx, it *news.Item, src *curate.Source) error {
	rev, err := tx.Revision(it, it.Current)
	if err != nil {
		return err
	}
	e := &rev.Entry
	v.Summary = markup.Excerpt(e.Summary, summaryLength)
	v.ContentHTML = markup.Safe(e.Body(), e.Base, true)
	for _, a := range e.Authors {
		v.Authors = append(v.Authors, AuthorView(a))
	}
	for _, c := range e.Categories {
		v.Categories = append(v.Categories, CategoryView(c))
	}
	for _, c := range e.Enclosures {
		v.Enclosures = append(v.Enclosures, EnclosureView(c))
	}
	if src != nil {
		v.Flags = flags(e, &src.Source)
	}
	return nil
}

// flags names the claims of an entry that are not its source's own: they never
// change whom an item is attributed to.
func flags(e *news.Entry, src *news.Source) []string {
	var out []string
	if e.Via != "" && e.Via != src.Title && foreign(e.Via, src) {
		out = append(out, fmt.Sprintf("says it was taken from %q", text.Line(e.Via)))
	}
	if host := link.Host(e.Link); host != "" && foreign(e.Link, src) {
		out = append(out, "links to another host: "+host)
	}
	return out
}

// foreign reports whether url is not at the host of a source's feed, or at one
// above or below it. What is no URL is foreign; to the desk nothing is.
func foreign(url string, src *news.Source) bool {
	own, host := strings.TrimPrefix(link.Host(src.URL), "www."), strings.TrimPrefix(link.Host(url), "www.")
	return own != "" && host != own && !strings.HasSuffix(host, "."+own) && (host == "" || !strings.HasSuffix(own, "."+host))
}

// summaryLength bounds the summary that commands print, in characters.
const summaryLength = 2000
