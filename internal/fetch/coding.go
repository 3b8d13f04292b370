package fetch

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"rightswire/internal/news"
)

const (
	// maxCodings is how many content codings may be stacked.
	maxCodings = 4
	// zstdWindow is the largest window that HTTP allows (RFC 9659).
	zstdWindow = 8 << 20
	// brotliWindow is the largest there is (RFC 7932 section 9.1).
	brotliWindow = 16 << 20
	gzipState    = 64 << 10
	// Expansion that is guessed where nothing says it, and the most that deflate
	// can do.
	usualRatio   = 5
	deflateRatio = 1032
)

// A decoder undoes one content coding of whatever it is reset to.
type decoder interface {
	io.Reader
	Reset(io.Reader) error
}

// A reusable is a decoder with the reader it reads from, so that a decoder at rest
// keeps no body alive.
type reusable struct {
	decoder
	src bytes.Reader
}

// A coder makes decoders of one coding and keeps them to be used again: making one
// costs more than decoding most feeds.
type coder struct {
	make  func() (decoder, error)
	state int64     // bytes that a decoder may need besides its output
	idle  sync.Pool // of *reusable
}

// newCoders returns the codings that are asked for, by name.
func newCoders() map[string]*coder {
	gz := &coder{state: gzipState, make: func() (decoder, error) { return new(gzip.Reader), nil }}
	br := &coder{state: brotliWindow, make: func() (decoder, error) { return new(brotli.Reader), nil }}
	zs := &coder{state: zstdWindow, make: func() (decoder, error) {
		return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
	}}
	return map[string]*coder{"gzip": gz, "x-gzip": gz, "br": br, "zstd": zs}
}

// codings lists the names in Content-Encoding fields in the order they were
// applied in (RFC 9110 section 8.4).
func (c *Client) codings(fields []string) ([]string, error) {
	var names []string
	for _, field := range fields {
		for name := range strings.SplitSeq(field, ",") {
			name = strings.ToLower(strings.TrimSpace(name))
			if name == "" || name == "identity" {
				continue
			}
			if c.coders[name] == nil || len(names) == maxCodings {
				err := fmt.Errorf("content coding %.60q is not one of gzip, br and zstd", strings.Join(fields, ", "))
				return nil, fail(news.FailEncoding, quote{err})
			}
			names = append(names, name)
		}
	}
	return names, nil
}

// decode undoes the codings of body, the last one applied first; g gives back what
// each stage no longer needs. Every stage is bounded by e.most.
func (c *Client) decode(ctx context.Context, e *errand, g *grant, body []byte, codings []string) ([]byte, error) {
	for i := len(codings) - 1; i >= 0 && len(body) > 0; i-- {
		out, err := c.undo(ctx, e, g, body, codings[i])
		if err != nil {
			return nil, err
		}
		g.shrink(int64(cap(body)))
		body = out
	}
	return body, nil
}

func (c *Client) undo(ctx context.Context, e *errand, g *grant, body []byte, name string) ([]byte, error) {
	cd := c.coders[name]
	if err := g.grow(ctx, cd.state, e.waiting); err != nil {
		return nil, err
	}
	defer g.shrink(cd.state)
	d, err := cd.get(body)
	if err != nil {
		return nil, fail(news.FailInternal, err)
	}
	defer cd.put(d)
	err = d.Reset(&d.src)
	var out []byte
	var more bool
	if err == nil {
		out, more, err = readAll(ctx, e, g, d, expanded(body, name))
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, err
	case err != nil:
		return nil, fail(news.FailEncoding, fmt.Errorf("decode %s: %w", name, err))
	case more && !e.cut:
		return nil, tooBig("body decoded from "+name, e.most)
	}
	return out, nil
}

// get returns a decoder that is to be reset to its own src, which reads body.
func (cd *coder) get(body []byte) (*reusable, error) {
	d, ok := cd.idle.Get().(*reusable)
	if !ok {
		made, err := cd.make()
		if err != nil {
			return nil, err
		}
		d = &reusable{decoder: made}
	}
	d.src.Reset(body)
	return d, nil
}

func (cd *coder) put(d *reusable) {
	d.src.Reset(nil)
	cd.idle.Put(d)
}

// expanded guesses the size of body once decoded, and one more to see the end. A
// gzip trailer says it (RFC 1952 section 2.3.1), and may lie.
func expanded(body []byte, name string) int64 {
	n := int64(len(body))
	if strings.HasSuffix(name, "gzip") && n >= 4 {
		size := int64(binary.LittleEndian.Uint32(body[n-4:]))
		return min(max(size, n), deflateRatio*n) + 1
	}
	return usualRatio*n + 1
}
