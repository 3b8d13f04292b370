package config

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"rightswire/internal/curate"
	"rightswire/internal/text"
)

// A decoder fills the structs of keys.go from the file's syntax tree. It reports
// what it cannot use and goes on.
type decoder struct {
	name, folder string
	src          string
	lines        []string // as they are in the file
	text         []string // what is parsed: without entries that are not YAML
	problems     []Problem
	notices      []Notice
	files        []string                // further files that the file is made of
	rules        map[string]*curate.Expr // those that compile, by what the file says
	refused      bool                    // nothing was decoded
	partial      bool                    // entries are missing, and so is what others refer to
}

func newDecoder(name, folder string, src []byte) *decoder {
	s := strings.TrimPrefix(string(src), "\ufeff")
	lines := strings.Split(s, "\n")
	parsed := slices.Clone(lines)
	for i, line := range parsed {
		line = strings.TrimSuffix(line, "\r") // the library miscounts lines that end in two characters
		// It miscounts columns after a tab. One that indents is left to it.
		words := strings.TrimLeft(line, " \t")
		parsed[i] = line[:len(line)-len(words)] + strings.ReplaceAll(words, "\t", " ")
	}
	return &decoder{name: name, folder: folder, src: s, lines: lines, text: parsed, rules: map[string]*curate.Expr{}}
}

// line returns a line of the file; lines count from 1.
func (d *decoder) line(number int) string { return d.lines[number-1] }

// A value is what the file says for one key, or the key's default.
type value[T any] struct {
	v  T
	at ast.Node // nil: the file does not say it
}

// said reports whether the file says it.
func (v value[T]) said() bool { return v.at != nil }

type (
	words   []value[string]
	numbers []value[int]
	labels  map[string]string
	codes   map[string][]string
	size    int64
)

// A field is one key of a struct of keys.go, as its tags describe it.
type field struct {
	key    string
	index  int
	format string // name of the format of its text, or of each word of a list
	preset string // default, as the file would say it; lists by commas
	lo, hi string // bounds, inclusive
	need   bool   // the file must say it
	single bool   // a list of one may be said without brackets
	blank  bool   // "" is the same as leaving the key out
	later  bool   // validated, and without effect yet
}

// fields returns the keys of a struct in its order.
func fields(t reflect.Type) []field {
	var fs []field
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		flags := strings.Split(tag.Get("flags"), ",")
		fs = append(fs, field{
			key: tag.Get("yaml"), index: i, format: cmp.Or(tag.Get("is"), "line"), preset: tag.Get("default"),
			lo: tag.Get("min"), hi: tag.Get("max"),
			need: slices.Contains(flags, "need"), single: slices.Contains(flags, "single"),
			blank: slices.Contains(flags, "blank"), later: slices.Contains(flags, "later"),
		})
	}
	return fs
}

// join extends the path by which messages name a key.
func join(path, key string) string {
	if path == "" || strings.HasSuffix(path, ": ") {
		return path + key
	}
	return path + "." + key
}

// lead is how a message about a mapping as a whole begins.
func lead(path string) string {
	if path == "" || strings.HasSuffix(path, ": ") {
		return path
	}
	return path + ": "
}

// mapping decodes a mapping into the struct that into points to; n is nil where the
// file does not say it, which leaves the defaults.
func (d *decoder) mapping(n ast.Node, path string, into any) {
	target := reflect.ValueOf(into).Elem()
	fs := fields(target.Type())
	seen := map[string]ast.Node{}
	pairs, ok := d.pairs(n, path)
	if !ok {
		return
	}
	for _, pair := range pairs {
		key, ok := d.key(pair, path)
		if !ok || d.full() {
			continue
		}
		at := d.place(pair.Key)
		i := slices.IndexFunc(fs, func(f field) bool { return f.key == key })
		switch {
		case seen[key] != nil:
			d.report(at, "", "%sduplicate key %q (first at line %d)", lead(path), key, d.place(seen[key]).line)
		case i < 0:
			d.report(at, suggestKey(key, fs), "%sunknown key %q", lead(path), key)
		default:
			d.field(d.plain(pair.Value, path), join(path, key), fs[i], target.Field(fs[i].index))
		}
		if seen[key] == nil {
			seen[key] = pair.Key
		}
	}
	for _, f := range fs {
		if seen[f.key] != nil {
			continue
		}
		if f.need {
			d.report(d.place(n), "", "%s is missing", join(path, f.key))
		}
		d.preset(path, f, target.Field(f.index))
	}
}

// pairs returns a mapping's pairs; null is an empty mapping. It is false for what is
// no mapping, with a problem.
func (d *decoder) pairs(n ast.Node, path string) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return nil, true
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	d.report(d.place(n), "", "%sexpected keys with values, found %s", lead(cmp.Or(path, "file")), describe(n))
	return nil, false
}

func (d *decoder) key(pair *ast.MappingValueNode, path string) (string, bool) {
	switch k := ast.Node(pair.Key).(type) {
	case *ast.StringNode:
		return k.Value, true
	case *ast.MergeKeyNode:
		d.report(d.place(k), "write the keys out", "%smerge keys (<<) are not supported", lead(path))
	default:
		d.report(d.place(k), "", "%sexpected a key, found %s", lead(path), describe(k))
	}
	return "", false
}

func suggestKey(key string, fs []field) string {
	var keys []string
	for _, f := range fs {
		keys = append(keys, f.key)
	}
	if near := text.Nearest(key, keys); near != "" {
		return didYouMean(near)
	}
	slices.Sort(keys)
	return "keys here: " + strings.Join(keys, ", ")
}

func didYouMean(near string) string {
	if near == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", near)
}

// plain takes anchors and tags off a value, with a problem each; nil for an alias.
func (d *decoder) plain(n ast.Node, path string) ast.Node {
	for {
		switch x := n.(type) {
		case *ast.AnchorNode:
			d.report(d.place(x), "write the value out where it is needed", "%sanchors (&) are not supported", lead(path))
			n = x.Value
		case *ast.TagNode:
			d.report(d.place(x), "remove it", "%stags (!) are not supported", lead(path))
			n = x.Value
		case *ast.AliasNode:
			d.report(d.place(x), "write the value out", "%saliases (*) are not supported: %s", lead(path), x)
			return nil
		default:
			return n
		}
	}
}

// preset gives a key that the file does not say its default.
func (d *decoder) preset(path string, f field, into reflect.Value) {
	switch v := into.Addr().Interface().(type) {
	case *value[string]:
		v.v = f.preset
	case *value[bool]:
		v.v = f.preset == "true"
	case *value[int]:
		v.v, _ = strconv.Atoi(f.preset)
	case *value[time.Duration]:
		v.v, _ = parseDuration(f.preset)
	case *value[size]:
		v.v, _ = parseSize(f.preset)
	case *words:
		for _, w := range strings.FieldsFunc(f.preset, func(r rune) bool { return r == ',' }) {
			*v = append(*v, value[string]{v: w})
		}
	case *rightsKey: // excerpt is its zero
	default:
		if into.Kind() == reflect.Struct {
			d.mapping(nil, join(path, f.key), v)
		}
	}
}

// field decodes the value of one key.
func (d *decoder) field(n ast.Node, path string, f field, into reflect.Value) {
	if n == nil { // an alias, already reported
		d.preset(path, f, into)
		return
	}
	effective := true
	switch v := into.Addr().Interface().(type) {
	case *value[string]:
		v.at = n
		d.word(n, path, f, &v.v)
		effective = v.v == f.preset
	case *value[bool]:
		v.at = n
		d.flag(n, path, &v.v)
		effective = strconv.FormatBool(v.v) == f.preset
	case *value[int]:
		v.at = n
		d.number(n, path, f, &v.v)
	case *value[time.Duration]:
		v.at = n
		d.duration(n, path, f, &v.v)
	case *value[size]:
		v.at = n
		d.size(n, path, f, &v.v)
	case *words:
		d.words(n, path, f, v)
		effective = len(*v) == 0 || len(*v) == 1 && (*v)[0].v == f.preset
	case *numbers:
		d.numbers(n, path, f, v)
	case *labels:
		d.labels(n, path, v)
	case *codes:
		d.codes(n, path, v)
		effective = len(*v) == 0
	case *rightsKey:
		d.rights(n, path, v)
	default:
		if into.Kind() == reflect.Slice {
			d.records(n, f.key, into)
			return
		}
		d.mapping(n, path, v)
	}
	if f.later && !effective {
		d.notice(d.place(n), "%s is without effect yet", path)
	}
}

// items returns a list's items; null is an empty list, and so is what is no list,
// with a problem.
func (d *decoder) items(n ast.Node, path string, single bool) []ast.Node {
	switch n := n.(type) {
	case *ast.NullNode:
		return nil
	case *ast.SequenceNode:
		return n.Values
	case *ast.StringNode, *ast.IntegerNode, *ast.LiteralNode:
		if single {
			return []ast.Node{n}
		}
	}
	hint, want := "", "a list"
	if s, ok := scalar(n); ok && s != "" && len(s) < 40 {
		hint = "write [" + s + "]"
	}
	if single {
		want = "one or a list"
	}
	d.report(d.place(n), hint, "%s: expected %s, found %s", path, want, describe(n))
	return nil
}

// records decodes a list of mappings: sources, topics, channels.
func (d *decoder) records(n ast.Node, section string, into reflect.Value) {
	for i, item := range d.items(n, section, false) {
		path := fmt.Sprintf("%s %d: ", strings.TrimSuffix(section, "s"), i+1)
		if item = d.plain(item, path); item == nil {
			continue
		}
		if _, null := item.(*ast.NullNode); null {
			d.report(d.place(item), "remove the dash", "%sis empty", path)
			continue
		}
		if id := d.peekID(item); id != "" {
			path = fmt.Sprintf("%s %q: ", strings.TrimSuffix(section, "s"), id)
		}
		record := reflect.New(into.Type().Elem())
		d.mapping(item, path, record.Interface())
		into.Set(reflect.Append(into, record.Elem()))
	}
}

// peekID returns the id of a record, for messages about the rest of it.
func (d *decoder) peekID(n ast.Node) string {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		return ""
	}
	for _, pair := range m.Values {
		key, isText := ast.Node(pair.Key).(*ast.StringNode)
		id, _ := pair.Value.(*ast.StringNode)
		if isText && key.Value == "id" && id != nil && len(id.Value) <= 64 {
			return id.Value
		}
	}
	return ""
}
