package news

import "time"

// A Place is where an Edition is shown: the front page, a channel or a source.
type Place struct {
	Channel ChannelID // for a channel
	Source  SourceID  // for a source
}

// Path returns the place's address below the site's, "" or ending in a slash.
func (p Place) Path() string {
	switch {
	case p.Channel != "":
		return "channels/" + string(p.Channel) + "/"
	case p.Source != "":
		return "sources/" + string(p.Source) + "/"
	}
	return ""
}

// An Edition is what a place shows at a moment.
type Edition struct {
	Place       Place
	Title       string
	Description string
	Language    string
	// Modified is the latest of: entry or revision of an item shown, a decision on
	// one shown or gone, a release, a change of the place's definition. Whole
	// seconds, and never merely the newest item's date.
	Modified time.Time
	// Expires is when the list next changes by itself; zero: never.
	Expires time.Time
	Pieces  []Piece // in the order they are shown
}

// A Piece is one item as a place shows it: text by rights, tags, attribution.
type Piece struct {
	Item   Item
	Source Source
	// Channels whose editions hold it, for items shown on their own.
	Channels []ChannelID
	Authors  []Author // without e-mail addresses
	// HTML is safe HTML: the whole text where rights allow, else the excerpt.
	HTML string
	// Excerpt is plain text of at most 300 characters ending on a grapheme.
	Excerpt    string
	Full       bool // HTML is the whole text
	Enclosures []Enclosure
	Categories []Category // the source's own
	Subjects   []Subject  // what it concerns, in words
	Rights     string     // statement shown with the text
	SHA256     [32]byte   // of the collected revision shown
}

// A Subject is a tag in words, in the language of the edition.
type Subject struct {
	Topic   TopicID // or
	Country Country
	Label   string
}

// Updated is the moment a reader should take the piece as changed: its last
// correction or revision, never before it was dated.
func (p *Piece) Updated() time.Time {
	t := p.Item.Dated()
	for _, u := range []time.Time{p.Item.Updated, p.Item.Standing.Entered} {
		if u.After(t) && !u.After(p.latest()) {
			t = u
		}
	}
	if p.Item.Current > 1 && p.Item.Revised.After(t) {
		t = p.Item.Revised
	}
	return t
}

// latest bounds claims of the future: nothing happened after it was last seen.
func (p *Piece) latest() time.Time {
	t := p.Item.FirstSeen
	for _, u := range []time.Time{p.Item.Revised, p.Item.Standing.Decided} {
		if u.After(t) {
			t = u
		}
	}
	return t
}
