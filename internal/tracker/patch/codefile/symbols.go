package codefile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
)

// symbolTable is a symbol table as its file has it. A large program's has some
// hundred thousand symbols of which a few matter, and programs wait while it is read.
type SymbolTable struct {
	Entries []byte // of Elf64_Sym, symbolSize bytes each
	Names   []byte // each ended by a zero
	stubs   []bool // by index of section: the linker's stubs for imported functions
	Dynamic bool
}

const SymbolSize = 24

// symbol is a function or label in the file's code.
type Symbol struct {
	Name       []byte
	Addr, Size uint64
	Indirect   bool // IFUNC
	Exported   bool
}

// addTables adds a file's symbol tables. One that is cut off is as good as stripped.
func (m *File) addTables(f *elf.File, image []byte) {
	stubs := make([]bool, len(f.Sections))
	for i, s := range f.Sections {
		stubs[i] = strings.HasPrefix(s.Name, ".plt")
	}
	for _, s := range f.Sections {
		if s.Type != elf.SHT_SYMTAB && s.Type != elf.SHT_DYNSYM || uint64(s.Link) >= uint64(len(f.Sections)) {
			continue
		}
		m.Tables = append(m.Tables, SymbolTable{section(image, s), section(image, f.Sections[s.Link]), stubs, s.Type == elf.SHT_DYNSYM})
	}
}

// nameOf returns the name of a symbol.
func (t *SymbolTable) NameOf(entry []byte) []byte {
	offset := uint64(binary.LittleEndian.Uint32(entry))
	if offset >= uint64(len(t.Names)) {
		return nil
	}
	name := t.Names[offset:]
	if end := bytes.IndexByte(name, 0); end >= 0 {
		name = name[:end]
	}
	return name
}

// isUndefined says whether a symbol is another file's.
func IsUndefined(entry []byte) bool { return entry[6] == 0 && entry[7] == 0 }

// symbol returns what an entry of a table says, if that is a function or a label.
func (m *File) Symbol(t *SymbolTable, entry []byte) (Symbol, bool) {
	index, kind := elf.SectionIndex(binary.LittleEndian.Uint16(entry[6:])), elf.ST_TYPE(entry[4])
	s := Symbol{
		Addr: binary.LittleEndian.Uint64(entry[8:]), Size: binary.LittleEndian.Uint64(entry[16:]),
		Indirect: kind == elf.STT_GNU_IFUNC,
		Exported: elf.ST_BIND(entry[4]) != elf.STB_LOCAL && elf.ST_VISIBILITY(entry[5]) == elf.STV_DEFAULT,
	}
	switch {
	case index == elf.SHN_UNDEF, index == elf.SHN_ABS, index == elf.SHN_COMMON:
		return s, false
	case kind != elf.STT_FUNC && kind != elf.STT_GNU_IFUNC && kind != elf.STT_NOTYPE:
		return s, false
	case int(index) < len(t.stubs) && t.stubs[index], m.CodeAt(s.Addr) == nil:
		return s, false
	}
	s.Name = t.NameOf(entry)
	// Local labels, and arm64's marks of code and data, begin nothing.
	if len(s.Name) == 0 || s.Name[0] == '$' || bytes.HasPrefix(s.Name, []byte(".L")) {
		return s, false
	}
	return s, true
}

// symbols yields all functions and labels; one that is in two tables comes twice.
func (m *File) Symbols(yield func(Symbol) bool) {
	for i := range m.Tables {
		t := &m.Tables[i]
		for entries := t.Entries; len(entries) >= SymbolSize; entries = entries[SymbolSize:] {
			if s, ok := m.Symbol(t, entries); ok && !yield(s) {
				return
			}
		}
	}
}
