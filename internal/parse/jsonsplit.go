package parse

import (
	"bytes"
	"strings"
)

// maxPartValues bounds the values of one entry, and of the head, that gofeed is
// given as they are: each may cost it memory. A full entry has a few dozen.
const maxPartValues = 10_000

// What is looked at of an entry to know it as one.
const (
	maxLook       = 64 << 10 // bytes
	maxLookPieces = 200
)

// A jsonPart is one entry's place in the document.
type jsonPart struct {
	span
	values int
	loose  bool // its bytes may be no JSON
}

// A jsonSplit is where the head and the entries of a JSON document are. It is found
// in one pass, before anything is built.
//
// An entry that is damaged in its structure (a bracket or a quotation mark too many
// or too few) ends where the next one begins, whatever its brackets say: at a "{"
// that members of entries follow. So it takes no other with it.
type jsonSplit struct {
	jsonLexer
	lists  []span // what is inside the members called items; the last holds the entries
	parts  []jsonPart
	values int // of the head
	capped bool
	cut    bool // the document ends too early

	base   []jsonLevel // the levels that entries stand in
	inside bool        // the last of lists is open
	within bool        // the last of parts is open
	named  bool        // the member that is read is called items

	again    int // bytes that are read a second time
	noneFrom int // from there on no entries can be found by their beginnings; 0: nobody knows
}

// splitJSON finds the head and the entries of the object that src starts with.
func splitJSON(src []byte, r *repairs) *jsonSplit {
	s := &jsonSplit{jsonLexer: newJSONLexer(src, r)}
	for s.step() {
	}
	return s
}

func (s *jsonSplit) step() bool {
	t := s.next()
	if s.within {
		s.parts[len(s.parts)-1].values++
	} else {
		s.values++
	}
	switch t.kind {
	case jsonEnd:
		return s.goesOn()
	case jsonKey:
		if len(s.stack) == 1 {
			s.named = strings.EqualFold(unquote(s.src[t.from:t.to]), "items")
		}
	case jsonOpen:
		s.opens(t)
	case jsonClose:
		s.closes(t)
	case jsonOdd:
		if !s.resync(s.suspect(t.from), len(s.src)) {
			s.endList(t)
		}
	case jsonString, jsonBare:
		if s.inside && len(s.stack) == len(s.base) {
			s.note("dropped an entry that is no object")
		}
	}
	if t.inside && s.inside {
		s.resync(t.from, t.to)
	}
	return true
}

// opens takes an opening bracket.
func (s *jsonSplit) opens(t jsonToken) {
	object := s.src[t.from] == '{'
	switch {
	case len(s.stack) == 2 && s.named && (!object || s.numbered(t.to)):
		if object {
			s.note("took values of another type for what they mean")
		}
		s.lists = append(s.lists, span{t.to, len(s.src)})
		s.parts, s.base = s.parts[:0], append(s.base[:0], s.stack...)
		s.inside = true
	case !s.inside || len(s.stack) != len(s.base)+1:
	case !object:
		s.note("dropped an entry that is no object")
	case len(s.parts) == maxParts:
		s.capped = true
		s.note("left out entries of a document that has too many")
	case t.joined && len(s.parts) > 0 && !s.looksLikeEntry(t.from):
		s.within = true // it belongs to the entry before, which was closed too early
		s.resync(t.to, len(s.src))
	default:
		s.parts = append(s.parts, jsonPart{span: span{t.from, len(s.src)}})
		s.within, s.loose = true, false
	}
}

// numbered reports whether an object's first member is called by a number: it was
// meant as a list, as PHP writes one from which elements were taken.
func (s *jsonSplit) numbered(i int) bool {
	name := firstName(s.src, i)
	return len(name) > 2 && name[1] >= '0' && name[1] <= '9'
}

// firstName returns the string that starts at i or behind blanks, with its
// quotation marks; nil where there is none.
func firstName(b []byte, i int) []byte {
	if i = skipSpace(b, i); i == len(b) || b[i] != '"' {
		return nil
	}
	end := bytes.IndexByte(b[i+1:], '"')
	return b[i : i+1+max(0, end+1)]
}

// closes takes a closing bracket.
func (s *jsonSplit) closes(t jsonToken) {
	switch {
	case s.within && len(s.stack) == len(s.base):
		part := &s.parts[len(s.parts)-1]
		part.to, part.loose = t.to, s.loose
		s.within = false
	case s.inside && len(s.stack) < len(s.base):
		s.lists[len(s.lists)-1].to = t.to - 1
		s.inside = false
	}
}

// goesOn takes the end of the object, or of the bytes, and reports whether more is
// to be read.
func (s *jsonSplit) goesOn() bool {
	rest := bytes.TrimSpace(s.src[s.pos:])
	switch {
	case s.closed && len(rest) == 0:
		return false
	case s.closed:
		// Where a bracket too many closed the document there are entries left.
		if bytes.IndexByte([]byte(",]}"), rest[0]) >= 0 && s.resync(s.pos, len(s.src)) {
			return true
		}
		s.note("passed over what stands behind the JSON object")
		return false
	case s.inside && s.endsWhole() && s.resync(s.swallower(), len(s.src)):
		return true // something left open had taken the rest for its own
	}
	s.note("the document is cut off")
	s.cut = true
	s.capped = s.capped || s.inside // the rest comes another time
	if s.within {
		s.parts = s.parts[:len(s.parts)-1]
	}
	return false
}

// endsWhole reports whether the last byte may be that of a whole document.
func (s *jsonSplit) endsWhole() bool {
	b := bytes.TrimRight(s.src, " \t\n;)")
	return len(b) > 0 && b[len(b)-1] == '}'
}

// endList takes a "]" in the last entry, whose own end is missing, for that of the
// list: what follows is the head's.
func (s *jsonSplit) endList(t jsonToken) {
	if !s.within || s.src[t.from] != ']' || len(s.stack) != len(s.base)+1 || !s.headFollows(t.to) {
		return
	}
	part := &s.parts[len(s.parts)-1]
	part.to, part.loose = t.from, true
	s.lists[len(s.lists)-1].to = t.from
	s.stack = s.stack[:len(s.base)-1]
	s.inside, s.within, s.want = false, false, wantComma
}

// headFollows reports whether what stands at i can only be the head's: its end, or
// a member that no entry has, or that this one has had.
func (s *jsonSplit) headFollows(i int) bool {
	i = skipSpace(s.src, i)
	if i == len(s.src) || s.src[i] == '}' {
		return true
	}
	quoted := firstName(s.src, i+1)
	if s.src[i] != ',' || len(quoted) < 2 {
		return false
	}
	name := unquote(quoted)
	return ofHeads[name] || s.had(s.parts[len(s.parts)-1], name)
}

// ofHeads are the members that a feed has and no entry.
var ofHeads = map[string]bool{
	"version": true, "home_page_url": true, "feed_url": true, "description": true, "user_comment": true,
	"next_url": true, "icon": true, "favicon": true, "expired": true, "hubs": true, "items": true,
}

// suspect returns from where on the entries behind the odd piece at i may have been
// taken for something else: where what is still open in an entry began.
func (s *jsonSplit) suspect(i int) int {
	open := len(s.base)
	if s.within {
		open++
	}
	if s.inside && len(s.stack) > open {
		return s.stack[open].at
	}
	return i
}

// swallower returns where the element began that may have taken what follows for
// its own, at the end of the bytes.
func (s *jsonSplit) swallower() int {
	if last := len(s.parts) - 1; last >= 0 && (s.within || len(s.stack) == len(s.base)) {
		return s.parts[last].from + 1
	}
	return s.suspect(s.lists[len(s.lists)-1].from)
}

// resync goes on where an entry begins between start and limit, and ends there what
// came before. It reports false, and changes nothing, where none begins.
func (s *jsonSplit) resync(start, limit int) bool {
	if len(s.lists) == 0 || len(s.parts) == maxParts || s.noneFrom > 0 && start >= s.noneFrom {
		return false
	}
	at := s.nextEntry(start, limit)
	if at < 0 {
		if limit == len(s.src) {
			s.noneFrom = start
		}
		return false
	}
	s.again += max(0, s.pos-at)
	s.note("found the next entry behind a damaged one")
	if last := len(s.parts) - 1; last >= 0 {
		if part := &s.parts[last]; s.within || at < part.to || s.continues(*part) {
			part.to = part.from + len(bytes.TrimRight(s.src[part.from:at], ", \t\n"))
			part.loose = true
		}
	}
	s.lists[len(s.lists)-1].to = len(s.src)
	s.stack = append(s.stack[:0], s.base...)
	s.inside, s.within, s.closed = true, false, false
	s.pos, s.want = at, wantValue
	return true
}

// continues reports whether an entry goes on behind its end: a bracket too many
// closed it before a member that it has not yet had.
func (s *jsonSplit) continues(part jsonPart) bool {
	i := skipSpace(s.src, part.to)
	if i == len(s.src) || s.src[i] != ',' {
		return false
	}
	if i = skipSpace(s.src, i+1); i == len(s.src) || s.src[i] != '"' || !isName(s.src[i:]) {
		return false
	}
	return !s.had(part, unquote(firstName(s.src, i)))
}

// had reports whether an entry has had a member of that name.
func (s *jsonSplit) had(part jsonPart, name string) (had bool) {
	s.members(part.from, func(n string) bool {
		had = n == name
		return !had
	})
	return had
}

// nextEntry returns where an entry begins between start and limit; -1 where none
// does.
func (s *jsonSplit) nextEntry(start, limit int) int {
	for i := start; i < limit; i++ {
		j := bytes.IndexByte(s.src[i:limit], '{')
		if j < 0 || s.again > 8*len(s.src) { // enough is enough
			break
		}
		if i += j; s.beginsEntry(i) {
			return i
		}
	}
	return -1
}

// beginsEntry reports whether an entry begins at i, which may be inside of another.
func (s *jsonSplit) beginsEntry(i int) bool {
	k := i - 1
	for space(s.src[k]) {
		k--
	}
	switch s.src[k] {
	case ',', '}', ']':
		return s.looksLikeEntry(i)
	case ':':
		return s.base[len(s.base)-1].bracket == '{' && s.looksLikeEntry(i)
	}
	return false
}

// looksLikeEntry reports whether the object that begins at i has members which
// nothing inside of entries has together.
func (s *jsonSplit) looksLikeEntry(i int) bool {
	n, id := 0, false
	s.members(i, func(name string) bool {
		if ofEntries[name] {
			n++
		}
		id = id || name == "id" || !s.identified()
		return n < 2 || !id
	})
	return n >= 2 && id
}

// identified reports whether the document's entries have ids: the first one does.
func (s *jsonSplit) identified() (id bool) {
	if len(s.parts) == 0 {
		return true
	}
	s.members(s.parts[0].from, func(name string) bool {
		id = name == "id"
		return !id
	})
	return id
}

// members calls f with the names of members of the object that begins at i, until f
// says that it has what it wants, or enough was looked at.
func (s *jsonSplit) members(i int, f func(name string) bool) {
	l := newJSONLexer(s.src[i:min(len(s.src), i+maxLook)], nil)
	l.members(maxLookPieces, f)
	s.again += l.pos
}

// ofEntries are the members by which an entry is known as one.
var ofEntries = map[string]bool{
	"id": true, "url": true, "title": true, "content_html": true, "content_text": true, "summary": true,
	"date_published": true, "date_modified": true, "external_url": true,
}

// members calls f with the names of members of the object that is read, as far as
// its first pieces go, until f reports false.
func (l *jsonLexer) members(pieces int, f func(name string) bool) {
	for range pieces {
		t := l.next()
		if t.kind == jsonEnd || t.kind == jsonKey && len(l.stack) == 1 && !f(unquote(l.src[t.from:t.to])) {
			return
		}
	}
}
