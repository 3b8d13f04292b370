// Package link is what the newswire knows about URLs: their canonical form
// (the WHATWG URL standard's, which is what browsers do), resolution against a
// base, the list of parameters that track readers, whose site a URL is of, and
// whether it carries a secret.
//
// Invariant: whatever Resolve and Source return is an absolute URL of a scheme
// that is safe to put into a page or a feed, without user or password. Whether an
// address may be dialled is not decided here but where it is dialled.
package link

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/nlnwa/whatwg-url/url"
	"golang.org/x/net/publicsuffix"
)

// The parser takes time that grows with the square of some URLs' length, such as
// one of "@" alone. These bounds keep any one below a millisecond or so; real URLs
// stay far below them.
const (
	maxBytes = 4 << 10 // of a URL
	maxBase  = 2 << 10 // of a base that others are resolved against
	maxAts   = 32      // "@" in a URL
)

// errTooLong refuses a URL beyond those bounds.
var errTooLong = fmt.Errorf("longer than %d bytes, or more than %d \"@\"", maxBytes, maxAts)

// Resolve returns ref as an absolute URL in canonical form, resolved against base
// where it is relative (WHATWG URL, which repairs what RFC 3986 calls an error).
// base may be ""; one that is unusable only matters to a relative ref. Only http,
// https and mailto come out; user and password are removed.
func Resolve(base, ref string) (string, error) {
	if canonical(ref) {
		return ref, nil
	}
	if joined := join(base, ref); canonical(joined) {
		return joined, nil
	}
	u, err := parse(base, ref)
	if err != nil {
		return "", fmt.Errorf("resolve %s: %w", quote(ref), err)
	}
	switch u.Scheme() {
	case "http", "https":
		u.SetUsername("")
		u.SetPassword("")
		return u.Href(false), nil
	case "mailto":
		return u.Href(false), nil
	}
	return "", fmt.Errorf("resolve %s: scheme %q is not http, https or mailto", quote(ref), u.Scheme())
}

func parse(base, ref string) (*url.Url, error) {
	if len(ref) > maxBytes || strings.Count(ref, "@") > maxAts {
		return nil, errTooLong
	}
	if base != "" && len(base) <= maxBase && strings.Count(base, "@") <= maxAts {
		if b, err := url.Parse(base); err == nil {
			return b.Parse(ref)
		}
	}
	return url.Parse(ref)
}

// Host returns the host of an absolute URL: lower case, without port, an
// international name as punycode, an IPv6 address in brackets; "" where there is
// none.
func Host(u string) string {
	if canonical(u) {
		_, rest, _ := strings.Cut(u, "://")
		host, _, _ := strings.Cut(rest, "/")
		return host
	}
	p, err := parse("", u)
	if err != nil {
		return ""
	}
	return p.Hostname()
}

// Site returns the registrable domain of an absolute URL, by the Public Suffix List:
// hosts that share it are one owner's, as those below a hoster's suffix such as
// github.io are not. Where there is none (an address, a name of one label, a suffix
// itself) it is the host; "" where there is no host.
func Site(u string) string {
	host := Host(u)
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return host
	}
	site, err := publicsuffix.EffectiveTLDPlusOne(strings.TrimSuffix(host, "."))
	if err != nil {
		return host
	}
	return site
}

// Key returns a form of u for comparing, never for dialling: URLs that differ only
// in http or https, a leading "www.", a default port, tracking parameters, a
// trailing slash or a fragment have one key. A fragment that is a route of the
// page's own ("#!/…", "#/…") says which article it is, and stays.
func Key(u string) string {
	if !canonical(u) {
		if p, err := parse("", u); err == nil && p.IsSpecialScheme() {
			p.SetUsername("")
			p.SetPassword("")
			u = p.Href(false)
		}
	}
	u = Clean(u)
	scheme, rest, ok := strings.Cut(u, "://")
	if !ok || scheme != "http" && scheme != "https" {
		return u
	}
	rest, fragment, _ := strings.Cut(rest, "#")
	path, query, asked := strings.Cut(rest, "?")
	key := strings.TrimSuffix(strings.TrimPrefix(path, "www."), "/")
	if asked {
		key += "?" + query
	}
	if strings.HasPrefix(fragment, "!") || strings.HasPrefix(fragment, "/") {
		key += "#" + fragment
	}
	return key
}

// Source returns the canonical form of a URL that an operator writes for a source:
// absolute http or https with a host, without user, password or fragment. The
// error says what is wrong with it and does not repeat it.
func Source(raw string) (string, error) {
	lower := strings.ToLower(raw)
	switch {
	case raw == "":
		return "", errors.New("URL is empty")
	case strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return "", errors.New("URL contains white space or control characters")
	case !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://"):
		return "", errors.New("URL does not start with http:// or https://")
	}
	u, err := parse("", raw)
	if err != nil {
		return "", fmt.Errorf("URL is invalid: %w", err)
	}
	if u.Username() != "" || u.Password() != "" {
		return "", errors.New("URL contains a user or password (use auth_file or auth_env)")
	}
	if u.Hostname() == "" {
		return "", errors.New("URL has no host")
	}
	return u.Href(true), nil
}

// canonical reports whether u is plainly its own canonical form: an absolute http
// or https URL of harmless characters with a plain lower-case host name. It spares
// the parser most of the URLs there are; a false is no verdict.
func canonical(u string) bool {
	rest, ok := strings.CutPrefix(u, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(u, "http://"); !ok {
			return false
		}
	}
	slash := strings.IndexByte(rest, '/')
	if slash < 0 || len(u) > maxBytes || !plainHost(rest[:slash]) {
		return false
	}
	path := rest[slash:]
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '.' && path[i-1] == '/': // may start a dot segment
			return false
		case c == '%' && !plainEscape(path[i+1:]):
			return false
		case c != '%' && !plainByte(c):
			return false
		}
	}
	return true
}

// plainHost accepts dotted names of a–z, 0–9 and single hyphens whose last label
// is letters alone, so that it is neither a number nor punycode.
func plainHost(h string) bool {
	if len(h) == 0 || len(h) > 253 {
		return false
	}
	last := byte('.')
	letters := false
	for i := 0; i < len(h); i++ {
		c := h[i]
		switch {
		case 'a' <= c && c <= 'z':
			letters = letters || last == '.'
		case '0' <= c && c <= '9':
			letters = false
		case c == '-' && last != '-' && last != '.':
			letters = false
		case c == '.' && last != '-' && last != '.':
			letters = false
		default:
			return false
		}
		last = c
	}
	return letters
}

// plainByte accepts what no part of a URL's path, query or fragment rewrites.
func plainByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("-._~/?&=+:;,@!$*()#", c) >= 0
}

// plainEscape accepts the two hexadecimal digits after a "%", but for "%2e", which
// counts as a dot.
func plainEscape(s string) bool {
	return len(s) >= 2 && isHex(s[0]) && isHex(s[1]) && (s[0] != '2' || s[1]|0x20 != 'e')
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// join resolves the commonest relative references, "/path" and "path", against a
// plain base; "" for others. What it returns must still prove canonical.
func join(base, ref string) string {
	if ref == "" || len(base) > maxBase || !canonical(base) || strings.HasPrefix(ref, "//") {
		return ""
	}
	end := strings.IndexByte(base[len("https://"):], '/') + len("https://")
	if ref[0] == '/' {
		return base[:end] + ref
	}
	if ref[0] == '?' || ref[0] == '#' || strings.Contains(ref, ":") {
		return ""
	}
	path, _, _ := strings.Cut(base, "#")
	path, _, _ = strings.Cut(path, "?")
	return path[:strings.LastIndexByte(path, '/')+1] + ref
}

// quote shortens a URL for an error.
func quote(u string) string {
	if len(u) > 200 {
		u = u[:200] + "…"
	}
	return fmt.Sprintf("%q", u)
}
