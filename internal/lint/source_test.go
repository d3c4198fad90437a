package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// goFiles parses all Go files of the project, tests and other platforms' among
// them, and calls visit with the package's directory (from the project's, with
// slashes) and the file's name.
func goFiles(t *testing.T, mode parser.Mode, visit func(dir, name string, fset *token.FileSet, file *ast.File)) {
	t.Helper()
	root := testkit.Root(t)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if name == "testdata" || path != root && strings.HasPrefix(name, ".") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, mode)
		if err == nil {
			visit(filepath.ToSlash(dir), name, fset, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
