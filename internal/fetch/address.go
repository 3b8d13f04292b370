package fetch

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"rightswire/internal/link"
)

// privateNames are the last labels of names that exist on private networks only
// (RFC 6761, RFC 6762, RFC 8375, and what ICANN keeps out of the root).
var privateNames = []string{
	"localhost", "localdomain", "local", "internal", "intranet", "private", "lan", "home", "corp", "arpa",
}

// CheckURL says what keeps a source's URL from being fetched, as far as the URL
// itself shows it: its scheme, its port, a literal address that is not public (in
// whatever spelling) and not in allow. Ports are those allowed besides 80 and 443.
// A name is judged by its address when that is dialled.
func CheckURL(raw string, allow []netip.Prefix, ports []int) error {
	u, err := parseURL(raw)
	if err != nil {
		return err
	}
	return newGuard(allow, ports, nil).admit(u)
}

// parseURL returns raw as it is dialled: http or https, its host lower-case ASCII,
// addresses in their usual spelling, without user, password and fragment.
func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || !plainHost(u.Hostname()) {
		// What a browser understands and we do not, or a host that a resolver
		// might read as something else than it looks like.
		canonical, err := link.Resolve("", raw)
		if err != nil {
			return nil, err
		}
		if u, err = url.Parse(canonical); err != nil {
			return nil, err
		}
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("scheme %q is neither http nor https", u.Scheme)
	case u.Hostname() == "":
		return nil, errors.New("URL has no host")
	case !plainHost(u.Hostname()):
		return nil, fmt.Errorf("host %q is neither a name nor an address", u.Hostname())
	}
	u.User = nil
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// plainHost reports whether a host is an address in its usual spelling, or a
// lower-case ASCII name that nobody takes for an address.
func plainHost(host string) bool {
	if _, ok := literal(host); ok {
		return true
	}
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_'
	}
	return host != "" && !strings.ContainsFunc(host, odd) && !numeric(lastLabel(host))
}

// literal reads a host that is an address in its usual spelling.
func literal(host string) (netip.Addr, bool) {
	if host == "" || !strings.Contains(host, ":") && !numeric(host[len(host)-1:]) {
		return netip.Addr{}, false // spares names the parser's error
	}
	addr, err := netip.ParseAddr(host)
	return addr, err == nil
}

// lastLabel returns a name's last label; a final dot aside.
func lastLabel(name string) string {
	name = strings.TrimSuffix(name, ".")
	return name[strings.LastIndexByte(name, '.')+1:]
}

// numeric reports whether a last label makes its host an IPv4 address (WHATWG URL,
// "ends in a number").
func numeric(label string) bool {
	if strings.HasPrefix(label, "0x") {
		return true
	}
	return label != "" && strings.Trim(label, "0123456789") == ""
}

// admit decides on a URL that is to be dialled from here, as far as it shows.
func (g *guard) admit(u *url.URL) error {
	port, err := portOf(u)
	if err != nil {
		return err
	}
	if err := g.own.refuse(u, port); err != nil {
		return err
	}
	host := u.Hostname()
	if addr, ok := literal(host); ok {
		return g.check(addr, port)
	}
	switch lastLabel(host) {
	case "onion": // RFC 7686: never to be looked up
		return fmt.Errorf("%w: %s needs a socks5h proxy", errRefused, host)
	case "localhost": // RFC 6761: whatever the resolver says
		if v4 := netip.AddrFrom4([4]byte{127, 0, 0, 1}); g.contains(v4) || !g.contains(loopback) {
			return g.check(v4, port)
		}
		return g.check(loopback, port)
	}
	// Only its address tells whether a name is inside an allowed network.
	return g.checkPort(port, len(g.allow) > 0)
}

// admitBeyond decides on a URL that a proxy will dial: nobody here sees the
// address, so private ones and local names are refused by their looks. Networks
// allowed here say nothing about those that the proxy can reach; g must allow none.
func (g *guard) admitBeyond(u *url.URL, onion bool) error {
	port, err := portOf(u)
	if err != nil {
		return err
	}
	if err := g.own.refuse(u, port); err != nil {
		return err
	}
	host := u.Hostname()
	if addr, ok := literal(host); ok {
		return g.check(addr, port)
	}
	last := lastLabel(host)
	switch {
	case last == "onion" && !onion:
		return fmt.Errorf("%w: %s needs a socks5h proxy", errRefused, host)
	case !strings.Contains(strings.TrimSuffix(host, "."), "."), slices.Contains(privateNames, last):
		return fmt.Errorf("%w: %s is a local name, and the proxy would look it up on its own network", errRefused, host)
	}
	return g.checkPort(port, false)
}

// portOf returns the port that a URL is dialled at.
func portOf(u *url.URL) (uint16, error) {
	s := u.Port()
	switch {
	case s == "" && u.Scheme == "https":
		return 443, nil
	case s == "":
		return 80, nil
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%w: port %q", errRefused, s)
	}
	return uint16(n), nil
}
