package wording

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/profile"
)

// TestEveryCauseHasWords reads the codes from the model's sources: a cause that has no
// words here is shown as its code, which helps nobody.
func TestEveryCauseHasWords(t *testing.T) {
	codes := 0
	for _, file := range []string{"cause.go", "hookcause.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "internal", "profile", file), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "CauseCode" {
				return true
			}
			code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes++
			words := CauseWords(profile.Cause{Code: profile.CauseCode(code), Names: []string{"a", "b"}, Detail: "detail"})
			if profile.CauseCode(code) == profile.PatchingSwitchedOff {
				words = libcWords([]profile.Cause{{Code: profile.PatchingSwitchedOff}}) // said of the C library alone
			}
			if words == "" || strings.HasPrefix(words, code) {
				t.Errorf("%s is worded %q", code, words)
			}
			return true
		})
	}
	if codes < 50 {
		t.Errorf("only %d codes were found", codes)
	}
}
