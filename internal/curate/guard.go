package curate

import (
	"cmp"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"

	"rightswire/internal/news"
	"rightswire/internal/text"
)

// maxRepeats bounds the steps that counted repetitions ("x{900}") add to a regular
// expression beyond those it spells out: matching may take their product with the
// length of the text.
const maxRepeats = 500

// A guard visits a parsed expression, children first, refuses what the library
// would allow, and notes what the expression uses.
type guard struct {
	src      string
	problem  *ExprError // the first
	needs    needs
	mentions []Mention
	settled  map[*ast.BinaryNode]bool // comparisons whose "#" is known
}

// verdict chooses between the guard's finding and the library's error. A name
// that does not exist comes first: what else is wrong often follows from it.
func (g *guard) verdict(err error) error {
	if err != nil {
		if e := diagnose(g.src, err); g.problem == nil || strings.HasPrefix(e.Msg, "unknown name") {
			return e
		}
	}
	if g.problem != nil {
		return g.problem
	}
	return nil
}

func (g *guard) refuse(n ast.Node, hint, format string, args ...any) {
	if g.problem == nil {
		g.problem = &ExprError{Offset: byteOffset(g.src, n.Location().From), Msg: fmt.Sprintf(format, args...), Hint: hint}
	}
}

// Visit implements ast.Visitor.
func (g *guard) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if strings.HasPrefix(n.Value, "$") {
			g.refuse(n, "", "%s is not available", n.Value)
		}
		g.needs.note(n.Value)
	case *ast.MemberNode:
		g.member(n)
	case *ast.BinaryNode:
		g.binary(n)
	case *ast.BuiltinNode:
		g.builtin(node, n)
	}
}

func (g *guard) builtin(node *ast.Node, n *ast.BuiltinNode) {
	switch {
	case !slices.Contains(builtins, n.Name): // the parser knows some that are disabled
		g.refuse(n, suggest(n.Name), "unknown name %q", n.Name)
	case n.Name == "date":
		g.date(node, n)
	case n.Name == "count" && predicate(n) == nil:
		g.refuse(n, "use len", "count needs a condition")
	default:
		g.loop(n)
	}
}

// member allows published.Year(), which is pure; an element of a list that may be
// shorter would be an error on some items only.
func (g *guard) member(n *ast.MemberNode) {
	if name, ok := n.Property.(*ast.StringNode); ok && n.Method {
		if name.Value != "Year" {
			g.refuse(n, "", "%s() is not available", name.Value)
		}
		return
	}
	g.refuse(n, `use any(list, …) or "x" in list`, "elements and fields are not available")
}

func (g *guard) binary(n *ast.BinaryNode) {
	switch n.Operator {
	case "+":
		// A chain of joins doubles a text with each link, past any memory budget.
		if !n.Left.Nature().IsNumber() || !n.Right.Nature().IsNumber() {
			g.refuse(n, "", "+ joins no texts: it adds numbers only")
		}
	case "..":
		g.refuse(n, "", "ranges are not available")
	case "matches":
		g.regexp(n.Right)
	case "in", "contains", "==", "!=":
		g.comparison(n)
	}
}

// regexp refuses what is not known, or too big to run, when rules are loaded.
func (g *guard) regexp(n ast.Node) {
	literal, ok := n.(*ast.StringNode)
	if !ok {
		g.refuse(n, "", "the regular expression of matches has to be a literal")
		return
	}
	parsed, err := syntax.Parse(literal.Value, syntax.Perl)
	if err != nil {
		return // the library says so at its place
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err == nil && len(prog.Inst) > maxRepeats+2*len(literal.Value) {
		g.refuse(n, "repeat less", "regular expression is too large: %d steps", len(prog.Inst))
	}
}

// comparison refuses what the library accepts and what would never match.
func (g *guard) comparison(n *ast.BinaryNode) {
	left, right := listName(n.Left), listName(n.Right)
	list := cmp.Or(left, right)
	switch {
	case n.Operator == "contains" && left != "":
		g.refuse(n, fmt.Sprintf("write \"x\" in %s", left), "contains looks into texts, and %s is a list", left)
	case n.Operator == "in" && left != "":
		g.refuse(n, fmt.Sprintf("write any(%s, # in [...])", left), "%s is a list, and so is in no list", left)
	case n.Operator == "in" && n.Right.Nature().IsString():
		g.refuse(n, fmt.Sprintf("write %s contains \"x\"", cmp.Or(identifier(n.Right), "text")), "in looks into lists, not into texts")
	case n.Operator == "in" && n.Right.Nature().IsTime():
		g.refuse(n, "", "in looks into lists, not into dates")
	case strings.HasSuffix(n.Operator, "=") && list != "":
		g.refuse(n, fmt.Sprintf("write \"x\" in %s or any(%s, # == \"x\")", list, list), "a list cannot be compared as a whole")
	default:
		g.compared(identifier(n.Left), n.Right)
		g.compared(identifier(n.Right), n.Left)
	}
}

// listName is the name of a node that is a list of the item's, else "".
func listName(n ast.Node) string {
	if n.Nature().IsArray() {
		return identifier(n)
	}
	return ""
}

// identifier is the name a node is, else "".
func identifier(n ast.Node) string {
	if id, ok := n.(*ast.IdentifierNode); ok {
		return id.Value
	}
	return ""
}

// compared notes what a name is compared with: a literal, or one of several.
func (g *guard) compared(name string, object ast.Node) {
	for _, s := range texts(object) {
		g.literal(name, s)
	}
}

// texts are the text literals of a node: itself or the elements of an array.
func texts(n ast.Node) []*ast.StringNode {
	switch n := n.(type) {
	case *ast.StringNode:
		return []*ast.StringNode{n}
	case *ast.ArrayNode:
		var list []*ast.StringNode
		for _, element := range n.Nodes {
			list = append(list, texts(element)...)
		}
		return list
	}
	return nil
}

// literal checks a literal that name is compared with, or notes it for those who
// know what there is.
func (g *guard) literal(name string, s *ast.StringNode) {
	switch name {
	case "kind":
		g.kind(s)
	case "countries":
		if upper := strings.ToUpper(s.Value); upper != s.Value {
			g.refuse(s, didYouMean(upper), "country codes are in capitals, not %q", s.Value)
		}
		fallthrough
	case "topics", "source":
		g.mentions = append(g.mentions, Mention{Name: name, Value: s.Value, Offset: byteOffset(g.src, s.Location().From)})
	}
}

func (g *guard) kind(s *ast.StringNode) {
	var kinds []string
	for _, k := range news.Kinds() {
		kinds = append(kinds, string(k))
	}
	if slices.Contains(kinds, s.Value) {
		return
	}
	hint := "one of " + strings.Join(kinds, ", ")
	if near := text.Nearest(s.Value, kinds); near != "" {
		hint = didYouMean(near)
	}
	g.refuse(s, hint, "unknown kind %q", s.Value)
}

// date replaces a call by the moment it names, so that a bad one is found when
// rules are loaded.
func (g *guard) date(node *ast.Node, n *ast.BuiltinNode) {
	var literal *ast.StringNode
	if len(n.Arguments) == 1 {
		literal, _ = n.Arguments[0].(*ast.StringNode)
	}
	if literal == nil {
		g.refuse(n, `write date("2026-01-31")`, "date takes one literal")
		return
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, literal.Value); err == nil {
			ast.Patch(node, &ast.ConstantNode{Value: t.UTC()})
			return
		}
	}
	g.refuse(literal, "write 2026-01-31 or 2026-01-31T12:00:00Z", "no date: %q", literal.Value)
}
