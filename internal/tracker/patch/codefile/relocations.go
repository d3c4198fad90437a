package codefile

import (
	"debug/elf"
	"encoding/binary"
	"slices"

	"heapprof/internal/object"
)

// Relocation is what the loader writes into a slot, a variable of the file's that it fills.
type Relocation struct {
	Kind   RelocationKind
	Symbol uint32 // its index in the dynamic symbol table
	Addend uint64
}

// RelocationKind is how the loader finds what it writes into a slot.
type RelocationKind uint8

// The kinds; OtherRelocation is none of those that are of interest.
const (
	OtherRelocation RelocationKind = iota
	Relative                       // it is the addend, moved by where the file is loaded
	OfSymbol                       // it is the address of a symbol, found at once or when it is needed
)

// relocationNumbers are the kinds' numbers in files.
type relocationNumbers struct{ relative, slot, jumpSlot uint32 }

var relocationNumbersOf = map[elf.Machine]relocationNumbers{
	elf.EM_X86_64:  {uint32(elf.R_X86_64_RELATIVE), uint32(elf.R_X86_64_GLOB_DAT), uint32(elf.R_X86_64_JMP_SLOT)},
	elf.EM_AARCH64: {uint32(elf.R_AARCH64_RELATIVE), uint32(elf.R_AARCH64_GLOB_DAT), uint32(elf.R_AARCH64_JUMP_SLOT)},
}

// kind returns the kind of a number.
func (n *relocationNumbers) kind(number uint32) RelocationKind {
	switch number {
	case n.relative:
		return Relative
	case n.slot, n.jumpSlot:
		return OfSymbol
	}
	return OtherRelocation
}

// Relocations yields the slots that have a relocation, with the relocation. Those of
// symbols, which are last in a file, come first.
func (f *File) Relocations(yield func(slot uint64, r Relocation) bool) {
	const entry = 24 // Elf64_Rela
	numbers := relocationNumbersOf[f.object.Machine]
	for _, s := range slices.Backward(f.object.Sections) {
		if s.Type != elf.SHT_RELA {
			continue
		}
		for all := f.object.Plain(s); len(all) >= entry; all = all[:len(all)-entry] {
			r := all[len(all)-entry:]
			word := binary.LittleEndian.Uint32
			if !yield(binary.LittleEndian.Uint64(r), Relocation{numbers.kind(word(r[8:])), word(r[12:]), binary.LittleEndian.Uint64(r[16:])}) {
				return
			}
		}
	}
}

// RelocationAt returns the relocation of a slot, if it has one.
func (f *File) RelocationAt(at uint64) (Relocation, bool) {
	for slot, r := range f.Relocations {
		if slot == at {
			return r, true
		}
	}
	return Relocation{}, false
}

// SymbolOf returns the symbol of a relocation and its table; nil for none.
func (f *File) SymbolOf(r Relocation) (object.Symbol, *SymbolTable) {
	for i := range f.Tables {
		t := &f.Tables[i]
		if at := uint64(r.Symbol) * object.SymbolSize; t.Dynamic && r.Symbol != 0 && at+object.SymbolSize <= uint64(len(t.Entries)) {
			return object.Symbol(t.Entries[at : at+object.SymbolSize]), t
		}
	}
	return nil, nil
}

// IsLasting reports whether nothing writes to a slot once the loader is done.
func (f *File) IsLasting(slot uint64) bool {
	for _, p := range f.object.Progs {
		isReadOnly := p.Type == elf.PT_LOAD && p.Flags&elf.PF_W == 0
		if (isReadOnly || p.Type == elf.PT_GNU_RELRO) && slot-p.Vaddr < p.Memsz {
			return true
		}
	}
	return false
}

// WordAt returns what the file has in a slot that is lasting: an address or, with packed
// relocations (SHT_RELR), a number to which the loader adds where the file is loaded. It is
// 0 for other slots.
func (f *File) WordAt(slot uint64) uint64 {
	if !f.IsLasting(slot) {
		return 0
	}
	for _, p := range f.object.Progs {
		if p.Type != elf.PT_LOAD || slot-p.Vaddr >= p.Filesz {
			continue
		}
		if word := f.object.Part(p.Off+slot-p.Vaddr, 8); word != nil {
			return binary.LittleEndian.Uint64(word)
		}
	}
	return 0
}
