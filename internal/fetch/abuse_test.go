package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rightswire/internal/news"
)

// A bomb is a body that claims to be more than anybody can hold.
type bomb struct {
	name      string
	encodings []string
	body      []byte
	kind      news.FailureKind
}

// bombs decode to so many bytes of nothing, but for those that are not what they
// say.
func bombs(t testing.TB, size int) []bomb {
	t.Helper()
	nothing := bytes.Repeat([]byte("<item>"), size/6)
	gz, br, zs := gzipped(t, nothing), brotlied(t, nothing), zstandard(t, nothing, zstdWindow)
	big := news.FailTooBig
	return []bomb{
		{"gzip", []string{"gzip"}, gz, big},
		{"br", []string{"br"}, br, big},
		{"zstd", []string{"zstd"}, zs, big},
		{"gzip in gzip", []string{"gzip, gzip"}, gzipped(t, gz), big},
		{"br in gzip", []string{"br, gzip"}, gzipped(t, br), big},
		{"zstd in br", []string{"zstd", "br"}, brotlied(t, zs), big},
		{"gzip in zstd", []string{"gzip, zstd"}, zstandard(t, gz, 1<<20), big},
		{"four deep", []string{"br, zstd, gzip, gzip"}, gzipped(t, gzipped(t, zstandard(t, br, 1<<20))), big},
		{"the outer one a bomb", []string{"br, gzip"}, gz, big},
		{"many members", []string{"gzip"}, bytes.Repeat(gzipped(t, nothing[:size/16]), 16), big},
		{"many frames", []string{"zstd"}, bytes.Repeat(zstandard(t, nothing[:size/16], 1<<20), 16), big},
		{"a size that lies", []string{"gzip"}, append(bytes.Clone(gz[:len(gz)-4]), 0, 0, 0, 0), big},
		{"gzip said to be br", []string{"br"}, gz, news.FailEncoding},
		{"br said to be gzip", []string{"gzip"}, br, news.FailEncoding},
		{"zstd said to be gzip", []string{"gzip"}, zs, news.FailEncoding},
		{"gzip said to be zstd", []string{"zstd"}, gz, news.FailEncoding},
		{"five deep", []string{"gzip, gzip, gzip, gzip, gzip"}, gz, news.FailEncoding},
	}
}

// A bomb goes off harmlessly: at the largest body there may be, whatever it is
// wrapped in.
func TestBombs(t *testing.T) {
	c := newClient(t, func(o *Options) { o.MaxBody = 1 << 20 })
	all := bombs(t, 4<<20)
	for _, b := range all {
		_, err := get(t, c, origin(t, b.body, b.encodings...))
		if f, ok := errors.AsType[*Error](err); !ok || f.Kind != b.kind {
			t.Errorf("%s: got %v, want kind %s", b.name, err, b.kind)
		}
	}
	// As no coding at all it is a body like any other, and no feed.
	mustGet(t, c, origin(t, all[1].body), news.Visit{}).Release()
	if c.memory.used != 0 || c.memory.leader != nil {
		t.Errorf("left over: %+v", c.memory)
	}
}

func BenchmarkBombs(b *testing.B) {
	for _, bomb := range bombs(b, 64<<20) {
		b.Run(strings.ReplaceAll(bomb.name, " ", "-"), func(b *testing.B) {
			c := newClient(b, nil)
			url := origin(b, bomb.body, bomb.encodings...)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := get(b, c, url); err == nil {
					b.Fatal("no error")
				}
			}
		})
	}
}

// A body that trickles or never ends is given up at the deadline, to the second,
// and delays nobody else.
func TestTrickles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := make(pipes)
		s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			send := func(s string) error {
				_, err := io.WriteString(w, s)
				return errors.Join(err, http.NewResponseController(w).Flush())
			}
			switch {
			case strings.HasPrefix(r.Host, "silent"): // no head
				<-r.Context().Done()
			case strings.HasPrefix(r.Host, "trickle"): // a byte a second
				for send("x") == nil {
					time.Sleep(time.Second)
				}
			case strings.HasPrefix(r.Host, "promise"): // so many more to come
				w.Header().Set("Content-Length", "5000000")
				for send("x") == nil {
					time.Sleep(time.Second)
				}
			case strings.HasPrefix(r.Host, "endless"): // as fast as it is read
				for send(strings.Repeat("x", 64<<10)) == nil {
				}
			case strings.HasPrefix(r.Host, "late"): // redirected for ever so long
				time.Sleep(9 * time.Second)
				w.Header().Set("Location", r.URL.Path+"x")
				w.WriteHeader(http.StatusFound)
			default:
				time.Sleep(100 * time.Millisecond)
				io.WriteString(w, "healthy")
			}
		})}
		go s.Serve(l)
		c := newClient(t, func(o *Options) { o.HostGap = time.Second })
		c.site.transport.DialContext = l.dial
		want := map[string]news.FailureKind{
			"silent": news.FailTimeout, "trickle": news.FailTimeout, "promise": news.FailTimeout,
			"endless": news.FailTooBig, "late": news.FailTimeout, "healthy": "",
		}
		var wg sync.WaitGroup
		for name, kind := range want {
			for i := range map[bool]int{false: 20, true: 3}[name == "endless"] {
				wg.Go(func() {
					began := time.Now()
					r, err := c.Get(t.Context(), source(fmt.Sprintf("http://%s%d.example/", name, i)), news.Visit{})
					took := time.Since(began)
					if kind == "" {
						if err != nil || took != 100*time.Millisecond || r.Took != took {
							t.Errorf("%s: %v after %v", name, err, took)
						}
						r.Release()
						return
					}
					f := failed(t, err, kind)
					if name == "late" {
						took -= 3 * time.Second // in line, after each redirect
					}
					if kind == news.FailTimeout && (took != 30*time.Second || f.Took != took) {
						t.Errorf("%s: %v after %v, said to be %v", name, err, took, f.Took)
					}
				})
			}
		}
		wg.Wait()
		if c.memory.used != 0 {
			t.Errorf("%d bytes still claimed", c.memory.used)
		}
		c.Close()
		s.Close()
		time.Sleep(time.Minute) // until the last handler sees that nobody waits
	})
}

// hostile serves, each on a host of its own, what costs most memory: bombs, and
// bodies as large as may be. It calls look before each piece.
func hostile(t testing.TB, bombs []bomb, size, n int, look func()) []string {
	t.Helper()
	filler := bytes.Repeat([]byte("x"), size/32)
	var urls []string
	for i := range n {
		h := func(w http.ResponseWriter, r *http.Request) {
			if i%2 == 0 {
				b := bombs[i/2%len(bombs)]
				w.Header()["Content-Encoding"] = b.encodings
				look()
				w.Write(b.body)
				look()
				return
			}
			for range 32 {
				look()
				if _, err := w.Write(filler); err != nil {
					return
				}
			}
		}
		l := listen(t, fmt.Sprintf("127.1.%d.%d:0", i/200, i%200+1))
		s := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(h)}}
		s.Start()
		t.Cleanup(s.Close)
		urls = append(urls, s.URL)
	}
	return urls
}

// fetchAll asks for all at once and holds each body until look has looked.
func fetchAll(t testing.TB, c *Client, urls []string, look func()) {
	var wg sync.WaitGroup
	for _, url := range urls {
		wg.Go(func() {
			r, err := c.Get(t.Context(), source(url), news.Visit{})
			if f, ok := errors.AsType[*Error](err); err != nil && (!ok || f.Kind != news.FailTooBig && f.Kind != news.FailEncoding) {
				t.Errorf("%s: %v", url, err)
			}
			look()
			r.Release()
		})
	}
	wg.Wait()
}

// 256 hostile sources at once stay under the budget, and all of them come to an
// end.
func TestManyHostileBodies(t *testing.T) {
	const size, memory = 512 << 10, 40 << 20
	c := newClient(t, func(o *Options) { o.MaxBody, o.Memory, o.Timeout = size, memory, 5*time.Minute })
	var most, looks atomic.Int64
	look := func() {
		c.memory.mu.Lock()
		defer c.memory.mu.Unlock()
		looks.Add(1)
		most.Store(max(most.Load(), c.memory.used))
	}
	fetchAll(t, c, hostile(t, bombs(t, 4*size), size, 256, look), look)
	if most.Load() > memory || most.Load() < memory/2 {
		t.Errorf("at most %d bytes were claimed, of %d", most.Load(), memory)
	}
	if c.memory.used != 0 || c.memory.leader != nil || len(c.memory.line) != 0 {
		t.Errorf("left over: %+v", c.memory)
	}
	t.Logf("at most %d of %d bytes claimed in %d looks", most.Load(), memory, looks.Load())
}

// BenchmarkManyHostileBodies measures what the heap holds at most while 256 hostile
// bodies are under way, servers included, above what it held before.
func BenchmarkManyHostileBodies(b *testing.B) {
	bombs := bombs(b, 16<<20)
	for b.Loop() {
		c := newClient(b, func(o *Options) { o.Timeout = 5 * time.Minute })
		var most atomic.Uint64
		look := func() { most.Store(max(most.Load(), heap())) }
		urls := hostile(b, bombs, defaultMaxBody, 256, look)
		runtime.GC()
		before := heap()
		fetchAll(b, c, urls, look)
		b.ReportMetric(float64(most.Load()-before)/(1<<20), "peak-MB")
	}
}

// heap is how many bytes objects take on the heap, dead ones that are not yet swept
// included.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
