package fetch

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"

	"rightswire/internal/news"
)

// privateHosts are addresses that are not public, in every spelling that some
// program understands.
var privateHosts = []string{
	// IPv4, RFC 6890 and successors
	"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.0.1",
	"169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.31.196.1",
	"192.52.193.1", "192.88.99.1", "192.168.0.1", "192.175.48.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
	"203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
	// the same in other words
	"127.1", "127.0.1", "0", "0x7f000001", "0X7F.1", "0x7f.0x0.0x0.0x1", "2130706433", "017700000001", "0177.0.0.1",
	"127.0.0.1.", "0x7f000001.", "10.1", "169.254.43518", "0xa9fea9fe", "025177524776", "１２７.０.０.１", "127。0。0。1",
	"①②⑦.0.0.1", "localhost", "LOCALHOST", "localhost.", "printer.localhost",
	// IPv6
	"[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[fe80::1]", "[fe80::1%25eth0]", "[2001:4860:4860::8888%25eth0]", "[fc00::1]",
	"[fd12:3456::1]", "[ff02::1]", "[100::1]", "[2001:db8::1]", "[2001:2::1]", "[2001:10::1]", "[2620:4f:8000::1]",
	"[3fff::1]", "[5f00::1]", "[4000::1]",
	// IPv4 inside IPv6
	"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[::7f00:1]", "[::a9fe:a9fe]",
	"[::ffff:0:10.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b::10.0.0.1]", "[64:ff9b:1::10.0.0.1]", "[2002:a9fe:a9fe::]",
	"[2002:7f00:1::1]", "[2001:0:a9fe:a9fe::1]", "[2001:0:808:808::f5ff:fffe]",
}

// A trap is a listener that notes where it was connected to, and answers as HTTP
// does.
type trap struct {
	net.Listener
	allowed []netip.Prefix // where connections are fine
	mu      sync.Mutex
	caught  []string // the others
	fine    int
}

// newTrap listens on address for all that the client must not reach.
func newTrap(t testing.TB, address string, h http.HandlerFunc, allowed ...netip.Prefix) *trap {
	t.Helper()
	trap := &trap{Listener: listen(t, address), allowed: allowed}
	s := &http.Server{Handler: h}
	go s.Serve(trap)
	t.Cleanup(func() { s.Close() })
	return trap
}

func listen(t testing.TB, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Accept notes a connection.
func (l *trap) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	to := conn.LocalAddr().(*net.TCPAddr).AddrPort().Addr().Unmap()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.allowed {
		if p.Contains(to) {
			l.fine++
			return conn, nil
		}
	}
	l.caught = append(l.caught, to.String())
	return conn, nil
}

// reached returns how often the trap was reached where that is fine, and what else
// was, since the last time.
func (l *trap) reached() (fine int, caught []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fine, caught = l.fine, l.caught
	l.fine, l.caught = 0, nil
	return fine, caught
}

func (l *trap) port() string {
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}

// waysTo lists every way to have address asked for: written out, and by redirect,
// the address that redirects there.
func waysTo(t testing.TB, c *Client, address, redirect string) map[string]func() error {
	asks := map[string]func(string) error{
		"get": func(to string) error {
			r, err := get(t, c, to)
			r.Release()
			return err
		},
		"page": func(to string) error {
			r, err := c.Page(t.Context(), news.Source{}, to)
			r.Release()
			return err
		},
		"post": func(to string) error {
			_, err := c.Post(t.Context(), to, url.Values{"hub.mode": {"subscribe"}})
			return err
		},
	}
	ways := map[string]func() error{}
	for name, ask := range asks {
		ways[name] = func() error { return ask(address) }
		ways[name+" by redirect"] = func() error { return ask(redirect) }
	}
	return ways
}

// redirects answers /to?URL with a redirect there that takes forms along, and
// /robots.txt with one where robots says so.
func redirects(robots func() string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		to, _ := url.QueryUnescape(r.URL.RawQuery)
		if r.URL.Path == "/robots.txt" {
			to = robots()
		}
		if to == "" {
			io.WriteString(w, "ok")
			return
		}
		w.Header()["Location"] = []string{to}
		w.WriteHeader(http.StatusPermanentRedirect)
	}
}

func nowhere() string { return "" }

// No spelling of an address that is not public is connected to, on any way in;
// a port that is allowed changes nothing.
func TestPrivateAddresses(t *testing.T) {
	if len(privateHosts) < 60 {
		t.Fatalf("%d addresses", len(privateHosts))
	}
	inside := newTrap(t, "[::]:0", func(http.ResponseWriter, *http.Request) {})
	var robots string
	origin := serveAt(t, "127.7.7.7:0", redirects(func() string { return robots }))
	defer origin.Close()
	c := newClient(t, func(o *Options) {
		o.AllowNetworks, o.AllowPorts = prefixes("127.7.7.7/32"), []int{inside.Addr().(*net.TCPAddr).Port}
	})
	for _, host := range privateHosts {
		for _, scheme := range []string{"http", "https"} {
			address := fmt.Sprintf("%s://%s:%s/", scheme, host, inside.port())
			for way, ask := range waysTo(t, c, address, origin.URL+"/to?"+url.QueryEscape(address)) {
				failed(t, ask(), map[bool]news.FailureKind{false: news.FailRefused, true: news.FailRedirect}[strings.Contains(way, "redirect")])
			}
			robots = address // which is as good as none
			fresh := newClient(t, func(o *Options) { *o = c.opts })
			r, err := fresh.Page(t.Context(), news.Source{}, origin.URL+"/page")
			if err != nil {
				t.Errorf("robots.txt at %s: %v", address, err)
			}
			r.Release()
			robots = ""
		}
	}
	if _, caught := inside.reached(); caught != nil {
		t.Errorf("connected to %q", caught)
	}
	// The trap works: with its network allowed, it is reached.
	c = newClient(t, nil)
	mustGet(t, c, "http://127.0.0.1:"+inside.port(), news.Visit{})
	if _, caught := inside.reached(); len(caught) != 1 {
		t.Errorf("connected to %q", caught)
	}
}

// A name server that says one thing and then another, or both, leads nowhere
// private, however often it is asked. One address of loopback stands for the
// public ones here; a test in a network of its own has real ones.
func TestRebinding(t *testing.T) {
	public := prefixes("127.7.7.7/32")
	// Connections are not kept, so that each request looks the name up.
	answer := func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Connection", "close") }
	inside := newTrap(t, "[::]:0", answer, public...)
	names := newNameServer(t)
	names.say("private.example", "127.0.0.1")
	names.say("private6.example", "::1")
	names.say("mapped.example", "::ffff:127.0.0.1")
	names.say("mixed.example", "127.0.0.1", "127.7.7.7", "::1", "64:ff9b::127.0.0.1")
	names.say("mixed6.example", "127.7.7.7", "::1")
	names.say("alias.example", "private.example")
	names.say("long-alias.example", "alias.example")
	names.alternate("flip.example", []string{"127.7.7.7"}, []string{"127.0.0.1"})
	names.alternate("flip6.example", []string{"127.7.7.7"}, []string{"::1", "fd00::1"})
	names.alternate("flip-alias.example", []string{"127.7.7.7"}, []string{"private6.example"})
	names.alternate("flip-late.example", []string{"127.7.7.7"}, []string{"127.7.7.7"}, []string{"127.0.0.1", "127.7.7.7"})

	c := newClient(t, func(o *Options) { o.AllowNetworks = public })
	tried, reached := 0, map[string]int{}
	for tried < 1000 {
		for name := range names.zone {
			tried++
			r, err := get(t, c, "http://"+strings.TrimSuffix(name, ".")+":"+inside.port()+"/")
			r.Release()
			if err == nil {
				reached[name]++
			} else {
				failed(t, err, news.FailRefused)
			}
		}
	}
	fine, caught := inside.reached()
	if caught != nil {
		t.Errorf("connected to %d: %q", len(caught), caught[:1])
	}
	if fine < 300 || reached["mixed.example."] == 0 || reached["flip.example."] == 0 || reached["private.example."] != 0 {
		t.Errorf("%d tries, %d connections: %v", tried, fine, reached)
	}
}

// Services that a request could be smuggled into are not asked, though the operator
// allowed their network.
func TestPortsNeverAsked(t *testing.T) {
	for _, port := range []string{"22", "25", "6379"} {
		for _, host := range []string{"127.0.0.1", "feeds.example.org", "9.9.9.9"} {
			origin := serve(t, redirects(nowhere))
			address := "http://" + host + ":" + port + "/"
			c := newClient(t, nil)
			for way, ask := range waysTo(t, c, address, origin.URL+"/to?"+url.QueryEscape(address)) {
				if err := ask(); err == nil || !strings.Contains(err.Error(), "never fetched") {
					t.Errorf("%s %s: %v", way, address, err)
				}
			}
		}
	}
}

// By a proxy nothing private is asked for, no name is looked up here, and a proxy
// that is down is no reason to go without.
func TestProxyWays(t *testing.T) {
	names := newNameServer(t)
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "NO_PROXY"} {
		t.Setenv(name, "http://127.0.0.1:1")
	}
	p, viaHTTP, viaSOCKS := proxies(t, redirects(nowhere))
	private := append([]string{"printer.local", "printer.local.", "nas.lan", "router", "metadata.google.internal", "1.0.0.127.in-addr.arpa"}, privateHosts...)
	for _, proxy := range []string{viaHTTP, viaSOCKS} {
		c := newClient(t, func(o *Options) { o.Proxy, o.HostConcurrency = proxy, 8 })
		public := "http://feeds.example.org/to?"
		for _, host := range private {
			for _, scheme := range []string{"http", "https"} {
				address := scheme + "://" + host + "/"
				for way, ask := range waysTo(t, c, address, public+url.QueryEscape(address)) {
					if ask() == nil {
						t.Errorf("%s %s: no error", way, address)
					}
				}
			}
		}
		for _, asked := range p.taken() {
			if asked != "feeds.example.org" && asked != "feeds.example.org:80" {
				t.Errorf("%s was asked for %q", proxy, asked)
			}
		}
		for way, ask := range waysTo(t, c, "http://feeds.example.org/", public+url.QueryEscape("http://other.example.net/")) {
			if err := ask(); err != nil {
				t.Errorf("%s: %v", way, err)
			}
		}
		if len(p.taken()) == 0 {
			t.Errorf("%s was not asked", proxy)
		}
	}
	origin := newTrap(t, "127.0.0.1:0", redirects(nowhere))
	gone := serve(t, nil)
	gone.Close()
	for _, scheme := range []string{"http", "socks5h"} {
		c := newClient(t, func(o *Options) { o.Proxy = scheme + "://" + gone.Listener.Addr().String() })
		for way, ask := range waysTo(t, c, "http://feeds.example.org/", "https://feeds.example.org/") {
			if f := failed(t, ask(), news.FailConnect); f.Status != 0 {
				t.Errorf("%s: %v", way, f)
			}
		}
	}
	if _, caught := origin.reached(); caught != nil {
		t.Errorf("asked directly: %q", caught)
	}
	if n := names.count(); n != 0 {
		t.Errorf("%d names were looked up here: %v", n, names.asked)
	}
}
