package parse

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	gofeed "github.com/mmcdole/gofeed/json"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

// maxValues bounds the values of a JSON document: each costs gofeed memory, and a
// feed of MaxItems full entries has far fewer.
const maxValues = 500_000

var errValues = fmt.Errorf("more than %d JSON values", maxValues)

func parseJSON(doc Document, body []byte, now time.Time, r *repairs) (*Result, *Error) {
	shape, err := scanJSON(body)
	if err != nil {
		return nil, &Error{news.FailParse, fmt.Errorf("read JSON document: %w", err)}
	}
	if !shape.found {
		return nil, notFeed("%s", describeJSON(body))
	}
	feed, err := readJSON(body, shape, r)
	if err != nil {
		return nil, &Error{news.FailParse, fmt.Errorf("read JSON document: %w", err)}
	}
	_, version, ok := strings.Cut(feed.Version, "jsonfeed.org/version/")
	if !ok && feed.Title == "" {
		return nil, notFeed("%s", describeJSON(body))
	}
	j := jsonDocument{base: doc.URL, now: now}
	res := &Result{Head: j.head(feed, version), Capped: shape.more}
	var ids []identity
	for _, it := range feed.Items {
		if it == nil {
			r.add("dropped an entry that is null")
			continue
		}
		res.Entries = append(res.Entries, j.entry(it))
		ids = append(ids, identityJSON(it))
	}
	settle(res, doc.Source, ids, r)
	if shape.more {
		r.add("left out entries of a document that has too many")
	}
	return res, nil
}

// describeJSON says what an object that is no feed is.
func describeJSON(body []byte) string {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil {
		return "JSON that is no feed: " + err.Error()
	}
	for _, key := range []string{"error", "message", "errors", "detail"} {
		if v, ok := object[key]; ok {
			return fmt.Sprintf("a JSON object with %q: %s", key, clip(string(v), 100))
		}
	}
	return "a JSON object without a feed's items: " + clip(string(body), 100)
}

// readJSON has gofeed parse the document; where one entry's types spoil it, entry
// by entry.
func readJSON(body []byte, shape jsonShape, r *repairs) (*gofeed.Feed, error) {
	if shape.more {
		last := shape.items[len(shape.items)-1]
		body = concat(body[:last.to], body[shape.end:])
	}
	feed, err := parseJSONFeed(body)
	if err == nil || !json.Valid(body) {
		return feed, err
	}
	before, after := body[:shape.start], body[len(body)-(shape.length-shape.end):]
	if feed, err = parseJSONFeed(concat(before, after)); err != nil {
		r.add("a JSON head with values of the wrong type")
		feed = looseHead(concat(before, after))
	}
	for _, at := range shape.items {
		one, err := parseJSONFeed(concat([]byte(`{"items":[`), body[at.from:at.to], []byte(`]}`)))
		if err != nil || len(one.Items) != 1 {
			r.add("dropped an entry with values of the wrong type")
			continue
		}
		feed.Items = append(feed.Items, one.Items[0])
	}
	return feed, nil
}

func parseJSONFeed(body []byte) (*gofeed.Feed, error) {
	return guard(func() (*gofeed.Feed, error) { return new(gofeed.Parser).Parse(bytes.NewReader(body)) })
}

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// looseHead reads what it can of a head that gofeed refuses.
func looseHead(body []byte) *gofeed.Feed {
	feed := &gofeed.Feed{}
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil {
		return feed
	}
	for key, to := range map[string]*string{
		"version": &feed.Version, "title": &feed.Title, "home_page_url": &feed.HomePageURL, "language": &feed.Language,
	} {
		if json.Unmarshal(object[key], to) != nil {
			*to = ""
		}
	}
	return feed
}

// A jsonDocument is what a JSON Feed's entries inherit.
type jsonDocument struct {
	base     string
	now      time.Time
	language string
	authors  authors
}

func (j *jsonDocument) head(feed *gofeed.Feed, version string) Head {
	if version == "1" {
		version = "1.0"
	}
	j.language = text.Language(feed.Language)
	j.authors = j.people(feed.Authors, feed.Author)
	return Head{
		Format:   strings.TrimSpace("json " + bound(version, 16)),
		Title:    bound(feed.Title, maxTitle),
		Link:     webAddress(j.base, feed.HomePageURL),
		Language: j.language,
	}
}

func (j *jsonDocument) people(all []*gofeed.Author, one *gofeed.Author) authors {
	var as authors
	for _, p := range append(all, one) {
		if p == nil || len(all) > 0 && p == one && len(as) > 0 {
			continue
		}
		a := byline(p.Name)
		if address, ok := strings.CutPrefix(p.URL, "mailto:"); ok {
			first(&a.Email, address)
		} else {
			a.URL = strings.TrimSpace(p.URL)
		}
		as.add(a, j.base)
	}
	return as
}

// identityJSON is documented at its type.
func identityJSON(it *gofeed.Item) identity {
	id := identity{
		guid: strings.TrimSpace(legal(it.ID)), link: strings.TrimSpace(legal(it.URL)),
		title: strings.TrimSpace(legal(it.Title)), date: strings.TrimSpace(legal(it.DatePublished)),
	}
	first(&id.link, strings.TrimSpace(legal(it.ExternalURL)))
	first(&id.date, strings.TrimSpace(legal(it.DateModified)))
	return id
}

func (j *jsonDocument) entry(it *gofeed.Item) news.Entry {
	id := identityJSON(it)
	e := news.Entry{
		GUID:      id.guid,
		Link:      webAddress(j.base, it.URL),
		Title:     news.Text{Value: id.title},
		Summary:   plainOr(legal(it.Summary), false),
		Content:   plainOr(legal(it.ContentHTML), true),
		Base:      j.base,
		Authors:   j.people(it.Authors, it.Author),
		Language:  text.Language(it.Language),
		Published: claimed(it.DatePublished, j.now),
		Updated:   claimed(it.DateModified, j.now),
	}
	e.GUID, _ = cut(e.GUID, maxGUID)
	if e.Content.Value == "" {
		e.Content = plainOr(legal(it.ContentText), false)
	}
	first(&e.Link, webAddress(j.base, it.ExternalURL))
	if e.Link == "" && hasScheme(id.guid) {
		e.Link = webAddress(j.base, id.guid)
	}
	if len(e.Authors) == 0 {
		e.Authors = j.authors
	}
	first(&e.Language, j.language)
	for _, tag := range it.Tags {
		addCategory(&e, news.Category{Term: tag})
	}
	if it.Attachments != nil {
		for _, a := range *it.Attachments {
			addEnclosure(&e, j.base, a.URL, a.MimeType, strconv.FormatInt(a.SizeInBytes, 10))
		}
	}
	cutTexts(&e)
	return e
}

// A jsonShape is where the entries of a JSON Feed are.
type jsonShape struct {
	found  bool   // it has an array of items
	items  []span // of the first MaxItems entries
	more   bool   // there are more
	start  int    // behind the array's "["
	end    int    // at its "]"
	length int    // of the document
}

var errCutJSON = errors.New("the document is cut off")

// scanJSON finds the entries of the object that b is, and bounds its depth and
// its values before they are built. It checks nothing else.
func scanJSON(b []byte) (jsonShape, error) {
	sh := jsonShape{length: len(b)}
	depth, values := 0, 0
	var key []byte
	in := false // inside the array of items
	from := -1
	for i := 0; i < len(b); i++ {
		c := b[i]
		if in && depth == 2 && from < 0 && c != ',' && c != ']' && !space(c) {
			from = i
		}
		switch c {
		case '"':
			end := stringEnd(b, i)
			if end < 0 {
				return sh, errCutJSON
			}
			if depth == 1 {
				key = b[i+1 : end]
			}
			i = end
		case '{', '[':
			if depth++; depth > maxDepth {
				return sh, errDepth
			}
			if c == '[' && depth == 2 && !sh.found && string(key) == "items" {
				in, sh.found, sh.start, from = true, true, i+1, -1
			}
			values++
		case ',', '}', ']':
			if sh.more && in { // not built
				values = 0
			}
			if in && depth == 2 {
				if from >= 0 {
					sh.item(span{from, i})
					from = -1
				}
				if c == ']' {
					in, sh.end = false, i
				}
			}
			if c == ',' {
				values++
			} else {
				depth--
			}
		}
		if values > maxValues {
			return sh, errValues
		}
	}
	if in {
		return sh, errCutJSON
	}
	return sh, nil
}

func (sh *jsonShape) item(at span) {
	if len(sh.items) == MaxItems {
		sh.more = true
		return
	}
	sh.items = append(sh.items, at)
}

// stringEnd returns where the string that starts at i ends, -1 where nowhere.
func stringEnd(b []byte, i int) int {
	for i++; i < len(b); i++ {
		j := bytes.IndexByte(b[i:], '"')
		if j < 0 {
			return -1
		}
		k := i + j
		slashes := 0
		for k-1-slashes >= i && b[k-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return k
		}
		i = k
	}
	return -1
}
