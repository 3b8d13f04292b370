package config

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"rightswire/internal/text"
)

// describe names a node for a reader: what was found instead.
func describe(n ast.Node) string {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys with values"
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingKeyNode:
		return "a question mark"
	case *ast.BoolNode:
		return strconv.FormatBool(n.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		s, _ := scalar(n)
		return "the number " + s
	}
	if s, ok := scalar(n); ok {
		return "the text " + quote(s)
	}
	return "a " + strings.ToLower(n.Type().String())
}

// scalar returns a scalar as the file spells it.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// quote shows a text of the file, shortened and without secrets.
func quote(s string) string {
	s, _ = conceal(s, 0) // before it is cut, which may hide that it has one
	if short, cut := text.Truncate(s, 60); cut {
		return strconv.Quote(short + "…")
	}
	return strconv.Quote(s)
}

// word decodes a text in one of the formats. What is wrong leaves the zero value.
func (d *decoder) word(n ast.Node, path string, f field, into *string) {
	form := formats[f.format]
	s, ok := "", false
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		s, ok = scalar(n)
	case *ast.BoolNode:
		if s, ok = scalar(n); ok {
			s, ok = strings.ToLower(s), form.bools
		}
	}
	switch {
	case !ok:
		hint := ""
		if _, simple := scalar(n); simple && !form.bools {
			hint = "put it in quotes"
		}
		d.report(d.place(n), hint, "%s: expected text, found %s", path, describe(n))
	case s == "" && f.blank:
		*into = ""
	case strings.TrimSpace(s) == "":
		hint := "leave the key out for its default"
		if f.need {
			hint = ""
		}
		d.report(d.place(n), hint, "%s is empty", path)
	default:
		got, wrong := form.read(d, s)
		if wrong != nil {
			at := d.within(n, wrong.offset)
			if wrong.hint == "" && f.format == "rule" && d.commented(n, at) {
				wrong.hint = "in YAML a # after a blank starts a comment: put the expression in quotes"
			}
			d.report(at, wrong.hint, "%s: %s", path, wrong.msg)
			return
		}
		*into = got
	}
}

// commented reports whether a comment follows a scalar without quotes at a place.
func (d *decoder) commented(n ast.Node, at place) bool {
	_, plain := n.(*ast.StringNode)
	if !plain || n.GetToken().Type != token.StringType || at.line < 1 {
		return false
	}
	runes := []rune(d.line(at.line))
	return strings.Contains(string(runes[min(at.column-1, len(runes)):]), " #")
}

func (d *decoder) flag(n ast.Node, path string, into *bool) {
	if b, ok := n.(*ast.BoolNode); ok {
		*into = b.Value
		return
	}
	d.report(d.place(n), "write true or false, without quotes", "%s: expected true or false, found %s", path, describe(n))
}

func (d *decoder) number(n ast.Node, path string, f field, into *int) {
	i, ok := n.(*ast.IntegerNode)
	if !ok {
		d.report(d.place(n), "", "%s: expected a number, found %s", path, describe(n))
		return
	}
	v, err := strconv.ParseInt(fmt.Sprint(i.Value), 10, 64)
	lo, _ := strconv.ParseInt(f.lo, 10, 64)
	hi := int64(math.MaxInt32)
	if f.hi != "" {
		hi, _ = strconv.ParseInt(f.hi, 10, 64)
	}
	switch {
	case err != nil || v > hi:
		d.report(d.place(n), "", "%s: %v is more than %d", path, i.Value, hi)
	case v < lo:
		d.report(d.place(n), "", "%s: %d is less than %d", path, v, lo)
	default:
		*into = int(v)
	}
}

var (
	days  = regexp.MustCompile(`^([0-9]{1,6}(?:\.[0-9]{1,6})?)d(.*)$`)
	sizes = regexp.MustCompile(`^([0-9]{1,15}(?:\.[0-9]{1,6})?)(B|kB|KB|MB|GB|KiB|MiB|GiB)$`)
	bare  = regexp.MustCompile(`^[0-9]+$`)
)

// parseDuration reads a duration as Go writes it, which may begin with days of 24
// hours: "36h", "1d12h", "365d".
func parseDuration(s string) (time.Duration, error) {
	var long time.Duration
	if m := days.FindStringSubmatch(s); m != nil {
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil || n > math.MaxInt64/float64(24*time.Hour) {
			return 0, errors.New("too long")
		}
		if long, s = time.Duration(n*float64(24*time.Hour)), m[2]; s == "" {
			return long, nil
		}
	}
	rest, err := time.ParseDuration(s)
	if err != nil || rest < 0 && long > 0 || long+rest < long && rest > 0 {
		return 0, errors.New("no duration")
	}
	return long + rest, nil
}

const durationHint = "write it like 90s, 30m, 12h or 7d"

func (d *decoder) duration(n ast.Node, path string, f field, into *time.Duration) {
	s, ok := scalar(n)
	if !ok {
		d.report(d.place(n), durationHint, "%s: expected a duration, found %s", path, describe(n))
		return
	}
	v, err := parseDuration(s)
	if err != nil {
		hint := durationHint
		if bare.MatchString(s) {
			hint = fmt.Sprintf("a duration has a unit: %ss, %sm, %sh or %sd", s, s, s, s)
		}
		d.report(d.place(n), hint, "%s: %s is no duration", path, quote(s))
		return
	}
	lo, _ := parseDuration(f.lo)
	hi, _ := parseDuration(f.hi)
	switch {
	case v < lo:
		d.report(d.place(n), "", "%s: %s is shorter than %s", path, s, cmp.Or(f.lo, "0s"))
	case hi > 0 && v > hi:
		d.report(d.place(n), "", "%s: %s is longer than %s", path, s, f.hi)
	default:
		*into = v
	}
}

// parseSize reads a number of bytes: 64MB is 64,000,000, 64MiB is 64 × 2^20.
func parseSize(s string) (size, error) {
	m := sizes.FindStringSubmatch(s)
	if m == nil {
		return 0, errors.New("no size")
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, err
	}
	unit := map[string]float64{
		"B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
	}[m[2]]
	if n *= unit; n > 1<<50 {
		return 0, errors.New("too large")
	}
	return size(n), nil
}

func (d *decoder) size(n ast.Node, path string, f field, into *size) {
	s, ok := scalar(n)
	if !ok {
		d.report(d.place(n), "", "%s: expected a size, found %s", path, describe(n))
		return
	}
	if bare.MatchString(s) {
		s += "B"
	}
	v, err := parseSize(s)
	if err != nil {
		d.report(d.place(n), "write it like 500KB, 64MB or 64MiB", "%s: %s is no size", path, quote(s))
		return
	}
	lo, _ := parseSize(f.lo)
	hi, _ := parseSize(f.hi)
	switch {
	case v < lo:
		d.report(d.place(n), "", "%s: %s is less than %s", path, s, f.lo)
	case hi > 0 && v > hi:
		d.report(d.place(n), "", "%s: %s is more than %s", path, s, f.hi)
	default:
		*into = v
	}
}

// words decodes a list of texts. One said twice is a problem.
func (d *decoder) words(n ast.Node, path string, f field, into *words) {
	listed := map[string]bool{}
	for _, item := range d.items(n, path, f.single) {
		if item = d.plain(item, path); item == nil || d.full() {
			continue
		}
		w := value[string]{at: item}
		d.word(item, path, f, &w.v)
		switch {
		case w.v == "":
		case listed[w.v]:
			d.report(d.place(item), "", "%s: %s is listed twice", path, quote(w.v))
		default:
			listed[w.v] = true
			*into = append(*into, w)
		}
	}
}

func (d *decoder) numbers(n ast.Node, path string, f field, into *numbers) {
	for _, item := range d.items(n, path, f.single) {
		if item = d.plain(item, path); item == nil {
			continue
		}
		v := value[int]{at: item}
		if d.number(item, path, f, &v.v); v.v != 0 {
			*into = append(*into, v)
		}
	}
}

// labels decodes a mapping of language tags to texts.
func (d *decoder) labels(n ast.Node, path string, into *labels) {
	*into = labels{}
	pairs, _ := d.pairs(n, path)
	for _, pair := range pairs {
		key, ok := d.key(pair, path)
		if !ok {
			continue
		}
		lang := text.Language(key)
		if _, twice := (*into)[lang]; twice {
			d.report(d.place(pair.Key), "", "%s: duplicate key %q", path, key)
			continue
		}
		if lang == "" {
			d.report(d.place(pair.Key), languageHint, "%s: %s is no language tag", path, quote(key))
			continue
		}
		var label string
		if v := d.plain(pair.Value, path); v != nil {
			d.word(v, join(path, key), field{format: "line"}, &label)
		}
		(*into)[lang] = label
	}
}

// codes decodes a mapping of vocabularies to one or more of their codes.
func (d *decoder) codes(n ast.Node, path string, into *codes) {
	*into = codes{}
	pairs, _ := d.pairs(n, path)
	for _, pair := range pairs {
		key, ok := d.key(pair, path)
		if !ok {
			continue
		}
		if _, twice := (*into)[key]; twice {
			d.report(d.place(pair.Key), "", "%s: duplicate key %q", path, key)
			continue
		}
		(*into)[key] = nil
		for _, item := range d.items(cmp.Or(d.plain(pair.Value, path), ast.Node(&ast.NullNode{})), join(path, key), true) {
			if s, ok := scalar(item); ok && s != "" {
				(*into)[key] = append((*into)[key], s)
				continue
			}
			d.report(d.place(item), "", "%s: expected a code, found %s", join(path, key), describe(item))
		}
	}
}

// rights decodes "excerpt" or {full: statement}.
func (d *decoder) rights(n ast.Node, path string, into *rightsKey) {
	const hint = `write excerpt, or {full: "CC BY 4.0, stated at https://…"}`
	switch n := n.(type) {
	case *ast.MappingNode:
		d.mapping(n, path, into)
	case *ast.StringNode:
		if n.Value != "excerpt" {
			d.report(d.place(n), hint, "%s: %s is not known", path, quote(n.Value))
		}
	default:
		d.report(d.place(n), hint, "%s: expected excerpt or {full: …}, found %s", path, describe(n))
	}
}
