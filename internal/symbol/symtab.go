package symbol

import (
	"bytes"
	"debug/elf"
	"slices"
	"sort"

	"heapprof/internal/object"
	"heapprof/internal/symbol/span"
)

// symbolTable finds the ELF symbol that an address belongs to. A large program has some
// hundred thousand symbols, of which few are asked for: none has its name looked at before.
type symbolTable struct {
	names   [][]byte    // tables of names
	symbols []elfSymbol // by address
	spans   span.Index  // by ID, the index of the first symbol of an address
}

// elfSymbol is a symbol of code.
type elfSymbol struct {
	addr, size uint64
	name       uint32 // offset in its table of names
	table      uint16 // index in symbolTable.names
	info       uint8  // type and binding
}

func (s *elfSymbol) kind() elf.SymType { return elf.ST_TYPE(s.info) }
func (s *elfSymbol) bind() elf.SymBind { return elf.ST_BIND(s.info) }

// nameOf returns the name of a symbol.
func (t *symbolTable) nameOf(s *elfSymbol) string {
	return string(object.TextAt(t.names[s.table], s.name))
}

// loadSymbols reads the symbol tables of the module's files: .symtab where it
// was not stripped, .dynsym always, for it costs little and a separate
// table of local functions may not repeat it. Where all were stripped there may be a table within the file.
func (m *Module) loadSymbols() *symbolTable {
	t := new(symbolTable)
	files := m.files
	if mini := m.miniDebug(); mini != nil {
		files = append(slices.Clip(files), mini)
	}
	for _, file := range files {
		for _, table := range file.SymbolTables() {
			m.addSymbols(t, table)
		}
	}
	m.addStubs(t)
	m.addStart(t)
	t.symbols = object.ByAddress(t.symbols, func(s *elfSymbol) uint64 { return s.addr })
	t.spans = span.NewIndex(m.spansOf(t.symbols))
	return t
}

// miniDebug returns the file within the module's own that has symbols which no other file of it has; nil for none.
func (m *Module) miniDebug() *object.File {
	if m.hasSymbols() {
		return nil
	}
	return m.files[0].MiniDebug()
}

// addSymbols adds the functions and labels of one symbol table.
func (m *Module) addSymbols(t *symbolTable, table object.SymbolTable) {
	t.names = append(t.names, table.Names)
	number := uint16(len(t.names) - 1)
	t.symbols = slices.Grow(t.symbols, len(table.Entries)/object.SymbolSize)
	var in section // that the last symbol was in, as the next one mostly is
	for rest := table.Entries; len(rest) >= object.SymbolSize; rest = rest[object.SymbolSize:] {
		entry := object.Symbol(rest)
		sym := elfSymbol{addr: entry.Address(), size: entry.Size(), name: entry.NameAt(), table: number, info: entry.Info()}
		index := entry.Section()
		if index == elf.SHN_UNDEF || index == elf.SHN_ABS {
			continue
		}
		if sym.addr < in.lo || sym.addr >= in.hi {
			var ok bool
			if in, ok = m.sectionOf(sym.addr); !ok {
				continue
			}
		}
		switch sym.kind() {
		case elf.STT_FUNC, elf.STT_GNU_IFUNC:
		case elf.STT_NOTYPE: // assembler code without .type; but not local labels, nor marks of code and data
			name := table.Name(sym.name)
			if bytes.HasPrefix(name, []byte(".L")) || bytes.HasPrefix(name, []byte("$")) {
				continue
			}
		default:
			continue
		}
		if sym.size == 0 && table.Dynamic {
			continue // a dynamic table lacks the next symbol, up to which it would reach
		}
		if sym.name != 0 {
			t.symbols = append(t.symbols, sym)
		}
	}
}

// spansOf returns the addresses that belong to the symbols at each address, by the index of
// the first of them.
func (m *Module) spansOf(symbols []elfSymbol) []span.Span {
	// A symbol without a size reaches to the next one, but a label within a
	// function is not one.
	spans := make([]span.Span, 0, len(symbols))
	var covered uint64
	for i, next := 0, 0; i < len(symbols); i = next {
		addr, size := symbols[i].addr, uint64(0)
		for next = i; next < len(symbols) && symbols[next].addr == addr; next++ {
			size = max(size, symbols[next].size) // the best symbol may have none, and an alias one
		}
		end := addr + size
		switch {
		case size == 0 && addr < covered:
			continue
		case size == 0:
			sec, _ := m.sectionOf(addr)
			end = sec.hi
			if next < len(symbols) {
				end = min(end, symbols[next].addr)
			}
		default:
			covered = max(covered, end)
		}
		if end > addr {
			spans = append(spans, span.Span{Lo: addr, Hi: end, ID: int32(i)})
		}
	}
	return spans
}

// best returns the symbol with the best name of those at one address, of which i is the
// index of the first.
func (t *symbolTable) best(i int) *elfSymbol {
	best := &t.symbols[i]
	for next := i + 1; next < len(t.symbols) && t.symbols[next].addr == best.addr; next++ {
		if t.isBetter(&t.symbols[next], best) {
			best = &t.symbols[next]
		}
	}
	return best
}

// isBetter reports whether s has a better name than o for the address that both have: a
// function's before a label's, an exported name before a local one, the public one of
// aliases (malloc before __libc_malloc). Between equals it chooses the same one every time.
func (t *symbolTable) isBetter(s, o *elfSymbol) bool {
	if a, b := s.kind() == elf.STT_NOTYPE, o.kind() == elf.STT_NOTYPE; a != b {
		return b
	}
	if a, b := s.bind() == elf.STB_LOCAL, o.bind() == elf.STB_LOCAL; a != b {
		return b
	}
	name, other := t.nameOf(s), t.nameOf(o)
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
	first, ok := t.spans.Find(addr)
	if !ok {
		return "", false
	}
	return t.nameOf(t.best(int(first))), true
}

// publicName returns what users call the function at addr, which the debug information
// calls by the bare name source: a symbol's whole name where one encodes it, or the
// exported one of aliases (malloc for __libc_malloc), else source.
func (t *symbolTable) publicName(addr uint64, source string) string {
	i := sort.Search(len(t.symbols), func(i int) bool { return t.symbols[i].addr >= addr })
	if i == len(t.symbols) || t.symbols[i].addr != addr {
		return source
	}
	best := t.best(i)
	name := t.nameOf(best)
	switch {
	case isEncoded(name):
		return name
	case best.bind() == elf.STB_LOCAL || underscores(name) > underscores(source):
		return source
	case underscores(name) == underscores(source) && t.exports(i, source):
		return source
	}
	return name
}

// exports reports whether one of the symbols at an address, of which i is the index of the
// first, is exported and has this name, without its version.
func (t *symbolTable) exports(i int, name string) bool {
	for addr := t.symbols[i].addr; i < len(t.symbols) && t.symbols[i].addr == addr; i++ {
		if s := &t.symbols[i]; s.bind() != elf.STB_LOCAL && withoutVersion(t.nameOf(s)) == name {
			return true
		}
	}
	return false
}
