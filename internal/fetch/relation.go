package fetch

import (
	"net/http"
	"slices"
	"strings"

	"rightswire/internal/link"
)

// maxAlternates bounds the feeds that an answer's Link fields name.
const maxAlternates = 20

// feedTypes are the media types of feeds.
var feedTypes = []string{"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}

// relate fills in what Link fields say (RFC 8288; WebSub section 4): the first
// targets with the relation types hub and self, and the alternates that are feeds,
// all absolute.
func (r *Response) relate(h http.Header) {
	for _, field := range h["Link"] {
		for rest := field; rest != ""; {
			var l webLink
			l, rest = nextLink(rest)
			for kind := range strings.FieldsSeq(l.rel) {
				switch {
				case r.Hub == "" && strings.EqualFold(kind, "hub"):
					r.Hub = l.resolve(r.FinalURL)
				case r.Topic == "" && strings.EqualFold(kind, "self"):
					r.Topic = l.resolve(r.FinalURL)
				case strings.EqualFold(kind, "alternate") && l.isFeed() && len(r.Alternates) < maxAlternates:
					if feed := l.resolve(r.FinalURL); feed != "" {
						r.Alternates = append(r.Alternates, feed)
					}
				}
			}
		}
	}
}

// A webLink is one link of a Link field, as written.
type webLink struct {
	target, rel, media string
}

func (l *webLink) isFeed() bool {
	media, _, _ := strings.Cut(strings.ToLower(l.media), ";")
	return slices.Contains(feedTypes, strings.TrimSpace(media))
}

// resolve returns the target as an absolute address; "" where it leads to nothing
// that can be asked for.
func (l *webLink) resolve(base string) string {
	abs, err := link.Resolve(base, l.target)
	if err != nil {
		return ""
	}
	if _, err := parseURL(abs); err != nil {
		return ""
	}
	return abs
}

// nextLink reads the first link of a field's value (RFC 8288 section 3), and what
// follows. A link about something else than the document (anchor) has no rel for us;
// a value that is no link ends the field.
func nextLink(s string) (l webLink, rest string) {
	s = strings.TrimLeft(s, " \t,")
	if !strings.HasPrefix(s, "<") {
		return l, ""
	}
	target, s, ok := strings.Cut(s[1:], ">")
	if !ok {
		return l, ""
	}
	l.target = target
	said, elsewhere := false, false
	for {
		s = strings.TrimLeft(s, " \t")
		if !strings.HasPrefix(s, ";") {
			break
		}
		var name, value string
		name, value, s = nextParameter(s[1:])
		switch {
		case strings.EqualFold(name, "rel") && !said:
			l.rel, said = value, true
		case strings.EqualFold(name, "type") && l.media == "":
			l.media = value
		case strings.EqualFold(name, "anchor"):
			elsewhere = true
		}
	}
	if elsewhere {
		l.rel = ""
	}
	if !strings.HasPrefix(s, ",") {
		s = ""
	}
	return l, s
}

// nextParameter reads name=token or name="quoted", and what follows.
func nextParameter(s string) (name, value, rest string) {
	end := strings.IndexAny(s, "=;,")
	if end < 0 {
		return strings.TrimSpace(s), "", ""
	}
	name, s = strings.TrimSpace(s[:end]), s[end:]
	if s[0] != '=' {
		return name, "", s
	}
	s = strings.TrimLeft(s[1:], " \t")
	if strings.HasPrefix(s, `"`) {
		value, rest = quoted(s[1:])
		return name, value, rest
	}
	if end = strings.IndexAny(s, ";,"); end < 0 {
		end = len(s)
	}
	return name, strings.TrimSpace(s[:end]), s[end:]
}

// quoted reads the rest of a quoted string (RFC 9110 section 5.6.4), and what
// follows.
func quoted(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}
