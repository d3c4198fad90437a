package codefile

import (
	"bytes"
	"debug/elf"
	"strings"

	"heapprof/internal/object"
)

// SymbolTable is a symbol table of the file, or of its debug file.
type SymbolTable struct {
	object.SymbolTable
	stubs []bool // by index of section: the linker's stubs for imported functions
}

// Symbol is a function or label in the file's code.
type Symbol struct {
	Name       []byte
	Addr, Size uint64
	Indirect   bool // IFUNC
	Exported   bool
}

// addTables adds a file's symbol tables.
func (f *File) addTables(file *object.File) {
	stubs := make([]bool, len(file.Sections))
	for i, s := range file.Sections {
		stubs[i] = strings.HasPrefix(s.Name, ".plt")
	}
	for _, t := range file.SymbolTables() {
		f.Tables = append(f.Tables, SymbolTable{t, stubs})
	}
}

// NameOf returns the name of a symbol.
func (t *SymbolTable) NameOf(entry object.Symbol) []byte { return t.Name(entry.NameAt()) }

// Symbol returns what an entry of a table says, if that is a function or a label.
func (f *File) Symbol(t *SymbolTable, entry object.Symbol) (Symbol, bool) {
	index, kind := entry.Section(), entry.Type()
	s := Symbol{
		Addr: entry.Address(), Size: entry.Size(),
		Indirect: kind == elf.STT_GNU_IFUNC,
		Exported: entry.Bind() != elf.STB_LOCAL && entry.Visibility() == elf.STV_DEFAULT,
	}
	switch {
	case index == elf.SHN_UNDEF, index == elf.SHN_ABS, index == elf.SHN_COMMON:
		return s, false
	case kind != elf.STT_FUNC && kind != elf.STT_GNU_IFUNC && kind != elf.STT_NOTYPE:
		return s, false
	case int(index) < len(t.stubs) && t.stubs[index], f.CodeAt(s.Addr) == nil:
		return s, false
	}
	s.Name = t.NameOf(entry)
	// Local labels, and arm64's marks of code and data, begin nothing.
	if len(s.Name) == 0 || s.Name[0] == '$' || bytes.HasPrefix(s.Name, []byte(".L")) {
		return s, false
	}
	return s, true
}

// Symbols yields all functions and labels. One that is in two tables comes twice.
func (f *File) Symbols(yield func(Symbol) bool) {
	for i := range f.Tables {
		t := &f.Tables[i]
		for entries := t.Entries; len(entries) >= object.SymbolSize; entries = entries[object.SymbolSize:] {
			if s, ok := f.Symbol(t, object.Symbol(entries)); ok && !yield(s) {
				return
			}
		}
	}
}
