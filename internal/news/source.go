package news

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// A Kind says what sort of body a Source is. Readers see it beside each item.
type Kind string

// The kinds of source there are.
const (
	KindNGO      Kind = "ngo"
	KindIGO      Kind = "igo"
	KindMedia    Kind = "media"
	KindGov      Kind = "gov"
	KindGovMedia Kind = "gov-media"
	KindAcademic Kind = "academic"
)

// Kinds lists every Kind.
func Kinds() []Kind {
	return []Kind{KindNGO, KindIGO, KindMedia, KindGov, KindGovMedia, KindAcademic}
}

// A Review says whether a curator must approve before something is shown.
type Review string

// The two ways of review.
const (
	ReviewAuto   Review = "auto"   // published at once, edits too
	ReviewManual Review = "manual" // nothing is shown before it is approved
)

// Rights say how much of a Source's text may be republished.
type Rights struct {
	// Full allows whole texts; without it only an excerpt is published.
	Full bool
	// Statement names the licence and where it was stated.
	Statement string
}

// A PageMode says whether articles' pages are fetched.
type PageMode string

// The page modes.
const (
	PageAuto  PageMode = "auto" // where rights are full and the feed has only an excerpt
	PageTrue  PageMode = "true"
	PageFalse PageMode = "false"
)

// An Interval bounds how often a Source is polled.
type Interval struct {
	Min, Max time.Duration
}

// Clamp returns d brought within the interval.
func (iv Interval) Clamp(d time.Duration) time.Duration {
	return min(max(d, iv.Min), iv.Max)
}

// A Source is one feed that comes in. It is described in feeds.yaml and never
// changed by what the feed says of itself.
type Source struct {
	ID       SourceID
	Formerly []SourceID // earlier ids; their items are this source's
	Title    string
	URL      string
	// Language is the operator's word for the language, a BCP 47 tag, or "".
	Language string
	// Countries is the beat, a prior and never a tag by itself; empty is global.
	Countries []Country
	Kind      Kind
	Org       string // editions of one publisher share it; the id where not said
	Review    Review
	Rights    Rights
	// ExpectEvery is the longest silence that is normal; 0 is unknown.
	ExpectEvery time.Duration
	Skip        string // expression; what it matches is kept and shown nowhere
	Poll        bool
	Page        PageMode
	Selector    string
	UserAgent   string
	// Headers are sent with each request to the host of URL, and to no other.
	Headers []Field
	// User and Password are for basic authentication at that host (RFC 7617); ""
	// without.
	User     string
	Password Secret
	// Private says that the address itself is a secret, or what is sent to it: it is
	// not published, logged, or stored in the clear.
	Private  bool
	Interval Interval // zero fields: the site's
	Timeout  time.Duration
	Proxy    string
}

// Stamp returns what is stored of an address of the source: the address, or for a
// Private one a digest that tells whether another is the same.
func (s *Source) Stamp(address string) string {
	if !s.Private || address == "" {
		return address
	}
	sum := sha256.Sum256([]byte(address))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// A Channel is one curated list that goes out.
type Channel struct {
	ID          ChannelID
	Title       string
	Description string
	Language    string
	// Simple selectors: any of a list; lists are and-ed; an empty one admits all.
	Topics    []TopicID
	Countries []Country
	Sources   []SourceID
	Languages []string
	When      string // expression for the rest
	Review    Review
	// OnePerStory shows one member of each story, the others linked.
	OnePerStory bool
	Limit       int
	Examples    []string // items or URLs that show what belongs here
}

// A Topic is a subject of the vocabulary.
type Topic struct {
	ID    TopicID
	Label map[string]string // language → label
	// Terms that speak for and against the topic; a trailing * is a prefix match.
	Strong, Weak, Not []string
	XRef              map[string][]string // other vocabularies' codes
}

// A Site is the newswire as its readers see it.
type Site struct {
	Title string
	URL   string // public address without a trailing slash; only for links
	// ID is the authority of every published id: "domain,year" (RFC 4151).
	ID       string
	Contact  string
	Language string
	Location *time.Location
	Review   Review // default of sources and channels
}

// TagURI returns the published id of an item: tag:<site.id>:item/<ItemID>.
func (s Site) TagURI(id ItemID) string { return "tag:" + s.ID + ":item/" + string(id) }

// PlaceURI returns the published id of a list, such as "channels/china".
func (s Site) PlaceURI(path string) string { return "tag:" + s.ID + ":" + path }
