package fetch

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"

	"code.dny.dev/ssrf"
)

// errRefused marks what the guard does not let through.
var errRefused = errors.New("refused")

// neverPorts are refused whatever the configuration says: services that a request
// could be smuggled into. Below 1024 the list is the Fetch standard's ("bad
// port"); above, the databases that answer to anyone on a private network.
var neverPorts = []uint16{
	1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
	109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
	526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995,
	3306, 5432, 6379, 9200, 11211, 27017,
}

// firstUnprivileged is the lowest port that needs no mention inside an allowed
// network.
const firstUnprivileged = 1024

// IPv6 prefixes whose addresses stand for an IPv4 address: a translator or tunnel
// hands the packets on to it.
var (
	compatible  = netip.MustParsePrefix("::/96")          // RFC 4291 section 2.5.5.1
	nat64       = netip.MustParsePrefix("64:ff9b::/96")   // RFC 6052
	nat64Local  = netip.MustParsePrefix("64:ff9b:1::/48") // RFC 8215, read as its /96s
	sixToFour   = netip.MustParsePrefix("2002::/16")      // RFC 3056
	teredo      = netip.MustParsePrefix("2001::/32")      // RFC 4380
	unspecified = netip.IPv6Unspecified()
	loopback    = netip.IPv6Loopback()
)

// A guard decides which addresses and ports may be dialled: public addresses at
// the web's ports, and what the operator allowed besides, but never our own. The
// special-purpose registries of IANA say what is not public.
type guard struct {
	own      own
	allow    []netip.Prefix
	ports    []int
	registry *ssrf.Guardian
}

func newGuard(allow []netip.Prefix, ports []int, own own) *guard {
	var v4, v6 []netip.Prefix
	for _, p := range allow {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	// The port is checked here, since it depends on the network.
	registry := ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	return &guard{own: own, allow: allow, ports: ports, registry: registry}
}

// control is a net.Dialer's Control: it sees each address right before it is
// dialled, wherever the name server or a redirect sent us.
func (g *guard) control(network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("%w: %s address %q", errRefused, network, address)
	}
	return g.check(to.Addr(), to.Port())
}

// check decides on an address and a port.
func (g *guard) check(addr netip.Addr, port uint16) error {
	addr = addr.Unmap()
	if err := g.own.refuseAddr(addr, port); err != nil {
		return err
	}
	inside := true
	for _, a := range append(embedded(addr), addr) {
		if a.Zone() != "" || g.registry.SafeAddr(a) != nil {
			return fmt.Errorf("%w: address %s is not public; fetch.allow_networks can allow its network", errRefused, a)
		}
		inside = inside && g.contains(a)
	}
	return g.checkPort(port, inside)
}

// contains reports whether the operator allowed the network of addr.
func (g *guard) contains(addr netip.Addr) bool {
	return slices.ContainsFunc(g.allow, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// checkPort decides on a port; inside says that the address is in an allowed
// network.
func (g *guard) checkPort(port uint16, inside bool) error {
	switch {
	case slices.Contains(neverPorts, port):
		return fmt.Errorf("%w: port %d is never fetched", errRefused, port)
	case port == 80, port == 443, slices.Contains(g.ports, int(port)), inside && port >= firstUnprivileged:
		return nil
	}
	return fmt.Errorf("%w: port %d is neither 80 nor 443; fetch.allow_ports can allow it", errRefused, port)
}

// embedded lists the IPv4 addresses that an IPv6 address stands for. All of them
// must be allowed, or a translator would carry a request past the guard.
func embedded(addr netip.Addr) []netip.Addr {
	if addr.Is4() {
		return nil
	}
	b := addr.As16()
	switch {
	case addr == unspecified, addr == loopback:
		return nil
	case compatible.Contains(addr), nat64.Contains(addr), nat64Local.Contains(addr):
		return []netip.Addr{netip.AddrFrom4([4]byte(b[12:16]))}
	case sixToFour.Contains(addr):
		return []netip.Addr{netip.AddrFrom4([4]byte(b[2:6]))}
	case teredo.Contains(addr): // the server, and the client with its bits flipped
		client := [4]byte{^b[12], ^b[13], ^b[14], ^b[15]}
		return []netip.Addr{netip.AddrFrom4([4]byte(b[4:8])), netip.AddrFrom4(client)}
	}
	return nil
}
