package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// pages calls visit with each page of the project in Markdown: its path from the
// project's directory, and its text.
func pages(t *testing.T, visit func(page, text string)) {
	t.Helper()
	root := testkit.Root(t)
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		page, err := filepath.Rel(root, file)
		if err != nil || !strings.HasSuffix(page, ".md") || strings.Contains(page, "golden") {
			return err
		}
		text, err := os.ReadFile(file)
		if err == nil {
			visit(filepath.ToSlash(page), string(text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var (
	mdLink    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	mdHeading = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	mdCode    = regexp.MustCompile("`([^`\n]+)`")
	mdBlock   = regexp.MustCompile("(?ms)^```.*?^```|^(    |\t).*?$")
	notInURL  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchor returns what a link to a heading ends in, as GitHub has it.
func anchor(heading string) string {
	return strings.ReplaceAll(notInURL.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

func TestLinksLeadSomewhere(t *testing.T) {
	texts := make(map[string]string)
	pages(t, func(page, text string) { texts[page] = text })
	for page, text := range texts {
		for _, link := range mdLink.FindAllStringSubmatch(mdBlock.ReplaceAllString(text, ""), -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			file, at, hasAnchor := strings.Cut(link[1], "#")
			target := page
			if file != "" {
				target = path.Join(path.Dir(page), file)
			}
			if _, err := os.Stat(filepath.Join(testkit.Root(t), filepath.FromSlash(target))); err != nil {
				t.Errorf("%s links to %s, which is not there", page, link[1])
				continue
			}
			if !hasAnchor {
				continue
			}
			found := false
			for _, heading := range mdHeading.FindAllStringSubmatch(texts[target], -1) {
				found = found || anchor(heading[1]) == at
			}
			if !found {
				t.Errorf("%s links to %s, and %s has no such heading", page, link[1], target)
			}
		}
	}
}

// declared maps each package's name to what it declares, with methods and fields as
// Type.Name. Packages of one name are taken together.
func declared(t *testing.T) map[string]map[string]bool {
	all := make(map[string]map[string]bool)
	goFiles(t, parser.SkipObjectResolution, func(_, name string, _ *token.FileSet, file *ast.File) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		names := all[file.Name.Name]
		if names == nil {
			names = make(map[string]bool)
			all[file.Name.Name] = names
		}
		for _, declaration := range file.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				names[functionName(d)] = true
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.ValueSpec:
						for _, name := range spec.Names {
							names[name.Name] = true
						}
					case *ast.TypeSpec:
						names[spec.Name.Name] = true
						addMembers(names, spec)
					}
				}
			}
		}
	})
	return all
}

// addMembers adds the fields of a structure, or the methods of an interface.
func addMembers(names map[string]bool, spec *ast.TypeSpec) {
	var fields *ast.FieldList
	switch typ := spec.Type.(type) {
	case *ast.StructType:
		fields = typ.Fields
	case *ast.InterfaceType:
		fields = typ.Methods
	default:
		return
	}
	for _, field := range fields.List {
		for _, name := range field.Names {
			names[spec.Name.Name+"."+name.Name] = true
		}
	}
}

var (
	goName   = regexp.MustCompile(`^([a-z]\w*)\.([A-Za-z]\w*(?:\.\w+)?)(?:\(\))?$`)
	cName    = regexp.MustCompile(`^[a-z]+(_[a-z0-9]+)+$`)
	filePath = regexp.MustCompile(`^[\w.-]+(/[\w.*-]+)+/?$|^[\w-]+\.(go|c|h|sh|md|txt|js|css|json)$`)
)

// librarySources returns the text of all sources of the tracker library.
func librarySources(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testkit.Root(t), "internal", "tracker", "preload", "csrc", "*.[ch]"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%q, %v", files, err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// What the pages under docs/ name in backquotes as one of ours has to be there: a
// file or directory (from the project's directory, or in one of internal/), or a name that
// a package declares, such as replay.Snapshot; in ARCHITECTURE.md also a C name.
func TestDocsNameWhatThereIs(t *testing.T) {
	root, packages := testkit.Root(t), declared(t)
	bases := make(map[string]bool)
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		bases[filepath.Base(file)] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	library := librarySources(t)
	pages(t, func(page, text string) {
		if path.Dir(page) != "docs" {
			return
		}
		for _, code := range mdCode.FindAllStringSubmatch(mdBlock.ReplaceAllString(text, ""), -1) {
			word := code[1]
			if page == "docs/ARCHITECTURE.md" && cName.MatchString(word) && !regexp.MustCompile(`\b`+word+`\b`).MatchString(library) {
				t.Errorf("%s names %s, which is nowhere in the tracker library's sources", page, word)
			}
			if m := goName.FindStringSubmatch(word); m != nil && packages[m[1]] != nil && !bases[word] {
				if !packages[m[1]][m[2]] {
					t.Errorf("%s names %s, which package %s does not declare", page, word, m[1])
				}
				continue
			}
			if !filePath.MatchString(word) || strings.HasPrefix(word, "/") {
				continue
			}
			if !strings.Contains(word, "/") {
				if !bases[word] {
					t.Errorf("%s names %s, and no file is called so", page, word)
				}
				continue
			}
			first, _, _ := strings.Cut(word, "/")
			if _, err := os.Stat(filepath.Join(root, first)); err != nil && !bases[first] {
				continue // not of ours
			}
			var found []string
			for _, in := range []string{"", "internal", "internal/tracker", "internal/tracker/preload", "testdata"} {
				matches, err := filepath.Glob(filepath.Join(root, in, filepath.FromSlash(word)))
				if err != nil {
					t.Fatal(err)
				}
				found = append(found, matches...)
			}
			if len(found) == 0 {
				t.Errorf("%s names %s, which is not there", page, word)
			}
		}
	})
}
