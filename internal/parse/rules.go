package parse

import "maps"

// A treatment says what becomes of an element that is read.
type treatment uint8

const (
	isRoot      treatment = iota
	isChannel             // of RSS
	isContainer           // holds entries: <items> of RSS 1.1
	isEntry               // an entry
	isText                // its text is gofeed's to read; noted as well
	isKept                // gofeed reads it whole, with its attributes and children
	isTaken               // only noted; gofeed would rewrite it
	isInline              // markup in an element of which only the text is read
)

// A field is where what is noted belongs.
type field uint8

const (
	fieldNone field = iota
	fieldTitle
	fieldOtherTitle // stands in for a missing one
	fieldSummary
	fieldTeaser // beside a description, which is the content then
	fieldContent
	fieldRights
	fieldVia // the title of atom:source
	fieldViaRights
	fieldID
	fieldOtherID // stands in for a missing one
	fieldLink
	fieldAtomLink
	fieldPublished
	fieldUpdated
	fieldCreated
	fieldDate
	fieldOtherPublished // no part of an identity
	fieldOtherUpdated
	fieldPeriod
	fieldFrequency
)

// A rule says how an element is read in the place where it stands.
type rule struct {
	how    treatment
	name   string // as gofeed is to see it
	field  field
	attrs  []string         // the attributes that gofeed is to see
	inside map[string]*rule // its children that are read; nil: none
}

// copied reports whether character data in the element is given to gofeed.
func (r *rule) copied() bool { return r.how == isText || r.how == isKept || r.how == isInline }

// written reports whether gofeed is given the element itself.
func (r *rule) written() bool { return r.how == isEntry || r.how == isText || r.how == isKept }

// line reports whether only the text of an element is read, whatever it stands in.
func (r *rule) line() bool { return (r.how == isKept || r.how == isInline) && len(r.inside) == 0 }

// inline is the rule of markup where none belongs: <author><b>A. Desk</b></author>.
var inline = &rule{how: isInline, inside: map[string]*rule{}}

// kept is the rule of an element of which only text and attributes are read.
func kept(name string, attrs ...string) *rule {
	return &rule{how: isKept, name: name, attrs: attrs, inside: map[string]*rule{}}
}

// within is the rule of an element of which children are read too.
func within(name string, inside map[string]*rule, attrs ...string) *rule {
	return &rule{how: isKept, name: name, attrs: attrs, inside: inside}
}

func taken(f field) *rule { return &rule{how: isTaken, field: f} }

func textual(name string, f field) *rule { return &rule{how: isText, name: name, field: f} }

// namespaces gives the rules' words for the namespaces that are read, by their
// URI without scheme, final "/" or "#", and in lower case. "rss" is RSS and RDF
// themselves.
var namespaces = map[string]string{
	"www.w3.org/2005/atom":                  "atom",
	"purl.org/atom/ns":                      "atom",
	"purl.org/rss/1.0":                      "rss",
	"purl.org/net/rss1.1":                   "rss",
	"channel.netscape.com/rdf/simple/0.9":   "rss",
	"my.netscape.com/rdf/simple/0.9":        "rss",
	"my.netscape.com/publish/formats/rss-0": "rss",
	"backend.userland.com/rss2":             "rss",
	"backend.userland.com/rss":              "rss",
	"www.w3.org/1999/02/22-rdf-syntax-ns":   "rss",
	"purl.org/dc/elements/1.1":              "dc",
	"purl.org/dc/elements/1.0":              "dc",
	"purl.org/dc/terms":                     "dcterms",
	"purl.org/rss/1.0/modules/content":      "content",
	"purl.org/rss/1.0/modules/syndication":  "sy",
	"search.yahoo.com/mrss":                 "media",
	"www.itunes.com/dtds/podcast-1.0.dtd":   "itunes",
	"www.w3.org/1999/xhtml":                 "xhtml",
}

var person = map[string]*rule{
	"name": kept("name"), "email": kept("email"),
	"uri": kept("uri"), "url": kept("uri"), "homepage": kept("uri"),
}

// An Atom person inside RSS is an extension to gofeed.
var foreignPerson = map[string]*rule{
	"atom:name": kept("atom:name"), "atom:email": kept("atom:email"), "atom:uri": kept("atom:uri"),
}

var media = map[string]*rule{
	"media:content": within("media:content", map[string]*rule{
		"media:title":       kept("media:title"),
		"media:description": kept("media:description"),
		"media:category":    kept("media:category", "scheme", "label"),
		"media:keywords":    kept("media:keywords"),
	}, "url", "type", "medium", "fileSize"),
	"media:title":       kept("media:title"),
	"media:description": kept("media:description"),
	"media:category":    kept("media:category", "scheme", "label"),
	"media:keywords":    kept("media:keywords"),
}

// with adds rules to a table.
func with(table map[string]*rule, more ...map[string]*rule) map[string]*rule {
	for _, m := range more {
		maps.Copy(table, m)
	}
	return table
}

// extensions are read alike in the entries of both formats.
var extensions = map[string]*rule{
	"dcterms:issued":   taken(fieldPublished),
	"dcterms:modified": taken(fieldUpdated),
	"dcterms:created":  taken(fieldCreated),
	"dc:date":          taken(fieldDate),
	"dc:description":   kept("dc:description"),
	"dc:creator":       kept("dc:creator"),
	"dc:author":        kept("dc:author"),
	"dc:subject":       kept("dc:subject"),
	"dc:language":      kept("dc:language"),
	"dc:rights":        kept("dc:rights"),
	"itunes:author":    kept("itunes:author"),
	"itunes:summary":   kept("itunes:summary"),
	"itunes:subtitle":  kept("itunes:subtitle"),
	"itunes:keywords":  kept("itunes:keywords"),
	"itunes:category": within("itunes:category", map[string]*rule{
		"itunes:category": kept("itunes:category", "text"),
	}, "text"),
	"media:group": within("media:group", media),
}

// Of the head.

var rssRoot = &rule{how: isRoot, inside: map[string]*rule{
	"channel": {how: isChannel, inside: rssHead},
	"item":    {how: isEntry, name: "item", inside: rssItem},
}}

// A channel may also be the root: of RSS 1.1, of CDF, and where <rss> was
// forgotten.
var channelRoot = &rule{how: isChannel, inside: rssHead}

var rssHead = map[string]*rule{
	"item":               {how: isEntry, name: "item", inside: rssItem},
	"items":              {how: isContainer, inside: map[string]*rule{"item": {how: isEntry, name: "item", inside: rssItem}}},
	"title":              textual("title", fieldTitle),
	"copyright":          textual("copyright", fieldRights),
	"language":           kept("language"),
	"managingeditor":     kept("managingEditor"),
	"ttl":                kept("ttl"),
	"skiphours":          within("skipHours", map[string]*rule{"hour": kept("hour")}),
	"skipdays":           within("skipDays", map[string]*rule{"day": kept("day")}),
	"link":               taken(fieldLink),
	"atom:link":          taken(fieldAtomLink),
	"dc:title":           kept("dc:title"),
	"dc:creator":         kept("dc:creator"),
	"dc:language":        kept("dc:language"),
	"dc:rights":          kept("dc:rights"),
	"itunes:author":      kept("itunes:author"),
	"sy:updateperiod":    taken(fieldPeriod),
	"sy:updatefrequency": taken(fieldFrequency),
}

var atomRoot = &rule{how: isRoot, inside: map[string]*rule{
	"entry":              {how: isEntry, name: "entry", inside: atomEntry},
	"title":              textual("title", fieldTitle),
	"rights":             textual("rights", fieldRights),
	"copyright":          textual("rights", fieldRights),
	"author":             within("author", person),
	"link":               taken(fieldAtomLink),
	"dc:creator":         kept("dc:creator"),
	"dc:language":        kept("dc:language"),
	"sy:updateperiod":    taken(fieldPeriod),
	"sy:updatefrequency": taken(fieldFrequency),
}}

// Of an entry.

var rssItem = with(map[string]*rule{
	"title":           textual("title", fieldTitle),
	"description":     textual("description", fieldSummary),
	"abstract":        textual("description", fieldSummary), // of CDF
	"summary":         taken(fieldTeaser),
	"content:encoded": textual("content:encoded", fieldContent),
	"content":         taken(fieldContent),
	"fullitem":        taken(fieldContent), // of Userland's
	"body":            taken(fieldContent),
	"xhtml:body":      taken(fieldContent),
	"xhtml:div":       taken(fieldContent),
	"atom:content":    taken(fieldContent),
	"atom:summary":    taken(fieldSummary),
	"guid":            taken(fieldID),
	"atom:id":         taken(fieldOtherID),
	"link":            taken(fieldLink),
	"atom:link":       taken(fieldAtomLink),
	"pubdate":         taken(fieldPublished),
	"atom:published":  taken(fieldPublished),
	"atom:issued":     taken(fieldPublished),
	"atom:updated":    taken(fieldUpdated),
	"atom:modified":   taken(fieldUpdated),
	"published":       taken(fieldOtherPublished),
	"issued":          taken(fieldOtherPublished),
	"date":            taken(fieldOtherPublished),
	"updated":         taken(fieldOtherUpdated),
	"modified":        taken(fieldOtherUpdated),
	"author":          kept("author"),
	"category":        kept("category", "domain"),
	"keywords":        kept("itunes:keywords"),
	"tags":            kept("itunes:keywords"),
	"enclosure":       kept("enclosure", "url", "length", "type"),
	"source":          kept("source", "url"),
	"dc:title":        taken(fieldOtherTitle),
	"copyright":       kept("dc:rights"),
	"rights":          kept("dc:rights"),
	"atom:author":     within("atom:author", foreignPerson),
	"atom:category":   kept("atom:category", "term", "scheme", "label"),
}, extensions, media)

var atomEntry = with(map[string]*rule{
	"title":     textual("title", fieldTitle),
	"summary":   textual("summary", fieldSummary),
	"content":   textual("content", fieldContent),
	"rights":    textual("rights", fieldRights),
	"copyright": textual("rights", fieldRights),
	"id":        taken(fieldID),
	"link":      taken(fieldAtomLink),
	"published": taken(fieldPublished),
	"issued":    taken(fieldPublished),
	"updated":   taken(fieldUpdated),
	"modified":  taken(fieldUpdated),
	"created":   taken(fieldCreated),
	"author":    within("author", person),
	"category":  kept("category", "term", "scheme", "label"),
	"dc:title":  kept("dc:title"),
	"source": within("source", map[string]*rule{
		"title": textual("title", fieldVia), "id": kept("id"), "rights": textual("rights", fieldViaRights),
		"author": within("author", person),
	}),
}, extensions, media)
