package parse

import (
	"bytes"
	"mime"
	"regexp"

	"rightswire/internal/charset"
)

// declaredEncoding finds the label in an XML declaration.
var declaredEncoding = regexp.MustCompile(`^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']`)

// decode returns a document as UTF-8 without a byte order mark, and without what
// XML 1.0 forbids: control characters, U+FFFE, U+FFFF and references to them. Of
// what is said of its character set, the HTTP header is trusted more than the XML
// declaration (RFC 7303 section 3.2).
func decode(body []byte, contentType string, r *repairs) []byte {
	out, repair := charset.Decode(body, httpCharset(contentType), xmlEncoding(body))
	if repair != "" {
		r.add(repair)
	}
	out, n := dropForbidden(lineEnds(out))
	out, m := dropReferences(out)
	if n+m > 0 {
		r.add("dropped characters that XML forbids")
	}
	return out
}

// lineEnds makes every line end one line feed (XML 1.0 section 2.11), before ids
// are made: a server that changes them changes nothing.
func lineEnds(b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(b, []byte("\r"), []byte("\n"))
}

func httpCharset(contentType string) string {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil && params == nil {
		return ""
	}
	return params["charset"]
}

func xmlEncoding(body []byte) string {
	if m := declaredEncoding.FindSubmatch(body[:min(len(body), 512)]); m != nil {
		return string(m[1])
	}
	return ""
}

// suspect marks the bytes that begin a character XML forbids, or may.
var suspect = [256]bool{
	0: true, 1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 11: true, 12: true,
	14: true, 15: true, 16: true, 17: true, 18: true, 19: true, 20: true, 21: true, 22: true, 23: true,
	24: true, 25: true, 26: true, 27: true, 28: true, 29: true, 30: true, 31: true,
	0xef: true,
}

// forbidden returns the length of the forbidden character at b[i], of which
// suspect is true; 0 where it is fine.
func forbidden[T string | []byte](b T, i int) int {
	if b[i] != 0xef {
		return 1
	}
	if i+2 < len(b) && b[i+1] == 0xbf && b[i+2] >= 0xbe { // U+FFFE, U+FFFF
		return 3
	}
	return 0
}

// dropForbidden removes the characters that XML 1.0 forbids from UTF-8 and counts
// them. It copies only where there are any.
func dropForbidden(b []byte) ([]byte, int) {
	var out []byte
	from, n := 0, 0
	for i := 0; i < len(b); i++ {
		if !suspect[b[i]] {
			continue
		}
		if size := forbidden(b, i); size > 0 {
			out = append(out, b[from:i]...)
			i += size - 1
			from = i + 1
			n++
		}
	}
	if n == 0 {
		return b, 0
	}
	return append(out, b[from:]...), n
}

// legal is dropForbidden for a string.
func legal(s string) string {
	for i := 0; i < len(s); i++ {
		if suspect[s[i]] && forbidden(s, i) > 0 {
			out, _ := dropForbidden([]byte(s))
			return string(out)
		}
	}
	return s
}

// dropReferences blanks numeric references to forbidden characters, and counts
// them. It copies only where there are any.
func dropReferences(b []byte) ([]byte, int) {
	var out []byte
	from, n := 0, 0
	for i := 0; i < len(b); {
		j := bytes.Index(b[i:], []byte("&#"))
		if j < 0 {
			break
		}
		i += j
		size, code := numeric(b[i:])
		if size == 0 {
			i += 2
			continue
		}
		if code < 0x20 && code != '\t' && code != '\n' && code != '\r' || code == 0xFFFE || code == 0xFFFF {
			// A blank takes its place, lest the rest join into another one.
			out = append(append(out, b[from:i]...), ' ')
			from = i + size
			n++
		}
		i += size
	}
	if n == 0 {
		return b, 0
	}
	return append(out, b[from:]...), n
}

// numeric reads the numeric reference that b starts with: its length, 0 where it
// is none, and the character's number.
func numeric(b []byte) (size int, code uint32) {
	i, base := 2, uint32(10)
	if i < len(b) && (b[i] == 'x' || b[i] == 'X') {
		i, base = 3, 16
	}
	start := i
	for ; i < len(b) && i < maxEntity; i++ {
		c := b[i]
		var d uint32
		switch {
		case c >= '0' && c <= '9':
			d = uint32(c - '0')
		case base == 16 && c >= 'a' && c <= 'f':
			d = uint32(c-'a') + 10
		case base == 16 && c >= 'A' && c <= 'F':
			d = uint32(c-'A') + 10
		case c == ';' && i > start:
			return i + 1, code
		default:
			return 0, 0
		}
		if code < 1<<21 { // beyond every character; more digits change nothing
			code = code*base + d
		}
	}
	return 0, 0
}
