package wire_test

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/tracker/wire"
)

const (
	layoutHeader = "../preload/csrc/wire.h"
	eventHeader  = "../preload/csrc/wire_event.h"
)

// onlyInC are constants that the recorder needs not know.
var onlyInC = map[string]bool{
	"WIRE_OWNER_DIED":      true, // of the kernel, which the program asks
	"WIRE_PROCESS_CLAIMED": true, // what the recorder does not tell from a slot that is empty
	"WIRE_ADDRESS_END":     true, // follows from WIRE_ADDRESS_BITS
}

// onlyInGo are constants that the library needs not know. That events have so many words
// is compared where they are encoded and decoded.
var onlyInGo = map[string]bool{
	"Size": true, "StreamVersion": true,
	"AllocWords": true, "AllocShortWords": true, "FreeWords": true, "FreeShortWords": true, "EndWords": true,
	"NodeWords": true, "ThreadWords": true, "ForkWords": true, "MappingWords": true, "CallWords": true,
}

// sharedStructs are Go's of the structures in the layout.
var sharedStructs = map[string]any{
	"wire_control":         wire.Control{},
	"wire_process":         wire.Process{},
	"wire_lend":            wire.Lend{},
	"wire_attached":        wire.AttachedStart{},
	"wire_attached_module": wire.AttachedModule{},
	"wire_guest":           wire.Guest{},
	"wire_guest_mapping":   wire.GuestMapping{},
	"wire_guest_thread":    wire.GuestThread{},
	"wire_mark":            wire.Mark{},
	"wire_plan":            wire.Plan{},
	"wire_plan_module":     wire.PlanModule{},
	"wire_patch":           wire.PlanPatch{},
	"wire_patched":         wire.PatchRecord{},
	"wire_ring":            wire.Ring{},
	"wire_countdown":       wire.Countdown{},
	"wire_copy":            wire.Copy{},
}

// inBoth makes names of C and Go alike: WIRE_MAX_RINGS and MaxRings.
func inBoth(name string) string {
	name = strings.TrimPrefix(name, "WIRE_")
	return strings.ToLower(strings.ReplaceAll(name, "_", ""))
}

func TestConstantsEqualTheLibrarys(t *testing.T) {
	names := cConstants(t)
	values := evaluate(t, eventHeader, names)
	inC := make(map[string]uint64)
	for i, name := range names {
		inC[inBoth(name)] = values[i]
	}
	inGo := make(map[string]uint64)
	for _, c := range goConstants(t) {
		inGo[inBoth(c.name)] = c.value
		if _, ok := inC[inBoth(c.name)]; !ok && token.IsExported(c.name) && !onlyInGo[c.name] {
			t.Errorf("%s is not in C", c.name)
		}
	}
	for _, name := range names {
		value, ok := inGo[inBoth(name)]
		switch {
		case onlyInC[name]:
		case !ok:
			t.Errorf("%s is not in Go", name)
		case value != inC[inBoth(name)]:
			t.Errorf("%s is %d in C and %d in Go", name, inC[inBoth(name)], value)
		}
	}
}

func TestStructuresEqualTheLibrarys(t *testing.T) {
	structs := cStructs(t)
	for name := range sharedStructs {
		if structs[name] == nil {
			t.Errorf("struct %s is not in C", name)
		}
	}
	var expressions []string
	for name, fields := range structs {
		expressions = append(expressions, fmt.Sprintf("sizeof(struct %s)", name))
		for _, field := range fields {
			expressions = append(expressions, offsetIn(name, field), sizeIn(name, field))
		}
	}
	values := make(map[string]uint64)
	for i, value := range evaluate(t, layoutHeader, expressions) {
		values[expressions[i]] = value
	}
	for name, fields := range structs {
		inGo, ok := sharedStructs[name]
		if !ok {
			t.Errorf("struct %s is not in Go", name)
			continue
		}
		shape := reflect.TypeOf(inGo)
		if size := values[fmt.Sprintf("sizeof(struct %s)", name)]; uint64(shape.Size()) != size {
			t.Errorf("struct %s has %d bytes in C and %d in Go", name, size, shape.Size())
		}
		known := make(map[string]reflect.StructField)
		for field := range shape.Fields() {
			known[inBoth(field.Name)] = field
		}
		delete(known, "") // room that is named _
		for _, field := range fields {
			offset, size := values[offsetIn(name, field)], values[sizeIn(name, field)]
			f, ok := known[inBoth(field)]
			delete(known, inBoth(field))
			switch {
			case strings.HasPrefix(field, "zero"), strings.HasPrefix(field, "pad"):
			case !ok:
				t.Errorf("%s.%s is not in Go", name, field)
			case uint64(f.Offset) != offset || uint64(f.Type.Size()) != size:
				t.Errorf("%s.%s is %d bytes at %d in C, and %d at %d in Go", name, field, size, offset, f.Type.Size(), f.Offset)
			}
		}
		for _, f := range known {
			t.Errorf("%s.%s is not in C", shape.Name(), f.Name)
		}
	}
}

func offsetIn(structure, field string) string {
	return fmt.Sprintf("offsetof(struct %s, %s)", structure, field)
}

func sizeIn(structure, field string) string {
	return fmt.Sprintf("sizeof(((struct %s *)0)->%s)", structure, field)
}

func TestBadgesAndTheEnvironmentEqualTheLibrarys(t *testing.T) {
	values := evaluate(t, layoutHeader, []string{"WIRE_BADGE_AT(300)", "WIRE_BADGE_BYTES(300)", fmt.Sprintf("!strcmp(WIRE_ENV, %q)", wire.Env)})
	if want := []uint64{wire.BadgeAt(300), wire.BadgeBytes(300), 1}; !slices.Equal(values, want) {
		t.Errorf("the 300th badge's place and length are %d in C, and whether the variables' names are equal; want %d", values, want)
	}
}

// TestMappingsBeginAtMultiplesOfAnyPage is for kernels with pages of 64 KiB.
func TestMappingsBeginAtMultiplesOfAnyPage(t *testing.T) {
	for name, at := range map[string]int{"RingsAt": wire.RingsAt, "RingStride": wire.RingStride, "RingHeader": wire.RingHeader} {
		if at%(64<<10) != 0 {
			t.Errorf("%s is %d", name, at)
		}
	}
}

var (
	cEnum       = regexp.MustCompile(`\benum\s*\w*\s*\{([^}]*)\}`)
	cEnumerator = regexp.MustCompile(`\bWIRE_\w+(?:\s*=|\s*,|\s*$)`)
	cMacro      = regexp.MustCompile(`(?m)^#define (WIRE_\w+) `) // none that takes arguments
	cStruct     = regexp.MustCompile(`\bstruct (wire_\w+)\s*\{([^}]*)\}`)
	cField      = regexp.MustCompile(`(\w+)(?:\[[^\]]*\])?$`)
)

// cConstants returns the names of the headers' numbers, sorted.
func cConstants(t *testing.T) []string {
	var names []string
	for _, enum := range cEnum.FindAllStringSubmatch(preprocess(t, eventHeader, "-P"), -1) {
		for _, enumerator := range cEnumerator.FindAllString(enum[1], -1) {
			names = append(names, strings.Trim(enumerator, " \t\n=,"))
		}
	}
	for _, macro := range cMacro.FindAllStringSubmatch(preprocess(t, eventHeader, "-dM"), -1) {
		if macro[1] != "WIRE_ENV" {
			names = append(names, macro[1])
		}
	}
	if len(names) < 80 {
		t.Fatalf("only %d constants were found in C: %s", len(names), names)
	}
	slices.Sort(names)
	return names
}

// cStructs returns the layout's structures and the names of their fields.
func cStructs(t *testing.T) map[string][]string {
	structs := make(map[string][]string)
	for _, found := range cStruct.FindAllStringSubmatch(preprocess(t, layoutHeader, "-P"), -1) {
		for declaration := range strings.SplitSeq(found[2], ";") {
			for declarator := range strings.SplitSeq(declaration, ",") {
				if field := cField.FindStringSubmatch(strings.TrimSpace(declarator)); field != nil {
					structs[found[1]] = append(structs[found[1]], field[1])
				}
			}
		}
	}
	return structs
}

// preprocess returns what the C preprocessor makes of a header, without what that includes
// of the system's.
func preprocess(t *testing.T, header, flag string) string {
	t.Helper()
	look(t, layoutHeader, eventHeader)
	out, err := exec.Command(testkit.Tool(t, "gcc"), "-E", flag, header).Output()
	if err != nil {
		t.Fatalf("gcc: %v", err)
	}
	return string(out)
}

// evaluate returns the values of C's expressions after a header.
func evaluate(t *testing.T, header string, expressions []string) []uint64 {
	t.Helper()
	var source strings.Builder
	fmt.Fprintf(&source, "#include <stddef.h>\n#include <stdio.h>\n#include <string.h>\n#include %q\nint main(void) {\n", absolute(t, header))
	for _, e := range expressions {
		fmt.Fprintf(&source, "printf(\"%%llu\\n\", (unsigned long long)(%s));\n", e)
	}
	source.WriteString("return 0; }\n")
	file := filepath.Join(t.TempDir(), "evaluate.c")
	if err := os.WriteFile(file, []byte(source.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	var values []uint64
	for line := range strings.Lines(run(t, file)) {
		value, err := strconv.ParseUint(strings.TrimSpace(line), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	return values
}

// run compiles a C program and returns what it prints.
func run(t *testing.T, source string) string {
	t.Helper()
	look(t, layoutHeader, eventHeader, source)
	program := filepath.Join(t.TempDir(), "program")
	if out, err := exec.Command(testkit.Tool(t, "gcc"), "-Wall", "-Wextra", "-Werror", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command(program).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// look reads files that only the compiler reads otherwise, so that go test, which keeps the
// results of tests, sees that they have changed.
func look(t *testing.T, files ...string) {
	t.Helper()
	for _, file := range files {
		if _, err := os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// goConstant is one of the package's whole numbers.
type goConstant struct {
	name, typ string
	value     uint64
}

// goConstants returns them all, exported or not.
func goConstants(t *testing.T) []goConstant {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	// What is imported is not there, which is an error that no constant depends on.
	config := types.Config{Error: func(error) {}}
	pkg, _ := config.Check("wire", fset, files, nil)
	var constants []goConstant
	for _, name := range pkg.Scope().Names() {
		if c, ok := pkg.Scope().Lookup(name).(*types.Const); ok && c.Val().Kind() != constant.String {
			value, exact := constant.Uint64Val(constant.ToInt(c.Val()))
			if !exact {
				t.Fatalf("%s is %s, which is no whole number", name, c.Val())
			}
			constants = append(constants, goConstant{name, c.Type().String(), value})
		}
	}
	return constants
}
