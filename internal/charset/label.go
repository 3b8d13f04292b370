package charset

import (
	"bytes"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

const (
	utf8Name      = "utf-8"
	iso2022jpName = "iso-2022-jp"
	iso2022krName = "iso-2022-kr"
	hzName        = "hz-gb-2312"
	gb18030Name   = "gb18030"
)

// set is a set of characters as bytes spell it. The zero value is none.
type set struct {
	name string
	enc  encoding.Encoding
}

// transcode never fails: what means nothing becomes U+FFFD.
func (s set) transcode(body []byte) []byte {
	if s.name == iso2022krName {
		body = unshift(body)
	}
	out, err := s.enc.NewDecoder().Bytes(body)
	if err != nil {
		return bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	return out
}

// spellings are labels in use that the standards don't list, by their letters and
// digits alone. "" marks one that says nothing of bytes beyond ASCII.
var spellings = map[string]string{
	"ascii": "", "usascii": "", "ansix341968": "", "iso646us": "", "xuserdefined": "",
	"utf8": utf8Name, "utf8mb4": utf8Name, "unicode11utf8": utf8Name, "cp65001": utf8Name,
	"utf16": "utf-16", "unicode": "utf-16", "ucs2": "utf-16", "iso10646ucs2": "utf-16", "csunicode": "utf-16",
	"utf16le": "utf-16le", "unicodefeff": "utf-16le", "utf16be": "utf-16be", "unicodefffe": "utf-16be",
	"utf32": "utf-32", "ucs4": "utf-32", "iso10646ucs4": "utf-32", "utf32le": "utf-32le", "utf32be": "utf-32be",
	"iso2022kr": iso2022krName, "csiso2022kr": iso2022krName, "hz": hzName, "hzgb2312": hzName,
	"iso2022jp": iso2022jpName, "iso2022jp1": iso2022jpName, "iso2022jp2": iso2022jpName, "iso2022jp3": iso2022jpName,
	"iso2022jpext": iso2022jpName, "cp50220": iso2022jpName, "cp50221": iso2022jpName, "cp50222": iso2022jpName,
	"euckr": "euc-kr", "eucjp": "euc-jp", "koi8r": "koi8-r", "koi8u": "koi8-u", "koi8ru": "koi8-u", "cp21866": "koi8-u",
	"cp949": "euc-kr", "ms949": "euc-kr", "uhc": "euc-kr", "cp51932": "euc-jp", "ujis": "euc-jp",
	"shiftjis": "shift_jis", "cp932": "shift_jis", "cp943": "shift_jis", "windows932": "shift_jis",
	"cp936": gb18030Name, "ms936": gb18030Name, "windows936": gb18030Name, "euccn": gb18030Name,
	"cp950": "big5", "ms950": "big5", "windows950": "big5", "big5eten": "big5", "big5hkscs": "big5",
	"tis620": "windows-874", "tis6202533": "windows-874", "cp874": "windows-874", "ms874": "windows-874",
}

// lookup returns the set that a label names; the zero set where it names none that
// is known. UTF-16 and UTF-32 have a name and no encoding: their bytes show
// themselves, and those that don't are in something else.
func lookup(label string) set {
	const longest = 64 // bytes; no set has such a name
	label = strings.ToLower(strings.Trim(label, " \t\r\n\f\"'"))
	if label == "" || len(label) > longest {
		return set{}
	}
	squeezed := squeeze(label)
	if name, ok := spellings[squeezed]; ok {
		return named(name)
	}
	if n := len(squeezed) - len("1252"); n > 0 && strings.HasPrefix(squeezed[n:], "125") {
		switch squeezed[:n] {
		case "win", "windows", "cp", "ms", "ansi", "xcp", "xwindows":
			return named("windows-" + squeezed[n:])
		}
	}
	if s := named(label); s.name != "" {
		return s
	}
	return named(squeezed)
}

// named returns the set of a name.
func named(name string) set {
	switch {
	case name == "":
		return set{}
	case name == hzName:
		return set{hzName, simplifiedchinese.HZGB2312}
	case name == iso2022krName:
		return set{iso2022krName, korean.EUCKR}
	case strings.HasPrefix(name, "utf-16"), strings.HasPrefix(name, "utf-32"):
		return set{name: name}
	}
	e, err := htmlindex.Get(name)
	if err != nil {
		e, err = ianaindex.IANA.Encoding(name)
	}
	switch {
	case err != nil || e == nil || e == encoding.Replacement:
		return set{}
	case e == unicode.UTF8:
		return set{name: utf8Name}
	case e == simplifiedchinese.GBK: // and GB2312: both are part of it
		return set{gb18030Name, simplifiedchinese.GB18030}
	}
	if canonical, err := htmlindex.Name(e); err == nil {
		name = canonical
	}
	return set{name, e}
}

// names reports whether a label names the set of that name. "utf-16" names both
// orders of bytes.
func names(label, name string) bool {
	named := lookup(label).name
	return named == name || (named == "utf-16" || named == "utf-32") && strings.HasPrefix(name, named)
}

// squeeze keeps the letters and digits of a label: in spelling a name, people agree
// on those.
func squeeze(label string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, label)
}
