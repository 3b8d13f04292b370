package discover

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"rightswire/internal/link"
	"rightswire/internal/text"
)

// maxRaw bounds what is taken for an address, in bytes.
const maxRaw = 8 << 10

var (
	// scheme splits an address that has one from the rest; a host with a port looks
	// alike.
	scheme   = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]{0,20}):(.*)$`)
	portOnly = regexp.MustCompile(`^[0-9]{1,5}(?:[/?#].*)?$`)
	// wrapped is an address with a scheme of its own behind another.
	wrapped = regexp.MustCompile(`^(?i:https?|feed):/`)
	// handle is a name in the fediverse: @name@host.
	handle = regexp.MustCompile(`^@([\w.-]+)@([\w.-]+\.\w+)$`)
	// second is the beginning of another address behind a blank.
	second = regexp.MustCompile(`\s(?i:https?|feed)://`)
)

// feedSchemes are those that readers and podcast programs register for; what they
// stand for is http (draft-obasanjo-feed-uri-scheme), and nowadays https.
var feedSchemes = []string{"feed", "rss", "podcast", "pcast", "itpc"}

// Address returns the likeliest address that raw means: a canonical http or https
// URL. The error says what is wrong with it.
func Address(raw string) (string, error) {
	spellings, err := addresses(raw)
	if err != nil {
		return "", err
	}
	return spellings[0], nil
}

// addresses returns what raw may mean as an address, the likeliest first: canonical
// http or https URLs.
func addresses(raw string) ([]string, error) {
	if len(raw) > maxRaw {
		return nil, fmt.Errorf("address is longer than %d bytes", maxRaw)
	}
	s := bare(text.Clean(raw))
	switch {
	case s == "":
		return nil, errors.New("address is empty: give that of a site, a page or a feed")
	case second.MatchString(s):
		return nil, errors.New("more than one address: give them one at a time")
	}
	// A line break inside is where a mail or a terminal wrapped it.
	s = strings.NewReplacer("\t", "", "\r", "", "\n", "", " ", "%20").Replace(s)
	if m := handle.FindStringSubmatch(s); m != nil {
		s = "https://" + m[2] + "/@" + m[1]
	}
	return understood(s)
}

// invisible are blanks, marks of direction and quotes around what is pasted.
const invisible = " \t\r\n\u00a0\u200b\u200e\u200f\u2066\u2067\u2068\u2069\ufeff\"'`“”„«»‘’"

// bare takes off what pasting leaves around an address: blanks, quotes, a pair of
// brackets, the comma or full stop after it.
func bare(s string) string {
	s = strings.Trim(s, invisible)
	for _, pair := range []string{"<>", "()", "[]"} {
		if rest, ok := strings.CutPrefix(s, pair[:1]); ok {
			rest, _, _ = strings.Cut(rest, pair[1:])
			s = strings.Trim(rest, invisible)
		}
	}
	return strings.TrimRight(s, ",;."+invisible)
}

// understood reads an address by its scheme.
func understood(s string) ([]string, error) {
	m := scheme.FindStringSubmatch(s)
	if m == nil || portOnly.MatchString(m[2]) {
		return guesses(strings.TrimLeft(s, "/"))
	}
	name, rest := strings.ToLower(m[1]), strings.TrimLeft(m[2], "/")
	wraps := name == "url" || name == "view-source" || slices.Contains(feedSchemes, name)
	switch {
	case wraps, wrapped.MatchString(rest):
		return understood(rest)
	case name == "http", name == "https":
		address, err := link.Source(name + "://" + rest)
		return []string{address}, err
	}
	return nil, fmt.Errorf("an address with the scheme %q is no web page or feed: give one that begins with https://", name)
}

// guesses are the addresses that one without a scheme may stand for: most sites
// answer to https, some to http alone, some only with www before their name.
func guesses(s string) ([]string, error) {
	first, err := link.Source("https://" + s)
	if err != nil {
		return nil, err
	}
	host, out := link.Host(first), []string{first}
	if plain, err := link.Source("http://" + s); err == nil {
		out = append(out, plain)
	}
	if www, err := link.Source("https://www." + s); err == nil && strings.Contains(host, ".") && link.Site(first) == host {
		out = append(out, www)
	}
	return out, nil
}
