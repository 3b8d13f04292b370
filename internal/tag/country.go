package tag

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"rightswire/internal/news"
)

// countriesJSON is what CLDR 32, the edition in x/text, does not say: which codes
// there are, the names of today, and the names newsrooms and the United Nations
// use in categories. Regions stand with the state whose code covers them.
//
//go:embed countries.json
var countriesJSON []byte

type overlay struct {
	Codes    string // ISO 3166-1 alpha-2 codes assigned, and XK; sorted
	NotCodes string `json:"not_codes"` // those that mean something else where they stand alone
	// Names are shown instead of CLDR's: code → language → name.
	Names map[news.Country]map[string]string
	// Also are further names, Abbreviations those that count in capitals alone.
	Also, Abbreviations map[news.Country][]string
	// Nowhere are names that tell nothing: shared by two countries, or a common
	// word of another language.
	Nowhere []string
}

// languages are those whose names of countries are known in categories.
var languages = []string{
	"en", "fr", "es", "ru", "ar", "fa", "zh", "zh-Hant", "ko", "ja", "uk", "be", "tr", "pt", "de", "it", "my", "bo",
}

var world = sync.OnceValue(func() overlay {
	var o overlay
	if err := json.Unmarshal(countriesJSON, &o); err != nil {
		panic(fmt.Sprintf("read the embedded countries: %v", err)) // unreachable: a test reads them
	}
	return o
})

var codes = sync.OnceValue(func() []string { return strings.Fields(world().Codes) })

// CountryCodes returns every country code there is, sorted. The caller owns the
// result.
func CountryCodes() []string { return slices.Clone(codes()) }

// IsCountry reports whether code is an ISO 3166-1 alpha-2 code that is assigned,
// or XK, in capitals.
func IsCountry(code string) bool {
	_, ok := slices.BinarySearch(codes(), code)
	return ok
}

// CountryName returns the name of today of a country in lang, a BCP 47 tag; in
// English where it is not known in that language; the code itself where it is no
// country's.
func CountryName(code news.Country, lang string) string {
	if !IsCountry(string(code)) {
		return string(code)
	}
	if name := nameIn(code, lang); name != "" {
		return name
	}
	return nameIn(code, "en")
}

// nameIn is the name of an assigned code in lang, "" where it is not known.
func nameIn(code news.Country, lang string) string {
	base, _, _ := strings.Cut(lang, "-")
	names := world().Names[code]
	if name := names[lang]; name != "" {
		return name
	}
	// What CLDR calls it in traditional characters is nearer than our own name in
	// simplified ones.
	if name := names[base]; name != "" && !strings.HasPrefix(lang, "zh-Hant") {
		return name
	}
	tag, err := language.Parse(lang)
	if err != nil {
		return ""
	}
	namer := display.Regions(tag)
	if namer == nil {
		return ""
	}
	return named(namer, string(code))
}

// named is CLDR's name of an assigned code, "" where it has none.
func named(namer display.Namer, code string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return "" // unreachable: x/text knows every code of ours
	}
	return namer.Name(region)
}

// An atlas finds countries by what they are called.
type atlas struct {
	names   map[string]news.Country // by key
	exact   map[string]news.Country // abbreviations and codes, as they stand
	nowhere map[string]bool         // keys that tell nothing
}

// places is made when the first category is looked at: some 4,000 names.
var places = sync.OnceValue(func() *atlas {
	w := world()
	a := &atlas{names: map[string]news.Country{}, exact: map[string]news.Country{}, nowhere: map[string]bool{}}
	for _, name := range w.Nowhere {
		a.nowhere[key(name)] = true
	}
	never := strings.Fields(w.NotCodes)
	for _, code := range codes() {
		if !slices.Contains(never, code) {
			a.exact[code] = news.Country(code)
		}
	}
	for code, list := range w.Abbreviations {
		for _, short := range list {
			a.exact[short] = code
		}
	}
	a.overlaid(w)
	a.cldr()
	return a
})

// overlaid takes the names of ours, which come before CLDR's.
func (a *atlas) overlaid(w overlay) {
	for code, byLang := range w.Names {
		for _, name := range byLang {
			a.add(name, code)
		}
	}
	for code, list := range w.Also {
		for _, name := range list {
			a.add(name, code)
		}
	}
}

// cldr takes the names of CLDR; one that two countries share tells nothing.
func (a *atlas) cldr() {
	theirs := map[string]news.Country{}
	for _, lang := range languages {
		namer := display.Regions(language.MustParse(lang))
		if namer == nil {
			continue
		}
		for _, code := range codes() {
			for _, name := range forms(named(namer, code)) {
				k := key(name)
				if other, ok := theirs[k]; ok && other != news.Country(code) {
					a.nowhere[k] = true
				}
				theirs[k] = news.Country(code)
			}
		}
	}
	for k, code := range theirs {
		if _, ok := a.names[k]; !ok && k != "" && !a.nowhere[k] {
			a.names[k] = code
		}
	}
}

// forms are a name and, of "Myanmar (Burma)", what stands before the bracket.
func forms(name string) []string {
	short, _, found := strings.Cut(name, " (")
	if !found {
		return []string{name}
	}
	return []string{name, short}
}

func (a *atlas) add(name string, code news.Country) {
	if k := key(name); k != "" && !a.nowhere[k] {
		a.names[k] = code
	}
}

// find returns the country that a category, whose key is k, names in words,
// abbreviated or by its code in capitals.
func (a *atlas) find(term, k string) (news.Country, bool) {
	if code, ok := a.exact[strings.ReplaceAll(strings.TrimSpace(term), ".", "")]; ok {
		return code, true
	}
	code, ok := a.names[k]
	return code, ok
}

// byScheme returns the country whose alpha-2 or alpha-3 code a category is, where
// its scheme says that it is one.
func byScheme(c news.Category) (news.Country, bool) {
	scheme := strings.ToLower(c.Scheme)
	if !strings.Contains(scheme, "countr") && !strings.Contains(scheme, "3166") {
		return "", false
	}
	region, err := language.ParseRegion(strings.TrimSpace(c.Term))
	if err != nil || !IsCountry(region.String()) {
		return "", false
	}
	return news.Country(region.String()), true
}
