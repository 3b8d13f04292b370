package charset

import (
	"bytes"
)

const (
	esc      = 0x1b
	shiftOut = 0x0e
	shiftIn  = 0x0f
	// designator is what a document in ISO-2022-KR begins with (RFC 1557).
	designator = "\x1b$)C"
	// escapeHead is how many bytes are searched for escapes that no label speaks of.
	// The title of the document is there, and some items.
	escapeHead = 64 << 10
)

// escaped recognises the sets whose bytes are all of seven bits and which escape to
// and from two bytes a character. As UTF-8 such a body is valid, and nonsense. The
// zero set stands for none.
func escaped(body []byte, labels []string) set {
	for _, l := range labels {
		if s := lookup(l); s.sevenBits() && s.escapes(body) && ascii(body) {
			return s
		}
	}
	head := body[:min(len(body), escapeHead)]
	escapes, braces := bytes.IndexByte(head, esc) >= 0, bytes.Contains(head, []byte("~{"))
	switch {
	case !escapes && !braces || !ascii(body):
		return set{}
	case bytes.Contains(head, []byte(designator)):
		return named(iso2022krName)
	case bytes.Contains(head, []byte("\x1b$B")), bytes.Contains(head, []byte("\x1b$@")):
		return named(iso2022jpName)
	case braces && hz(body):
		return named(hzName)
	}
	return set{}
}

func (s set) sevenBits() bool {
	return s.name == iso2022jpName || s.name == iso2022krName || s.name == hzName
}

// escapes reports whether the escapes of a set of seven bits are in body.
func (s set) escapes(body []byte) bool {
	switch s.name {
	case iso2022jpName:
		return bytes.IndexByte(body, esc) >= 0
	case iso2022krName:
		return bytes.IndexByte(body, shiftOut) >= 0
	}
	return bytes.Contains(body, []byte("~{"))
}

// hz reports whether what stands between the braces of HZ (RFC 1843) is Chinese
// text throughout: templates and programs write such braces too.
func hz(body []byte) bool {
	total, usual := 0, 0
	for {
		_, rest, found := bytes.Cut(body, []byte("~{"))
		if !found {
			return total >= 4 && usual*10 >= total*9
		}
		text, after, found := bytes.Cut(rest, []byte("~}"))
		if !found || len(text) == 0 || len(text)%2 != 0 {
			return false
		}
		for i := 0; i < len(text); i += 2 {
			row, cell := text[i], text[i+1]
			if row < 0x21 || row > 0x77 || cell < 0x21 || cell > 0x7e {
				return false
			}
			total++
			if row <= 0x57 { // the 3,755 characters in use, and signs
				usual++
			}
		}
		body = after
	}
}

// unshift turns ISO-2022-KR into EUC-KR: between SO and SI, or the end of the line,
// two bytes make a character, with the high bit off.
func unshift(body []byte) []byte {
	out := make([]byte, 0, len(body))
	shifted := false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == shiftOut:
			shifted = true
		case c == shiftIn:
			shifted = false
		case c == esc && bytes.HasPrefix(body[i:], []byte(designator)):
			i += len(designator) - 1
		case c == '\n':
			shifted = false
			out = append(out, c)
		case shifted && c > ' ' && c < 0x7f:
			out = append(out, c|0x80)
		default:
			out = append(out, c)
		}
	}
	return out
}
