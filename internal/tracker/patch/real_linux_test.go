package patch

import (
	"bufio"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"

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

func findLibraries(t *testing.T, arch string) []string {
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

// hooks plans the hook of every function of a file, and counts the refusals by
// reason, numbers left out.
func (m *module) allHooks(t *testing.T, reasons map[string]int) (functions int, planned []*target, hooks map[uint64]*hook) {
	t.Helper()
	plan := &Plan{}
	hooks = make(map[uint64]*hook)
	var targets []*target
	for i, s := range m.symbols {
		if i > 0 && m.symbols[i-1].addr == s.addr || s.indirect || s.size == 0 {
			continue
		}
		targets = append(targets, &target{entry: s.addr, names: []string{s.name}, body: m.body(s.addr, s.size)})
	}
	m.hookAll(targets, hooks, plan)
	for _, r := range plan.Refused {
		t.Log(m.path, r)
		reasons[reasonClass(r.Reason)]++
	}
	for _, target := range targets {
		if hooks[target.entry] != nil {
			planned = append(planned, target)
		}
	}
	if len(planned)+len(plan.Refused) != len(targets) {
		t.Errorf("of %d functions %d are planned and %d refused", len(targets), len(planned), len(plan.Refused))
	}
	return len(targets), planned, hooks
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
				functions, planned, hooks := m.allHooks(t, reasons)
				for _, p := range planned {
					if err := m.sameMeaning(p.body, hooks[p.entry]); err != nil {
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
			if allPlanned*10 < all*9 {
				t.Errorf("%d of %d functions are planned, want at least nine tenths", allPlanned, all)
			}
		})
	}
}

// sameMeaning places a hook somewhere near, as if the file were loaded at bias, and
// compares.
func (m *module) sameMeaning(b *body, h *hook) error {
	bias, stub := uint64(0x7f0000000000), uint64(0x7effff000000)
	at := stub + 0x1000
	if _, ok := m.machine.(arm64); ok {
		return sameMeaningARM64(b, h, bias, at)
	}
	over := Code{Bytes: h.over.Bytes, Fixups: []Fixup{{Offset: 1, Kind: Rel32, Target: stub - bias}}}
	jump, err := over.Place(bias+b.entry+uint64(h.skip), bias)
	if err != nil {
		return err
	}
	if inst, err := decodeX86(jump); err != nil || inst.Op != x86asm.JMP || meaning(&inst, jump, bias+b.entry+uint64(h.skip)).address != stub {
		return fmt.Errorf("the jump to the stub is % x", jump)
	}
	if len(jump) != h.length || h.length < x86Jump {
		return fmt.Errorf("%d bytes are written over %d", len(jump), h.length)
	}
	moved, err := h.moved.Place(at, bias)
	if err != nil {
		return err
	}
	next := func() (got operation, err error) { // the next instruction of the moved code
		inst, err := decodeX86(moved)
		if err != nil {
			return got, err
		}
		got = meaning(&inst, moved, at)
		moved, at = moved[inst.Len:], at+uint64(inst.Len)
		return got, nil
	}
	for from, ended := h.skip, false; ; {
		if from >= h.skip+h.length || ended {
			if !ended {
				if got, err := next(); err != nil || got.op != x86asm.JMP || got.address != bias+b.entry+uint64(from) {
					return fmt.Errorf("it ends with %+v, want a jump to %#x (%v)", got, bias+b.entry+uint64(from), err)
				}
			}
			if len(moved) != 0 {
				return fmt.Errorf("% x is left over", moved)
			}
			return nil
		}
		inst, err := decodeX86(b.code[from:])
		if err != nil {
			return err
		}
		want := meaning(&inst, b.code[from:], bias+b.entry+uint64(from))
		from += inst.Len
		got, err := next()
		if err != nil {
			return err
		}
		if want.op == x86asm.CALL {
			slot := got.address
			if got.op != x86asm.PUSH {
				return fmt.Errorf("a call became %+v", got)
			}
			if got, err = next(); err != nil {
				return err
			}
			returns := uint64(0)
			if slot == at && len(moved) == 8 {
				for i := range 8 {
					returns |= uint64(moved[i]) << (8 * i)
				}
				moved = nil
			}
			if returns != bias+b.entry+uint64(from) {
				return fmt.Errorf("a call returns to %#x, want %#x", returns, bias+b.entry+uint64(from))
			}
			want.op, want.text = x86asm.JMP, strings.Replace(want.text, "CALL", "JMP", 1)
		}
		if got != want {
			return fmt.Errorf("%+v became %+v", want, got)
		}
		ended = want.op == x86asm.JMP || want.op == x86asm.RET || want.op == x86asm.UD2 || want.op == x86asm.HLT || want.op == x86asm.UD1
	}
}

// operation is what an instruction does, wherever it is.
type operation struct {
	op      x86asm.Op
	text    string // operands that are not relative to the instruction
	address uint64 // what the relative one comes to
}

func meaning(inst *x86asm.Inst, code []byte, at uint64) operation {
	o := operation{op: inst.Op}
	if inst.PCRel == 0 {
		o.text = inst.String()
		return o
	}
	var distance int64
	for i := range inst.PCRel {
		distance |= int64(code[inst.PCRelOff+i]) << (8 * i)
	}
	unused := 64 - 8*inst.PCRel
	o.address = at + uint64(inst.Len) + uint64(distance<<unused>>unused)
	if _, isBranch := inst.Args[0].(x86asm.Rel); !isBranch {
		// The bytes but for the distance; a call's turn into a jump is known by op.
		bytes := append(slices.Clone(code[:inst.PCRelOff]), code[inst.PCRelOff+4:inst.Len]...)
		if inst.Op == x86asm.CALL {
			bytes[inst.PCRelOff-1] += 2 << 3
		}
		o.text = fmt.Sprintf("% x", bytes)
	}
	return o
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
		_, planned, hooks := m.allHooks(t, map[string]int{})
		for _, p := range planned {
			if !starts[p.entry] {
				continue // objdump does not show all of a section's symbols where they overlap
			}
			h := hooks[p.entry]
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
