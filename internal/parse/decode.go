package parse

import (
	"bytes"
	"fmt"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// declaredEncoding finds the label in an XML declaration.
var declaredEncoding = regexp.MustCompile(`^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']`)

// goodPerBad is how many good multi-byte characters a document in UTF-8 has at
// least for each bad byte. With fewer it is in something else.
const goodPerBad = 4

// decode returns a document as UTF-8 without a byte order mark, and without what
// XML 1.0 forbids: control characters, U+FFFE, U+FFFF and references to them.
// What the bytes show wins over what is said of them: a byte order mark, then
// UTF-8 that is valid throughout, then the charset of the HTTP header, then that
// of the XML declaration.
func decode(body []byte, contentType string, r *repairs) []byte {
	out := lineEnds(toUTF8(body, contentType, r))
	out, n := dropForbidden(out)
	out, m := dropReferences(out)
	if n+m > 0 {
		r.add(fmt.Sprintf("dropped %d characters that XML forbids", n+m))
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

func toUTF8(body []byte, contentType string, r *repairs) []byte {
	if rest, ok := bytes.CutPrefix(body, []byte("\xef\xbb\xbf")); ok {
		return validUTF8(rest, r)
	}
	if e := wide(body); e != nil {
		return transcode(e, body)
	}
	labels := []string{httpCharset(contentType), xmlEncoding(body)}
	if utf8.Valid(body) && !escaped(body, labels) {
		return body
	}
	for _, label := range labels {
		if e := lookupEncoding(label); e != nil {
			return transcode(e, body)
		}
	}
	if mostlyUTF8(body) {
		return validUTF8(body, r)
	}
	r.add("no character set is given: read as windows-1252")
	return transcode(charmap.Windows1252, body)
}

// wide recognises UTF-16 and UTF-32 by their byte order mark or their first
// character.
func wide(b []byte) encoding.Encoding {
	if len(b) < 4 {
		return nil
	}
	head := string(b[:4])
	switch {
	case head == "\xff\xfe\x00\x00", head == "<\x00\x00\x00", head == "{\x00\x00\x00":
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case head == "\x00\x00\xfe\xff", head == "\x00\x00\x00<", head == "\x00\x00\x00{":
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case head[:2] == "\xff\xfe", head[:2] == "<\x00", head[:2] == "{\x00":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case head[:2] == "\xfe\xff", head[:2] == "\x00<", head[:2] == "\x00{":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	return nil
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

// escaped reports whether a body of seven-bit bytes is labelled as ISO-2022-JP and
// uses its escapes; as UTF-8 it would be valid, and nonsense.
func escaped(body []byte, labels []string) bool {
	for _, l := range labels {
		if strings.EqualFold(l, "iso-2022-jp") {
			return bytes.IndexByte(body, 0x1b) >= 0
		}
	}
	return false
}

// lookupEncoding returns the encoding that a label names; nil where it names
// none, or UTF-8, which the bytes are not.
func lookupEncoding(label string) encoding.Encoding {
	if label == "" {
		return nil
	}
	e, err := htmlindex.Get(label)
	if err != nil || e == encoding.Replacement || e == unicode.UTF8 {
		return nil
	}
	if name, err := htmlindex.Name(e); err != nil || strings.HasPrefix(name, "utf-16") {
		return nil // in bytes that are none
	}
	return e
}

// transcode never fails: what cannot be decoded becomes U+FFFD.
func transcode(e encoding.Encoding, body []byte) []byte {
	out, err := e.NewDecoder().Bytes(body)
	if err != nil {
		return bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	return bytes.TrimPrefix(out, []byte("\uFEFF"))
}

// mostlyUTF8 reports whether a body that is not valid UTF-8 was meant to be.
func mostlyUTF8(body []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(body); {
		if body[i] < utf8.RuneSelf {
			i++
			continue
		}
		c, size := utf8.DecodeRune(body[i:])
		if c == utf8.RuneError && size == 1 {
			bad++
		} else {
			good++
		}
		i += size
	}
	return bad*goodPerBad <= good
}

func validUTF8(b []byte, r *repairs) []byte {
	if utf8.Valid(b) {
		return b
	}
	r.add("replaced bytes that are no UTF-8")
	return bytes.ToValidUTF8(b, []byte("\uFFFD"))
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
