package parse

import (
	"bytes"
	"encoding/json"
	"strings"
)

// maxMended is how long an entry may be to be mended: one that is longer than
// several of our bounds is not, and its mended form would take as much again.
const maxMended = 4 << 20

// maxElements is how many elements of a list are taken over when it is mended.
const maxElements = 1000

// A jsonForm is what a value has to be for gofeed.
type jsonForm struct {
	text   bool // a string
	asIs   bool // a number may stand as it is
	whole  bool // an object or a list is a string as well, as it is written
	each   *jsonForm
	fields map[string]*jsonForm
	alone  string // the field that a string is where an object should be
}

var (
	jsonText   = &jsonForm{text: true}
	jsonNumber = &jsonForm{text: true, asIs: true}
	jsonPerson = &jsonForm{alone: "name", fields: map[string]*jsonForm{"name": jsonText, "url": jsonText}}
	jsonFile   = &jsonForm{alone: "url", fields: map[string]*jsonForm{
		"url": jsonText, "mime_type": jsonText, "size_in_bytes": jsonNumber,
	}}
)

// jsonHead and jsonEntry are what is read of a feed and of an entry.
var (
	jsonHead = &jsonForm{fields: map[string]*jsonForm{
		"version": jsonText, "title": jsonText, "home_page_url": jsonText, "feed_url": jsonText, "language": jsonText,
		"author": jsonPerson, "authors": {each: jsonPerson},
	}}
	jsonEntry = &jsonForm{fields: map[string]*jsonForm{
		// An id "presented as a number or other type" is coerced to a string (JSON
		// Feed 1.1); gofeed takes a list or an object as it is written.
		"id":  {text: true, whole: true},
		"url": jsonText, "external_url": jsonText, "title": jsonText,
		"content_html": jsonText, "content_text": jsonText, "summary": jsonText,
		"date_published": jsonText, "date_modified": jsonText, "language": jsonText,
		"author": jsonPerson, "authors": {each: jsonPerson},
		"tags": {each: jsonText}, "attachments": {each: jsonFile},
	}}
)

// A mender writes what an object says once more, as JSON of the types that gofeed
// wants: only the members that are read, each value of the right type, strings with
// their escapes in order. What can be no such value is left out.
type mender struct {
	jsonLexer
	out     []byte
	members int
	anyhow  bool // it goes on where something is odd
	bad     bool // something was
}

// mendEntry writes the entry src in good form. It returns nil where its structure
// is damaged, for half an entry would look like an edit, or where it is too long.
func mendEntry(src []byte, r *repairs) []byte {
	m := &mender{jsonLexer: newJSONLexer(src, r)}
	if len(src) > maxMended || m.piece().kind != jsonOpen {
		return nil
	}
	m.object(jsonEntry)
	if m.bad || !m.closed || m.pos < len(src) {
		return nil
	}
	return m.out
}

// mendHead writes what can be read of the head src in good form.
func mendHead(src []byte, r *repairs) []byte {
	m := &mender{jsonLexer: newJSONLexer(src, r), anyhow: true}
	m.piece()
	m.object(jsonHead)
	return m.out
}

// piece is next without what is odd: that is passed over, or ends everything.
func (m *mender) piece() jsonToken {
	for {
		t := m.next()
		odd := t.kind == jsonOdd
		if !m.anyhow && (odd || t.swallowed || t.inside && t.kind == jsonKey) {
			m.bad = true
		}
		if m.bad {
			return jsonToken{kind: jsonEnd}
		}
		if !odd {
			return t
		}
	}
}

// pieces calls f with the names, and with what each value starts with, in the object
// or list whose bracket was just read. f reads the value to its end.
func (m *mender) pieces(f func(jsonToken)) {
	for depth := len(m.stack); len(m.stack) >= depth; {
		switch t := m.piece(); t.kind {
		case jsonEnd:
			return
		case jsonClose:
		default:
			f(t)
		}
	}
}

// skip passes over the value that starts with t, and returns where it ends.
func (m *mender) skip(t jsonToken) int {
	if t.kind == jsonOpen {
		m.pieces(func(t jsonToken) { m.skip(t) })
		return m.pos
	}
	return t.to
}

// object writes the object whose bracket was just read.
func (m *mender) object(form *jsonForm) {
	m.out = append(m.out, '{')
	name := ""
	m.pieces(func(t jsonToken) {
		if t.kind == jsonKey {
			name = strings.ToLower(unquote(m.src[t.from:t.to])) // as encoding/json matches them
			return
		}
		field := form.fields[name]
		if field == nil || m.members == maxPartValues {
			m.skip(t)
			return
		}
		m.members++
		m.attempt(func() bool {
			m.out = append(append(append(m.out, '"'), name...), `":`...)
			return m.value(field, t)
		})
	})
	m.out = append(m.out, '}')
}

// list writes the list whose bracket was just read.
func (m *mender) list(form *jsonForm) {
	n := 0
	m.out = append(m.out, '[')
	m.pieces(func(t jsonToken) {
		if n++; n > maxElements {
			m.note("left out elements of a list that has too many")
			m.skip(t)
			return
		}
		m.attempt(func() bool { return m.value(form, t) })
	})
	m.out = append(m.out, ']')
}

// attempt has write add an element or a member, and takes it back where that
// reports false.
func (m *mender) attempt(write func() bool) {
	mark := len(m.out)
	if last := m.out[mark-1]; last != '{' && last != '[' {
		m.out = append(m.out, ',')
	}
	if !write() {
		m.out = m.out[:mark]
	}
}

// value writes a value that starts with t. It reports false where it can be none of
// that form.
func (m *mender) value(form *jsonForm, t jsonToken) bool {
	said := m.src[t.from:t.to]
	bracket := byte(0)
	if t.kind == jsonOpen {
		bracket = said[0]
	}
	switch {
	case t.kind == jsonBare && nothing(said):
		m.out = append(m.out, "null"...) // said again, null takes back what was said before
		return true
	case form.text:
		return m.text(form, t)
	case form.each != nil && bracket == '[':
		m.list(form.each)
		return true
	case form.fields != nil && bracket == '{':
		m.object(form)
		return true
	}
	m.note("took values of another type for what they mean")
	switch {
	case form.each != nil:
		m.out = append(m.out, '[')
		is := m.value(form.each, t)
		m.out = append(m.out, ']')
		return is
	case bracket == '[':
		return m.firstOf(form)
	}
	m.out = append(append(append(m.out, `{"`...), form.alone...), `":`...)
	m.text(jsonText, t)
	m.out = append(m.out, '}')
	return true
}

// firstOf writes the first element that can be of that form, of the list whose
// bracket was just read.
func (m *mender) firstOf(form *jsonForm) (found bool) {
	mark := len(m.out)
	m.pieces(func(t jsonToken) {
		if found || t.kind == jsonBare && nothing(m.src[t.from:t.to]) {
			m.skip(t)
		} else if found = m.value(form, t); !found {
			m.out = m.out[:mark]
		}
	})
	return found
}

// nothing reports whether a word without quotation marks says that there is no
// value, in JavaScript's way or another language's.
func nothing(word []byte) bool {
	switch strings.ToLower(string(word[:min(len(word), 10)])) {
	case "null", "undefined", "nan", "none", "nil":
		return true
	}
	return false
}

// text writes a string.
func (m *mender) text(form *jsonForm, t jsonToken) bool {
	said := m.src[t.from:t.to]
	switch {
	case t.kind == jsonString:
		m.quote(said[1 : len(said)-1])
		return true
	case t.kind == jsonBare && form.asIs && json.Valid(said):
		m.out = append(m.out, said...)
		return true
	case t.kind == jsonOpen && form.whole:
		said = m.src[t.from:m.skip(t)]
	case t.kind == jsonOpen:
		m.note("dropped values of the wrong type")
		m.skip(t)
		return false
	case !form.whole:
		m.note("took values of another type for what they mean")
	}
	written, err := json.Marshal(string(said))
	m.out = append(m.out, written...)
	return err == nil
}

// unquote returns what a string of JSON says.
func unquote(b []byte) string {
	inner := b[1 : len(b)-1]
	if bytes.IndexByte(inner, '\\') >= 0 {
		var s string
		if json.Unmarshal(b, &s) == nil {
			return s
		}
	}
	return string(inner)
}

// quote writes the inside of a string as JSON (RFC 8259 section 7). A backslash
// that begins no escape is one.
func (m *mender) quote(inner []byte) {
	m.out = append(m.out, '"')
	from := 0
	for i := 0; i < len(inner); {
		size, as := mendEscape(inner[i:])
		if as != "" {
			m.note("mended the escapes of a string")
			m.out = append(append(m.out, inner[from:i]...), as...)
			from = i + size
		}
		i += size
	}
	m.out = append(append(m.out, inner[from:]...), '"')
}

// mendEscape returns how long the character or escape is that b starts with, and
// how it has to be written; "" where it is fine.
func mendEscape(b []byte) (size int, as string) {
	switch {
	case b[0] == '"':
		return 1, `\"`
	case b[0] == '\n':
		return 1, `\n`
	case b[0] == '\t':
		return 1, `\t`
	case b[0] < ' ':
		return 1, " "
	case b[0] != '\\':
		return 1, ""
	case len(b) == 1:
		return 1, `\\`
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, ""
	case 'u':
		if len(b) >= 6 && isHex(b[2:6]) {
			return 6, ""
		}
	case 'x': // JavaScript's
		if len(b) >= 4 && isHex(b[2:4]) {
			return 4, `\u00` + string(b[2:4])
		}
	case '\'':
		return 2, "'"
	}
	return 1, `\\`
}

func isHex(b []byte) bool {
	for _, c := range b {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			return false
		}
	}
	return true
}
