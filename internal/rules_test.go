// Package internal_test holds the rules of the house: which package may import
// which, who owns a library, and what no code here may do.
package internal_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// floors: a package imports only from a lower floor.
var floors = map[string]int{
	"news": 0, "link": 0, "text": 0, "charset": 0, "date": 0,
	"fetch": 1, "parse": 1, "markup": 1, "tag": 1, "curate": 1, "store": 1, "publish": 1, "web": 1, "demo": 1, "health": 1,
	"config": 2, "ingest": 2, "edition": 2, "discover": 2, "websub": 2,
	"newsroom": 3,
	"site":     4, "control": 4, "desk": 4,
	"cmd/rightswire": 5,
}

// owners: who may import a library from outside. A library that is not listed
// here may not be imported at all.
var owners = map[string][]string{
	"github.com/nlnwa/whatwg-url":         {"link"},
	"golang.org/x/text/unicode":           {"text"},
	"golang.org/x/text/cases":             {"text"},
	"golang.org/x/text/language":          {"text", "tag"},
	"golang.org/x/text/transform":         {"text", "demo"},
	"golang.org/x/text/encoding":          {"charset", "demo"},
	"github.com/rivo/uniseg":              {"text"},
	"code.dny.dev/ssrf":                   {"fetch"},
	"github.com/andybalholm/brotli":       {"fetch"},
	"github.com/klauspost/compress":       {"fetch", "store", "web"},
	"github.com/mmcdole/gofeed":           {"parse"},
	"golang.org/x/net/html":               {"markup", "parse", "discover"},
	"golang.org/x/net/publicsuffix":       {"link"},
	"github.com/temoto/robotstxt":         {"fetch"},
	"github.com/prometheus/client_golang": {"desk"},
	"golang.org/x/net/http/httpguts":      {"fetch"},
	"github.com/microcosm-cc/bluemonday":  {"markup"},
	"github.com/expr-lang/expr":           {"curate"},
	"go.etcd.io/bbolt":                    {"store"},
	"github.com/gorilla/feeds":            {"publish"},
	"github.com/goccy/go-yaml":            {"config"},
	"golang.org/x/sync":                   {"ingest", "discover", "websub", "newsroom", "web", "cmd/rightswire"},
	"golang.org/x/sys":                    {"store", "control"},
	"golang.org/x/term":                   {"cmd/rightswire"},
	"github.com/spf13/cobra":              {"cmd/rightswire"},
}

// pure packages are told the time.
var pure = []string{"news", "link", "text", "charset", "date", "parse", "markup", "tag", "curate", "health", "publish", "edition"}

// dials are the ways to reach another machine.
var dials = []string{
	"http.Client", "http.Transport", "http.DefaultTransport", "http.Get", "http.Head", "http.Post", "http.PostForm",
	"net.Dial", "net.DialTimeout", "net.Dialer", "tls.Dial", "tls.Dialer",
}

const maxLines = 500

type pkg struct {
	ImportPath, Dir, Name string
	GoFiles, Imports      []string
}

// short is a package's name in the tables above.
func (p pkg) short() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "rightswire/"), "internal/")
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Name,GoFiles,Imports", "rightswire/...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var pkgs []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles) > 0 {
			pkgs = append(pkgs, p)
		}
	}
}

func TestRulesFloors(t *testing.T) {
	for _, p := range packages(t) {
		floor, ok := floors[p.short()]
		if !ok {
			t.Errorf("%s stands on no floor: give it one in the plan and here", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if below, ours := strings.CutPrefix(imp, "rightswire/internal/"); ours && floors[below] >= floor {
				t.Errorf("%s (floor %d) imports %s (floor %d)", p.short(), floor, below, floors[below])
			}
		}
	}
}

func TestRulesOwners(t *testing.T) {
	for _, p := range packages(t) {
		for _, imp := range p.Imports {
			first, _, _ := strings.Cut(imp, "/")
			if !strings.Contains(first, ".") {
				if p.short() == "news" && imp == "net/http" {
					t.Errorf("news imports %s", imp)
				}
				continue
			}
			if !slices.Contains(owner(imp), p.short()) {
				t.Errorf("%s imports %s, which is for %v alone", p.short(), imp, owner(imp))
			}
		}
	}
}

// owner finds the longest listed prefix of a library's import path.
func owner(imp string) []string {
	for path := imp; path != "."; path = filepath.Dir(path) {
		if o, ok := owners[path]; ok {
			return o
		}
	}
	return nil
}

func TestRulesCode(t *testing.T) {
	for _, p := range packages(t) {
		fset := token.NewFileSet()
		var files []*ast.File
		for _, name := range p.GoFiles {
			path := filepath.Join(p.Dir, name)
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(src), "\n"); n > maxLines {
				t.Errorf("%s: %d lines, more than %d: split it by noun", path, n, maxLines)
			}
			f, err := parser.ParseFile(fset, path, src, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		own, info := resolve(p.ImportPath, fset, files)
		isState := func(id *ast.Ident) bool {
			use := info.Uses[id]
			return use != nil && use.Parent() == own.Scope()
		}
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				if msg := offence(p.short(), n, isState); msg != "" {
					t.Errorf("%s: %s", fset.Position(n.Pos()), msg)
				}
				return true
			})
		}
	}
}

// resolve says what each name of a package means. What it imports is not looked
// at: its own names resolve without.
func resolve(path string, fset *token.FileSet, files []*ast.File) (*types.Package, *types.Info) {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: nothing{}, Error: func(error) {}}
	pkg, _ := conf.Check(path, fset, files, info) // every import is an error
	return pkg, info
}

type nothing struct{}

func (nothing) Import(path string) (*types.Package, error) {
	return nil, fmt.Errorf("%s is not imported", path)
}

// offence says what is wrong with a node, or "".
func offence(pkg string, n ast.Node, isState func(*ast.Ident) bool) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "go statement: let an errgroup own it"
	case *ast.SelectorExpr:
		x, ok := n.X.(*ast.Ident)
		if !ok {
			return ""
		}
		switch call := x.Name + "." + n.Sel.Name; {
		case call == "time.Now" && slices.Contains(pure, pkg):
			return "time.Now in a pure package: pass the time in"
		case (call == "context.Background" || call == "context.TODO") && !strings.HasPrefix(pkg, "cmd/"):
			return call + ": only commands make a root context"
		case call == "slog.Default", call == "http.DefaultClient":
			return call + ": pass it in"
		case slices.Contains(dials, call) && pkg != "fetch" && pkg != "control":
			return call + ": only fetch dials, behind its guard (and control, a socket of this machine)"
		}
	case *ast.AssignStmt:
		for _, l := range n.Lhs {
			if id := root(l); id != nil && n.Tok != token.DEFINE && isState(id) {
				return fmt.Sprintf("package variable %s is changed: keep state in a value", id.Name)
			}
		}
	case *ast.IncDecStmt:
		if id := root(n.X); id != nil && isState(id) {
			return fmt.Sprintf("package variable %s is changed: keep state in a value", id.Name)
		}
	}
	return ""
}

// root is the variable that an expression such as a.b[c] starts from.
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		default:
			return nil
		}
	}
}
