package demo

import (
	"bytes"
	"html/template"
	"net/http"
	"slices"
	"time"
)

var pageTemplates = template.Must(template.New("").Funcs(template.FuncMap{
	"rfc3339": func(t time.Time) string { return t.Format(time.RFC3339) },
}).ParseFS(files, "templates/pages.html"))

// related is how many other articles a page offers.
const related = 3

func (o *origin) index(w http.ResponseWriter, r *http.Request) {
	o.page(w, r, "index", struct {
		Title, Language, Direction string
		Outlets                    []*outlet
	}{"The sample newsroom’s sources", "en", "ltr", o.outlets})
}

func (o *origin) site(w http.ResponseWriter, r *http.Request) {
	out := o.outlet(r.PathValue("outlet"))
	if out == nil {
		http.NotFound(w, r)
		return
	}
	o.page(w, r, "site", out.edition(""))
}

// article serves an article's page, with all that surrounds an article there:
// login lines, share buttons, other articles, a newsletter.
func (o *origin) article(w http.ResponseWriter, r *http.Request) {
	out := o.outlet(r.PathValue("outlet"))
	if out == nil {
		http.NotFound(w, r)
		return
	}
	e := out.edition("")
	i := slices.IndexFunc(e.Articles, func(a article) bool { return a.Slug == r.PathValue("slug") })
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	others := slices.Delete(slices.Clone(e.Articles), i, i+1)
	o.page(w, r, "article", struct {
		edition
		Title   string // the article's, in place of the outlet's
		Article article
		Body    template.HTML
		Related []article
	}{
		e, e.Articles[i].Title, e.Articles[i],
		template.HTML(e.Articles[i].HTML), // of the embedded files, hostile touches and all
		others[:min(related, len(others))],
	})
}

func (o *origin) page(w http.ResponseWriter, r *http.Request, name string, data any) {
	var b bytes.Buffer
	if err := pageTemplates.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// The sample's hostile touches are for the reader of feeds: in a browser
	// nothing of them may run, and nothing may leave this machine.
	w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'")
	send(w, r, b.Bytes(), true, time.Time{})
}
