package symbol

import (
	"cmp"
	"debug/elf"
	"slices"
	"sort"
	"strings"

	"heapprof/internal/object"
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
	info       uint8  // type and binding
}

func (s *elfSymbol) Name() string {
	return string(object.TextAt(s.strings, s.name))
}

func (s *elfSymbol) kind() elf.SymType { return elf.ST_TYPE(s.info) }
func (s *elfSymbol) bind() elf.SymBind { return elf.ST_BIND(s.info) }

// loadSymbols reads the symbol tables of the module's files: .symtab where it
// was not stripped, .dynsym always, for it costs little and a separate
// table of local functions may not repeat it.
func (m *Module) loadSymbols() *symbolTable {
	var all []elfSymbol
	for _, file := range m.files {
		for _, table := range file.SymbolTables() {
			all = append(all, m.codeSymbols(table)...)
		}
	}
	all = append(all, m.pltSymbols()...)
	return m.newSymbolTable(all)
}

// codeSymbols returns the functions and labels of one symbol table.
func (m *Module) codeSymbols(table object.SymbolTable) []elfSymbol {
	var found []elfSymbol
	for rest := table.Entries; len(rest) >= object.SymbolSize; rest = rest[object.SymbolSize:] {
		entry := object.Symbol(rest)
		sym := elfSymbol{
			name:    entry.NameAt(),
			info:    entry.Info(),
			addr:    entry.Address(),
			size:    entry.Size(),
			strings: table.Names,
		}
		index := entry.Section()
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
		if sym.size == 0 && table.Dynamic {
			continue // a dynamic table lacks the next symbol, up to which it would reach
		}
		if sym.name != 0 {
			found = append(found, sym)
		}
	}
	return found
}

// newSymbolTable returns the table of the symbols, of which it chooses the best one at each
// address.
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
		best.size = size // the best symbol may have none, and an alias one
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

// betterThan reports whether s is a better name than o for the address that both have: a
// function's before a label's, an exported name before a local one, the public one of
// aliases (malloc before __libc_malloc). Between equals it chooses the same one every time.
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

// at returns the name of the symbol around addr, and reports whether there is one.
func (t *symbolTable) at(addr uint64) (string, bool) {
	id, ok := t.index.Find(addr)
	if !ok {
		return "", false
	}
	return t.symbols[id].Name(), true
}

// publicName returns what users call the function at addr, which the debug information
// calls by the bare name source: a symbol's whole name where one encodes it, or the
// exported one of aliases (malloc for __libc_malloc), else source.
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

// exports reports whether an exported symbol at addr has this name, without its version.
func (t *symbolTable) exports(addr uint64, name string) bool {
	for i := sort.Search(len(t.all), func(i int) bool { return t.all[i].addr >= addr }); i < len(t.all) && t.all[i].addr == addr; i++ {
		if s := &t.all[i]; s.bind() != elf.STB_LOCAL && withoutVersion(s.Name()) == name {
			return true
		}
	}
	return false
}
