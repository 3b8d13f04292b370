package news

import "time"

// A Subscription is how a Source's hub was asked to push its changes (WebSub, W3C
// Recommendation of 2018).
type Subscription struct {
	Source SourceID
	Hub    string
	Topic  string
	// Token is the last part of the callback's address: unguessable, and nobody's
	// name.
	Token string
	// Key is the secret that the hub signs with.
	Key Secret
	// Asked is when the hub was last asked; zero: not yet.
	Asked time.Time
	// Expires is when the lease ends, once the hub has verified our intent; zero
	// before that.
	Expires time.Time
	// Lease is how long the hub granted.
	Lease time.Duration
	// Failures counts the requests in a row that came to nothing.
	Failures int
	// Refused is why the hub said no, or "".
	Refused string
	// Pushed is when a valid push last came.
	Pushed time.Time
}

// Active reports whether the hub has promised to push at the moment now.
func (s *Subscription) Active(now time.Time) bool { return now.Before(s.Expires) }
