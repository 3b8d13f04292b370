package newsroom

import (
	"fmt"
	"strings"
	"testing"

	"rightswire/internal/news"
)

// A whole text is published only where its source's rights allow it, at whatever
// place; an e-mail address nowhere.
func TestRights(t *testing.T) {
	r := openRoom(t, `
sources:
  - {id: free, title: F, url: $a, rights: {full: "CC BY 4.0"}}
  - {id: quoted, title: Q, url: $b}
channels:
  - {id: all, title: All}
`)
	long := "<p>" + strings.Repeat("Five people were released. ", 100) + `END</p><p><img src="https://a.example/i.jpg" alt="A picture"></p>`
	e := entry{
		guid: "1", title: "one", date: daysAgo(1), body: "In short.",
		more: `<content:encoded><![CDATA[` + long + `]]></content:encoded>` +
			`<author>ana@paper.example (Ana Ruiz)</author><dc:creator>bo@paper.example</dc:creator><dc:creator>Cy &lt;cy@paper.example&gt;</dc:creator>`,
	}
	untold := e
	untold.guid, untold.body = "2", ""
	r.outlet("a").say(e, untold)
	r.outlet("b").say(e, untold)
	r.refresh()
	for _, c := range []struct {
		id   news.ItemID
		full bool
	}{{guid("free", "1"), true}, {guid("free", "2"), true}, {guid("quoted", "1"), false}, {guid("quoted", "2"), false}} {
		p, err := r.Piece(c.id)
		if err != nil {
			t.Fatal(err)
		}
		if p.Full != c.full || strings.Contains(p.HTML, "END") != c.full || strings.Contains(p.HTML, "i.jpg") != c.full {
			t.Errorf("%s: full %v, %d bytes of HTML", c.id, p.Full, len(p.HTML))
		}
		if strings.Contains(p.Excerpt, "END") || len(p.Excerpt) > 300 || p.Excerpt == "" {
			t.Errorf("%s: excerpt of %d", c.id, len(p.Excerpt))
		}
		if (p.Rights != "") != c.full {
			t.Errorf("%s: rights %q", c.id, p.Rights)
		}
		if len(p.Authors) != 2 || p.Authors[0].Name != "Cy" || p.Authors[1].Name != "Ana Ruiz" {
			t.Errorf("%s: authors %+v", c.id, p.Authors)
		}
	}
	ids := []news.ItemID{guid("free", "1"), guid("free", "2"), guid("quoted", "1"), guid("quoted", "2")}
	if all := r.everything(ids...); strings.Contains(all, "@paper.example") {
		t.Errorf("an e-mail address is published: …%s", all[max(0, strings.Index(all, "@paper.example")-200):][:300])
	}
	// Curators are told.
	if d := r.show(ids[0]); !strings.Contains(fmt.Sprint(d.Authors), "ana@paper.example") {
		t.Errorf("curators see %+v", d.Authors)
	}
	// Rights taken back: at once, what was full is an excerpt.
	r.follow("sources:\n  - {id: free, title: F, url: $a}\n")
	if p, err := r.Piece(ids[0]); err != nil || p.Full || strings.Contains(p.HTML, "END") {
		t.Errorf("rights taken back: %v, %v", p.Full, err)
	}
}
