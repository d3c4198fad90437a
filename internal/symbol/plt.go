package symbol

import (
	"debug/elf"
	"encoding/binary"
	"slices"

	"heapprof/internal/object"
)

// pltSuffix marks the name of a stub that jumps to the function of that name.
const pltSuffix = "@plt"

// addStubs adds names like malloc@plt for the stubs of the procedure linkage table. Each
// jumps through a slot of the global offset table, and the relocation of that slot has the
// name. Reading the jumps, instead of counting stubs, holds for .plt, .plt.sec and .plt.got
// alike.
func (m *Module) addStubs(t *symbolTable) {
	file := m.files[0]
	stubs := make(map[uint64][]elfSymbol) // by the address of the slot
	for _, s := range file.Sections {
		switch s.Name {
		case ".plt", ".plt.sec", ".plt.got":
		default:
			continue
		}
		code := file.Raw(s)
		size := s.Entsize
		if size < 8 || size > 64 { // the linkers' tables have 8 to 32
			size = 16
		}
		for off := uint64(0); off+size <= uint64(len(code)); off += size {
			if slot, ok := stubSlot(file.Machine, code[off:off+size], s.Addr+off); ok {
				stubs[slot] = append(stubs[slot], elfSymbol{addr: s.Addr + off, size: size})
			}
		}
	}
	if len(stubs) == 0 {
		return
	}
	var names []byte
	for slot, name := range slotNames(file, stubs) {
		if name = withoutVersion(name); name == "" {
			continue
		}
		for _, stub := range stubs[slot] {
			stub.name, stub.table, stub.info = uint32(len(names)), uint16(len(t.names)), elf.ST_INFO(elf.STB_LOCAL, elf.STT_FUNC)
			t.symbols = append(t.symbols, stub)
		}
		names = append(names, name+pltSuffix+"\x00"...)
	}
	t.names = append(t.names, names)
}

// slotNames returns the names of the functions whose addresses the loader puts into slots of
// the global offset table, those that are keys of a map, by the slots' addresses.
func slotNames[V any](file *object.File, slots map[uint64]V) map[uint64]string {
	tables := file.SymbolTables()
	i := slices.IndexFunc(tables, func(t object.SymbolTable) bool { return t.Dynamic })
	if i < 0 {
		return nil
	}
	first, last := ^uint64(0), uint64(0)
	for slot := range slots {
		first, last = min(first, slot), max(last, slot)
	}
	names := make(map[uint64]string)
	for _, section := range []string{".rela.plt", ".rela.dyn"} {
		s := file.Section(section)
		if s == nil || s.Type != elf.SHT_RELA {
			continue
		}
		const entry = 24 // Elf64_Rela: offset, info, addend
		for rel := file.Raw(s); len(rel) >= entry; rel = rel[entry:] {
			slot := binary.LittleEndian.Uint64(rel)
			if slot < first || slot > last {
				continue // most are data's
			}
			at := object.SymbolSize * (binary.LittleEndian.Uint64(rel[8:]) >> 32)
			if _, ok := slots[slot]; ok && at > 0 && at+object.SymbolSize <= uint64(len(tables[i].Entries)) {
				names[slot] = string(tables[i].Name(object.Symbol(tables[i].Entries[at:]).NameAt()))
			}
		}
	}
	return names
}

// stubSlot returns the address of the slot that a stub of the procedure linkage table at
// addr jumps through, and reports whether code is such a stub.
func stubSlot(machine elf.Machine, code []byte, addr uint64) (slot uint64, ok bool) {
	switch machine {
	case elf.EM_X86_64:
		// [endbr64] [bnd] jmp *disp32(%rip)
		for i := 0; i+6 <= len(code) && i <= 5; i++ {
			if code[i] == 0xff && code[i+1] == 0x25 {
				disp := int32(binary.LittleEndian.Uint32(code[i+2:]))
				return addr + uint64(i) + 6 + uint64(int64(disp)), true
			}
		}
	case elf.EM_AARCH64:
		// [bti c] adrp x16, page; ldr x17, [x16, #off]
		for i := 0; i+8 <= len(code) && i <= 4; i += 4 {
			adrp := binary.LittleEndian.Uint32(code[i:])
			ldr := binary.LittleEndian.Uint32(code[i+4:])
			if adrp&0x9f00001f != 0x90000010 || ldr&0xffc003ff != 0xf9400211 {
				continue
			}
			// The immediate is 21 bits of pages: 19 at bit 5 above 2 at bit 29.
			pages := int64(int32((adrp>>5&0x7ffff<<2|adrp>>29&3)<<11)) >> 11
			page := (addr+uint64(i))&^0xfff + uint64(pages<<12)
			return page + uint64(ldr>>10&0xfff)*8, true
		}
	}
	return 0, false
}
