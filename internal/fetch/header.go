package fetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

const (
	// maxValidator bounds a validator in bytes: servers refuse requests with longer
	// header lines, and would go on refusing.
	maxValidator = 4 << 10
	// maxRetryAfter is the longest that a source may send us away for.
	maxRetryAfter = 7 * 24 * time.Hour
	// longest bounds what a source may say of its freshness.
	longest = 365 * 24 * time.Hour
)

// validator returns an ETag or Last-Modified as it may be sent back: unchanged, or
// "" where it cannot be. A lone "*" is no entity tag: in If-None-Match it would
// match whatever the source ever publishes (RFC 9110 section 13.1.2).
func validator(s string) string {
	if s == "*" || len(s) > maxValidator || !httpguts.ValidHeaderFieldValue(s) {
		return ""
	}
	return s
}

// retryAfter reads Retry-After, seconds or a date (RFC 9110 section 10.2.3); 0
// where there is none or it means nothing. It never exceeds maxRetryAfter.
func retryAfter(h http.Header, now time.Time) time.Duration {
	s := h.Get("Retry-After")
	if d, ok := seconds(s, maxRetryAfter); ok {
		return d
	}
	at, err := http.ParseTime(s)
	if err != nil {
		return 0
	}
	return min(max(0, at.Sub(now)), maxRetryAfter)
}

// maxAge reads how long an answer is fresh for, at most longest: Cache-Control
// max-age, else Expires less Date (RFC 9111 sections 4.2.1 and 5.2.2). Both no-cache
// and no-store say that it is not.
func maxAge(h http.Header, now time.Time) time.Duration {
	var age time.Duration
	said := false
	for _, line := range h["Cache-Control"] {
		for directive := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
			switch {
			case strings.EqualFold(name, "no-cache"), strings.EqualFold(name, "no-store"):
				return 0
			case strings.EqualFold(name, "max-age") && !said:
				age, said = seconds(strings.Trim(value, `"`), longest)
			}
		}
	}
	if said {
		return age
	}
	until := h.Get("Expires")
	if until == "" {
		return 0 // the usual case: a failed parse would cost more than the rest
	}
	expires, err := http.ParseTime(until)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return min(max(0, expires.Sub(now)), longest)
}

// seconds reads a number of seconds, at most most; digits alone will do.
func seconds(s string, most time.Duration) (time.Duration, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > int64(most/time.Second) { // an error is too many digits
		return most, true
	}
	return time.Duration(n) * time.Second, true
}
