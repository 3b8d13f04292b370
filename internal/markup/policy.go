package markup

import (
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html/atom"
)

// tags maps each allowed element to the attributes it may have besides lang and
// dir. Links and images are built by the walker, attribute by attribute.
var tags = map[atom.Atom]string{
	atom.A: "href rel title", atom.Abbr: "title", atom.Address: "", atom.B: "", atom.Bdi: "", atom.Blockquote: "",
	atom.Br: "", atom.Caption: "", atom.Cite: "", atom.Code: "", atom.Col: "span", atom.Colgroup: "span",
	atom.Dd: "", atom.Del: "", atom.Dfn: "", atom.Div: "", atom.Dl: "", atom.Dt: "", atom.Em: "",
	atom.Figcaption: "", atom.Figure: "", atom.H1: "", atom.H2: "", atom.H3: "", atom.H4: "", atom.H5: "",
	atom.H6: "", atom.Hr: "", atom.I: "", atom.Img: "src alt title width height", atom.Ins: "", atom.Kbd: "",
	atom.Li: "value", atom.Mark: "", atom.Ol: "start", atom.P: "", atom.Pre: "", atom.Q: "", atom.Rp: "",
	atom.Rt: "", atom.Ruby: "", atom.S: "", atom.Samp: "", atom.Small: "", atom.Span: "", atom.Strong: "",
	atom.Sub: "", atom.Sup: "", atom.Table: "", atom.Tbody: "", atom.Td: "colspan rowspan", atom.Tfoot: "",
	atom.Th: "colspan rowspan", atom.Thead: "", atom.Time: "datetime", atom.Tr: "", atom.U: "", atom.Ul: "",
	atom.Var: "", atom.Wbr: "",
}

// everywhere are the attributes that any allowed element may have.
const everywhere = "dir lang"

// attrValues are the forms that attributes other than alt and title may take.
var attrValues = map[string]*regexp.Regexp{
	"href":     regexp.MustCompile(`^(?:https?://|mailto:)[^\s"<>]+$`),
	"src":      regexp.MustCompile(`^https?://[^\s"<>]+$`),
	"rel":      regexp.MustCompile(`^` + rel + `$`),
	"dir":      regexp.MustCompile(`^(?:ltr|rtl|auto)$`),
	"lang":     regexp.MustCompile(`^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}$`),
	"width":    regexp.MustCompile(`^[0-9]{1,4}$`),
	"height":   regexp.MustCompile(`^[0-9]{1,4}$`),
	"span":     regexp.MustCompile(`^[0-9]{1,3}$`),
	"colspan":  regexp.MustCompile(`^[0-9]{1,3}$`),
	"rowspan":  regexp.MustCompile(`^[0-9]{1,3}$`),
	"start":    regexp.MustCompile(`^[0-9]{1,6}$`),
	"value":    regexp.MustCompile(`^[0-9]{1,6}$`),
	"datetime": regexp.MustCompile(`^[0-9TZ:.+ -]{4,40}$`),
}

// policy is the sanitiser's allowlist, which knows nothing but tags and attrValues.
var policy = newPolicy()

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	for tag, names := range tags {
		p.AllowElements(tag.String())
		p.AllowNoAttrs().OnElements(tag.String())
		for name := range strings.FieldsSeq(names + " " + everywhere) {
			if form, ok := attrValues[name]; ok {
				p.AllowAttrs(name).Matching(form).OnElements(tag.String())
			} else {
				p.AllowAttrs(name).OnElements(tag.String())
			}
		}
	}
	return p
}

// allowed returns the attributes that an element may keep, and whether the element
// may stay.
func allowed(tag atom.Atom) (names string, ok bool) {
	names, ok = tags[tag]
	return names + " " + everywhere, ok
}

// dropped reports whether an element goes with all that it holds: code, frames,
// controls, and what belongs into a document's head. What an <object> holds is
// shown where the object itself is not.
func dropped(tag atom.Atom) bool {
	switch tag {
	case atom.Script, atom.Style, atom.Head, atom.Title, atom.Base, atom.Meta, atom.Link, atom.Template,
		atom.Iframe, atom.Frame, atom.Frameset, atom.Noframes, atom.Embed, atom.Noembed,
		atom.Param, atom.Source, atom.Track, atom.Svg, atom.Math, atom.Canvas, atom.Map, atom.Area,
		atom.Input, atom.Button, atom.Select, atom.Option, atom.Optgroup, atom.Textarea, atom.Datalist,
		atom.Keygen, atom.Bgsound:
		return true
	}
	return false
}

// block reports whether an element that is not allowed parts text as <div> does.
// Whole pages stand in one <form>, so a form's content is kept.
func block(tag atom.Atom) bool {
	switch tag {
	case atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main, atom.Aside, atom.Nav, atom.Center,
		atom.Fieldset, atom.Form, atom.Details, atom.Summary, atom.Hgroup, atom.Dialog, atom.Legend, atom.Menu,
		atom.Listing, atom.Xmp, atom.Plaintext, atom.Dir, atom.Marquee:
		return true
	}
	return false
}
