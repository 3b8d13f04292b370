package curate

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"rightswire/internal/text"
)

// Bounds of an expression.
const (
	maxSource = 2 << 10 // bytes
	maxNodes  = 500
	// memory is how many elements of lists one evaluation may make.
	memory = 100_000
)

// builtins are the functions there are. None makes a text longer, asks the clock
// or answers differently tomorrow.
var builtins = []string{"all", "any", "count", "date", "filter", "len", "lower", "map", "none", "one", "trim", "upper"}

// An Expr is a compiled expression over an item: a rule of feeds.yaml. It may be
// used by several goroutines.
type Expr struct {
	program  *vm.Program
	needs    needs
	mentions []Mention
}

// An ExprError says what is wrong with an expression, where, and, for a near miss,
// what was probably meant.
type ExprError struct {
	Offset int // bytes from the start of the expression
	Msg    string
	Hint   string // such as `did you mean "title"?`, or ""
}

// Error returns the message with its hint, without the place.
func (e *ExprError) Error() string {
	if e.Hint == "" {
		return e.Msg
	}
	return e.Msg + " (" + e.Hint + ")"
}

// A Mention is a literal that an expression compares one of the names of a closed
// list with: the topics, the countries or the source. Whoever knows those lists
// can tell a misspelt one, which would never match.
type Mention struct {
	Name   string // "topics", "countries" or "source"
	Value  string
	Offset int // bytes from the start of the expression
}

// Compile compiles an expression over title, text, url, host, source, org, kind,
// language, authors, categories, countries, topics, stories and published, which
// must be true or false. A failure is an *ExprError. An expression has 2 KB and
// 500 nodes at most; it cannot join texts, make ranges, nest lists more than two
// deep or ask the clock; its regular expressions (RE2) are literals, of bounded
// size, and compiled here.
func Compile(src string) (e *Expr, err error) {
	defer func() {
		if r := recover(); r != nil { // the library folds constants without a net: "1 % 0"
			e, err = nil, &ExprError{Msg: fmt.Sprintf("cannot be compiled: %v", r)}
		}
	}()
	if err := acceptable(src); err != nil {
		return nil, err
	}
	guard := &guard{src: src, settled: map[*ast.BinaryNode]bool{}}
	program, err := expr.Compile(src, options(guard)...)
	if problem := guard.verdict(err); problem != nil {
		return nil, problem
	}
	return &Expr{program: program, needs: guard.needs, mentions: guard.mentions}, nil
}

func acceptable(src string) error {
	switch {
	case strings.TrimSpace(src) == "":
		return &ExprError{Msg: "expression is empty"}
	case len(src) > maxSource:
		return &ExprError{Offset: maxSource, Msg: fmt.Sprintf("expression is longer than %d bytes", maxSource)}
	case !utf8.ValidString(src):
		return &ExprError{Msg: "expression is not valid UTF-8"}
	}
	return nil
}

func options(g *guard) []expr.Option {
	opts := []expr.Option{
		expr.Env(&env{}), expr.AsBool(), expr.WarnOnAny(), expr.MaxNodes(maxNodes),
		expr.DisableAllBuiltins(), expr.Patch(g), expr.Patch(lazyText{}),
	}
	for _, name := range builtins {
		opts = append(opts, expr.EnableBuiltin(name))
	}
	return opts
}

// NeedsText reports whether Match may ask for the item's text.
func (e *Expr) NeedsText() bool { return e.needs.text }

// Mentions returns the topics, countries and sources the expression names.
func (e *Expr) Mentions() []Mention { return e.mentions }

// Match evaluates the expression.
func (e *Expr) Match(f Facts) (bool, error) {
	machine := vm.VM{MemoryBudget: memory}
	out, err := machine.Run(e.program, e.needs.env(&f))
	if err != nil {
		return false, fmt.Errorf("evaluate: %w", plain(err))
	}
	return out == true, nil
}

// plain takes the excerpt of the source off the library's errors, which span
// lines.
func plain(err error) error {
	located, ok := errors.AsType[*file.Error](err)
	switch {
	case !ok:
		return err
	case located.Prev != nil:
		return located.Prev
	}
	return errors.New(located.Message)
}

// diagnose makes an ExprError of what the library says.
func diagnose(src string, err error) *ExprError {
	located, ok := errors.AsType[*file.Error](err)
	if !ok {
		got := strings.TrimPrefix(err.Error(), "expected bool, but got ")
		return &ExprError{Msg: "an expression has to be true or false, not " + speak(got)}
	}
	e := &ExprError{Offset: byteOffset(src, located.From), Msg: speak(located.Message)}
	if name, ok := strings.CutPrefix(located.Message, "unknown name "); ok {
		e.Msg = fmt.Sprintf("unknown name %q", name)
		e.Hint = suggest(name)
	}
	return e
}

// byteOffset turns the library's count of characters into one of bytes.
func byteOffset(src string, runes int) int {
	for i := range src {
		if runes == 0 {
			return i
		}
		runes--
	}
	return len(src)
}

var speech = strings.NewReplacer("[]string", "list of texts", "[]interface {}", "list",
	"time.Time", "date", "interface {}", "unknown", "compilation failed: ", "")

// speak puts the library's words for types into an operator's.
func speak(msg string) string { return speech.Replace(msg) }

func didYouMean(name string) string { return fmt.Sprintf("did you mean %q?", name) }

// suggest is the hint for a name there is not.
func suggest(name string) string {
	switch strings.ToLower(name) {
	case "now", "today", "age", "time":
		return "a rule cannot ask the clock"
	case "body", "content", "summary", "description", "html":
		return didYouMean("text")
	case "country":
		return didYouMean("countries")
	case "topic":
		return didYouMean("topics")
	case "story":
		return didYouMean("stories")
	case "category", "tags", "tag", "keywords":
		return didYouMean("categories")
	case "link", "href":
		return didYouMean("url")
	case "find", "findlast", "some", "exists":
		return didYouMean("any")
	case "domain", "site":
		return didYouMean("host")
	case "lang":
		return didYouMean("language")
	case "feed":
		return didYouMean("source")
	case "updated", "pubdate":
		return didYouMean("published")
	}
	if near := text.Nearest(name, append(names(), builtins...)); near != "" {
		return didYouMean(near)
	}
	return ""
}
