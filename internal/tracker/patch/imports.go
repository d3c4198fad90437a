package patch

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// goesOnToImported returns the name of a function that the preloaded library takes the
// place of, if t plainly does nothing before it calls that with t's argument: an
// operator new that was linked into a program with the rest of the C++ library calls
// malloc, and to hook both costs twice. It is empty where the code does not show it.
func (p *planner) goesOnToImported(t *target) string {
	if t.family == usersFamily || t.family == mappingFamily {
		return ""
	}
	target, slot := p.machine.passesOn(t.body)
	if target != 0 { // the linker's stub for an imported function
		if p.codeAt(target) == nil {
			return ""
		}
		_, slot = p.machine.passesOn(p.body(target, 0))
	}
	if slot == 0 {
		return ""
	}
	name := p.importedAt(slot)
	if call, ok := wrapped[name]; ok && call.Action == t.call.Action && call.Size == t.call.Size && call.Pointer == t.call.Pointer {
		return name
	}
	return ""
}

// importedAt returns the name of the function whose address the loader writes into a
// slot of the global offset table; empty for none.
func (m *module) importedAt(slot uint64) string {
	const entry = 24 // Elf64_Rela
	want := map[elf.Machine][2]uint32{
		elf.EM_X86_64:  {uint32(elf.R_X86_64_GLOB_DAT), uint32(elf.R_X86_64_JMP_SLOT)},
		elf.EM_AARCH64: {uint32(elf.R_AARCH64_GLOB_DAT), uint32(elf.R_AARCH64_JUMP_SLOT)},
	}[m.elf.Machine]
	for _, s := range m.elf.Sections {
		if s.Type != elf.SHT_RELA {
			continue
		}
		for relocations := section(m.image, s); len(relocations) >= entry; relocations = relocations[entry:] {
			kind, index := binary.LittleEndian.Uint32(relocations[8:]), binary.LittleEndian.Uint32(relocations[12:])
			if binary.LittleEndian.Uint64(relocations) != slot || kind != want[0] && kind != want[1] {
				continue
			}
			for i := range m.tables {
				t := &m.tables[i]
				if at := uint64(index) * symbolSize; t.dynamic && at+symbolSize <= uint64(len(t.entries)) {
					name, _, _ := bytes.Cut(t.nameOf(t.entries[at:]), []byte("@"))
					return string(name)
				}
			}
		}
	}
	return ""
}
