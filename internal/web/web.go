// Package web writes every answer of the public listener: ready bytes with their
// validators and compressed form, error pages, redirects. It holds the
// stylesheet and the frame of all pages.
//
// Its invariant is the headers: whatever the status, an answer forbids scripts,
// frames, sniffing and referrers, names no reader and sets no cookie. What a page
// says is left to others; they hand over bytes or fill the frame.
package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"
)

// gzipLevel compresses 250 MB/s and leaves a feed at about a fifth.
const gzipLevel = 6

// smallest is the size below which compressing is not worth a second variant:
// what fits into one packet does not arrive sooner for being shorter.
const smallest = 1400

// A Content is the bytes of one address with all that is needed to answer for
// them. It is immutable once made, and any number of requests may share it.
type Content struct {
	Bytes    []byte
	Gzip     []byte // the same, compressed; nil where that is not smaller
	Type     string
	ETag     string    // strong validator of Bytes, with its quotes
	Modified time.Time // whole seconds; zero: no Last-Modified

	plain, packed variant
	modified      []string
}

// A variant is one representation: an encoding of the same content. Strong
// validators differ between encodings (RFC 9110 section 8.8.3.3).
type variant struct {
	body               []byte
	etag, length, kind []string
}

// NewContent makes a Content of body. The ETag is made from the bytes alone, so
// it survives a restart; modified becomes Last-Modified.
func NewContent(body []byte, contentType string, modified time.Time) *Content {
	sum := sha256.Sum256(body)
	tag := base64.RawURLEncoding.EncodeToString(sum[:15])
	c := &Content{Bytes: body, Type: contentType, ETag: `"` + tag + `"`}
	if !modified.IsZero() {
		c.Modified = modified.UTC().Truncate(time.Second)
		c.modified = []string{c.Modified.Format(http.TimeFormat)}
	}
	c.plain = newVariant(body, c.ETag, contentType)
	if packed := compress(body); packed != nil {
		c.Gzip = packed
		c.packed = newVariant(packed, `"`+tag+`.gz"`, contentType)
	}
	return c
}

func newVariant(body []byte, etag, contentType string) variant {
	return variant{body, []string{etag}, []string{strconv.Itoa(len(body))}, []string{contentType}}
}

// compress returns body in gzip, or nil where that saves nothing.
func compress(body []byte) []byte {
	if len(body) < smallest {
		return nil
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzipLevel)
	if err != nil {
		return nil // unreachable: the level is a valid constant
	}
	if _, err := w.Write(body); err != nil {
		return nil // unreachable: a buffer takes everything
	}
	if err := w.Close(); err != nil || b.Len() >= len(body) {
		return nil
	}
	return bytes.Clone(b.Bytes())
}

// Serve answers a GET or HEAD request for c: 200, or 304 or 412 where the
// request's conditions say so (RFC 9110 section 13). Ranges are not offered.
func Serve(w http.ResponseWriter, r *http.Request, c *Content) {
	v := &c.plain
	if c.Gzip != nil && acceptsGzip(r.Header["Accept-Encoding"]) {
		v = &c.packed
	}
	status, etag := condition(r, c, v)
	if status == http.StatusPreconditionFailed {
		Fail(w, r, status, "The page has changed", "The request asked for a version that is no longer the current one.")
		return
	}
	h := w.Header()
	Secure(h)
	h["Cache-Control"] = cached
	h["Vary"] = vary
	h["Etag"] = etag
	if c.modified != nil {
		h["Last-Modified"] = c.modified
	}
	if status == http.StatusNotModified {
		w.WriteHeader(status)
		return
	}
	h["Accept-Ranges"] = noRanges
	h["Content-Type"] = v.kind
	h["Content-Length"] = v.length
	if v == &c.packed {
		h["Content-Encoding"] = gzipped
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(v.body) // the reader went away: nobody is left to tell
	}
}

// Plain answers with a line of text that no cache keeps.
func Plain(w http.ResponseWriter, r *http.Request, status int, line string) {
	write(w, r, status, "text/plain; charset=utf-8", []byte(line+"\n"))
}

// Redirect answers with another address, which may be relative to the request's.
func Redirect(w http.ResponseWriter, status int, location string) {
	h := w.Header()
	Secure(h)
	h["Cache-Control"] = cached
	h.Set("Location", location)
	h.Set("Content-Length", "0")
	w.WriteHeader(status)
}

// write answers with a body made for this request alone.
func write(w http.ResponseWriter, r *http.Request, status int, contentType string, body []byte) {
	h := w.Header()
	Secure(h)
	h["Cache-Control"] = unkept
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// Header values that are shared by all answers and never written to.
var (
	// A minute is the longest a withdrawn text may go on living in a cache.
	cached   = []string{"max-age=60, stale-while-revalidate=60"}
	unkept   = []string{"no-store"}
	vary     = []string{"Accept-Encoding"}
	noRanges = []string{"none"}
	gzipped  = []string{"gzip"}

	security = []struct {
		key   string
		value []string
	}{
		{"Content-Security-Policy", []string{"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}},
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"X-Frame-Options", []string{"DENY"}},
		{"Referrer-Policy", []string{"no-referrer"}},
		{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
		{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
	}
)

// Secure sets the header fields that every answer carries, for what is written by
// other hands.
func Secure(h http.Header) {
	for _, s := range security {
		h[s.key] = s.value
	}
}
