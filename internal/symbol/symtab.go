package symbol

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"slices"
	"sort"
	"strings"

	"heapprof/internal/symbol/span"
)

// symbolTable finds the ELF symbol that an address belongs to.
type symbolTable struct {
	all     []elfSymbol // by address
	symbols []elfSymbol // the best of each address
	index   span.Index  // ID: index into symbols
}

// elfSymbol is a symbol of code.
type elfSymbol struct {
	addr, size uint64
	strings    []byte // the string table
	name       uint32 // offset there
	info       uint8
}

func (s *elfSymbol) Name() string {
	if uint64(s.name) >= uint64(len(s.strings)) {
		return ""
	}
	name := s.strings[s.name:]
	if end := bytes.IndexByte(name, 0); end >= 0 {
		name = name[:end]
	}
	return string(name)
}

func (s *elfSymbol) kind() elf.SymType { return elf.ST_TYPE(s.info) }
func (s *elfSymbol) bind() elf.SymBind { return elf.ST_BIND(s.info) }

// loadSymbols reads the symbol tables of the module's files: .symtab where it
// was not stripped, .dynsym always, for it costs little and a separate
// table of local functions may not repeat it.
func (m *Module) loadSymbols() *symbolTable {
	var all []elfSymbol
	for _, im := range m.images {
		for _, s := range im.elf.Sections {
			if s.Type == elf.SHT_SYMTAB || s.Type == elf.SHT_DYNSYM {
				all = append(all, m.codeSymbols(im, s)...)
			}
		}
	}
	all = append(all, m.pltSymbols()...)
	return m.newSymbolTable(all)
}

// codeSymbols returns the functions and labels of one symbol table.
func (m *Module) codeSymbols(im *image, s *elf.Section) []elfSymbol {
	const entry = 24 // Elf64_Sym
	if uint64(s.Link) >= uint64(len(im.elf.Sections)) {
		return nil
	}
	table, names := im.raw(s), im.raw(im.elf.Sections[s.Link])
	var found []elfSymbol
	for ; len(table) >= entry; table = table[entry:] {
		sym := elfSymbol{
			name:    binary.LittleEndian.Uint32(table),
			info:    table[4],
			addr:    binary.LittleEndian.Uint64(table[8:]),
			size:    binary.LittleEndian.Uint64(table[16:]),
			strings: names,
		}
		index := elf.SectionIndex(binary.LittleEndian.Uint16(table[6:]))
		if index == elf.SHN_UNDEF || index == elf.SHN_ABS || !m.isText(sym.addr) {
			continue
		}
		switch sym.kind() {
		case elf.STT_FUNC, elf.STT_GNU_IFUNC:
		case elf.STT_NOTYPE: // assembler code without .type; but not local labels, nor marks of code and data
			name := sym.Name()
			if strings.HasPrefix(name, ".L") || strings.HasPrefix(name, "$") {
				continue
			}
		default:
			continue
		}
		if sym.size == 0 && s.Type == elf.SHT_DYNSYM {
			continue // how far it reaches only a full table shows
		}
		if sym.name != 0 {
			found = append(found, sym)
		}
	}
	return found
}

// newSymbolTable sorts symbols and chooses among those of one address.
func (m *Module) newSymbolTable(all []elfSymbol) *symbolTable {
	slices.SortFunc(all, func(a, b elfSymbol) int { return cmp.Compare(a.addr, b.addr) })
	t := &symbolTable{all: all}
	for i := 0; i < len(all); {
		best, size := all[i], uint64(0)
		addr := best.addr
		for ; i < len(all) && all[i].addr == addr; i++ {
			size = max(size, all[i].size)
			if all[i].betterThan(&best) {
				best = all[i]
			}
		}
		best.size = size // of an alias, if it has none
		t.symbols = append(t.symbols, best)
	}
	// A symbol without a size reaches to the next one, but a label within a
	// function is not one.
	var spans []span.Span
	var covered uint64
	for i, s := range t.symbols {
		if s.size == 0 {
			if s.addr < covered {
				continue
			}
			sec, _ := m.sectionOf(s.addr)
			end := sec.hi
			if i+1 < len(t.symbols) {
				end = min(end, t.symbols[i+1].addr)
			}
			spans = append(spans, span.Span{Lo: s.addr, Hi: end, ID: int32(i)})
			continue
		}
		if s.addr+s.size > s.addr {
			covered = max(covered, s.addr+s.size)
			spans = append(spans, span.Span{Lo: s.addr, Hi: s.addr + s.size, ID: int32(i)})
		}
	}
	t.index = span.NewIndex(spans)
	return t
}

// betterThan says whether s names its address better than o does: a function
// before a label, an exported name before a private one, the public of aliases
// (malloc before __libc_malloc), and then the same one every time.
func (s *elfSymbol) betterThan(o *elfSymbol) bool {
	if a, b := s.kind() == elf.STT_NOTYPE, o.kind() == elf.STT_NOTYPE; a != b {
		return b
	}
	if a, b := s.bind() == elf.STB_LOCAL, o.bind() == elf.STB_LOCAL; a != b {
		return b
	}
	name, other := s.Name(), o.Name()
	if a, b := underscores(name), underscores(other); a != b {
		return a < b
	}
	if a, b := s.bind() == elf.STB_WEAK, o.bind() == elf.STB_WEAK; a != b {
		return b
	}
	if len(name) != len(other) {
		return len(name) < len(other)
	}
	return name < other
}

// at returns the name of the symbol that addr belongs to.
func (t *symbolTable) at(addr uint64) (string, bool) {
	id, ok := t.index.Find(addr)
	if !ok {
		return "", false
	}
	return t.symbols[id].Name(), true
}

// publicName returns what the symbol table calls the function at addr that the
// source calls by the bare name source: the whole name where it has that in an
// encoding, or the exported one of aliases (malloc for __libc_malloc), else
// source.
func (t *symbolTable) publicName(addr uint64, source string) string {
	i := sort.Search(len(t.symbols), func(i int) bool { return t.symbols[i].addr >= addr })
	if i == len(t.symbols) || t.symbols[i].addr != addr {
		return source
	}
	best := &t.symbols[i]
	name := best.Name()
	switch {
	case isEncoded(name):
		return name
	case best.bind() == elf.STB_LOCAL || underscores(name) > underscores(source):
		return source
	case underscores(name) == underscores(source) && t.exports(addr, source):
		return source
	}
	return name
}

// exports says whether name is an exported symbol at addr.
func (t *symbolTable) exports(addr uint64, name string) bool {
	for i := sort.Search(len(t.all), func(i int) bool { return t.all[i].addr >= addr }); i < len(t.all) && t.all[i].addr == addr; i++ {
		if s := &t.all[i]; s.bind() != elf.STB_LOCAL && withoutVersion(s.Name()) == name {
			return true
		}
	}
	return false
}
