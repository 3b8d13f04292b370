package parse

import (
	"bytes"
	"strings"
)

// A format is a family of documents.
type format uint8

const (
	formatNone format = iota
	formatRSS
	formatRDF // RSS 0.90 and 1.0
	formatAtom
)

// A textNote is what the document says about a text, and where the text is.
type textNote struct {
	said   bool
	typ    string // type attribute, lower case
	mode   string // of Atom 0.3, lower case
	base   string
	lang   string
	from   span // its content, raw
	markup bool // more than character data: gofeed has not seen it
	taken  bool // gofeed has seen nothing of it
	single bool // it holds a single element: the <div> of Atom's xhtml
}

// A linkNote is one link as spelled, decoded and trimmed. An Atom link always has
// a rel; RSS's own has none.
type linkNote struct {
	rel, href, typ, length string
	base                   string // what it is relative to
}

// headNotes is what is noted of the document itself.
type headNotes struct {
	base, lang        string
	title, rights     textNote
	links             []linkNote
	period, frequency string
}

// entryNotes is what is noted of one entry; strings as spelled, decoded and
// trimmed.
type entryNotes struct {
	base, lang string
	guid       string // RSS guid, atom:id
	about      string // rdf:about, atom:id in RSS
	permalink  bool   // the guid is said to be the address
	otherTitle string // dc:title in RSS
	links      []linkNote
	// Dates.
	published, updated, created, date string
	otherPublished, otherUpdated      string

	title, summary, teaser, content, rights textNote
	via, viaRights                          textNote // of atom:source

	written span // in the scanner's out
	refused bool // by gofeed
}

// guessVersion tells Atom 0.3 and RSS 0.90 by their namespaces.
func (s *scanner) guessVersion() {
	for _, a := range s.attrs {
		if !bytes.HasPrefix(a.name, []byte("xmlns")) {
			continue
		}
		switch uri := plainURI(a.value); {
		case s.format == formatAtom && uri == "www.w3.org/2005/atom":
			s.version = "1.0"
		case s.format == formatAtom && uri == "purl.org/atom/ns" && s.version == "":
			s.version = "0.3"
		case s.format == formatRDF && strings.Contains(uri, "netscape.com/rdf/simple/0.9"):
			s.version = "0.90"
		}
	}
}

// beginChannel notes what the start tag of a channel says. Of several the first is
// the document's.
func (s *scanner) beginChannel(f *frame) {
	s.channels++
	if f.silent = s.channels > 1; f.silent {
		return
	}
	s.head.base, s.head.lang = f.base, f.lang
	if href := s.attrFold("href"); href != "" { // of CDF
		s.head.links = append(s.head.links, linkNote{href: href, base: f.base})
	}
}

func (s *scanner) beginEntry(f *frame) {
	e := entryNotes{base: f.base, lang: f.lang, about: s.about()}
	if f.lang == s.head.lang {
		e.lang = ""
	}
	if s.format == formatRSS { // CDF says it in the tag
		if href := s.attrFold("href"); href != "" {
			e.links = append(e.links, linkNote{href: href, base: f.base})
		}
		e.updated = s.attrFold("lastmod")
	}
	s.entries = append(s.entries, e)
}

func (s *scanner) about() string {
	for _, a := range s.attrs {
		if string(a.name) == "rdf:about" || string(a.name) == "about" {
			return attrValue(a.value)
		}
	}
	return ""
}

func (s *scanner) entry() *entryNotes {
	if !s.reading {
		return nil
	}
	return &s.entries[len(s.entries)-1]
}

// text returns the note of a field; nil where the field is none of text.
func (s *scanner) text(f field) *textNote {
	if e := s.entry(); e != nil {
		switch f {
		case fieldTitle:
			return &e.title
		case fieldSummary:
			return &e.summary
		case fieldTeaser:
			return &e.teaser
		case fieldContent:
			return &e.content
		case fieldRights:
			return &e.rights
		case fieldVia:
			return &e.via
		case fieldViaRights:
			return &e.viaRights
		}
		return nil
	}
	switch f {
	case fieldTitle:
		return &s.head.title
	case fieldRights:
		return &s.head.rights
	}
	return nil
}

// has reports whether a text has been said already.
func (s *scanner) has(f field) bool {
	n := s.text(f)
	return n != nil && n.said && n.from.to > n.from.from
}

// begin notes what the start tag of f says.
func (s *scanner) begin(f *frame) {
	if n := s.text(f.rule.field); n != nil && !s.has(f.rule.field) {
		*n = textNote{
			typ: strings.ToLower(s.attr("type")), mode: strings.ToLower(s.attr("mode")), base: f.base, lang: f.lang,
		}
		return
	}
	switch e := s.entry(); f.rule.field {
	case fieldLink, fieldAtomLink:
		l := linkNote{
			rel: s.rel(f.rule.field), href: s.attr("href"), typ: s.attr("type"), length: s.attr("length"), base: f.base,
		}
		if e == nil {
			s.head.links = append(s.head.links, l)
		} else {
			e.links = append(e.links, l)
		}
	case fieldID:
		if e != nil && e.guid == "" {
			e.permalink = s.format != formatAtom && !strings.EqualFold(s.permalink(), "false")
		}
	}
}

// relations is what some publishers write in front of a registered relation.
const relations = "http://www.iana.org/assignments/relation/"

// rel is the relation of a link, in lower case.
func (s *scanner) rel(f field) string {
	rel := strings.TrimPrefix(strings.ToLower(s.attr("rel")), relations)
	if rel == "" && f == fieldAtomLink {
		return "alternate" // RFC 4287 section 4.2.7.2
	}
	return rel
}

func (s *scanner) permalink() string { return s.attrFold("isPermaLink") }

// attrFold is attr for a name in whatever case.
func (s *scanner) attrFold(name string) string {
	for _, a := range s.attrs {
		if strings.EqualFold(string(a.name), name) {
			return attrValue(a.value)
		}
	}
	return ""
}

// note notes what the element f holds.
func (s *scanner) note(f *frame, inner span) {
	if n := s.text(f.rule.field); n != nil {
		if !s.has(f.rule.field) {
			n.said, n.from, n.taken = true, inner, f.rule.how == isTaken
			n.markup, n.single = f.markup || n.taken, f.children == 1
		}
		return
	}
	value := rawText(s.src[inner.from:inner.to])
	e := s.entry()
	if e == nil {
		s.endHead(f.rule.field, value)
		return
	}
	switch f.rule.field {
	case fieldLink, fieldAtomLink:
		if l := &e.links[len(e.links)-1]; l.href == "" {
			l.href = value
		}
	case fieldID:
		first(&e.guid, value)
	case fieldOtherTitle:
		first(&e.otherTitle, value)
	case fieldOtherID:
		first(&e.about, value)
	case fieldPublished:
		first(&e.published, value)
	case fieldUpdated:
		first(&e.updated, value)
	case fieldCreated:
		first(&e.created, value)
	case fieldDate:
		first(&e.date, value)
	case fieldOtherPublished:
		first(&e.otherPublished, value)
	case fieldOtherUpdated:
		first(&e.otherUpdated, value)
	}
}

func (s *scanner) endHead(f field, value string) {
	switch f {
	case fieldLink, fieldAtomLink:
		if l := &s.head.links[len(s.head.links)-1]; l.href == "" {
			l.href = value
		}
	case fieldPeriod:
		first(&s.head.period, value)
	case fieldFrequency:
		first(&s.head.frequency, value)
	}
}

// first keeps what was said first.
func first(to *string, value string) {
	if *to == "" {
		*to = value
	}
}
