package patch

import (
	"bufio"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/tracker/patch/patchtest"
)

// eachHook calls visit with each function of a file that its own code lets be hooked.
func eachHook(t *testing.T, path string, visit func(m *module, name string, b *body, h *hook)) {
	t.Helper()
	m, err := openModule(path, "")
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	m.findStarts()
	seen := make(map[uint64]bool)
	for s := range m.symbols {
		if seen[s.addr] || s.indirect || s.size == 0 {
			continue
		}
		seen[s.addr] = true
		b := m.body(s.addr, s.size)
		if h, err := m.machine.hook(b); err == nil && h.fits() {
			visit(m, string(s.name), b, h)
		}
	}
}

// TestHooksOfEveryFunctionOfRealLibrariesMeanTheSame relocates the first instructions
// of every function of the machine's libraries, and holds what is moved against what
// was there: the same operations, of the same addresses, and the way back.
func TestHooksOfEveryFunctionOfRealLibrariesMeanTheSame(t *testing.T) {
	for arch, least := range map[string]int{"x86-64": 10, "arm64": 3} {
		t.Run(arch, func(t *testing.T) {
			libraries := patchtest.Libraries(t, arch)
			if arch == "x86-64" && runtime.GOARCH == "amd64" {
				libraries = append(libraries, testkit.Tool(t, "go")) // another compiler's code, with all symbols
			}
			if len(libraries) < least {
				testkit.Skip(t, "only %d libraries were found: %v", len(libraries), libraries)
			}
			functions := 0
			for _, path := range libraries {
				eachHook(t, path, func(m *module, name string, b *body, h *hook) {
					functions++
					if err := sameMeaning(m.machine, b, h); err != nil {
						t.Errorf("%s of %s: %v", name, path, err)
					}
				})
			}
			t.Logf("%d libraries, %d functions", len(libraries), functions)
		})
	}
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
		eachHook(t, path, func(_ *module, name string, b *body, h *hook) {
			if !starts[b.entry] {
				return // objdump does not show all of a section's symbols where they overlap
			}
			functions++
			for at := h.skip; at < h.skip+h.length; {
				inst, err := decodeX86(b.code[at:])
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				if at += inst.Len; !starts[b.entry+uint64(at)] && at < b.size {
					t.Errorf("%s of %s: an instruction ends at %+#x, but objdump sees none begin there", name, path, at)
					return
				}
			}
		})
		t.Logf("%s: %d functions", path, functions)
	}
}
