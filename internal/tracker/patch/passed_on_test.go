package patch

import (
	"debug/elf"
	"maps"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/flow"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/patch/patchtest"
	"heapprof/internal/tracker/wire"
)

// TestAFunctionThatPassesItsCallsOnIsLeftToTheOthers has builds where the linker makes
// plain jumps, moved ones by the global offset table, and fixed ones.
func TestAFunctionThatPassesItsCallsOnIsLeftToTheOthers(t *testing.T) {
	testkit.Tool(t, "gcc")
	want := map[string]string{
		"__rust_alloc":        "jumps-to _rjem_malloc _rjem_mallocx",
		"__rust_alloc_zeroed": "jumps-to _rjem_mallocx _rjem_calloc",
		"__rust_realloc":      "jumps-to _rjem_realloc _rjem_rallocx",
		"__rust_dealloc":      "jumps-to _rjem_sdallocx",
		"mi_malloc_aligned":   "jumps-to mi_theap_malloc_aligned",
		"mi_new_aligned":      "jumps-to mi_theap_malloc_aligned",
	}
	for _, flags := range [][]string{
		{"-fPIE", "-pie"},
		{"-fPIE", "-pie", "-Wl,--no-relax"},
		{"-fPIE", "-pie", "-Wl,--no-relax", "-Wl,-z,pack-relative-relocs"},
		{"-fno-pie", "-no-pie", "-Wl,--no-relax"},
		{"-fPIC", "-shared", "-Wl,--no-relax"},
	} {
		got := summary(read(t, testkit.Build(t, "passes.c", append([]string{"-O1"}, flags...)...), Options{}))
		for _, name := range slices.Sorted(maps.Keys(got)) {
			wanted := want[name]
			if wanted == "" {
				wanted = "hooked: "
			}
			if !strings.HasPrefix(got[name], wanted) {
				t.Errorf("%s: %s: %s, want %s", flags, name, got[name], wanted)
			}
		}
		if len(got) != 26 {
			t.Errorf("%s: %d functions, want 26", flags, len(got))
		}
	}
	// A slot that anything may write to says nothing, not even of the arguments.
	got := summary(read(t, testkit.Build(t, "passes.c", "-O1", "-fPIE", "-pie", "-Wl,--no-relax", "-Wl,-z,norelro"), Options{}))
	if want := "arguments-not-taken 1"; !strings.HasPrefix(got["mi_new_aligned"], want) {
		t.Errorf("by a slot that stays writable: %s, want %s", got["mi_new_aligned"], want)
	}
}

// TestOnARM64AFunctionPassesItsCallsOn has what gcc makes of the alignments' test, a
// heap in front of the arguments, and what is not plain; at 0x1000, before others.
func TestOnARM64AFunctionPassesItsCallsOn(t *testing.T) {
	const (
		size  = 4
		other = 0x14000400 // b .+0x1000
	)
	alloc, aligned, zeroed := allocator.Call{Action: wire.ActionAlloc, Size: 1}, allocator.Call{Action: wire.ActionAlloc, Size: 2, Align: 3}, allocator.Call{Action: wire.ActionAlloc, Count: 1, Size: 2}
	for _, test := range []struct {
		name string
		code []byte
		to   allocator.Call
		want int // jumps
		same bool
	}{
		{"b", patchtest.Words(other), alloc, 1, true},
		{"bti c; b", patchtest.Words(0xd503245f, other), alloc, 1, true},
		{"by the alignment", patchtest.Words(0xf100401f, 0xd2800203, 0x9a839003, 0xaa0003e2, 0xeb03003f, 0x54000089, 0xdac00021, 0xdac01021, 0xb5000061, 0xaa0203e0, other, other), alloc, 2, true},
		{"a heap in front", patchtest.Words(0x90000003, 0xf9400063, 0xd53bd044, 0xaa0103e2, 0xaa0003e1, 0xf8636880, other), aligned, 1, true},
		{"1 in front", patchtest.Words(0xaa0003e1, 0xd2800020, other), zeroed, 1, true},
		{"2 in front", patchtest.Words(0xaa0003e1, 0xd2800040, other), zeroed, 1, false},
		{"a larger size", patchtest.Words(0x91004000, other), alloc, 1, false},
		{"half the size", patchtest.Words(0x2a0003e0, other), alloc, 1, false},
		{"a frame", patchtest.Words(0xa9bf7bfd, other), alloc, 0, false},
		{"memory written", patchtest.Words(0xf9000060, other), alloc, 0, false},
		{"a register moved on by a load", patchtest.Words(0xf8408420, other), alloc, 0, false},
		{"a call", patchtest.Words(0x94000400, other), alloc, 0, false},
		{"an end", patchtest.Words(0xb4000040, other, patchtest.ARM64Ret), alloc, 0, false},
		{"a loop", patchtest.Words(0xb5000000, other), alloc, 0, false},
		{"by a register", patchtest.Words(0xd61f0200), alloc, 0, false},
	} {
		ways := flow.Analysis{File: &codefile.File{Machine: isa.MachineOf(elf.EM_AARCH64)}}.TailJumps(&isa.Body{Entry: patchtest.Entry, Code: test.code, Size: len(test.code)})
		if len(ways) != test.want {
			t.Errorf("%s: %d ways on, want %d", test.name, len(ways), test.want)
		}
		for _, w := range ways {
			if w.To.Number < patchtest.Entry+0x1000 || w.To.Number > patchtest.Entry+0x1000+uint64(len(test.code)-size) {
				t.Errorf("%s: goes to %#x", test.name, w.To.Number)
			}
			if isPassedOnAs(alloc, test.to, &w) != test.same {
				t.Errorf("%s: passed on as it is: %v, want %v", test.name, !test.same, test.same)
			}
		}
	}
}
