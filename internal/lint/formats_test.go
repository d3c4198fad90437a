package lint

import (
	"encoding/csv"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// byValue are the keys whose objects have values for keys, such as a type's name.
var byValue = map[string]bool{"instances": true, "created": true, "typeSizes": true}

// keysOf adds the keys of all objects in a JSON text.
func keysOf(t *testing.T, path string, keys map[string]string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var add func(value any)
	add = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			for key, below := range value {
				if _, known := keys[key]; !known {
					keys[key] = path
				}
				if !byValue[key] {
					add(below)
				}
			}
		case []any:
			for _, below := range value {
				add(below)
			}
		}
	}
	add(value)
}

// addCodes adds the words that stand in a file for a note, a remedy, a wrong free or a module
// without names.
func addCodes(t *testing.T, file *ast.File, keys map[string]string) {
	t.Helper()
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		typ, ok := spec.Type.(*ast.Ident)
		if !ok || !slices.Contains([]string{"NoteCode", "Remedy", "Nameless", "WrongKind"}, typ.Name) {
			return true
		}
		for _, value := range spec.Values {
			if literal, ok := value.(*ast.BasicLit); ok {
				code, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				keys[code] = "a constant of internal/profile"
			}
		}
		return true
	})
}

// Every key that a profile or a report may have is on the page: those of the golden
// files, and those that fields of the writing packages are tagged with. What
// speedscope and the scripts of our own pictures and pages read is described elsewhere.
func TestEveryKeyThatIsWrittenIsInFormats(t *testing.T) {
	root := testkit.Root(t)
	keys := make(map[string]string) // → where it was found
	goFiles(t, parser.SkipObjectResolution, func(dir, name string, _ *token.FileSet, file *ast.File) {
		if dir == "internal/profile" && !strings.HasSuffix(name, "_test.go") {
			addCodes(t, file, keys)
		}
		if strings.HasSuffix(name, "_test.go") || dir != "internal/dhat" && !strings.HasPrefix(dir, "internal/report") || slices.Contains([]string{"internal/report/speedscope", "internal/report/svg", "internal/report/page"}, dir) {
			return
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if field, ok := node.(*ast.Field); ok && field.Tag != nil {
				tag, err := strconv.Unquote(field.Tag.Value)
				if err != nil {
					t.Fatal(err)
				}
				if key, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ","); key != "" && key != "-" {
					keys[key] = dir + "/" + name
				}
			}
			return true
		})
	})
	golden := func(pattern string) []string {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		return files
	}
	for _, path := range slices.Concat(golden("internal/dhat/testdata/golden.json"), golden("cmd/testdata/golden/*.json"), golden("cmd/reports/testdata/golden/*.json")) {
		keysOf(t, path, keys)
	}
	for _, path := range append(golden("cmd/testdata/golden/*.csv"), golden("cmd/reports/testdata/golden/*.csv")...) {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		header, err := csv.NewReader(file).Read()
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range header {
			for _, prefix := range []string{"before-", "after-", "change-"} {
				key = strings.TrimPrefix(key, prefix)
			}
			keys[key] = path
		}
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "FORMATS.md"))
	if err != nil {
		t.Fatal(err)
	}
	// What a finding rests on is explained with it.
	findings, err := os.ReadFile(filepath.Join(root, "docs", "FINDINGS.md"))
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) < 100 {
		t.Errorf("only %d keys were found", len(keys))
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		page, name := page, "docs/FORMATS.md"
		if strings.HasPrefix(keys[key], "internal/report/finding/") {
			page, name = findings, "docs/FINDINGS.md"
		}
		// The names of estimates are those of the exact numbers, behind a word that is explained.
		if exact := strings.TrimPrefix(key, "estimated-"); !strings.Contains(string(page), "`"+exact+"`") && !strings.Contains(string(page), "`"+key+"`") {
			t.Errorf("%s lacks `%s`, of %s", name, key, strings.TrimPrefix(keys[key], root+"/"))
		}
	}
}
