package config

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a file, kept before the YAML library sees it: it needs a second for
// 20,000 brackets, and for 2,000 blank lines in a block or 10,000 keys in a mapping
// more time than anybody waits, since its work grows with their square.
const (
	maxBytes = 4 << 20
	maxLines = 200_000
	maxLine  = 100_000 // bytes
	maxBlank = 100     // blank lines in a row
	maxNotes = 10_000  // lines in a row that are comments alone
	maxDepth = 32      // lists and mappings inside each other; the schema needs 6
	maxKeys  = 500     // of one mapping
	maxMarks = 600_000 // of what ends a word; 12,000 sources have half of it
	// maxBroken is how many entries that are not YAML are told of at once.
	maxBroken = 10
)

// parse returns the file's one document, nil where there is none to decode. Where
// an entry is not YAML, that is a problem, and the document is what remains without
// it, so that the other problems are found too.
func (d *decoder) parse() ast.Node {
	if !d.acceptable() {
		d.refused = true
		return nil
	}
	for range maxBroken {
		tokens := d.tokens()
		if tokens == nil {
			break
		}
		file, err := parseTokens(tokens)
		if err == nil {
			return d.body(file)
		}
		if !d.mend(err) {
			break
		}
	}
	d.refused = true
	if d.partial { // what follows from the first error would only confuse
		d.problems = d.problems[:1]
	}
	return nil
}

// parseTokens calls the library's parser with a net: it is not made for hostile
// input.
func parseTokens(tokens token.Tokens) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			file, err = nil, fmt.Errorf("the YAML parser gave up: %v", r)
		}
	}()
	// Duplicate keys are found by the decoder, all of them.
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// acceptable refuses what is no text, or too long.
func (d *decoder) acceptable() bool {
	switch {
	case len(d.src) > maxBytes:
		d.report(place{}, "", "file is larger than %d MB", maxBytes>>20)
	case len(d.lines) > maxLines:
		d.report(place{}, "", "file has more than %d lines", maxLines)
	case marks(d.src) > maxMarks:
		d.report(place{}, "", "file has more than %d commas, colons, dashes and brackets", maxMarks)
	case strings.TrimSpace(d.src) == "":
		d.report(place{}, starter, "file is empty")
	}
	blank, notes := 0, 0
	for i, line := range d.lines {
		if len(d.problems) >= maxBroken {
			break
		}
		d.characters(i+1, line)
		words := strings.TrimSpace(line)
		if blank++; words != "" {
			blank = 0
		}
		if notes++; !strings.HasPrefix(words, "#") {
			notes = 0
		}
		at := place{i + 1, 1}
		switch {
		case len(line) > maxLine:
			d.report(at, "", "line is longer than %d bytes", maxLine)
		case blank == maxBlank+1:
			d.report(at, "", "more than %d blank lines in a row", maxBlank)
		case notes == maxNotes+1:
			d.report(at, "", "more than %d lines of comments in a row", maxNotes)
		}
	}
	return len(d.problems) == 0
}

// marks counts what makes tokens of a text.
func marks(s string) int {
	n := 0
	for i := range len(s) {
		switch s[i] {
		case ',', ':', '-', '[', ']', '{', '}', '?', '&', '*', '!', '|', '>', '"', '\'':
			n++
		}
	}
	return n
}

// characters finds the first character of a line that YAML or a reader has no use
// for.
func (d *decoder) characters(number int, line string) {
	line = strings.TrimSuffix(line, "\r")
	column := 0
	for i, r := range line {
		column++
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(line[i:], string(utf8.RuneError)):
			d.report(place{number, column}, "save the file as UTF-8", "byte 0x%02x is not UTF-8", line[i])
		case r < ' ' && r != '\t', r >= 0x7f && r < 0xa0, r == '\u2028', r == '\u2029', r == '\ufeff':
			d.report(place{number, column}, "", "character U+%04X is not allowed", r)
		default:
			continue
		}
		return
	}
}

// tokens returns the tokens of the first document, nil where the file is built in a
// way that the parser must not see.
func (d *decoder) tokens() token.Tokens {
	tokens := d.scan()
	empty := false
	for _, t := range tokens {
		empty = d.emptyItem(t) || empty
	}
	if empty {
		return d.scan()
	}
	return tokens
}

func (d *decoder) scan() token.Tokens {
	var s scanner.Scanner
	s.Init(strings.Join(d.text, "\n"))
	tokens := token.Tokens{}
	var inside nesting
	for {
		more, err := s.Scan()
		if errors.Is(err, io.EOF) {
			return tokens
		}
		for _, t := range more {
			if t.Type == token.DirectiveType && !content(tokens) {
				d.report(tokenPlace(t), "remove it", "YAML directives are not supported")
				d.text[t.Position.Line-1] = "#"
				return d.scan()
			}
			if t.Type == token.DocumentHeaderType && content(tokens) {
				d.report(tokenPlace(t), "one file is one document", "a second YAML document starts here")
				return tokens
			}
			tokens.Add(t)
			if msg := inside.add(t); msg != "" {
				d.report(tokenPlace(t), "", "%s", msg)
				return nil
			}
		}
	}
}

// emptyItem reports a dash with nothing after it, and takes it out: the parser
// would let the item have the keys that follow below, whatever their column.
func (d *decoder) emptyItem(t *token.Token) bool {
	next := t.Next
	for next != nil && next.Type == token.CommentType {
		next = next.Next
	}
	if t.Type != token.SequenceEntryType || next == nil || next.Type == token.DocumentHeaderType ||
		next.Position.Line == t.Position.Line || next.Position.Column > t.Position.Column {
		return false
	}
	at := tokenPlace(t)
	line, _, _ := strings.Cut(d.line(at.line), " #")
	if strings.TrimSpace(line) != "-" {
		return false
	}
	d.report(at, "remove the dash", "list item is empty")
	d.text[at.line-1] = "#"
	return true
}

// content reports whether a document has begun.
func content(tokens token.Tokens) bool {
	for _, t := range tokens {
		if t.Type != token.CommentType {
			return true
		}
	}
	return false
}

func tokenPlace(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{}
	}
	return place{t.Position.Line, max(1, t.Position.Column)}
}

// nesting counts how deep the tokens so far are inside lists and mappings, and how
// many keys the mappings of block style have.
type nesting struct {
	flow   int
	blocks []block
}

type block struct {
	column, keys int
	list         bool
}

// add follows one token, and says what is too much.
func (n *nesting) add(t *token.Token) string {
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		n.flow++
	case token.SequenceEndType, token.MappingEndType:
		n.flow = max(0, n.flow-1)
	case token.SequenceEntryType, token.MappingKeyType:
		n.open(t.Position.Column, true)
	case token.MappingValueType:
		if key := t.Prev; n.flow == 0 && key != nil {
			n.open(key.Position.Column, false)
		}
	}
	switch {
	case n.flow+len(n.blocks) > maxDepth:
		return fmt.Sprintf("lists and mappings are nested more than %d deep", maxDepth)
	case len(n.blocks) > 0 && n.blocks[len(n.blocks)-1].keys > maxKeys:
		return fmt.Sprintf("mapping has more than %d keys", maxKeys)
	}
	return ""
}

// open notes an entry at a column: of the block there, or of a new one.
func (n *nesting) open(column int, list bool) {
	for len(n.blocks) > 0 {
		top := n.blocks[len(n.blocks)-1]
		// A list may stand at the column of the key it belongs to.
		if top.column < column || top.column == column && (top.list == list || list) {
			break
		}
		n.blocks = n.blocks[:len(n.blocks)-1]
	}
	if len(n.blocks) == 0 || n.blocks[len(n.blocks)-1].column < column || n.blocks[len(n.blocks)-1].list != list {
		n.blocks = append(n.blocks, block{column: column, list: list})
	}
	if !list {
		n.blocks[len(n.blocks)-1].keys++
	}
}

// body returns the one document there should be.
func (d *decoder) body(file *ast.File) ast.Node {
	for _, doc := range file.Docs {
		if doc.Body != nil {
			return doc.Body
		}
	}
	if len(d.problems) == 0 {
		d.report(place{}, starter, "file is empty")
	}
	d.refused = true
	return nil
}
