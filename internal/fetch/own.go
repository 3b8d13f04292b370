package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// errOwn refuses what is ours: a reader that reads itself would publish its own
// words as news, and hand its operator's credentials to its own pages.
var errOwn = fmt.Errorf("%w: it is an address of our own", errRefused)

// own lists the addresses that are ours.
type own []place

// A place is where we listen or publish.
type place struct {
	host  string     // as a URL has it; "" is every address of this machine
	addr  netip.Addr // of a host that is a literal; else the zero Addr
	ports []uint16   // nil is all
	path  string     // what is ours begins so; "" is everything
}

// parseOwn reads hosts ("wire.example.org"), listen addresses ("127.0.0.1:8080",
// ":8080") and URLs. Of a URL with a path, what is below it is ours; one at the
// web's own ports is ours at both.
func parseOwn(entries []string) (own, error) {
	var o own
	for _, entry := range entries {
		places, err := parsePlaces(entry)
		if err != nil {
			return nil, fmt.Errorf("own address %q: %w", entry, err)
		}
		o = append(o, places...)
	}
	return o, nil
}

func parsePlaces(entry string) ([]place, error) {
	if port, ok := strings.CutPrefix(entry, ":"); ok {
		ports, err := parsePort(port)
		return []place{{ports: ports}}, err
	}
	raw, listens := entry, !strings.Contains(entry, "://")
	if listens {
		raw = "http://" + entry
	}
	u, err := parseURL(raw)
	if err != nil {
		return nil, err
	}
	p := place{host: strings.TrimSuffix(u.Hostname(), "."), path: strings.TrimSuffix(u.EscapedPath(), "/")}
	switch port := u.Port(); {
	case listens && port == "":
	case !listens && (port == "" || port == "80" || port == "443"):
		p.ports = []uint16{80, 443}
	default:
		if p.ports, err = parsePort(port); err != nil {
			return nil, err
		}
	}
	if p.host == "localhost" {
		return []place{p, p.at(netip.AddrFrom4([4]byte{127, 0, 0, 1})), p.at(loopback)}, nil
	}
	if addr, ok := literal(p.host); ok {
		p = p.at(addr)
	}
	return []place{p}, nil
}

// at returns the place at an address.
func (p place) at(addr netip.Addr) place {
	p.host, p.addr = addr.String(), addr
	if addr.IsUnspecified() {
		p.host, p.addr = "", netip.Addr{}
	}
	return p
}

// parsePort reads one port. Nobody can ask for port 0, which a listener takes for
// any that is free.
func parsePort(port string) ([]uint16, error) {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, errors.New("the port is no number up to 65535")
	}
	return []uint16{uint16(n)}, nil
}

// refuse says that a URL, which is dialled at port, is ours as far as it shows.
func (o own) refuse(u *url.URL, port uint16) error {
	host := strings.TrimSuffix(u.Hostname(), ".")
	for i := range o {
		if p := &o[i]; p.host == host && p.serves(port) && p.holds(u) {
			return fmt.Errorf("%w (%s)", errOwn, u.Host)
		}
	}
	return nil
}

func (p *place) serves(port uint16) bool { return p.ports == nil || slices.Contains(p.ports, port) }

// holds reports whether a URL's path is within the place.
func (p *place) holds(u *url.URL) bool {
	if p.path == "" {
		return true
	}
	rest, ok := strings.CutPrefix(u.EscapedPath(), p.path)
	return ok && (rest == "" || rest[0] == '/')
}

// refuseAddr says that an address and port are ours, right before they are
// dialled: whatever name led there.
func (o own) refuseAddr(addr netip.Addr, port uint16) error {
	for i := range o {
		if p := &o[i]; p.path == "" && p.serves(port) && p.is(addr) {
			return fmt.Errorf("%w (%s)", errOwn, netip.AddrPortFrom(addr, port))
		}
	}
	return nil
}

// is reports whether dialling addr leads to the place. The unspecified address
// leads to loopback.
func (p *place) is(addr netip.Addr) bool {
	switch {
	case p.host == "":
		return isLocal(addr)
	case addr.IsUnspecified():
		return p.addr.IsLoopback()
	}
	return p.addr == addr
}

// isLocal reports whether this machine answers at addr.
func isLocal(addr netip.Addr) bool {
	if addr.IsLoopback() || addr.IsUnspecified() {
		return true
	}
	interfaces, err := net.InterfaceAddrs()
	if err != nil {
		return true // nobody can tell: better one source too few than ourselves
	}
	return slices.ContainsFunc(interfaces, func(a net.Addr) bool {
		p, err := netip.ParsePrefix(a.String())
		return err == nil && p.Addr().WithZone("") == addr.WithZone("")
	})
}
