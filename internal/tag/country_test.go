package tag

import (
	"slices"
	"testing"

	"rightswire/internal/news"
)

func TestCountryCodes(t *testing.T) {
	list := CountryCodes()
	if len(list) != 250 || !slices.IsSorted(list) { // 249 of ISO 3166-1, and XK
		t.Errorf("%d codes, sorted %v", len(list), slices.IsSorted(list))
	}
	list[0] = "spoilt"
	if CountryCodes()[0] == "spoilt" {
		t.Error("a caller changed the codes")
	}
	for _, code := range []string{"KP", "XK", "TW", "PS", "NO", "SS"} {
		if !IsCountry(code) {
			t.Errorf("%s is no country", code)
		}
	}
	for _, code := range []string{"", "kp", "K", "KPR", "EU", "UK", "UN", "SU", "AN", "YU", "XX", "ZZ", "AC", " KP"} {
		if IsCountry(code) {
			t.Errorf("%q is a country", code)
		}
	}
}

func TestCountriesFile(t *testing.T) {
	w := world()
	for _, list := range []map[news.Country][]string{w.Also, w.Abbreviations} {
		for code := range list {
			if !IsCountry(string(code)) {
				t.Errorf("countries.json: %q is no country", code)
			}
		}
	}
	for code := range w.Names {
		if !IsCountry(string(code)) {
			t.Errorf("countries.json: %q is no country", code)
		}
	}
	// No name of ours stands with two countries.
	owner := map[string]news.Country{}
	for code, list := range w.Also {
		for _, name := range list {
			if other, ok := owner[key(name)]; ok && other != code {
				t.Errorf("%q stands with %s and %s", name, other, code)
			}
			owner[key(name)] = code
		}
	}
	// Every country is found by the name it is shown with, but for the few that
	// are words of their own.
	for _, code := range CountryCodes() {
		for _, lang := range []string{"en", "ru", "ar", "fa", "zh", "ko", "ja"} {
			name := CountryName(news.Country(code), lang)
			if got, ok := places().find(name, key(name)); !ok || string(got) != code {
				if k := key(name); !places().nowhere[k] {
					t.Errorf("%s in %s is %q, which finds %q", code, lang, name, got)
				}
			}
		}
	}
}

func TestCountryName(t *testing.T) {
	for _, test := range []struct {
		code       news.Country
		lang, want string
	}{
		{"KP", "en", "North Korea"}, {"KP", "fr", "Corée du Nord"}, {"KP", "zh-Hans", "朝鲜"}, {"KP", "ko", "북한"},
		{"TR", "en", "Türkiye"}, {"TR", "en-GB", "Türkiye"}, {"TR", "fr", "Turquie"}, {"TR", "ko", "튀르키예"},
		{"MK", "en", "North Macedonia"}, {"MK", "es", "Macedonia del Norte"}, {"MK", "zh-Hant", "北馬其頓"},
		{"SZ", "en", "Eswatini"}, {"SZ", "ar", "إسواتيني"},
		{"HK", "en", "Hong Kong"}, {"HK", "zh", "香港"}, {"MO", "pt-BR", "Macau"},
		{"PS", "en", "Palestine"}, {"PS", "zh-Hant", "巴勒斯坦自治區"},
		{"CD", "en", "DR Congo"}, {"CG", "en", "Republic of the Congo"}, {"MM", "en", "Myanmar"},
		{"XK", "en", "Kosovo"}, {"XK", "ru", "Косово"}, {"US", "ru", "США"}, {"CV", "en", "Cabo Verde"},
		{"KP", "", "North Korea"}, {"KP", "tlh", "North Korea"}, {"KP", "no such tag", "North Korea"}, {"IR", "bo", "Iran"},
		{"ZZ", "en", "ZZ"}, {"", "en", ""},
	} {
		if got := CountryName(test.code, test.lang); got != test.want {
			t.Errorf("CountryName(%s, %s) = %q, want %q", test.code, test.lang, got, test.want)
		}
	}
	for _, code := range CountryCodes() {
		if name := CountryName(news.Country(code), "en"); name == "" || name == code {
			t.Errorf("%s has no English name", code)
		}
	}
}

func BenchmarkCountryName(b *testing.B) {
	for b.Loop() {
		CountryName("IR", "zh-Hans")
	}
}
