package text

import (
	"strings"

	"golang.org/x/text/language"
)

// maxTag is the longest language tag that is looked at, in bytes.
const maxTag = 64

// Language returns tag as a canonical BCP 47 tag ("en_GB" is "en-GB", "iw" is
// "he"); subtags that are no registered ones are dropped. It is "" where no
// language is left, as for "und".
func Language(tag string) string {
	tag = strings.TrimSpace(tag)
	if tag == "" || len(tag) > maxTag {
		return ""
	}
	t, err := language.Parse(tag)
	if err != nil {
		// Well-formed with an unknown part: parse again what is known of it.
		if _, unknown := err.(language.ValueError); !unknown {
			return ""
		}
		if t, err = language.Parse(t.String()); err != nil {
			return ""
		}
	}
	if base, _ := t.Base(); base.String() == "und" || strings.HasPrefix(t.String(), "und") {
		return ""
	}
	return t.String()
}

// Direction returns "rtl" for a language written from right to left, else "ltr".
// A script in the tag decides ("ku-Arab", "az-Cyrl"); it need not be canonical.
func Direction(tag string) string {
	subtags := strings.FieldsFunc(strings.ToLower(tag), func(r rune) bool { return r == '-' || r == '_' })
	if len(subtags) == 0 {
		return "ltr"
	}
	for _, sub := range subtags[1:] {
		switch sub {
		case "arab", "hebr", "thaa", "syrc", "nkoo", "adlm", "rohg", "aran":
			return "rtl"
		}
		if len(sub) == 4 && (sub[0] < '0' || sub[0] > '9') {
			return "ltr" // some other script
		}
		if len(sub) == 1 {
			break // an extension
		}
	}
	switch subtags[0] {
	case "ar", "arc", "arz", "azb", "bal", "ckb", "dv", "fa", "glk", "he", "iw", "ji", "ks", "lrc", "mzn", "nqo",
		"pnb", "prs", "ps", "sd", "skr", "syr", "ug", "ur", "yi":
		return "rtl"
	}
	return "ltr"
}
