package discover

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// A service is a site, or a kind of site, that keeps its feeds at addresses of a known
// form.
type service struct {
	name string
	// host matches its hosts; a group in it is a user's or a blog's name.
	host *regexp.Regexp
	// feeds returns where the feeds of a place are, the best first, as far as its
	// address tells; relative to it. An address that looks like a feed's own was asked
	// before it is looked at here.
	feeds func(p place) []string
}

// A place is an address at a service, taken apart.
type place struct {
	url   *url.URL
	name  string   // what the host says
	parts []string // of the path, without empty ones
}

// part returns the path's part i, or "".
func (p place) part(i int) string {
	if i < len(p.parts) {
		return p.parts[i]
	}
	return ""
}

// at returns a function for services with a feed at one address for all.
func at(feeds ...string) func(place) []string {
	return func(place) []string { return feeds }
}

// services are looked through in this order; the last one fits every host.
var services = []service{
	{"YouTube", regexp.MustCompile(`^(?:www\.|m\.)?youtube\.com$`), youTube},
	{"Reddit", regexp.MustCompile(`^(?:www\.|old\.|new\.)?reddit\.com$`), reddit},
	{"GitHub", regexp.MustCompile(`^(?:www\.)?github\.com$`), gitHub},
	{"GitLab", regexp.MustCompile(`^gitlab\.[a-z0-9.-]+$`), gitLab},
	{"Codeberg", regexp.MustCompile(`^codeberg\.org$`), codeberg},
	{"Google News", regexp.MustCompile(`^news\.google\.com$`), googleNews},
	{"Bluesky", regexp.MustCompile(`^bsky\.app$`), bluesky},
	{"Medium", regexp.MustCompile(`^(?:www\.)?medium\.com$`), medium},
	{"Medium", regexp.MustCompile(`^([\w-]+)\.medium\.com$`), at("/feed")},
	{"Substack", regexp.MustCompile(`^([\w-]+)\.substack\.com$`), at("/feed")},
	{"Blogger", regexp.MustCompile(`^([\w-]+)\.blogspot\.(?:com|[a-z]{2}|com?\.[a-z]{2})$`), blogger},
	{"WordPress.com", regexp.MustCompile(`^([\w-]+)\.wordpress\.com$`), wordPress},
	{"Tumblr", regexp.MustCompile(`^(?:www\.)?tumblr\.com$`), tumblr},
	{"Tumblr", regexp.MustCompile(`^([\w-]+)\.tumblr\.com$`), tumblrBlog},
	{"Ghost", regexp.MustCompile(`^([\w-]+)\.ghost\.io$`), at("/rss/")},
	{"LiveJournal", regexp.MustCompile(`^([\w-]+)\.(?:livejournal|dreamwidth)\.(?:com|org)$`), at("/data/atom", "/data/rss")},
	{"Naver", regexp.MustCompile(`^(?:m\.)?blog\.naver\.com$`), naver},
	{"Tistory", regexp.MustCompile(`^([\w-]+)\.tistory\.com$`), at("/rss")},
	{"Hatena", regexp.MustCompile(`^([\w-]+)\.hatena(?:blog|diary)\.(?:com|jp)$`), at("/feed", "/rss")},
	{"note", regexp.MustCompile(`^note\.com$`), note},
	{"the fediverse", regexp.MustCompile(``), fediverse},
}

// feedless are services that offer no feeds, or only to those they know.
var feedless = []struct {
	name string
	host *regexp.Regexp
}{
	{"Telegram", regexp.MustCompile(`^(?:t|telegram)\.me$`)},
	{"X", regexp.MustCompile(`^(?:www\.|mobile\.|m\.)?(?:x|twitter)\.com$`)},
	{"Facebook", regexp.MustCompile(`^(?:[\w-]+\.)?(?:facebook|fb)\.com$`)},
	{"Instagram", regexp.MustCompile(`^(?:www\.)?instagram\.com$`)},
	{"Threads", regexp.MustCompile(`^(?:www\.)?threads\.(?:net|com)$`)},
	{"TikTok", regexp.MustCompile(`^(?:www\.)?tiktok\.com$`)},
	{"LinkedIn", regexp.MustCompile(`^(?:[\w-]+\.)?linkedin\.com$`)},
	{"WhatsApp", regexp.MustCompile(`^(?:[\w-]+\.)?whatsapp\.com$`)},
	{"WeChat", regexp.MustCompile(`^mp\.weixin\.qq\.com$`)},
}

// withoutFeeds returns the name of the service at address if it is one that offers
// no feeds.
func withoutFeeds(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	for _, s := range feedless {
		if s.host.MatchString(u.Hostname()) {
			return s.name
		}
	}
	return ""
}

// forms returns where a service that address belongs to keeps its feeds.
func forms(address string) []lead {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	p := place{url: u, parts: strings.FieldsFunc(u.EscapedPath(), func(r rune) bool { return r == '/' })}
	for _, s := range services {
		m := s.host.FindStringSubmatch(u.Hostname())
		if m == nil {
			continue
		}
		if len(m) > 1 {
			p.name = m[1]
		}
		return s.leads(p)
	}
	return nil
}

func (s *service) leads(p place) []lead {
	var leads []lead
	for _, feed := range s.feeds(p) {
		if u, err := p.url.Parse(feed); err == nil {
			leads = append(leads, lead{url: u.String(), how: "a form of " + s.name + "'s", rank: byForm})
		}
	}
	return leads
}

// youTube: a channel under its @handle or short name tells its feed on its page.
func youTube(p place) []string {
	const feed = "https://www.youtube.com/feeds/videos.xml?"
	list := p.url.Query().Get("list")
	switch kind, name := p.part(0), p.part(1); {
	case kind == "channel" && name != "":
		return []string{feed + "channel_id=" + name}
	case kind == "user" && name != "":
		return []string{feed + "user=" + name}
	case list != "" && (kind == "playlist" || kind == "watch"):
		return []string{feed + "playlist_id=" + url.QueryEscape(list)}
	}
	return nil
}

func reddit(p place) []string {
	if len(p.parts) < 2 {
		return nil
	}
	return []string{"/" + strings.Join(p.parts, "/") + "/.rss"}
}

// notOwners are first parts of a path at GitHub that are nobody's name.
var notOwners = []string{
	"about", "collections", "explore", "features", "login", "marketplace", "orgs", "search", "settings", "sponsors", "topics",
}

func gitHub(p place) []string {
	if len(p.parts) == 0 || slices.Contains(notOwners, p.parts[0]) {
		return nil
	}
	if len(p.parts) == 1 {
		return []string{"/" + p.parts[0] + ".atom"}
	}
	project := "/" + p.parts[0] + "/" + strings.TrimSuffix(p.parts[1], ".git")
	switch branch := strings.Join(p.parts[min(len(p.parts), 3):], "/"); {
	case p.part(2) == "tags":
		return []string{project + "/tags.atom"}
	case p.part(2) == "commits" && branch != "", p.part(2) == "tree" && branch != "":
		return []string{project + "/commits/" + branch + ".atom"}
	case p.part(2) == "commits":
		return []string{project + "/commits.atom"}
	}
	return []string{project + "/releases.atom", project + "/tags.atom", project + "/commits.atom"}
}

// gitLab: a project's path may be of any depth; what belongs to it follows "/-/".
func gitLab(p place) []string {
	path, below, _ := strings.Cut(strings.Trim(p.url.EscapedPath(), "/"), "/-/")
	switch {
	case path == "":
		return nil
	case !strings.Contains(path, "/"):
		return []string{"/" + path + ".atom"}
	case strings.HasPrefix(below, "commits/"), strings.HasPrefix(below, "tags"):
		return []string{"/" + path + "/-/" + below + "?format=atom"}
	}
	return []string{"/" + path + "/-/releases.atom", "/" + path + "/-/tags?format=atom", "/" + path + ".atom"}
}

func codeberg(p place) []string {
	switch len(p.parts) {
	case 0:
		return nil
	case 1:
		return []string{"/" + p.parts[0] + ".atom"}
	}
	project := "/" + p.parts[0] + "/" + p.parts[1]
	return []string{project + "/releases.atom", project + ".atom"}
}

// googleNews: what a search or a topic shows is a feed below /rss, with the same
// query, which says the language too.
func googleNews(p place) []string {
	feed := "/rss"
	if p.part(0) != "home" {
		feed += strings.TrimRight(p.url.EscapedPath(), "/")
	}
	if p.url.RawQuery != "" {
		feed += "?" + p.url.RawQuery
	}
	return []string{feed}
}

func bluesky(p place) []string {
	if p.part(0) != "profile" || p.part(1) == "" {
		return nil
	}
	return []string{"/profile/" + p.part(1) + "/rss"}
}

func medium(p place) []string {
	switch {
	case len(p.parts) == 0:
		return nil
	case p.parts[0] == "tag" && len(p.parts) > 1:
		return []string{"/feed/tag/" + p.parts[1]}
	case p.part(1) == "tagged" && len(p.parts) > 2:
		return []string{"/feed/" + p.parts[0] + "/tagged/" + p.parts[2]}
	}
	return []string{"/feed/" + p.parts[0]}
}

func blogger(p place) []string {
	const posts = "/feeds/posts/default"
	if p.part(0) == "search" && p.part(1) == "label" && len(p.parts) > 2 {
		return []string{posts + "/-/" + p.parts[2], posts}
	}
	return []string{posts}
}

func wordPress(p place) []string {
	if (p.part(0) == "category" || p.part(0) == "tag" || p.part(0) == "author") && len(p.parts) > 1 {
		return []string{"/" + strings.Join(p.parts, "/") + "/feed/", "/feed/"}
	}
	return []string{"/feed/"}
}

func tumblr(p place) []string {
	name := p.part(0)
	if name == "blog" {
		name = strings.TrimPrefix(p.part(1), "view/")
	}
	if name == "" || name == "tagged" || name == "explore" || name == "search" {
		return nil
	}
	return []string{"https://" + strings.TrimPrefix(name, "@") + ".tumblr.com/rss"}
}

func tumblrBlog(p place) []string {
	if p.part(0) == "tagged" && p.part(1) != "" {
		return []string{"/tagged/" + p.part(1) + "/rss"}
	}
	return []string{"/rss"}
}

func naver(p place) []string {
	id := p.part(0)
	if named := p.url.Query().Get("blogId"); named != "" {
		id = url.PathEscape(named)
	}
	if id == "" || strings.Contains(id, ".") {
		return nil
	}
	return []string{"https://rss.blog.naver.com/" + id + ".xml"}
}

func note(p place) []string {
	if p.part(0) == "" {
		return nil
	}
	return []string{"/" + p.part(0) + "/rss"}
}

// fediverse knows the addresses that Mastodon, and what is built after it, gives to
// people and hashtags, on whatever host. A name from elsewhere, /@name@host, has its
// feed there.
func fediverse(p place) []string {
	switch first := p.part(0); {
	case strings.HasPrefix(first, "@") && len(first) > 1:
		if name, host, elsewhere := strings.Cut(first[1:], "@"); elsewhere {
			return []string{"https://" + host + "/@" + name + ".rss"}
		}
		return []string{"/" + first + ".rss"}
	case first == "users" && p.part(1) != "":
		return []string{"/users/" + p.part(1) + ".rss"}
	case first == "tags" && p.part(1) != "" && len(p.parts) == 2:
		return []string{"/tags/" + p.part(1) + ".rss"}
	}
	return nil
}
