package charset

import (
	"bytes"
	"fmt"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/unicode/norm"
)

// documents are what publishers send: a text in a set of characters, and the label
// they give it where they give one.
var documents = []struct {
	label string
	text  string
	spell func(string) []byte
}{
	{"utf-8", "ko", func(s string) []byte { return []byte(s) }},
	{"utf-16", "ko", with(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM))},
	{"utf-16", "ru", with(unicode.UTF16(unicode.BigEndian, unicode.UseBOM))},
	{"utf-16le", "zh-Hans", with(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM))},
	{"utf-16be", "ja", with(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM))},
	{"utf-32", "ko", with(utf32.UTF32(utf32.LittleEndian, utf32.UseBOM))},
	{"utf-32", "he", with(utf32.UTF32(utf32.BigEndian, utf32.UseBOM))},
	{"utf-32le", "th", with(utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM))},
	{"utf-32be", "zh-rare", with(utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM))},
	{"iso-2022-jp", "ja", with(japanese.ISO2022JP)},
	{"iso-2022-kr", "ko", shifted},
	{"hz-gb-2312", "zh-Hans", with(simplifiedchinese.HZGB2312)},
	{"euc-jp", "ja", with(japanese.EUCJP)},
	{"x-sjis", "ja", with(japanese.ShiftJIS)},
	{"euc-kr", "ko", with(korean.EUCKR)},
	{"ks_c_5601-1987", "ko", with(korean.EUCKR)},
	{"cp949", "ko-uhc", with(korean.EUCKR)},
	{"gb2312", "zh-Hans", with(simplifiedchinese.GBK)},
	{"gb18030", "zh-rare", with(simplifiedchinese.GB18030)},
	{"big5", "zh-Hant", with(traditionalchinese.Big5)},
	{"big5-hkscs", "zh-HK", with(traditionalchinese.Big5)},
	{"windows-1250", "pl", with(charmap.Windows1250)},
	{"windows-1250", "hu", with(charmap.Windows1250)},
	{"iso-8859-2", "cs", with(charmap.ISO8859_2)},
	{"windows-1251", "ru", with(charmap.Windows1251)},
	{"cp1251", "uk", with(charmap.Windows1251)},
	{"koi8-r", "ru", with(charmap.KOI8R)},
	{"koi8-u", "uk", with(charmap.KOI8U)},
	{"iso-8859-5", "ru", with(charmap.ISO8859_5)},
	{"cp1252", "fr", with(charmap.Windows1252)},
	{"latin1", "de", with(charmap.ISO8859_1)},
	{"iso-8859-15", "fr-15", with(charmap.ISO8859_15)},
	{"windows-1253", "el", with(charmap.Windows1253)},
	{"iso-8859-7", "el", with(charmap.ISO8859_7)},
	{"windows-1254", "tr", with(charmap.Windows1254)},
	{"iso-8859-9", "tr", with(charmap.ISO8859_9)},
	{"windows-1255", "he", with(charmap.Windows1255)},
	{"iso-8859-8", "he", with(charmap.ISO8859_8)},
	{"windows-1256", "ar", with(charmap.Windows1256)},
	{"windows-1256", "fa", with(charmap.Windows1256)},
	{"iso-8859-6", "ar", with(charmap.ISO8859_6)},
	{"windows-1257", "lt", with(charmap.Windows1257)},
	{"windows-1258", "vi", func(s string) []byte { return with(charmap.Windows1258)(toned(s)) }},
	{"tis-620", "th", with(charmap.Windows874)},
}

func with(e encoding.Encoding) func(string) []byte {
	return func(s string) []byte {
		out, err := e.NewEncoder().Bytes([]byte(s))
		if err != nil {
			panic(fmt.Sprintf("spell a text: %v", err))
		}
		return out
	}
}

// shifted spells a text in ISO-2022-KR.
func shifted(s string) []byte {
	out := []byte(designator)
	wide := false
	for _, c := range with(korean.EUCKR)(s) {
		if high := c >= 0x80; high != wide {
			wide = high
			if wide {
				out = append(out, shiftOut)
			} else {
				out = append(out, shiftIn)
			}
		}
		out = append(out, c&0x7f)
	}
	return out
}

// toned parts the marks of tone from the vowels of Vietnamese, as windows-1258 has
// them.
func toned(s string) string {
	var b bytes.Buffer
	for _, r := range s {
		if _, ok := charmap.Windows1258.EncodeRune(r); ok {
			b.WriteRune(r)
			continue
		}
		var vowel, tones []rune
		for _, part := range norm.NFD.String(string(r)) {
			switch part {
			case 0x300, 0x301, 0x303, 0x309, 0x323:
				tones = append(tones, part)
			default:
				vowel = append(vowel, part)
			}
		}
		b.WriteString(norm.NFC.String(string(vowel)) + string(tones))
	}
	return b.String()
}

// same compares texts that may part their marks from their letters.
func same(got []byte, want string) bool {
	return norm.NFC.String(string(got)) == norm.NFC.String(want)
}

// TestDecodeDocuments reads every document in every way that its label is given,
// and tolerates no miss.
func TestDecodeDocuments(t *testing.T) {
	read, all := 0, 0
	for _, d := range documents {
		for _, way := range []string{"declared", "in the header", "undeclared"} {
			declaration, labels := "<?xml version=\"1.0\"?>\n", []string(nil)
			switch way {
			case "declared":
				declaration = fmt.Sprintf("<?xml version=\"1.0\" encoding=%q?>\n", d.label)
				labels = []string{"", d.label}
			case "in the header":
				labels = []string{d.label, ""}
			}
			name := fmt.Sprintf("%s in %s, %s", d.text, d.label, way)
			want := feed(declaration, texts[d.text])
			got, repair := Decode(d.spell(want), labels...)
			all++
			if same(got, want) {
				read++
			} else {
				t.Errorf("%s: %s\n%.600s", name, repair, got)
			}
			if way != "undeclared" && repair != "" {
				t.Errorf("%s: repair %q", name, repair)
			}
		}
	}
	t.Logf("read %d of %d documents", read, all)
	if all < 99 {
		t.Errorf("%d documents, fewer than 99", all)
	}
}
