package parse

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"rightswire/internal/news"
)

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		body string
		kind news.FailureKind
		says string
	}{
		{"", news.FailEmpty, "an empty body of 0 bytes"},
		{" \n\t ", news.FailEmpty, "an empty body of 4 bytes"},
		{"\xef\xbb\xbf", news.FailEmpty, "an empty body of 3 bytes"},
		{"Not found.\n", news.FailEmpty, `a body of only 11 bytes: "Not found."`},
		{"The resource that you asked for is not available.", news.FailNotFeed, `no XML element: "The resource that you asked for is not available."`},
		{"<html><head><title>Just a moment&hellip;</title></head><body>", news.FailNotFeed, `an HTML page titled "Just a moment…"`},
		{"<!DOCTYPE html>\n<html lang=en><meta charset=utf-8><title>\n Sign\n in</title>", news.FailNotFeed, `an HTML page titled "Sign in"`},
		{"<!doctype HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\"><p>x", news.FailNotFeed, "an HTML page"},
		{"<script>location='/'</script>" + strings.Repeat(" ", 40), news.FailNotFeed, "an HTML page"},
		{`<opml version="2.0"><body/></opml>`, news.FailNotFeed, "a document with root element <opml>"},
		{`<?xml version="1.0"?><urlset/>`, news.FailNotFeed, "a document with root element <urlset>"},
		{`<rss/>`, news.FailNotFeed, "a <rss> element that says nothing and holds no entries"},
		{`<rss version="2.0"><channel></channel></rss>`, news.FailNotFeed, "a <rss> element that says nothing and holds no entries"},
		{`<feed xmlns="http://www.w3.org/2005/Atom"/>`, news.FailNotFeed, "a <feed> element that says nothing and holds no entries"},
		{`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><Person/></rdf:RDF>`, news.FailNotFeed, "a <rdf:RDF> element that says nothing and holds no entries"},
		{`{}`, news.FailNotFeed, `a JSON object without a feed's items: "{}"`},
		{`{"error":{"code":403,"message":"no"}}`, news.FailNotFeed, `a JSON object with "error": "{\"code\":403,\"message\":\"no\"}"`},
		{`{"message":"API rate limit exceeded"}`, news.FailNotFeed, `a JSON object with "message": "\"API rate limit exceeded\""`},
		{`{"items":[{"id":1}]}`, news.FailNotFeed, `a JSON object without a feed's items: "{\"items\":[{\"id\":1}]}"`},
		{`{"version":"https://jsonfeed.org/version/1.1","title":"d"}`, news.FailNotFeed, `a JSON object without a feed's items: "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"d\"}"`},
		{`[{"id":1}]`, news.FailNotFeed, `a JSON array, not a feed: "[{\"id\":1}]"`},
	} {
		res, err := Feed(Document{Body: []byte(c.body), Source: "s"})
		var e *Error
		if !errors.As(err, &e) || res != nil {
			t.Errorf("%q: %v", c.body, err)
			continue
		}
		if e.Kind != c.kind || e.Error() != c.says {
			t.Errorf("%q: %s: %s\nwant %s: %s", c.body, e.Kind, e, c.kind, c.says)
		}
	}
}

// An empty feed is a feed, and so is one of elements deep in each other.
func TestAccepted(t *testing.T) {
	for _, body := range []string{
		`<rss version="2.0"><channel><title>d</title></channel></rss>`,
		`<rss version="2.0"><channel><description>d</description></channel></rss>`,
		atomDoc(""), jsonDoc(""),
		`{"title":"without version","items":[{"id":1}]}`,
		`<rss><channel>` + strings.Repeat("<a>", 300) + strings.Repeat("</a>", 300) + `</channel></rss>`,
	} {
		if _, err := Feed(Document{Body: []byte(body), Source: "s"}); err != nil {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// A panic of gofeed's is an error like others.
func TestGuard(t *testing.T) {
	_, err := guard(func() (int, error) { panic("nil dereference") })
	if err == nil || err.Error() != "gofeed panicked: nil dereference" {
		t.Error(err)
	}
}

// TestAnyTokens throws documents together from the pieces that feeds are made of,
// and holds the scanner to its invariant.
func TestAnyTokens(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 3_000 {
		body := []byte(anyDocument(random))
		checkScan(t, body)
		if t.Failed() {
			return
		}
	}
}

var tokens = strings.Split(`<rss version="2.0">|</rss>|<channel>|</channel>|<item>|</item>|<ITEM>|<feed xmlns="http://www.w3.org/2005/Atom">|</feed>|`+
	`<entry>|</entry>|<rdf:RDF xmlns="http://purl.org/rss/1.0/">|</rdf:RDF>|<title>|</title>|<title type="xhtml">|<title type="html" mode="escaped">|`+
	`<description>|</description>|<content:encoded>|</content:encoded>|<content type="xhtml">|</content>|<summary>|</summary>|`+
	`<link>|</link>|<link href="x"/>|<link rel='enclosure' href=y >|<guid>|</guid>|<id>|</id>|<author>|</author>|<name>|</name>|<dc:creator>|</dc:creator>|`+
	`<d:creator xmlns:d="http://purl.org/dc/elements/1.1/">|</d:creator>|<media:group>|<media:content url="a&lt;" b='"' c=d/>|</media:group>|`+
	`<source url="&quot;'>">|</source>|<category term='"<'>|</category>|<enclosure url=http://e/a|/>|<pubDate>|</pubDate>|<x:y>|</x:y>|<x/>|<br>|<p|>|<a '|<b "|`+
	`<![CDATA[|]]>|<![CDATA[x]]>|<!-- c -->|<!--|-->|<?pi x?>|<?|?>|<!DOCTYPE a [|<!x>|text|북한|<|&|&amp;|&lt;b&gt;|&#11;|&#xFFFE;|&|#11;|]]|"|'|=| xml:base="u/"|`+
	"\x00|\xff|\r\n|<item rdf:about=x>|<hour>|<skipHours>|<é:title>|<:a>|<a:b:c>|<title xmlns='http://www.w3.org/1999/xhtml'>|<body xmlns='http://www.w3.org/1999/xhtml'>|</body>", "|")

func anyDocument(random *rand.Rand) string {
	var b strings.Builder
	b.WriteString([]string{"<rss><channel>", "<feed>", "<RDF>", "<rss>", ""}[random.IntN(5)])
	for range 2 + random.IntN(60) {
		b.WriteString(tokens[random.IntN(len(tokens))])
	}
	return b.String()
}
