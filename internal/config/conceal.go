package config

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"rightswire/internal/link"
)

// addresses are what may be a URL, whole or without its scheme, in a line of the
// file or a message about it.
var addresses = regexp.MustCompile(`[^\s"'(\[{,]*(://|\?)[^\s"']+`)

// conceal returns a line with the secrets of its URLs left out, and a column of it,
// counted in characters from 0, moved with what stands there. Problems go to logs
// and terminals; the file alone may show its secrets.
func conceal(line string, column int) (string, int) {
	var b strings.Builder
	rest, moved := 0, column
	for _, m := range addresses.FindAllStringIndex(line, -1) {
		address := strings.TrimRight(line[m[0]:m[1]], ",]})")
		if !link.HasSecret(address) {
			continue
		}
		shown := link.Redact(address)
		b.WriteString(line[rest:m[0]])
		b.WriteString(shown)
		rest = m[0] + len(address)
		from, length := utf8.RuneCountInString(line[:m[0]]), utf8.RuneCountInString(address)
		switch {
		case column >= from+length:
			moved += utf8.RuneCountInString(shown) - length
		case column > from:
			moved -= column - from
		}
	}
	if rest == 0 {
		return line, column
	}
	return b.String() + line[rest:], moved
}
