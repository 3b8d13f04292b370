// Package news holds the words of the newswire: what comes in (Source, Entry,
// Item, Revision, Visit), what people say of it (Decision, Standing) and what
// goes out (Channel, Edition). The types carry no I/O, no clock and no struct
// tags; every other package speaks in them, and each keeps its own private twin
// where it has to write them down.
package news

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

type (
	// A SourceID names a Source for ever: [a-z0-9][a-z0-9-]{0,63}.
	SourceID string
	// A ChannelID names a Channel: [a-z0-9][a-z0-9-]{0,63}.
	ChannelID string
	// A TopicID names a Topic of the vocabulary, such as "refoulement".
	TopicID string
	// A Country is an upper-case ISO 3166-1 alpha-2 code, or XK.
	Country string
	// An ItemID names an Item for ever: 26 characters of lower-case base32.
	ItemID string
	// A StoryID names a Story: the ItemID of the item that founded it.
	StoryID string
)

// DeskSource is the built-in Source of items that curators add by hand.
const DeskSource SourceID = "desk"

// IDs of 128 bits in unpadded base32 have this many characters.
const itemIDLength = 26

var itemIDEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// What an ItemID was made from.
const (
	ByGUID  = "g" // the entry's guid
	ByLink  = "l" // its link, tracking parameters of release 1 removed
	ByTitle = "t" // its title and date
)

// NewItemID returns the id of the entry of source identified by parts: the guid
// for ByGUID, the link for ByLink, title and date for ByTitle. It is the first
// 128 bits of SHA-256 over source, NUL, kind, NUL and the parts joined by NUL.
func NewItemID(source SourceID, kind string, parts ...string) ItemID {
	sum := sha256.Sum256([]byte(string(source) + "\x00" + kind + "\x00" + strings.Join(parts, "\x00")))
	return ItemIDFromBytes([16]byte(sum[:16]))
}

// ItemIDFromBytes is the inverse of ItemID.Bytes.
func ItemIDFromBytes(b [16]byte) ItemID {
	return ItemID(itemIDEncoding.EncodeToString(b[:]))
}

// Bytes returns the 128 bits of the id; ok is false where id is no ItemID.
func (id ItemID) Bytes() (b [16]byte, ok bool) {
	if len(id) != itemIDLength {
		return b, false
	}
	n, err := itemIDEncoding.Decode(b[:], []byte(id))
	if err != nil || n != len(b) || ItemIDFromBytes(b) != id {
		return b, false
	}
	return b, true
}

// ValidID reports whether s may name a source, topic or channel.
func ValidID(s string) bool {
	if s == "" || len(s) > 64 || s[0] == '-' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
