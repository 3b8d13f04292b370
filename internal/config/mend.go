package config

import (
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
)

var (
	tabs    = regexp.MustCompile(`^ *\t[ \t]*[^ \t\r#]`)
	section = regexp.MustCompile(`^[^\s#-]`)
	item    = regexp.MustCompile(`^ *- `)
)

// mend reports an error of the YAML library and takes the entry that holds it out
// of the text, so that the rest can be read; false where that is hopeless.
func (d *decoder) mend(err error) bool {
	located, ok := err.(yaml.Error)
	if !ok {
		d.report(place{}, "", "not YAML: %v", err)
		return false
	}
	at, msg := tokenPlace(located.GetToken()), located.GetMessage()
	d.partial = true
	if strings.Contains(msg, "\t") || strings.Contains(msg, "tab character") {
		if d.mendTabs() {
			return true
		}
		msg = strings.ReplaceAll(msg, "\t", `\t`)
	}
	d.report(at, syntaxHint(msg), "not YAML: %s", msg)
	if at.line > 1 && strings.Contains(msg, "must be specified") && item.MatchString(d.text[at.line-1]) {
		return d.cut(at.line - 1) // the item before was not closed
	}
	return d.cut(at.line)
}

// syntaxHint says what usually stands behind a message of the library.
func syntaxHint(msg string) string {
	says := func(part string) bool { return strings.Contains(msg, part) }
	switch {
	case says("mapping value is not allowed"):
		return "put a text with a colon in quotes"
	case says("is not allowed in"):
		return "is the line indented like the ones it belongs to?"
	case says("must be specified"), says("end token"):
		return "is a bracket or brace not closed?"
	case says("end character"):
		return "close the quotes"
	case says("reserved character"):
		return "put the text in quotes"
	case says("escape character"):
		return `in double quotes a \ is written \\; single quotes take it as it is`
	}
	return ""
}

// mendTabs reports every line that a tab indents.
func (d *decoder) mendTabs() bool {
	found := false
	for i, line := range d.lines {
		if m := tabs.FindString(line); m != "" {
			d.report(place{i + 1, strings.IndexByte(m, '\t') + 1}, "indent with blanks", "a tab indents this line")
			found = d.cut(i+1) || found
		}
	}
	return found
}

// cut blanks the lines of the entry that holds a line: a list item of a
// section, or the whole section where it has none there.
func (d *decoder) cut(number int) bool {
	at := number - 1
	if at < 0 || at >= len(d.text) {
		return false
	}
	top := at
	for top > 0 && !section.MatchString(d.text[top]) {
		top--
	}
	end := at + 1
	for end < len(d.text) && !section.MatchString(d.text[end]) {
		end++
	}
	from := top
	if dash := firstItem(d.text[top:end]); dash != "" && at > top {
		from, end = itemAround(d.text, dash, at, top, end)
	}
	clear(d.text[from:end])
	d.text[from] = "#" // ends a block above, which blank lines would prolong
	return true
}

// firstItem returns how the items of a section's list start: "  - ".
func firstItem(lines []string) string {
	for _, line := range lines {
		if m := item.FindString(line); m != "" {
			return m
		}
	}
	return ""
}

// itemAround returns the lines of the item that holds line at, within a section
// from top to end.
func itemAround(lines []string, dash string, at, top, end int) (from, to int) {
	from = at
	for from > top && !strings.HasPrefix(lines[from], dash) {
		from--
	}
	if from == top {
		return top, end
	}
	for to = at + 1; to < end && !strings.HasPrefix(lines[to], dash); to++ {
	}
	return from, to
}
