package patch

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"slices"
)

// registers is what all registers hold.
type registers [32]value

// step is an instruction that only computes or goes on elsewhere: it writes no memory,
// makes no call, and does not touch the stack pointer.
type step struct {
	length int

	writes bool // a register, to
	to     uint8
	copied bool  // it gets what from holds; else
	from   uint8 //
	value  value // it gets this

	jumps       bool   // to an address, or to what a slot holds
	conditional bool   // or goes on behind it
	target      uint64 // 0: to what slot holds
	slot        uint64
}

// way is a jump by which a function ends: to an address, or to what a slot holds.
type way struct {
	target, slot uint64
	registers    registers
}

// waysOn returns all ways by which a function ends, if it does nothing before but
// compute where to go on, and with what. A function of which that is not plain has none.
func (m *module) waysOn(b *body) (ways []way) {
	const most = 64 // instructions, and those of loops again and again
	type place struct {
		at        int
		registers registers
	}
	rest := []place{{0, m.atEntry()}}
	for steps := 0; len(rest) > 0; steps++ {
		p := &rest[len(rest)-1]
		if steps == most || p.at >= b.size {
			return nil
		}
		s, ok := m.machine.step(b.code[p.at:b.size], b.entry+uint64(p.at))
		if !ok {
			return nil
		}
		if s.writes && s.copied {
			s.value = p.registers[s.from]
		}
		if s.writes {
			p.registers[s.to] = s.value
		}
		branch := place{int(s.target - b.entry), p.registers}
		p.at += s.length
		if !s.jumps {
			continue
		}
		if !s.conditional {
			rest = rest[:len(rest)-1]
		}
		if s.target-b.entry < uint64(b.size) {
			rest = append(rest, branch)
		} else {
			ways = append(ways, way{s.target, s.slot, branch.registers})
		}
	}
	return ways
}

// atEntry returns what registers hold when a function is called.
func (m *module) atEntry() (r registers) {
	for i, number := range m.machine.argumentRegisters() {
		r[number] = value{argument, uint64(i + 1)}
	}
	return r
}

// isPassedOnAs says whether a call that means c goes on as one that means to: a block
// has the same address and size to both.
func (m *module) isPassedOnAs(c, to Call, r *registers) bool {
	numbers := m.machine.argumentRegisters()
	holds := func(n uint8) value { return r[numbers[n-1]] }
	same := func(a, b uint8) bool {
		return a == b && a == 0 || a != 0 && b != 0 && holds(b) == value{argument, uint64(a)}
	}
	// What is multiplied, but for 1.
	factors := func(c Call, holds func(n uint8) value) (all []value) {
		for _, n := range []uint8{c.Size, c.Count} {
			if n != 0 {
				all = append(all, holds(n))
			}
		}
		all = slices.DeleteFunc(all, func(v value) bool { return v == value{constant, 1} })
		slices.SortFunc(all, func(a, b value) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.number, b.number)) })
		return all
	}
	own := factors(c, func(n uint8) value { return value{argument, uint64(n)} })
	return c.Action == to.Action && same(c.Pointer, to.Pointer) && same(c.Out, to.Out) && slices.Equal(own, factors(to, holds))
}

// goesTo returns where in the file a jump leads: to an address, by a stub of the
// linker's, or to what a slot holds. It is 0 where that is another file, or not plain.
func (m *module) goesTo(target, slot uint64) uint64 {
	if m.codeAt(target) != nil {
		stub := m.waysOn(m.body(target, 0))
		if len(stub) != 1 || stub[0].slot == 0 || stub[0].registers != m.atEntry() {
			return target
		}
		slot = stub[0].slot
	}
	if slot == 0 {
		return 0
	}
	r, ok := m.relocationAt(slot)
	switch kinds := relocations[m.elf.Machine]; {
	case !ok:
		return m.wordAt(slot)
	case r.kind == kinds.relative && m.isLasting(slot):
		return r.addend
	case r.kind == kinds.slot || r.kind == kinds.jumpSlot:
		if entry, _ := m.symbolOf(r); entry != nil && !isUndefined(entry) && !m.isLibrary() {
			return binary.LittleEndian.Uint64(entry[8:])
		}
	}
	return 0
}

// relocation is what the loader writes into a slot.
type relocation struct {
	kind   uint32
	symbol uint32 // in the dynamic symbol table
	addend uint64
}

// relocations are the kinds of relocations that slots have: what the file says, moved
// by where it is loaded; and the address of a symbol, at once or when it is needed.
var relocations = map[elf.Machine]struct{ relative, slot, jumpSlot uint32 }{
	elf.EM_X86_64:  {uint32(elf.R_X86_64_RELATIVE), uint32(elf.R_X86_64_GLOB_DAT), uint32(elf.R_X86_64_JMP_SLOT)},
	elf.EM_AARCH64: {uint32(elf.R_AARCH64_RELATIVE), uint32(elf.R_AARCH64_GLOB_DAT), uint32(elf.R_AARCH64_JUMP_SLOT)},
}

// relocationAt returns the relocation of a slot, if it has one.
func (m *module) relocationAt(slot uint64) (relocation, bool) {
	const entry = 24 // Elf64_Rela
	for _, s := range m.elf.Sections {
		if s.Type != elf.SHT_RELA {
			continue
		}
		for all := section(m.image, s); len(all) >= entry; all = all[entry:] {
			if binary.LittleEndian.Uint64(all) == slot {
				return relocation{binary.LittleEndian.Uint32(all[8:]), binary.LittleEndian.Uint32(all[12:]), binary.LittleEndian.Uint64(all[16:])}, true
			}
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
