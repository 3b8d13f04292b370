package curate

import (
	"sync"
	"time"

	"rightswire/internal/link"
	"rightswire/internal/news"
)

// An env is what an expression sees. Only the fields it uses are filled.
type env struct {
	Title      string    `expr:"title"`
	Text       string    `expr:"text"` // stands for its type; Ask is what is called
	URL        string    `expr:"url"`
	Host       string    `expr:"host"`
	Source     string    `expr:"source"`
	Org        string    `expr:"org"`
	Kind       string    `expr:"kind"`
	Language   string    `expr:"language"`
	Authors    []string  `expr:"authors"`
	Categories []string  `expr:"categories"`
	Countries  []string  `expr:"countries"` // those it is about
	Topics     []string  `expr:"topics"`
	Stories    []string  `expr:"stories"`   // the one it belongs to, if any
	Published  time.Time `expr:"published"` // as listed: never in the future, never unknown

	// Ask is called where an expression says text. No expression can spell its
	// name.
	Ask func() (string, error) `expr:"text()"`
}

const askText = "text()"

// names are those an expression may use, as in env.
func names() []string {
	return []string{
		"authors", "categories", "countries", "host", "kind", "language", "org", "published", "source", "stories",
		"text", "title", "topics", "url",
	}
}

// needs says which of the names that cost something an expression uses.
type needs struct {
	text, host, countries, topics, stories bool
}

func (n *needs) note(name string) {
	switch name {
	case "text":
		n.text = true
	case "host":
		n.host = true
	case "countries":
		n.countries = true
	case "topics":
		n.topics = true
	case "stories":
		n.stories = true
	}
}

// env lays out the facts for one evaluation.
func (n *needs) env(f *Facts) *env {
	it := f.Item
	e := &env{
		Title: it.Title, URL: it.URL, Source: string(it.Source), Language: language(f),
		Authors: it.Authors, Categories: it.Categories, Published: it.Dated().UTC(),
	}
	if f.Source != nil {
		e.Source, e.Org, e.Kind = string(f.Source.ID), f.Source.Org, string(f.Source.Kind)
	}
	if n.text {
		e.Ask = once(f.Text)
	}
	if n.host {
		e.Host = link.Host(it.URL)
	}
	if n.stories && it.Story != "" {
		e.Stories = []string{string(it.Story)}
	}
	if n.topics {
		e.Topics = topics(it)
	}
	if n.countries {
		e.Countries = countries(it)
	}
	return e
}

// once asks for the text at most once an evaluation.
func once(ask func() (string, error)) func() (string, error) {
	if ask == nil {
		return func() (string, error) { return "", nil }
	}
	return sync.OnceValues(ask)
}

func topics(it *news.Item) []string {
	ids := make([]string, len(it.Tags.Topics))
	for i := range ids {
		ids[i] = string(it.Tags.Topics[i].ID)
	}
	return ids
}

func countries(it *news.Item) []string {
	codes := make([]string, 0, len(it.Tags.Countries))
	for i := range it.Tags.Countries {
		if tag := &it.Tags.Countries[i]; tag.About {
			codes = append(codes, string(tag.Code))
		}
	}
	return codes
}

// language is the item's, else what the operator says of its source.
func language(f *Facts) string {
	if f.Item.Language == "" && f.Source != nil {
		return f.Source.Language
	}
	return f.Item.Language
}
