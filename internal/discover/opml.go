package discover

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"rightswire/internal/charset"
	"rightswire/internal/link"
	"rightswire/internal/text"
)

// Bounds of a list of feeds.
const (
	// MaxList is how long a list may be, in bytes.
	MaxList = 5 << 20
	// MaxOutlines is how many outlines with an address one may have.
	MaxOutlines = 5000

	maxFolders  = 16  // that are kept of a path
	maxTroubles = 100 // that are told
	maxMistakes = 1000
)

// An Outline is a subscription as a list tells it: at least one of its addresses is
// not empty.
type Outline struct {
	Title string
	URL   string // of the feed, as written; or ""
	Home  string // of its site, as written; or ""
	// Folder is where it stands, "Asia/North Korea"; or "".
	Folder   string
	Language string // canonical BCP 47 tag, or ""
	Line     int    // of the list
}

// Trouble is what could not be read of a list.
type Trouble struct {
	Line int
	What string
}

// declaredEncoding finds the label in an XML declaration.
var declaredEncoding = regexp.MustCompile(`^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']`)

// ReadOPML reads a list of feeds: OPML 1.0, 1.1 or 2.0, in any character set, with
// attributes in any case. What is written badly costs the outlines it stands in,
// which are told. Each feed comes once, at its first place. No entity is expanded
// but those of HTML. The error says that the list is no OPML, is too long, has too
// many outlines, or cannot be read.
func ReadOPML(r io.Reader) ([]Outline, []Trouble, error) {
	body, err := io.ReadAll(io.LimitReader(r, MaxList+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("read OPML: %w", err)
	case len(body) > MaxList:
		return nil, nil, fmt.Errorf("read OPML: longer than %d MB: split it", MaxList>>20)
	}
	label := ""
	if m := declaredEncoding.FindSubmatch(body[:min(len(body), 512)]); m != nil {
		label = string(m[1])
	}
	body, _ = charset.Decode(body, label)
	l := list{body: bytes.Map(legal, body), line: 1, seen: map[string]bool{}}
	if err := l.read(); err != nil {
		return nil, nil, fmt.Errorf("read OPML: %w", err)
	}
	return l.outlines, l.troubles, nil
}

// legal drops what XML forbids (XML 1.0 section 2.2).
func legal(r rune) rune {
	if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
		return -1
	}
	return r
}

// A list is an OPML document being read.
type list struct {
	body     []byte
	at       int // how much of body is read
	line     int // at that place
	outlines []Outline
	troubles []Trouble
	seen     map[string]bool // keys of addresses
	count    int             // of outlines with an address

	// open are the outlines around the place, the outermost first: a folder's name,
	// or "" for a feed. Beyond maxFolders only their number is known.
	open []string
	deep int
	// ended says that the end of the document was met.
	ended bool
}

var outlineTag = regexp.MustCompile(`(?i)<outline[\s/>]`)

// read reads the document. The decoder gives up at the first mistake that it cannot
// overlook: it starts anew at the next outline. It begins at the root, so that no
// document type declaration is ever read.
func (l *list) read() error {
	if i := bytes.Index(bytes.ToLower(l.body[:min(len(l.body), 1<<20)]), []byte("<opml")); i > 0 {
		l.advance(i)
	}
	for mistakes := 0; l.at < len(l.body); mistakes++ {
		if mistakes == maxMistakes {
			return fmt.Errorf("more than %d mistakes in it: is it an OPML file?", maxMistakes)
		}
		err := l.stretch()
		if errors.Is(err, io.EOF) {
			break
		}
		bad, ok := errors.AsType[*xml.SyntaxError](err)
		if !ok {
			return err
		}
		l.trouble(l.line, "cannot be read: "+bad.Msg)
		next := outlineTag.FindIndex(l.body[l.at:])
		if next == nil {
			break
		}
		l.advance(l.at + next[0])
	}
	switch {
	case l.count > 0 && !l.ended:
		l.trouble(l.line, "the list ends before its end: outlines may be missing")
	case l.count == 0 && len(l.troubles) == 0 && !outlineTag.Match(l.body):
		return errors.New("no outlines in it: is it an OPML file?")
	}
	return nil
}

// advance moves the place to an offset of the document, never backwards.
func (l *list) advance(to int) {
	to = min(max(to, l.at), len(l.body))
	l.line += bytes.Count(l.body[l.at:to], []byte("\n"))
	l.at = to
}

// stretch reads until a mistake or the end.
func (l *list) stretch() error {
	d := xml.NewDecoder(bytes.NewReader(l.body[l.at:]))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	from := l.at
	for {
		// Raw: it neither keeps the open elements, which may be half a million, nor
		// minds which of them is closed.
		token, err := d.RawToken()
		l.advance(from + int(d.InputOffset()))
		if err != nil {
			return err
		}
		switch el := token.(type) {
		case xml.StartElement:
			if strings.EqualFold(el.Name.Local, "outline") {
				err = l.outline(el.Attr)
			}
		case xml.EndElement:
			switch strings.ToLower(el.Name.Local) {
			case "outline":
				l.closed()
			case "opml":
				l.ended = true
			}
		}
		if err != nil {
			return err
		}
	}
}

// outline takes note of an outline and of its being open.
func (l *list) outline(attrs []xml.Attr) error {
	o, kind := fields(attrs)
	o.Line = l.line
	if o.URL == "" && o.Home == "" {
		l.opened(o.Title)
		return nil
	}
	o.Folder = cmp.Or(l.folder(), o.Folder)
	l.opened("")
	if l.count++; l.count > MaxOutlines {
		return fmt.Errorf("more than %d outlines with an address: split it", MaxOutlines)
	}
	if kind == "include" {
		l.trouble(o.Line, "includes another list, "+shown(o.URL)+": import that one too")
		return nil
	}
	if key := link.Key(cmp.Or(o.URL, o.Home)); !l.seen[key] {
		l.seen[key] = true
		l.outlines = append(l.outlines, o)
	}
	return nil
}

// fields reads an outline's attributes, whose names are in any case. A bare url is
// that of the feed, but for an outline of type "link" (OPML 2.0).
func fields(attrs []xml.Attr) (o Outline, kind string) {
	said := map[string]string{}
	for _, a := range attrs {
		switch name := strings.ToLower(a.Name.Local); name {
		case "text", "title", "name", "type", "xmlurl", "htmlurl", "url", "language", "category":
			if len(a.Value) <= maxValue && said[name] == "" {
				said[name] = text.Line(a.Value)
			}
		}
	}
	kind = strings.ToLower(said["type"])
	title, _ := text.Truncate(cmp.Or(said["text"], said["title"], said["name"]), maxTitle)
	o = Outline{Title: title, URL: said["xmlurl"], Home: said["htmlurl"], Language: text.Language(said["language"])}
	switch {
	case kind == "link":
		o.Home = cmp.Or(o.Home, said["url"])
	default:
		o.URL = cmp.Or(o.URL, said["url"])
	}
	// OPML 2.0: categories are parted by commas, their parts by slashes.
	first, _, _ := strings.Cut(said["category"], ",")
	o.Folder, _ = text.Truncate(strings.Trim(first, "/ "), maxTitle)
	return o, kind
}

// opened remembers an outline that is open; name is a folder's.
func (l *list) opened(name string) {
	if l.deep++; l.deep <= maxFolders {
		l.open = append(l.open, name)
	}
}

// closed forgets the innermost outline that is open.
func (l *list) closed() {
	if l.deep > 0 {
		l.deep--
	}
	l.open = l.open[:min(len(l.open), l.deep)]
}

// folder is the path of folders around the place.
func (l *list) folder() string {
	var names []string
	for _, name := range l.open {
		if name != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, "/")
}

func (l *list) trouble(line int, what string) {
	if len(l.troubles) < maxTroubles {
		l.troubles = append(l.troubles, Trouble{Line: line, What: what})
	}
}
