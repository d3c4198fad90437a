package inject

import (
	"debug/elf"
	"encoding/binary"
	"slices"
	"testing"
)

func TestWordsAreRelocatedAsTheProgramDoes(t *testing.T) {
	const at, bias = 0x2000, 0x7000_0000
	words := func(b []byte) []uint64 {
		var w []uint64
		for ; len(b) >= 8; b = b[8:] {
			w = append(w, binary.LittleEndian.Uint64(b))
		}
		return w
	}
	content := make([]byte, 70*8)
	binary.LittleEndian.PutUint64(content[8:], 0x11)
	r := relocations{
		rela: []elf.Rela64{
			{Off: at - 8, Info: uint64(elf.R_X86_64_RELATIVE), Addend: 1},     // another's
			{Off: at + 16, Info: uint64(elf.R_X86_64_RELATIVE), Addend: 0x22}, // whatever is there
			{Off: at + 70*8, Info: uint64(elf.R_X86_64_IRELATIVE)},
		},
		// Word 1; of the 63 behind it the first is at 2: those at 4 and 64; then 66.
		relr: []uint64{at + 8, 1 | 1<<(1+2) | 1<<(1+62), 1 | 1<<(1+1), at + 1<<20},
	}
	if err := r.apply(content, at, bias); err != nil {
		t.Fatal(err)
	}
	want := make([]uint64, 70)
	want[1], want[2], want[4], want[64], want[66] = bias+0x11, bias+0x22, bias, bias, bias
	if got := words(content); !slices.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	r.rela = []elf.Rela64{{Off: at, Info: uint64(elf.R_X86_64_IRELATIVE)}}
	if err := r.apply(content, at, bias); err == nil {
		t.Error("a relocation that is not understood was accepted")
	}
}
