package parse

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	gofeed "github.com/mmcdole/gofeed/json"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

// maxValues bounds the values of the entries that are read in a visit: each costs
// gofeed memory, and a feed of MaxItems full entries has far fewer.
const maxValues = 500_000

var errCutJSON = errors.New("the document is cut off before its items")

// A jsonDocument is a split JSON Feed: what gofeed read of its head, and what its
// entries inherit from it.
type jsonDocument struct {
	*jsonSplit
	base     string
	head     Head
	language string
	authors  authors
}

// parseJSON reads a JSON Feed 1.0 or 1.1 (jsonfeed.org/version/1.1), whatever stands
// before the object and behind it.
func parseJSON(doc Document, body []byte, r *repairs) (*Result, *Error) {
	body = bytes.TrimSpace(body)
	if start := jsonStart(body); start > 0 {
		r.add("passed over what stands before the JSON object")
		body = body[start:]
	}
	j := &jsonDocument{jsonSplit: splitJSON(body, r), base: doc.URL}
	feed, err := j.readHead()
	if err != nil {
		return nil, &Error{news.FailParse, fmt.Errorf("read head of JSON document: %w", err)}
	}
	versioned := strings.Contains(strings.ToLower(feed.Version), "jsonfeed.org")
	switch {
	case versioned && len(j.lists) == 0 && j.cut:
		return nil, &Error{news.FailParse, fmt.Errorf("read JSON document: %w", errCutJSON)}
	case len(j.lists) == 0, !versioned && !j.looksLikeFeed(feed.Feed):
		return nil, notFeed("%s", describeJSON(body))
	}
	j.setHead(feed)
	for rc := newRecall(doc.Known); ; rc.begin() {
		if res, ok := j.readEntries(doc.Source, rc); ok {
			return res, nil
		}
	}
}

// maxBefore is how much may stand before the object: an assignment, a function's
// name, a guard against inclusion, a line of a template.
const maxBefore = 4 << 10

// jsonStart returns where the object begins that a document is, -1 where it is none:
// markup comes first, or a list.
func jsonStart(body []byte) int {
	l := newJSONLexer(body, nil)
	l.blanks()
	for i := l.pos; i < len(body) && i < l.pos+maxBefore; i++ {
		switch c := body[i]; {
		case c == '<', c == '[' && i == l.pos:
			return -1
		case c == '{':
			if k := skipSpace(body, i+1); i == l.pos || k < len(body) && (body[k] == '"' || body[k] == '}') {
				return i
			}
		}
	}
	return -1
}

// A jsonRoot is what is read of the document without its entries.
type jsonRoot struct {
	*gofeed.Feed
	hub string // which gofeed leaves out
}

// readHead has gofeed parse the document without its entries.
func (j *jsonDocument) readHead() (jsonRoot, error) {
	var head []byte
	from := 0
	for _, list := range j.lists {
		head = append(head, j.src[from:list.from]...)
		from = list.to
	}
	head = append(head, j.src[from:j.pos]...)
	if j.values <= maxPartValues {
		if feed, err := parseJSONFeed(head); err == nil {
			return jsonRoot{feed, hubJSON(head)}, nil
		}
	}
	head = mendHead(head, j.repairs)
	feed, err := parseJSONFeed(head)
	return jsonRoot{feed, hubJSON(head)}, err
}

// hubJSON returns the address of the WebSub hub that a head names, "" for none.
func hubJSON(head []byte) string {
	var said struct {
		Hubs []struct{ Type, URL string }
	}
	if !bytes.Contains(head, []byte(`"hubs"`)) || json.Unmarshal(head, &said) != nil {
		return "" // a hub is a convenience
	}
	for _, hub := range said.Hubs {
		if strings.EqualFold(hub.Type, "WebSub") {
			return hub.URL
		}
	}
	return ""
}

func parseJSONFeed(body []byte) (*gofeed.Feed, error) {
	return guard(func() (*gofeed.Feed, error) { return new(gofeed.Parser).Parse(bytes.NewReader(body)) })
}

// looksLikeFeed reports whether a document without a version is a feed all the same.
func (j *jsonDocument) looksLikeFeed(feed *gofeed.Feed) bool {
	if feed.Version != "" || feed.Title == "" && feed.FeedURL == "" && feed.HomePageURL == "" {
		return false
	}
	for _, p := range j.parts {
		l, is := newJSONLexer(j.src[p.from:p.to], nil), false
		l.members(p.values, func(name string) bool {
			is = mustHave[name]
			return !is
		})
		if is {
			return true
		}
	}
	return false
}

// mustHave are the members of which an entry has one in any case.
var mustHave = map[string]bool{"id": true, "url": true, "title": true, "content_html": true, "content_text": true}

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

func (j *jsonDocument) setHead(feed jsonRoot) {
	_, version, _ := strings.Cut(feed.Version, "/version/")
	if version = strings.Trim(version, "/ "); version == "1" {
		version = "1.0"
	}
	j.language = text.Language(feed.Language)
	j.authors = j.people(feed.Authors, feed.Author)
	j.head = Head{
		Format:   strings.TrimSpace("json " + bound(version, 16)),
		Title:    bound(feed.Title, maxTitle),
		Link:     webAddress(j.base, feed.HomePageURL),
		Hub:      wholeAddress(j.base, feed.hub),
		Self:     wholeAddress(j.base, feed.FeedURL),
		Language: j.language,
	}
}

// inherited spells out what the head does to the entries.
func (j *jsonDocument) inherited() string {
	return fmt.Sprintf("json %q %q %q", j.base, j.language, j.authors)
}

// readEntries reads the entries that are not known. It reports false where it has
// to be called again, because some that were known depend on them.
func (j *jsonDocument) readEntries(source news.SourceID, rc *recall) (*Result, bool) {
	res := &Result{Head: j.head, Capped: j.capped, Cut: j.cut}
	items := j.parse(j.unread(res, rc), rc)
	res.Entries = make([]news.Entry, 0, len(items))
	ids := make([]identity, 0, len(items))
	read := rc.fresh[:0]
	for i, it := range items {
		if it != nil {
			res.Entries = append(res.Entries, j.entry(it))
			ids = append(ids, identityJSON(it))
			read = append(read, rc.fresh[i])
		}
	}
	rc.fresh = read
	return res, settle(res, source, ids, rc, j.repairs)
}

// unread returns the entries that have to be read, in their order and within the
// bounds, and mends those that are seen to need it.
func (j *jsonDocument) unread(res *Result, rc *recall) [][]byte {
	var entries [][]byte
	k := newKey(j.inherited())
	values := 0
	for _, p := range j.parts {
		raw := j.src[p.from:p.to]
		print, unread := rc.look(&k, raw)
		if !unread {
			continue
		}
		if len(entries) == MaxItems || values > maxValues {
			res.Capped = true
			j.repairs.add("left out entries of a document that has too many")
			continue
		}
		mends := j.repairs.count
		if p.values > maxPartValues || p.loose && !json.Valid(raw) {
			if raw = mendEntry(raw, j.repairs); raw == nil {
				j.repairs.add("dropped an entry that cannot be read")
				continue
			}
		}
		values += min(p.values, maxPartValues)
		entries = append(entries, raw)
		rc.fresh = append(rc.fresh, fresh{print, j.repairs.count > mends})
	}
	return entries
}

// parse has gofeed parse the entries, all in one document. Where gofeed refuses
// that, each is parsed by itself, mended where it has to be, and only those that
// cannot be read are nil.
func (j *jsonDocument) parse(entries [][]byte, rc *recall) []*gofeed.Item {
	if all, err := parseItems(entries); err == nil && len(all) == len(entries) {
		return all
	}
	all := make([]*gofeed.Item, len(entries))
	for i := range entries {
		mends := j.repairs.count
		if all[i] = j.parseOne(entries[i : i+1]); all[i] == nil {
			j.repairs.add("dropped an entry that cannot be read")
		}
		rc.fresh[i].mended = rc.fresh[i].mended || j.repairs.count > mends
	}
	return all
}

func (j *jsonDocument) parseOne(entry [][]byte) *gofeed.Item {
	one, err := parseItems(entry)
	if err != nil {
		one, err = parseItems([][]byte{mendEntry(entry[0], j.repairs)})
	}
	if err != nil || len(one) != 1 {
		return nil
	}
	return one[0]
}

func parseItems(entries [][]byte) ([]*gofeed.Item, error) {
	size := 16
	for _, e := range entries {
		size += len(e) + 1
	}
	body := append(make([]byte, 0, size), `{"items":[`...)
	for i, e := range entries {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, e...)
	}
	feed, err := parseJSONFeed(append(body, "]}"...))
	if err != nil {
		return nil, err
	}
	return feed.Items, nil
}

// people are the authors of version 1.1, else the author of version 1.0.
func (j *jsonDocument) people(all []*gofeed.Author, one *gofeed.Author) authors {
	var as authors
	for _, p := range all {
		as.addJSON(p, j.base)
	}
	if len(as) == 0 {
		as.addJSON(one, j.base)
	}
	return as
}

func (as *authors) addJSON(p *gofeed.Author, base string) {
	if p == nil {
		return
	}
	a := byline(p.Name)
	if address, ok := strings.CutPrefix(p.URL, "mailto:"); ok {
		first(&a.Email, address)
	} else {
		a.URL = strings.TrimSpace(p.URL)
	}
	as.add(a, base)
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
		Published: claimed(it.DatePublished),
		Updated:   claimed(it.DateModified),
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
