package symbol

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/testkit/fixture"
)

// run runs a tool that the test needs in dir and returns its standard output.
func run(t testing.TB, dir, tool string, args ...string) string {
	t.Helper()
	cmd := exec.Command(testkit.Tool(t, tool), args...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

// source returns the absolute path of a file in testdata.
func source(t testing.TB, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// build compiles a source of testdata into dir/prog.
func build(t testing.TB, dir, compiler, name string, flags ...string) string {
	t.Helper()
	prog := filepath.Join(dir, "prog")
	if slices.Contains(flags, "-gsplit-dwarf") { // the program says where the other file is
		run(t, dir, compiler, append(flags, "-o", prog, source(t, name))...)
		return prog
	}
	// A copy, as tests change their programs.
	return writeFile(t, prog, readFile(t, testkit.Compile(t, fixture.Compilation{
		Compiler: compiler,
		Args:     append([]string{source(t, name)}, flags...),
		Sources:  []string{source(t, name)},
		Name:     "prog",
	})))
}

// open opens a file without any debug directory but those given.
func open(t testing.TB, path string, debugDirs ...string) *Module {
	t.Helper()
	r := NewResolver(Options{DebugDirs: append([]string{}, debugDirs...)})
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	m, err := r.Open(path, "")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// symbolAddress returns the address of a function in .symtab.
func symbolAddress(t testing.TB, path, name string) uint64 {
	t.Helper()
	for _, s := range functionSymbols(t, path) {
		if s.Name == name {
			return s.Value
		}
	}
	t.Fatalf("%s has no symbol %s", path, name)
	return 0
}

func functionSymbols(t testing.TB, path string) []elf.Symbol {
	t.Helper()
	var functions []elf.Symbol
	for _, s := range testkit.Symbols(t, path) {
		kind := elf.ST_TYPE(s.Info)
		if s.Section != elf.SHN_UNDEF && (kind == elf.STT_FUNC || kind == elf.STT_NOTYPE && s.Name == "unsized") {
			functions = append(functions, s)
		}
	}
	return functions
}

// sample returns about n addresses all over the functions of a file: padding
// between them never runs.
func sample(t testing.TB, path string, n int) []uint64 {
	t.Helper()
	var total uint64
	symbols := functionSymbols(t, path)
	for _, s := range symbols {
		total += s.Size
	}
	// An odd step meets instructions at all alignments.
	step := max(total/uint64(n), 1) | 1
	seen := make(map[uint64]bool)
	var addrs []uint64
	for _, s := range symbols {
		for a := s.Value; a < s.Value+s.Size; a += step {
			if !seen[a] {
				seen[a] = true
				addrs = append(addrs, a)
			}
		}
	}
	return addrs
}

// equalFrames fails the test where two modules give different frames.
func equalFrames(t *testing.T, got, want *Module, addrs []uint64) {
	t.Helper()
	named := 0
	for _, a := range addrs {
		g, w := got.Frames(a), want.Frames(a)
		if len(g) > 0 && g[0].Line > 0 {
			named++
		}
		if !sameFrames(g, w) {
			t.Fatalf("%#x: got %v, want %v", a, g, w)
		}
	}
	if named < len(addrs)/2 {
		t.Errorf("only %d of %d addresses have a line", named, len(addrs))
	}
}

func sameFrames(a, b []Frame) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func writeFile(t testing.TB, path string, data []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
