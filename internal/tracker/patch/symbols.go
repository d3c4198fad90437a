package patch

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
)

// symbolTable is a symbol table as its file has it. A large program's has some
// hundred thousand symbols of which a few matter, and programs wait while it is read.
type symbolTable struct {
	entries []byte // of Elf64_Sym, symbolSize bytes each
	names   []byte // each ended by a zero
	stubs   []bool // by index of section: the linker's stubs for imported functions
	dynamic bool
}

const symbolSize = 24

// symbol is a function or label in the file's code.
type symbol struct {
	name       []byte
	addr, size uint64
	indirect   bool // IFUNC
	exported   bool
}

// addTables adds a file's symbol tables. One that is cut off is as good as stripped.
func (m *module) addTables(f *elf.File, image []byte) {
	stubs := make([]bool, len(f.Sections))
	for i, s := range f.Sections {
		stubs[i] = strings.HasPrefix(s.Name, ".plt")
	}
	for _, s := range f.Sections {
		if s.Type != elf.SHT_SYMTAB && s.Type != elf.SHT_DYNSYM || uint64(s.Link) >= uint64(len(f.Sections)) {
			continue
		}
		m.tables = append(m.tables, symbolTable{section(image, s), section(image, f.Sections[s.Link]), stubs, s.Type == elf.SHT_DYNSYM})
	}
}

// nameOf returns the name of a symbol.
func (t *symbolTable) nameOf(entry []byte) []byte {
	offset := uint64(binary.LittleEndian.Uint32(entry))
	if offset >= uint64(len(t.names)) {
		return nil
	}
	name := t.names[offset:]
	if end := bytes.IndexByte(name, 0); end >= 0 {
		name = name[:end]
	}
	return name
}

// isUndefined says whether a symbol is another file's.
func isUndefined(entry []byte) bool { return entry[6] == 0 && entry[7] == 0 }

// symbol returns what an entry of a table says, if that is a function or a label.
func (m *module) symbol(t *symbolTable, entry []byte) (symbol, bool) {
	index, kind := elf.SectionIndex(binary.LittleEndian.Uint16(entry[6:])), elf.ST_TYPE(entry[4])
	s := symbol{
		addr: binary.LittleEndian.Uint64(entry[8:]), size: binary.LittleEndian.Uint64(entry[16:]),
		indirect: kind == elf.STT_GNU_IFUNC,
		exported: elf.ST_BIND(entry[4]) != elf.STB_LOCAL && elf.ST_VISIBILITY(entry[5]) == elf.STV_DEFAULT,
	}
	switch {
	case index == elf.SHN_UNDEF, index == elf.SHN_ABS, index == elf.SHN_COMMON:
		return s, false
	case kind != elf.STT_FUNC && kind != elf.STT_GNU_IFUNC && kind != elf.STT_NOTYPE:
		return s, false
	case int(index) < len(t.stubs) && t.stubs[index], m.codeAt(s.addr) == nil:
		return s, false
	}
	s.name = t.nameOf(entry)
	// Local labels, and arm64's marks of code and data, begin nothing.
	if len(s.name) == 0 || s.name[0] == '$' || bytes.HasPrefix(s.name, []byte(".L")) {
		return s, false
	}
	return s, true
}

// symbols yields all functions and labels; one that is in two tables comes twice.
func (m *module) symbols(yield func(symbol) bool) {
	for i := range m.tables {
		t := &m.tables[i]
		for entries := t.entries; len(entries) >= symbolSize; entries = entries[symbolSize:] {
			if s, ok := m.symbol(t, entries); ok && !yield(s) {
				return
			}
		}
	}
}
