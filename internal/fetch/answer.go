package fetch

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"rightswire/internal/news"
)

const (
	// statusNoResponse is nginx's for closing without an answer; some send it.
	statusNoResponse = 444
	// drained is how much of a body that nobody wants is read to keep its
	// connection; beyond, a new connection is cheaper.
	drained = 4 << 10
)

// answer reads what an errand that asks was answered.
func (c *Client) answer(ctx context.Context, e *errand, res *http.Response) (*Response, string, error) {
	switch res.StatusCode {
	case http.StatusOK:
		if challenged(res.Header) {
			return nil, "", errChallenge(res)
		}
		r, err := c.receive(ctx, e, res)
		return r, "", err
	case http.StatusNotModified:
		if !e.conditional() {
			return nil, "", failStatus(news.FailStatus, res, errors.New("status 304 to a request without validators"))
		}
		return e.response(res), "", nil
	case http.StatusMovedPermanently, http.StatusPermanentRedirect:
	case http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect:
		e.moved = false
	default:
		return nil, "", c.statusError(ctx, e, res)
	}
	drain(res)
	if location := res.Header.Get("Location"); location != "" {
		return nil, location, nil
	}
	return nil, "", failStatus(news.FailRedirect, res, fmt.Errorf("status %d without a Location", res.StatusCode))
}

// statusError says what an unwanted status means. A 410 speaks for the source
// alone, or for where it has moved for good: what a passing redirect (a captive
// portal, a maintenance page) leads to must not retire it. A 429 or 503 asks for
// patience, unless a wall against robots says it.
func (c *Client) statusError(ctx context.Context, e *errand, res *http.Response) error {
	if challenged(res.Header) {
		return errChallenge(res)
	}
	kind := news.FailStatus
	switch res.StatusCode {
	case http.StatusUnauthorized, http.StatusProxyAuthRequired, statusNoResponse, http.StatusUnavailableForLegalReasons:
		kind = news.FailBlocked
	case http.StatusForbidden, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if c.isChallenge(ctx, e, res) {
			return errChallenge(res)
		}
		kind = news.FailBusy
		if res.StatusCode == http.StatusForbidden {
			kind = news.FailBlocked
		}
	case http.StatusGone:
		if e.moved {
			kind = news.FailGone
		}
	}
	drain(res)
	if kind == news.FailBlocked && hasCredentials(e.src) && !e.home {
		return failStatus(kind, res, fmt.Errorf("status %d; headers and password of the source are for its own scheme, host and port alone", res.StatusCode))
	}
	return failStatus(kind, res, fmt.Errorf("status %d", res.StatusCode))
}

// receive reads an answer with its body.
func (c *Client) receive(ctx context.Context, e *errand, res *http.Response) (*Response, error) {
	codings, err := c.codings(res.Header["Content-Encoding"])
	if err != nil {
		return nil, err
	}
	r := e.response(res)
	r.held.budget = c.memory
	sent, err := c.readBody(ctx, e, &r.held, res)
	if err != nil {
		r.Release()
		return nil, err
	}
	r.Sent, r.BodyHash = int64(len(sent)), sha256.Sum256(sent)
	if e.knows(r.BodyHash) {
		r.Unchanged = true
		r.Release()
		return r, nil
	}
	if r.Body, err = c.decode(ctx, e, &r.held, sent, codings); err != nil {
		r.Release()
		return nil, truncated(res, err)
	}
	return r, nil
}

// truncated tells a body that was cut off from one that was badly encoded. Where
// the end of the connection is the end of the body, only the coding shows it.
func truncated(res *http.Response, err error) error {
	endless := res.ContentLength < 0 && len(res.TransferEncoding) == 0 && res.ProtoMajor == 1
	if f, ok := errors.AsType[*Error](err); ok && endless && errors.Is(f, io.ErrUnexpectedEOF) {
		f.Kind = news.FailTruncated
	}
	return err
}

// response is what the head of an answer says.
func (e *errand) response(res *http.Response) *Response {
	r := &Response{
		Status:      res.StatusCode,
		NotModified: res.StatusCode == http.StatusNotModified,
		ContentType: res.Header.Get("Content-Type"),
		FinalURL:    e.address(),
		MaxAge:      maxAge(res.Header, time.Now()),

		ETag:         validator(res.Header.Get("ETag")),
		LastModified: validator(res.Header.Get("Last-Modified")),
	}
	if r.NotModified && r.ETag == "" {
		r.ETag = e.etag
	}
	if r.NotModified && r.LastModified == "" {
		r.LastModified = e.modified
	}
	if e.moved && r.FinalURL != e.start {
		r.Moved = r.FinalURL
	}
	r.relate(res.Header)
	return r
}

// posted reads what an errand that brings something was answered: a status, or
// where to take it instead.
func posted(res *http.Response) (*Response, string, error) {
	drain(res)
	if res.StatusCode == http.StatusTemporaryRedirect || res.StatusCode == http.StatusPermanentRedirect {
		if location := res.Header.Get("Location"); location != "" {
			return nil, location, nil
		}
	}
	return &Response{Status: res.StatusCode}, "", nil
}

// drain reads a short body whose end is known to come, for the sake of the
// connection.
func drain(res *http.Response) {
	if res.ContentLength > drained || res.ContentLength < 0 && len(res.TransferEncoding) == 0 {
		return
	}
	_, _ = io.CopyN(io.Discard, res.Body, drained+1) // an error costs the connection only
}
