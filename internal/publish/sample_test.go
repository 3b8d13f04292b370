package publish

import (
	"fmt"
	"strings"
	"time"

	"rightswire/internal/news"
)

var (
	seoul  = time.FixedZone("KST", 9*60*60)
	monday = time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)
)

func sampleSite() news.Site {
	return news.Site{
		Title:    "Rightswire",
		URL:      "https://rights.example.org",
		ID:       "rights.example.org,2026",
		Contact:  "desk@rights.example.org",
		Language: "en",
		Location: seoul,
	}
}

func sampleLinks(format string) Links {
	return Links{
		Self: "https://rights.example.org/channels/refugees/" + format,
		Page: "https://rights.example.org/channels/refugees/",
	}
}

// sampleEdition shows what a channel can hold: whole texts and excerpts, five
// languages and two directions, notes, several authors, media, and an item whose
// source said next to nothing.
func sampleEdition() *news.Edition {
	border := &news.Source{
		ID: "border-monitor", Title: "Border Monitor", URL: "https://border.example.net/feed.xml",
		Language: "en", Kind: news.KindNGO, Org: "border-monitor",
		Rights: news.Rights{Full: true, Statement: "CC BY 4.0, stated at https://border.example.net/licence"},
	}
	hangul := &news.Source{ID: "hangang-ko", Title: "한강 소식", URL: "https://hangang.example.kr/rss", Language: "ko", Kind: news.KindMedia}
	manara := &news.Source{ID: "manara-ar", Title: "المنارة", URL: "https://manara.example.net/feed", Language: "ar", Kind: news.KindNGO}
	desk := &news.Source{ID: news.DeskSource, Title: "Desk", Kind: news.KindNGO}
	return &news.Edition{
		Place:       news.Place{Channel: "refugees"},
		Title:       "Refugees & forced returns",
		Description: "People sent back to where they fled from, and those who wait.",
		Language:    "en",
		Modified:    time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC),
		Pieces: []news.Piece{
			fullPiece(border), koreanPiece(hangul), arabicPiece(manara), persianPiece(border), deskPiece(desk), barePiece(border),
		},
	}
}

func sampleItem(src *news.Source, guid, title, url string, at time.Time) news.Item {
	return news.Item{
		ID: news.NewItemID(src.ID, news.ByGUID, guid), Source: src.ID, GUID: guid, Current: 1, Latest: 1,
		Title: title, URL: url, Language: src.Language, Published: at, FirstSeen: at.Add(20 * time.Minute),
		Revised: at.Add(20 * time.Minute),
	}
}

func fullPiece(src *news.Source) news.Piece {
	it := sampleItem(src, "bm-1", `Forty people "returned" at the river <again> & no hearing`,
		"https://border.example.net/2026/river?part=1&lang=en", monday)
	it.Story = news.StoryID(it.ID)
	it.Current, it.Latest, it.Revised = 2, 2, monday.Add(3*time.Hour)
	it.Tags = news.Tags{
		Topics:    []news.TopicTag{{ID: "refoulement", Score: 0.9, Why: `category "Pushbacks"`}, {ID: "refugees-asylum", Score: 0.5}},
		Countries: []news.CountryTag{{Code: "CN", Score: 0.8, About: true}, {Code: "KP", Score: 0.4}},
	}
	it.Standing = news.Standing{State: news.StateOpen, Notes: []news.Note{
		{Text: "Names were removed at the families' request.\nWrite to us for the record.", By: "mira", At: monday.Add(time.Hour)},
		{Text: "The first version said <thirty>.", Correction: true, By: "mira", At: monday.Add(15 * time.Hour)},
	}}
	return news.Piece{
		Item: it, Source: *src, Full: true,
		Authors: []news.Author{
			{Name: "Noor Said", URL: "https://border.example.net/people/noor", Email: "noor@border.example.net"},
			{Name: "K. Adeyemi"},
		},
		HTML: `<p>At dawn they were taken to the bridge; "come & sign", a guard said.</p>` +
			`<p><a href="https://border.example.net/map" rel="nofollow noopener noreferrer">The map</a> ` +
			`<img src="https://border.example.net/bridge.jpg" alt="The bridge"/></p><ul><li>forty people</li><li>one paper</li></ul>`,
		Excerpt: `At dawn they were taken to the bridge; "come & sign", a guard said. The map…`,
		Enclosures: []news.Enclosure{
			{URL: "https://border.example.net/river.mp3", Type: "audio/mpeg", Length: 4_812_345},
			{URL: "https://border.example.net/río 1.pdf", Type: "application/pdf"},
		},
		Categories: []news.Category{
			{Term: "Pushbacks"}, {Term: "rivers", Scheme: "https://border.example.net/terms", Label: "Rivers & lakes"}, {Term: "Pushbacks"},
		},
		Subjects: []news.Subject{
			{Topic: "refoulement", Label: "Refoulement"}, {Topic: "refugees-asylum", Label: "Refugees and asylum"},
			{Country: "CN", Label: "China"},
		},
		Rights: src.Rights.Statement,
		SHA256: [32]byte{1, 2, 3, 0xff},
	}
}

func koreanPiece(src *news.Source) news.Piece {
	it := sampleItem(src, "https://hangang.example.kr/a/77", "강제 북송된 사람들의 가족이 답을 기다린다", "https://hangang.example.kr/a/77", monday.Add(-time.Hour).In(seoul))
	it.Standing.Notes = []news.Note{{Text: "In Korean; a summary in English follows tomorrow.", At: monday}}
	return news.Piece{
		Item: it, Source: *src, Authors: []news.Author{{Name: "문가람"}},
		HTML:       "<p>가족들은 석 달째 소식을 듣지 못했다…</p>",
		Excerpt:    "가족들은 석 달째 소식을 듣지 못했다…",
		Categories: []news.Category{{Term: "인권"}},
		Subjects:   []news.Subject{{Country: "KP", Label: "North Korea"}},
	}
}

func arabicPiece(src *news.Source) news.Piece {
	it := sampleItem(src, "m-9", "عائلات تنتظر عند المعبر", "https://manara.example.net/9", monday.Add(-48*time.Hour))
	it.Updated = monday.Add(-47 * time.Hour)
	return news.Piece{
		Item: it, Source: *src,
		HTML:    "<p>قالت النساء إنّ الحافلة توقفت قبل الفجر.</p>",
		Excerpt: "قالت النساء إنّ الحافلة توقفت قبل الفجر.",
	}
}

func persianPiece(src *news.Source) news.Piece {
	it := sampleItem(src, "bm-fa", "روزنامه\u200cنگاران آزاد می\u200cشوند", "https://border.example.net/fa/1", monday.Add(-72*time.Hour))
	it.Language = "fa"
	return news.Piece{
		Item: it, Source: *src, Full: true, HTML: "<p>می\u200cگویند فردا.</p>", Excerpt: "می\u200cگویند فردا.", Rights: src.Rights.Statement,
	}
}

// deskPiece was pasted by a curator: no address, no author.
func deskPiece(src *news.Source) news.Piece {
	it := sampleItem(src, "d-1", "Statement of the families' committee", "", monday.Add(-90*time.Hour))
	it.Language = "en"
	return news.Piece{Item: it, Source: *src, HTML: "<p>We ask for one list of names.</p>", Excerpt: "We ask for one list of names."}
}

// barePiece is the least a source can say.
func barePiece(src *news.Source) news.Piece {
	it := sampleItem(src, "bm-bare", "", "https://border.example.net/bare", time.Time{})
	it.Published, it.FirstSeen, it.Revised, it.Language = time.Time{}, time.Time{}, time.Time{}, ""
	s := *src
	s.Language = ""
	return news.Piece{Item: it, Source: s}
}

// largeEdition holds n whole articles of about 4 KB.
func largeEdition(n int) *news.Edition {
	ed := sampleEdition()
	piece := ed.Pieces[0]
	paragraph := "<p>The hearing lasted four minutes; nobody asked the women where they wished to go, " +
		"and the interpreter had left &amp; taken <a href=\"https://border.example.net/doc\" rel=\"nofollow\">the file</a>.</p>"
	piece.HTML = strings.Repeat(paragraph, 4096/len(paragraph))
	piece.Item.Standing.Notes = nil // one article in many has any
	ed.Pieces = nil
	for i := range n {
		p := piece
		p.Item.ID = news.NewItemID(p.Source.ID, news.ByGUID, fmt.Sprint(i))
		ed.Pieces = append(ed.Pieces, p)
	}
	return ed
}
