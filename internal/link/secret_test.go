package link

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// ordinary are addresses of public feeds as they look in the wild, most of them
// with something in them that could be taken for a secret.
var ordinary = []string{
	// Blogs and newsrooms.
	"https://www.dailynk.example/english/feed/",
	"https://news.example.org/?feed=rss2",
	"https://news.example.org/?feed=rss2&cat=12,-7&author=3",
	"https://news.example.org/?feed=comments-rss2&p=48213",
	"https://news.example.org/index.php?option=com_content&view=category&id=12&Itemid=117&format=feed&type=rss",
	"https://news.example.org/rss.php?lang=en&no=20261125&idxno=1234567",
	"https://news.example.org/feed/?lang=zh-Hant&paged=2",
	"https://news.example.org/category/human-rights-2/feed/atom/",
	"https://news.example.org/tag/covid-19-in-prisons-2020-2021/feed/",
	"https://news.example.org/private-sector/feed/",
	"https://news.example.org/secret-prisons-of-the-2010s/rss.xml",
	"https://news.example.org/key-issues/token-gestures/feed",
	"https://news.example.org/private/feed.xml",
	"https://news.example.org/members/press/rss",
	"https://news.example.org/feed?keyword=asylum&keywords=refugee,border&search=deportation+2026",
	"https://news.example.org/feed?key=politics&auth=none&session=79&code=KP&hash=no",
	"https://news.example.org/feed?sid=1204&pin=3&h=1&k=asylum+seekers",
	"https://news.example.org/feed?tokens=1&password=",
	"https://news.example.org/rss?v=20261125T120000Z&t=1764072000&ver=6.4.2",
	"https://news.example.org/rss?user=rferl&lang=ru&count=50",
	"https://news.example.org/rss?uid=40213&type=press-release&year=2026",
	"https://news.example.org/fr/rss/derni%C3%A8res-nouvelles-du-haut-commissariat-aux-r%C3%A9fugi%C3%A9s.xml",
	"https://news.example.org/HumanRightsWatchDailyNewsReportAsia2026.xml",
	"https://news.example.org/rss/TheCommitteeToProtectJournalistsNews.rdf",
	"https://news.example.org/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8/rss.xml",
	"https://news.example.org/rss.xml#section-2",
	"http://192.0.2.7:8080/feed.xml",
	// Newsrooms' publishing systems.
	"https://www.times.example/arc/outboundfeeds/rss/?outputType=xml",
	"https://www.times.example/arc/outboundfeeds/rss/category/world/asia/?outputType=xml&size=100",
	"https://www.times.example/arc/outboundfeeds/v3/collections/3f2a9c14-7b1d-4e55-9c02-1f6e8d7a4b90/rss.xml",
	"https://www.svoboda.example/api/zykmpl-vomx-tpeqvtqm",
	"https://www.azattyq.example/api/zrqiteuuiropqtzejk",
	"https://www.voice.example/api/zq$omekvi_",
	"https://feeds.bbci.example/news/world/asia/rss.xml?edition=uk",
	"https://api.content.example/v2/feeds/5f0c2a1b9d3e4f6a7b8c9d0e/rss",
	"https://rss.dw.example/rdf/rss-en-all",
	"https://www.gov.example/api/v1/public/content-manager/news?projects=eq.mfa&page=1&size=30",
	// Organizations of states and others.
	"https://reliefweb.example/updates/rss.xml?advanced-search=%28PC188.PC141%29_%28T4590%29&primary_country=188",
	"https://news.un.example/feed/subscribe/en/news/region/asia-pacific/feed/rss.xml",
	"https://documents.un.example/rss?symbol=A%2FHRC%2F55%2FL.12&ds=A_HRC_55_L.12",
	"https://hudoc.court.example/app/transform/rss?library=echreng&query=contentsitename:ECHR&start=0&length=20&rankingModelId=11111111-0000-0000-0000-000000000000",
	"https://ec.commission.example/newsroom/feed?item_type_id=1021&lang=en&orderby=item_date",
	"https://public.govdelivery.example/topics/USSTATEBPA_1234/feed.rss",
	"https://www.federalregister.example/api/v1/documents.rss?conditions%5Bagencies%5D%5B%5D=state-department&conditions%5Bterm%5D=sanctions",
	// Services that host feeds.
	"https://www.youtube.com/feeds/videos.xml?channel_id=UCa1b2C3d4E5f6G7h8I9j0Kl",
	"https://www.youtube.com/feeds/videos.xml?playlist_id=PLa1b2C3d4E5f6G7h8I9j0KlM1n2O3p4Q5",
	"https://invidious.example/feed/channel/UCa1b2C3d4E5f6G7h8I9j0Kl",
	"https://news.google.com/rss/search?q=%22North+Korea%22+refugees+when:7d&hl=en-US&gl=US&ceid=US:en",
	"https://news.google.com/rss/topics/CAAqJggKIiBDQkFTRWdvSUwyMHZNRGx1YlY4U0FtVnVHZ0pWVXlnQVAB?hl=en-US&gl=US&ceid=US%3Aen",
	"https://feeds.feedburner.com/HumanRightsReports2026?format=xml",
	"https://us1.campaign-archive.com/feed?u=3d7a91e0c4b25f8e6a19d02c7&id=5f8e6a19d0",
	"https://us12.campaign-archive1.com/feed/?u=a1b2c3d4e5f60718293a4b5c6&id=0a1b2c3d4e",
	"https://kreml.substack.com/feed",
	"https://api.substack.com/feed/podcast/1204213.rss",
	"https://medium.com/feed/@witness2026",
	"https://www.blogger.com/feeds/1234567890123456789/posts/default?alt=rss&max-results=25",
	"https://blog.naver.example/rss/stop_torture1988.xml",
	"https://mastodon.example/@amnesty2024.rss",
	"https://mastodon.example/tags/FreePress.rss",
	"https://bsky.app/profile/did:plc:ewvi7nxzyoun6zhxrhs64oiz/rss",
	"https://bridge.example/?action=display&bridge=TelegramBridge&username=%40nknews2026&format=Atom",
	"https://rsshub.example/telegram/channel/vcs1934",
	"https://github.com/example/rights/commits/main.atom",
	"https://gitlab.example/rights/wire/-/tags?format=atom",
	"https://www.flickr.com/services/feeds/photos_public.gne?id=12345678@N00&lang=en-us&format=rss_200",
	"https://ipfs.example/ipns/k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8/feed.xml",
	// Podcasts.
	"https://feeds.acast.example/public/shows/6188a21b3f4c5d0012ab34cd",
	"https://feeds.acast.example/public/shows/3f2a9c14-7b1d-4e55-9c02-1f6e8d7a4b90",
	"https://www.omny.example/d/playlist/4b5f9d6d-9214-48cb-8455-a73200038129/ac2c1b3e-6d01-4bd5-a5ad-ae7a0047c9b3/podcast.rss",
	"http://rss.castbox.example/everest/3f2a9c147b1d4e559c021f6e8d7a4b90.xml",
	"https://feeds.redcircle.example/3f2a9c14-7b1d-4e55-9c02-1f6e8d7a4b90",
	"https://feeds.megaphone.example/VMP5705694065",
	"https://feeds.simplecast.example/54nAGcIl",
	"https://anchor.example/s/1a2b3c4d/podcast/rss",
	"https://feeds.soundcloud.example/users/soundcloud:users:123456789/sounds.rss",
	"https://www.ivoox.example/feed_fg_f11178419_filtro_1.xml",
	"https://podcasts.files.bbci.example/p02nq0gn.rss",
	"https://www.spreaker.example/show/2345678/episodes/feed",
	// What is no address.
	"", "/feed", "mailto:desk@example.org", "news.example.org/feed", "https://", "%zz?%zz=%zz",
}

// secret are addresses that only their owner should have.
var secret = []string{
	// Parameters named for what they are.
	"https://wire.example.org/feed?token=abc",
	"https://wire.example.org/feed?TOKEN=6f1ed002ab5595859014ebf0951522d9",
	"https://wire.example.org/rss.xml?lang=en&access_token=f3a8",
	"https://wire.example.org/rss.xml?lang=en&amp;access-token=f3a8",
	"https://wire.example.org/rss.xml?lang=en;accessToken=f3a8",
	"https://wire.example.org/rss.xml?access%5Ftoken=f3a8",
	"https://wire.example.org/feed?api_key=DEMO",
	"https://wire.example.org/feed?apikey=DEMO&q=kp",
	"https://wire.example.org/latest.rss?api_key=6f1e&api_username=desk",
	"https://wire.example.org/feed?password=rosebud",
	"https://wire.example.org/feed?os_username=desk&os_password=rosebud&os_authType=basic",
	"https://wire.example.org/feed?user=desk&pass=rosebud",
	"https://wire.example.org/feed?login=desk&pwd=rosebud",
	"https://wire.example.org/feed?client_secret=rosebud",
	"https://wire.example.org/feed?subscription-key=abcd",
	"https://wire.example.org/feed?X-Amz-Credential=AKIA%2F20261125&X-Amz-Signature=fe5f80f77d5fa3be",
	"https://wire.example.org/feed.xml?sv=2024-11-04&se=2027-01-01&sr=b&sp=r&sig=zT5p%2BqJ0kx7a1F8c2w%3D",
	"https://wire.example.org/feed?jwt=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkZXNrIn0.c2lnbmF0dXJl",
	"https://wire.example.org/feed?x=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkZXNrIn0.c2lnbmF0dXJl",
	"https://wire.example.org/feed#token=6f1ed002ab55",
	// Named for what may be one.
	"https://wire.example.org/rss/creator?auth=QK2d8xGm0PzL4vRt7nWs9bYc",
	"https://wire.example.org/rss/1204?auth=k8Yt2mP0",
	"https://wire.example.org/activity.atom?key=6f1ed002ab5595859014ebf0951522d9f3a8c7e1",
	"https://wire.example.org/review/list_rss/40213?key=xT7b2mW9qLd4&shelf=read",
	"https://wire.example.org/feed?k=6f1ed002ab55",
	"https://wire.example.org/telegram/channel/x?code=0123abcd4567ef89",
	"https://wire.example.org/feed?sign=6f1ed002ab5595859014ebf0951522d9",
	"https://wire.example.org/feed?PHPSESSID=6f1ed002ab5595859014ebf0951522d9",
	"https://wire.example.org/rss;jsessionid=6F1ED002AB5595859014EBF0951522D9",
	"https://wire.example.org/feed?rssauth=6f1ed002ab55",
	"https://wire.example.org/feed?key=3f2a9c14-7b1d-4e55-9c02-1f6e8d7a4b90",
	// Whose feed it is, and the proof of it.
	"https://www.reddit.com/.rss?feed=6f1ed002ab5595859014ebf0951522d9f3a8c7e1&user=desk",
	"https://www.reddit.com/message/inbox/.rss?user=desk&feed=6f1ed002ab5595859014ebf0951522d9f3a8c7e1",
	"https://wire.example.org/feed?uid=40213&h=9a8b7c6d",
	"https://wire.example.org/feed?u=desk&c=9a8b7c6d5e",
	"https://wire.example.org/tasks.ics?user_id=40213&ical_token=9a8b",
	"https://wire.example.org/feed.xml?slurm=6f1ed002ab5595859014ebf0951522d9",
	"https://us1.campaign-archive.com/feed?u=3d7a91e0c4b25f8e6a19d02c7&id=5f8e6a19d0&e=1a2b3c4d5e",
	// In the path.
	"https://github.com/desk.private.atom?token=ABCDEFGH2345",
	"https://gitlab.example/desk.atom?feed_token=glft-6f1ed002ab5595859014-40213",
	"https://gitlab.example/dashboard/issues.atom?rss_token=x2Yz9PqR",
	"https://calendar.google.com/calendar/ical/desk%40wire.example/private-6f1ed002ab5595859014ebf0951522d9/basic.ics",
	"https://feeds.pinboard.in/rss/secret:6f1ed002ab5595859014/u:desk/private/",
	"https://api.substack.com/feed/podcast/1204213/private/3f2a9c14-7b1d-4e55-9c02-1f6e8d7a4b90.rss",
	"https://feedbin.com/starred/6f1ed002ab5595859014ebf0951522d9.xml",
	"https://kill-the-newsletter.com/feeds/q3k9zt7w2m5x8p1v4r6n.xml",
	"https://www.newsblur.com/reader/starred_rss/40213/6f1ed002ab55/asylum",
	"https://www.newsblur.com/reader/folder_rss/40213/6f1ed002ab55/unread/kp",
	"https://www.google.com/alerts/feeds/01234567890123456789/1234567890123456789",
	"https://show.supportingcast.fm/content/Zk3Jx8Qm2Wp7Lt5Vr1Yb9Nc4Hd6Gs0Fa.rss",
	"https://access.acast.example/rss/wire/aG93bXVjaDF3b29kNHdvdWxkNw",
	"https://wire.example.org/token/9a8b7c6d5e/feed.xml",
	"https://wire.example.org/feed/key=9a8b7c6d5e/all.xml",
	"https://wire.example.org/feed/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkZXNrIn0.c2lnbmF0dXJl",
	"https://wire.example.org/personal/6f1ed002ab55",
	// Before the host.
	"https://desk:rosebud@wire.example.org/feed",
	"https://rosebud@wire.example.org/feed",
}

// TestHasSecret measures the rule on addresses as they look in the wild.
func TestHasSecret(t *testing.T) {
	if len(ordinary)+len(secret) < 120 || len(ordinary) < 60 {
		t.Errorf("only %d ordinary addresses and %d secret ones", len(ordinary), len(secret))
	}
	for _, u := range ordinary {
		if HasSecret(u) {
			t.Errorf("an ordinary address is taken for a secret: %s", u)
		}
	}
	for _, u := range secret {
		if !HasSecret(u) {
			t.Errorf("a secret is not seen: %s", u)
		}
		for _, with := range []string{"&utm_source=rss", "&lang=en&format=atom"} { // whatever else it says
			if joined := u + with; strings.Contains(u, "?") && !strings.Contains(u, "#") && !HasSecret(joined) {
				t.Errorf("a secret is not seen: %s", joined)
			}
		}
	}
}

// TestHasSecretRandom measures how many random tokens are seen where nothing but
// their looks gives them away, and that none is missed where their name does.
func TestHasSecretRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	raw := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.UintN(256))
		}
		return b
	}
	tokens := map[string]func() string{
		"hexadecimal": func() string { return hex.EncodeToString(raw(16)) },
		"base32": func() string {
			return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw(16)))
		},
		"base64": func() string { return base64.RawURLEncoding.EncodeToString(raw(24)) },
	}
	const rounds = 2000
	for name, token := range tokens {
		for place, least := range map[string]int{
			"https://wire.example.org/feeds/%s.xml": rounds * 90 / 100,
			"https://wire.example.org/feed?key=%s":  rounds * 95 / 100,
			"https://wire.example.org/private/%s/":  rounds * 95 / 100,
			"https://wire.example.org/?token=%s":    rounds,
		} {
			found := 0
			for range rounds {
				if HasSecret(fmt.Sprintf(place, token())) {
					found++
				}
			}
			t.Logf("%s in %s: %.1f %%", name, place, 100*float64(found)/rounds)
			if found < least {
				t.Errorf("%s in %s: %d of %d found, want %d", name, place, found, rounds, least)
			}
		}
	}
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"https://wire.example.org/feed/6f1ed002ab55?token=x#y": "https://wire.example.org/…",
		"HTTP://Wire.Example.org:8080/feed":                    "http://wire.example.org:8080/…",
		"https://wire.example.org":                             "https://wire.example.org/…",
		"https://desk:rosebud@wire.example.org/feed":           "https://wire.example.org/…",
		"https://[2001:db8::1]:8443/feed":                      "https://[2001:db8::1]:8443/…",
		"https://bücher.example/ü":                             "https://xn--bcher-kva.example/…",
		"/feed?token=x":                                        "…",
		"mailto:desk@example.org?token=x":                      "…",
		"ftp://wire.example.org/token":                         "…",
		"https://token:@/":                                     "…",
		"token":                                                "…",
		"":                                                     "…",
	} {
		if got := Redact(in); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
	for _, u := range secret {
		if got := Redact(u); HasSecret(got) || !strings.HasSuffix(got, "/…") || strings.Contains(got, "rosebud") {
			t.Errorf("Redact(%q) = %q", u, got)
		}
	}
}

func TestSite(t *testing.T) {
	for in, want := range map[string]string{
		"https://www.news.example.org/feed":     "example.org",
		"https://example.org/":                  "example.org",
		"https://News.BBC.co.uk:8443/a":         "bbc.co.uk",
		"https://english.hani.co.kr/feed":       "hani.co.kr",
		"https://a.b.gov.cn/":                   "b.gov.cn",
		"https://witness.github.io/feed.xml":    "witness.github.io",
		"https://www.witness.blogspot.com/":     "witness.blogspot.com",
		"https://github.io/":                    "github.io",
		"https://co.uk/":                        "co.uk",
		"https://example.org./feed":             "example.org",
		"https://пример.испытание/":             "xn--e1afmkfd.xn--80akhbyknj4f",
		"https://новости.пример.рф/":            "xn--e1afmkfd.xn--p1ai",
		"http://localhost:8080/feed":            "localhost",
		"http://127.0.0.1:8080/feed":            "127.0.0.1",
		"http://[2001:db8::1]:80/feed":          "[2001:db8::1]",
		"http://0x7f.1/":                        "127.0.0.1",
		"http://wire.onion/":                    "wire.onion",
		"https://a.example.madeup/":             "example.madeup",
		"mailto:a@b.example":                    "",
		"/feed":                                 "",
		"":                                      "",
		"https://user:word@news.example.org/a?": "example.org",
	} {
		if got := Site(in); got != want {
			t.Errorf("Site(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzSecret(f *testing.F) {
	for _, u := range append(ordinary, secret...) {
		f.Add(u)
	}
	f.Fuzz(func(t *testing.T, u string) {
		HasSecret(u)
		Site(u)
		shown := Redact(u)
		if HasSecret(shown) || !strings.HasSuffix(shown, "…") || strings.ContainsAny(shown, "?#@") {
			t.Errorf("Redact(%q) = %q", u, shown)
		}
		if strings.HasPrefix(u, "https://") && !strings.ContainsAny(u, "#?") && !HasSecret(u+"?token=6f1ed002") {
			t.Errorf("the token after %q is not seen", u)
		}
	})
}
