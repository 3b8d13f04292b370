package edition

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"rightswire/internal/markup"
	"rightswire/internal/news"
)

// scripts are texts to make longer ones of: with and without spaces, of one and
// of several code points a character.
var scripts = map[string]string{
	"latin":      "Five people were released from the labour camp yesterday. ",
	"one word":   "incomprehensibilities",
	"cyrillic":   "Пять человек были освобождены из лагеря. ",
	"arabic":     "أُفرج عن خمسة أشخاص من المعسكر أمس. ",
	"chinese":    "昨天有五人从劳改营获释。",
	"korean":     "어제 다섯 명이 수용소에서 풀려났다. ",
	"jamo":       "\u1112\u1161\u11ab\u1100\u1173\u11af ",
	"devanagari": "पाँच लोगों को शिविर से रिहा किया गया। ",
	"emoji":      "👩‍👩‍👧‍👦 🇰🇵 ",
	"stacked":    "Z\u0351\u036b\u0343\u036a\u0342\u036b\u033d ",
	"flood":      "e" + strings.Repeat("\u0301", 40),
}

// An excerpt has at most 300 characters, and of a text of a thousand or more no
// more than a tenth; it is never cut within a character.
func TestExcerptBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	lengths := []int{0, 1, 299, 300, 301, 999, 1000, 1001, 1500, 2999, 3000, 3001}
	for range 6 {
		lengths = append(lengths, rng.IntN(5000))
	}
	cut := func(unit string, n int) string {
		runes := []rune(strings.Repeat(unit, n/utf8.RuneCountInString(unit)+1))
		return string(runes[:n])
	}
	for name, unit := range scripts {
		for _, n := range lengths {
			long, short := cut(unit, n), cut(unit, n/7)
			for shape, e := range map[string]news.Entry{
				"content":               {Content: news.Text{Value: long}},
				"summary":               {Summary: news.Text{Value: long}},
				"both":                  {Summary: news.Text{Value: short}, Content: news.Text{Value: long}},
				"the summary is longer": {Summary: news.Text{Value: long}, Content: news.Text{Value: short}},
				"markup":                {Content: news.Text{Value: "<p>" + long + "</p>", HTML: true}},
			} {
				got := excerpt(&e)
				whole := max(length(markup.Plain(e.Content)), length(markup.Plain(e.Summary)))
				what := fmt.Sprintf("%s, %d, %s", name, n, shape)
				if again := markup.Excerpt(news.Text{Value: got}, excerptLength); again != got {
					t.Errorf("%s: longer than %d characters: %d code points", what, excerptLength, length(got))
				}
				if whole >= longText && length(got)*longShare > whole {
					t.Errorf("%s: %d of %d code points", what, length(got), whole)
				}
				if !utf8.ValidString(got) || got == "" && strings.TrimSpace(long) != "" && name != "flood" && whole >= 20 {
					t.Errorf("%s: excerpt %q", what, got)
				}
			}
		}
	}
}

// Two revisions of one text have one digest only where nothing of it differs.
func TestDigest(t *testing.T) {
	seen := map[[32]byte]string{}
	for name, e := range map[string]news.Entry{
		"nothing": {}, "guid": {GUID: "a"}, "link": {Link: "a"}, "title": {Title: news.Text{Value: "a"}},
		"summary": {Summary: news.Text{Value: "a"}}, "content": {Content: news.Text{Value: "a"}},
		"two": {GUID: "a", Link: "b"}, "moved": {GUID: "ab"}, "moved on": {Link: "ab"},
	} {
		d := digest(&e)
		if other := seen[d]; other != "" {
			t.Errorf("%s has the digest of %s", name, other)
		}
		if seen[d] = name; digest(&e) != d {
			t.Errorf("%s has two digests", name)
		}
	}
}
