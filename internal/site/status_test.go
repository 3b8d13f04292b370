package site

import (
	"context"
	"encoding/xml"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mmcdole/gofeed"

	"rightswire/internal/news"
	"rightswire/internal/newsroom"
)

// run lets the newsroom collect until the test ends.
func (h *house) run() {
	ctx, stop := context.WithCancel(h.t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := h.room.Run(ctx); err != nil {
			h.t.Error(err)
		}
	})
	h.t.Cleanup(func() {
		stop()
		running.Wait()
	})
}

// visitAll asks every source once, whatever comes of it.
func (h *house) visitAll() {
	h.t.Helper()
	if _, err := h.room.Refresh(h.t.Context(), newsroom.RefreshOrder{All: true}, nil); err != nil {
		h.t.Fatal(err)
	}
}

const statusYAML = `
sources:
  - {id: radio, title: Radio One, url: "$/radio", countries: [BY], kind: media, language: en}
  - {id: wall, title: The Wall, url: "$/wall", countries: [BY, UA], kind: ngo, language: en}
  - {id: manara, title: المنارة, url: "$/manara", language: ar, kind: media}
  - {id: still, title: Catalogued, url: "$/still", poll: false, countries: [BY]}
`

func statusNewsroom(t *testing.T) (*house, *origin) {
	t.Helper()
	o := newOrigin(t)
	o.set("/radio", rss(fullArticle))
	o.set("/wall", "<!DOCTYPE html><title>Just a moment</title><p>Checking your browser</p>")
	o.set("/manara", rss(arabicArticle))
	h := open(t, strings.ReplaceAll(statusYAML, "$", o.URL), 64<<20)
	h.run()
	h.visitAll()
	return h, o
}

func TestStatusPage(t *testing.T) {
	h, o := statusNewsroom(t)
	page := h.page("/status/")
	for _, want := range []string{
		"<title>Status of the sources · Rightswire</title>", "2 of 3 sources readable.",
		`>Belarus</span>: <bdi lang="en">1 of 2 sources readable</bdi>`, `>Ukraine</span>: <bdi lang="en">0 of 1 source readable</bdi>`,
		`<span lang="en" dir="ltr">World</span>: <bdi lang="en">1 of 1 source readable</bdi>`,
		`<th scope="row"><a href="../sources/wall/">`, `<bdi class="silent">not a feed</bdi>`, `<bdi>ok</bdi>`,
		`<span lang="ar" dir="rtl">المنارة</span>`, `<time datetime="2026-11-02" dir="ltr">2026-11-02</time>`, `<th scope="col">State</th>`,
		"https://rights.example.org/status/atom.xml", `href="atom.xml"`, `href="../style.css"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	for _, no := range []string{o.URL, "127.0.0.1", "Just a moment", "Catalogued", "HTML page"} {
		if strings.Contains(page, no) {
			t.Errorf("it says %q:\n%s", no, page)
		}
	}
	if front := h.page("/"); !strings.Contains(front, `href="./status/"`) || !strings.Contains(front, `href="./sources.opml"`) {
		t.Error("the front page does not lead to it")
	}
}

// The page says so an hour after a source has become overdue, and not for ever
// what it said first.
func TestStatusPageGrowsOld(t *testing.T) {
	h, _ := statusNewsroom(t)
	h.page("/status/")
	ans := h.cache.slots["status/"].answer.Load()
	if left := time.Until(ans.expires); left > time.Hour || left < 50*time.Minute {
		t.Errorf("good for %s", left)
	}
	synctest.Test(t, func(t *testing.T) {
		a := &answer{expires: time.Now().Add(statusFresh)}
		time.Sleep(statusFresh)
		if a.fresh(0, time.Now()) {
			t.Error("still fresh after an hour")
		}
	})
}

// A source that turns is told in each feed, under an id that stays.
func TestStatusFeeds(t *testing.T) {
	h, o := statusNewsroom(t)
	h.visitAll()
	check := func(want ...string) {
		t.Helper()
		for _, file := range []string{rssFile, atomFile, jsonFile} {
			body := h.page("/status/" + file)
			feed, err := gofeed.NewParser().ParseString(body)
			if err != nil {
				t.Fatalf("%s: %v\n%s", file, err, body)
			}
			var got []string
			for _, it := range feed.Items {
				got = append(got, it.Title)
				if !strings.HasPrefix(it.GUID, "tag:rights.example.org,2026:status/turn/") || it.PublishedParsed == nil ||
					!strings.HasPrefix(it.Link, "https://rights.example.org/sources/") {
					t.Errorf("%s: %+v", file, it)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s tells %q, want %q", file, got, want)
			}
			if strings.Contains(body, o.URL) || strings.Contains(body, "Just a moment") {
				t.Errorf("%s tells too much:\n%s", file, body)
			}
		}
	}
	check("The Wall: not a feed")
	etag := h.get("/status/atom.xml").Header.Get("ETag")
	h.visitAll() // nothing turns
	h.decide(newsroom.Ruling{Item: string(news.NewItemID("radio", news.ByGUID, "bm-1")), Action: news.AddNote, Text: "A change elsewhere."})
	if res := h.get("/status/atom.xml", "If-None-Match", etag); res.StatusCode != http.StatusNotModified {
		t.Errorf("nothing turned, and it is new: %d", res.StatusCode)
	}
	o.set("/wall", rss(arabicArticle))
	h.visitAll()
	check("The Wall: ok (was not a feed)", "The Wall: not a feed")
	if !strings.Contains(h.page("/status/"), "3 of 3 sources readable.") {
		t.Error("the page does not know")
	}
	// A turn that brings no item is a change like any other.
	o.set("/wall", "")
	h.visitAll()
	check("The Wall: empty (was ok)", "The Wall: ok (was not a feed)", "The Wall: not a feed")
	if !strings.Contains(h.page("/status/"), "2 of 3 sources readable.") {
		t.Error("the page does not know that it fell silent")
	}
}

// The lists for feed readers hold what may be known, and our own feeds.
func TestOutlines(t *testing.T) {
	o := newOrigin(t)
	o.set("/a", rss(fullArticle))
	h := open(t, `
sources:
  - {id: a, title: 'A & "B"', url: "`+o.URL+`/a"}
  - {id: secret, title: Secret, url: "`+o.URL+`/feed?token=3f9c2a7b81d04e65b21c", poll: false}
channels:
  - {id: all, title: Everything & more}
  - {id: arabic, title: بالعربية, language: ar}
`, 64<<20)
	h.collect()
	type outline struct {
		Text string `xml:"text,attr"`
		Feed string `xml:"xmlUrl,attr"`
		Page string `xml:"htmlUrl,attr"`
	}
	read := func(path string) []outline {
		var doc struct {
			Outlines []outline `xml:"body>outline"`
		}
		body := h.page(path)
		if err := xml.Unmarshal([]byte(body), &doc); err != nil {
			t.Fatalf("%s: %v\n%s", path, err, body)
		}
		return doc.Outlines
	}
	if got, want := read("/sources.opml"), []outline{{`A & "B"`, o.URL + "/a", "https://e.example/"}}; !slices.Equal(got, want) {
		t.Errorf("sources %+v, want %+v", got, want)
	}
	const base = "https://rights.example.org/channels/"
	if got, want := read("/channels.opml"), []outline{
		{"Everything & more", base + "all/atom.xml", base + "all/"}, {"بالعربية", base + "arabic/atom.xml", base + "arabic/"},
	}; !slices.Equal(got, want) {
		t.Errorf("channels %+v, want %+v", got, want)
	}
}

// A private source is published like any other, without its address.
func TestPrivateSourceIsNotShown(t *testing.T) {
	o := newOrigin(t)
	o.set("/feed", rss(fullArticle))
	h := open(t, `
sources: [{id: secret, title: Secret, url: "`+o.URL+`/feed?token=3f9c2a7b81d04e65b21c"}]
channels: [{id: all, title: All}]
`, 64<<20)
	h.collect()
	item := "/items/" + string(news.NewItemID("secret", news.ByGUID, "bm-1")) + "/"
	lists := []string{"/", "/channels/all/", "/sources/secret/", "/status/", "/"}
	for _, path := range slices.Clone(lists) {
		for _, file := range []string{rssFile, atomFile, jsonFile} {
			lists = append(lists, path+file)
		}
	}
	for _, path := range append(lists, item, "/sources.opml", "/channels.opml") {
		if page := h.page(path); strings.Contains(page, o.URL) || strings.Contains(page, "3f9c2a7b81d04e65b21c") {
			t.Errorf("%s gives its address away:\n%s", path, page)
		}
	}
	if page := h.page("/sources/secret/"); !strings.Contains(page, `<a href="https://e.example/" rel="nofollow noopener noreferrer">The source’s site</a>`) {
		t.Errorf("its site is not there:\n%s", page)
	}
}
