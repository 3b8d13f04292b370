package parse

import (
	"errors"
	"strings"
	"testing"

	"rightswire/internal/news"
)

// What comes in place of a feed is told apart: what to do about it differs.
func TestWebPages(t *testing.T) {
	long := strings.Repeat("<p>Reports from three provinces.</p>", 1000)
	for name, test := range map[string]struct{ body, want string }{
		"plain":           {"<!doctype html><title>Radio Ostrow</title><p>Welcome", `an HTML page titled "Radio Ostrow"`},
		"untitled":        {"<html><body>404", "an HTML page"},
		"browser check":   {"<!DOCTYPE html><html lang=en><head><title>Just a moment...</title><meta http-equiv=\"refresh\" content=\"390\"></head><body>", `a challenge page (it wants proof of a browser) titled "Just a moment..."`},
		"captcha":         {"<html><body><form><div class=\"h-captcha\" data-sitekey=x></div></form>", "a challenge page (it wants proof of a browser)"},
		"contact form":    {"<html><title>Contact</title>" + long + "<div class=\"g-recaptcha\"></div>", `an HTML page titled "Contact"`},
		"refresh":         {"<html><head><META HTTP-EQUIV='Refresh' CONTENT='0; URL=https://new.example/feed?a=1&amp;b=2'></head>", `an HTML page that sends browsers to "https://new.example/feed?a=1&b=2"`},
		"refresh itself":  {"<html><head><meta content=300 http-equiv=refresh></head>", "an HTML page that sends browsers elsewhere"},
		"login":           {"<html><title>Вход</title><form><input name=u><input name=p type=password></form>", `a login page titled "Вход"`},
		"something else":  {"<svg xmlns='http://www.w3.org/2000/svg'/>", "a document with root element <svg>"},
		"text for people": {"The page you are looking for has been moved. Sorry!", `no XML element: "The page you are looking for has been moved. Sorry!"`},
	} {
		_, err := Feed(Document{Body: []byte(test.body), ContentType: "text/html", URL: "https://radio.example/feed"})
		var refused *Error
		if !errors.As(err, &refused) || refused.Kind != news.FailNotFeed || err.Error() != test.want {
			t.Errorf("%s: %v (%T), want %s", name, err, err, test.want)
		}
	}
}

// A hub and the name to ask it by are taken from every format, as they are written.
func TestHub(t *testing.T) {
	const hub, self = "https://hub.example/?a=1&utm_source=x", "https://radio.example/feed?utm_medium=rss"
	xml := strings.NewReplacer("&", "&amp;")
	links := `<atom:link rel="hub" href="` + xml.Replace(hub) + `"/><atom:link rel="self" href="/feed?utm_medium=rss"/>`
	for name, body := range map[string]string{
		"rss":  `<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>R</title>` + links + `<item><title>1</title><guid>1</guid></item></channel></rss>`,
		"rdf":  `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>R</title>` + links + `</channel><item><title>1</title><link>https://radio.example/1</link></item></rdf:RDF>`,
		"atom": `<feed xmlns="http://www.w3.org/2005/Atom"><title>R</title>` + strings.ReplaceAll(links, "atom:", "") + `<entry><id>1</id><title>1</title></entry></feed>`,
		"json": `{"version":"https://jsonfeed.org/version/1.1","title":"R","feed_url":"/feed?utm_medium=rss","hubs":[{"type":"rssCloud","url":"https://c.example"},{"type":"WebSub","url":"` + hub + `"}],"items":[{"id":"1","title":"1"}]}`,
	} {
		res, err := Feed(Document{Body: []byte(body), URL: "https://radio.example/feed"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if res.Head.Hub != hub || res.Head.Self != self {
			t.Errorf("%s: hub %q, self %q", name, res.Head.Hub, res.Head.Self)
		}
		if res.Cut {
			t.Errorf("%s: said to be cut off", name)
		}
	}
}

// A document that ends before its end is said to be cut off, and is read all the same.
func TestCut(t *testing.T) {
	for name, body := range map[string]string{
		"rss":         `<rss version="2.0"><channel><title>R</title><item><guid>1</guid><title>1</title></item><item><guid>2</guid><ti`,
		"rss at item": `<rss version="2.0"><channel><title>R</title><item><guid>1</guid><title>1</title></item>`,
		"atom":        `<feed xmlns="http://www.w3.org/2005/Atom"><title>R</title><entry><id>1</id><title>1</title></entry><entry><id>2</id>`,
		"json":        `{"version":"https://jsonfeed.org/version/1.1","title":"R","items":[{"id":"1","title":"1"},{"id":"2","ti`,
	} {
		res, err := Feed(Document{Body: []byte(body), URL: "https://radio.example/feed"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !res.Cut || len(res.Entries) != 1 {
			t.Errorf("%s: cut %v, %d entries", name, res.Cut, len(res.Entries))
		}
	}
}
