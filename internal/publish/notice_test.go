package publish

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"rightswire/internal/news"
)

func sampleBulletin() *Bulletin {
	return &Bulletin{
		Path: "status", Title: "Sources & their state", Description: "Which are read.", Language: "en", Modified: monday.Add(time.Hour),
		Notices: []Notice{
			{
				Path: "status/turn/17", Title: `Radio "Х" <1>: blocked (was ok)`, Text: "Radio X refuses to be read & says so.",
				Page: "https://rights.example.org/sources/radio-x/", At: monday, About: "radio-x",
			},
			{Path: "status/turn/16", Title: "المنارة: ok", At: monday.Add(-time.Hour)},
		},
	}
}

// Each format is read again by an independent reader.
func TestBulletinIsReadAgain(t *testing.T) {
	b, site := sampleBulletin(), sampleSite()
	links := func(file string) Links {
		return Links{Self: "https://rights.example.org/status/" + file, Page: "https://rights.example.org/status/"}
	}
	for file, write := range map[string]func(news.Site, Links) ([]byte, error){"rss.xml": b.RSS, "atom.xml": b.Atom, "feed.json": b.JSON} {
		data, err := write(site, links(file))
		if err != nil {
			t.Fatal(err)
		}
		feed, err := gofeed.NewParser().Parse(bytes.NewReader(data))
		if err != nil || len(feed.Items) != 2 {
			t.Fatalf("%s: %v\n%s", file, err, data)
		}
		if feed.Title != b.Title || feed.Description != b.Description || feed.Link != "https://rights.example.org/status/" {
			t.Errorf("%s: %+v", file, feed)
		}
		// JSON Feed has no date of the whole.
		if file != "feed.json" && !feed.UpdatedParsed.Equal(b.Modified) {
			t.Errorf("%s: updated %s", file, feed.Updated)
		}
		for i, it := range feed.Items {
			n := b.Notices[i]
			if it.GUID != "tag:rights.example.org,2026:"+n.Path || it.Title != n.Title || !it.PublishedParsed.Equal(n.At) {
				t.Errorf("%s: entry %d is %+v", file, i, it)
			}
		}
		first, second := feed.Items[0], feed.Items[1]
		if first.Link != b.Notices[0].Page || first.Authors[0].Name != "Rightswire" {
			t.Errorf("%s: link %q, by %+v", file, first.Link, first.Authors)
		}
		if second.Link != "https://rights.example.org/status/" {
			t.Errorf("%s: without a page of its own it leads to %q", file, second.Link)
		}
		if again, _ := write(site, links(file)); !bytes.Equal(again, data) {
			t.Errorf("%s: other bytes the second time", file)
		}
		for _, no := range []string{"/items/", "http://", "item/"} {
			if body := bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("http://www.w3.org"), nil), []byte("http://purl.org"), nil); bytes.Contains(body, []byte(no)) {
				t.Errorf("%s holds %q:\n%s", file, no, data)
			}
		}
	}
}

// The list's id is not the front page's, and JSON says which source is meant.
func TestBulletinNames(t *testing.T) {
	data, err := sampleBulletin().JSON(sampleSite(), sampleLinks("feed.json"))
	if err != nil {
		t.Fatal(err)
	}
	var feed struct {
		Items []struct {
			Text      string    `json:"content_html"`
			At        time.Time `json:"date_modified"`
			Extension struct {
				Source string `json:"source"`
			} `json:"_rightswire"`
		} `json:"items"`
	}
	if err := json.Unmarshal(data, &feed); err != nil {
		t.Fatal(err)
	}
	first := feed.Items[0]
	if first.Extension.Source != "radio-x" || first.Text != "<p>Radio X refuses to be read &amp; says so.</p>" || !first.At.Equal(monday) {
		t.Errorf("%+v", first)
	}
	atom, err := sampleBulletin().Atom(sampleSite(), sampleLinks("atom.xml"))
	if err != nil || !bytes.Contains(atom, []byte("<id>tag:rights.example.org,2026:status</id>")) {
		t.Errorf("%v\n%s", err, atom)
	}
}
