package codefile

import (
	"bytes"
	"debug/elf"
	"slices"
	"testing"

	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/patch/patchtest"
)

// TestBytesOfInstructionsAreNoBranches has bytes that look like a branch within an
// instruction, where no symbol is near, or where one is and what lies between is not
// known for instructions.
func TestBytesOfInstructionsAreNoBranches(t *testing.T) {
	const across, unknown = "\x48\x89\x84\x24\x0f\x84\x10\x00", "\x06" // mov %rax,0x10840f24(%rsp); none in 64-bit code
	body := []byte("\x8b\x44\x24\x40\x89\xc1\xf6\xd9\xb8\xff\xff\xff\xff\xd3\xe8\x89\x44\x24\x78\x41\x89\xe8\x41\x83\xe0\xfe\x48\x83\xc0\x04")
	for _, test := range []struct {
		name   string
		before []byte
		code   string
		at     uint64 // in code
		want   bool
	}{
		{"in step from the symbol on", body, across, 4, true},
		{"at an instruction", body, across, 0, false},
		{"behind an instruction", body, across, 8, false},
		{"far from the symbol", bytes.Repeat(body, 200), across, 4, true},
		{"at an instruction far from the symbol", bytes.Repeat(body, 200), across, 0, false},
		{"behind an instruction far from the symbol", bytes.Repeat(body, 200), across, 8, false},
		{"with an unknown byte behind the symbol", slices.Concat([]byte(unknown), bytes.Repeat(body, 5)), across, 4, true},
		{"with an unknown byte just before", slices.Concat(bytes.Repeat(body, 200), []byte(unknown)), across, 4, false},
		{"where decoding never falls into step", slices.Concat(bytes.Repeat(body, 200), make([]byte, 600)), "\x00\x00\x00\x00", 1, false},
	} {
		code := slices.Concat(test.before, []byte(test.code), body)
		m := &File{Machine: isa.MachineOf(elf.EM_X86_64), Segments: []Segment{{patchtest.Entry, code}}, starts: []uint64{patchtest.Entry}}
		if got := m.WithinInstruction(patchtest.Entry + uint64(len(test.before)) + test.at); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
