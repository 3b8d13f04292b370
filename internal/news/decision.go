package news

import "time"

// An Action is what a Decision does.
type Action string

// The actions a curator can take.
const (
	Approve  Action = "approve"
	Reject   Action = "reject"
	Hold     Action = "hold"
	Pin      Action = "pin"
	Unpin    Action = "unpin"
	AddNote  Action = "note"
	Retag    Action = "retag"
	Correct  Action = "correct"
	Withdraw Action = "withdraw"
	Undo     Action = "undo"
	Add      Action = "add-item"
)

// A Decision is what a curator said about an Item. Decisions are only ever
// appended; Undo cancels an earlier one by its sequence.
type Decision struct {
	Seq      uint64 // order of all decisions in the store
	Item     ItemID
	Action   Action
	By       string
	At       time.Time
	Why      string
	Revision int       // the revision it was made on
	Channel  ChannelID // reject: from this channel alone
	Until    time.Time // hold
	Text     string    // note and correct
	Undoes   uint64    // undo
	// Retag.
	AddTopics, DropTopics       []TopicID
	AddCountries, DropCountries []Country
}
