package parse

import "bytes"

// A mark is a sequence of bytes that is looked for ahead. It remembers where it
// was found last, so that looking for it again and again reads a document once.
type mark struct {
	pattern  []byte
	from, at int // found at `at`, and nowhere in between
}

// after returns where the pattern is found at i or behind it; len(src) where
// nowhere.
func (m *mark) after(src []byte, i int) int {
	if i = min(i, len(src)); m.at > 0 && m.from <= i && i <= m.at {
		return m.at
	}
	m.from, m.at = i, len(src)
	if j := bytes.Index(src[i:], m.pattern); j >= 0 {
		m.at = i + j
	}
	return m.at
}

// ends finds where the sections of a document end, those too that are never
// closed: they end with the entry they stand in, at the latest. Which is which is
// decided by what XML does not allow; a document that is well formed is read as it
// stands.
type ends struct {
	bracket                     mark // of a tag: ">"
	comment, cdata, instruction mark
	start                       mark // of entries: "<item"
	entry                       mark // the end tag of the entry that is open: "</item"
	inside                      bool // an entry
}

func newEnds() ends {
	return ends{
		bracket:     mark{pattern: []byte(">")},
		comment:     mark{pattern: []byte("-->")},
		cdata:       mark{pattern: []byte("]]>")},
		instruction: mark{pattern: []byte("?>")},
		start:       mark{pattern: []byte("<item")},
	}
}

// of sets how entries of a format start.
func (e *ends) of(f format) {
	if f == formatAtom {
		e.start = mark{pattern: []byte("<entry")}
	}
}

// enter says that an entry whose start tag is spelled name begins.
func (e *ends) enter(name []byte) {
	e.inside = true
	if pattern := e.entry.pattern; len(pattern) == 0 || !bytes.Equal(pattern[2:], name) {
		e.entry = mark{pattern: append([]byte("</"), name...)}
	}
}

func (e *ends) leave() { e.inside = false }

// border returns where the entry ends that is open, else where the next begins, by
// the bytes alone; len(src) where that is nowhere.
func (s *scanner) border(i int) int {
	if s.ends.inside {
		return s.ends.entry.after(s.src, i)
	}
	return s.ends.start.after(s.src, i)
}

// commentEnd returns where the comment at i ends. One that holds the start of
// another is not well formed: where it also reaches beyond its entry, it was left
// open.
func (s *scanner) commentEnd(i int) int {
	const open, end = len("<!--"), len("-->")
	from := min(i+open, len(s.src))
	to := s.ends.comment.after(s.src, from)
	border := s.border(from)
	switch {
	case border < to && (to == len(s.src) || bytes.Contains(s.src[from:to], []byte("<!--"))):
		s.repairs.add("closed a comment that was left open")
		return border
	case to == len(s.src):
		s.repairs.add("closed a comment that was left open")
		return s.bracket(from)
	}
	return to + end
}

// bracket returns where the next ">" ends.
func (s *scanner) bracket(i int) int {
	return min(s.ends.bracket.after(s.src, i)+1, len(s.src))
}

// cdataEnd returns the content of the section at i and where it ends. One that
// reaches beyond its entry was left open if another element ends behind it: then
// it ends with the innermost element.
func (s *scanner) cdataEnd(i int) (content span, end int) {
	from := i + len("<![CDATA[")
	to := s.ends.cdata.after(s.src, from)
	border := s.border(from)
	if to < len(s.src) && (border > to || !s.strangeEnd(to+len("]]>"))) {
		return span{from, to}, to + len("]]>")
	}
	s.repairs.add("closed a CDATA section that was left open")
	name := s.innermost()
	if j := bytes.Index(s.src[from:border], append([]byte("</"), s.src[name.from:name.to]...)); j >= 0 {
		border = from + j
	}
	return span{from, border}, border
}

func (s *scanner) innermost() span {
	if n := len(s.deep); n > 0 {
		return s.deep[n-1].span()
	}
	if f := s.top(); f != nil {
		return f.name
	}
	return span{}
}

// maxAhead is how many sections strangeEnd looks past.
const maxAhead = 100

// strangeEnd reports whether the next tag behind i is the end tag of something
// else than the innermost element: XML allows no such thing.
func (s *scanner) strangeEnd(i int) bool {
	for range maxAhead {
		j := bytes.IndexByte(s.src[i:], '<')
		if j < 0 {
			return false
		}
		i += j
		switch rest := s.src[i:]; {
		case bytes.HasPrefix(rest, []byte("<!--")):
			i = s.ends.comment.after(s.src, i)
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			i = s.ends.cdata.after(s.src, i)
		case bytes.HasPrefix(rest, []byte("</")):
			return !s.sameName(s.innermost(), s.name(i+2))
		default:
			return false
		}
	}
	return false
}

// instructionEnd returns where the instruction at i ends.
func (s *scanner) instructionEnd(i int) int {
	from := min(i+len("<?"), len(s.src))
	to := s.ends.instruction.after(s.src, from)
	if to == len(s.src) || s.border(from) < to {
		return s.bracket(from)
	}
	return to + len("?>")
}

// declarationEnd returns where a declaration in the middle of a document ends.
func (s *scanner) declarationEnd(i int) int { return s.bracket(i) }

// doctypeEnd returns where the document type declaration at i ends; len(src) where
// nowhere.
func (s *scanner) doctypeEnd(start int) int {
	var quote byte
	depth := 0
	for i := start + len("<!"); i < len(s.src); i++ {
		switch c := s.src[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"', c == '\'':
			quote = c
		case c == '<' && bytes.HasPrefix(s.src[i:], []byte("<!--")):
			j := bytes.Index(s.src[i+4:], []byte("-->"))
			if j < 0 {
				return len(s.src)
			}
			i += 4 + j + 2
		case c == '<', c == '[':
			depth++
		case c == ']':
			depth--
		case c == '>' && depth > 0:
			depth--
		case c == '>':
			return i + 1
		}
	}
	return len(s.src)
}

// isStray reports whether the end tag of stack[at], which was just read, is one
// too many: it would close what an open entry stands in, though the entry's own end
// tag follows before any other begins.
func (s *scanner) isStray(at int) bool {
	for _, f := range s.stack[at+1:] {
		if f.part > 0 {
			border := s.ends.entry.after(s.src, s.pos)
			return border < len(s.src) && border < s.ends.start.after(s.src, s.pos)
		}
	}
	return false
}
