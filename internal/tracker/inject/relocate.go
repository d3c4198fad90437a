package inject

import (
	"debug/elf"
	"encoding/binary"
	"fmt"

	"heapprof/internal/object"
)

// relocations are what a position-independent program does to itself first: words to
// which its load address is added (System V ABI, AMD64 supplement, section 4.4, and
// the generic ABI's "Relative Relocation Table").
type relocations struct {
	rela []elf.Rela64
	relr []uint64
}

// readRelocations reads the relocations of f from the program's memory, where read reads a
// value at an address of the file's own. A program that is linked for one address has none.
func readRelocations(f *object.File, read func(addr uint64, v any) error) (r relocations, err error) {
	table := func(addrTag, sizeTag elf.DynTag) (addr, size uint64) {
		addrs, addrErr := f.DynValue(addrTag)
		sizes, sizeErr := f.DynValue(sizeTag)
		if addrErr != nil || sizeErr != nil || len(addrs) == 0 || len(sizes) == 0 {
			return 0, 0
		}
		return addrs[0], sizes[0]
	}
	const most = 1 << 30
	addr, size := table(elf.DT_RELA, elf.DT_RELASZ)
	relrAddr, relrSize := table(dtRelr, dtRelrSize)
	if size > most || relrSize > most {
		return r, fmt.Errorf("its relocations have %d bytes", max(size, relrSize))
	}
	r.rela = make([]elf.Rela64, size/uint64(binary.Size(elf.Rela64{})))
	r.relr = make([]uint64, relrSize/8)
	if err := read(addr, r.rela); err != nil && size > 0 {
		return r, err
	}
	if err := read(relrAddr, r.relr); err != nil && relrSize > 0 {
		return r, err
	}
	return r, nil
}

const (
	dtRelrSize = elf.DynTag(35)
	dtRelr     = elf.DynTag(36)
)

// apply changes content, the bytes at the address at of the file's own, as the program will
// do at a load address of bias.
func (r relocations) apply(content []byte, at, bias uint64) error {
	word := func(addr uint64) []byte {
		if addr < at || addr-at+8 > uint64(len(content)) {
			return nil
		}
		return content[addr-at:]
	}
	for _, rela := range r.rela {
		b := word(rela.Off)
		if b == nil {
			continue
		}
		if kind := elf.R_X86_64(elf.R_TYPE64(rela.Info)); kind != elf.R_X86_64_RELATIVE {
			return fmt.Errorf("its thread-local storage has a relocation of kind %v", kind)
		}
		binary.LittleEndian.PutUint64(b, bias+uint64(rela.Addend))
	}
	add := func(addr uint64) {
		if b := word(addr); b != nil {
			binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)+bias)
		}
	}
	// An even entry is the address of a word; an odd one has a bit for each of the
	// next 63 words.
	var next uint64
	for _, entry := range r.relr {
		if entry&1 == 0 {
			add(entry)
			next = entry + 8
			continue
		}
		for bit := uint64(0); bit < 63; bit++ {
			if entry>>(bit+1)&1 != 0 {
				add(next + 8*bit)
			}
		}
		next += 63 * 8
	}
	return nil
}
