package parse

import "bytes"

// A jsonKind says what a piece of a JSON document is.
type jsonKind uint8

const (
	jsonEnd    jsonKind = iota // of the bytes, or of the value that they began with
	jsonOpen                   // { or [
	jsonClose                  // } or ], spanning all that it closes
	jsonKey                    // a member's name
	jsonString                 // with its quotation marks
	jsonBare                   // a number, true, false or null; else a word without quotation marks
	jsonOdd                    // what cannot stand where it stands
)

type jsonToken struct {
	span
	kind jsonKind
	// inside says that a string holds quotation marks which nobody escaped.
	inside bool
	// joined says that a comma was missing before it.
	joined bool
	// swallowed says that one of them ends a member's name: where this string ends,
	// nobody can say.
	swallowed bool
}

// A jsonWant is what has to come next.
type jsonWant uint8

const (
	wantValue jsonWant = iota
	wantKey
	wantColon
	wantComma // or the end of what is open
)

type jsonLevel struct {
	bracket byte
	at      int
}

// A jsonLexer takes one JSON value apart, and goes on where others give up: it
// passes over comments and commas too many, adds commas and brackets that are
// missing, and takes quotation marks in a string as text.
//
// Invariant: what is JSON (RFC 8259) is read as JSON says, but for what is nested
// deeper than maxDepth, which is passed over.
type jsonLexer struct {
	src    []byte
	pos    int
	want   jsonWant
	stack  []jsonLevel
	closed bool // the value is read
	loose  bool // it took some leniency so far
	// repairs is nil where nobody wants to hear.
	repairs *repairs

	block, line mark // what ends a comment
}

func newJSONLexer(src []byte, r *repairs) jsonLexer {
	return jsonLexer{src: src, repairs: r, block: mark{pattern: []byte("*/")}, line: mark{pattern: []byte("\n")}}
}

func (l *jsonLexer) note(what string) {
	l.loose = true
	if l.repairs != nil {
		l.repairs.add(what)
	}
}

func (l *jsonLexer) inObject() bool {
	return len(l.stack) > 0 && l.stack[len(l.stack)-1].bracket == '{'
}

// next returns the next piece, without the commas and colons in between.
func (l *jsonLexer) next() jsonToken {
	for {
		l.blanks()
		if l.pos >= len(l.src) || l.closed {
			return jsonToken{kind: jsonEnd, span: span{l.pos, l.pos}}
		}
		c := l.src[l.pos]
		if l.want == wantColon {
			if c != ':' {
				return l.nameless(c)
			}
			l.pos++
			l.want = wantValue
			continue
		}
		switch c {
		case ',':
			l.comma()
		case '"':
			return l.string()
		case '{', '[':
			return l.open(c)
		case '}', ']':
			return l.close(c)
		case ':':
			return l.odd(l.pos + 1)
		default:
			return l.bare()
		}
	}
}

// odd passes over what is up to end.
func (l *jsonLexer) odd(end int) jsonToken {
	t := jsonToken{kind: jsonOdd, span: span{l.pos, end}}
	l.pos = end
	l.loose = true
	return t
}

// nameless takes c, which stands behind a name where a colon should.
func (l *jsonLexer) nameless(c byte) jsonToken {
	l.want = wantValue
	if c == ',' || c == '}' || c == ']' {
		l.want = wantComma
	}
	return l.odd(l.pos)
}

// blanks passes over white space and comments.
func (l *jsonLexer) blanks() {
	for l.pos < len(l.src) {
		if space(l.src[l.pos]) {
			l.pos++
			continue
		}
		n := l.comment(l.pos)
		if n == 0 {
			return
		}
		l.pos += n
		l.note("passed over comments")
	}
}

// comment returns the length of the comment that begins at i; 0 where none does.
// That of one line is set off by something, as nothing does in https://.
func (l *jsonLexer) comment(i int) int {
	rest, end := l.src[i:], &l.block
	switch {
	case bytes.HasPrefix(rest, []byte("/*")):
	case bytes.HasPrefix(rest, []byte("//")) && (i == 0 || l.src[i-1] != ':' && l.src[i-1] != '"'):
		end = &l.line
	default:
		return 0
	}
	k := end.after(l.src, i+2)
	if k == len(l.src) {
		return 0
	}
	return k + len(end.pattern) - i
}

func (l *jsonLexer) comma() {
	l.pos++
	stray := l.want != wantComma
	if l.want = wantValue; l.inObject() {
		l.want = wantKey
	}
	if i := skipSpace(l.src, l.pos); stray || i < len(l.src) && (l.src[i] == '}' || l.src[i] == ']') {
		l.note("passed over commas that separate nothing")
	}
}

// missingComma makes up for a comma, and says what it is followed by.
func (l *jsonLexer) missingComma() {
	l.note("added missing commas")
	if l.want = wantValue; l.inObject() {
		l.want = wantKey
	}
}

func (l *jsonLexer) open(bracket byte) jsonToken {
	if l.want == wantKey || l.want == wantComma && l.inObject() {
		return l.odd(l.pos + 1)
	}
	joined := l.want == wantComma
	if joined {
		l.missingComma()
	}
	if len(l.stack) == maxDepth {
		return l.tooDeep()
	}
	l.stack = append(l.stack, jsonLevel{bracket, l.pos})
	l.pos++
	if l.want = wantValue; bracket == '{' {
		l.want = wantKey
	}
	return jsonToken{kind: jsonOpen, span: span{l.pos - 1, l.pos}, joined: joined}
}

// tooDeep passes over a value beyond maxDepth, counting brackets.
func (l *jsonLexer) tooDeep() jsonToken {
	l.note("passed over values nested too deep")
	start, depth := l.pos, 0
	for l.pos < len(l.src) {
		switch l.src[l.pos] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			if l.pos = stringEnd(l.src, l.pos); l.pos < 0 {
				l.pos = len(l.src) - 1
			}
		}
		if l.pos++; depth == 0 {
			break
		}
	}
	l.want = wantComma
	return jsonToken{kind: jsonBare, span: span{start, l.pos}}
}

func (l *jsonLexer) close(bracket byte) jsonToken {
	at := len(l.stack) - 1
	if at < 0 || l.stack[at].bracket != bracket-2 { // as ASCII has them
		return l.odd(l.pos + 1)
	}
	if l.want == wantValue && bracket == '}' {
		l.loose = true // a name without a value
	}
	t := jsonToken{kind: jsonClose, span: span{l.stack[at].at, l.pos + 1}}
	l.pos++
	l.stack = l.stack[:at]
	l.want, l.closed = wantComma, at == 0
	return t
}

// bare takes a number or a word.
func (l *jsonLexer) bare() jsonToken {
	end := l.pos + 1
	for end < len(l.src) && !space(l.src[end]) && bytes.IndexByte([]byte(`,:"{}[]`), l.src[end]) < 0 {
		end++
	}
	if l.want != wantValue {
		return l.odd(end)
	}
	t := jsonToken{kind: jsonBare, span: span{l.pos, end}}
	l.pos, l.want = end, wantComma
	return t
}

// string takes a string: a name or a value.
func (l *jsonLexer) string() jsonToken {
	if l.want == wantComma {
		l.missingComma()
	}
	t := jsonToken{kind: jsonString, span: span{from: l.pos}}
	if l.want == wantKey {
		t.kind = jsonKey
	}
	for end := l.pos; ; t.inside = true {
		if end = stringEnd(l.src, end); end < 0 {
			l.want = wantComma
			return l.odd(len(l.src))
		}
		if l.ends(&t, end+1) {
			t.to = end + 1
			break
		}
	}
	if t.inside {
		l.note("took quotation marks in a string as text")
	}
	l.pos = t.to
	if l.want = wantComma; t.kind == jsonKey {
		l.want = wantColon
	}
	return t
}

// ends reports whether the quotation mark before i ends the string t: it is
// followed by what may follow a string.
func (l *jsonLexer) ends(t *jsonToken, i int) bool {
	k := skipSpace(l.src, i)
	if k == len(l.src) {
		return true
	}
	switch l.src[k] {
	case '}', ']':
		return true
	case ':':
		t.swallowed = t.swallowed || t.kind == jsonString
		return t.kind == jsonKey || !l.inObject()
	case ',':
		if !l.inObject() {
			return true
		}
		k = skipSpace(l.src, k+1)
		return k == len(l.src) || bytes.IndexByte([]byte(`",{}]/`), l.src[k]) >= 0
	case '"':
		return l.inObject() && isName(l.src[k:])
	case '/':
		return l.comment(k) > 0
	}
	return false
}

// isName reports whether the string that b starts with names a member.
func isName(b []byte) bool {
	const longest = 64
	end := bytes.IndexByte(b[1:min(len(b), longest)], '"')
	if end < 1 {
		return false
	}
	i := skipSpace(b, end+2)
	return i < len(b) && b[i] == ':'
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && space(b[i]) {
		i++
	}
	return i
}

// stringEnd returns where the string that starts at i ends, -1 where nowhere.
func stringEnd(b []byte, i int) int {
	for i++; i < len(b); i++ {
		j := bytes.IndexByte(b[i:], '"')
		if j < 0 {
			return -1
		}
		k := i + j
		slashes := 0
		for k-1-slashes >= i && b[k-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return k
		}
		i = k
	}
	return -1
}
