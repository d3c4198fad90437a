package patch

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// realLibraries are those that a machine is likely to have some of, by architecture.
var realLibraries = map[string][]string{
	"x86-64": {
		"libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "libcrypto.so.*", "libssl.so.*", "libsqlite3.so.0",
		"libpython3*.so.1.0", "libperl.so.5.*", "libz.so.1", "libjemalloc.so.2", "libmimalloc.so.2", "libtcmalloc.so.4",
		"libbfd-*.so", "libisl.so.*", "libgmp.so.10", "libncursesw.so.6", "libexpat.so.1", "libcurl.so.4", "libgnutls.so.30",
	},
	"arm64": {"libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "libgomp.so.1", "libatomic.so.1"},
}

func findLibraries(t testing.TB, arch string) []string {
	dirs := map[string][]string{
		"x86-64": {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib"},
		"arm64":  {"/usr/aarch64-linux-gnu/lib", "/lib/aarch64-linux-gnu"},
	}[arch]
	var found []string
	for _, pattern := range realLibraries[arch] {
		for _, dir := range dirs {
			paths, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			if len(paths) > 0 {
				found = append(found, paths[0])
				break
			}
		}
	}
	return found
}

// allHooks plans the hook of every function of a file, and counts the refusals by
// reason, numbers left out.
func (m *module) allHooks(t *testing.T, reasons map[string]int) (functions int, hooked []*target) {
	t.Helper()
	m.findStarts()
	seen := make(map[uint64]bool)
	var targets []*target
	for s := range m.symbols {
		if seen[s.addr] || s.indirect || s.size == 0 {
			continue
		}
		seen[s.addr] = true
		targets = append(targets, &target{entry: s.addr, names: []string{string(s.name)}, body: m.body(s.addr, s.size)})
	}
	m.hookAll(targets)
	for _, target := range targets {
		if target.refused != nil {
			reasons[reasonClass(target.refused.Error())]++
		} else {
			hooked = append(hooked, target)
		}
		if (target.refused == nil) != (target.hook != nil) {
			t.Errorf("%s: hooked %v and refused %v", target.names[0], target.hook, target.refused)
		}
	}
	return len(targets), hooked
}

var numbers = regexp.MustCompile(`[+-]?0x[0-9a-f]+|: [0-9a-f ]{8,}|[0-9]+`)

func reasonClass(reason string) string {
	if strings.HasSuffix(reason, "begins where the jump would be") {
		return "another symbol begins where the jump would be"
	}
	return numbers.ReplaceAllString(reason, "N")
}

// TestHooksOfEveryFunctionOfRealLibrariesMeanTheSame relocates the first instructions
// of every function of the machine's libraries, and holds what is moved against what
// was there: the same operations, of the same addresses, and the way back.
func TestHooksOfEveryFunctionOfRealLibrariesMeanTheSame(t *testing.T) {
	for arch, least := range map[string]int{"x86-64": 10, "arm64": 3} {
		t.Run(arch, func(t *testing.T) {
			libraries := findLibraries(t, arch)
			if arch == "x86-64" && runtime.GOARCH == "amd64" {
				libraries = append(libraries, testkit.Tool(t, "go")) // another compiler's code, with all symbols
			}
			if len(libraries) < least {
				testkit.Skip(t, "only %d libraries were found: %v", len(libraries), libraries)
			}
			reasons := make(map[string]int)
			all, allPlanned := 0, 0
			for _, path := range libraries {
				m, err := openModule(path, "")
				if err != nil {
					t.Fatal(err)
				}
				functions, planned := m.allHooks(t, reasons)
				for _, p := range planned {
					if err := m.sameMeaning(p.body, p.hook); err != nil {
						t.Errorf("%s of %s: %v", p.names[0], path, err)
					}
				}
				all += functions
				allPlanned += len(planned)
				m.close()
			}
			t.Logf("%d libraries, %d functions, %d planned", len(libraries), all, allPlanned)
			for reason, n := range reasons {
				t.Logf("%7d refused: %s", n, reason)
			}
			all -= reasons[errLoop.Error()] // Go's functions do, for more stack
			if allPlanned*10 < all*9 {
				t.Errorf("%d of %d functions are planned, want at least nine tenths", allPlanned, all)
			}
		})
	}
}

// TestInstructionsEndWhereBinutilsSees compares the boundaries of instructions with
// those of objdump, an independent decoder.
func TestInstructionsEndWhereBinutilsSees(t *testing.T) {
	objdump := testkit.Tool(t, "objdump")
	// Compilers' code and, of libgmp, people's; objdump takes a second for a megabyte.
	wanted := regexp.MustCompile(`/lib(c|m|gmp|jemalloc|mimalloc|tcmalloc)\.so`)
	for _, path := range findLibraries(t, "x86-64") {
		if !wanted.MatchString(path) {
			continue
		}
		m, err := openModule(path, "")
		if err != nil {
			t.Fatal(err)
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
		_, planned := m.allHooks(t, map[string]int{})
		for _, p := range planned {
			if !starts[p.entry] {
				continue // objdump does not show all of a section's symbols where they overlap
			}
			h := p.hook
			for at := h.skip; at < h.skip+h.length; {
				inst, err := decodeX86(p.body.code[at:])
				if err != nil {
					t.Errorf("%s: %v", p.names[0], err)
					break
				}
				if at += inst.Len; !starts[p.entry+uint64(at)] && at < p.body.size {
					t.Errorf("%s of %s: an instruction ends at %+#x, but objdump sees none begin there", p.names[0], path, at)
					break
				}
			}
		}
		t.Logf("%s: %d functions", path, len(planned))
		m.close()
	}
}
