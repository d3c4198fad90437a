package patch

import (
	"debug/elf"
	"encoding/binary"
	"slices"
)

// relocation is what the loader writes into a slot.
type relocation struct {
	kind   relocationKind
	symbol uint32 // in the dynamic symbol table
	addend uint64
}

type relocationKind uint8

const (
	otherRelocation relocationKind = iota
	relative                       // addend, moved by where the file is loaded
	ofSymbol                       // the address of a symbol, at once or when it is needed
)

// relocationKinds are the kinds by their numbers.
var relocationKinds = map[elf.Machine]map[uint32]relocationKind{
	elf.EM_X86_64:  {uint32(elf.R_X86_64_RELATIVE): relative, uint32(elf.R_X86_64_GLOB_DAT): ofSymbol, uint32(elf.R_X86_64_JMP_SLOT): ofSymbol},
	elf.EM_AARCH64: {uint32(elf.R_AARCH64_RELATIVE): relative, uint32(elf.R_AARCH64_GLOB_DAT): ofSymbol, uint32(elf.R_AARCH64_JUMP_SLOT): ofSymbol},
}

// relocations calls visit with the slots that have a relocation, and which, until it
// returns false. Those of symbols are last in a file, and come first.
func (m *module) relocations(visit func(slot uint64, r relocation) bool) {
	const entry = 24 // Elf64_Rela
	kinds := relocationKinds[m.elf.Machine]
	for _, s := range slices.Backward(m.elf.Sections) {
		if s.Type != elf.SHT_RELA {
			continue
		}
		for all := section(m.image, s); len(all) >= entry; all = all[:len(all)-entry] {
			r := all[len(all)-entry:]
			word := binary.LittleEndian.Uint32
			if !visit(binary.LittleEndian.Uint64(r), relocation{kinds[word(r[8:])], word(r[12:]), binary.LittleEndian.Uint64(r[16:])}) {
				return
			}
		}
	}
}

// relocationAt returns the relocation of a slot, if it has one.
func (m *module) relocationAt(at uint64) (relocation, bool) {
	for slot, r := range m.relocations {
		if slot == at {
			return r, true
		}
	}
	return relocation{}, false
}

// symbolOf returns the symbol of a relocation and its table; nil for none.
func (m *module) symbolOf(r relocation) ([]byte, *symbolTable) {
	for i := range m.tables {
		t := &m.tables[i]
		if at := uint64(r.symbol) * symbolSize; t.dynamic && r.symbol != 0 && at+symbolSize <= uint64(len(t.entries)) {
			return t.entries[at : at+symbolSize], t
		}
	}
	return nil, nil
}

// isLasting says whether nothing writes to a slot once the loader is done.
func (m *module) isLasting(slot uint64) bool {
	for _, p := range m.elf.Progs {
		isReadOnly := p.Type == elf.PT_LOAD && p.Flags&elf.PF_W == 0
		if (isReadOnly || p.Type == elf.PT_GNU_RELRO) && slot-p.Vaddr < p.Memsz {
			return true
		}
	}
	return false
}

// wordAt returns what a lasting slot has in the file, which is its address or, with the
// packed relocations (SHT_RELR), what the loader adds to where the file is loaded; 0 for
// none.
func (m *module) wordAt(slot uint64) uint64 {
	if !m.isLasting(slot) {
		return 0
	}
	for _, p := range m.elf.Progs {
		if p.Type != elf.PT_LOAD || slot-p.Vaddr >= p.Filesz {
			continue
		}
		if word := part(m.image, p.Off+slot-p.Vaddr, 8); word != nil {
			return binary.LittleEndian.Uint64(word)
		}
	}
	return 0
}
