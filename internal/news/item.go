package news

import "time"

// A TopicTag says that an Item concerns a Topic, how surely, and why.
type TopicTag struct {
	ID    TopicID
	Score float64 // 0 to 1
	Why   string  // "category \"Asylum\"", "by hand"
}

// A CountryTag says that an Item concerns a Country.
type CountryTag struct {
	Code  Country
	Score float64 // 0 to 1
	About bool    // rather than merely mentioned
	Why   string
}

// Tags are what an Item is found to concern, best first.
type Tags struct {
	Topics    []TopicTag
	Countries []CountryTag
}

// A State is the heart of a Standing: what becomes of an Item as a whole.
type State string

// The states of an item. Whether an open item is shown at a place depends on
// review there; the others are shown nowhere.
const (
	StateOpen      State = "open"
	StateSkipped   State = "skipped"
	StateHeld      State = "held"
	StateRejected  State = "rejected"
	StateWithdrawn State = "withdrawn"
)

// A Standing is what the Decisions on an Item add up to.
type Standing struct {
	State State
	// Approved is the number of the approved Revision; 0 where there is none.
	Approved int
	// HoldUntil ends a hold by itself; zero holds until a curator says otherwise.
	HoldUntil time.Time
	Pinned    bool
	// RejectedFrom are the channels it was kept out of.
	RejectedFrom []ChannelID
	// Notes are the editor's notes and corrections, oldest first.
	Notes []Note
	// Topics and Countries added and removed by hand.
	AddTopics, DropTopics       []TopicID
	AddCountries, DropCountries []Country
	// Entered is the moment of the last decision that let the item in or changed
	// it; zero where none did.
	Entered time.Time
	// Decided is the moment of the last decision of any kind.
	Decided time.Time
}

// HeldAt reports whether a hold keeps the item out at the moment now.
func (s *Standing) HeldAt(now time.Time) bool {
	return s.State == StateHeld && (s.HoldUntil.IsZero() || now.Before(s.HoldUntil))
}

// StateAt returns the state at the moment now: a hold whose time has come is open.
func (s *Standing) StateAt(now time.Time) State {
	if s.State == StateHeld && !s.HeldAt(now) {
		return StateOpen
	}
	return s.State
}

// A Note is what an editor says beside an article.
type Note struct {
	Text       string
	Correction bool
	By         string
	At         time.Time
}

// An Item is one entry of one Source as the newswire holds it: who it is, when it
// came, what its current revision says at a glance, and where it stands. The
// texts are in its Revisions.
type Item struct {
	ID     ItemID
	Seq    uint64 // place in the store, in order of filing
	Source SourceID
	GUID   string
	Story  StoryID

	// Current is the number of the revision that the following fields describe:
	// the approved one, else the latest.
	Current, Latest int
	Digest          [16]byte // of the latest entry as said
	Title           string   // plain text
	URL             string
	Language        string
	Authors         []string
	Categories      []string
	Tags            Tags
	// Published and Updated are as claimed; zero where not said.
	Published, Updated time.Time
	// Revised is when the current revision was seen.
	Revised   time.Time
	FirstSeen time.Time
	// FirstVisit says it came with its source's first visit.
	FirstVisit bool

	Standing Standing
	// Doubt is why a curator has to see the item before it is shown, however its
	// source and channels are reviewed; "" where nothing is doubted.
	Doubt string
	// Expired says that retention has deleted the bodies.
	Expired bool
}

// Claimed is the moment the source claims for the item: when it was published,
// else updated; zero where it says neither.
func (it *Item) Claimed() time.Time {
	if !it.Published.IsZero() {
		return it.Published
	}
	return it.Updated
}

// Dated is the moment an item is listed under: its claimed date, never later
// than first seen; first seen where the source claims none.
func (it *Item) Dated() time.Time {
	claimed := it.Claimed()
	if claimed.IsZero() || claimed.After(it.FirstSeen) {
		return it.FirstSeen
	}
	return claimed
}

// freshFor is how old an item that turns up late may claim to be and still
// enter at the moment it was first seen.
const freshFor = 7 * 24 * time.Hour

// Entry is the moment the item enters its feeds: the decision that let it in or
// changed it; without one, the claimed date; but for an item that turned up on a
// later visit than its Source's first, claimed to be at most 7 days old, the
// moment it was first seen. A hold to a given time enters at that time.
func (it *Item) Entry() time.Time {
	st := &it.Standing
	if st.State == StateHeld && !st.HoldUntil.IsZero() {
		return st.HoldUntil
	}
	if !st.Entered.IsZero() {
		return st.Entered
	}
	dated := it.Dated()
	if !it.FirstVisit && it.FirstSeen.Sub(dated) <= freshFor {
		return it.FirstSeen
	}
	return dated
}

// Pending reports whether a revision newer than the approved one waits for a
// curator.
func (it *Item) Pending() bool {
	return it.Standing.Approved > 0 && it.Latest > it.Standing.Approved
}
