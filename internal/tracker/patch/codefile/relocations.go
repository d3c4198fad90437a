package codefile

import (
	"debug/elf"
	"encoding/binary"
	"slices"

	"heapprof/internal/object"
)

// relocation is what the loader writes into a slot.
type Relocation struct {
	Kind   RelocationKind
	Symbol uint32 // in the dynamic symbol table
	Addend uint64
}

type RelocationKind uint8

const (
	OtherRelocation RelocationKind = iota
	Relative                       // addend, moved by where the file is loaded
	OfSymbol                       // the address of a symbol, at once or when it is needed
)

// relocationKinds are the kinds by their numbers.
var relocationKinds = map[elf.Machine]map[uint32]RelocationKind{
	elf.EM_X86_64:  {uint32(elf.R_X86_64_RELATIVE): Relative, uint32(elf.R_X86_64_GLOB_DAT): OfSymbol, uint32(elf.R_X86_64_JMP_SLOT): OfSymbol},
	elf.EM_AARCH64: {uint32(elf.R_AARCH64_RELATIVE): Relative, uint32(elf.R_AARCH64_GLOB_DAT): OfSymbol, uint32(elf.R_AARCH64_JUMP_SLOT): OfSymbol},
}

// relocations calls visit with the slots that have a relocation, and which, until it
// returns false. Those of symbols are last in a file, and come first.
func (m *File) Relocations(visit func(slot uint64, r Relocation) bool) {
	const entry = 24 // Elf64_Rela
	kinds := relocationKinds[m.object.Machine]
	for _, s := range slices.Backward(m.object.Sections) {
		if s.Type != elf.SHT_RELA {
			continue
		}
		for all := m.object.Plain(s); len(all) >= entry; all = all[:len(all)-entry] {
			r := all[len(all)-entry:]
			word := binary.LittleEndian.Uint32
			if !visit(binary.LittleEndian.Uint64(r), Relocation{kinds[word(r[8:])], word(r[12:]), binary.LittleEndian.Uint64(r[16:])}) {
				return
			}
		}
	}
}

// relocationAt returns the relocation of a slot, if it has one.
func (m *File) RelocationAt(at uint64) (Relocation, bool) {
	for slot, r := range m.Relocations {
		if slot == at {
			return r, true
		}
	}
	return Relocation{}, false
}

// symbolOf returns the symbol of a relocation and its table; nil for none.
func (m *File) SymbolOf(r Relocation) (object.Symbol, *SymbolTable) {
	for i := range m.Tables {
		t := &m.Tables[i]
		if at := uint64(r.Symbol) * object.SymbolSize; t.Dynamic && r.Symbol != 0 && at+object.SymbolSize <= uint64(len(t.Entries)) {
			return object.Symbol(t.Entries[at : at+object.SymbolSize]), t
		}
	}
	return nil, nil
}

// isLasting reports whether nothing writes to a slot once the loader is done.
func (m *File) IsLasting(slot uint64) bool {
	for _, p := range m.object.Progs {
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
func (m *File) WordAt(slot uint64) uint64 {
	if !m.IsLasting(slot) {
		return 0
	}
	for _, p := range m.object.Progs {
		if p.Type != elf.PT_LOAD || slot-p.Vaddr >= p.Filesz {
			continue
		}
		if word := m.object.Part(p.Off+slot-p.Vaddr, 8); word != nil {
			return binary.LittleEndian.Uint64(word)
		}
	}
	return 0
}
