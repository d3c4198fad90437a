package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// maxBranches is how much one function may branch (its cyclomatic complexity)
// before a reader no longer holds it. Tests' tables and oracles may have more.
const maxBranches = 25

// branching lists the functions that may branch more, and how much.
var branching = map[string]int{
	"internal/symbol/dwarf.unit.read":     26, // one case for each of DWARF's forms
	"internal/tracker/replay.ring.replay": 29,
}

// branches returns the cyclomatic complexity of a function: 1, and 1 for each if,
// loop, case, && and ||.
func branches(function ast.Node) int {
	n := 1
	ast.Inspect(function, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
			n++
		case *ast.CaseClause:
			if node.List != nil {
				n++
			}
		case *ast.CommClause:
			if node.Comm != nil {
				n++
			}
		case *ast.BinaryExpr:
			if node.Op == token.LAND || node.Op == token.LOR {
				n++
			}
		}
		return true
	})
	return n
}

// functionName returns a function's name with its receiver's type.
func functionName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	receiver := f.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	if generic, ok := receiver.(*ast.IndexExpr); ok {
		receiver = generic.X
	}
	if name, ok := receiver.(*ast.Ident); ok {
		return name.Name + "." + f.Name.Name
	}
	return f.Name.Name
}

func TestNoFunctionBranchesMoreThanAReaderHolds(t *testing.T) {
	left := make(map[string]bool)
	for name := range branching {
		left[name] = true
	}
	goFiles(t, parser.SkipObjectResolution, func(dir, name string, fset *token.FileSet, file *ast.File) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok {
				continue
			}
			name := dir + "." + functionName(function)
			n, allowed := branches(function), max(maxBranches, branching[name])
			if n > allowed {
				t.Errorf("%s: %s branches %d times, and %d are allowed: take it apart", fset.Position(function.Pos()), name, n, allowed)
			}
			if n > maxBranches {
				delete(left, name)
			}
		}
	})
	for name := range left {
		t.Errorf("%s branches no more than others: take it off the list", name)
	}
}

func TestBranchesAreCounted(t *testing.T) {
	for source, want := range map[string]int{
		"func f() {}": 1,
		"func f() { if a && b || c { } else if d { } }":                   5,
		"func f() { for { }; for range x { } }":                           3,
		"func f() { switch x { case 1, 2: case 3: default: } }":           3,
		"func f() { select { case <-c: default: } }":                      2,
		"func f() { go func() { if a { } }() }":                           2,
		"func f() { switch x := y.(type) { case int: case string: } }":    3,
		"func (a *b[c]) f() { for i := 0; i < 3 && a.b; i++ { return } }": 3,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "f.go", "package p\n"+source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := branches(file.Decls[0]); got != want {
			t.Errorf("%s: %d, want %d", source, got, want)
		}
	}
}
