package web

import (
	"net/http"
	"strings"
	"time"
)

// condition returns the status that r's conditions lead to for c, of which v
// would be sent, and the validator to send along. The order is that of RFC 9110
// section 13.2.2.
//
// A client that holds another encoding of the same bytes is told so, under the
// validator it knows: what it holds is as good.
func condition(r *http.Request, c *Content, v *variant) (status int, etag []string) {
	if tags, ok := r.Header["If-Match"]; ok {
		if matching(tags, c, false) == nil {
			return http.StatusPreconditionFailed, v.etag
		}
	} else if at, ok := date(r.Header["If-Unmodified-Since"]); ok && c.Modified.After(at) {
		return http.StatusPreconditionFailed, v.etag
	}
	if tags, ok := r.Header["If-None-Match"]; ok {
		if known := matching(tags, c, true); known != nil {
			if contains(tags, v.etag[0], true) {
				known = v.etag
			}
			return http.StatusNotModified, known
		}
	} else if at, ok := date(r.Header["If-Modified-Since"]); ok && !c.Modified.IsZero() && !c.Modified.After(at) {
		return http.StatusNotModified, v.etag
	}
	return http.StatusOK, v.etag
}

// matching returns the validator of the first variant of c that is among tags,
// or nil.
func matching(tags []string, c *Content, weak bool) []string {
	if contains(tags, c.plain.etag[0], weak) {
		return c.plain.etag
	}
	if c.Gzip != nil && contains(tags, c.packed.etag[0], weak) {
		return c.packed.etag
	}
	return nil
}

// contains reports whether the list of entity tags in lines holds etag, a strong
// one, or is "*". By weak comparison W/"x" is "x" as well (section 8.8.3.2).
// Reading stops at what is no entity tag.
func contains(lines []string, etag string, weak bool) bool {
	for _, line := range lines {
		if strings.Trim(line, " \t") == "*" {
			return true
		}
		for {
			line = strings.TrimLeft(line, " \t,")
			rest, isWeak := strings.CutPrefix(line, "W/")
			if !strings.HasPrefix(rest, `"`) {
				break
			}
			end := strings.IndexByte(rest[1:], '"') + 2
			if end < 2 {
				break
			}
			if rest[:end] == etag && (weak || !isWeak) {
				return true
			}
			line = rest[end:]
		}
	}
	return false
}

// date reads a header that must hold one HTTP date; any other value counts as
// none (section 13.1.3).
func date(values []string) (time.Time, bool) {
	if len(values) != 1 {
		return time.Time{}, false
	}
	t, err := http.ParseTime(values[0])
	return t, err == nil
}

// acceptsGzip reports whether a client with these Accept-Encoding values takes
// gzip, and would not rather have no encoding (section 12.5.3).
func acceptsGzip(lines []string) bool {
	gzip, identity, any := -1, -1, -1 // weights in thousandths; -1: not named
	for _, line := range lines {
		for member := range strings.SplitSeq(line, ",") {
			coding, parameters, weighted := strings.Cut(member, ";")
			q := 1000
			if weighted {
				if q = weight(parameters); q < 0 {
					continue
				}
			}
			switch strings.ToLower(strings.Trim(coding, " \t")) {
			case "gzip", "x-gzip":
				gzip = q
			case "identity":
				identity = q
			case "*":
				any = q
			}
		}
	}
	if gzip < 0 {
		gzip = any
	}
	if identity < 0 {
		identity = any
	}
	return gzip > 0 && gzip >= identity
}

// weight reads "q=0.5" in thousandths; -1 where it is no weight.
func weight(s string) int {
	name, value, ok := strings.Cut(strings.Trim(s, " \t"), "=")
	if !ok || strings.ToLower(name) != "q" || len(value) == 0 || len(value) > 5 {
		return -1
	}
	if value[0] != '0' && value[0] != '1' || len(value) > 1 && value[1] != '.' {
		return -1
	}
	q, unit := int(value[0]-'0')*1000, 100
	for _, c := range []byte(value[min(2, len(value)):]) {
		if c < '0' || c > '9' {
			return -1
		}
		q += int(c-'0') * unit
		unit /= 10
	}
	if q > 1000 {
		return -1
	}
	return q
}
