package fetch

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"rightswire/internal/news"
)

// A recorder is a proxy that sends everything to one origin and notes what it was
// asked for.
type recorder struct {
	origin string // host:port
	mu     sync.Mutex
	asked  []string
}

func (p *recorder) note(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, target)
}

// taken returns what was asked for since the last time.
func (p *recorder) taken() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked
	p.asked = nil
	return asked
}

// ServeHTTP is an HTTP proxy.
func (p *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		p.note(r.URL.Host)
		in, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+p.origin+r.URL.RequestURI(), r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		in.Close = true
		out, err := http.DefaultTransport.RoundTrip(in)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer out.Body.Close()
		for k, v := range out.Header {
			w.Header()[k] = v
		}
		w.WriteHeader(out.StatusCode)
		io.Copy(w, out.Body)
		return
	}
	p.note("CONNECT " + r.Host)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
	p.splice(conn)
}

// serveSOCKS is a SOCKS5 proxy (RFC 1928).
func (p *recorder) serveSOCKS(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			r := bufio.NewReader(conn)
			head := make([]byte, 3) // version, one method, none
			io.ReadFull(r, head)
			conn.Write([]byte{5, 0})
			io.ReadFull(r, make([]byte, 3)) // version, connect, reserved
			kind, _ := r.ReadByte()
			target := "an address"
			if kind == 3 {
				n, _ := r.ReadByte()
				name := make([]byte, n)
				io.ReadFull(r, name)
				target = string(name)
			} else {
				io.ReadFull(r, make([]byte, 4))
			}
			port := make([]byte, 2)
			io.ReadFull(r, port)
			p.note(net.JoinHostPort(target, map[uint16]string{80: "80", 443: "443"}[binary.BigEndian.Uint16(port)]))
			conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
			p.splice(conn)
		}()
	}
}

func (p *recorder) splice(conn net.Conn) {
	defer conn.Close()
	origin, err := net.Dial("tcp", p.origin)
	if err != nil {
		return
	}
	defer origin.Close()
	go io.Copy(origin, conn)
	io.Copy(conn, origin)
}

// proxies starts a proxy of each kind before an origin, and returns their URLs.
func proxies(t *testing.T, h http.HandlerFunc) (p *recorder, viaHTTP, viaSOCKS string) {
	t.Helper()
	p = &recorder{origin: serve(t, h).Listener.Addr().String()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go p.serveSOCKS(l)
	return p, serve(t, p.ServeHTTP).URL, "socks5h://" + l.Addr().String()
}

func TestProxy(t *testing.T) {
	p, viaHTTP, viaSOCKS := proxies(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/inside" {
			http.Redirect(w, r, "http://127.0.0.1/", http.StatusFound)
			return
		}
		io.WriteString(w, r.UserAgent())
	})
	for _, proxy := range []string{viaHTTP, viaSOCKS} {
		// The proxy itself may be on a network where nothing may be fetched from.
		c := newClient(t, func(o *Options) { o.Proxy, o.AllowNetworks = proxy, nil })
		r := mustGet(t, c, "http://feeds.example.org/feed", news.Visit{})
		if r.FinalURL != "http://feeds.example.org/feed" || r.Status != 200 {
			t.Errorf("%s: got %+v", proxy, r)
		}
		if asked := p.taken(); len(asked) != 1 || !strings.HasPrefix(asked[0], "feeds.example.org") {
			t.Errorf("%s: asked for %q", proxy, asked)
		}
		_, err := get(t, c, "http://feeds.example.org/inside")
		failed(t, err, news.FailRedirect)
		_, err = get(t, c, "https://feeds.example.org/feed") // the origin speaks no TLS
		failed(t, err, news.FailTLS)
		p.taken()

		c = newClient(t, func(o *Options) { o.Proxy = proxy })
		for _, url := range []string{
			"http://127.0.0.1/", "http://127.1/", "http://0x7f000001/", "http://10.0.0.1/", "https://[::1]/", "https://[fd00::1]/",
			"http://169.254.169.254/", "http://[::ffff:10.0.0.1]/", "http://localhost/", "https://a.localhost/", "http://printer.local/",
			"http://printer.local./", "https://metadata.google.internal/", "http://router/", "http://nas.lan/", "http://nas.home.arpa/",
			"http://1.0.0.127.in-addr.arpa/", "http://feeds.example.org:22/", "http://feeds.example.org:8080/", "http://１２７.0.0.1/",
		} {
			_, err := get(t, c, url)
			failed(t, err, news.FailRefused)
		}
		if asked := p.taken(); len(asked) != 0 {
			t.Errorf("%s: private %q reached the proxy", proxy, asked)
		}
	}
}

func TestProxyOnion(t *testing.T) {
	p, viaHTTP, viaSOCKS := proxies(t, func(w http.ResponseWriter, r *http.Request) {})
	const onion = "http://expyuzz4wqqyqhjnh.onion/"
	_, err := get(t, newClient(t, func(o *Options) { o.Proxy = viaHTTP }), onion)
	failed(t, err, news.FailRefused)
	mustGet(t, newClient(t, func(o *Options) { o.Proxy = viaSOCKS }), onion, news.Visit{})
	if asked := p.taken(); len(asked) != 1 || asked[0] != "expyuzz4wqqyqhjnh.onion:80" {
		t.Errorf("asked for %q", asked)
	}
}

// A source's own proxy is used for it alone.
func TestProxyOfSource(t *testing.T) {
	p, viaHTTP, _ := proxies(t, func(w http.ResponseWriter, r *http.Request) {})
	c := newClient(t, nil)
	for range 2 {
		src := source("http://feeds.example.org/")
		src.Proxy = viaHTTP
		r, err := c.Get(t.Context(), src, news.Visit{})
		if err != nil {
			t.Fatal(err)
		}
		r.Release()
		mustGet(t, c, "http://"+p.origin+"/", news.Visit{})
	}
	if asked := p.taken(); len(asked) != 2 || len(c.routes) != 1 {
		t.Errorf("asked for %q by %d routes", asked, len(c.routes))
	}
	src := source("http://feeds.example.org/")
	src.Proxy = "ftp://proxy.example"
	_, err := c.Get(t.Context(), src, news.Visit{})
	failed(t, err, news.FailInternal)
}

// A proxy that is down is no reason to go without, nor to look a name up here.
func TestProxyDown(t *testing.T) {
	origin := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Error("asked directly") })
	gone := serve(t, nil)
	gone.Close()
	for _, scheme := range []string{"http", "socks5h"} {
		c := newClient(t, func(o *Options) { o.Proxy = scheme + "://" + gone.Listener.Addr().String() })
		_, err := get(t, c, "http://feeds.example.org/")
		failed(t, err, news.FailConnect)
		_, err = c.site.transport.DialContext(t.Context(), "tcp", origin.Listener.Addr().String())
		if err == nil {
			t.Error("a proxied route dialled something else")
		}
	}
}

func TestProxyOfEnvironment(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, "http://127.0.0.1:1")
	}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {})
	mustGet(t, newClient(t, nil), s.URL, news.Visit{})
}

func TestCheckProxy(t *testing.T) {
	for raw, want := range map[string]bool{
		"socks5h://127.0.0.1:9050": true, "socks5h://tor": true, "http://user:pass@proxy.example:3128": true, "http://[::1]:8080": true,
		"": false, "127.0.0.1:9050": false, "socks5://127.0.0.1": false, "https://proxy.example": false, "http://": false, "http://%zz": false,
	} {
		if err := CheckProxy(raw); (err == nil) != want {
			t.Errorf("%q: %v", raw, err)
		}
	}
	if err := CheckProxy("socks4://me:secret@proxy.example"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

func TestHTTP2(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") == `"a"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"a"`)
		io.WriteString(w, r.Proto+strings.Repeat("x", 1<<20))
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	c := newClient(t, nil)
	c.site.transport.TLSClientConfig.RootCAs = s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	r := mustGet(t, c, s.URL, news.Visit{})
	if len(r.Body) != 1<<20+len("HTTP/2.0") || !strings.HasPrefix(string(r.Body), "HTTP/2.0") {
		t.Fatalf("got %d bytes: %.10s", len(r.Body), r.Body)
	}
	if r := mustGet(t, c, s.URL, news.Visit{URL: s.URL, ETag: r.ETag}); !r.NotModified {
		t.Errorf("got %+v", r)
	}
}
