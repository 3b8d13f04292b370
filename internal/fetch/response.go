package fetch

import "time"

// A Response is what was answered.
type Response struct {
	Status      int  // 200 or 304
	NotModified bool // 304
	// Unchanged says that a 200 brought the bytes of the last visit again: Body is
	// nil, and nothing was decoded.
	Unchanged bool
	// Body is the body without its content coding; it counts against
	// Options.Memory until Release.
	Body []byte
	// BodyHash is the SHA-256 of the body as sent; zero with a 304.
	BodyHash    [32]byte
	ContentType string // as sent; "" with a 304 that does not repeat it
	// FinalURL is what answered, after redirects; the base of links. It is whole, also
	// where it is a secret: store its Stamp.
	FinalURL string
	// Moved is the address that permanent redirects alone (301 and 308) led to, from
	// where the request set out; "" where there was none, or another kind among them.
	Moved string
	// Hub and Topic are the first targets of Link header fields with the relations hub
	// and self, absolute (WebSub section 4); "" where there is none.
	Hub, Topic string
	// Alternates are the feeds that Link header fields name as alternates, absolute, at
	// most 20.
	Alternates []string
	// ETag and LastModified are FinalURL's validators to keep, as sent; with a 304
	// that names none, those that were asked with.
	ETag, LastModified string
	// MaxAge is how long the answer says it is fresh for (Cache-Control max-age,
	// else Expires; RFC 9111 section 4.2.1), at most a year; 0 is unknown or not at
	// all.
	MaxAge time.Duration
	Sent   int64 // bytes of the body as sent
	// Took is how much of the deadline was used, without waiting in line.
	Took time.Duration

	held grant // of Body
}

// Release gives the body's memory back to the budget and drops Body. It may be
// called more than once, and on a nil Response.
func (r *Response) Release() {
	if r == nil {
		return
	}
	r.Body = nil
	r.held.release()
}
