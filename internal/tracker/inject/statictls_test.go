package inject

import (
	"bytes"
	"debug/elf"
	"testing"
)

// TestNothingMovesInWiderThreadLocalStorage compares the place of the program's own
// variables, against the thread pointer, before and after, by the rules that linkers
// and both C libraries have.
func TestNothingMovesInWiderThreadLocalStorage(t *testing.T) {
	for _, align := range []uint64{0, 1, 2, 4, 8, 16, 64, 4096} {
		for _, size := range []uint64{1, 4, 8, 24, 0x60, 0x27a0, 0x3088} {
			vaddr := uint64(0x4b5000)
			content := bytes.Repeat([]byte{0xab}, int(size/2))
			old := elf.Prog64{Type: uint32(elf.PT_TLS), Vaddr: vaddr, Filesz: uint64(len(content)), Memsz: size, Align: align}
			w, err := widenTLS([]elf.Prog64{{Type: uint32(elf.PT_LOAD)}, old}, func(addr, n uint64) ([]byte, error) {
				return content, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			const initialAt = 0x7fff_0000_0000
			p := w.place(0, initialAt, 0)[1]
			more := p.Memsz - old.Memsz
			glibc := func(p elf.Prog64) uint64 { return roundUp(p.Memsz, max(p.Align, 1)) }
			musl := func(p elf.Prog64) uint64 { return p.Memsz + (-p.Memsz-p.Vaddr)&(max(p.Align, 1)-1) }
			for name, block := range map[string]func(elf.Prog64) uint64{"glibc": glibc, "musl": musl} {
				if block(p)-more != block(old) {
					t.Errorf("align %d, %d bytes, %s: the variables move from -%#x to -%#x", align, size, name, block(old), block(p)-more)
				}
				if start := -int64(block(p)); w.words < start || w.words+mostTLS > start+int64(more) {
					t.Errorf("align %d, %d bytes, %s: the words at %d are not in the %d bytes from %d on", align, size, name, w.words, more, start)
				}
			}
			if w.words%8 != 0 || w.size < uint64(-w.words) {
				t.Errorf("align %d, %d bytes: the words are at %d of %d", align, size, w.words, w.size)
			}
			if !bytes.Equal(w.initial[more:], content) || len(bytes.Trim(w.initial[:more], "\x00")) != 0 || p.Filesz != uint64(len(w.initial)) {
				t.Errorf("align %d, %d bytes: the first state is %x", align, size, w.initial)
			}
		}
	}
}

func TestAProgramWithoutThreadLocalStorageGetsSome(t *testing.T) {
	w, err := widenTLS([]elf.Prog64{{Type: uint32(elf.PT_PHDR), Vaddr: 0x40}}, func(addr, n uint64) ([]byte, error) { return nil, nil })
	if err != nil {
		t.Fatal(err)
	}
	const headersAt, initialAt, bias = 0x10_0000, 0x20_0000, 0x5000
	placed := w.place(headersAt, initialAt, bias)
	if len(placed) != 2 || placed[0].Vaddr+bias != headersAt || placed[1].Vaddr+bias != initialAt || placed[1].Memsz != roomForTLS {
		t.Errorf("the headers are %+v", placed)
	}
}

func TestStorageThatIsNotAlignedIsRefused(t *testing.T) {
	for _, p := range []elf.Prog64{{Vaddr: 0x1008, Align: 16}, {Vaddr: 0x10000, Align: 1 << 16}, {Vaddr: 0x1008, Align: 12}} {
		p.Type = uint32(elf.PT_TLS)
		if _, err := widenTLS([]elf.Prog64{p}, func(addr, n uint64) ([]byte, error) { return nil, nil }); err == nil {
			t.Errorf("accepted: %+v", p)
		}
	}
}
