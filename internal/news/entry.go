package news

import "time"

// A Text is a piece of text as a source wrote it.
type Text struct {
	Value string
	HTML  bool // markup to be parsed, rather than plain characters
}

// An Author is a person or body as named by a source. E-mail addresses are kept
// and never published.
type Author struct {
	Name, Email, URL string
}

// A Category is a source's own keyword for an entry.
type Category struct {
	Term, Scheme, Label string
}

// An Enclosure is media attached to an entry; it is linked, never fetched.
type Enclosure struct {
	URL    string
	Type   string
	Length int64 // bytes; 0 is unknown
}

// An Entry is one entry of a Source's document as the source said it, decoded
// and bounded: title ≤ 1 KB, summary and content together ≤ 512 KB. Safe HTML and
// plain text are derived from it and never stored instead of it.
type Entry struct {
	ID       ItemID
	GUID     string // as said; "" where the entry has none
	Link     string // absolute, tracking parameters removed; "" where there is none
	Title    Text
	Summary  Text
	Content  Text
	Base     string // URL that relative references in the texts start from
	Authors  []Author
	Language string // as said for the entry, or by its feed

	Categories []Category
	Enclosures []Enclosure
	// Published and Updated are zero where the source did not say them.
	Published, Updated time.Time
	Rights             string
	// Via is the title or URL of the feed the entry says it was taken from
	// (RSS source, atom:source). It is a claim and never used as attribution.
	Via string
	// Cut says that a text was longer than its bound.
	Cut bool
}

// Body returns the fuller of content and summary.
func (e *Entry) Body() Text {
	if e.Content.Value != "" {
		return e.Content
	}
	return e.Summary
}

// Claimed returns the moment the source claims for the entry: when it was
// published, else updated; zero where it says neither.
func (e *Entry) Claimed() time.Time {
	if !e.Published.IsZero() {
		return e.Published
	}
	return e.Updated
}

// A Revision is one version of an Item as collected. Revisions are numbered from
// 1 and only ever appended.
type Revision struct {
	Number int
	Seen   time.Time
	Entry  Entry
}
