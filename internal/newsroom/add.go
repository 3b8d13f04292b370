package newsroom

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"rightswire/internal/ingest"
	"rightswire/internal/link"
	"rightswire/internal/news"
	"rightswire/internal/text"
)

// maxPasted bounds a pasted text, in bytes.
const maxPasted = 512 << 10

// AddItem makes a URL or a pasted text an item of the desk's own source. It is
// published like any other item: by the desk source's review.
func (n *Newsroom) AddItem(ctx context.Context, who string, a Addition) (Ruled, error) {
	entry, err := entryOf(a)
	if err != nil {
		return Ruled{}, err
	}
	s := n.current.Load()
	d := &decided{Decision: news.Decision{Action: news.Add, By: who, At: time.Now(), Why: text.Clean(a.Why)}}
	if len(a.Tags) > 0 {
		if err := s.retagging(d, Ruling{Add: a.Tags}); err != nil {
			return Ruled{}, err
		}
	}
	id, err := n.ingest.Add(ctx, entry, d.Decision)
	if errors.Is(err, ingest.ErrKnown) {
		return Ruled{}, badRequest("see: rightswire show "+string(id), "%q is item %s already", cmp.Or(a.URL, a.Title), id)
	}
	if err != nil {
		return Ruled{}, err
	}
	shown, err := n.Show(string(id))
	if err != nil {
		return Ruled{}, err
	}
	n.log.Info("item added", "item", id, "by", who)
	return Ruled{Item: id, Title: shown.Title, Standing: shown.Standing, Channels: names(shown.Channels)}, nil
}

// entryOf checks an addition and makes an entry of it.
func entryOf(a Addition) (news.Entry, error) {
	e := news.Entry{
		Title:     news.Text{Value: text.Line(a.Title)},
		Content:   news.Text{Value: strings.TrimSpace(text.Clean(a.Text))},
		Language:  text.Language(a.Language),
		Published: a.Published,
	}
	if a.Language != "" && e.Language == "" {
		return e, badRequest("give a BCP 47 tag such as ko or zh-Hans", "no language %q", a.Language)
	}
	if len(a.Text) > maxPasted {
		return e, badRequest("add its address instead", "text longer than %d KB", maxPasted>>10)
	}
	if e.Title.Value == "" {
		e.Title.Value, _, _ = strings.Cut(e.Content.Value, "\n")
	}
	if e.Title.Value == "" {
		return e, badRequest("give --title, or the text on standard input", "an item needs a title")
	}
	for _, name := range a.Authors {
		e.Authors = append(e.Authors, news.Author{Name: text.Line(name)})
	}
	if a.URL == "" {
		if e.Content.Value == "" {
			return e, badRequest("give the article's URL, or its text on standard input", "an item needs a URL or a text")
		}
		e.ID = news.NewItemID(news.DeskSource, news.ByTitle, e.Title.Value, a.Published.UTC().Format(time.RFC3339))
		return e, nil
	}
	url, err := link.Source(a.URL)
	if err != nil {
		return e, badRequest("give the article's address, http:// or https://", "%q: %v", a.URL, err)
	}
	e.Link = link.Clean(url)
	e.Base = e.Link
	e.ID = news.NewItemID(news.DeskSource, news.ByLink, link.ForID(strings.TrimSpace(a.URL)))
	return e, nil
}
