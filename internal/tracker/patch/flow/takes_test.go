package flow

import (
	"debug/elf"
	"testing"

	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/patch/patchtest"
)

// TestAnArgumentIsTakenWhereItIsReadBeforeItIsWritten has functions at 0x1000 that take
// their fourth argument or do not, or leave that to another, at 0x2000.
func TestAnArgumentIsTakenWhereItIsReadBeforeItIsWritten(t *testing.T) {
	const there = patchtest.Entry + 0x1000
	check := func(m elf.Machine, name string, code []byte, want bool, wantNext uint64) {
		t.Helper()
		reads, ends := patchtest.Words(0xaa0303f3, patchtest.ARM64Ret), patchtest.Words(patchtest.ARM64Ret) // mov x19, x3
		if m == elf.EM_X86_64 {
			reads, ends = patchtest.Bytes(t, "48 89 cb c3"), patchtest.Bytes(t, "c3") // mov %rcx, %rbx
		}
		for _, other := range [][]byte{reads, ends} {
			in := Analysis{&codefile.File{Machine: isa.MachineOf(m), Segments: []codefile.Segment{{Addr: patchtest.Entry, Data: code}, {Addr: there, Data: other}}}}
			want := want || wantNext == there && len(other) == len(reads)
			if got := in.UsesArgument(&isa.Body{Entry: patchtest.Entry, Code: code, Size: len(code)}, 4); got != want {
				t.Errorf("%s, % x: it is taken: %v", name, other, got)
			}
		}
	}
	for _, test := range []struct {
		name, code string
		used       bool
		next       uint64
	}{
		{"mov %rcx, %rbx", "53 48 89 cb c3", true, 0},
		{"test of its lower half", "85 c9 c3", true, 0},
		{"add $8, %rcx", "48 83 c1 08 c3", true, 0},
		{"in an address", "48 8b 04 0f c3", true, 0},
		{"push", "51 c3", true, 0},
		{"in the address of what is written over it", "48 8b 49 08 c3", true, 0},
		{"its lower half over it", "89 c9 c3", true, 0},
		{"behind a branch that is not taken", "48 85 ff 74 03 48 89 cb c3", true, 0},
		{"zeroed", "31 c9 48 89 cb c3", false, 0},
		{"written from another", "48 8b 0f 48 89 cb c3", false, 0},
		{"written by its lower half", "b9 01 00 00 00 48 89 cb c3", false, 0},
		{"behind the end", "c3 48 89 cb", false, 0},
		{"behind a trap", "0f 0b 48 89 cb c3", false, 0},
		{"passed on by a call", "50 e8 fa 0f 00 00 c3", false, 0x2000},
		{"passed on by a jump", "e9 fb 0f 00 00", false, 0x2000},
		{"passed on behind a branch that is taken", "48 85 ff 74 02 31 c9 e9 f4 0f 00 00", false, 0x2000},
		{"read behind a branch that is taken", "48 85 ff 74 01 c3 48 89 cb c3", true, 0},
		{"zeroed on all ways", "48 85 ff 74 03 31 c9 c3 31 c9 48 89 cb c3", false, 0},
		{"written by a condition", "0f 94 c1 48 89 fb c3", false, 0},
		{"passed on to what a register says", "ff d0 c3", false, 0},
	} {
		check(elf.EM_X86_64, "x86-64: "+test.name, patchtest.Bytes(t, test.code), test.used, test.next)
	}
	for _, test := range []struct {
		name string
		word uint32
		used bool
		next uint64
	}{
		{"mov x19, x3", 0xaa0303f3, true, 0},
		{"str x3, [sp, #8]", 0xf90007e3, true, 0},
		{"cmp x3, #1", 0xf100047f, true, 0},
		{"cbz w3, .+8", 0x34000043, true, 0},
		{"add x0, x0, x3", 0x8b030000, true, 0},
		{"ldr x0, [x1, x3]", 0xf8636820, true, 0},
		{"ldr x3, [x3]", 0xf9400063, true, 0},
		{"mov x3, x0", 0xaa0003e3, false, 0},
		{"mov w3, w0", 0x2a0003e3, false, 0},
		{"mov x0, x30", 0xaa1e03e0, false, 0},
		{"b .+0x1000", patchtest.ARM64Branch, false, 0x2000},
		{"bl .+0x1000", 0x94000400, false, 0x2000},
	} {
		check(elf.EM_AARCH64, "arm64: "+test.name, patchtest.Words(test.word, patchtest.ARM64Ret), test.used, test.next)
	}
}
