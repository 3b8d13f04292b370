package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Problem is one thing wrong with a file.
type Problem struct {
	File string
	// Line and Column count from 1, the column in characters; 0 where the file as a
	// whole is meant.
	Line, Column int
	Msg          string // what is wrong, with the key it is about
	Hint         string // what to do, or ""
	// Excerpt is the line with its number, and a second one with a caret below the
	// column; "" where there is none.
	Excerpt string
}

// String returns the problem on one line, without its excerpt:
// `feeds.yaml:41:7: channel "x": unknown topic "y" (did you mean "z"?)`.
func (p Problem) String() string {
	s := position(p.File, p.Line, p.Column) + ": " + p.Msg
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

func position(file string, line, column int) string {
	if line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d:%d", file, line, column)
}

// Invalid is the error of a file that cannot be used.
type Invalid struct {
	Problems []Problem // in the order of their places, never empty
	// Data is the folder of the store as far as the file tells, absolute: a daemon
	// that runs by an earlier state of the file is found there. "" where unknown.
	Data string
	// Files are those that Config.Files would name, as far as the file tells: a change
	// of one may make it valid.
	Files []string
}

// Error returns every problem with its excerpt.
func (e *Invalid) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.String())
		if p.Excerpt != "" {
			b.WriteByte('\n')
			b.WriteString(p.Excerpt)
		}
	}
	return b.String()
}

// A Notice is something to know of a valid file: a key without effect yet, a value
// that should not stay as shipped.
type Notice struct {
	File         string
	Line, Column int // 0 where the file does not say it
	Msg          string
}

// String returns the notice on one line.
func (n Notice) String() string {
	return position(n.File, n.Line, n.Column) + ": " + n.Msg
}

// A place is a position in the file; both count from 1, columns in characters.
type place struct{ line, column int }

// maxProblems bounds what one file makes us say.
const maxProblems = 1000

// full reports whether enough is wrong; looking for hints costs.
func (d *decoder) full() bool { return len(d.problems) >= maxProblems }

// report adds a problem. The same one at the same place is said once.
func (d *decoder) report(at place, hint, format string, args ...any) {
	msg, _ := conceal(fmt.Sprintf(format, args...), 0)
	p := Problem{File: d.name, Line: at.line, Column: at.column, Msg: msg, Hint: hint}
	known := func(q Problem) bool { return q.Line == p.Line && q.Column == p.Column && q.Msg == p.Msg }
	if d.full() || slices.ContainsFunc(d.problems[max(0, len(d.problems)-50):], known) {
		return
	}
	p.Excerpt = d.excerpt(at)
	d.problems = append(d.problems, p)
}

// notice adds a notice.
func (d *decoder) notice(at place, format string, args ...any) {
	d.notices = append(d.notices, Notice{File: d.name, Line: at.line, Column: at.column, Msg: fmt.Sprintf(format, args...)})
}

func (d *decoder) invalid(data string) *Invalid {
	slices.SortStableFunc(d.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Invalid{Problems: d.problems, Data: data, Files: d.files}
}

// excerptWidth is how many characters of a long line are shown.
const excerptWidth = 100

// excerpt shows a place: its line without secrets, cut around the column, and a
// caret below.
func (d *decoder) excerpt(at place) string {
	if at.line < 1 || at.line > len(d.lines) {
		return ""
	}
	line := strings.TrimSuffix(d.line(at.line), "\r")
	if !utf8.ValidString(line) {
		line = strings.ToValidUTF8(line, string(utf8.RuneError))
	}
	line, column := conceal(line, at.column-1)
	runes := []rune(line)
	column = min(column, len(runes))
	from := max(0, min(column-excerptWidth/2, len(runes)-excerptWidth))
	runes, column = runes[from:min(len(runes), from+excerptWidth)], column-from
	var text, caret strings.Builder
	for i, r := range runes {
		if unicode.IsControl(r) && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			r = utf8.RuneError // a terminal must not obey the file
		}
		text.WriteRune(r)
		if i < column {
			caret.WriteString(blank(r))
		}
	}
	number := fmt.Sprintf("%4d", at.line)
	return fmt.Sprintf("%s | %s\n%s | %s^", number, strings.TrimRight(text.String(), " \t"),
		strings.Repeat(" ", len(number)), caret.String())
}

// blank returns white space as wide as r is on a terminal.
func blank(r rune) string {
	switch {
	case r == '\t':
		return "\t"
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return ""
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul),
		r >= 0x3000 && r <= 0x303F, r >= 0xFF01 && r <= 0xFF60, r >= 0x1F300 && r <= 0x1FAFF:
		return "  "
	}
	return " "
}
