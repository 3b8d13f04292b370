package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"rightswire/internal/news"
)

const (
	// firstPiece is how much memory a body of unknown length starts with.
	firstPiece = 16 << 10
	// largestPiece is how much a body's claimed length is trusted with at once.
	largestPiece = 64 << 10
	// maxIdleReads is how many reads in a row may bring nothing.
	maxIdleReads = 100
)

// readBody reads a body as sent, its memory claimed piece by piece.
func (c *Client) readBody(ctx context.Context, e *errand, g *grant, res *http.Response) ([]byte, error) {
	first := int64(firstPiece)
	if n := res.ContentLength; n > e.most && !e.cut {
		return nil, tooBig("body", e.most)
	} else if n >= 0 {
		first = min(n+1, largestPiece) // one more, to see the end
	}
	b, more, err := readAll(ctx, e, g, res.Body, first)
	switch {
	case err != nil && ctx.Err() == nil && !isTimeout(err):
		return nil, fail(news.FailTruncated, fmt.Errorf("the body ended before its end: %w", err))
	case err != nil:
		return nil, err
	case more && !e.cut:
		return nil, tooBig("body", e.most)
	}
	return b, nil
}

// readAll reads r to its end in memory of g, of which it claims first bytes to
// begin with. It stops at e.most bytes, and says whether there was more.
func readAll(ctx context.Context, e *errand, g *grant, r io.Reader, first int64) (b []byte, more bool, err error) {
	first = min(first, e.most+1)
	if err := g.grow(ctx, first, e.waiting); err != nil {
		return nil, false, err
	}
	b = make([]byte, 0, first)
	for idle := 0; ; {
		if len(b) == cap(b) {
			size := min(2*int64(cap(b)), e.most+1)
			if err := g.grow(ctx, size-int64(cap(b)), e.waiting); err != nil {
				return nil, false, err
			}
			b = append(make([]byte, 0, size), b...)
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if int64(len(b)) > e.most {
			return b[:e.most], true, nil
		}
		if err == io.EOF {
			return b, false, nil
		}
		if n > 0 {
			idle = 0
		} else if idle++; err == nil && idle > maxIdleReads {
			err = io.ErrNoProgress
		}
		if err == nil {
			err = context.Cause(ctx) // a decoder does not look at it
		}
		if err != nil {
			return nil, false, err
		}
	}
}

// waiting rests the deadline until the function it returns is called.
func (e *errand) waiting() func() {
	e.deadline.pause()
	return e.deadline.resume
}

func tooBig(what string, most int64) *Error {
	return fail(news.FailTooBig, fmt.Errorf("%s is larger than %d bytes (fetch.max_body)", what, most))
}
