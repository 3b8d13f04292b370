package link

import (
	"strings"
	"testing"
)

func BenchmarkResolve(b *testing.B) {
	for name, test := range map[string]struct{ base, ref string }{
		"canonical": {"https://news.example.org/feed", "https://news.example.org/2026/11/an-article-of-some-length/?p=1"},
		"encoded":   {"https://news.example.org/feed", "https://news.example.org/%D0%B0%D0%B1/?p=1"},
		"relative":  {"https://news.example.org/feed", "../2026/11/an-article"},
		"long base": {"https://news.example.org/" + strings.Repeat("d/", 2000), "x"},
		"hostile":   {"", "http://" + strings.Repeat("@", 8000) + "x/"},
		"dots":      {"", "http://x/" + strings.Repeat("a/../", 1600)},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Resolve(test.base, test.ref); err != nil {
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
