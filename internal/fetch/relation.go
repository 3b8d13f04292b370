package fetch

import (
	"net/http"
	"strings"

	"rightswire/internal/link"
)

// relations returns the targets of the first Link fields with the relation types
// hub and self (RFC 8288; WebSub section 4), absolute; "" where there is none.
func relations(h http.Header, base string) (hub, self string) {
	for _, field := range h["Link"] {
		for rest := field; rest != "" && (hub == "" || self == ""); {
			var target, rel string
			target, rel, rest = nextLink(rest)
			for kind := range strings.FieldsSeq(rel) {
				switch {
				case hub == "" && strings.EqualFold(kind, "hub"):
					hub = webLink(base, target)
				case self == "" && strings.EqualFold(kind, "self"):
					self = webLink(base, target)
				}
			}
		}
	}
	return hub, self
}

// webLink resolves a link; "" where it leads to nothing that can be asked for.
func webLink(base, target string) string {
	abs, err := link.Resolve(base, target)
	if err != nil {
		return ""
	}
	if _, err := parseURL(abs); err != nil {
		return ""
	}
	return abs
}

// nextLink reads the first link of a field's value (RFC 8288 section 3): its
// target and relation types, and what follows. A link about something else than
// the document (anchor) has no rel for us; a value that is no link ends the field.
func nextLink(s string) (target, rel, rest string) {
	s = strings.TrimLeft(s, " \t,")
	if !strings.HasPrefix(s, "<") {
		return "", "", ""
	}
	target, s, ok := strings.Cut(s[1:], ">")
	if !ok {
		return "", "", ""
	}
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
			rel, said = value, true
		case strings.EqualFold(name, "anchor"):
			elsewhere = true
		}
	}
	if elsewhere {
		rel = ""
	}
	if !strings.HasPrefix(s, ",") {
		s = ""
	}
	return target, rel, s
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
