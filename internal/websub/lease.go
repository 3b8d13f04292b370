package websub

import (
	"errors"
	"strconv"
	"time"
)

// Leases: how long we ask to be told of changes ("10 days is a good default",
// section 8.2), and what bounds what a hub grants.
const (
	askedLease = 10 * 24 * time.Hour
	minLease   = 5 * time.Minute
	maxLease   = 30 * 24 * time.Hour
)

// parseLease reads the seconds that a hub grants, brought within bounds. A hub that
// does not say grants what was asked, as those of before 2014 did.
func parseLease(s string) (time.Duration, bool) {
	if s == "" {
		return askedLease, true
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) { // out of range, n is the nearest there is
		return 0, false
	}
	n = min(max(n, int64(minLease/time.Second)), int64(maxLease/time.Second))
	return time.Duration(n) * time.Second, true
}
