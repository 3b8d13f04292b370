package parse

import "bytes"

// Bounds of one document. Whatever is beyond them is not read: gofeed's extension
// parser recurses (a stack overflow cannot be recovered), and it copies the
// namespaces in scope at each tag and the text so far at each piece.
const (
	maxDepth    = 100     // elements in elements; what is deeper is passed over
	maxBindings = 100     // namespaces in scope; further ones are ignored
	maxKept     = 200     // elements read of one entry, and of the head
	maxKeptAll  = 100_000 // elements read of the whole document
	maxPieces   = 16      // CDATA sections of one element that gofeed is given
	maxCopied   = 1 << 20 // bytes of one element that gofeed is given
	maxValue    = 8 << 10 // bytes of an attribute that gofeed is given
)

type span struct{ from, to int }

// A deepName is where the name of an element stands, in little room: there may be
// millions of them. Documents are far below 4 GB.
type deepName struct{ from, to uint32 }

func (n deepName) span() span { return span{int(n.from), int(n.to)} }

// A frame is one open element.
type frame struct {
	name     span
	rule     *rule // nil: it and all it holds is passed over
	part     int   // it is the entry parts[part-1], passed over to be read later
	scope    int   // its entries inherit scopes[scope-1]
	mark     int   // length of out before its start tag
	inner    int   // where its content starts
	bindings int   // namespaces in scope around it
	base     string
	lang     string
	silent   bool // open, but not written
	markup   bool // holds tags, comments or instructions, not text alone
	full     bool // gofeed is given no more of it
	children int
	pieces   int
}

// A scanner reads a document twice at most. Over the whole it goes once, reading
// the head and only finding where each entry starts and ends (split.go). Then it
// reads the entries that are asked for, one by one. Both times it keeps the same
// stack of open elements and ends every construct at the same byte, so that an
// entry is the same entry whether it is passed over or read.
//
// What is read it writes into out: canonical names, no namespaces, no comments,
// every tag closed. That is what gofeed parses. What gofeed would rewrite or drop
// (ids, links, dates, xml:base, xml:lang, the type of a text) it notes itself.
//
// Invariants: out is well formed, and its n-th entry is entries[n]. What is well
// formed is read as XML 1.0 says, whoever wrote it: mending may add elements to no
// document that needs none.
type scanner struct {
	src      []byte
	pos, end int // where it is, and where what it reads ends
	out      []byte
	stack    []frame
	deep     []deepName // open elements beyond maxDepth
	attrs    []attr
	bindings []binding
	key      []byte // scratch: the name of an element as the rules spell it
	ends     ends

	format  format
	version string
	root    string // name of the root element as spelled
	doctype string
	head    headNotes
	parts   []part
	scopes  []scope
	entries []entryNotes
	reading bool // an entry, the last of entries

	flat   bool // an entry starts wherever its name does: see rescan
	nested int  // elements of an entry's name inside of the entry that is open

	channels int
	said     int // elements in the head, entries too
	kept     int // since the entry or the head began
	keptAll  int
	capped   bool
	cut      bool // the document ends before its end
	repairs  *repairs
	done     bool // the root is closed, or there is none
}

// run reads on to the end, or until the root is closed.
func (s *scanner) run() {
	for !s.done && s.pos < s.end {
		s.step()
	}
}

// step takes the character data before the next "<", and what starts with it.
func (s *scanner) step() {
	i := bytes.IndexByte(s.src[s.pos:s.end], '<')
	if i < 0 {
		i = s.end - s.pos
	}
	s.chars(s.src[s.pos : s.pos+i])
	if s.pos += i; s.pos < s.end {
		s.construct()
	}
}

func (s *scanner) top() *frame {
	if len(s.stack) == 0 {
		return nil
	}
	return &s.stack[len(s.stack)-1]
}

// copying returns the innermost element where what it holds is given to gofeed;
// else nil.
func (s *scanner) copying() *frame {
	if f := s.top(); f != nil && len(s.deep) == 0 && f.rule != nil && f.rule.copied() {
		return f
	}
	return nil
}

// chars takes character data, references and all.
func (s *scanner) chars(b []byte) {
	f := s.copying()
	if len(b) == 0 || f == nil || !s.fits(f, len(b)) {
		return
	}
	// "]]>" in text stops the decoder under gofeed.
	for {
		i := bytes.Index(b, []byte("]]>"))
		if i < 0 {
			break
		}
		s.out = append(append(s.out, b[:i]...), "]]&gt;"...)
		b = b[i+3:]
	}
	s.out = append(s.out, b...)
}

// fits reports whether n more bytes of the element f may be given to gofeed. A text
// that is longer is read from the source instead.
func (s *scanner) fits(f *frame, n int) bool {
	if !f.full && len(s.out)-f.mark+n <= maxCopied {
		return true
	}
	f.full, f.markup = true, true
	return false
}

// leaveOut notes that something inside the innermost element is not given to
// gofeed. What stands on both sides must not join into a reference or the end of a
// section: a text is read from the source then, a short element gets a blank.
func (s *scanner) leaveOut() {
	f := s.copying()
	if f == nil {
		return
	}
	f.markup = true
	if f.rule.how != isText && s.fits(f, 1) {
		s.out = append(s.out, ' ')
	}
}

// construct takes what starts with the "<" at pos, and moves past it.
func (s *scanner) construct() {
	rest := s.src[s.pos:s.end]
	switch {
	case len(rest) < 2:
		s.pos = s.end
	case rest[1] == '/':
		s.endTag()
	case rest[1] == '?':
		s.pass(s.instructionEnd(s.pos))
	case bytes.HasPrefix(rest, []byte("<!--")):
		s.pass(s.commentEnd(s.pos))
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		s.cdata()
	case rest[1] == '!' && len(s.stack) > 0:
		s.pass(s.declarationEnd(s.pos)) // what Word leaves behind: <![endif]>
	case rest[1] == '!':
		s.doctypeDeclaration()
	case nameStart(rest[1]):
		s.startTag()
	default:
		s.lone()
	}
}

// lone takes a "<" that begins nothing: it was meant as text.
func (s *scanner) lone() {
	if len(s.stack) > 0 {
		s.repairs.add("took a lone < as text")
	}
	if f := s.copying(); f != nil && s.fits(f, len("&lt;")) {
		s.out = append(s.out, "&lt;"...)
	}
	s.pos++
}

// pass skips a comment, an instruction or a declaration.
func (s *scanner) pass(end int) {
	s.pos = min(end, s.end)
	s.leaveOut()
}

func (s *scanner) cdata() {
	section, end := s.cdataEnd(s.pos)
	s.pos = min(end, s.end)
	f := s.copying()
	if f == nil {
		return
	}
	if f.pieces++; f.pieces > maxPieces {
		f.full, f.markup = true, true
	} else if s.fits(f, section.to-section.from+len("<![CDATA[]]>")) {
		s.out = append(s.out, "<![CDATA["...)
		s.out = append(append(s.out, s.src[section.from:section.to]...), "]]>"...)
	}
}

// doctypeDeclaration skips a declaration before the root, internal subset and all.
// Nothing that it declares is ever used.
func (s *scanner) doctypeDeclaration() {
	start := s.pos
	s.pos = min(s.doctypeEnd(start), s.end)
	if s.doctype == "" {
		s.doctype = clip(string(s.src[start:min(s.pos, start+256)]), 64)
	}
}

func (s *scanner) startTag() {
	start := s.pos
	name := s.name(start + 1)
	if len(s.stack) == 0 {
		s.rootTag(start, name)
		return
	}
	parent := s.top()
	again := s.ends.inside && !s.reading && s.namesEntry(name)
	if again && !s.flat && (parent.part == 0 || len(s.deep) > 0) {
		s.nested++ // it stands deeper in an entry
		again = false
	}
	read := again || len(s.deep) == 0 && parent.rule != nil && parent.rule.inside != nil
	end, empty := s.tag(name.to, read)
	if end < 0 { // cut off inside the tag
		s.pos = s.end
		return
	}
	s.pos = end
	f := frame{name: name, inner: end, mark: len(s.out), bindings: len(s.bindings)}
	again = again && s.isEntry(name)
	if again {
		// The end tag of the entry before is missing.
		s.repairs.add("closed an entry that was left open")
		s.leaveEntry(start)
		f.bindings = len(s.bindings)
		parent = s.top()
	}
	if len(s.stack) == maxDepth {
		s.tooDeep(name, empty)
		return
	}
	switch {
	case again || read && parent.rule != nil:
		s.open(&f, parent, start)
	case parent.rule != nil:
		parent.markup = true
		parent.children++
	}
	s.stack = append(s.stack, f)
	if empty {
		s.closeAt(len(s.stack)-1, end)
	}
}

// tooDeep passes over an element beyond maxDepth.
func (s *scanner) tooDeep(name span, empty bool) {
	s.repairs.add("passed over elements nested too deep")
	s.leaveOut()
	if !empty {
		s.deep = append(s.deep, deepName{uint32(name.from), uint32(name.to)})
	}
}

// open finds out what the element f is and writes its start tag where gofeed is
// to see it.
func (s *scanner) open(f, parent *frame, start int) {
	f.base, f.lang = parent.base, parent.lang
	if parent.rule.how == isChannel || parent.rule.how == isRoot && s.format == formatAtom {
		s.said++
	}
	s.declare(parent.rule.how == isKept)
	r := s.lookup(f.name, parent.rule)
	if r == nil || !s.admit(r, parent) {
		s.leaveOut()
		if parent.rule.line() {
			f.rule, f.mark, f.pieces, f.full = inline, parent.mark, parent.pieces, parent.full
		}
		return
	}
	if r.how == isEntry && !s.reading {
		s.beginPart(f, parent, start)
		return
	}
	f.rule = r
	s.inherit(f)
	switch r.how {
	case isTaken, isText:
		s.begin(f)
	case isEntry:
		s.beginEntry(f)
	case isChannel:
		s.beginChannel(f)
	}
	if r.written() && !f.silent {
		s.writeStart(r)
	}
}

// admit counts what is read, and says no beyond the bounds.
func (s *scanner) admit(r *rule, parent *frame) bool {
	switch {
	case r.how == isEntry && s.reading:
		s.kept = 0
		return true
	case r.how == isEntry:
		if len(s.parts) < maxParts {
			return true
		}
		s.capped = true
		s.repairs.add("left out entries of a document that has too many")
		return false
	case r.how == isChannel, r.how == isContainer:
		return true
	case r.how == isText && s.has(r.field):
		return false // the first that says something stands
	case s.kept >= maxKept:
		s.repairs.add("left out elements of an entry that has too many")
		return false
	}
	s.kept++
	s.keptAll++
	return !parent.silent
}

func (s *scanner) endTag() {
	start := s.pos
	name := s.name(start + 2)
	if s.pos = s.bracket(name.to); s.src[s.pos-1] != '>' {
		s.pos = s.end
		return
	}
	if j := bytes.IndexByte(s.src[name.to:s.pos], '<'); j >= 0 {
		s.pos = name.to + j // never closed; the next one begins
	}
	if s.endsDeep(name) {
		return
	}
	at := s.match(name)
	if at < 0 || s.isStray(at) {
		if f := s.top(); f != nil && f.rule != nil {
			s.repairs.add("dropped a stray end tag")
		}
		s.leaveOut()
		return
	}
	if at < len(s.stack)-1 && s.stack[at].rule != nil && s.stack[at].rule.inside != nil {
		s.repairs.add("added a missing end tag")
	}
	if s.leavesOpen(at) && s.rescan() {
		return
	}
	s.deep = s.deep[:0]
	s.closeAt(at, start)
}

// endsDeep reports whether the end tag belongs to an element beyond maxDepth.
func (s *scanner) endsDeep(name span) bool {
	for i := len(s.deep) - 1; i >= 0 && i >= len(s.deep)-maxDepth; i-- {
		if s.sameName(s.deep[i].span(), name) {
			s.deep = s.deep[:i]
			return true
		}
	}
	return false
}

// match finds the innermost open element of that name, in whatever case; -1
// where none is open.
func (s *scanner) match(name span) int {
	for i := len(s.stack) - 1; i >= 0; i-- {
		if s.sameName(s.stack[i].name, name) {
			return i
		}
	}
	return -1
}

func (s *scanner) sameName(a, b span) bool {
	n := a.to - a.from
	return n == b.to-b.from && (n == 0 || s.src[a.to-1]|0x20 == s.src[b.to-1]|0x20) && // most differ there
		bytes.EqualFold(s.src[a.from:a.to], s.src[b.from:b.to])
}

// closeAt closes the element stack[at], whose end tag starts at end and ends at
// pos, and all that was left open in it.
func (s *scanner) closeAt(at, end int) {
	part := s.stack[at].part
	for len(s.stack) > at {
		s.pop(end)
	}
	if part > 0 {
		s.parts[part-1].to = s.pos
	}
}

// pop closes the innermost element, whose content ends at end.
func (s *scanner) pop(end int) {
	f := s.top()
	switch {
	case f.part > 0:
		s.parts[f.part-1].to = end
		s.ends.leave()
	case f.rule != nil:
		s.close(f, span{f.inner, max(f.inner, end)})
	}
	s.bindings = s.bindings[:f.bindings]
	s.stack = s.stack[:len(s.stack)-1]
	s.done = len(s.stack) == 0
}

func (s *scanner) close(f *frame, inner span) {
	switch f.rule.how {
	case isTaken:
		s.note(f, inner)
	case isText:
		s.note(f, inner)
		if f.markup {
			s.out = s.out[:f.mark]
			return
		}
	case isInline:
		s.leaveOut()
		parent := &s.stack[len(s.stack)-2]
		parent.pieces, parent.full = f.pieces, f.full
	}
	if f.rule.written() && !f.silent {
		s.out = append(append(append(s.out, "</"...), f.rule.name...), '>')
	}
}
