package ingest

import (
	"cmp"
	"strings"

	"rightswire/internal/curate"
	"rightswire/internal/markup"
	"rightswire/internal/news"
	"rightswire/internal/tag"
	"rightswire/internal/text"
)

// untitledLength is how much of its text names an item that has no title, in
// characters.
const untitledLength = 80

// Describe makes rev the item's current revision and derives from it what the
// item says at a glance: title, link, language, tags, dates, and whether its
// source's skip expression keeps it out. Decisions outrank it: tags by hand stay,
// and what a curator approved is not skipped.
func (p *Plan) Describe(it *news.Item, rev *news.Revision, src *curate.Source) error {
	e := &rev.Entry
	it.Current, it.Revised = rev.Number, rev.Seen
	it.Title = strings.Clone(titleOf(e))
	it.URL = strings.Clone(e.Link)
	it.Language = cmp.Or(src.Language, e.Language)
	it.Published, it.Updated = e.Published, e.Updated
	it.Authors = nil
	for _, a := range e.Authors {
		if a.Name != "" {
			it.Authors = append(it.Authors, strings.Clone(a.Name))
		}
	}
	it.Categories = nil
	for _, c := range e.Categories {
		it.Categories = append(it.Categories, strings.Clone(cmp.Or(c.Label, c.Term)))
	}
	it.Tags = tag.ByHand(p.Vocabulary.Tags(e, &src.Source), &it.Standing)
	return skip(it, e, src)
}

// skip lets the source's skip expression move the item between open and skipped.
func skip(it *news.Item, e *news.Entry, src *curate.Source) error {
	st := &it.Standing
	if st.State == "" {
		st.State = news.StateOpen
	}
	if st.State != news.StateOpen && st.State != news.StateSkipped {
		return nil
	}
	skips, err := src.Skips(curate.Facts{Item: it, Source: &src.Source, Text: func() (string, error) {
		return markup.Plain(e.Body()), nil
	}})
	if err != nil {
		return err
	}
	st.State = news.StateOpen
	if skips && st.Approved == 0 {
		st.State = news.StateSkipped
	}
	return nil
}

// titleOf is an entry's title as plain text; the start of its text where it has
// none.
func titleOf(e *news.Entry) string {
	if title := markup.Title(e.Title); title != "" {
		return title
	}
	return cmp.Or(markup.Excerpt(e.Body(), untitledLength), text.Line(e.Link), text.Line(e.GUID))
}
