package fetch

import (
	"bytes"
	"crypto/sha256"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"rightswire/internal/news"
)

func gzipped(t testing.TB, b []byte) []byte {
	return written(t, b, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

func brotlied(t testing.TB, b []byte) []byte {
	return written(t, b, func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, 5) })
}

// zstandard encodes with a window of that many bytes.
func zstandard(t testing.TB, b []byte, window int) []byte {
	return written(t, b, func(w io.Writer) io.WriteCloser {
		z, err := zstd.NewWriter(w, zstd.WithWindowSize(window), zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		return z
	})
}

func written(t testing.TB, b []byte, make func(io.Writer) io.WriteCloser) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := make(&buf)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// origin serves body under the Content-Encoding fields.
func origin(t testing.TB, body []byte, encodings ...string) string {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Encoding"] = encodings
		w.Write(body)
	}).URL
}

func TestContentCodings(t *testing.T) {
	text := bytes.Repeat([]byte("<item>Hunger strike enters third week</item>\n"), 2000)
	gz, br, zs := gzipped(t, text), brotlied(t, text), zstandard(t, text, 1<<20)
	tests := []struct {
		name      string
		sent      []byte
		encodings []string
	}{
		{"none", text, nil},
		{"identity", text, []string{"identity"}},
		{"gzip", gz, []string{"gzip"}},
		{"in capitals", gz, []string{"GZIP"}},
		{"x-gzip", gz, []string{"x-gzip"}},
		{"two members", append(gzipped(t, text[:90]), gzipped(t, text[90:])...), []string{"gzip"}},
		{"br", br, []string{"br"}},
		{"zstd", zs, []string{"zstd"}},
		{"zstd, largest window", zstandard(t, text, zstdWindow), []string{"zstd"}},
		{"stacked in one field", brotlied(t, gz), []string{"gzip, br"}},
		{"stacked in two fields", zstandard(t, br, 1<<20), []string{"br", "identity, zstd"}},
		{"the same twice", gzipped(t, gz), []string{"gzip, gzip"}},
	}
	c := newClient(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for range 2 { // the second time with a used decoder
				r := mustGet(t, c, origin(t, tt.sent, tt.encodings...), news.Visit{})
				if !bytes.Equal(r.Body, text) {
					t.Fatalf("got %d bytes, want %d", len(r.Body), len(text))
				}
				if r.BodyHash != sha256.Sum256(tt.sent) {
					t.Error("the hash is not that of the bytes as sent")
				}
				r.Release()
			}
		})
	}
	if c.memory.used != 0 {
		t.Errorf("%d bytes still claimed", c.memory.used)
	}
}

func TestContentCodingEmpty(t *testing.T) {
	r := mustGet(t, newClient(t, nil), origin(t, nil, "gzip"), news.Visit{})
	if len(r.Body) != 0 || r.Unchanged {
		t.Errorf("got %+v", r)
	}
}

func TestContentCodingRefused(t *testing.T) {
	text := bytes.Repeat([]byte("<item/>"), 1000)
	gz := gzipped(t, text)
	large := make([]byte, 3<<20)
	tests := []struct {
		name      string
		kind      news.FailureKind
		sent      []byte
		encodings []string
	}{
		{"unknown", news.FailEncoding, text, []string{"compress"}},
		{"unknown and hostile", news.FailEncoding, text, []string{strings.Repeat("é\t", 1000)}},
		{"five", news.FailEncoding, text, []string{"gzip, gzip, gzip, gzip, gzip"}},
		{"mislabelled text", news.FailEncoding, text, []string{"gzip"}},
		{"mislabelled gzip as br", news.FailEncoding, gz, []string{"br"}},
		{"mislabelled gzip as zstd", news.FailEncoding, gz, []string{"zstd"}},
		{"cut short", news.FailEncoding, gz[:len(gz)-10], []string{"gzip"}},
		{"wrong checksum", news.FailEncoding, append(bytes.Clone(gz[:len(gz)-8]), 0, 0, 0, 0, gz[len(gz)-4], gz[len(gz)-3], gz[len(gz)-2], gz[len(gz)-1]), []string{"gzip"}},
		{"trailing bytes", news.FailEncoding, append(brotlied(t, text), 1, 2, 3), []string{"br"}},
		{"zstd with a window beyond HTTP's", news.FailEncoding, zstandard(t, large, 2*zstdWindow), []string{"zstd"}},
		{"gzip bomb", news.FailTooBig, gzipped(t, large), []string{"gzip"}},
		{"br bomb", news.FailTooBig, brotlied(t, large), []string{"br"}},
		{"zstd bomb", news.FailTooBig, zstandard(t, large, 1<<20), []string{"zstd"}},
		{"bomb in a box", news.FailTooBig, gzipped(t, brotlied(t, large)), []string{"br, gzip"}},
		{"box in a bomb", news.FailTooBig, gzipped(t, large), []string{"br, gzip"}},
	}
	c := newClient(t, func(o *Options) { o.MaxBody = 1 << 20 })
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := get(t, c, origin(t, tt.sent, tt.encodings...))
			failed(t, err, tt.kind)
			if len(err.Error()) > 300 {
				t.Errorf("long error: %v", err)
			}
		})
	}
	if c.memory.used != 0 {
		t.Errorf("%d bytes still claimed", c.memory.used)
	}
}

// Whatever the bytes are, decoding ends within its bounds and gives all memory
// back.
func FuzzDecode(f *testing.F) {
	text := bytes.Repeat([]byte("<item/>"), 100)
	f.Add(gzipped(f, text), byte(0))
	f.Add(brotlied(f, text), byte(1))
	f.Add(zstandard(f, text, 1<<20), byte(2))
	f.Add(brotlied(f, gzipped(f, text)), byte(0b0100))
	f.Add([]byte("plain"), byte(0))
	names := []string{"gzip", "br", "zstd"}
	c := newClient(f, func(o *Options) { o.MaxBody = 1 << 20 })
	f.Fuzz(func(t *testing.T, body []byte, codings byte) {
		if len(body) > 1<<16 {
			return
		}
		e, err := c.newErrand(&news.Source{}, "http://a.example/", func(error) {})
		if err != nil {
			t.Fatal(err)
		}
		g := &grant{budget: c.memory}
		if err := g.grow(t.Context(), int64(cap(body)), e.waiting); err != nil {
			t.Fatal(err)
		}
		e.deadline.resume()
		defer e.deadline.pause()
		out, err := c.decode(t.Context(), e, g, body, []string{names[codings%3], names[codings>>2%3]})
		if err == nil && int64(len(out)) > c.opts.MaxBody {
			t.Errorf("%d bytes", len(out))
		}
		if g.release(); c.memory.used != 0 {
			t.Errorf("%d bytes still claimed", c.memory.used)
		}
	})
}
