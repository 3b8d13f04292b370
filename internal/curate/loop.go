package curate

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// visit is an ast.Visitor of every node below one, children first.
type visit func(ast.Node)

// Visit implements ast.Visitor.
func (v visit) Visit(node *ast.Node) { v(*node) }

// loops are the functions that go through a list at or below a node.
func loops(n ast.Node) []*ast.BuiltinNode {
	var found []*ast.BuiltinNode
	ast.Walk(&n, visit(func(n ast.Node) {
		if b, ok := n.(*ast.BuiltinNode); ok && predicate(b) != nil {
			found = append(found, b)
		}
	}))
	return found
}

// predicate is what a function asks of every element of a list; nil where it goes
// through none.
func predicate(n *ast.BuiltinNode) ast.Node {
	for _, arg := range n.Arguments {
		if p, ok := arg.(*ast.PredicateNode); ok {
			return p
		}
	}
	return nil
}

// loop bounds the work of a function that goes through a list.
func (g *guard) loop(n *ast.BuiltinNode) {
	body := predicate(n)
	if body == nil {
		return
	}
	inner := loops(body)
	if slices.ContainsFunc(inner, func(m *ast.BuiltinNode) bool { return len(loops(predicate(m))) > 0 }) {
		g.refuse(n, "", "lists within lists within lists are not available")
	}
	if slices.ContainsFunc(inner, func(m *ast.BuiltinNode) bool { return heavy(predicate(m)) }) {
		g.refuse(n, "", "text and variables are not available in a list within a list")
	}
	if n.Name == "map" && heavy(body) {
		g.refuse(n, "", "text and variables are not available in map")
	}
	g.elements(listName(n.Arguments[0]), body)
}

// heavy reports whether a node uses a text of up to 512 KB: the item's or, since
// it may hold it, a variable.
func heavy(n ast.Node) bool {
	found := false
	ast.Walk(&n, visit(func(n ast.Node) {
		id, ok := n.(*ast.IdentifierNode)
		found = found || ok && (id.Value == "text" || !slices.Contains(names(), id.Value))
	}))
	return found
}

// elements notes what the elements of a list are compared with. Inner loops come
// first and take what is theirs: "#" is their list's in there.
func (g *guard) elements(list string, body ast.Node) {
	ast.Walk(&body, visit(func(n ast.Node) {
		b, ok := n.(*ast.BinaryNode)
		if !ok || g.settled[b] {
			return
		}
		g.settled[b] = true
		switch b.Operator {
		case "==", "!=", "in":
			g.element(list, b.Left, b.Right)
			g.element(list, b.Right, b.Left)
		}
	}))
}

func (g *guard) element(list string, subject, object ast.Node) {
	if p, ok := subject.(*ast.PointerNode); ok && p.Name == "" {
		g.compared(list, object)
	}
}

// lazyText replaces the name text by a call: the text is read from the store only
// where the answer depends on it.
type lazyText struct{}

// Visit implements ast.Visitor.
func (lazyText) Visit(node *ast.Node) {
	if id, ok := (*node).(*ast.IdentifierNode); ok && id.Value == "text" {
		ast.Patch(node, &ast.CallNode{Callee: &ast.IdentifierNode{Value: askText}})
	}
}
