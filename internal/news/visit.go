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
	URL string // the source's address these facts belong to
	// Final is the address that answered where redirects led elsewhere; "" is URL.
	// The validators are its, and are sent to it alone.
	Final string
	// Validators, verbatim (RFC 9110 section 8.8); "" where there was none or
	// where the visit met a cap.
	ETag, LastModified string
	// BodyHash is SHA-256 of the body as sent, before its content coding is
	// undone; zero where the visit met a cap.
	BodyHash [32]byte
	First    time.Time // the first successful visit; zero: none yet
	Good     time.Time // the last visit that brought a new body
	Newest   time.Time // the newest claimed date seen
	Rhythm   time.Duration
	// RetryAfter holds polls back until then, whoever asks.
	RetryAfter time.Time
	Gone       bool // answered 410
	// Failure is the last visit's, or the zero Failure.
	Failure Failure
	Title   string   // of the feed, as it says
	Repairs []string // what had to be mended to read it
}

// A FailureKind classifies why a visit failed.
type FailureKind string

// The kinds of failure.
const (
	FailDNS      FailureKind = "dns"
	FailConnect  FailureKind = "connect"
	FailTLS      FailureKind = "tls"
	FailTimeout  FailureKind = "timeout"
	FailRefused  FailureKind = "refused"  // an address the guard does not allow
	FailRedirect FailureKind = "redirect" // too many, or to somewhere not allowed
	FailStatus   FailureKind = "status"
	FailGone     FailureKind = "gone"
	FailTooBig   FailureKind = "too-big"
	FailEncoding FailureKind = "encoding" // content coding
	FailParse    FailureKind = "parse"
	FailNotFeed  FailureKind = "not-a-feed"
	FailEmpty    FailureKind = "empty"
	FailStore    FailureKind = "store"
	FailInternal FailureKind = "internal"
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
