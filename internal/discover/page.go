package discover

import (
	"bytes"
	"cmp"
	"mime"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"rightswire/internal/charset"
	"rightswire/internal/link"
	"rightswire/internal/text"
)

// Bounds of what is read of a web page.
const (
	maxPage  = 512 << 10 // bytes
	maxLeads = 50        // of each sort
	maxAttrs = 64        // of an element; more begin the reading anew behind it
	maxValue = 4 << 10   // bytes of an attribute
	maxTitle = 300       // bytes of a title
)

// A rank is how an address came to be asked, the most telling first.
type rank int

const (
	bySelf rank = iota
	byForm
	byLink   // <link rel="alternate">
	byAnchor // <a href>
	byPath   // a well-known path
)

// A lead is an address where a feed may be.
type lead struct {
	url, how string
	rank     rank
	title    string // as the link to it says
}

// A page is what a web page tells of feeds.
type page struct {
	url                        string
	title, language, generator string
	// refresh is where it sends browsers, canonical what it calls itself; absolute, or
	// "".
	refresh, canonical string
	// declared are the feeds it declares, linked what is called as feeds are among its
	// other links, and about what may be feeds or pages that list them.
	declared, linked, about []lead

	base string
}

var (
	metaCharset = regexp.MustCompile(`(?i)<meta[^>]{0,300}charset\s*=\s*["']?([\w.:-]{1,40})`)
	refreshTo   = regexp.MustCompile(`(?i)^\s*[0-9.]{1,6}\s*[;,]\s*url\s*=\s*["']?\s*([^"'\s]+)`)
	channelID   = regexp.MustCompile(`^UC[\w-]{22}$`)
)

// links reads a web page: what it says of feeds, absolute against base, the address
// it was fetched from. It makes one pass over the first 512 KB without building a
// tree, so that neither nesting nor length costs anything.
func links(body []byte, contentType, base string) page {
	body = body[:min(len(body), maxPage)]
	body, _ = charset.Decode(body, httpCharset(contentType), pageCharset(body))
	p := page{url: base, base: base}
	inTitle := false
	for z, at := html.NewTokenizer(bytes.NewReader(body)), 0; ; {
		kind := z.Next()
		at += len(z.Raw())
		switch kind {
		case html.ErrorToken:
			return p
		case html.TextToken:
			if inTitle && p.title == "" {
				p.title, _ = text.Truncate(text.Line(string(z.Text())), maxTitle)
			}
			inTitle = false
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attrs, more := element(z)
			inTitle = name == "title"
			p.read(name, attrs)
			if more {
				// The tokenizer remembers the names of an element's attributes, and
				// takes time for the most it ever saw at each element to come.
				z = html.NewTokenizer(bytes.NewReader(body[at:]))
			}
		}
	}
}

func httpCharset(contentType string) string {
	_, params, _ := mime.ParseMediaType(contentType)
	return params["charset"]
}

func pageCharset(body []byte) string {
	if m := metaCharset.FindSubmatch(body[:min(len(body), 4<<10)]); m != nil {
		return string(m[1])
	}
	return ""
}

// element returns the name and the first attributes of the element z has come to,
// and whether it has more of them than anybody writes.
func element(z *html.Tokenizer) (name string, attrs map[string]string, more bool) {
	tag, has := z.TagName()
	name = string(tag)
	switch name {
	case "html", "base", "link", "meta", "a":
		attrs = map[string]string{}
	}
	for n := 0; has; n++ {
		if n == maxAttrs {
			return name, attrs, true
		}
		var key, value []byte
		key, value, has = z.TagAttr()
		if attrs != nil && len(value) <= maxValue {
			attrs[string(key)] = strings.TrimSpace(string(value))
		}
	}
	return name, attrs, false
}

// read takes note of an element.
func (p *page) read(name string, attrs map[string]string) {
	switch name {
	case "html":
		p.language = cmp.Or(p.language, text.Language(attrs["lang"]), text.Language(attrs["xml:lang"]))
	case "base":
		if base := p.absolute(attrs["href"]); base != "" && p.base == p.url {
			p.base = base
		}
	case "meta":
		p.meta(attrs)
	case "link":
		p.link(attrs)
	case "a":
		p.anchor(attrs)
	}
}

func (p *page) meta(attrs map[string]string) {
	content := attrs["content"]
	switch {
	case strings.EqualFold(attrs["name"], "generator"):
		p.generator = cmp.Or(p.generator, strings.ToLower(content))
	case strings.EqualFold(attrs["http-equiv"], "refresh"):
		if m := refreshTo.FindStringSubmatch(content); m != nil && p.refresh == "" {
			p.refresh = p.absolute(m[1])
		}
	case (attrs["itemprop"] == "identifier" || attrs["itemprop"] == "channelId") && channelID.MatchString(content):
		p.canonical = "https://www.youtube.com/channel/" + content
	}
}

// link reads <link>: a feed is declared by rel="alternate", or "feed", with a type of
// its own.
func (p *page) link(attrs map[string]string) {
	rels := strings.Fields(strings.ToLower(attrs["rel"]))
	address := p.absolute(attrs["href"])
	switch {
	case address == "":
	case slices.Contains(rels, "canonical"):
		p.canonical = cmp.Or(p.canonical, address)
	case slices.Contains(rels, "feed"), slices.Contains(rels, "alternate") && declares(attrs["type"], address):
		p.declared = add(p.declared, lead{url: address, how: "linked from the page", rank: byLink, title: title(attrs)})
	}
}

// declares reports whether a link of a media type is one to a feed. Bare XML and JSON
// are only where the address says so too: WordPress gives its programming interface
// the same type.
func declares(mediaType, address string) bool {
	name, _, _ := strings.Cut(strings.ToLower(mediaType), ";")
	switch name = strings.TrimSpace(name); name {
	case "application/rss+xml", "application/atom+xml", "application/x.atom+xml", "application/x-atom+xml",
		"application/rdf+xml", "application/feed+json", "application/rss", "application/atom", "text/rss", "text/rss+xml",
		"text/atom", "text/atom+xml", "text/rdf+xml", "application/xml+rss", "application/xml+atom":
		return true
	case "", "text/xml", "application/xml", "application/json":
		return likeness(address) > unlike
	}
	return false
}

func (p *page) anchor(attrs map[string]string) {
	if attrs["type"] == "" && !feedWord.MatchString(attrs["href"]) {
		return // as nearly all are; what is below costs more
	}
	address := p.absolute(attrs["href"])
	if address == "" || address == p.url {
		return
	}
	l := lead{url: address, how: "linked from the page", rank: byAnchor, title: title(attrs)}
	switch like := likeness(address); {
	case like == alike, declares(cmp.Or(attrs["type"], "none"), address):
		p.linked = add(p.linked, l)
	case like > unlike:
		p.about = add(p.about, l)
	}
}

func title(attrs map[string]string) string {
	short, _ := text.Truncate(text.Line(attrs["title"]), maxTitle)
	return short
}

// add appends a lead, each address once.
func add(leads []lead, l lead) []lead {
	same := func(other lead) bool { return other.url == l.url }
	if len(leads) == maxLeads || slices.ContainsFunc(leads, same) {
		return leads
	}
	return append(leads, l)
}

// absolute returns a reference as an http or https address without fragment, or "".
func (p *page) absolute(ref string) string {
	if ref == "" || strings.HasPrefix(ref, "#") {
		return ""
	}
	if rest, ok := strings.CutPrefix(ref, "feed:"); ok {
		ref = strings.TrimPrefix(rest, "//")
		if !strings.HasPrefix(ref, "http") {
			ref = "https://" + ref
		}
	}
	abs, err := link.Resolve(p.base, ref)
	if err != nil || !strings.HasPrefix(abs, "http") {
		return ""
	}
	abs, _, _ = strings.Cut(abs, "#")
	return abs
}

// How much an address looks like that of a feed.
type like int

const (
	unlike like = iota
	maybe       // names feeds: "/rss-feeds", "/en/services/rss.html"
	alike       // is called as feeds are: "/feed/", "news.rss", "?feed=rss2"
)

var (
	feedPath = regexp.MustCompile(`(?i)(?:\.(?:rss|rdf|atom)|` +
		`(?:^|[/._-])(?:rss2?|atom|feeds?|rdf)\.(?:xml|json|php|aspx|ashx|cfm|jsp)|` +
		`(?:^|[/._-])(?:index|news|posts|blog|latest)\.xml|/feeds?/[\w.-]+\.xml|` +
		`/(?:rss2?|atom|feeds?|rdf)(?:/(?:rss2?|atom|rdf|json|@[^/]+|default|posts/default))?)/?$`)
	feedQuery = regexp.MustCompile(`(?i)(?:^|[&;])(?:feed=|format=(?:rss|feed|atom)|type=(?:rss|atom)|output=(?:rss|atom)|alt=rss|view=rss|_format=xml)`)
	feedHost  = regexp.MustCompile(`(?i)^(?:feeds?|rss)\d?\.`)
	feedWord  = regexp.MustCompile(`(?i)(?:^|[^a-z])(?:rss|rdf|atom|feeds?|xml)(?:[^a-z]|$)`)
	notFeed   = regexp.MustCompile(`(?i)feedback|/wp-json/|oembed|xmlrpc|sitemap|opensearch|\.(?:png|jpe?g|gif|svg|css|js|pdf|ico|zip|mp3)$`)
)

// likeness judges an address by its looks.
func likeness(address string) like {
	u, err := url.Parse(address)
	switch {
	case err != nil, notFeed.MatchString(u.Path):
		return unlike
	case feedPath.MatchString(u.Path), feedQuery.MatchString(u.RawQuery), feedHost.MatchString(u.Host) && u.Path != "/":
		return alike
	case feedWord.MatchString(u.Path), feedWord.MatchString(u.RawQuery):
		return maybe
	}
	return unlike
}
