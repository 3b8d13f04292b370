package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"text/template"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

var feedTemplates = template.Must(template.New("").Funcs(template.FuncMap{
	"rfc1123": func(t time.Time) string { return t.Format(time.RFC1123Z) },
	"rfc3339": func(t time.Time) string { return t.Format(time.RFC3339) },
	"json": func(v any) (string, error) {
		b, err := json.Marshal(v)
		return string(b), err
	},
}).ParseFS(files, "templates/*.xml", "templates/*.json", "templates/challenge.html"))

// charsets are those besides UTF-8 that outlets write in.
var charsets = map[string]encoding.Encoding{
	"EUC-KR":       korean.EUCKR,
	"GB18030":      simplifiedchinese.GB18030,
	"ISO-8859-1":   charmap.ISO8859_1,
	"windows-1251": charmap.Windows1251,
}

// An edition is an outlet's feed as one host serves it.
type edition struct {
	*outlet
	Base     string // scheme and host
	Articles []article
	Updated  time.Time
}

// Self is the feed's address.
func (e edition) Self() string { return e.Base + "/feeds/" + e.Path }

// Home is the address of the outlet's site.
func (e edition) Home() string { return e.Base + "/sites/" + e.ID + "/" }

// Link is an article's address, with the outlet's tracking parameters.
func (e edition) Link(a article) string {
	u := e.Base + "/articles/" + e.ID + "/" + a.Slug
	if e.Query != "" {
		u += "?" + e.Query
	}
	return u
}

// GUID is an article's id, the same on every host.
func (e edition) GUID(a article) string { return "tag:" + e.Domain + ",2026:" + a.Slug }

// Media is an attachment's address.
func (e edition) Media(m attachment) string { return e.Base + "/media/" + m.Name }

// render returns the edition in its outlet's format and charset.
func render(e edition) ([]byte, error) {
	var b bytes.Buffer
	if err := feedTemplates.ExecuteTemplate(&b, e.Format, e); err != nil {
		return nil, fmt.Errorf("render %s: %w", e.ID, err)
	}
	charset, ok := charsets[e.Charset]
	if !ok {
		return b.Bytes(), nil
	}
	// What a charset cannot say is written as a character reference, as
	// publishing systems do.
	body, err := encoding.HTMLEscapeUnsupported(charset.NewEncoder()).Bytes(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("encode %s as %s: %w", e.ID, e.Charset, err)
	}
	return body, nil
}
