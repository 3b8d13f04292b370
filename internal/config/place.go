package config

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// place returns where a node starts; of a mapping, its first key.
func (d *decoder) place(n ast.Node) place {
	switch n := n.(type) {
	case nil:
		return place{}
	case *ast.MappingNode:
		if len(n.Values) > 0 && !n.IsFlowStyle {
			return d.place(n.Values[0])
		}
		return tokenPlace(n.Start)
	case *ast.MappingValueNode:
		return d.place(n.Key)
	case *ast.LiteralNode:
		return tokenPlace(n.Start)
	case *ast.AnchorNode:
		return tokenPlace(n.Start)
	case *ast.AliasNode:
		return tokenPlace(n.Start)
	case *ast.TagNode:
		return tokenPlace(n.Start)
	}
	return tokenPlace(n.GetToken())
}

// within returns the place of a byte of a scalar's value. Folding, indentation and
// escapes make value and file differ, in white space above all: so it counts the
// characters before that byte which are none, and finds the next of them.
func (d *decoder) within(n ast.Node, offset int) place {
	at := d.place(n)
	s, ok := scalar(n)
	if !ok || offset <= 0 || at.line < 1 || at.line > len(d.lines) {
		return at
	}
	visible := 0
	for _, r := range s[:min(offset, len(s))] {
		if !unicode.IsSpace(r) {
			visible++
		}
	}
	r := reader{lines: d.lines, at: at}
	if _, block := n.(*ast.LiteralNode); block {
		r.newline()
	} else if r.seek(at.column); strings.HasPrefix(r.rest(), `"`) || strings.HasPrefix(r.rest(), "'") {
		r.quote = r.rest()[0]
		r.skip(1)
	}
	for ; visible > 0 && r.next(); visible-- {
	}
	end := r.at
	if !r.next() {
		return end
	}
	return r.from
}

// A reader walks the characters of a scalar as the file spells it.
type reader struct {
	lines []string
	at    place // of the next character
	byte  int   // of at, within its line
	from  place // of the character that next went past
	quote byte  // of a quoted scalar; 0
}

func (r *reader) rest() string {
	return strings.TrimSuffix(r.lines[r.at.line-1], "\r")[r.byte:]
}

// seek goes to a column of the line.
func (r *reader) seek(column int) {
	for r.at.column = 1; r.at.column < column && r.rest() != ""; {
		_, n := utf8.DecodeRuneInString(r.rest())
		r.skip(n)
	}
}

// skip goes past the bytes of some characters.
func (r *reader) skip(n int) {
	r.at.column += utf8.RuneCountInString(r.rest()[:n])
	r.byte += n
}

// newline goes to the next line; false at the end of the file.
func (r *reader) newline() bool {
	if r.at.line >= len(r.lines) {
		return false
	}
	r.at, r.byte = place{r.at.line + 1, 1}, 0
	return true
}

// next goes past white space and one character of the value that is none; false at
// the end of the file or of a quoted scalar.
func (r *reader) next() bool {
	for {
		rest := r.rest()
		if rest == "" {
			if !r.newline() {
				return false
			}
			continue
		}
		r.from = r.at
		c, n := utf8.DecodeRuneInString(rest)
		switch {
		case r.quote == '\'' && strings.HasPrefix(rest, "''"):
			r.skip(2)
			return true
		case r.quote != 0 && rest[0] == r.quote:
			return false
		case r.quote == '"' && c == '\\':
			n, space := escape(rest)
			if r.skip(n); !space {
				return true
			}
			continue
		}
		if r.skip(n); !unicode.IsSpace(c) {
			return true
		}
	}
}

// escape returns the length of the escape that a text begins with, and whether it
// stands for white space.
func escape(s string) (length int, space bool) {
	if len(s) < 2 {
		return len(s), true // a line break
	}
	switch s[1] {
	case 'x':
		return min(4, len(s)), false
	case 'u':
		return min(6, len(s)), false
	case 'U':
		return min(10, len(s)), false
	}
	_, n := utf8.DecodeRuneInString(s[1:])
	return 1 + n, strings.IndexByte("tnvfr \tN_LP", s[1]) >= 0
}
