package parse

import (
	"strings"
	"testing"
	"unicode/utf16"

	"rightswire/internal/news"
)

// wide16 spells s in UTF-16.
func wide16(s string, mark, little bool) string {
	var b strings.Builder
	units := utf16.Encode([]rune(s))
	if mark {
		units = append([]uint16{0xFEFF}, units...)
	}
	for _, u := range units {
		if little {
			b.WriteString(string([]byte{byte(u), byte(u >> 8)}))
		} else {
			b.WriteString(string([]byte{byte(u >> 8), byte(u)}))
		}
	}
	return b.String()
}

func wide32(s string, mark bool) string {
	var b strings.Builder
	if mark {
		s = "\uFEFF" + s
	}
	for _, r := range s {
		b.WriteString(string([]byte{byte(r >> 24), byte(r >> 16), byte(r >> 8), byte(r)}))
	}
	return b.String()
}

func titled(declaration, title string) string {
	return declaration + `<rss version="2.0"><channel><title>` + title + `</title><item><title>x</title></item></channel></rss>`
}

var decodings = []struct {
	name, contentType, body, want string
}{
	{"UTF-8 undeclared", "", titled("", "북한 인권"), "북한 인권"},
	{"UTF-8 with mark", "", titled("\xef\xbb\xbf"+`<?xml version="1.0"?>`, "북한"), "북한"},
	{"UTF-8 declared as Latin-1", "", titled(`<?xml version="1.0" encoding="ISO-8859-1"?>`, "Наталья"), "Наталья"},
	{"UTF-8 declared as UTF-16", "", titled(`<?xml version="1.0" encoding="utf-16"?>`, "Наталья"), "Наталья"},
	{"UTF-8 with odd label", "", titled(`<?xml version="1.0" encoding="unicode"?>`, "Наталья"), "Наталья"},
	{"UTF-8 served as Latin-1", "text/xml; charset=ISO-8859-1", titled("", "Zoë"), "Zoë"},
	{"Latin-1 declared", "", titled(`<?xml version="1.0" encoding="ISO-8859-1"?>`, "Zo\xeb"), "Zoë"},
	{"windows-1252 in the header", "application/rss+xml; charset=windows-1252", titled("", "\x93Zo\xeb\x94"), "“Zoë”"},
	{"header before declaration", "text/xml; charset=windows-1251", titled(`<?xml version="1.0" encoding="ISO-8859-1"?>`, "\xcc\xe8\xf0"), "Мир"},
	{"windows-1251 declared", "", titled(`<?xml version='1.0' encoding='windows-1251'?>`, "\xcc\xe8\xf0"), "Мир"},
	{"KOI8-R declared", "", titled(`<?xml version="1.0" encoding="KOI8-R"?>`, "\xed\xc9\xd2"), "Мир"},
	{"EUC-KR declared", "", titled(`<?xml version="1.0" encoding="euc-kr"?>`, "\xba\xcf\xc7\xd1"), "북한"},
	{"GB18030 declared as GB2312", "", titled(`<?xml version="1.0" encoding="gb2312"?>`, "\xc8\xcb\xc8\xa8"), "人权"},
	{"Big5 declared", "", titled(`<?xml version="1.0" encoding="big5"?>`, "\xa4H\xc5v"), "人權"},
	{"Shift_JIS declared", "", titled(`<?xml version="1.0" encoding="Shift_JIS"?>`, "\x90l\x8c\xa0"), "人権"},
	{"ISO-2022-JP declared", "", titled(`<?xml version="1.0" encoding="ISO-2022-JP"?>`, "\x1b$B?M8\"\x1b(B"), "人権"},
	{"windows-1256 declared", "", titled(`<?xml version="1.0" encoding="windows-1256"?>`, "\xcd\xde\xe6\xde"), "حقوق"},
	{"UTF-16 little with mark", "", wide16(titled(`<?xml version="1.0" encoding="utf-16"?>`, "북한"), true, true), "북한"},
	{"UTF-16 big with mark", "", wide16(titled("", "북한"), true, false), "북한"},
	{"UTF-16 little without mark", "", wide16(titled("", "북한"), false, true), "북한"},
	{"UTF-16 big without mark", "", wide16(titled("", "북한"), false, false), "북한"},
	{"UTF-32 with mark", "", wide32(titled("", "북한"), true), "북한"},
	{"UTF-32 without mark", "", wide32(titled("", "북한"), false), "북한"},
	{"one bad byte in UTF-8", "", titled("", "북한 인권 \xff 보고"), "북한 인권 \uFFFD 보고"},
	{"undeclared, not UTF-8", "", titled("", "Zo\xeb"), "Zoë"},
	{"declared UTF-8, not UTF-8", "", titled(`<?xml version="1.0" encoding="utf-8"?>`, "Zo\xeb"), "Zoë"},
	{"declared replacement encoding", "", titled(`<?xml version="1.0" encoding="iso-2022-kr"?>`, "Zo\xeb"), "Zoë"},
	{"control characters", "", titled("", "a\x00b\x0bc\x1bd\uFFFEe\uFFFFf"), "abcdef"},
	{"controls of windows-1252", "", titled("", "don\u0092t \u0085 \u00a0\u0081"), "don’t … \u00a0\u0081"},
	{"references to them", "", titled("", "a&#0;b&#11;c&#x1B;d&#xFFFE;e&#x9;f"), "a b c d e\tf"},
	{"a reference split by one", "", titled("", "&#&#11;11;"), "&# 11;"},
	{"a lone surrogate", "", titled("", "a&#xD800;b"), "a\uFFFDb"},
	{"JSON with mark", "", "\xef\xbb\xbf" + `{"version":"https://jsonfeed.org/version/1.1","title":"북한","items":[]}`, "북한"},
	{"JSON in UTF-16", "", wide16(`{"version":"https://jsonfeed.org/version/1.1","title":"북한","items":[]}`, false, true), "북한"},
}

func TestDecode(t *testing.T) {
	for _, c := range decodings {
		res, err := Feed(Document{Body: []byte(c.body), ContentType: c.contentType, Source: "s"})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if res.Head.Title != c.want {
			t.Errorf("%s: title %q, want %q", c.name, res.Head.Title, c.want)
		}
	}
}

func TestDecodeSaysWhatItMended(t *testing.T) {
	for body, want := range map[string]string{
		titled("", "a\x0bb"):            "dropped characters that XML forbids",
		titled("", "북한 인권 \xff 보고"):     "bytes that are no UTF-8 were replaced",
		titled("", "Zo\xeb"):            "no character set is given: read as windows-1252",
		titled("", "a < b"):             "took a lone < as text",
		titled("", "a") + "<rss>":       "",
		titled("", "a<b>c</title></i>"): "dropped a stray end tag",
	} {
		res, err := Feed(Document{Body: []byte(body), Source: "s"})
		if err != nil {
			t.Errorf("%q: %v", body, err)
			continue
		}
		if got := strings.Join(res.Repairs, "; "); got != want {
			t.Errorf("%q: repairs %q, want %q", body, got, want)
		}
	}
	if _, err := Feed(Document{Body: []byte(wide16("x", true, true))}); err == nil || err.(*Error).Kind != news.FailEmpty {
		t.Errorf("UTF-16 of one letter: %v", err)
	}
}
