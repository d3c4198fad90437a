package dwarf

import (
	"debug/elf"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/testkit/fixture"
)

// The names of Rust's functions, within what is around them, and the sizes of the types in
// them must be those that LLVM's tool shows of the program's first unit.
func TestSourceNamesAreThoseOfAnotherTool(t *testing.T) {
	source, err := filepath.Abs(filepath.Join("..", "testdata", "tasks.rs"))
	if err != nil {
		t.Fatal(err)
	}
	for _, flags := range [][]string{
		{"-C", "debuginfo=1", "-O"},
		{"-C", "debuginfo=2", "-O"},
		{"-C", "debuginfo=2"},
		{"-C", "debuginfo=2", "-O", "-C", "symbol-mangling-version=v0", "-C", "split-debuginfo=off"},
	} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			t.Parallel()
			prog := testkit.Compile(t, fixture.Compilation{
				Compiler: "rustc",
				Args:     append([]string{source, "--edition", "2021"}, flags...),
				Sources:  []string{source},
				Name:     "tasks",
			})
			file, err := elf.Open(prog)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			d := New(Options{
				Section: func(name string) []byte {
					if s := file.Section(".debug_" + name); s != nil {
						data, err := s.Data()
						if err != nil {
							t.Error(err)
						}
						return data
					}
					return nil
				},
				IsCode: func(uint64) bool { return true },
			})
			u := d.file.units[0]
			want := dumpUnit(t, prog, u.first)
			sized := 0
			for off, w := range want {
				got := u.nameOf(off)
				if got.source != w.source || got.argument != w.size {
					t.Errorf("%#x: got %s, size %d, want %s, size %d", off, got.source, got.argument, w.source, w.size)
				}
				if w.size > 0 {
					sized++
				}
			}
			if len(want) < 30 || sized < 10 && flags[1] == "debuginfo=2" {
				t.Errorf("only %d names with %d sizes", len(want), sized)
			}
		})
	}
}

// dumped is what llvm-dwarfdump shows of a function.
type dumped struct {
	source string
	size   uint64 // of the first type argument; 0 where it is none of the plain cases
}

// entryLine begins an entry, indented by how deep it is; attributeLine has one attribute.
var (
	entryLine     = regexp.MustCompile(`^(0x[0-9a-f]+): ( +)DW_TAG_(\w+)$`)
	attributeLine = regexp.MustCompile(`^ +DW_AT_(\w+)\t\((.*)\)$`)
	reference     = regexp.MustCompile(`^0x[0-9a-f]+`)
)

// dumpUnit returns the functions that have a name in the unit whose first entry is at off, by
// the offsets of their entries.
func dumpUnit(t *testing.T, prog string, off uint64) map[uint64]dumped {
	t.Helper()
	type entry struct {
		off        uint64
		depth      int
		tag        string
		attributes map[string]string
		around     *entry
		argument   *entry
	}
	out, err := exec.Command(testkit.Tool(t, "llvm-dwarfdump"), "--debug-info=0x"+strconv.FormatUint(off, 16), "-c", prog).Output()
	if err != nil {
		t.Fatal(err)
	}
	entries := make(map[uint64]*entry)
	var order []*entry
	var last *entry
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSuffix(line, "\n")
		if m := entryLine.FindStringSubmatch(line); m != nil {
			off, _ := strconv.ParseUint(m[1], 0, 64)
			e := &entry{off: off, depth: len(m[2]), tag: m[3], attributes: make(map[string]string), around: last}
			for e.around != nil && e.around.depth >= e.depth {
				e.around = e.around.around
			}
			if e.tag == "template_type_parameter" && e.around.argument == nil {
				e.around.argument = e
			}
			entries[off], last = e, e
			order = append(order, e)
		} else if m := attributeLine.FindStringSubmatch(line); m != nil && last != nil {
			last.attributes[m[1]] = strings.Trim(m[2], `"`)
		}
	}
	refers := func(e *entry, attribute string) *entry {
		off, _ := strconv.ParseUint(reference.FindString(e.attributes[attribute]), 0, 64)
		return entries[off]
	}
	found := make(map[uint64]dumped)
	for _, e := range order {
		name := e.attributes["name"]
		if e.tag != "subprogram" || name == "" {
			continue
		}
		var d dumped
		if e.argument != nil {
			if of := refers(e.argument, "type"); of != nil {
				d.size, _ = strconv.ParseUint(of.attributes["byte_size"], 0, 64)
				if of.tag == "pointer_type" {
					d.size = 8
				}
				if of.tag == "array_type" { // has no size of its own
					continue
				}
			}
		}
		d.source = name
		for a := e.around; a != nil && a.tag != "compile_unit"; a = a.around {
			scope := a.attributes["name"]
			if a.tag != "namespace" && strings.Contains(name, "<") {
				scope, _, _ = strings.Cut(scope, "<")
			}
			d.source = scope + "::" + d.source
		}
		found[e.off] = d
	}
	return found
}
