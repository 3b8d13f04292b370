package store

import (
	"encoding/binary"

	"rightswire/internal/news"
)

// appendEntry writes an entry: what Digest covers, so a field added here changes
// every digest, and each item's next visit compares its entry in full once.
func appendEntry(b []byte, e *news.Entry) []byte {
	b = appendString(b, string(e.ID))
	b = appendString(b, e.GUID)
	b = appendString(b, e.Link)
	b = appendText(b, e.Title)
	b = appendText(b, e.Summary)
	b = appendText(b, e.Content)
	b = appendString(b, e.Base)
	b = binary.AppendUvarint(b, uint64(len(e.Authors)))
	for _, a := range e.Authors {
		b = appendString(b, a.Name)
		b = appendString(b, a.Email)
		b = appendString(b, a.URL)
	}
	b = appendString(b, e.Language)
	b = binary.AppendUvarint(b, uint64(len(e.Categories)))
	for _, c := range e.Categories {
		b = appendString(b, c.Term)
		b = appendString(b, c.Scheme)
		b = appendString(b, c.Label)
	}
	b = binary.AppendUvarint(b, uint64(len(e.Enclosures)))
	for _, c := range e.Enclosures {
		b = appendString(b, c.URL)
		b = appendString(b, c.Type)
		b = binary.AppendVarint(b, c.Length)
	}
	b = appendTime(b, e.Published)
	b = appendTime(b, e.Updated)
	b = appendString(b, e.Rights)
	b = appendString(b, e.Via)
	return appendBool(b, e.Cut)
}

func (r *reader) entry(e *news.Entry) {
	e.ID = news.ItemID(r.string())
	e.GUID = r.string()
	e.Link = r.string()
	e.Title = r.text()
	e.Summary = r.text()
	e.Content = r.text()
	e.Base = r.string()
	if n := r.count(); n > 0 {
		e.Authors = make([]news.Author, n)
		for i := range e.Authors {
			e.Authors[i] = news.Author{Name: r.string(), Email: r.string(), URL: r.string()}
		}
	}
	e.Language = r.string()
	if n := r.count(); n > 0 {
		e.Categories = make([]news.Category, n)
		for i := range e.Categories {
			e.Categories[i] = news.Category{Term: r.string(), Scheme: r.string(), Label: r.string()}
		}
	}
	if n := r.count(); n > 0 {
		e.Enclosures = make([]news.Enclosure, n)
		for i := range e.Enclosures {
			e.Enclosures[i] = news.Enclosure{URL: r.string(), Type: r.string(), Length: r.int()}
		}
	}
	e.Published = r.time()
	e.Updated = r.time()
	e.Rights = r.string()
	e.Via = r.string()
	e.Cut = r.bool()
}

func appendText(b []byte, t news.Text) []byte {
	return appendString(appendBool(b, t.HTML), t.Value)
}

func (r *reader) text() news.Text {
	html := r.bool()
	return news.Text{Value: r.string(), HTML: html}
}
