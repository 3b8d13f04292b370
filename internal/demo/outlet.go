package demo

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/mail"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// An outlet is one sample source, as its file in newsroom/ describes it: a block
// of header lines, then articles, each behind a line of four equals signs.
type outlet struct {
	ID       string // the file's name
	Title    string
	About    string
	Language string
	Format   string // name of the feed's template
	Path     string // of the feed, below /feeds/
	Type     string // Content-Type, verbatim
	Charset  string
	Domain   string // authority of the articles' ids
	Query    string // what every article's link drags along
	XHTML    bool   // Atom contents are XHTML
	Slow     time.Duration
	// What the feed's answers can be asked about again with.
	ETag, LastModified bool

	// The two editions of the feed, newest first: as first asked for, and later.
	first, later []article
	// asked counts the GET requests for the feed.
	asked atomic.Int64
}

// An article is one entry of an outlet's feed and its page.
type article struct {
	Slug, Title        string
	Summary            string // plain text
	HTML               string
	Authors            []string
	Categories         []string
	Media              []attachment
	Published, Updated time.Time
	Brief              bool // the feed has the summary alone
	visit              int  // 1, or 2 for what appears later
}

// An attachment is a file below /media/.
type attachment struct {
	Name, Type string
	Length     int // bytes
}

// edition is what the outlet says on the host base: the first edition until its
// feed has been asked for twice.
func (o *outlet) edition(base string) edition {
	e := edition{outlet: o, Base: base, Articles: o.first}
	if o.asked.Load() > 1 {
		e.Articles = o.later
	}
	for _, a := range e.Articles {
		if a.Updated.After(e.Updated) {
			e.Updated = a.Updated
		}
	}
	return e
}

// Direction is the way the outlet's language is written.
func (o *outlet) Direction() string {
	if o.Language == "ar" || o.Language == "fa" {
		return "rtl"
	}
	return "ltr"
}

// load reads every outlet, in order of id.
func load(now time.Time) ([]*outlet, error) {
	names, err := fs.Glob(files, "newsroom/*.txt")
	if err != nil {
		return nil, fmt.Errorf("list newsroom: %w", err)
	}
	var outlets []*outlet
	for _, name := range names {
		src, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		o, err := parseOutlet(string(src), now)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		o.ID = strings.TrimSuffix(path.Base(name), ".txt")
		outlets = append(outlets, o)
	}
	return outlets, nil
}

func parseOutlet(src string, now time.Time) (*outlet, error) {
	head, rest, _ := strings.Cut(src, "\n====\n")
	h, _, err := block(head + "\n\n")
	if err != nil {
		return nil, err
	}
	slow, err1 := duration(h, "Slow")
	offset, err2 := duration(h, "Offset")
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	o := &outlet{
		Title: h.Get("Title"), About: h.Get("About"), Language: h.Get("Language"),
		Format: h.Get("Format"), Path: h.Get("Path"), Type: h.Get("Type"), Charset: h.Get("Charset"),
		Domain: h.Get("Domain"), Query: h.Get("Query"), XHTML: h.Get("Text") == "xhtml", Slow: slow,
		ETag:         strings.Contains(h.Get("Validators"), "etag"),
		LastModified: strings.Contains(h.Get("Validators"), "last-modified"),
	}
	now = now.In(time.FixedZone("", int(offset/time.Second)))
	for text := range strings.SplitSeq(rest, "\n====\n") {
		if text == "" {
			continue // a source without articles
		}
		a, err := parseArticle(text, now)
		if err != nil {
			return nil, err
		}
		o.file(a)
	}
	newest := func(a, b article) int { return b.Published.Compare(a.Published) }
	slices.SortStableFunc(o.first, newest)
	slices.SortStableFunc(o.later, newest)
	return o, nil
}

// file puts an article into the editions it belongs to; one of the second visit
// takes the place of its namesake.
func (o *outlet) file(a article) {
	if a.visit == 1 {
		o.first = append(o.first, a)
	}
	i := slices.IndexFunc(o.later, func(b article) bool { return b.Slug == a.Slug })
	if i >= 0 {
		o.later[i] = a
		return
	}
	o.later = append(o.later, a)
}

func parseArticle(text string, now time.Time) (article, error) {
	h, body, err := block(text)
	if err != nil {
		return article{}, err
	}
	age, err := duration(h, "Age")
	if err != nil {
		return article{}, err
	}
	a := article{
		Slug: h.Get("Slug"), Title: h.Get("Title"), Summary: h.Get("Summary"),
		Authors: h["Author"], Categories: h["Category"],
		Published: now.Add(-age), Updated: now.Add(-age),
		Brief: h.Get("Feed") == "summary", visit: 1,
	}
	if h.Get("Visit") == "2" {
		a.visit, a.Updated = 2, now
	}
	for _, name := range h["Enclosure"] {
		contentType, data := drawMedia(name)
		a.Media = append(a.Media, attachment{Name: name, Type: contentType, Length: len(data)})
	}
	var html strings.Builder
	for p := range strings.SplitSeq(strings.TrimSpace(body), "\n\n") {
		if !strings.HasPrefix(p, "<") {
			if a.Summary == "" {
				a.Summary = p
			}
			p = "<p>" + p + "</p>"
		}
		html.WriteString(p + "\n")
	}
	a.HTML = html.String()
	return a, nil
}

// block reads header lines and, behind an empty line, a body.
func block(text string) (mail.Header, string, error) {
	m, err := mail.ReadMessage(strings.NewReader(strings.TrimLeft(text, "\n")))
	if err != nil {
		return nil, "", fmt.Errorf("read header lines: %w", err)
	}
	body, err := io.ReadAll(m.Body)
	return m.Header, string(body), err
}

// duration reads a header line that holds a duration; an absent one is zero.
func duration(h mail.Header, key string) (time.Duration, error) {
	if h.Get(key) == "" {
		return 0, nil
	}
	return time.ParseDuration(h.Get(key))
}
