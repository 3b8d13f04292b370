package discover

import (
	"strings"
	"testing"

	"rightswire/internal/link"
)

func TestAddresses(t *testing.T) {
	for raw, want := range map[string]string{
		"https://a.example/feed":                             "https://a.example/feed",
		"  HTTPS://A.example/feed\n":                         "https://a.example/feed",
		"http://a.example":                                   "http://a.example/",
		"a.example":                                          "https://a.example/ http://a.example/ https://www.a.example/",
		"www.a.example/b":                                    "https://www.a.example/b http://www.a.example/b",
		"//a.b.example/x":                                    "https://a.b.example/x http://a.b.example/x",
		"a.b.example:8443/x":                                 "https://a.b.example:8443/x http://a.b.example:8443/x",
		"localhost:8080":                                     "https://localhost:8080/ http://localhost:8080/",
		"feed://b.a.example/rss":                             "https://b.a.example/rss http://b.a.example/rss",
		"feed:https://a.example/rss":                         "https://a.example/rss",
		"feed://https://a.example/rss":                       "https://a.example/rss",
		"FEED:http://a.example/rss":                          "http://a.example/rss",
		"rss://b.a.example/":                                 "https://b.a.example/ http://b.a.example/",
		"podcast://b.a.example/p":                            "https://b.a.example/p http://b.a.example/p",
		"https://https://a.example/x":                        "https://a.example/x",
		"view-source:https://a.example/x":                    "https://a.example/x",
		"<https://a.example/x>":                              "https://a.example/x",
		"<URL:https://a.example/x>":                          "https://a.example/x",
		"(https://a.example/x).":                             "https://a.example/x",
		"“https://a.example/x”,":                             "https://a.example/x",
		"https://a.example/a_(b)":                            "https://a.example/a_(b)",
		"https://a.example/very-\n  long":                    "https://a.example/very-%20%20long",
		"https://a.example/a b":                              "https://a.example/a%20b",
		"\u2068https://a.example/\u2069":                     "https://a.example/",
		"https://a.example/#part":                            "https://a.example/",
		"@noor@social.example":                               "https://social.example/@noor",
		"https://пример.example/лента":                       "https://xn--e1afmkfd.example/%D0%BB%D0%B5%D0%BD%D1%82%D0%B0",
		"https://web.archive.example/2020/https://a.example": "https://web.archive.example/2020/https://a.example",
	} {
		got, err := addresses(raw)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: %q, %v, want %q", raw, got, err, want)
		}
	}
	for raw, says := range map[string]string{
		"":                                     "empty",
		" <> ":                                 "empty",
		"\"\n\"":                               "empty",
		"mailto:desk@example.org":              `"mailto"`,
		"javascript:alert(1)":                  `"javascript"`,
		"file:///etc/passwd":                   `"file"`,
		"ftp://a.example/feed":                 `"ftp"`,
		"data:text/html,x":                     `"data"`,
		"gopher://a.example":                   `"gopher"`,
		"https://user:word@a.example/":         "user or password",
		"https://a.example https://b.example":  "one at a time",
		"https://a.example\nhttps://b.example": "one at a time",
		"https://" + strings.Repeat("a", 9000): "longer",
		"https://a.example/" + strings.Repeat("a", 5000): "longer",
		"https://": "host",
	} {
		got, err := addresses(raw)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %q, %v, want an error with %q", raw, got, err, says)
		} else if strings.Contains(err.Error(), "word") && !strings.Contains(err.Error(), "password") {
			t.Error(err)
		}
	}
}

// Each service by the addresses that a browser shows there.
func TestForms(t *testing.T) {
	const channel = "UCabcdefghijklmnopqrstuv"
	for address, want := range map[string]string{
		"https://www.youtube.com/channel/" + channel:           "https://www.youtube.com/feeds/videos.xml?channel_id=" + channel,
		"https://m.youtube.com/channel/" + channel + "/videos": "https://www.youtube.com/feeds/videos.xml?channel_id=" + channel,
		"https://www.youtube.com/user/noor":                    "https://www.youtube.com/feeds/videos.xml?user=noor",
		"https://www.youtube.com/playlist?list=PL1":            "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1",
		"https://www.youtube.com/watch?v=a&list=PL1":           "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1",
		"https://www.youtube.com/@noor":                        "",
		"https://mastodon.example/@noor":                       "https://mastodon.example/@noor.rss",
		"https://mastodon.example/@noor/1122":                  "https://mastodon.example/@noor.rss",
		"https://mastodon.example/@noor@other.example":         "https://other.example/@noor.rss",
		"https://mastodon.example/users/noor":                  "https://mastodon.example/users/noor.rss",
		"https://mastodon.example/tags/asylum":                 "https://mastodon.example/tags/asylum.rss",
		"https://noor.substack.com/p/a-letter":                 "https://noor.substack.com/feed",
		"https://noor.blogspot.com/2026/11/a.html":             "https://noor.blogspot.com/feeds/posts/default",
		"https://noor.blogspot.co.uk/":                         "https://noor.blogspot.co.uk/feeds/posts/default",
		"https://noor.blogspot.com/search/label/Camps":         "https://noor.blogspot.com/feeds/posts/default/-/Camps https://noor.blogspot.com/feeds/posts/default",
		"https://medium.com/@noor":                             "https://medium.com/feed/@noor",
		"https://medium.com/the-desk/a-story":                  "https://medium.com/feed/the-desk",
		"https://medium.com/tag/asylum":                        "https://medium.com/feed/tag/asylum",
		"https://medium.com/the-desk/tagged/camps":             "https://medium.com/feed/the-desk/tagged/camps",
		"https://noor.medium.com/a-story":                      "https://noor.medium.com/feed",
		"https://noor.tumblr.com/post/1":                       "https://noor.tumblr.com/rss",
		"https://noor.tumblr.com/tagged/camps":                 "https://noor.tumblr.com/tagged/camps/rss",
		"https://www.tumblr.com/noor":                          "https://noor.tumblr.com/rss",
		"https://www.tumblr.com/blog/noor":                     "https://noor.tumblr.com/rss",
		"https://www.reddit.com/r/humanrights/":                "https://www.reddit.com/r/humanrights/.rss",
		"https://old.reddit.com/user/noor":                     "https://old.reddit.com/user/noor/.rss",
		"https://github.com/noor/desk":                         "https://github.com/noor/desk/releases.atom https://github.com/noor/desk/tags.atom https://github.com/noor/desk/commits.atom",
		"https://github.com/noor/desk/commits/main":            "https://github.com/noor/desk/commits/main.atom",
		"https://github.com/noor/desk/tree/main":               "https://github.com/noor/desk/commits/main.atom",
		"https://github.com/noor/desk/tags":                    "https://github.com/noor/desk/tags.atom",
		"https://github.com/noor":                              "https://github.com/noor.atom",
		"https://github.com/topics/rss":                        "",
		"https://gitlab.com/a/b/desk":                          "https://gitlab.com/a/b/desk/-/releases.atom https://gitlab.com/a/b/desk/-/tags?format=atom https://gitlab.com/a/b/desk.atom",
		"https://gitlab.com/a/desk/-/commits/main":             "https://gitlab.com/a/desk/-/commits/main?format=atom",
		"https://codeberg.org/a/desk":                          "https://codeberg.org/a/desk/releases.atom https://codeberg.org/a/desk.atom",
		"https://news.google.com/search?q=asylum&hl=en-GB":     "https://news.google.com/rss/search?q=asylum&hl=en-GB",
		"https://news.google.com/topics/CAA?hl=ko":             "https://news.google.com/rss/topics/CAA?hl=ko",
		"https://news.google.com/home?hl=en":                   "https://news.google.com/rss?hl=en",
		"https://bsky.app/profile/noor.example":                "https://bsky.app/profile/noor.example/rss",
		"https://noor.wordpress.com/2026/11/a/":                "https://noor.wordpress.com/feed/",
		"https://noor.wordpress.com/category/camps/":           "https://noor.wordpress.com/category/camps/feed/ https://noor.wordpress.com/feed/",
		"https://noor.ghost.io/":                               "https://noor.ghost.io/rss/",
		"https://noor.livejournal.com/1.html":                  "https://noor.livejournal.com/data/atom https://noor.livejournal.com/data/rss",
		"https://blog.naver.com/noor/2233":                     "https://rss.blog.naver.com/noor.xml",
		"https://blog.naver.com/PostList.naver?blogId=noor":    "https://rss.blog.naver.com/noor.xml",
		"https://noor.tistory.com/12":                          "https://noor.tistory.com/rss",
		"https://note.com/noor/n/1":                            "https://note.com/noor/rss",
		"https://a.example/news":                               "",
	} {
		var got []string
		for _, l := range forms(address) {
			got = append(got, l.url)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
		for _, u := range got {
			if likeness(u) != alike && !strings.Contains(u, "/feeds/posts/default/-/") && !strings.Contains(u, "rss.blog.naver") &&
				!strings.Contains(u, "/rss/") && !strings.Contains(u, "/feed/") {
				t.Errorf("%s does not look like a feed's address", u)
			}
		}
	}
	for _, address := range []string{
		"https://t.me/s/noor", "https://telegram.me/noor", "https://x.com/noor", "https://mobile.twitter.com/noor",
		"https://www.facebook.com/noor", "https://de-de.facebook.com/noor", "https://www.instagram.com/noor/",
		"https://www.threads.net/@noor", "https://www.tiktok.com/@noor", "https://whatsapp.com/channel/1",
	} {
		if withoutFeeds(address) == "" {
			t.Errorf("%s has feeds", address)
		}
	}
	for _, address := range []string{"https://notx.com/", "https://x.com.example/", "https://t.me.example/", "https://a.example/x.com"} {
		if name := withoutFeeds(address); name != "" {
			t.Errorf("%s is %s", address, name)
		}
	}
}

func FuzzAddresses(f *testing.F) {
	for _, s := range []string{
		"a.example", "feed:https://a.example/", "<URL:http://a>", "@a@b.example", "feed:feed:feed:", "https://[::1]:80/", "//",
		"https://www.youtube.com/channel/x", "https://m.example/@a@b", "https://gitlab.com/a/-/b", "a b", "\xff", "http:\\\\a", "localhost:1",
		"https://noor.blogspot.co.uk/search/label/%zz", "https://blog.naver.com/?blogId=%2e%2e", "https://note.com/%2F", "1.2.3.4:80",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		tries, err := addresses(raw)
		if err != nil {
			return
		}
		if len(tries) == 0 {
			t.Fatal("neither an address nor an error")
		}
		for _, address := range tries {
			if again, err := link.Source(address); err != nil || again != address {
				t.Errorf("%q: %q is not canonical: %q, %v", raw, address, again, err)
			}
			withoutFeeds(address)
			for _, l := range append(forms(address), wellKnown(address, "wordpress squarespace")...) {
				if !strings.HasPrefix(l.url, "http://") && !strings.HasPrefix(l.url, "https://") {
					t.Errorf("%q: lead %q", raw, l.url)
				}
			}
		}
	})
}
