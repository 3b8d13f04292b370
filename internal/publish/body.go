package publish

import (
	"html"
	"strings"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

// body returns the markup of an entry: the editor's notes, set apart; the text
// or excerpt; the statement of rights that the text is shown under. What it
// writes is still to be cleaned.
func body(site news.Site, h *head, e *entry) string {
	markup := e.piece.HTML
	if markup == "" && e.summary != "" {
		markup = "<p>" + html.EscapeString(e.summary) + "</p>"
	}
	notes := e.piece.Item.Standing.Notes
	open, end := wrap(h, e.language)
	var b strings.Builder
	b.Grow(len(markup) + 256 + 512*len(notes))
	for _, n := range notes {
		note(&b, site, h.desk, n)
	}
	if len(notes) > 0 && markup != "" {
		b.WriteString("<hr>")
	}
	if markup != "" {
		b.WriteString(open)
		b.WriteString(markup)
		b.WriteString(end)
	}
	if e.rights != "" {
		b.WriteString("<p><small>")
		b.WriteString(html.EscapeString(e.source.title + ": " + e.rights))
		b.WriteString("</small></p>")
	}
	return b.String()
}

// wrap returns the element that names the language of an entry's text where it
// is not the feed's, or runs from right to left: no feed format has a place for
// the direction of a text.
func wrap(h *head, lang string) (open, end string) {
	if lang == "" {
		return "", ""
	}
	dir := text.Direction(lang)
	if lang == h.language && dir == "ltr" {
		return "", ""
	}
	return `<div lang="` + html.EscapeString(lang) + `" dir="` + dir + `">`, "</div>"
}

// note writes what an editor said, dated in the site's time zone.
func note(b *strings.Builder, site news.Site, lang string, n news.Note) {
	label := "Editor’s note"
	if n.Correction {
		label = "Correction"
	}
	if at := moment(n.At); !at.IsZero() {
		label += ", " + at.In(zone(site)).Format(time.DateOnly)
	}
	b.WriteString(`<div lang="` + html.EscapeString(lang) + `" dir="` + text.Direction(lang) + `"><p><strong>`)
	b.WriteString(html.EscapeString(label) + ":</strong> ")
	lines := strings.Split(html.EscapeString(strings.TrimSpace(text.Clean(n.Text))), "\n")
	b.WriteString(strings.Join(lines, "<br>"))
	b.WriteString("</p></div>")
}

func zone(site news.Site) *time.Location {
	if site.Location == nil {
		return time.UTC
	}
	return site.Location
}
