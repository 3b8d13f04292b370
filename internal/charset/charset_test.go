package charset

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

var decodings = []struct {
	name   string
	body   string
	labels []string
	want   string
	repair string
}{
	{"nothing", "", nil, "", ""},
	{"ASCII, whatever it is called", "plain", []string{"shift_jis"}, "plain", ""},
	{"UTF-8", "북한 인권", nil, "북한 인권", ""},
	{"UTF-8 as said", "북한 인권", []string{"utf-8"}, "북한 인권", ""},
	{"UTF-8 with a mark", "\xef\xbb\xbf북한", []string{"windows-1252"}, "북한", ""},
	{"two marks", "\xef\xbb\xbf\xef\xbb\xbf북한", nil, "북한", ""},
	{"a mark alone", "\xef\xbb\xbf", nil, "", ""},
	{"a mark before another set", "\xef\xbb\xbf" + "\xcf\xf0\xe0\xe2\xe0 \xf7\xe5\xeb\xee\xe2\xe5\xea\xe0", nil,
		"Права человека", `the character set "utf-8" does not fit: read as windows-1251`},

	{"UTF-8 called Latin-1", "Наталья", []string{"ISO-8859-1"}, "Наталья",
		`the character set "ISO-8859-1" does not fit: read as utf-8`},
	{"UTF-8 called UTF-16", "Наталья", []string{"", "utf-16"}, "Наталья",
		`the character set "utf-16" does not fit: read as utf-8`},
	{"UTF-8 called nonsense", "Наталья", []string{"klingon"}, "Наталья",
		`the character set "klingon" does not fit: read as utf-8`},
	{"the more trusted label is named", "Наталья", []string{" ", "latin1", "utf-8"}, "Наталья",
		`the character set "latin1" does not fit: read as utf-8`},

	{"a bad byte in UTF-8", "북한 인권 \xff 보고", nil, "북한 인권 \uFFFD 보고", "bytes that are no UTF-8 were replaced"},
	{"a bad byte in UTF-8 called Latin-1", "북한 인권 \xff 보고", []string{"iso-8859-1"}, "북한 인권 \uFFFD 보고",
		"bytes that are no UTF-8 were replaced"},
	{"UTF-8 cut within a character", "북한"[:5], []string{"windows-1252"}, "북\uFFFD", "bytes that are no UTF-8 were replaced"},
	{"too many bad bytes for UTF-8", "Zo\xeb, Andr\xe9, Ren\xe9e, Ω", []string{"windows-1252"}, "Zoë, André, Renée, Î©", ""},

	{"the first label wins", "\xcc\xe8\xf0", []string{"windows-1251", "iso-8859-1"}, "Мир", ""},
	{"an unknown label is passed over", "\xcc\xe8\xf0", []string{"x-fake", "windows-1251"}, "Мир",
		`the character set "x-fake" does not fit: read as windows-1251`},
	{"UTF-8 that it is not", "Zo\xeb", []string{"utf-8"}, "Zoë", `the character set "utf-8" does not fit: read as windows-1252`},
	{"UTF-16 that it is not", "\xba\xcf\xc7\xd1", []string{"utf-16", "euc-kr"}, "북한",
		`the character set "utf-16" does not fit: read as euc-kr`},
	{"ISO-2022-JP that it is not", "\xbf\xcd\xb8\xa2\xa4\xce\xa4\xbf\xa4\xe1\xa4\xcb", []string{"iso-2022-jp"}, "人権のために",
		`the character set "iso-2022-jp" does not fit: read as euc-jp`},
	{"a set that is never guessed", "na\x95ve", []string{"macintosh"}, "naïve", ""},
	{"EBCDIC", "\xc8\x85\x93\x93\x96", []string{"ibm037"}, "Hello", ""},
	{"no label", "Zo\xeb", nil, "Zoë", "no character set is given: read as windows-1252"},
	{"a hostile label", "Zo\xeb", []string{strings.Repeat("\xffx\n", 50)}, "Zoë",
		`the character set "` + strings.Repeat(`\xffx\n`, 13) + `\xff" does not fit: read as windows-1252`},
	{"bytes that mean nothing", "\xba\xcf\xc7\xd1\xff\xba\xcf", []string{"euc-kr"}, "북한\uFFFD북",
		"bytes that are no euc-kr were replaced"},

	{"UTF-16 without a mark", "<\x00a\x00>\x00\xe5\x53", nil, "<a>句", "no character set is given: read as utf-16le"},
	{"UTF-16 called UTF-8", "\x00<\x00a\x00>\x53\xe5", []string{"utf-8"}, "<a>句",
		`the character set "utf-8" does not fit: read as utf-16be`},
	{"UTF-16 with a mark, called UTF-8", "\xfe\xff\x00<\x00a\x00>", []string{"utf-8"}, "<a>", ""},
	{"UTF-16, half a surrogate", "\xff\xfe<\x00\x3d\xd8>\x00", nil, "<\uFFFD>", "bytes that are no utf-16le were replaced"},
	{"UTF-16, an odd byte at the end", "\xff\xfe<\x00>", nil, "<\uFFFD", "bytes that are no utf-16le were replaced"},
	{"zero bytes in ASCII", "a\x00b and some more text", nil, "a\x00b and some more text", ""},
	{"zero bytes alone", strings.Repeat("\x00", 64), nil, strings.Repeat("\x00", 64), ""},

	{"ISO-2022-JP in another name", "\x1b$B?M8\"\x1b(B", []string{"utf-8"}, "人権",
		`the character set "utf-8" does not fit: read as iso-2022-jp`},
	{"ISO-2022-KR without its first escape", "\x0e:OGQ\x0f ok", []string{"iso-2022-kr"}, "북한 ok", ""},
	{"ISO-2022-KR, a line not shifted back", "\x1b$)C\x0e:OGQ\nok", nil, "북한\nok",
		"no character set is given: read as iso-2022-kr"},
	{"HZ in another name", "~{HKH(~} ~{HKH(~}", []string{"gb2312"}, "人权 人权",
		`the character set "gb2312" does not fit: read as hz-gb-2312`},
	{"HZ too short to tell", "~{HKH(~}", nil, "~{HKH(~}", ""},
	{"HZ as said", "~{HKH(~}", []string{"hz"}, "人权", ""},
	{"a template", "a ~{name~} b ~{user.id~} c", nil, "a ~{name~} b ~{user.id~} c", ""},
	{"names that could be rare characters", "~{name~} ~{item~} ~{user~}", nil, "~{name~} ~{item~} ~{user~}", ""},
	{"a terminal's colours", "\x1b[31mred\x1b[0m", nil, "\x1b[31mred\x1b[0m", ""},
	{"UTF-8 that speaks of escapes", "\x1b$B?M8\"\x1b(B é", []string{"utf-8"}, "\x1b$B?M8\"\x1b(B é", ""},
}

func TestDecode(t *testing.T) {
	for _, d := range decodings {
		got, repair := Decode([]byte(d.body), d.labels...)
		if string(got) != d.want {
			t.Errorf("%s: %q, want %q", d.name, got, d.want)
		}
		if repair != d.repair {
			t.Errorf("%s: repair %q, want %q", d.name, repair, d.repair)
		}
	}
}

func TestDecodeCopiesNoUTF8(t *testing.T) {
	body := []byte("\xef\xbb\xbf북한")
	if got, _ := Decode(body); &got[0] != &body[3] {
		t.Error("UTF-8 was copied")
	}
}

// TestDecodeLabelsInUse spells the same in sets that have many names.
func TestDecodeLabelsInUse(t *testing.T) {
	for _, c := range []struct{ body, want, labels string }{
		{"북한", "북한", "utf8 UTF_8 \"utf-8\" 'UTF-8' utf-8\t unicode-1-1-utf-8 UTF8mb4 cp65001"},
		{"\xba\xcf\xc7\xd1 \x8c\x63", "북한 똠", "euc-kr EUC_KR euckr ks_c_5601-1987 ksc5601 KSC_5601 cp949 CP-949 ms949 uhc windows-949 korean"},
		{"\x90\x6c\x8c\xa0 \x87\x40", "人権 ①", "shift_jis Shift-JIS sjis x-sjis cp932 MS932 windows-31j ms_kanji windows-932"},
		{"\xbf\xcd\xb8\xa2", "人権", "euc-jp EUC_JP x-euc-jp eucjp ujis"},
		{"\x1b$B?M8\"\x1b(B", "人権", "iso-2022-jp ISO2022JP csISO2022JP iso-2022-jp-1 cp50221"},
		{"\x1b$)C\x0e:OGQ\x0f", "북한", "iso-2022-kr ISO2022-KR csiso2022kr"},
		{"\xc8\xcb\xc8\xa8 \x81\x30\x89\x39", "人权 â", "gb2312 GB_2312-80 gbk x-gbk cp936 gb18030 GB-18030 chinese euc-cn csgb2312"},
		{"\xa4\x48\xc5\x76", "人權", "big5 BIG-5 big5-hkscs big5hkscs x-x-big5 cn-big5 cp950 csbig5"},
		{"\xcc\xe8\xf0", "Мир", "windows-1251 cp1251 CP-1251 win-1251 win1251 x-cp1251 windows_1251 Windows1251"},
		{"\xed\xc9\xd2", "Мир", "koi8-r KOI8R koi8_r koi koi8 cskoi8r koi8-ru"},
		{"Zo\xeb", "Zoë", "latin1 Latin-1 ISO-8859-1 iso8859-1 ISO_8859-1:1987 l1 cp819 windows-1252 cp1252 ansi-1252"},
		{"\xa1\xd2\xc3", "การ", "tis-620 TIS620 windows-874 cp874 iso-8859-11 tis-620.2533"},
		{"\xd4", "Τ", "iso-8859-7 greek ISO_8859-7 windows-1253 cp1253 ecma-118"},
		{"Zo\x89", "Zoë", "cp437 IBM850 ibm-850 cp850"},
		{"Zo\x91", "Zoë", "macintosh mac x-mac-roman"},
	} {
		for _, label := range strings.FieldsFunc(c.labels, func(r rune) bool { return r == ' ' }) {
			if got, repair := Decode([]byte(c.body), label); string(got) != c.want || repair != "" {
				t.Errorf("%q in %s: %q, want %q; repair %q", c.body, label, got, c.want, repair)
			}
		}
	}
}

// TestDecodeDefaultLabels gives documents the labels that servers and templates give
// to whatever there is.
func TestDecodeDefaultLabels(t *testing.T) {
	for _, d := range documents {
		want := feed("", texts[d.text])
		for _, label := range []string{"utf-8", "iso-8859-1", "us-ascii", "unicode", "bogus"} {
			if label == "iso-8859-1" && latinTexts[d.text] {
				continue // it makes sense, if not this one
			}
			got, repair := Decode(d.spell(want), label)
			if !same(got, want) {
				t.Errorf("%s in %s: %s\n%.300s", d.text, d.label, repair, got)
			}
		}
	}
}

var latinTexts = map[string]bool{"pl": true, "hu": true, "cs": true, "fr": true, "fr-15": true, "de": true,
	"tr": true, "lt": true, "vi": true}

// TestDecodeShort guesses what little there is in a title or two.
func TestDecodeShort(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"<title>Zo\xeb</title>", "<title>Zoë</title>"},
		{"caf\xe9, na\xefve, \x9cuvre", "café, naïve, œuvre"},
		{"\x93Hello\x94 \x96 it\x92s \xa35", "“Hello” – it’s £5"},
		{"S\xe3o Paulo, Z\xfcrich, M\xe1laga, \xc5rhus", "São Paulo, Zürich, Málaga, Århus"},
		{"\xc0 la une: l\x92\xe9t\xe9 \xe0 Paris", "À la une: l’été à Paris"},
		{"\xab\xa0Non\xa0\xbb, a-t-il dit", "«\u00a0Non\u00a0», a-t-il dit"},
		{"\xa9 2026 Example\xae \x99", "© 2026 Example® ™"},
		{"20\xb0C \xb1 5 \xb5m", "20°C ± 5 µm"},
		{"Gr\xfc\xdfe aus M\xfcnchen", "Grüße aus München"},
		{"\xbfQu\xe9 pas\xf3 en Espa\xf1a?", "¿Qué pasó en España?"},
		{"\xcc\xee\xf1\xea\xe2\xe0", "Москва"},
		{"\xed\xcf\xd3\xcb\xd7\xc1", "Москва"},
		{"\xba\xcf\xc7\xd1\xc0\xcc\xc5\xbb\xc1\xd6\xb9\xce", "북한이탈주민"},
		{"\xd6\xd0\xb9\xfa\xc8\xcb\xc3\xf1", "中国人民"},
		{"\xa4\xa4\xa4\xb5\xa4\xc4\xa4\xcb\xa4\xc4\xa4\xa4\xa4\xc6", "いさつについて"},
		{"\x83\x6a\x83\x85\x81\x5b\x83\x58", "ニュース"},
		{"\xc1\xe8\xde\xed\xe1", "Αθήνα"},
		{"\xa2\xe8\xd2\xc7\xc7\xd1\xb9\xb9\xd5\xe9", "ข่าววันนี้"},
		{"\xce\xc8\xd1 \xc7\xe1\xed\xe6\xe3", "خبر اليوم"},
	} {
		got, repair := Decode([]byte(c.body))
		if string(got) != c.want {
			t.Errorf("%q: %q, want %q; %s", c.body, got, c.want, repair)
		}
	}
}

// TestLettersListedOnce: a letter listed twice has two costs.
func TestLettersListedOnce(t *testing.T) {
	for _, c := range candidates {
		for _, l := range c.languages {
			for i, r := range l.letters {
				if strings.ContainsRune(l.letters[:i], r) {
					t.Errorf("%s: %q is listed twice in %.30s…", c.name, r, l.letters)
				}
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, d := range decodings {
		f.Add([]byte(d.body), strings.Join(append(d.labels, ""), ","))
	}
	for _, d := range documents {
		body := d.spell(feed("", texts[d.text][:3]))
		for i := range 4 {
			flipped := bytes.Clone(body)
			for j := 37 * i; i > 0 && j < len(flipped); j += 101 * i {
				flipped[j] ^= 1 << (j % 8)
			}
			f.Add(flipped, d.label)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, labels string) {
		before := bytes.Clone(body)
		out, repair := Decode(body, strings.Split(labels, ",")...)
		if !bytes.Equal(body, before) {
			t.Error("the body was changed")
		}
		if !utf8.Valid(out) || !utf8.ValidString(repair) {
			t.Errorf("%q in %q: not UTF-8: %q, %q", body, labels, out, repair)
		}
		if bytes.HasPrefix(out, []byte(mark)) {
			t.Errorf("%q in %q: a byte order mark is left", body, labels)
		}
		if len(out) > 4*len(body)+4 {
			t.Errorf("%q in %q: %d bytes became %d", body, labels, len(body), len(out))
		}
		// Zero bytes and escapes that were spelt out say of the text what they said of
		// no document: that it is in UTF-16, or in a set of seven bits.
		if bytes.ContainsAny(out, "\x00\x0e\x1b") || bytes.Contains(out, []byte("~{")) {
			return
		}
		if again, said := Decode(out); !bytes.Equal(again, out) || said != "" {
			t.Errorf("%q in %q: %q became %q: %s", body, labels, out, again, said)
		}
	})
}

// BenchmarkDecode compares with utf8.Valid alone, the least there is to do.
func BenchmarkDecode(b *testing.B) {
	ascii := []byte(strings.Repeat(feed("", []string{"News", "Title", strings.Repeat("plain text, ", 100)}), 200))
	korean := []byte(strings.Repeat(feed("", texts["ko"]), 100))
	bench := func(name string, body []byte, labels ...string) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				Decode(body, labels...)
			}
		})
	}
	valid := func(name string, body []byte) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				utf8.Valid(body)
			}
		})
	}
	valid("ASCII/valid", ascii)
	bench("ASCII/decode", ascii, "utf-8")
	valid("UTF-8/valid", korean)
	bench("UTF-8/decode", korean, "utf-8")
	for _, d := range documents {
		if d.label != "euc-kr" && d.label != "cp1252" {
			continue
		}
		body := d.spell(strings.Repeat(feed("", texts[d.text]), 20))
		bench(d.label+"/labelled", body, d.label)
		bench(d.label+"/unlabelled", body)
	}
}
