package isa_test

import (
	"bufio"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/patch/patchtest"
)

// eachHook calls visit with each function of a file that its own code lets be hooked.
func eachHook(t *testing.T, path string, visit func(m *codefile.File, name string, b *isa.Body, h *isa.Hook)) {
	t.Helper()
	m, err := codefile.Open(path, "", false)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	m.FindStarts()
	seen := make(map[uint64]bool)
	for s := range m.Symbols {
		if seen[s.Addr] || s.Indirect || s.Size == 0 {
			continue
		}
		seen[s.Addr] = true
		b := m.Body(s.Addr, s.Size)
		if h, obstacle := m.Machine.Hook(b); obstacle == nil && h.Fits() {
			visit(m, string(s.Name), b, h)
		}
	}
}

// TestHooksOfEveryFunctionOfRealLibrariesMeanTheSame relocates the first instructions
// of every function of the machine's libraries, and holds what is moved against what
// was there: the same operations, of the same addresses, and the way back.
func TestHooksOfEveryFunctionOfRealLibrariesMeanTheSame(t *testing.T) {
	patchtest.EachArchitecture(t, func(t *testing.T, libraries []string) {
		functions := 0
		for _, path := range libraries {
			eachHook(t, path, func(m *codefile.File, name string, b *isa.Body, h *isa.Hook) {
				functions++
				if err := isa.SameMeaning(m.Machine, b, h); err != nil {
					t.Errorf("%s of %s: %v", name, path, err)
				}
			})
		}
		t.Logf("%d libraries, %d functions", len(libraries), functions)
	})
}

// TestInstructionsEndWhereBinutilsSees compares the boundaries of instructions with
// those of objdump, an independent decoder.
func TestInstructionsEndWhereBinutilsSees(t *testing.T) {
	objdump := testkit.Tool(t, "objdump")
	// Compilers' code and, of libgmp, people's; objdump takes a second for a megabyte.
	wanted := regexp.MustCompile(`/lib(c|m|gmp|jemalloc|mimalloc|tcmalloc)\.so`)
	for _, path := range patchtest.Libraries(t, "x86-64") {
		if !wanted.MatchString(path) {
			continue
		}
		starts := make(map[uint64]bool)
		command := exec.Command(objdump, "-d", "--no-show-raw-insn", path)
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			address, _, ok := strings.Cut(lines.Text(), ":\t")
			if n, err := strconv.ParseUint(strings.TrimSpace(address), 16, 64); ok && err == nil {
				starts[n] = true
			}
		}
		if err := command.Wait(); err != nil {
			t.Fatal(err)
		}
		functions := 0
		eachHook(t, path, func(_ *codefile.File, name string, b *isa.Body, h *isa.Hook) {
			if !starts[b.Entry] {
				return // objdump does not show all of a section's symbols where they overlap
			}
			functions++
			for at := h.Skip; at < h.Skip+h.Length; {
				inst, ok := isa.DecodeX86(b.Code[at:])
				if !ok {
					t.Errorf("%s: the instruction at %+#x is not understood", name, at)
					return
				}
				if at += inst.Len; !starts[b.Entry+uint64(at)] && at < b.Size {
					t.Errorf("%s of %s: an instruction ends at %+#x, but objdump sees none begin there", name, path, at)
					return
				}
			}
		})
		t.Logf("%s: %d functions", path, functions)
	}
}
