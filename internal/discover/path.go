package discover

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// software is where the programs that sites are made with keep their feeds, by the
// word with which they name themselves in a page (meta name="generator").
var software = []struct {
	word  string
	paths []string // relative to the site's root
	own   []string // relative to the page itself
}{
	{word: "wordpress", paths: []string{"feed/", "?feed=rss2"}},
	{word: "ghost", paths: []string{"rss/"}},
	{word: "drupal", paths: []string{"rss.xml"}},
	{word: "hugo", paths: []string{"index.xml"}},
	{word: "jekyll", paths: []string{"feed.xml", "atom.xml"}},
	{word: "squarespace", own: []string{"?format=rss"}, paths: []string{"blog?format=rss", "news?format=rss"}},
	{word: "blogger", paths: []string{"feeds/posts/default"}},
	{word: "joomla", own: []string{"?format=feed&type=rss"}, paths: []string{"?format=feed&type=rss"}},
	{word: "wix", paths: []string{"blog-feed.xml"}},
	{word: "hexo", paths: []string{"atom.xml"}},
	{word: "eleventy", paths: []string{"feed/feed.xml", "feed.xml"}},
	{word: "gatsby", paths: []string{"rss.xml"}},
	{word: "typo3", paths: []string{"rss.xml", "feed.xml"}},
	{word: "weebly", paths: []string{"1/feed"}},
}

// common are the paths at which sites have their feeds, the commonest first.
var common = []string{
	"feed/", "rss.xml", "rss", "feed.xml", "atom.xml", "index.xml", "rss/", "feeds/posts/default", "feed.json", "index.rdf",
}

// section is the first part of a path below which a site is likely to have a feed of
// its own: a language, a user's pages, a blog.
var section = regexp.MustCompile(`(?i)^(?:[a-z]{2,3}(?:[-_][a-z]{2,4})?|~[\w.-]+|blog|news|noticias|actualites|nachrichten|novosti)$`)

// wellKnown returns addresses at which the site of a page may have a feed though
// nothing says so, the likeliest first.
func wellKnown(address, generator string) []lead {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	roots := []string{"/"}
	if first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); section.MatchString(first) {
		roots = []string{"/" + first + "/", "/"}
	}
	var leads []lead
	at := func(ref string) {
		if to, err := u.Parse(ref); err == nil {
			leads = add(leads, lead{url: to.String(), how: "a well-known path", rank: byPath})
		}
	}
	known := software[:0:0]
	for _, s := range software {
		if strings.Contains(generator, s.word) {
			known = append(known, s)
		}
	}
	for _, s := range known {
		for _, query := range s.own {
			at(query)
		}
		for _, root := range roots {
			for _, path := range s.paths {
				at(root + path)
			}
		}
	}
	for i, path := range slices.Concat(common, []string{"?feed=rss2"}) {
		for _, root := range roots {
			if root == "/" || i < 4 {
				at(root + path)
			}
		}
	}
	return leads
}
