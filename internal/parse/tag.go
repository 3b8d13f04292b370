package parse

import (
	"bytes"
	"strings"

	"rightswire/internal/link"
)

// An attr is one attribute as spelled.
type attr struct {
	name, value []byte
}

// A binding is a namespace prefix in scope.
type binding struct {
	prefix []byte
	space  string // as the rules spell it
}

// nameStart reports whether a name may begin with c.
func nameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == ':' || c >= 0x80
}

func nameByte(c byte) bool {
	return nameStart(c) || c >= '0' && c <= '9' || c == '-' || c == '.'
}

func space(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// name returns the name that starts at i.
func (s *scanner) name(i int) span {
	j := i
	for j < len(s.src) && nameByte(s.src[j]) {
		j++
	}
	return span{i, j}
}

// tag reads the rest of a start tag from i, just after its name: where it ends
// (-1: nowhere) and whether it ends in "/>". With read, attrs holds its
// attributes, quoted or not.
func (s *scanner) tag(i int, read bool) (end int, empty bool) {
	s.attrs = s.attrs[:0]
	if !read {
		// Most tags hold nothing that could hide a ">".
		j := s.ends.bracket.after(s.src, i)
		if j < len(s.src) && bytes.IndexByte(s.src[i:j], '<') < 0 && bytes.IndexByte(s.src[i:j], '=') < 0 {
			return j + 1, s.src[j-1] == '/'
		}
	}
	for i < len(s.src) {
		switch c := s.src[i]; {
		case c == '>':
			return i + 1, s.src[i-1] == '/'
		case c == '<': // never closed; the next one begins
			return i, false
		case space(c), c == '/', c == '=', c == '"', c == '\'':
			i++
		default:
			var a attr
			if a, i = s.attribute(i); read && len(s.attrs) < maxKept {
				s.attrs = append(s.attrs, a)
			}
		}
	}
	return -1, false
}

// attribute reads one attribute and returns where it ends.
func (s *scanner) attribute(i int) (attr, int) {
	from := i
	for i < len(s.src) && attrNameByte(s.src[i]) {
		i++
	}
	a := attr{name: s.src[from:i]}
	for i < len(s.src) && space(s.src[i]) {
		i++
	}
	if i < len(s.src) && s.src[i] == '=' {
		i++
		for i < len(s.src) && space(s.src[i]) {
			i++
		}
		a.value, i = s.value(i)
	}
	return a, i
}

func attrNameByte(c byte) bool {
	switch c {
	case ' ', '\n', '\t', '\r', '=', '>', '<', '/', '"', '\'':
		return false
	}
	return true
}

// value reads an attribute's value and returns where it ends.
func (s *scanner) value(i int) ([]byte, int) {
	if i == len(s.src) {
		return nil, i
	}
	if q := s.src[i]; q == '"' || q == '\'' {
		j := bytes.IndexByte(s.src[i+1:], q)
		if j < 0 {
			j = len(s.src) - (i + 1)
		}
		value := s.src[i+1 : i+1+j]
		if k := s.leftOpen(value); k < len(value) || i+1+j == len(s.src) {
			s.repairs.add("closed the quote of an attribute that was left open")
			return value[:k], i + 1 + k
		}
		return value, i + j + 2
	}
	s.repairs.add("an attribute without quotes")
	j := i
	for j < len(s.src) && !space(s.src[j]) && s.src[j] != '>' && s.src[j] != '<' {
		j++
	}
	if j < len(s.src) && s.src[j] == '>' && s.src[j-1] == '/' && j > i {
		j-- // <enclosure url=http://example.org/a/>
	}
	return s.src[i:j], j
}

// leftOpen returns where a quoted value ends whose quote was left open; its length
// where it was not. XML allows no "<" in a value: with one behind a ">", or with
// the border of an entry, it has run on into what follows.
func (s *scanner) leftOpen(value []byte) int {
	less := bytes.IndexByte(value, '<')
	if less < 0 {
		return len(value)
	}
	if more := bytes.IndexByte(value[:less], '>'); more >= 0 {
		return more
	}
	start := s.ends.start.pattern // "<item": of its end tag too, but for the slash
	if bytes.Contains(value, start) || bytes.Contains(value, append([]byte("</"), start[1:]...)) {
		return less
	}
	return len(value)
}

// attr returns the value of an attribute, decoded and trimmed.
func (s *scanner) attr(name string) string {
	for _, a := range s.attrs {
		if string(a.name) == name {
			return attrValue(a.value)
		}
	}
	return ""
}

func attrValue(raw []byte) string {
	return strings.TrimSpace(decodeEntities(string(raw)))
}

// undetermined is the language of an element whose xml:lang says that it has none
// (XML 1.0 section 2.12): it does not inherit one either.
const undetermined = "und"

// inherit applies the tag's xml:base and xml:lang.
func (s *scanner) inherit(f *frame) {
	for _, a := range s.attrs {
		switch string(a.name) {
		case "xml:base":
			if base, err := link.Resolve(f.base, attrValue(a.value)); err == nil {
				f.base = base
			}
		case "xml:lang":
			if f.lang = attrValue(a.value); f.lang == "" {
				f.lang = undetermined
			}
		}
	}
}

// declare takes the tag's namespace declarations. On the root of a document and
// within gofeed's own short elements a default namespace is ignored: there it is
// a slip.
func (s *scanner) declare(ignoreDefault bool) {
	for _, a := range s.attrs {
		if !bytes.HasPrefix(a.name, []byte("xmlns")) || len(s.bindings) >= maxBindings {
			continue
		}
		switch prefix := a.name[len("xmlns"):]; {
		case len(prefix) == 0 && !ignoreDefault:
			name := s.space(a.value)
			if name == "?" {
				name = "" // stamped on by mistake
			}
			s.bindings = append(s.bindings, binding{nil, name})
		case len(prefix) > 1 && prefix[0] == ':':
			s.bindings = append(s.bindings, binding{prefix[1:], s.space(a.value)})
		}
	}
}

// space returns the rules' word for a namespace: "" for the format's own, "?"
// for one that nothing is read of.
func (s *scanner) space(uri []byte) string {
	name, known := namespaces[plainURI(uri)]
	switch {
	case !known:
		return "?"
	case name == "rss" && s.format != formatAtom, name == "atom" && s.format == formatAtom:
		return ""
	}
	return name
}

// plainURI is a namespace without what publishers get wrong in it.
func plainURI(uri []byte) string {
	u := strings.ToLower(strings.TrimSpace(string(uri)))
	u = strings.TrimPrefix(strings.TrimPrefix(u, "https://"), "http://")
	return strings.TrimRight(u, "/#")
}

// lookup finds the rule for the element called name inside an element of rule
// in; nil where nothing is read of it.
func (s *scanner) lookup(name span, in *rule) *rule {
	prefix, local := splitName(s.src[name.from:name.to])
	ns := s.resolve(prefix)
	if ns == "?" || len(local) > 32 {
		return nil
	}
	s.key = s.key[:0]
	if ns != "" {
		s.key = append(append(s.key, ns...), ':')
	}
	for _, c := range local {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		s.key = append(s.key, c)
	}
	return in.inside[string(s.key)]
}

func splitName(b []byte) (prefix, local []byte) {
	if i := bytes.IndexByte(b, ':'); i > 0 {
		return b[:i], b[i+1:]
	}
	return nil, b
}

// resolve returns the namespace of a prefix. One that is not declared means what
// it usually does.
func (s *scanner) resolve(prefix []byte) string {
	for i := len(s.bindings) - 1; i >= 0; i-- {
		if bytes.Equal(s.bindings[i].prefix, prefix) {
			return s.bindings[i].space
		}
	}
	switch p := string(prefix); p {
	case "", "rss", "rdf":
		return ""
	case "atom", "a10", "atom10", "atom03":
		if s.format == formatAtom {
			return ""
		}
		return "atom"
	case "dc", "dcterms", "content", "media", "itunes", "sy", "xhtml":
		return p
	}
	return "?"
}

// namesEntry reports whether the name is that of an entry of the format, whatever
// its prefix.
func (s *scanner) namesEntry(name span) bool {
	_, local := splitName(s.src[name.from:name.to])
	return bytes.EqualFold(local, s.ends.start.pattern[1:])
}

// isEntry reports whether the element, whose tag was just read and which
// namesEntry, is an entry.
func (s *scanner) isEntry(name span) bool {
	s.declare(false)
	prefix, _ := splitName(s.src[name.from:name.to])
	return s.resolve(prefix) == ""
}

// writeStart writes the start tag of an element with the attributes that are
// read of it.
func (s *scanner) writeStart(r *rule) {
	s.out = append(append(s.out, '<'), r.name...)
	for _, name := range r.attrs {
		for _, a := range s.attrs {
			if string(a.name) != name || len(a.value) > maxValue {
				continue
			}
			s.out = append(append(append(s.out, ' '), name...), `="`...)
			s.out = appendQuoted(s.out, a.value)
			s.out = append(s.out, '"')
			break
		}
	}
	s.out = append(s.out, '>')
}

// appendQuoted appends an attribute's value so that it may stand in double quotes.
func appendQuoted(out, v []byte) []byte {
	for _, c := range v {
		switch c {
		case '"':
			out = append(out, "&quot;"...)
		case '<':
			out = append(out, "&lt;"...)
		default:
			out = append(out, c)
		}
	}
	return out
}
