package symbol

import (
	"bytes"
	"debug/elf"
	"slices"
	"strings"

	"heapprof/internal/object"
	"heapprof/internal/symbol/span"
)

// Class returns the class of C++ whose objects begin with addr, an address of the file's own: that is where the
// functions begin in a table of virtual functions (vtable) of that class. It reports false where
// there is none.
//
// It is known by the symbols of tables, and where these were stripped, by the names of types that C++ keeps
// for itself.
func (m *Module) Class(addr uint64) (name string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_ = object.Guard(m.path, func() error { name, ok = m.class(addr); return nil })
	return name, ok
}

// vtableHead is how many bytes of a table of virtual functions stand before the functions: the offset to the
// top, and the address of the type's information.
const vtableHead = 16

// classes finds the table of virtual functions around an address.
type classes struct {
	symbols []string   // linker's names of tables
	spans   span.Index // of where functions may begin in each; ID: index in symbols
}

// readClasses reads where the file's tables of virtual functions are.
func (m *Module) readClasses() *classes {
	c := new(classes)
	var spans []span.Span
	for _, file := range m.files {
		for _, table := range file.SymbolTables() {
			for rest := table.Entries; len(rest) >= object.SymbolSize; rest = rest[object.SymbolSize:] {
				entry := object.Symbol(rest)
				if entry.Type() != elf.STT_OBJECT || entry.IsUndefined() || entry.Size() <= vtableHead {
					continue
				}
				if name := table.Name(entry.NameAt()); bytes.HasPrefix(name, []byte(vtablePrefix)) {
					addr := entry.Address()
					spans = append(spans, span.Span{Lo: addr + vtableHead, Hi: addr + entry.Size(), ID: int32(len(c.symbols))})
					c.symbols = append(c.symbols, withoutVersion(string(name)))
				}
			}
		}
	}
	c.spans = span.NewIndex(spans)
	return c
}

// class returns what Class does. The caller holds m.mu.
func (m *Module) class(addr uint64) (string, bool) {
	if m.classes == nil {
		m.classes = m.readClasses()
	}
	if addr%8 != 0 {
		return "", false
	}
	if i, ok := m.classes.spans.Find(addr); ok {
		return strings.CutPrefix(m.readable(m.classes.symbols[i]), "vtable for ")
	}
	if m.hasSymbols() { // the others are of objects that are being made
		return "", false
	}
	return m.classByType(addr)
}

// hasSymbols reports whether the file has symbols that the loader does not need.
func (m *Module) hasSymbols() bool {
	return slices.ContainsFunc(m.files, func(f *object.File) bool { return !f.IsStripped() })
}
