package publish

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/feeds"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

// JSON returns ed as JSON Feed 1.1. What the format has no place for, each item
// says in its "_rightswire" extension.
func JSON(site news.Site, ed *news.Edition, l Links) ([]byte, error) {
	h := newHead(site, ed, l)
	return writeJSON(&h, ed.Place, newEntries(site, &h, ed))
}

func writeJSON(h *head, place news.Place, entries []entry) ([]byte, error) {
	f := jsonFeed{
		JSONFeed: feeds.JSONFeed{
			Version:     "https://jsonfeed.org/version/1.1",
			Title:       h.title,
			Language:    h.language,
			HomePageUrl: h.page,
			FeedUrl:     h.self,
			Description: h.description,
			Authors:     []*feeds.JSONAuthor{{Name: h.publisher, Url: h.home}},
		},
		Items: make([]jsonItem, len(entries)),
	}
	for i := range entries {
		f.Items[i] = newJSONItem(place, &entries[i])
	}
	var b bytes.Buffer
	b.Grow(room(entries))
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f); err != nil {
		return nil, fmt.Errorf("write json feed: %w", err)
	}
	return b.Bytes(), nil
}

type jsonFeed struct {
	feeds.JSONFeed
	Items []jsonItem `json:"items"` // required, also where there are none
}

type jsonItem struct {
	feeds.JSONItem
	ContentHTML string           `json:"content_html"` // required, also where empty
	Language    string           `json:"language,omitempty"`
	Attachments []jsonAttachment `json:"attachments,omitempty"`
	Extension   extension        `json:"_rightswire"`
}

type jsonAttachment struct {
	URL  string `json:"url"`
	Type string `json:"mime_type"`
	Size int64  `json:"size_in_bytes,omitempty"`
}

// An extension says where an item comes from and why it is in the feed.
type extension struct {
	Source    news.SourceID    `json:"source"`
	Story     news.StoryID     `json:"story,omitempty"`
	Countries []countryTag     `json:"countries,omitempty"`
	Topics    []topicTag       `json:"topics,omitempty"`
	Channels  []news.ChannelID `json:"channels,omitempty"`
	FirstSeen *time.Time       `json:"first_seen,omitempty"`
	SHA256    string           `json:"sha256,omitempty"` // of the revision as collected
	Note      string           `json:"note,omitempty"`
}

type countryTag struct {
	Code  news.Country `json:"code"`
	Score float64      `json:"score"`
	About bool         `json:"about"`
}

type topicTag struct {
	ID    news.TopicID `json:"id"`
	Score float64      `json:"score"`
}

func newJSONItem(place news.Place, e *entry) jsonItem {
	it := jsonItem{
		JSONItem: feeds.JSONItem{
			Id:            e.id,
			Url:           e.link,
			Title:         e.title,
			Summary:       e.summary,
			PublishedDate: optional(e.published),
			ModifiedDate:  optional(e.updated),
			Tags:          tags(e.categories),
		},
		ContentHTML: clean(e.body),
		Language:    e.language,
		Extension:   newExtension(place, e.piece),
	}
	for _, a := range e.authors {
		it.Authors = append(it.Authors, &feeds.JSONAuthor{Name: a.Name, Url: a.URL})
	}
	for _, n := range e.enclosures {
		it.Attachments = append(it.Attachments, jsonAttachment{URL: n.URL, Type: n.Type, Size: n.Length})
	}
	return it
}

// optional returns t to be written, or nil for the zero time.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// tags returns what people read of cs, each word once: the taxonomies' own words
// are in the extension.
func tags(cs []category) []string {
	var ts []string
	for _, c := range cs {
		if t := firstOf(c.label, c.term); !slices.Contains(ts, t) {
			ts = append(ts, t)
		}
	}
	return ts
}

func newExtension(place news.Place, p *news.Piece) extension {
	x := extension{
		Source:    p.Source.ID,
		Story:     p.Item.Story,
		Channels:  p.Channels,
		FirstSeen: optional(moment(p.Item.FirstSeen)),
		Note:      notes(p.Item.Standing.Notes),
	}
	if place.Channel != "" && !slices.Contains(x.Channels, place.Channel) {
		x.Channels = append([]news.ChannelID{place.Channel}, x.Channels...)
	}
	if p.SHA256 != [32]byte{} {
		x.SHA256 = hex.EncodeToString(p.SHA256[:])
	}
	for _, c := range p.Item.Tags.Countries {
		x.Countries = append(x.Countries, countryTag{Code: c.Code, Score: score(c.Score), About: c.About})
	}
	for _, t := range p.Item.Tags.Topics {
		x.Topics = append(x.Topics, topicTag{ID: t.ID, Score: score(t.Score)})
	}
	return x
}

// score keeps to 0 … 1; NaN, which JSON cannot write, becomes 0.
func score(f float64) float64 {
	if !(f >= 0) {
		return 0
	}
	return min(f, 1)
}

// notes returns what the editors said, oldest first, one paragraph each.
func notes(ns []news.Note) string {
	var lines []string
	for _, n := range ns {
		s := strings.TrimSpace(text.Clean(n.Text))
		if n.Correction {
			s = "Correction: " + s
		}
		lines = append(lines, s)
	}
	return strings.Join(lines, "\n\n")
}
