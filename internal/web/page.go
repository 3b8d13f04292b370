package web

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
)

//go:embed style.css
var stylesheet []byte

//go:embed base.html
var baseHTML string

// base is the frame of every page; what stands in it is the template "main".
var base = template.Must(template.New("base").Parse(baseHTML))

// A Page is what the frame needs to know. Its Body is for the template "main".
type Page struct {
	// Language and Dir are those of the page's main text; the frame's own words
	// are English and say so.
	Language, Dir string
	Title         string
	Site          string // title of the site; "" leaves its name out
	Root          string // the way from the page to "/", as Root gives it
	Feeds         []Feed // what a feed reader finds when it is given the page
	NoIndex       bool   // asks search engines to keep out
	Body          any
}

// A Feed is one way to subscribe to what a page shows.
type Feed struct {
	Title, Type, Href string
}

// NewTemplate returns the frame around main, a template that sees the Page.
// Further templates that main calls are defined in it.
func NewTemplate(main string) (*template.Template, error) {
	t, err := base.Clone()
	if err != nil {
		return nil, fmt.Errorf("clone the page frame: %w", err)
	}
	if _, err := t.New("main").Parse(main); err != nil {
		return nil, fmt.Errorf("parse template: %w", err)
	}
	return t, nil
}

// Render fills the frame t with p.
func Render(t *template.Template, p *Page) ([]byte, error) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "base", p); err != nil {
		return nil, fmt.Errorf("render page %q: %w", p.Title, err)
	}
	return b.Bytes(), nil
}

// HTML is the media type of pages.
const HTML = "text/html; charset=utf-8"

// Stylesheet returns the stylesheet of all pages, to be served at /style.css.
func Stylesheet() *Content {
	return NewContent(stylesheet, "text/css; charset=utf-8", time.Time{})
}

// Root returns the relative way from the page at path, which begins with a slash,
// to the root of the site: pages work below any prefix a proxy gives them, and as
// files.
func Root(path string) string {
	if up := strings.Count(path, "/") - 1; up > 0 {
		return strings.Repeat("../", up)
	}
	return "./"
}

var failure = template.Must(template.Must(base.Clone()).New("main").Parse(
	`<h1 lang="en">{{.Title}}</h1>
<p lang="en">{{.Body.Hint}}</p>
<p lang="en"><a href="{{.Root}}">To the front page</a></p>
<p lang="en" class="meta">Status {{.Body.Status}}</p>
`))

// Fail answers with an error page that says what happened and what to do about
// it. Both texts are escaped, and no cache keeps the answer.
func Fail(w http.ResponseWriter, r *http.Request, status int, title, hint string) {
	body, err := Render(failure, &Page{
		Language: "en", Dir: "ltr", Title: title, Root: Root(r.URL.Path), NoIndex: true,
		Body: struct {
			Hint   string
			Status int
		}{hint, status},
	})
	if err != nil { // unreachable: the template and its data are fixed
		Plain(w, r, status, http.StatusText(status))
		return
	}
	write(w, r, status, HTML, body)
}
