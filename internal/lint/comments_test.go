package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"
)

// A package's comment says what its one job is; there is one of them.
func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	comments := make(map[string][]string) // by directory
	goFiles(t, parser.ParseComments|parser.PackageClauseOnly, func(dir, name string, _ *token.FileSet, file *ast.File) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		want := "Package " + file.Name.Name + " "
		if file.Name.Name == "main" {
			want = "Command "
		}
		if _, ok := comments[dir]; !ok {
			comments[dir] = nil
		}
		if text := file.Doc.Text(); strings.HasPrefix(text, want) {
			comments[dir] = append(comments[dir], name)
		} else if text != "" {
			t.Errorf("%s/%s: the package's comment does not begin with %q", dir, name, want)
		}
	})
	for _, dir := range slices.Sorted(maps.Keys(comments)) {
		if files := comments[dir]; len(files) != 1 {
			t.Errorf("%s has %d comments of the package, want 1: %q", dir, len(files), files)
		}
	}
}

// Go's way of saying what a function answers with true is that it reports whether.
func TestFunctionsReportWhether(t *testing.T) {
	goFiles(t, parser.ParseComments|parser.SkipObjectResolution, func(dir, name string, fset *token.FileSet, file *ast.File) {
		for _, declaration := range file.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if !ok {
				continue
			}
			for _, verb := range []string{"says", "tells"} {
				if strings.HasPrefix(f.Doc.Text(), f.Name.Name+" "+verb+" whether ") {
					t.Errorf("%s: %s %s whether: want reports whether", fset.Position(f.Pos()), f.Name.Name, verb)
				}
			}
		}
	})
}
