package publish

import (
	"strings"

	"rightswire/internal/link"
)

const upperHex = "0123456789ABCDEF"

// address returns raw as an absolute http, https or mailto URI made of the
// characters RFC 3986 allows, or "" where it is none. Feeds are read by programs
// that refuse a whole document for one blank in an address.
func address(raw string) string {
	if raw == "" {
		return ""
	}
	if authority(raw) < 0 {
		u, err := link.Resolve("", raw)
		if err != nil {
			return ""
		}
		raw = u
	}
	if spelled(raw) {
		return raw
	}
	return spell(raw)
}

// web is address without mailto: a place to fetch something from, or a person's
// page, and never an e-mail address.
func web(raw string) string {
	if a := address(raw); !strings.HasPrefix(a, "mailto:") {
		return a
	}
	return ""
}

// authority returns where the authority of u ends; -1 where u is no http, https
// or mailto URI, or has a host that needs a parser: user information, an IPv6
// address, letters that are not ASCII.
func authority(u string) int {
	for _, scheme := range []string{"https://", "http://"} {
		if !strings.HasPrefix(u, scheme) {
			continue
		}
		end := len(scheme)
		for end < len(u) && inHost[u[end]] {
			end++
		}
		if end > len(scheme) && (end == len(u) || strings.IndexByte("/?#", u[end]) >= 0) {
			return end
		}
		return -1
	}
	if mail := len("mailto:"); len(u) > mail && u[:mail] == "mailto:" {
		return mail
	}
	return -1
}

// spelled reports whether u needs no percent-encoding.
func spelled(u string) bool {
	fragment := false
	for i := range len(u) {
		switch c := u[i]; {
		case c == '%' && !encoded(u, i), !inURI[c] && c != '%':
			return false
		case c == '#' && fragment:
			return false
		case c == '#':
			fragment = true
		}
	}
	return true
}

// spell percent-encodes what may not stand in a URI as it is. The brackets of an
// IPv6 host stay.
func spell(u string) string {
	host := max(authority(u), 0)
	if host == 0 && strings.Contains(u, "://[") {
		host = strings.IndexByte(u, ']') + 1
	}
	var b strings.Builder
	b.WriteString(u[:host])
	fragment := false
	for i := host; i < len(u); i++ {
		c := u[i]
		again := c == '#' && fragment
		fragment = fragment || c == '#'
		if inURI[c] && !again || c == '%' && encoded(u, i) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperHex[c>>4])
		b.WriteByte(upperHex[c&15])
	}
	return b.String()
}

// encoded reports whether the % at u[i] begins a percent-encoded octet.
func encoded(u string, i int) bool {
	return i+2 < len(u) && hexadecimal(u[i+1]) && hexadecimal(u[i+2])
}

func hexadecimal(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// inURI are the octets that RFC 3986 reserves or leaves unreserved, brackets and
// the percent sign aside.
var inURI = octets(alphabet + "-._~:/?#@!$&'()*+,;=")

// inName are the octets of a media type's names (RFC 6838 section 4.2).
var inName = octets(alphabet + "!#$&-^_.+")

// inHost are the octets of a host name and port.
var inHost = octets(alphabet + "-._:")

const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

func octets(set string) (t [256]bool) {
	for _, c := range []byte(set) {
		t[c] = true
	}
	return t
}
