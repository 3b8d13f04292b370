package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"rightswire/internal/link"
	"rightswire/internal/news"
)

// maxMessage bounds an error's text in bytes: parts of it may be a server's words.
const maxMessage = 300

// An Error is why a Get failed.
type Error struct {
	Kind   news.FailureKind
	Status int // HTTP status, where one was the reason; else 0
	// RetryAfter is how long the server asks to be left alone, at most 7 days; 0
	// where it does not say.
	RetryAfter time.Duration
	// URL is the address that failed, the source's or where that redirects; of a
	// private source only what may be shown of it.
	URL string
	// Took is how much of its deadline the attempt used, without waiting in line.
	Took time.Duration
	Err  error
}

// Error says "fetch URL: why"; quotes from the server are escaped and cut.
func (e *Error) Error() string {
	why := e.Err.Error()
	if len(why) > maxMessage {
		why = strings.ToValidUTF8(why[:maxMessage], "") + "…"
	}
	return "fetch " + e.URL + ": " + why
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// fail returns an Error that still lacks its URL.
func fail(kind news.FailureKind, err error) *Error { return &Error{Kind: kind, Err: err} }

func failStatus(kind news.FailureKind, res *http.Response, err error) *Error {
	return &Error{Kind: kind, Status: res.StatusCode, RetryAfter: retryAfter(res.Header, time.Now()), Err: err}
}

// A quote is an error whose text repeats an address, or words of a server that may
// do so.
type quote struct{ error }

func (q quote) Unwrap() error { return q.error }

// errWithheld stands for what a private source's failure may not say.
var errWithheld = errors.New("the details might show the private address")

// failure makes an *Error of err, which ended the attempt to fetch address for
// src.
func failure(ctx context.Context, src *news.Source, address string, err error) *Error {
	f, ok := errors.AsType[*Error](err)
	if cause := context.Cause(ctx); !ok && cause != nil {
		f = fail(interrupted(cause), cause)
	} else if !ok {
		f = fail(kindOf(err), err)
	}
	f.URL = shown(src, address)
	if src.Private && f.quotes() {
		f.Err = errWithheld
	}
	return f
}

// shown is what may be shown of an address that src led to.
func shown(src *news.Source, address string) string {
	if src.Private {
		return link.Redact(address)
	}
	return address
}

// quotes reports whether the cause may repeat an address. Of what the transport
// says, an error of the network holds host and port alone.
func (e *Error) quotes() bool {
	if _, ok := errors.AsType[quote](e.Err); ok {
		return true
	}
	_, network := errors.AsType[*net.OpError](e.Err)
	return e.Kind == news.FailConnect && !network
}

// interrupted classifies the cause that ended the context: the deadline, ours or
// the caller's, speaks of the source; a cancellation does not.
func interrupted(cause error) news.FailureKind {
	if errors.Is(cause, errDeadline) || errors.Is(cause, context.DeadlineExceeded) {
		return news.FailTimeout
	}
	return news.FailInternal
}

// kindOf classifies an error of the transport.
func kindOf(err error) news.FailureKind {
	if errors.Is(err, errRefused) {
		return news.FailRefused
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return news.FailDNS
	}
	if isTLS(err) {
		return news.FailTLS
	}
	if isTimeout(err) {
		return news.FailTimeout
	}
	return news.FailConnect
}

func isTimeout(err error) bool {
	t, ok := errors.AsType[net.Error](err)
	return ok && t.Timeout()
}

// isTLS reports whether a handshake failed. crypto/tls has types for some of its
// errors only.
func isTLS(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return true
	}
	return errors.Is(err, http.ErrSchemeMismatch) || strings.Contains(err.Error(), "tls: ")
}
