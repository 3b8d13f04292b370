package fetch

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"rightswire/internal/news"
)

// Many bodies in flight, memory for a few of them: all arrive, and all memory
// comes back.
func TestMemory(t *testing.T) {
	body := gzipped(t, bytes.Repeat([]byte("<item>x</item>"), 20_000)) // 280 KB decoded
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(body)
	})
	c := newClient(t, func(o *Options) { o.Memory, o.HostConcurrency = 500_000, 16 })
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 5 {
				r, err := c.Get(t.Context(), source(s.URL), news.Visit{})
				if err != nil {
					t.Error(err)
					return
				}
				if len(r.Body) != 280_000 {
					t.Errorf("got %d bytes", len(r.Body))
				}
				r.Release()
			}
		})
	}
	wg.Wait()
	if c.memory.used != 0 || c.memory.leader != nil {
		t.Errorf("left over: %+v", c.memory)
	}
}

// pipes is a listener in memory: no socket may be used in a bubble.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if conn, ok := <-p; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A host is asked once at a time, with a rest in between, redirects included; and
// what waits for its turn does not time out.
func TestHostIsAskedOnceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		var ended atomic.Int64
		began := time.Now()
		l := make(pipes)
		s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			most.Store(max(most.Load(), now.Add(1)))
			if rest := time.Since(began) - time.Duration(ended.Load()); ended.Load() > 0 && rest < time.Second {
				t.Errorf("asked after a rest of %v", rest)
			}
			if r.URL.Path == "/" {
				w.Header().Set("Location", "/moved")
				w.WriteHeader(http.StatusFound)
			}
			io.WriteString(w, "ok")
			w.(http.Flusher).Flush()
			time.Sleep(500 * time.Millisecond)
			now.Add(-1)
			ended.Store(int64(time.Since(began)))
		})}
		go s.Serve(l)
		c := newClient(t, func(o *Options) { o.Timeout, o.HostGap = 3*time.Second, time.Second })
		c.site.transport.DialContext = l.dial
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				r, err := c.Get(t.Context(), source("http://feeds.example.org/"), news.Visit{})
				if err != nil {
					t.Error(err)
				}
				r.Release()
			})
		}
		wg.Wait()
		if most.Load() != 1 {
			t.Errorf("%d requests at a time", most.Load())
		}
		c.Close()
		s.Close()
	})
}

// benchOrigin answers everything with a 304, from as many addresses as there are
// hosts.
func benchOrigin(b *testing.B, hosts int) []string {
	b.Helper()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") == "" {
			b.Error("a request without validator")
		}
		w.Header().Set("ETag", `"abc"`)
		w.WriteHeader(http.StatusNotModified)
	})
	var urls []string
	for i := range hosts {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.%d:0", i+1))
		if err != nil {
			b.Fatal(err)
		}
		s := &httptest.Server{Listener: l, Config: &http.Server{Handler: h}}
		s.Start()
		b.Cleanup(s.Close)
		urls = append(urls, s.URL+"/feed")
	}
	return urls
}

// reportCPU reports the CPU time of what the benchmark did since it was called:
// wall times say little on a busy machine.
func reportCPU(b *testing.B) func() {
	used := func() time.Duration {
		var r syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			b.Fatal(err)
		}
		return time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric(float64((used()-before).Microseconds())/float64(b.N), "cpu-µs/op") }
}

// BenchmarkNotModified compares a 304 through the client with the same through a
// bare http.Client: server included, connections kept.
func BenchmarkNotModified(b *testing.B) {
	urls := benchOrigin(b, 50)
	b.Run("bare", func(b *testing.B) {
		c := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableCompression: true, MaxIdleConns: 256, MaxIdleConnsPerHost: 1}}
		defer c.CloseIdleConnections()
		b.ReportAllocs()
		defer reportCPU(b)()
		for i := 0; b.Loop(); i++ {
			r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, urls[i%len(urls)], nil)
			if err != nil {
				b.Fatal(err)
			}
			r.Header.Set("User-Agent", agent)
			r.Header.Set("Accept", acceptFeed[0])
			r.Header.Set("Accept-Encoding", acceptEncoding[0])
			r.Header.Set("If-None-Match", `"abc"`)
			res, err := c.Do(r)
			if err != nil || res.StatusCode != http.StatusNotModified {
				b.Fatal(res, err)
			}
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
	})
	for _, gap := range []time.Duration{0, time.Millisecond} {
		b.Run(fmt.Sprintf("client/gap=%v", gap), func(b *testing.B) {
			c := newClient(b, func(o *Options) { o.HostGap = gap })
			b.ReportAllocs()
			defer reportCPU(b)()
			for i := 0; b.Loop(); i++ {
				url := urls[i%len(urls)]
				r, err := c.Get(b.Context(), source(url), news.Visit{URL: url, ETag: `"abc"`})
				if err != nil || !r.NotModified {
					b.Fatal(r, err)
				}
			}
		})
	}
}

// BenchmarkUnchanged is a body of 60 KB that has not changed, gzip or not.
func BenchmarkUnchanged(b *testing.B) {
	var text bytes.Buffer
	for i := range 700 {
		fmt.Fprintf(&text, "<item><title>Release of prisoner %d demanded</title><guid>%x</guid></item>\n", i*i, i*i*i*7919)
	}
	plain := text.Bytes()
	zipped := gzipped(b, plain)
	for name, coding := range map[string]string{"gzip": "gzip", "identity": ""} {
		body := plain
		if coding != "" {
			body = zipped
		}
		s := serve(b, func(w http.ResponseWriter, r *http.Request) {
			if coding != "" {
				w.Header().Set("Content-Encoding", coding)
			}
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			w.Write(body)
		})
		c := newClient(b, nil)
		first := mustGet(b, c, s.URL, news.Visit{})
		for visit, v := range map[string]news.Visit{"new": {}, "known": {URL: s.URL, BodyHash: first.BodyHash}} {
			b.Run(name+"/"+visit, func(b *testing.B) {
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				defer reportCPU(b)()
				for b.Loop() {
					r, err := c.Get(b.Context(), source(s.URL), v)
					if err != nil {
						b.Fatal(err)
					}
					r.Release()
				}
			})
		}
	}
}
