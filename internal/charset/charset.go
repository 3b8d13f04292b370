// Package charset turns the bytes of a document into UTF-8, whatever set of
// characters they are in and whatever is said of them.
//
// Invariant: Decode never fails and always returns valid UTF-8, in time and memory
// that grow with the length of the document alone. What the bytes show by
// themselves is believed before what is said of them, because publishers, their
// software and their servers say it without looking.
//
// Finding what is said (in an HTTP header, an XML declaration, a meta element) is
// left to those who know the format, as are the characters that a format forbids.
package charset

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

const (
	// mark is the byte order mark in UTF-8.
	mark = "\xef\xbb\xbf"
	// goodPerBad is how many characters of several bytes a document in UTF-8 has
	// at least for each bad byte. With fewer it is in something else: by chance,
	// text in GBK forms one for a dozen bad bytes, in other sets for more.
	goodPerBad = 1
)

// Decode returns body as UTF-8 without a byte order mark. It may alias body.
//
// The labels are what is said of the character set, the most trusted first; "" is
// skipped. Believed are, in this order: a byte order mark; the pattern of zero
// bytes that UTF-16 and UTF-32 make; the escapes of the sets of seven bits
// (ISO-2022-JP, ISO-2022-KR, HZ); bytes that are UTF-8 throughout or nearly so;
// the labels, but for those that are unknown, cannot be or make nonsense of the
// text; and in the end a guess.
//
// The repair is a short sentence on what the publisher should mend, or "". Bytes
// that mean nothing become U+FFFD. A label is read as the WHATWG Encoding Standard
// says, then as IANA's registry does.
func Decode(body []byte, labels ...string) (out []byte, repair string) {
	out, repair = decode(body, labels)
	if out, taken := windowsControls(out); taken {
		return out, cmp.Or(repair, "controls were taken for what windows-1252 has in their place")
	}
	return out, repair
}

func decode(body []byte, labels []string) (out []byte, repair string) {
	if s, marked := wide(body); s.enc != nil {
		if marked {
			labels = []string{s.name}
		}
		return s.read(body, labels)
	}
	if rest := unmarked(body); len(rest) < len(body) {
		body, labels = rest, append([]string{utf8Name}, labels...)
	}
	if utf8.Valid(body) {
		if s := escaped(body, labels); s.enc != nil {
			return s.read(body, labels)
		}
		return body, misfit(body, labels)
	}
	if mostlyUTF8(body) {
		return bytes.ToValidUTF8(body, []byte("\uFFFD")), "bytes that are no UTF-8 were replaced"
	}
	return choose(body, labels).read(body, labels)
}

// controls is the first byte of U+0080 to U+00BF in UTF-8; up to U+009F they are
// controls that nobody means.
const controls = 0xc2

// windowsControls replaces U+0080 to U+009F by what windows-1252 has there, as HTML
// does with references to them: somebody took one set for the other.
func windowsControls(b []byte) (out []byte, taken bool) {
	from := 0
	for i := bytes.IndexByte(b, controls); i >= 0 && i+1 < len(b); i++ {
		if b[i] != controls || b[i+1] < 0x80 || b[i+1] > 0x9f {
			continue
		}
		c := charmap.Windows1252.DecodeByte(b[i+1])
		if c == utf8.RuneError { // nothing is there
			continue
		}
		out = utf8.AppendRune(append(out, b[from:i]...), c)
		from = i + 2
	}
	if from == 0 {
		return b, false
	}
	return append(out, b[from:]...), true
}

// misfit says that a body of UTF-8 is labelled as something else. Where it is ASCII
// alone, nothing can be wrong.
func misfit(body []byte, labels []string) string {
	said := first(labels)
	if said == "" || names(said, utf8Name) || ascii(body) {
		return ""
	}
	return wrong(said, utf8Name)
}

// read turns body from the set into UTF-8.
func (s set) read(body []byte, labels []string) (out []byte, repair string) {
	out = unmarked(s.transcode(body))
	switch said := first(labels); {
	case said == "":
		repair = "no character set is given: read as " + s.name
	case !names(said, s.name):
		repair = wrong(said, s.name)
	case bytes.Contains(out, []byte("\uFFFD")):
		repair = "bytes that are no " + s.name + " were replaced"
	}
	return out, repair
}

// unmarked drops byte order marks, of which some documents have several.
func unmarked(b []byte) []byte {
	for bytes.HasPrefix(b, []byte(mark)) {
		b = b[len(mark):]
	}
	return b
}

func wrong(said, is string) string {
	const most = 40 // bytes of a label that are repeated
	return fmt.Sprintf("the character set %q does not fit: read as %s", said[:min(len(said), most)], is)
}

// first returns the most trusted label; "" where there is none.
func first(labels []string) string {
	for _, l := range labels {
		if l = strings.TrimSpace(l); l != "" {
			return l
		}
	}
	return ""
}

// mostlyUTF8 reports whether a body that is not valid UTF-8 was meant to be. A
// character that the end of the body cuts is no fault.
func mostlyUTF8(body []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(body); {
		if body[i] < utf8.RuneSelf {
			i++
			continue
		}
		if !utf8.FullRune(body[i:]) {
			break
		}
		if c, size := utf8.DecodeRune(body[i:]); c != utf8.RuneError || size > 1 {
			good++
			i += size
		} else {
			bad++
			i++
		}
	}
	return good > 0 && bad*goodPerBad <= good
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
