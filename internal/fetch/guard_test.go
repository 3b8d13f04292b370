package fetch

import (
	"errors"
	"net"
	"net/netip"
	"testing"

	"rightswire/internal/news"
)

func prefixes(ss ...string) []netip.Prefix {
	var ps []netip.Prefix
	for _, s := range ss {
		ps = append(ps, netip.MustParsePrefix(s))
	}
	return ps
}

// Every spelling of an address that is not public, wherever it hides.
func TestCheckURLRefuses(t *testing.T) {
	for _, host := range privateHosts {
		for _, scheme := range []string{"http", "https"} {
			if err := CheckURL(scheme+"://"+host+"/feed", nil, nil); !errors.Is(err, errRefused) {
				t.Errorf("%s://%s: got %v, want it refused", scheme, host, err)
			}
		}
	}
	for _, raw := range []string{"", "feed", "//a.example/", "ftp://a.example/", "file:///etc/passwd", "gopher://a.example/", "http:///", "http://a b/", "http://0x0x/", "http://a.0xg/", "http://1.2.3.4.5/", "http://256.1.1.1/", "mailto:a@b.example"} {
		if err := CheckURL(raw, nil, nil); err == nil {
			t.Errorf("%q: want an error", raw)
		}
	}
}

func TestCheckURLPorts(t *testing.T) {
	const ok, no = true, false
	loopback, unique := prefixes("127.0.0.0/8"), prefixes("fd00::/8")
	tests := []struct {
		url   string
		allow []netip.Prefix
		ports []int
		want  bool
	}{
		{"http://a.example/", nil, nil, ok},
		{"http://a.example:/", nil, nil, ok},
		{"https://a.example:80/", nil, nil, ok},
		{"http://한국.example/", nil, nil, ok},
		{"http://8.8.8.8/", nil, nil, ok},
		{"http://0x08080808/", nil, nil, ok},
		{"http://[2001:4860:4860::8888]/", nil, nil, ok},
		{"http://a.example:8080/", nil, nil, no},
		{"http://a.example:8080/", nil, []int{8080}, ok},
		{"http://8.8.8.8:8080/", nil, nil, no},
		{"http://8.8.8.8:8080/", nil, []int{8080}, ok},
		{"http://8.8.8.8:8080/", loopback, nil, no},
		{"http://a.example:0/", nil, nil, no},
		{"http://a.example:65536/", nil, nil, no},
		// inside an allowed network
		{"http://127.0.0.1/", loopback, nil, ok},
		{"http://127.1:8080/", loopback, nil, ok},
		{"http://localhost:8080/", loopback, nil, ok},
		{"http://localhost:8080/", prefixes("::1/128"), nil, ok},
		{"http://[::1]:8080/", prefixes("::1/128"), nil, ok},
		{"http://[::1]:8080/", loopback, nil, no},
		{"http://[::ffff:127.0.0.1]:8080/", loopback, nil, ok},
		{"http://[fd00::1]:1024/", unique, nil, ok},
		{"http://127.0.0.1:1023/", loopback, nil, no},
		{"http://127.0.0.1:81/", loopback, nil, no},
		{"http://127.0.0.1:81/", loopback, []int{81}, ok},
		{"http://10.0.0.1:8080/", loopback, []int{8080}, no},
		// a name may turn out to be inside
		{"http://a.example:8080/", loopback, nil, ok},
		{"http://a.example:81/", loopback, nil, no},
		// never
		{"http://a.example:22/", loopback, []int{22}, no},
		{"http://a.example:25/", nil, []int{25}, no},
		{"http://127.0.0.1:3306/", loopback, nil, no},
		{"http://127.0.0.1:5432/", loopback, nil, no},
		{"http://127.0.0.1:6379/", loopback, []int{6379}, no},
		{"http://127.0.0.1:9200/", loopback, nil, no},
		{"http://127.0.0.1:11211/", loopback, nil, no},
		{"http://127.0.0.1:27017/", loopback, nil, no},
		{"http://expyuzz4wqqyqhjn.onion/", nil, nil, no},
	}
	for _, tt := range tests {
		if err := CheckURL(tt.url, tt.allow, tt.ports); (err == nil) != tt.want {
			t.Errorf("%s, networks %v, ports %v: %v", tt.url, tt.allow, tt.ports, err)
		}
	}
}

// Where the operator allowed a translator's prefix, the IPv4 address behind it
// must be allowed too.
func TestGuardEmbedded(t *testing.T) {
	tests := []struct {
		addr  string
		allow []netip.Prefix
		want  bool
	}{
		{"64:ff9b::8.8.8.8", nil, false},
		{"64:ff9b::8.8.8.8", prefixes("64:ff9b::/96"), true},
		{"64:ff9b::10.0.0.1", prefixes("64:ff9b::/96"), false},
		{"64:ff9b::10.0.0.1", prefixes("64:ff9b::/96", "10.0.0.0/8"), true},
		{"64:ff9b:1::169.254.169.254", prefixes("64:ff9b:1::/48"), false},
		{"2002:808:808::1", prefixes("2002::/16"), true},
		{"2002:a9fe:a9fe::1", prefixes("2002::/16"), false},
		{"2001:0:808:808::f7f7:f7f7", prefixes("2001::/32"), true},
		{"2001:0:808:808::f5ff:fffe", prefixes("2001::/32"), false},
		{"2001:0:a00:1::f7f7:f7f7", prefixes("2001::/32"), false},
		{"::127.0.0.1", prefixes("::/96"), false},
		{"::1", prefixes("::1/128"), true},
	}
	for _, tt := range tests {
		if err := newGuard(tt.allow, nil, nil).check(netip.MustParseAddr(tt.addr), 443); (err == nil) != tt.want {
			t.Errorf("%s, networks %v: %v", tt.addr, tt.allow, err)
		}
	}
	if newGuard(prefixes("64:ff9b::/96"), nil, nil).check(netip.MustParseAddr("64:ff9b::8.8.8.8"), 8080) == nil {
		t.Error("an allowed translator opens ports of public addresses")
	}
}

func TestGuardControl(t *testing.T) {
	g := newGuard(nil, nil, nil)
	for _, tt := range []struct {
		network, address string
		want             bool
	}{
		{"tcp4", "9.9.9.9:443", true},
		{"tcp6", "[2620:fe::9]:80", true},
		{"tcp6", "[::ffff:9.9.9.9]:80", true},
		{"tcp4", "9.9.9.9:22", false},
		{"tcp4", "127.0.0.1:80", false},
		{"tcp6", "[::ffff:127.0.0.1]:80", false},
		{"tcp6", "[2620:fe::9%eth0]:80", false},
		{"udp4", "9.9.9.9:443", false},
		{"unix", "/run/docker.sock", false},
		{"tcp", "feeds.example.org:80", false},
	} {
		if err := g.control(tt.network, tt.address, nil); (err == nil) != tt.want {
			t.Errorf("%s %s: %v", tt.network, tt.address, err)
		}
	}
}

// The guard sees what is dialled, whatever the URL looked like before.
func TestGuardAtDial(t *testing.T) {
	s := serve(t, nil)
	c := newClient(t, func(o *Options) { o.AllowNetworks = nil })
	conn, err := c.site.transport.DialContext(t.Context(), "tcp", s.Listener.Addr().String())
	if err == nil {
		conn.Close()
	}
	if !errors.Is(err, errRefused) {
		t.Fatalf("got %v, want it refused", err)
	}
	if op, ok := errors.AsType[*net.OpError](err); !ok || op.Op != "dial" {
		t.Errorf("got %v, want a dial error", err)
	}
	_, err = get(t, c, s.URL)
	failed(t, err, news.FailRefused)
}

func FuzzCheckURL(f *testing.F) {
	for _, s := range []string{"http://127.1/", "http://[::ffff:7f00:1]/", "https://0x7f.1:443/", "http://a@127.0.0.1/", "http://１２７.1/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if CheckURL(raw, nil, nil) != nil {
			return
		}
		u, err := parseURL(raw)
		if err != nil {
			t.Fatal(err)
		}
		// What passed holds no literal that a resolver could read as private.
		if ip := net.ParseIP(u.Hostname()); ip != nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()) {
			t.Errorf("%q is %v", raw, ip)
		}
		if u.User != nil || numeric(lastLabel(u.Hostname())) && net.ParseIP(u.Hostname()) == nil {
			t.Errorf("%q becomes %q", raw, u)
		}
	})
}
