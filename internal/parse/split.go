package parse

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// maxParts is how many entries of a document are told apart; further ones are not
// looked at.
const maxParts = 50_000

// A part is one entry's place in the document.
type part struct {
	span
	scope int // scopes[scope] is where it stands
}

// A scope is what an entry inherits from the elements around it.
type scope struct {
	frame    frame // of the channel or the feed
	bindings []binding
}

// inherited spells out what the scope does to its entries.
func (sc *scope) inherited() string {
	s := fmt.Sprintf("%q %q", sc.frame.base, sc.frame.lang)
	for _, b := range sc.bindings {
		s += fmt.Sprintf(" %q=%q", b.prefix, b.space)
	}
	return s
}

// split reads the head of src, UTF-8 free of characters that XML forbids, whose
// relative references start from base, and finds its entries.
func split(src []byte, base string, r *repairs) *scanner {
	s := &scanner{src: src, end: len(src), repairs: r, ends: newEnds(), out: make([]byte, 0, 4<<10), stack: make([]frame, 0, 16)}
	s.head.base = base
	s.run()
	if s.format == formatNone {
		s.seekRoot()
	}
	if s.rescan() {
		s.run()
	}
	s.finish()
	return s
}

// finish closes what the end of the document left open. An entry that is cut off
// is not read: half a text would look like an edit.
func (s *scanner) finish() {
	if len(s.stack) == 0 {
		return
	}
	if s.top().name != (span{}) { // else an entry by itself, in no feed
		s.repairs.add("the document is cut off")
		s.cut = true
	}
	whole := len(s.parts)
	for _, f := range s.stack {
		if f.part > 0 {
			whole = f.part - 1
			s.capped = true // the rest comes another time
		}
	}
	for len(s.stack) > 0 {
		s.pop(len(s.src))
	}
	s.parts = s.parts[:whole]
}

// rootTag takes a start tag outside of all others: the root's, or that of a
// document that is none of ours.
func (s *scanner) rootTag(start int, name span) {
	s.root = string(s.src[name.from:name.to])
	end, empty := s.tag(name.to, true)
	s.pos = max(end, name.to)
	root := s.rootRule(name)
	if root == nil || end < 0 {
		s.done = true
		return
	}
	s.ends.of(s.format)
	f := frame{name: name, rule: root, inner: end, base: s.head.base}
	if root == atomRoot && s.namesEntry(name) {
		// An entry by itself (RFC 4287 section 2), as though in a feed.
		s.stack = append(s.stack, frame{rule: root, base: f.base})
		s.pos = start
		s.startTag()
		return
	}
	s.inherit(&f)
	if root.how == isChannel {
		s.beginChannel(&f)
	}
	s.head.base, s.head.lang = f.base, f.lang
	s.stack = append(s.stack, f)
	if empty {
		s.closeAt(0, end)
	}
}

// rootRule sets the format by the root element, whose tag was just read; nil where
// it is none that is read.
func (s *scanner) rootRule(name span) *rule {
	prefix, local := splitName(s.src[name.from:name.to])
	var r *rule
	switch strings.ToLower(string(local)) {
	case "rss":
		s.format, s.version, r = formatRSS, s.attr("version"), rssRoot
	case "rdf":
		s.format, s.version, r = formatRDF, "1.0", rssRoot
	case "channel":
		s.format, s.version, r = formatRSS, "", channelRoot
	case "feed", "entry":
		s.format, s.version, r = formatAtom, s.attr("version"), atomRoot
	default:
		return nil
	}
	s.declare(true)
	if len(prefix) > 0 && s.resolve(prefix) != "" {
		// A root of some other vocabulary: its prefix is what counts.
		s.bindings = append(s.bindings, binding{prefix, ""})
	}
	s.guessVersion()
	return r
}

// seekRoot looks for a feed behind what does not belong to it: a warning of PHP's,
// a line of a template, half of another document. It is known by what only a
// feed's root says of itself.
func (s *scanner) seekRoot() {
	said := s.root
	for i := 0; ; i++ {
		j := bytes.IndexByte(s.src[i:], '<')
		if j < 0 {
			s.root = said
			return
		}
		i += j
		name := s.name(i + 1)
		if !s.looksRoot(name) {
			continue
		}
		s.repairs.add("passed over what stands before the feed")
		s.pos, s.done = i, false
		s.run()
		return
	}
}

// looksRoot reports whether the tag called name is a feed's root: by its name and
// by its version or namespace.
func (s *scanner) looksRoot(name span) bool {
	_, local := splitName(s.src[name.from:name.to])
	key := ""
	switch strings.ToLower(string(local)) {
	case "rss":
		key = "version"
	case "rdf", "feed":
		key = "xmlns"
	default:
		return false
	}
	if end, _ := s.tag(name.to, true); end < 0 {
		return false
	}
	for _, a := range s.attrs {
		if bytes.HasPrefix(a.name, []byte(key)) {
			return true
		}
	}
	return false
}

// beginPart notes where an entry starts, which is passed over for now.
func (s *scanner) beginPart(f, parent *frame, start int) {
	if parent.scope == 0 {
		s.scopes = append(s.scopes, scope{frame: *parent, bindings: slices.Clone(s.bindings[:f.bindings])})
		parent.scope = len(s.scopes)
	}
	s.parts = append(s.parts, part{span: span{from: start}, scope: parent.scope - 1})
	f.part, s.nested = len(s.parts), 0
	s.ends.enter(s.src[f.name.from:f.name.to])
}

// openEntry returns where on the stack the entry is that is passed over; -1 where
// none is.
func (s *scanner) openEntry() int {
	return slices.IndexFunc(s.stack, func(f frame) bool { return f.part > 0 })
}

// leaveEntry closes the entry that is open, and all in it, at end.
func (s *scanner) leaveEntry(end int) {
	s.deep = s.deep[:0]
	for at := s.openEntry(); len(s.stack) > at; {
		s.pop(end)
	}
}

// leavesOpen reports whether closing stack[at] would close an entry that has not
// ended.
func (s *scanner) leavesOpen(at int) bool {
	open := s.openEntry()
	return open > at
}

// rescan goes back to where the entry began that is open and will never end, if
// elements of its name stand deeper in it: something was left open there, a tag cut
// off, and took the entries behind it for its own. From then on an entry starts
// wherever its name does. It happens once in a document, and in none that is well
// formed.
func (s *scanner) rescan() bool {
	at := s.openEntry()
	if s.flat || at < 0 || s.nested == 0 {
		return false
	}
	f := s.stack[at]
	s.flat = true
	s.pos = s.parts[f.part-1].from
	s.parts = s.parts[:f.part-1]
	s.bindings, s.stack, s.deep = s.bindings[:f.bindings], s.stack[:at], s.deep[:0]
	s.ends.leave()
	return true
}

// read reads one entry: its n-th call makes entries[n], and writes what gofeed is
// to see of it into out.
func (s *scanner) read(p part) {
	sc := &s.scopes[p.scope]
	s.stack = append(s.stack[:0], sc.frame)
	s.bindings = append(s.bindings[:0], sc.bindings...)
	s.deep = s.deep[:0]
	s.reading, s.done = true, false
	s.pos, s.end = p.from, p.to
	name := s.name(p.from + 1)
	s.ends.enter(s.src[name.from:name.to])
	s.construct()
	for s.pos < s.end && len(s.stack) > 1 {
		s.step()
	}
	if len(s.stack) > 1 {
		s.closeAt(1, s.end)
	}
	s.reading = false
}
