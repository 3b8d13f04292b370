package link

import (
	"slices"
	"strings"
	"testing"
)

func BenchmarkResolve(b *testing.B) {
	for name, test := range map[string]struct {
		base, ref string
		refused   bool // for its length or its at signs
	}{
		"canonical": {base: "https://news.example.org/feed", ref: "https://news.example.org/2026/11/an-article-of-some-length/?p=1"},
		"encoded":   {base: "https://news.example.org/feed", ref: "https://news.example.org/%D0%B0%D0%B1/?p=1"},
		"relative":  {base: "https://news.example.org/feed", ref: "../2026/11/an-article"},
		"long base": {base: "https://news.example.org/" + strings.Repeat("d/", 1000), ref: "x"},
		"dots":      {ref: "http://x/" + strings.Repeat("a/../", 800)},
		"hostile":   {ref: "http://" + strings.Repeat("@", 8000) + "x/", refused: true},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Resolve(test.base, test.ref); (err != nil) != test.refused {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkClean(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Clean("https://news.example.org/2026/11/an-article/?p=1&utm_source=rss&utm_medium=feed")
	}
}

func BenchmarkKey(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Key("https://www.news.example.org/2026/11/an-article/?p=1&utm_source=rss")
	}
}

// BenchmarkHasSecret looks at all the addresses of the test's tables.
func BenchmarkHasSecret(b *testing.B) {
	all := append(slices.Clone(ordinary), secret...)
	found := 0
	for b.Loop() {
		found = 0
		for _, u := range all {
			if HasSecret(u) {
				found++
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(all)), "ns/URL")
	if found != len(secret) {
		b.Errorf("%d secrets of %d", found, len(secret))
	}
}
