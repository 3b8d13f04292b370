package site

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rightswire/internal/news"
	"rightswire/internal/newsroom"
)

func read(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const (
	fullArticle = `<item><title>Forty people &lt;returned&gt; at the river</title><link>https://border.example.net/river</link><guid>bm-1</guid>` +
		`<pubDate>Mon, 02 Nov 2026 09:30:00 +0000</pubDate><dc:creator>Noor Said</dc:creator><category>Refoulement</category>` +
		`<enclosure url="https://border.example.net/river.mp3" type="audio/mpeg" length="10"/>` +
		`<description>They were taken to the bridge.</description>` +
		`<content:encoded>&lt;p&gt;They were taken to the &lt;b&gt;bridge&lt;/b&gt;.&lt;/p&gt;&lt;p&gt;&lt;img src="https://border.example.net/bridge.jpg" alt="The bridge"&gt;&lt;/p&gt;` +
		`&lt;script&gt;alert(1)&lt;/script&gt;</content:encoded></item>`
	arabicArticle = `<item><title>عائلات تنتظر عند المعبر</title><link>https://manara.example.net/9</link><guid>m-9</guid>` +
		`<pubDate>Sun, 01 Nov 2026 09:30:00 +0000</pubDate><description>قالت النساء إنّ الحافلة توقفت قبل الفجر.</description></item>`
)

var (
	riverID  = news.NewItemID("border", news.ByGUID, "bm-1")
	manaraID = news.NewItemID("lighthouse", news.ByGUID, "m-9") // the id its source had first
)

// smallNewsroom has two sources, one with rights in full and one in Arabic, and
// two channels.
func smallNewsroom(t *testing.T) *house {
	t.Helper()
	o := newOrigin(t)
	o.set("/border", rss(fullArticle))
	o.set("/manara", rss(arabicArticle))
	h := open(t, `
sources:
  - {id: border, title: Border Monitor, url: "`+o.URL+`/border", language: en, kind: ngo, org: border-net, rights: {full: "CC BY 4.0, stated at https://border.example.net/licence"}}
  - {id: manara, formerly: [lighthouse], title: المنارة, url: "`+o.URL+`/manara", language: ar, kind: media}
channels:
  - {id: all, title: Everything & more, description: All there is.}
  - {id: arabic, title: بالعربية, language: ar, languages: [ar]}
`, 64<<20)
	h.collect()
	return h
}

func TestAddresses(t *testing.T) {
	h := smallNewsroom(t)
	item := "/items/" + string(riverID) + "/"
	for _, tt := range []struct {
		path           string
		status         int
		typeOrLocation string
	}{
		{"/", 200, "text/html; charset=utf-8"},
		{"/rss.xml", 200, "application/rss+xml; charset=utf-8"},
		{"/atom.xml", 200, "application/atom+xml; charset=utf-8"},
		{"/feed.json", 200, "application/feed+json"},
		{"/channels/all/", 200, "text/html; charset=utf-8"},
		{"/channels/all/rss.xml", 200, "application/rss+xml; charset=utf-8"},
		{"/channels/all/atom.xml", 200, "application/atom+xml; charset=utf-8"},
		{"/channels/all/feed.json", 200, "application/feed+json"},
		{"/sources/border/", 200, "text/html; charset=utf-8"},
		{"/sources/border/rss.xml", 200, "application/rss+xml; charset=utf-8"},
		{"/sources/border/atom.xml", 200, "application/atom+xml; charset=utf-8"},
		{"/sources/border/feed.json", 200, "application/feed+json"},
		{item, 200, "text/html; charset=utf-8"},
		{"/style.css", 200, "text/css; charset=utf-8"},
		{"/healthz", 200, "text/plain; charset=utf-8"},
		{"/?q=x", 200, "text/html; charset=utf-8"},
		{"/status/", 200, "text/html; charset=utf-8"},
		{"/status/rss.xml", 200, "application/rss+xml; charset=utf-8"},
		{"/status/atom.xml", 200, "application/atom+xml; charset=utf-8"},
		{"/status/feed.json", 200, "application/feed+json"},
		{"/sources.opml", 200, "text/x-opml; charset=utf-8"},
		{"/channels.opml", 200, "text/x-opml; charset=utf-8"},

		{"/status", 301, "status/"},
		{"/channels/all", 301, "all/"},
		{"/sources/border", 301, "border/"},
		{strings.TrimSuffix(item, "/"), 301, string(riverID) + "/"},
		{"/sources/lighthouse/", 301, "../../sources/manara/"},
		{"/sources/lighthouse/rss.xml", 301, "../../sources/manara/rss.xml"},

		{"/channels/none/", 404, ""},
		{"/channels/none/rss.xml", 404, ""},
		{"/sources/none/atom.xml", 404, ""},
		{"/items/aaaaaaaaaaaaaaaaaaaaaaaaaa/", 404, ""},
		{"/items/" + strings.ToUpper(string(riverID)) + "/", 404, ""},
		{item + "rss.xml", 404, ""},
		{"/channels/all/rss.xml/", 404, ""},
		{"/channels/all/x", 404, ""},
		{"/channels//", 404, ""},
		{"/channels/", 404, ""},
		{"/channels", 404, ""},
		{"//", 404, ""},
		{"/topics/x/", 404, ""},
		{"/index.html", 404, ""},
		{"/status/x", 404, ""},
		{"/status/atom.xml/", 404, ""},
		{"/status//", 404, ""},
		{"/statusatom.xml", 404, ""},
		{"/status/sources.opml", 404, ""},
		{"/sources.opml/", 404, ""},
		{"/channels/all/channels.opml", 404, ""},
		{"/favicon.ico", 404, ""},
		{"/channels/..%2f..%2fetc/", 404, ""},
		{"/channels/../../../etc/passwd", 404, ""},
		{"/channels/all%00/", 404, ""},
		{`/channels/all\/`, 404, ""},
		{"/channels/%3Cscript%3E/", 404, ""},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			res := h.ask(method, tt.path)
			got := res.Header.Get("Content-Type")
			if tt.status == 301 {
				got = res.Header.Get("Location")
			}
			if res.StatusCode != tt.status || tt.status != 404 && got != tt.typeOrLocation {
				t.Errorf("%s %s: %d %q, want %d %q", method, tt.path, res.StatusCode, got, tt.status, tt.typeOrLocation)
			}
			if res.Header.Get("Content-Security-Policy") == "" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s %s: no strict headers", method, tt.path)
			}
			if b := read(t, res); method == http.MethodHead && b != "" || strings.Contains(b, "spoofed.example") || strings.Contains(b, "<script") {
				t.Errorf("%s %s: body %q", method, tt.path, b)
			}
		}
	}
}

func TestOnlyReading(t *testing.T) {
	h := smallNewsroom(t)
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"} {
		for _, path := range []string{"/", "/channels/all/", "/nothing"} {
			res := h.ask(method, path)
			if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d, Allow %q", method, path, res.StatusCode, res.Header.Get("Allow"))
			}
		}
	}
}

func TestPagesSayWhatThereIs(t *testing.T) {
	h := smallNewsroom(t)
	h.decide(newsroom.Ruling{Item: string(riverID), Action: news.AddNote, Text: "Names were removed.\n<b>Write</b> to us."})
	h.decide(newsroom.Ruling{Item: string(riverID), Action: news.Retag, Add: []string{"KP"}})
	item := "items/" + string(riverID) + "/"
	for path, wants := range map[string][]string{
		"/": {
			`<html lang="en" dir="ltr">`, "<title>Rightswire</title>", "https://rights.example.org/atom.xml",
			`<link rel="alternate" type="application/atom&#43;xml" title="Everything &amp; more" href="./channels/all/atom.xml">`,
			`href="./channels/all/"`, "Everything &amp; more", "All there is.", `<span lang="ar" dir="rtl">بالعربية</span>`,
			`href="./` + item + `"`, `href="./sources/border/"`, "Border Monitor", "NGO</span>",
			`<span lang="ar" dir="rtl">عائلات تنتظر عند المعبر</span>`, "Forty people &lt;returned&gt; at the river",
			`<time datetime="2026-11-02T09:30:00Z" dir="ltr">2026-11-02 09:30 UTC</time>`,
		},
		"/channels/arabic/": {
			`<html lang="ar" dir="rtl">`, `href="atom.xml"`, "https://rights.example.org/channels/arabic/atom.xml",
			`<p lang="ar" dir="rtl">قالت`, `href="../../items/` + string(manaraID) + `/"`, `href="../../style.css"`,
		},
		"/sources/border/": {
			"<title>Border Monitor · Rightswire</title>", "NGO</span>", "Publisher: border-net", "The source’s own feed",
			"They were taken to the bridge.", "Editor’s note", "&lt;b&gt;Write&lt;/b&gt; to us.",
		},
		"/" + item: {
			`<meta name="robots" content="noindex">`, "<title>Forty people &lt;returned&gt; at the river · Rightswire</title>",
			`<div class="article" lang="en" dir="ltr"><p>They were taken to the <b>bridge</b>.</p>`,
			`<a href="https://border.example.net/bridge.jpg"`, "The bridge</a>",
			`href="https://border.example.net/river"`, "Leads to border.example.net.", "CC BY 4.0", "Noor Said",
			"river.mp3", "Refoulement", "by hand", `href="../../channels/all/"`, "Names were removed.<br>&lt;b&gt;Write", "North Korea",
		},
		"/items/" + string(manaraID) + "/": {"Read the whole article at its source", "What stands above is an excerpt.", `<h1 lang="ar" dir="rtl">`},
	} {
		page := h.page(path)
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s: no %s in\n%s", path, want, page)
			}
		}
		for _, never := range []string{"<img", "<script", "<iframe", "style=", `src="`, "mira", "http-equiv", "ZgotmplZ"} {
			if strings.Contains(page, never) {
				t.Errorf("%s: has %s", path, never)
			}
		}
	}
}

// What is loaded with a page comes from the site itself: nobody else learns who
// reads it.
func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	h := smallNewsroom(t)
	for _, path := range []string{"/", "/channels/all/", "/sources/border/", "/items/" + string(riverID) + "/"} {
		for _, tag := range strings.Split(h.page(path), "<") {
			if strings.HasPrefix(tag, "link ") && strings.Contains(tag, "//") {
				t.Errorf("%s: <%s", path, tag)
			}
		}
	}
}

func TestFeedsKeepImagesOfFullRights(t *testing.T) {
	h := smallNewsroom(t)
	for _, path := range []string{"/feed.json", "/channels/all/feed.json", "/sources/border/feed.json"} {
		var feed struct {
			Feed  string `json:"feed_url"`
			Items []struct {
				ID   string `json:"id"`
				URL  string `json:"url"`
				HTML string `json:"content_html"`
			} `json:"items"`
		}
		if err := json.Unmarshal([]byte(h.page(path)), &feed); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(feed.Items, func(it struct {
			ID   string `json:"id"`
			URL  string `json:"url"`
			HTML string `json:"content_html"`
		}) bool {
			return it.ID == "tag:rights.example.org,2026:item/"+string(riverID)
		})
		if i < 0 || !strings.Contains(feed.Items[i].HTML, `<img src="https://border.example.net/bridge.jpg"`) || feed.Items[i].URL != "https://border.example.net/river" {
			t.Errorf("%s: %+v", path, feed)
		}
		if feed.Feed != "https://rights.example.org"+path {
			t.Errorf("%s calls itself %s", path, feed.Feed)
		}
	}
}

func TestConditionalRequests(t *testing.T) {
	h := smallNewsroom(t)
	for _, path := range []string{"/", "/channels/all/rss.xml", "/sources/border/atom.xml", "/items/" + string(riverID) + "/", "/style.css", "/status/", "/status/atom.xml", "/sources.opml"} {
		etag := h.get(path).Header.Get("ETag")
		if res := h.get(path, "If-None-Match", etag); etag == "" || res.StatusCode != http.StatusNotModified || read(t, res) != "" {
			t.Errorf("%s: etag %q, then %d", path, etag, res.StatusCode)
		}
		if res := h.get(path, "Accept-Encoding", "gzip"); path != "/style.css" && len(h.page(path)) > 1400 && res.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: not compressed", path)
		}
	}
	res := h.get("/channels/all/rss.xml")
	since := res.Header.Get("Last-Modified")
	if res := h.get("/channels/all/rss.xml", "If-Modified-Since", since); since == "" || res.StatusCode != http.StatusNotModified {
		t.Errorf("since %q: %d", since, res.StatusCode)
	}
}

// While nothing changes, no request reads the store, whatever its answer.
func TestServingReadsNoStore(t *testing.T) {
	h := smallNewsroom(t)
	paths := []string{
		"/", "/rss.xml", "/channels/all/", "/channels/all/rss.xml", "/channels/all/atom.xml", "/channels/all/feed.json",
		"/sources/border/", "/sources/border/atom.xml", "/items/" + string(riverID) + "/", "/style.css", "/healthz",
		"/sources/lighthouse/", "/status/", "/status/rss.xml", "/status/atom.xml", "/status/feed.json", "/sources.opml", "/channels.opml",
	}
	etags := map[string]string{}
	for _, p := range paths {
		etags[p] = h.get(p).Header.Get("ETag")
	}
	before := h.room.Reads()
	for range 20 {
		for _, p := range paths {
			h.get(p)
			h.get(p, "Accept-Encoding", "gzip")
			h.ask(http.MethodHead, p)
			h.get(p, "If-None-Match", etags[p])
		}
	}
	if n := h.room.Reads() - before; n != 0 {
		t.Errorf("%d reads of the store", n)
	}
}

// One change is met with one look at the newsroom for each address, however many
// ask at once.
func TestChangeIsRenderedOnce(t *testing.T) {
	h := smallNewsroom(t)
	const path = "/channels/all/rss.xml"
	etag := h.get(path).Header.Get("ETag")
	change := func(note string) uint64 {
		h.decide(newsroom.Ruling{Item: string(riverID), Action: news.AddNote, Text: note})
		return h.room.Reads()
	}
	before := change("The first change.")
	h.get(path)
	once := h.room.Reads() - before
	before = change("The second change.")
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			res := h.get(path, "If-None-Match", etag)
			if b := read(t, res); res.StatusCode != http.StatusOK || !strings.Contains(b, "The second change.") {
				t.Errorf("%d: %s", res.StatusCode, b)
			}
		})
	}
	wg.Wait()
	if n := h.room.Reads() - before; once == 0 || n != once {
		t.Errorf("%d reads of the store for 32 requests, want those of one: %d", n, once)
	}
}

// A change elsewhere leaves bytes, validator and compressed form as they are.
func TestEqualBytesAreKept(t *testing.T) {
	h := smallNewsroom(t)
	const path = "/sources/manara/atom.xml"
	before := h.get(path)
	content := h.cache.slots["sources/manara/atom.xml"].answer.Load().content
	h.decide(newsroom.Ruling{Item: string(riverID), Action: news.AddNote, Text: "Elsewhere."})
	after := h.get(path, "If-None-Match", before.Header.Get("ETag"))
	if after.StatusCode != http.StatusNotModified {
		t.Errorf("status %d", after.StatusCode)
	}
	if h.cache.slots["sources/manara/atom.xml"].answer.Load().content != content {
		t.Error("the content was made anew")
	}
}

func TestDecisionsActAtOnce(t *testing.T) {
	h := smallNewsroom(t)
	item := "/items/" + string(riverID) + "/"
	lists := []string{"/", "/rss.xml", "/channels/all/", "/channels/all/atom.xml", "/channels/all/feed.json", "/sources/border/", "/sources/border/rss.xml"}
	shown := func(want bool) {
		t.Helper()
		for _, p := range lists {
			if got := strings.Contains(h.page(p), "Forty people"); got != want {
				t.Errorf("%s shows it: %v, want %v", p, got, want)
			}
		}
	}
	shown(true)
	h.page(item)
	h.decide(newsroom.Ruling{Item: string(riverID), Action: news.Reject, Why: "test"})
	shown(false)
	if res := h.get(item); res.StatusCode != http.StatusNotFound {
		t.Errorf("rejected: status %d", res.StatusCode)
	}
	h.decide(newsroom.Ruling{Item: string(riverID), Action: news.Undo})
	shown(true)
	h.decide(newsroom.Ruling{Item: string(riverID), Action: news.Withdraw, Why: "test"})
	shown(false)
	res := h.get(item)
	if page := read(t, res); res.StatusCode != http.StatusGone || strings.Contains(page, "Forty") || !strings.Contains(page, "noindex") {
		t.Errorf("withdrawn: %d %s", res.StatusCode, page)
	}
}

func TestPinnedComeFirstOnPages(t *testing.T) {
	h := smallNewsroom(t)
	h.decide(newsroom.Ruling{Item: string(manaraID), Action: news.Pin})
	page := h.page("/channels/all/")
	if a, b := strings.Index(page, string(manaraID)), strings.Index(page, string(riverID)); a < 0 || b < a || !strings.Contains(page, "Pinned") {
		t.Errorf("pinned at %d, newer at %d", a, b)
	}
}

// An embargo ends by itself, to the second and without a request before it.
func TestEmbargoEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		a := &answer{generation: 7, expires: now.Add(time.Hour)}
		time.Sleep(time.Hour - time.Second)
		if !a.fresh(7, time.Now()) {
			t.Error("over a second too early")
		}
		time.Sleep(time.Second)
		if a.fresh(7, time.Now()) {
			t.Error("not over in time")
		}
		if (&answer{generation: 7}).fresh(8, now) {
			t.Error("an older generation is fresh")
		}
	})
}

// TestCacheBound asks for 5,000 lists: what is kept stays within its bytes, the
// channels stay in whatever happens, and those asked for last are still there.
func TestCacheBound(t *testing.T) {
	const lists, limit = 5000, 4 << 20
	var yaml strings.Builder
	yaml.WriteString("channels:\n  - {id: all, title: All}\nsources:\n")
	for i := range lists {
		fmt.Fprintf(&yaml, "  - {id: s%d, title: Source %d, url: \"https://s%d.example/feed\", poll: false}\n", i, i, i)
	}
	h := open(t, yaml.String(), limit)
	h.page("/channels/all/atom.xml")
	h.page("/rss.xml")
	for i := range lists {
		file := []string{jsonFile, rssFile, atomFile}[i%3]
		if i%50 == 0 {
			file = "" // pages take longer to make, under the race detector above all
		}
		h.page(fmt.Sprintf("/sources/s%d/%s", i, file))
		if h.cache.used > limit {
			t.Fatalf("%d bytes after %d lists, more than %d", h.cache.used, i, limit)
		}
	}
	h.page("/sources/s1/" + rssFile) // long gone: asked anew
	counted, held := h.cache.used, int64(0)
	for _, e := range h.cache.slots {
		if !e.kept {
			c := e.answer.Load().content
			held += int64(len(c.Bytes) + len(c.Gzip) + len(e.path) + overhead)
		}
	}
	if held != counted || counted < limit*9/10 || h.cache.recent.Len() != len(h.cache.slots)-2 {
		t.Errorf("%d bytes counted, %d held, %d of %d slots listed", counted, held, h.cache.recent.Len(), len(h.cache.slots))
	}
	before := h.room.Reads()
	h.page("/channels/all/atom.xml")
	h.page("/rss.xml")
	h.page(fmt.Sprintf("/sources/s%d/%s", lists-1, rssFile))
	h.page("/sources/s1/" + rssFile)
	if n := h.room.Reads() - before; n != 0 {
		t.Errorf("%d reads of the store for what should be in memory", n)
	}
	// What does not exist is not remembered.
	slots := len(h.cache.slots)
	for i := range 1000 {
		if res := h.get(fmt.Sprintf("/channels/no-%d/", i)); res.StatusCode != http.StatusNotFound {
			t.Fatal(res.StatusCode)
		}
	}
	if len(h.cache.slots) != slots {
		t.Errorf("%d slots for lists that do not exist", len(h.cache.slots)-slots)
	}
}

func TestNoCacheStillServes(t *testing.T) {
	h := open(t, "sources: [{id: a, title: A, url: \"https://a.example/feed\", poll: false}]\n", 0)
	if h.page("/sources/a/"); len(h.cache.slots) != 0 {
		t.Errorf("%d slots where nothing may be kept", len(h.cache.slots))
	}
	h.page("/sources/a/")
}

// When the newsroom cannot answer, readers get what it said last.
func TestLastGoodIsServed(t *testing.T) {
	h := smallNewsroom(t)
	want := h.page("/channels/all/rss.xml")
	h.decide(newsroom.Ruling{Item: string(riverID), Action: news.AddNote, Text: "A change."})
	if err := h.room.Close(); err != nil {
		t.Fatal(err)
	}
	if got := h.page("/channels/all/rss.xml"); got != want {
		t.Errorf("got %s", got)
	}
	res := h.get("/sources/border/atom.xml")
	if page := read(t, res); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || strings.Contains(page, "store") {
		t.Errorf("%d %s", res.StatusCode, page)
	}
}

// FuzzPath: no path makes anything but one of the known answers.
func FuzzPath(f *testing.F) {
	for _, p := range []string{"/", "/channels/a/rss.xml", "/items/aaaaaaaaaaaaaaaaaaaaaaaaaa/", "//", "/channels/%2e/", "", "x", "/status/atom.xml", "/status", "/sources.opml"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, path string) {
		a, ok := parseAddress(path)
		if !ok {
			return
		}
		if a.unslashed {
			path += "/"
		}
		if "/"+a.path() != path {
			t.Errorf("%q is understood as %q", path, a.path())
		}
	})
}
