package object

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// SymbolTable is a symbol table as its file has it. A large program's has some hundred
// thousand symbols, of which a few matter.
type SymbolTable struct {
	Entries []byte // [SymbolSize] bytes each
	Names   []byte // each ended by a zero
	Dynamic bool   // what the loader reads: what is exported and imported
}

// SymbolTables returns the symbol tables of a file that [File.CheckLayout] accepts. One
// that is cut short is as good as stripped: it has no entries.
func (f *File) SymbolTables() []SymbolTable {
	var tables []SymbolTable
	for _, s := range f.Sections {
		if s.Type != elf.SHT_SYMTAB && s.Type != elf.SHT_DYNSYM || uint64(s.Link) >= uint64(len(f.Sections)) {
			continue
		}
		tables = append(tables, SymbolTable{f.Plain(s), f.Plain(f.Sections[s.Link]), s.Type == elf.SHT_DYNSYM})
	}
	return tables
}

// Name returns the name that begins so many bytes behind the beginning of Names.
func (t *SymbolTable) Name(offset uint32) []byte { return TextAt(t.Names, offset) }

// TextAt returns the text that begins at an offset in a table of texts, each ended by a
// zero.
func TextAt(table []byte, offset uint32) []byte {
	if uint64(offset) >= uint64(len(table)) {
		return nil
	}
	text := table[offset:]
	if end := bytes.IndexByte(text, 0); end >= 0 {
		text = text[:end]
	}
	return text
}

// SymbolSize is how many bytes an entry of a symbol table has.
const SymbolSize = 24

// Symbol is an entry of a symbol table, an Elf64_Sym, and as many bytes long at least.
type Symbol []byte

// NameAt returns where the name is in the table of names.
func (s Symbol) NameAt() uint32 { return binary.LittleEndian.Uint32(s) }

// Info returns its type and binding as the table has them, in one byte.
func (s Symbol) Info() uint8 { return s[4] }

// Type returns what it names: a function, a variable, a section.
func (s Symbol) Type() elf.SymType { return elf.ST_TYPE(s[4]) }

// Bind returns whether it is known in its source file only.
func (s Symbol) Bind() elf.SymBind { return elf.ST_BIND(s[4]) }

// Visibility returns whether other files see it.
func (s Symbol) Visibility() elf.SymVis { return elf.ST_VISIBILITY(s[5]) }

// Section returns the index of the section that it lies in, or what stands for none.
func (s Symbol) Section() elf.SectionIndex {
	return elf.SectionIndex(binary.LittleEndian.Uint16(s[6:]))
}

// IsUndefined reports whether it is another file's.
func (s Symbol) IsUndefined() bool { return s.Section() == elf.SHN_UNDEF }

// Address returns the file's own address of it.
func (s Symbol) Address() uint64 { return binary.LittleEndian.Uint64(s[8:]) }

// Size returns how many bytes it has; 0 if that is not known.
func (s Symbol) Size() uint64 { return binary.LittleEndian.Uint64(s[16:]) }
