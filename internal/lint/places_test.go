package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// TestWhatHasOneHomeIsNotReadElsewhere: ELF files are opened by package object, which alone
// guards their reading, and /proc by procfs, but for tests.
func TestWhatHasOneHomeIsNotReadElsewhere(t *testing.T) {
	goFiles(t, parser.SkipObjectResolution, func(dir, name string, fset *token.FileSet, file *ast.File) {
		if strings.HasSuffix(name, "_test.go") || dir == "internal/testkit" || strings.HasPrefix(dir, "internal/testkit/") {
			return
		}
		for n := range ast.Preorder(file) {
			if place := strayIn(n); place != "" && dir != place {
				t.Errorf("%s: this is the business of %s", fset.Position(n.Pos()), place)
			}
		}
	})
}

// strayIn returns the package that alone may have a piece of code; "" for any.
func strayIn(n ast.Node) string {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		from, ok := n.X.(*ast.Ident)
		switch {
		case !ok:
		case from.Name == "elf" && (n.Sel.Name == "Open" || n.Sel.Name == "NewFile"), n.Sel.Name == "SetPanicOnFault":
			return "internal/object"
		}
	case *ast.BasicLit:
		if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil && (text == "/proc" || strings.HasPrefix(text, "/proc/")) {
			return "internal/procfs"
		}
	}
	return ""
}

func TestStrayReadersAreSeen(t *testing.T) {
	for code, want := range map[string]string{
		`elf.Open(path)`: "internal/object", `elf.NewFile(r)`: "internal/object", `os.Open(path)`: "",
		`debug.SetPanicOnFault(true)`: "internal/object", `debug.SetGCPercent(1)`: "",
		`os.ReadFile("/proc/self/maps")`: "internal/procfs", "f(`/proc`)": "internal/procfs", `f("see /proc/self")`: "",
	} {
		e, err := parser.ParseExpr(code)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for n := range ast.Preorder(e) {
			got += strayIn(n)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}
