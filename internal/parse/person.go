package parse

import (
	"slices"
	"strings"

	"rightswire/internal/link"
	"rightswire/internal/news"
	"rightswire/internal/text"
)

// byline reads a person as RSS names one: "a@e.org (Name)", "Name (a@e.org)",
// "Name <a@e.org>", an address, or anything else, which is the name.
func byline(s string) news.Author {
	s = strings.TrimSpace(plainName(s))
	for _, pair := range []string{"()", "<>"} {
		before, rest, ok := strings.Cut(s, pair[:1])
		inner, after, closed := strings.Cut(rest, pair[1:])
		if !ok || !closed || strings.TrimSpace(after) != "" {
			continue
		}
		before, inner = strings.TrimSpace(before), strings.TrimSpace(inner)
		switch {
		case isAddress(inner):
			return news.Author{Name: strings.Trim(before, `"`), Email: mailto(inner)}
		case isAddress(before):
			return news.Author{Name: inner, Email: mailto(before)}
		}
	}
	if isAddress(s) {
		return news.Author{Email: mailto(s)}
	}
	return news.Author{Name: s}
}

// plainName decodes a name, and removes the tags of one that holds markup.
func plainName(s string) string {
	if s = decodeEntities(s); looksHTML(s) {
		return stripTags(s)
	}
	return s
}

// plainLine returns a text as plain characters in at most n bytes.
func plainLine(t news.Text, n int) string {
	if t.HTML {
		return bound(stripTags(t.Value), n)
	}
	return bound(t.Value, n)
}

// stripTags returns the text of HTML in one line. It is for names and titles of
// the head, which nobody styles.
func stripTags(s string) string {
	var out strings.Builder
	for b := []byte(s); len(b) > 0; {
		kind, piece, rest := nextPiece(b)
		switch kind {
		case pieceText:
			out.WriteString(decodeEntities(string(piece)))
		case pieceTag:
			out.WriteByte(' ')
			rest = pastCode(piece, rest)
		default:
			out.WriteByte(' ')
		}
		b = rest
	}
	return line(out.String())
}

// pastCode returns what follows a tag; the end tag where it is that of a script or
// a style sheet, whose content is no text.
func pastCode(tag, rest []byte) []byte {
	name := strings.ToLower(tagName(string(tag[1:])))
	if name != "script" && name != "style" {
		return rest
	}
	for i := range rest {
		if end := min(i+2+len(name), len(rest)); rest[i] == '<' && strings.EqualFold(string(rest[i:end]), "</"+name) {
			return rest[i:]
		}
	}
	return nil
}

func mailto(s string) string { return strings.TrimPrefix(s, "mailto:") }

// withoutAddresses takes e-mail addresses out of a name, which is published; the
// first is kept where the author has none.
func withoutAddresses(a news.Author) news.Author {
	if !strings.Contains(a.Name, "@") {
		return a
	}
	var words []string
	found := false
	for _, w := range strings.FieldsFunc(a.Name, func(c rune) bool { return c <= ' ' || strings.ContainsRune("<>()[],;\"", c) }) {
		if isAddress(w) {
			first(&a.Email, mailto(w))
			found = true
		} else {
			words = append(words, w)
		}
	}
	if found {
		a.Name = strings.Trim(strings.Join(words, " "), "-–—|/ ")
	}
	return a
}

// isAddress reports whether s looks like an e-mail address.
func isAddress(s string) bool {
	at := strings.IndexByte(s, '@')
	return at > 0 && at < len(s)-1 && strings.LastIndexByte(s, '@') == at && !strings.ContainsAny(s, " \t\n<>()\"")
}

// authors collects persons, each once, and bounded.
type authors []news.Author

// add takes a person whose URL, if any, is relative to base. One that is named
// again adds what was not known of them.
func (as *authors) add(a news.Author, base string) {
	a = withoutAddresses(a)
	a.Name, a.Email = bound(line(a.Name), maxName), bound(a.Email, maxName)
	if a.URL != "" {
		a.URL = webAddress(base, a.URL)
	}
	if a == (news.Author{}) || len(*as) >= maxAuthors {
		return
	}
	i := slices.IndexFunc(*as, func(b news.Author) bool {
		return a.Name == b.Name && (a.Email == "" || b.Email == "" || a.Email == b.Email)
	})
	if i < 0 || a.Name == "" && (*as)[i] != a {
		*as = append(*as, a)
		return
	}
	first(&(*as)[i].Email, a.Email)
	first(&(*as)[i].URL, a.URL)
}

// line returns s with each run of white space as one blank.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// bound returns s trimmed, of legal characters, in at most n bytes.
func bound(s string, n int) string {
	s, _ = cut(strings.TrimSpace(legal(s)), n)
	return s
}

// cut is text.Truncate without holding on to what is cut off.
func cut(s string, n int) (string, bool) {
	shorter, is := text.Truncate(s, n)
	if is {
		shorter = strings.Clone(shorter)
	}
	return shorter, is
}

// webAddress returns ref as an absolute http or https URL without tracking
// parameters; "" where it is none.
func webAddress(base, ref string) string {
	return link.Clean(wholeAddress(base, ref))
}

// wholeAddress is webAddress with every parameter: an address to be asked as it is.
func wholeAddress(base, ref string) string {
	if ref == "" {
		return ""
	}
	u, err := link.Resolve(base, ref)
	if err != nil || !strings.HasPrefix(u, "http") {
		return ""
	}
	return u
}
