package text

import (
	"encoding/xml"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

func TestClean(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"plain\ttext\r\n", "plain\ttext\r\n"},
		{"a\x00b\x0bc\x1bd", "abcd"},
		{"a\xff\xfeb", "a\ufffdb"},
		{"a\xed\xa0\x80b", "a\ufffdb"}, // a surrogate
		{"a\uffffb\ufffec\ufffdd", "abc\ufffdd"},
		{"e\u0301", "é"},
		{"e\x01\u0301", "é"},
		{"\u1112\u1161\u11ab", "한"},
		{"👩\u200d👧", "👩\u200d👧"},
	} {
		if got := Clean(test.in); got != test.want {
			t.Errorf("Clean(%q) = %q, want %q", test.in, got, test.want)
		}
	}
	long := strings.Repeat("Привет, мир. ", 1000)
	if n := testing.AllocsPerRun(10, func() { Clean(long) }); n > 0 {
		t.Errorf("clean text costs %v allocations", n)
	}
}

func TestInert(t *testing.T) {
	n := 0
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if !inert(r) || !utf8.ValidRune(r) {
			continue
		}
		n++
		if s := string(r); !norm.NFC.IsNormalString(s) || !norm.NFC.PropertiesString(s).BoundaryBefore() {
			t.Errorf("%U changes or joins", r)
		}
	}
	if n < 40_000 {
		t.Errorf("only %d characters are", n)
	}
}

func TestLine(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"a b", "a b"},
		{"  a \t\r\n b  ", "a b"},
		{"a\u2028b\u2029c\u00a0d\u3000e\u0085f", "a b c d e f"},
		{"\u202eabc\u202c\u2066x\u2069\u200e\u200f\u061c", "abcx"},
		{"a\x1b[31m\u009b1mb\x7f", "a[31m1mb"},
		{"م\u200cن 👩\u200d👧", "م\u200cن 👩\u200d👧"},
		{"pay\u200bpal\u2060\ufeff\u00ad", "paypal"},
		{"ខ្មែរ\u200bស", "ខ្មែរ\u200bស"},
		{"e\u200e\u0301", "é"},
		{"\u200e \u200e", ""},
		{"a \u200e b", "a b"},
	} {
		if got := Line(test.in); got != test.want {
			t.Errorf("Line(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestFold(t *testing.T) {
	for _, same := range [][]string{
		{"refugees", "REFUGEES", "Ｒｅｆｕｇｅｅｓ", "réfugees", "re\u0301fugees"},
		{"strasse", "Straße", "STRASSE", "STRAẞE"},
		{"istanbul", "İstanbul", "ıstanbul", "ISTANBUL"},
		{"ельцин", "Ельцин", "ЁЛЬЦИН"},
		{"العربيه", "العربية", "ٱلعَرَبِيَّة", "العــربیة"},
		{"ايران", "ایران", "إيران"},
		{"كتاب", "کتاب"},
		{"ميروند", "می\u200cروند"},
		{"1402", "۱۴۰۲", "١٤٠٢", "１４０２"},
		{"σοφοσ", "Σοφός", "ΣΟΦΟΣ"},
		{"שלום", "שָׁלוֹם"},
		{"lodz", "Łódź", "LODZ"},
		{"d'ivoire", "d’Ivoire"},
		{"한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"},
		{"ガ", "ｶﾞ"},
	} {
		for _, s := range same {
			if Fold(s) != Fold(same[0]) {
				t.Errorf("Fold(%q) = %q, want %q", s, Fold(s), Fold(same[0]))
			}
		}
	}
	for _, other := range [][2]string{{"が", "か"}, {"की", "का"}, {"กา", "กิ"}, {"a", "b"}, {"ب", "ت"}} {
		if Fold(other[0]) == Fold(other[1]) {
			t.Errorf("%q and %q fold alike", other[0], other[1])
		}
	}
}

func TestTruncate(t *testing.T) {
	const family = "👨\u200d👩\u200d👧" // 18 bytes
	for _, test := range []struct {
		in   string
		max  int
		want string
		cut  bool
	}{
		{"abc", 3, "abc", false},
		{"abc", 2, "ab", true},
		{"abc", 0, "", true},
		{"abc", -1, "", true},
		{"aé", 2, "a", true},
		{"ae\u0301", 3, "a", true},
		{"a" + family + "b", 19, "a" + family, true},
		{"a" + family + "b", 18, "a", true},
		{"a\r\nb", 2, "a", true},
		{"a\nb", 2, "a\n", true},
		{"🇰🇵🇰🇷x", 12, "🇰🇵", true},
		{"한국", 5, "한", true},
	} {
		got, cut := Truncate(test.in, test.max)
		if got != test.want || cut != test.cut {
			t.Errorf("Truncate(%q, %d) = %q, %v; want %q, %v", test.in, test.max, got, cut, test.want, test.cut)
		}
	}
	// Marks piled upon each other end somewhere, between characters.
	for _, s := range []string{"e" + strings.Repeat("\u0301", 10_000), strings.Repeat("\u0301", 10_000), strings.Repeat("한", 10_000)} {
		got, _ := Truncate(s, 5000)
		if len(got) < 4000 || len(got) > 5000 || !utf8.ValidString(got) {
			t.Errorf("%d bytes of %.8q are left", len(got), s)
		}
	}
}

func TestExcerpt(t *testing.T) {
	for _, test := range []struct {
		in   string
		max  int
		want string
	}{
		{"", 5, ""},
		{"abc", 0, ""},
		{"abc", 1, "…"},
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"one two three", 13, "one two three"},
		{"one two three", 12, "one two…"},
		{"one two three", 8, "one two…"},
		{"one, two", 6, "one…"},
		{"one (two three)", 7, "one…"},
		{"北京的法院昨天释放了他们", 6, "北京的法院…"},
		{"서울 법원은 어제", 5, "서울…"},
		{"ศาลปล่อยตัว", 4, "ศาล…"},
		{"don't know", 4, "don…"},
		{"👨\u200d👩\u200d👧👨\u200d👩\u200d👧👨\u200d👩\u200d👧", 2, "👨\u200d👩\u200d👧…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{strings.Repeat("a", 100), 50, strings.Repeat("a", 49) + "…"},
		{"word " + strings.Repeat("a", 100), 50, "word " + strings.Repeat("a", 44) + "…"},
	} {
		if got := Excerpt(test.in, test.max); got != test.want {
			t.Errorf("Excerpt(%q, %d) = %q, want %q", test.in, test.max, got, test.want)
		}
	}
	if got := Excerpt("a"+strings.Repeat("\u0301", 1<<20), 300); len(got) > 300*clusterBytes+3 {
		t.Errorf("an excerpt has %d bytes", len(got))
	}
}

func TestNearest(t *testing.T) {
	words := []string{"title", "text", "refoulement", "human-trafficking", "id", "op"}
	for in, want := range map[string]string{
		"titel": "title", "Title": "title", "refoulment": "refoulement", "human-traficking": "human-trafficking", "tilte": "title",
		"texts": "text", "": "", "xyz": "", "ix": "id", "zq": "", "completely-else": "", "réfoulement": "refoulement",
		strings.Repeat("x", 100): "", "di": "id",
	} {
		if got := Nearest(in, words); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Nearest("a", nil); got != "" {
		t.Errorf("nothing is near %q", got)
	}
}

func TestLanguage(t *testing.T) {
	for in, want := range map[string]string{
		"en": "en", "en_GB": "en-GB", "EN-us": "en-US", " fr ": "fr", "zh-hans-cn": "zh-Hans-CN", "iw": "he", "ku-Arab": "ku-Arab",
		"es-419": "es-419", "zh-Hant": "zh-Hant", "fa-IR": "fa-IR", "prs": "prs",
		"": "", "und": "", "english": "", "x": "", "-": "", "en us": "", "12": "", strings.Repeat("en-", 40): "", "en-EN": "en", "\x00": "",
	} {
		if got := Language(in); got != want {
			t.Errorf("Language(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDirection(t *testing.T) {
	for _, tag := range []string{"ar", "fa-IR", "he", "iw", "ur", "ug", "ku-Arab", "ps", "yi", "dv", "sd", "ckb", "AR_EG", "az-Arab", "prs", "en-Hebr"} {
		if Direction(tag) != "rtl" {
			t.Errorf("%q is not written from right to left", tag)
		}
	}
	for _, tag := range []string{"", "en", "ku", "az", "ug-Cyrl", "zh-Hans", "ru-RU", "ar-Latn", "de-1996", "-", "ko"} {
		if Direction(tag) != "ltr" {
			t.Errorf("%q is not written from left to right", tag)
		}
	}
}

// FuzzText holds what all functions promise for any bytes.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a b", "e\u0301\u200e", "\xff\xed\xa0\x80", "İßΣ\u0345", "ｶﾞ한\u1100\u1161", "👨\u200d👩🇰🇵🇰", "\r\n\u2028\u202e",
		"ـٱلعَرَبِيَّة", strings.Repeat("\u0301", 40), "a\u0338\u034f", "\ufb2a\ufdfa\u0390", "ẞŉǰ", "\u1e9b\u0323"} {
		f.Add(s, 7)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		for name, do := range map[string]func(string) string{"Clean": Clean, "Line": Line, "Fold": Fold} {
			got := do(s)
			if !utf8.ValidString(got) {
				t.Errorf("%s(%q) = %q is not UTF-8", name, s, got)
			}
			if again := do(got); again != got {
				t.Errorf("%s(%q) = %q, and that is %q", name, s, got, again)
			}
			if !norm.NFC.IsNormalString(got) {
				t.Errorf("%s(%q) = %q is not in normal form", name, s, got)
			}
		}
		if err := xml.Unmarshal([]byte("<a>"+strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(Clean(s))+"</a>"), new(string)); err != nil {
			t.Errorf("Clean(%q) = %q: %v", s, Clean(s), err)
		}
		if strings.ContainsAny(Line(s), "\n\r\t\x1b\u202e\u2028") || strings.TrimSpace(Line(s)) != Line(s) {
			t.Errorf("Line(%q) = %q", s, Line(s))
		}
		clean := Clean(s)
		head, cut := Truncate(clean, n)
		if !strings.HasPrefix(clean, head) || len(head) > max(n, 0) || cut != (len(head) < len(clean)) || !utf8.ValidString(head) {
			t.Errorf("Truncate(%q, %d) = %q, %v", clean, n, head, cut)
		}
		if n < window && cut && !boundary(clean, len(head)) {
			t.Errorf("Truncate(%q, %d) = %q cuts a grapheme", clean, n, head)
		}
		if n = n % 1000; n >= 0 {
			if ex := Excerpt(clean, n); uniseg.GraphemeClusterCount(ex) > n || !strings.HasPrefix(clean, strings.TrimSuffix(ex, "…")) {
				t.Errorf("Excerpt(%q, %d) = %q", clean, n, ex)
			}
		}
		if tag := Language(s); tag != "" && Language(tag) != tag {
			t.Errorf("Language(%q) = %q, and that is %q", s, tag, Language(tag))
		}
		Direction(s)
		Nearest(s, []string{"title", s})
	})
}

// boundary reports whether a grapheme of s ends at byte i.
func boundary(s string, i int) bool {
	at := 0
	for g := uniseg.NewGraphemes(s); at < i && g.Next(); {
		_, at = g.Positions()
	}
	return at == i
}

func BenchmarkClean(b *testing.B) {
	for name, s := range map[string]string{"ascii": strings.Repeat("Hello, world. ", 146), "russian": strings.Repeat("Привет, мир. ", 100)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				Clean(s)
			}
		})
	}
}

func BenchmarkLine(b *testing.B) {
	for b.Loop() {
		Line("Court frees journalists after two years, rights group says")
	}
}

func BenchmarkFold(b *testing.B) {
	for b.Loop() {
		Fold("Réfugiés et demandeurs d’asile")
	}
}

func BenchmarkExcerpt(b *testing.B) {
	s := strings.Repeat("The court freed the journalists. ", 60)
	for b.Loop() {
		Excerpt(s, 300)
	}
}
