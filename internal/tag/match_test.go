package tag

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"rightswire/internal/news"
)

func categories(terms ...string) *news.Entry {
	var e news.Entry
	for _, term := range terms {
		e.Categories = append(e.Categories, news.Category{Term: term})
	}
	return &e
}

// found lists what a category is taken for: topics, then countries.
func found(tags news.Tags) string {
	var list []string
	for _, t := range tags.Topics {
		list = append(list, string(t.ID))
	}
	for _, c := range tags.Countries {
		list = append(list, string(c.Code))
	}
	return strings.Join(list, " ")
}

func TestTagsCategory(t *testing.T) {
	v := builtin()
	for term, want := range map[string]string{
		// Countries, in the languages of sources.
		"North Korea": "KP", "north korea": "KP", " NORTH  KOREA ": "KP", "#North Korea": "KP", "DPRK": "KP", "D.P.R.K.": "KP",
		"Democratic People’s Republic of Korea": "KP", "Korea, Democratic People's Republic of": "KP",
		"Corée du Nord": "KP", "COREE DU NORD": "KP", "Corea del Norte": "KP", "КНДР": "KP", "Северная Корея": "KP",
		"كوريا الشمالية": "KP", "کره شمالی": "KP", "کرهٔ شمالی": "KP", "كره شمالي": "KP", "朝鲜": "KP", "北朝鲜": "KP", "北韓": "KP",
		"북한": "KP", "북조선": "KP", "北朝鮮": "KP", "Північна Корея": "KP", "Паўночная Карэя": "KP", "Kuzey Kore": "KP",
		"South Korea": "KR", "Republic of Korea": "KR", "한국": "KR", "대한민국": "KR", "韩国": "KR",
		"Türkiye": "TR", "Turkey": "TR", "turkiye": "TR", "North Macedonia": "MK", "Eswatini": "SZ", "Swaziland": "SZ",
		"Burma": "MM", "Myanmar (Burma)": "MM", "Burma/Myanmar": "MM", "Ivory Coast": "CI", "Côte d'Ivoire": "CI", "Cote d’Ivoire": "CI",
		"Hong Kong": "HK", "香港": "HK", "Palestine": "PS", "Occupied Palestinian Territory": "PS", "oPt": "PS", "Gaza": "PS",
		"Kosovo": "XK", "Tibet": "CN", "西藏": "CN", "བོད།": "CN", "Xinjiang": "CN", "新疆": "CN", "Chechnya": "RU",
		"Georgia": "GE", "Syrian Arab Republic": "SY", "Iran (Islamic Republic of)": "IR", "Iran, Islamic Republic of": "IR",
		"Venezuela (Bolivarian Republic of)": "VE", "Viet Nam": "VN", "Vietnam": "VN", "Lao People's Democratic Republic": "LA",
		"Bosnia and Herzegovina": "BA", "Bosnia & Herzegovina": "BA", "Trinidad and Tobago": "TT", "The Gambia": "GM",
		"DR Congo": "CD", "Democratic Republic of the Congo": "CD", "DRC": "CD", "Congo-Brazzaville": "CG",
		"Republic of the Congo": "CG", "Guinea": "GN", "Guinea-Bissau": "GW", "Equatorial Guinea": "GQ", "Papua New Guinea": "PG",
		"Sudan": "SD", "South Sudan": "SS", "Dominica": "DM", "Dominican Republic": "DO", "Niger": "NE", "Nigeria": "NG",
		"Беларусь": "BY", "ايران": "IR", "ایران": "IR", "ကမ္ဘောဒီးယား": "KH", "Holy See": "VA",
		"United States": "US", "USA": "US", "U.S.": "US", "UK": "GB", "Britain": "GB", "UAE": "AE",
		// Codes, in capitals only, and not those that are acronyms.
		"KP": "KP", "kp": "", "Kp": "", "NO": "NO", "no": "", "AI": "", "IT": "", "TV": "", "us": "", "opt": "", "Car": "", "UN": "", "EU": "",
		// Names that tell nothing.
		"Korea": "", "Corée": "", "한반도": "", "Congo": "", "Island": "", "Reunion": "", "IRA": "", "Grenade": "", "América": "",
		"Latin America": "", "New Mexico": "", "Northern": "", "American Indian": "", "Henry Jackson": "",
		// Topics by id, label, half of a label.
		"refugees-asylum": "refugees-asylum", "Refugees & asylum": "refugees-asylum", "Refugees and Asylum": "refugees-asylum",
		"Asylum": "refugees-asylum", "ASYLUM": "refugees-asylum", "Réfugiés": "refugees-asylum", "refugies": "refugees-asylum",
		"난민": "refugees-asylum", "难民": "refugees-asylum", "پناهندگان": "refugees-asylum", "اللاجئون": "refugees-asylum",
		"Women’s rights": "womens-rights", "Womens Rights": "womens-rights", "Women's rights & equality": "womens-rights",
		"LGBTIQ+ rights": "lgbtiq", "Press freedom": "free-expression", "Свобода слова": "free-expression", "death penalty": "death-penalty",
		"Права ребенка": "child-rights", "Права ребёнка": "child-rights", "Human-rights defenders": "defenders", "Human Rights Defenders": "defenders",
		"Business": "", "Economic": "", "human rights": "", "News": "", "": "", "  ": "", "&": "", "+": "",
		// Several in one, where the whole is none.
		"China, Asylum": "refugees-asylum CN", "Iran / Death penalty": "death-penalty IR", "Asia > Myanmar": "MM",
		"China|Russia": "CN RU", "Torture; Fair trial": "torture fair-trial", "中国、难民": "refugees-asylum CN",
		"China, China": "CN", "News, Weather": "", ",": "", "China,": "CN",
	} {
		if got := found(v.Tags(categories(term), nil)); got != want {
			t.Errorf("category %q is %q, want %q", term, got, want)
		}
	}
}

func TestTagsLabelAndScheme(t *testing.T) {
	v := builtin()
	for _, test := range []struct {
		c    news.Category
		want string
	}{
		{news.Category{Term: "c42", Label: "North Korea"}, "KP"},
		{news.Category{Term: "torture", Label: "Rubric 7"}, "torture"},
		{news.Category{Term: "kp", Scheme: "urn:iso:std:iso:3166"}, "KP"},
		{news.Category{Term: "PRK", Scheme: "https://example.org/countries"}, "KP"},
		{news.Category{Term: "it", Scheme: "http://example.org/Country"}, "IT"},
		{news.Category{Term: "it", Scheme: "http://example.org/topics"}, ""},
		{news.Category{Term: "North Korea", Scheme: "http://example.org/country"}, "KP"},
		{news.Category{Term: "zz", Scheme: "http://example.org/country"}, ""},
	} {
		if got := found(v.Tags(&news.Entry{Categories: []news.Category{test.c}}, nil)); got != test.want {
			t.Errorf("%+v is %q, want %q", test.c, got, test.want)
		}
	}
}

func TestTagsScoresAndReasons(t *testing.T) {
	beat := &news.Source{Countries: []news.Country{"KP", "CN"}}
	got := builtin().Tags(categories("News", "Torture", "China", "Asylum", "torture"), beat)
	want := news.Tags{
		Topics: []news.TopicTag{
			{ID: "torture", Score: 0.8, Why: `category "Torture"`}, {ID: "refugees-asylum", Score: 0.8, Why: `category "Asylum"`},
		},
		Countries: []news.CountryTag{{Code: "CN", Score: 0.8, About: true, Why: `category "China"`}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestTagsBeat(t *testing.T) {
	v := builtin()
	for _, test := range []struct {
		beat []news.Country
		want string
	}{
		{nil, ""}, {[]news.Country{"KP"}, "KP"}, {[]news.Country{"RU", "BY", "UA"}, "RU BY UA"},
		{[]news.Country{"RU", "BY", "UA", "MD"}, ""},
	} {
		got := v.Tags(categories("News"), &news.Source{Countries: test.beat})
		if found(got) != test.want {
			t.Errorf("beat %v: %q", test.beat, found(got))
		}
		for _, c := range got.Countries {
			if c.Score != 0.5 || !c.About || c.Why != "beat of source" {
				t.Errorf("beat %v: %+v", test.beat, c)
			}
		}
	}
}

func TestByHand(t *testing.T) {
	tags := news.Tags{
		Topics:    []news.TopicTag{{ID: "torture", Score: 0.8, Why: "c"}, {ID: "lgbtiq", Score: 0.8, Why: "c"}, {ID: "fair-trial", Score: 0.8, Why: "c"}},
		Countries: []news.CountryTag{{Code: "CN", Score: 0.5, About: true, Why: "b"}, {Code: "KP", Score: 0.2}},
	}
	before := news.Tags{Topics: append([]news.TopicTag(nil), tags.Topics...), Countries: append([]news.CountryTag(nil), tags.Countries...)}
	if got := ByHand(tags, &news.Standing{}); !reflect.DeepEqual(got, tags) {
		t.Errorf("nothing by hand: %+v", got)
	}
	got := ByHand(tags, &news.Standing{
		AddTopics: []news.TopicID{"defenders", "fair-trial"}, DropTopics: []news.TopicID{"lgbtiq", "accountability"},
		AddCountries: []news.Country{"KP"}, DropCountries: []news.Country{"CN"},
	})
	want := news.Tags{
		Topics: []news.TopicTag{
			{ID: "defenders", Score: 1, Why: "by hand"}, {ID: "fair-trial", Score: 1, Why: "by hand"}, {ID: "torture", Score: 0.8, Why: "c"},
		},
		Countries: []news.CountryTag{{Code: "KP", Score: 1, About: true, Why: "by hand"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !reflect.DeepEqual(tags, before) {
		t.Error("ByHand changed what it was given")
	}
}

func TestReasonsAreShort(t *testing.T) {
	long := "Torture" + strings.Repeat(", Étape", 60)
	got := builtin().Tags(categories("Torture\n", long, strings.Repeat("x,", 10_000)), nil)
	if len(got.Topics) != 1 || got.Topics[0].Why != `category "Torture"` {
		t.Errorf("got %+v", got)
	}
}

// Whatever a source puts in a category, what comes out is of the vocabulary, once
// each, with a reason that can be shown.
func FuzzTags(f *testing.F) {
	for _, seed := range []string{"North Korea", "China, Asylum", "북한", "کره شمالی", "བོད།", "KP", "#\x00|>", "\xff,Iran", "d’Ivoire/Côte"} {
		f.Add(seed, "", "")
	}
	f.Add("prk", "iso3166", "Corée du Nord")
	v := builtin()
	f.Fuzz(func(t *testing.T, term, scheme, label string) {
		e := &news.Entry{Categories: []news.Category{{Term: term, Scheme: scheme, Label: label}}}
		tags := v.Tags(e, nil)
		if !reflect.DeepEqual(tags, v.Tags(e, nil)) {
			t.Fatal("two answers to one question")
		}
		seen := map[string]bool{}
		for _, tag := range tags.Topics {
			if !v.Has(tag.ID) || seen[string(tag.ID)] || !utf8.ValidString(tag.Why) || len(tag.Why) > 400 {
				t.Fatalf("topic %+v", tag)
			}
			seen[string(tag.ID)] = true
		}
		for _, tag := range tags.Countries {
			if !IsCountry(string(tag.Code)) || seen[string(tag.Code)] || !utf8.ValidString(tag.Why) || len(tag.Why) > 400 {
				t.Fatalf("country %+v", tag)
			}
			seen[string(tag.Code)] = true
		}
	})
}

func BenchmarkTags(b *testing.B) {
	v := builtin()
	e := categories("News", "North Korea", "Réfugiés", "China, Asylum", "인권")
	src := &news.Source{Countries: []news.Country{"KP"}}
	v.Tags(e, src)
	b.ReportAllocs()
	for b.Loop() {
		v.Tags(e, src)
	}
}

func BenchmarkNewVocabulary(b *testing.B) {
	topics := Builtin()
	for b.Loop() {
		NewVocabulary(topics)
	}
}
