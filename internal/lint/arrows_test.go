package lint

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "heapprof/"

// rules is what arrows.txt says.
type rules struct {
	imports map[string][]string // a package → those of ours that it may import
	users   map[string][]string // a foreign package → those of ours that may import it
}

// parseRules reads lines "NAME: NAMES", of which the names may also follow on indented
// lines; those that begin with "may import" are of foreign packages.
func parseRules(text string) (rules, error) {
	r := rules{imports: make(map[string][]string), users: make(map[string][]string)}
	var table map[string][]string
	var name string
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		switch list, indented := strings.CutPrefix(line, "\t"); {
		case strings.TrimSpace(line) == "":
			continue
		case indented && name != "":
			table[name] = append(table[name], strings.Fields(list)...)
			continue
		}
		var list string
		var ok bool
		name, list, ok = strings.Cut(line, ":")
		table = r.imports
		if foreign, found := strings.CutPrefix(name, "may import "); found {
			name, table = foreign, r.users
		}
		if _, twice := table[name]; !ok || twice || strings.ContainsAny(name, " \t") {
			return r, fmt.Errorf("line %d: %q: want NAME: NAMES, and each name once", i+1, line)
		}
		table[name] = strings.Fields(list)
	}
	return r, nil
}

// check returns what is wrong with the imports, a package's directory → paths.
func (r rules) check(imports map[string][]string) []string {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	used := make(map[string]bool) // "package path"
	for _, dir := range slices.Sorted(maps.Keys(imports)) {
		allowed, ok := r.imports[dir]
		if !ok {
			fault("%s has no line that says what it may import", dir)
		}
		for _, path := range imports[dir] {
			used[dir+" "+path] = true
			ours, own := strings.CutPrefix(path, module)
			users, listed := r.users[path]
			switch {
			case own && !slices.Contains(allowed, ours):
				fault("%s may not import %s", dir, ours)
			case !own && listed && !slices.Contains(users, dir):
				fault("%s may not import %s", dir, path)
			case !own && !listed && strings.Contains(path, "."):
				fault("%s imports %s, of which no line says who may", dir, path)
			}
		}
	}
	// What nothing makes use of would let an arrow in that nobody thought of.
	for _, dir := range slices.Sorted(maps.Keys(r.imports)) {
		if _, ok := imports[dir]; !ok {
			fault("there is no package %s", dir)
			continue
		}
		for _, ours := range r.imports[dir] {
			if !used[dir+" "+module+ours] {
				fault("%s does not import %s: no need to allow it", dir, ours)
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(r.users)) {
		for _, dir := range r.users[path] {
			if !used[dir+" "+path] {
				fault("%s does not import %s: no need to allow it", dir, path)
			}
		}
	}
	return faults
}

// The arrows between packages run one way, as arrows.txt has them. Tests may
// import what they like.
func TestPackagesImportOnlyWhatArrowsTxtAllows(t *testing.T) {
	text, err := os.ReadFile("arrows.txt")
	if err != nil {
		t.Fatal(err)
	}
	r, err := parseRules(string(text))
	if err != nil {
		t.Fatalf("arrows.txt: %v", err)
	}
	imports := make(map[string][]string)
	goFiles(t, parser.ImportsOnly, func(dir, name string, _ *token.FileSet, file *ast.File) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		list := imports[dir]
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(list, path) {
				list = append(list, path)
			}
		}
		slices.Sort(list)
		imports[dir] = list
	})
	for _, fault := range r.check(imports) {
		t.Errorf("%s (see internal/lint/arrows.txt)", fault)
	}
}

func TestAnArrowTheWrongWayIsAFault(t *testing.T) {
	r, err := parseRules(`
# comment
main: report   # and no more
report:
	model # indented
model:
may import unsafe: model
may import example.com/x: report`)
	if err != nil {
		t.Fatal(err)
	}
	good := func() map[string][]string {
		return map[string][]string{
			"main":   {"fmt", module + "report"},
			"report": {"example.com/x", module + "model"},
			"model":  {"unsafe"},
		}
	}
	for _, test := range []struct {
		change func(imports map[string][]string)
		want   string
	}{
		{func(map[string][]string) {}, ""},
		{func(i map[string][]string) { i["model"] = append(i["model"], module+"report") }, "model may not import report"},
		{func(i map[string][]string) { i["main"] = append(i["main"], module+"model") }, "main may not import model"},
		{func(i map[string][]string) { i["main"] = append(i["main"], "unsafe") }, "main may not import unsafe"},
		{func(i map[string][]string) { i["main"] = append(i["main"], "example.com/x") }, "main may not import example.com/x"},
		{func(i map[string][]string) { i["main"] = append(i["main"], "example.com/y") }, "main imports example.com/y, of which no line says who may"},
		{func(i map[string][]string) { i["new"] = nil }, "new has no line that says what it may import"},
		{func(i map[string][]string) { i["main"] = nil }, "main does not import report: no need to allow it"},
		{func(i map[string][]string) { i["model"] = nil }, "model does not import unsafe: no need to allow it"},
		{func(i map[string][]string) { delete(i, "model"); i["report"] = []string{"example.com/x"} },
			"there is no package model; report does not import model: no need to allow it; model does not import unsafe: no need to allow it"},
	} {
		imports := good()
		test.change(imports)
		if got := strings.Join(r.check(imports), "; "); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	for _, line := range []string{"main report", "a:\na:", "a b: c", "\ta"} {
		if _, err := parseRules(line); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
}
