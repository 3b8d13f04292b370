package news

import "time"

// A Poll is what each poll of a Source changes.
type Poll struct {
	Next     time.Time // when it is due; whole seconds
	Last     time.Time // when it was last asked; zero: never
	Count    uint32    // visits so far
	Failures uint16    // in a row
}

// A Visit is what a Source's last answer left behind, apart from its Poll. It is
// written only when it changes.
type Visit struct {
	// URL is the source's address these facts belong to, as its Stamp says it.
	URL string
	// Final is the Stamp of the address that answered where redirects led elsewhere;
	// "" is URL. The validators are its, and are sent to it alone.
	Final string
	// Validators, verbatim (RFC 9110 section 8.8); "" where there was none or
	// where the visit met a cap.
	ETag, LastModified string
	// BodyHash is SHA-256 of the body as sent, before its content coding is
	// undone; zero where the visit met a cap.
	BodyHash [32]byte
	First    time.Time // the first successful visit; zero: none yet
	Good     time.Time // the last visit that brought a new body
	// Newest is the newest date claimed; when it was first seen of what claims none.
	Newest time.Time
	Rhythm time.Duration
	// RetryAfter holds polls back until then, whoever asks.
	RetryAfter time.Time
	Gone       bool // answered 410
	// Failure is the last visit's, or the zero Failure.
	Failure Failure
	Title   string   // of the feed, as it says
	Repairs []string // what had to be mended to read it

	// Home is the address of the feed's site, as the feed says; "" where it does
	// not.
	Home string
	// Pace is what the document asks of its readers.
	Pace Pace
	// Whole is when the source was last asked without validators, whatever came of it.
	Whole time.Time
	// Moved is where permanent redirects lead, or any that end at somebody else's.
	Moved Move
	// Hub and Topic are where the feed offers its changes to be pushed from (WebSub)
	// and under which name; "" where it does not.
	Hub, Topic string
	// Cut says that the last document ended before its end.
	Cut bool
	// Churn counts the visits in a row, beyond the first, on which a document of some
	// length held nothing that was known.
	Churn int
	// Health is the state that was last told, and HealthSince since when it is that.
	Health      Health
	HealthSince time.Time
}

// Address is where to ask the source: its own address, or the one adopted in its
// place. What belongs to another address of the source does not count.
func (v *Visit) Address(src *Source) string {
	if v.Moved.Adopted && v.URL == src.Stamp(src.URL) {
		return v.Moved.To
	}
	return src.URL
}

// A Pace is what a document asks of its readers: how long to wait between two
// visits, and when not to come (RSS 2.0 ttl, skipHours and skipDays; the RSS
// syndication module).
type Pace struct {
	Wait      time.Duration // 0: not said
	SkipHours uint32        // bit h: hour h of the day, GMT
	SkipDays  uint8         // bit d: time.Weekday d, GMT
}

// A Move is a permanent redirect as it has been seen so far (RFC 9110 sections
// 15.4.2 and 15.4.9).
type Move struct {
	To    string // "": none
	Count int    // visits in a row on which it led there
	Since time.Time
	// Adopted says that To is asked in place of the source's own address.
	Adopted bool
}

// A FailureKind classifies why a visit failed.
type FailureKind string

// The kinds of failure.
const (
	FailDNS       FailureKind = "dns"
	FailConnect   FailureKind = "connect"
	FailTLS       FailureKind = "tls"
	FailTimeout   FailureKind = "timeout"
	FailRefused   FailureKind = "refused"  // an address the guard does not allow
	FailRedirect  FailureKind = "redirect" // too many, or to somewhere not allowed
	FailStatus    FailureKind = "status"
	FailGone      FailureKind = "gone"
	FailTooBig    FailureKind = "too-big"
	FailEncoding  FailureKind = "encoding" // content coding
	FailParse     FailureKind = "parse"
	FailNotFeed   FailureKind = "not-a-feed"
	FailEmpty     FailureKind = "empty"
	FailBlocked   FailureKind = "blocked"   // 401, 403, 444, 451, or a challenge in place of the feed
	FailBusy      FailureKind = "busy"      // 429 or 503: asks to be left alone for a while
	FailTruncated FailureKind = "truncated" // the connection ended before the body did
	FailOffline   FailureKind = "offline"   // nobody can be reached: the fault is here
	FailStore     FailureKind = "store"
	FailInternal  FailureKind = "internal"
)

// A Failure is why a visit failed and since when visits do.
type Failure struct {
	Kind   FailureKind // "" is no failure
	Error  string
	Status int // HTTP status, where that was it
	Since  time.Time
}

// A Reading is what an entry's bytes were found to be: as long as a Source's
// document holds the same bytes, nothing of them need be read again.
type Reading struct {
	// Print is the fingerprint of the entry's bytes and of all else in the document
	// that counts for it.
	Print [16]byte
	Item  ItemID
	// Claimed is the moment the entry claims (see Entry.Claimed), in whole seconds.
	Claimed time.Time
	// Mended says that the entry had to be mended to be read: what a Visit says of
	// repairs is true as long as the document holds it.
	Mended bool
}
