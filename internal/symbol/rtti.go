package symbol

import (
	"debug/elf"
	"encoding/binary"
	"sort"
	"strings"

	"heapprof/internal/object"
)

// relocation is a word of the file's data that the loader fills in.
type relocation struct {
	at, addend uint64
	symbol     uint32 // index in the table of symbols that the loader reads; 0 for none
}

// relocations are those of a file, by address.
type relocations struct {
	list    []relocation
	symbols object.SymbolTable
}

// readRelocations reads the relocations that tell the addresses of typeinfo and functions: those without a symbol or with one.
func readRelocations(file *object.File) *relocations {
	r := new(relocations)
	for _, table := range file.SymbolTables() {
		if table.Dynamic {
			r.symbols = table
		}
	}
	for _, s := range file.Sections {
		if s.Type != elf.SHT_RELA || s.Flags&elf.SHF_ALLOC == 0 {
			continue
		}
		const entry = 24 // Elf64_Rela: offset, info, addend
		for rel := file.Plain(s); len(rel) >= entry; rel = rel[entry:] {
			r.list = append(r.list, relocation{
				at:     binary.LittleEndian.Uint64(rel),
				symbol: uint32(binary.LittleEndian.Uint64(rel[8:]) >> 32),
				addend: binary.LittleEndian.Uint64(rel[16:]),
			})
		}
	}
	r.list = object.ByAddress(r.list, func(r *relocation) uint64 { return r.at })
	return r
}

// pointer is a word that is an address: the file's own, or that of a symbol, which may be another file's.
type pointer struct {
	addr   uint64 // 0 of another file's symbol
	symbol string // empty where the word does not need one
}

// pointerAt returns the pointer that a word of the file's data is once the loader is done.
func (m *Module) pointerAt(addr uint64) pointer {
	r := m.relocations
	i := sort.Search(len(r.list), func(i int) bool { return r.list[i].at >= addr })
	if i == len(r.list) || r.list[i].at != addr { // none is needed, or it is packed, and leaves the word as it is
		word, _ := m.wordAt(addr)
		return pointer{addr: word}
	}
	rel := &r.list[i]
	if rel.symbol == 0 {
		return pointer{addr: rel.addend}
	}
	at := uint64(rel.symbol) * object.SymbolSize
	if at+object.SymbolSize > uint64(len(r.symbols.Entries)) {
		return pointer{}
	}
	symbol := object.Symbol(r.symbols.Entries[at:])
	p := pointer{symbol: string(r.symbols.Name(symbol.NameAt()))}
	if !symbol.IsUndefined() {
		p.addr = symbol.Address() + rel.addend
	}
	return p
}

// dataAt returns the file's data from an address on, as far as the section goes; nil where it is not in the file.
func (m *Module) dataAt(addr uint64) []byte {
	file := m.files[0]
	for _, s := range file.Sections {
		if s.Flags&(elf.SHF_ALLOC|elf.SHF_TLS) == elf.SHF_ALLOC && addr >= s.Addr && addr-s.Addr < s.Size {
			b := file.Plain(s)
			return b[min(addr-s.Addr, uint64(len(b))):]
		}
	}
	return nil
}

// wordAt returns a word of the file's data, and reports whether it is there.
func (m *Module) wordAt(addr uint64) (uint64, bool) {
	b := m.dataAt(addr)
	if len(b) < 8 {
		return 0, false
	}
	return binary.LittleEndian.Uint64(b), true
}

// maxTypeName is the length in bytes of the longest name of a type that is read.
const maxTypeName = 4096

// maxTop bounds how many bytes a base of a class is behind its beginning.
const maxTop = 1 << 24

// classByType returns the class of the table of virtual functions of which the functions begin at addr, as the information of the
// class's type tells that the table refers to. It is how a table is laid out: how far the object begins before what has the
// table's address, the address of that information, the functions. The information begins
// with the address of a table of its own, and that of the class's name.
func (m *Module) classByType(addr uint64) (string, bool) {
	if m.relocations == nil {
		m.relocations = readRelocations(m.files[0])
	}
	if top, ok := m.wordAt(addr - vtableHead); !ok || -top >= maxTop || top%8 != 0 {
		return "", false
	}
	if first := m.pointerAt(addr); first.symbol == "" && !m.isText(first.addr) {
		return "", false
	}
	information := m.pointerAt(addr - 8)
	if of, ok := strings.CutPrefix(withoutVersion(information.symbol), "_ZTI"); ok {
		return m.classOfType(of)
	}
	if information.addr == 0 {
		return "", false
	}
	if kind := m.pointerAt(information.addr); kind.symbol != "" && !strings.HasPrefix(kind.symbol, "_ZTVN10__cxxabiv1") || kind == (pointer{}) {
		return "", false
	}
	text := m.dataAt(m.pointerAt(information.addr + 8).addr)
	text = text[:min(len(text), maxTypeName)]
	return m.classOfType(strings.TrimPrefix(string(object.TextAt(text, 0)), "*")) // * where the name tells nothing in other files
}

// classOfType returns the name of the class that C++ encodes as a type.
func (m *Module) classOfType(encoded string) (string, bool) {
	if encoded == "" || strings.IndexByte("0123456789NSZ", encoded[0]) < 0 { // as the names of classes begin
		return "", false
	}
	return strings.CutPrefix(m.readable("_ZTS"+encoded), "typeinfo name for ")
}
