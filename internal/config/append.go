package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"rightswire/internal/link"
	"rightswire/internal/news"
)

// Taken is the error of a draft whose id or address a source has already.
type Taken struct {
	Draft  string // the id of the draft
	Key    string // "id" or "url"
	Source string // the id of the source that has it, or of a draft before
}

// Error names both; the address stays unsaid.
func (e *Taken) Error() string {
	if e.Key == "id" {
		return fmt.Sprintf("source %q: the id is that of source %q", e.Draft, e.Source)
	}
	return fmt.Sprintf("source %q: url: same feed as source %q", e.Draft, e.Source)
}

// errChanged is for a file that somebody saved while it was added to.
var errChanged = errors.New("the file was changed meanwhile: try again")

// Append adds drafts to the sources of the file at path, behind the last one and in
// its style, in braces or a key a line. Every other line stays as it is, but for a
// "sources: []", which loses its brackets. The file is replaced at once, and only
// where what came out is valid, has every source it had, unchanged, and the drafts.
//
// The error is an *Invalid where the file is not valid before or would not be after,
// and a *Taken where an id or address is a source's already.
func Append(path string, drafts []Draft) error {
	old, err := load(path)
	if err != nil {
		return err
	}
	added, err := extend(path, old, drafts)
	if err != nil || len(drafts) == 0 {
		return err
	}
	if err := replace(path, old, added); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// extend returns the bytes of a file with drafts added, which it has checked.
func extend(name string, src []byte, drafts []Draft) ([]byte, error) {
	before, err := Parse(name, src)
	if err != nil {
		return nil, err
	}
	cleaned := make([]Draft, len(drafts))
	for i, d := range drafts {
		cleaned[i] = d.clean()
	}
	if err := vacant(before.Sources, cleaned); err != nil {
		return nil, err
	}
	added, err := insert(name, src, cleaned)
	if err != nil {
		return nil, fmt.Errorf("add sources to %s: %w", name, err)
	}
	after, err := Parse(name, added)
	if err != nil {
		return nil, fmt.Errorf("add sources to %s: %w", name, err)
	}
	if err := compare(before, after, cleaned); err != nil {
		return nil, fmt.Errorf("add sources to %s: %w", name, err)
	}
	return added, nil
}

// vacant reports a draft whose id or address is taken.
func vacant(sources []news.Source, drafts []Draft) error {
	ids, urls := map[string]string{}, map[string]string{}
	for _, s := range sources {
		ids[string(s.ID)], urls[link.Key(s.URL)] = string(s.ID), string(s.ID)
		for _, former := range s.Formerly {
			ids[string(former)] = string(s.ID)
		}
	}
	for _, d := range drafts {
		key := link.Key(d.URL)
		if ids[d.ID] != "" {
			return &Taken{Draft: d.ID, Key: "id", Source: ids[d.ID]}
		}
		if urls[key] != "" {
			return &Taken{Draft: d.ID, Key: "url", Source: urls[key]}
		}
		ids[d.ID], urls[key] = d.ID, d.ID
	}
	return nil
}

// A spot is where in a file sources can be added, and how they are written there.
type spot struct {
	line   int    // of the file, from 0, before which they go
	indent string // of the dashes
	flow   bool   // in braces, one a line
	spaced bool   // with a blank line before each
	head   []string
}

// insert returns the bytes of a valid file with drafts added.
func insert(name string, src []byte, drafts []Draft) ([]byte, error) {
	d := newDecoder(name, filepath.Dir(name), src)
	at, err := d.spot()
	if err != nil {
		return nil, err
	}
	end := ""
	if strings.HasSuffix(d.lines[0], "\r") {
		end = "\r"
	}
	added := at.head
	for _, draft := range drafts {
		if at.spaced {
			added = append(added, "")
		}
		for _, line := range draft.lines(at.flow) {
			added = append(added, at.indent+line)
		}
	}
	for i := range added {
		added[i] += end
	}
	if at.line == len(d.lines) { // the last line has no end
		d.lines[at.line-1] += end
		added = append(added, "")
	}
	all := strings.Join(slices.Insert(d.lines, at.line, added...), "\n")
	if bytes.HasPrefix(src, []byte("\ufeff")) {
		all = "\ufeff" + all
	}
	return []byte(all), nil
}

// spot finds where sources go. Where brackets or a null stand for none, it takes
// them out of the lines.
func (d *decoder) spot() (*spot, error) {
	root, ok := d.parse().(*ast.MappingNode)
	if !ok || root.IsFlowStyle || len(root.Values) == 0 {
		return nil, errors.New("the file is written in braces: add them by hand")
	}
	margin := d.place(root.Values[0].Key).column - 1
	limit, notes := d.remarks()
	i := slices.IndexFunc(root.Values, func(pair *ast.MappingValueNode) bool {
		key, _ := d.key(pair, "")
		return key == "sources"
	})
	if i < 0 {
		at := &spot{line: limit, indent: strings.Repeat(" ", margin+2), head: []string{strings.Repeat(" ", margin) + "sources:"}}
		if strings.TrimSpace(d.lines[limit-1]) != "" {
			at.head = slices.Insert(at.head, 0, "")
		}
		return at, nil
	}
	if i+1 < len(root.Values) {
		limit = d.place(root.Values[i+1].Key).line - 1
	}
	key := d.place(root.Values[i].Key)
	list, ok := root.Values[i].Value.(*ast.SequenceNode)
	if ok && len(list.Values) > 0 {
		return d.behind(list, limit, notes)
	}
	if err := d.unsay(root.Values[i].Value); err != nil {
		return nil, err
	}
	at := &spot{line: key.line, indent: strings.Repeat(" ", margin+2)}
	at.line = notes.own(at.line, limit, margin)
	return at, nil
}

// behind finds the spot behind the last entry of a list and the comments below it
// that are indented as its keys are.
func (d *decoder) behind(list *ast.SequenceNode, limit int, notes remarks) (*spot, error) {
	if list.IsFlowStyle {
		return nil, errors.New("sources are written in brackets: put each on a line with a dash, or add them by hand")
	}
	last := list.Values[len(list.Values)-1]
	first, column := d.place(last).line, tokenPlace(list.Start).column
	at := &spot{line: limit, indent: strings.Repeat(" ", column-1)}
	for at.line > first && (notes[at.line-1] > 0 || strings.TrimSpace(d.lines[at.line-1]) == "") {
		at.line--
	}
	at.line = notes.own(at.line, limit, column-1)
	if m, ok := last.(*ast.MappingNode); ok {
		at.flow = m.IsFlowStyle
	}
	at.spaced = !at.flow && len(list.Values) > 1 && strings.TrimSpace(d.lines[first-2]) == ""
	return at, nil
}

// unsay takes a value that says that there is none out of its line.
func (d *decoder) unsay(n ast.Node) error {
	from, length := d.place(n), 0
	switch n := n.(type) {
	case *ast.NullNode:
		if n.Token.Type == token.ImplicitNullType {
			return nil
		}
		length = len(n.Token.Value)
	case *ast.SequenceNode:
		end := tokenPlace(n.End)
		if end.line != from.line {
			return errors.New("sources are written in brackets over several lines: take these away")
		}
		length = end.column + 1 - from.column
	}
	runes := []rune(d.line(from.line))
	before := strings.TrimRight(string(runes[:from.column-1]), " \t")
	d.lines[from.line-1] = before + string(runes[from.column-1+length:])
	return nil
}

// remarks are the lines that are comments alone, from 0, with the column of each.
type remarks map[int]int

// own returns the line behind comments that begin at a line and stand further right
// than a margin.
func (r remarks) own(line, limit, margin int) int {
	for line < limit && r[line] > margin+1 {
		line++
	}
	return line
}

// remarks returns the comments, and the line before which the document ends.
func (d *decoder) remarks() (limit int, notes remarks) {
	limit, notes = len(d.lines), remarks{}
	if d.lines[limit-1] == "" {
		limit--
	}
	for _, t := range d.scan() {
		at := tokenPlace(t)
		switch t.Type {
		case token.CommentType:
			if line := d.line(at.line); strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") {
				notes[at.line-1] = at.column
			}
		case token.DocumentEndType:
			limit = min(limit, at.line-1)
		}
	}
	return limit, notes
}

// compare reports what else than the drafts is new in a file.
func compare(before, after *Config, drafts []Draft) error {
	known := len(before.Sources)
	if len(after.Sources) != known+len(drafts) {
		return fmt.Errorf("%d sources would become %d: add them by hand", known, len(after.Sources))
	}
	for i, s := range after.Sources[:known] {
		if !reflect.DeepEqual(s, before.Sources[i]) {
			return fmt.Errorf("source %q would become another: add them by hand", before.Sources[i].ID)
		}
	}
	for i, d := range drafts {
		s := after.Sources[known+i]
		title := d.Title
		if title == "" {
			title = d.ID
		}
		got := Draft{string(s.ID), s.Title, s.URL, s.Language, s.Kind, s.Countries, s.Poll, d.Comment}
		if d.Title = title; !reflect.DeepEqual(got, d) {
			return fmt.Errorf("source %q would be read as %+v", d.ID, got)
		}
	}
	if !reflect.DeepEqual(before.apart(), after.apart()) {
		return errors.New("other settings would change: add them by hand")
	}
	return nil
}

// apart returns what the file says beside its sources and topics.
func (c Config) apart() Config {
	c.Sources, c.Vocabulary, c.Rules, c.Notices = nil, nil, nil, nil
	return c
}

// replace gives the file at path other bytes, in one step, and keeps its mode and
// owner. A link stays one. It gives up where the file is no longer the old one.
func replace(path string, old, new []byte) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(target)
	if err != nil {
		return err
	}
	folder := filepath.Dir(target)
	temp, err := os.CreateTemp(folder, "."+filepath.Base(target)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // which it has no more when all went well
	_, err = temp.Write(new)
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		err = errors.Join(err, temp.Chown(int(owner.Uid), int(owner.Gid)))
	}
	if err := errors.Join(err, temp.Chmod(info.Mode().Perm()), temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if now, err := read(target, maxBytes); err != nil || !bytes.Equal(now, old) {
		return errors.Join(err, errChanged)
	}
	if err := os.Rename(temp.Name(), target); err != nil {
		return err
	}
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close()) // makes the name durable
}
