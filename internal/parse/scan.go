package parse

import (
	"bytes"
	"errors"
	"fmt"
)

// Bounds of one document. Whatever is beyond them is not read, or the document
// is refused before gofeed sees it: its extension parser recurses (a stack
// overflow cannot be recovered), and it copies the namespaces in scope at each
// tag and the text so far at each piece.
const (
	maxDepth    = 100     // elements in elements; deeper is refused
	maxTag      = 1 << 20 // bytes of one tag; longer is refused
	maxBindings = 100     // namespaces in scope; further ones are ignored
	maxKept     = 200     // elements read of one entry, and of the head
	maxKeptAll  = 100_000 // elements read of the whole document
	maxPieces   = 16      // CDATA sections of one element that gofeed is given
	maxCopied   = 1 << 20 // bytes of one element that gofeed is given
	maxValue    = 8 << 10 // bytes of an attribute that gofeed is given
)

// errDepth refuses nesting that would overflow the stack of a recursive parser.
var errDepth = fmt.Errorf("nested deeper than %d elements", maxDepth)

// errTag refuses a tag without end.
var errTag = errors.New("a tag of more than 1 MB")

type span struct{ from, to int }

// A frame is one open element.
type frame struct {
	name     span
	rule     *rule // nil: it and all it holds is passed over
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

// A scanner reads a document once. It writes the elements that are read, and
// nothing else, into out: canonical names, no namespaces, no comments, every tag
// closed. That is what gofeed parses. What gofeed would rewrite or drop (ids,
// links, dates, xml:base, xml:lang, the type of a text) it notes itself.
//
// Invariant: out is well formed, and its n-th item is entries[n].
type scanner struct {
	src      []byte
	pos      int
	out      []byte
	stack    []frame
	attrs    []attr
	bindings []binding
	key      []byte // scratch: the name of an element as the rules spell it

	format  format
	version string
	root    string // name of the root element as spelled
	doctype string
	head    headNotes
	entries []entryNotes
	inEntry bool // the last of entries is open

	channels int
	said     int // elements in the head, entries too
	kept     int // since the entry or the head began
	keptAll  int
	capped   bool
	repairs  repairs
	done     bool
}

// scan reads src, UTF-8 free of characters that XML forbids, whose relative
// references start from base.
func scan(src []byte, base string, r *repairs) (*scanner, error) {
	s := &scanner{
		src: src, repairs: *r,
		out: make([]byte, 0, len(src)+64), stack: make([]frame, 0, 16), entries: make([]entryNotes, 0, 32),
	}
	s.head.base = base
	for !s.done && s.pos < len(src) {
		i := bytes.IndexByte(src[s.pos:], '<')
		if i < 0 {
			i = len(src) - s.pos
		}
		s.chars(src[s.pos : s.pos+i])
		s.pos += i
		if s.pos == len(src) {
			break
		}
		if err := s.construct(); err != nil {
			return s, fmt.Errorf("byte %d: %w", s.pos, err)
		}
	}
	s.finish()
	*r = s.repairs
	return s, nil
}

func (s *scanner) top() *frame {
	if len(s.stack) == 0 {
		return nil
	}
	return &s.stack[len(s.stack)-1]
}

// chars takes character data, references and all.
func (s *scanner) chars(b []byte) {
	f := s.top()
	if len(b) == 0 || f == nil || f.rule == nil || !f.rule.copied() || !s.fits(f, len(b)) {
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

// leaveOut notes that something inside the element f is not given to gofeed. What
// stands on both sides must not join into a reference or the end of a section: a
// text is read from the source then, a short element gets a blank.
func (s *scanner) leaveOut(f *frame) {
	if f == nil || f.rule == nil || !f.rule.copied() {
		return
	}
	f.markup = true
	if f.rule.how == isKept && s.fits(f, 1) {
		s.out = append(s.out, ' ')
	}
}

// construct takes what starts with the "<" at pos, and moves past it.
func (s *scanner) construct() error {
	rest := s.src[s.pos:]
	if len(rest) < 2 {
		s.pos = len(s.src)
		return nil
	}
	switch c := rest[1]; {
	case c == '/':
		s.endTag()
	case c == '?':
		s.pass("?>", 2)
	case c == '!':
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			s.pass("-->", 4)
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			s.cdata()
		case len(s.stack) > 0:
			s.pass(">", 2) // what Word leaves behind: <![endif]>
		default:
			s.directive()
		}
	case nameStart(c):
		return s.startTag()
	default:
		s.lone()
	}
	return nil
}

// lone takes a "<" that begins nothing: it was meant as text.
func (s *scanner) lone() {
	if f := s.top(); f != nil {
		s.repairs.add("took a lone < as text")
		if f.rule != nil && f.rule.copied() && s.fits(f, len("&lt;")) {
			s.out = append(s.out, "&lt;"...)
		}
	}
	s.pos++
}

// pass skips a comment or an instruction that ends in end.
func (s *scanner) pass(end string, from int) {
	i := -1
	if s.pos+from <= len(s.src) {
		i = bytes.Index(s.src[s.pos+from:], []byte(end))
	}
	if i < 0 {
		s.pos = len(s.src)
		return
	}
	s.pos += from + i + len(end)
	s.leaveOut(s.top())
}

func (s *scanner) cdata() {
	const open, end = len("<![CDATA["), "]]>"
	i := bytes.Index(s.src[s.pos+open:], []byte(end))
	if i < 0 {
		s.pos = len(s.src)
		return
	}
	section := s.src[s.pos : s.pos+open+i+len(end)]
	s.pos += len(section)
	f := s.top()
	if f == nil || f.rule == nil || !f.rule.copied() {
		return
	}
	if f.pieces++; f.pieces > maxPieces {
		f.full, f.markup = true, true
	} else if s.fits(f, len(section)) {
		s.out = append(s.out, section...)
	}
}

// directive skips a declaration before the root, internal subset and all. Nothing
// that it declares is ever used.
func (s *scanner) directive() {
	start := s.pos
	var quote byte
	depth := 0
	for i := s.pos + 2; i < len(s.src); i++ {
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
				s.pos = len(s.src)
				return
			}
			i += 4 + j + 2
		case c == '<', c == '[':
			depth++
		case c == ']':
			depth--
		case c == '>' && depth > 0:
			depth--
		case c == '>':
			s.pos = i + 1
			if s.doctype == "" {
				s.doctype = clip(string(s.src[start:s.pos]), 64)
			}
			return
		}
	}
	s.pos = len(s.src)
}

func (s *scanner) startTag() error {
	start := s.pos
	name := s.name(start + 1)
	parent := s.top()
	read := parent == nil || parent.rule != nil && parent.rule.inside != nil
	end, empty, err := s.tag(name.to, read)
	if err != nil {
		return err
	}
	if end < 0 { // cut off inside the tag
		s.pos = len(s.src)
		return nil
	}
	if len(s.stack) == maxDepth {
		return errDepth
	}
	s.pos = end
	f := frame{name: name, inner: end, mark: len(s.out), bindings: len(s.bindings)}
	switch {
	case parent == nil:
		if !s.openRoot(&f) {
			s.done = true
			return nil
		}
	case read:
		s.open(&f, parent, start)
	case parent.rule != nil:
		parent.markup = true
		parent.children++
	}
	s.stack = append(s.stack, f)
	if empty {
		s.pop(end)
	}
	return nil
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
	if r == nil && parent.rule.how == isEntry && s.isItem(f.name) {
		// The end tag of the entry before is missing.
		s.repairs.add("closed an entry that was left open")
		s.bindings = s.bindings[:f.bindings]
		s.pop(start)
		parent = s.top()
		f.base, f.lang = parent.base, parent.lang
		f.mark, f.bindings = len(s.out), len(s.bindings)
		s.declare(false)
		r = s.lookup(f.name, parent.rule)
	}
	if r == nil || !s.admit(r, parent) {
		s.leaveOut(parent)
		return
	}
	f.rule = r
	s.inherit(f)
	switch r.how {
	case isTaken, isText:
		s.begin(f)
		if r.how == isTaken {
			return
		}
	case isEntry:
		s.beginEntry(f, parent)
	case isChannel:
		s.channels++
		f.silent = s.channels > 1
		s.head.base, s.head.lang = f.base, f.lang
	}
	if f.rule != nil && !f.silent {
		s.writeStart(r)
	}
}

// admit counts what is read, and says no beyond the bounds.
func (s *scanner) admit(r *rule, parent *frame) bool {
	if r.how == isEntry {
		if len(s.entries) >= MaxItems || s.keptAll >= maxKeptAll {
			s.capped = true
			s.repairs.add("left out entries of a document that has too many")
			return false
		}
		s.kept = 0
		return true
	}
	if r.how == isText && s.has(r.field) {
		return false // the first that says something stands
	}
	if s.kept >= maxKept {
		s.repairs.add("left out elements of an entry that has too many")
		return false
	}
	s.kept++
	s.keptAll++
	return true
}

func (s *scanner) endTag() {
	start := s.pos
	name := s.name(start + 2)
	i := bytes.IndexByte(s.src[name.to:], '>')
	if i < 0 {
		s.pos = len(s.src)
		return
	}
	s.pos = name.to + i + 1
	at := s.match(name)
	if at < 0 {
		if len(s.stack) > 0 && s.top().rule != nil {
			s.repairs.add("dropped a stray end tag")
		}
		s.leaveOut(s.top())
		return
	}
	if at < len(s.stack)-1 && s.stack[at].rule != nil && s.stack[at].rule.inside != nil {
		s.repairs.add("added a missing end tag")
	}
	for len(s.stack) > at {
		s.pop(start)
	}
}

// match finds the innermost open element of that name, in whatever case; -1
// where none is open.
func (s *scanner) match(name span) int {
	b := s.src[name.from:name.to]
	for i := len(s.stack) - 1; i >= 0; i-- {
		if open := s.src[s.stack[i].name.from:s.stack[i].name.to]; len(open) == len(b) && bytes.EqualFold(open, b) {
			return i
		}
	}
	return -1
}

// pop closes the innermost element, whose content ends at end.
func (s *scanner) pop(end int) {
	f := s.top()
	if f.rule != nil {
		s.close(f, span{f.inner, max(f.inner, end)})
	}
	s.bindings = s.bindings[:f.bindings]
	s.stack = s.stack[:len(s.stack)-1]
	s.done = len(s.stack) == 0
}

func (s *scanner) close(f *frame, inner span) {
	switch f.rule.how {
	case isTaken:
		s.end(f, inner)
		return
	case isText:
		s.end(f, inner)
		if f.markup {
			s.out = s.out[:f.mark]
			return
		}
	case isEntry:
		s.inEntry = false
	}
	if !f.silent {
		s.out = append(append(append(s.out, "</"...), f.rule.name...), '>')
	}
}

// finish closes what the end of the document left open. An entry that is cut off
// is not read: half a text would look like an edit.
func (s *scanner) finish() {
	if len(s.stack) == 0 {
		return
	}
	s.repairs.add("the document is cut off")
	if s.inEntry {
		i := len(s.stack) - 1
		for s.stack[i].rule == nil || s.stack[i].rule.how != isEntry {
			i--
		}
		s.out = s.out[:s.stack[i].mark]
		s.entries = s.entries[:len(s.entries)-1]
		s.stack = s.stack[:i]
		s.inEntry = false
		s.capped = true // the rest comes another time
	}
	for len(s.stack) > 0 {
		s.pop(len(s.src))
	}
}
