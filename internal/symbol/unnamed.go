package symbol

import (
	"sort"
	"strings"

	"heapprof/internal/object/searchtable"
)

// unnamed returns the frame for an address that nothing names: of the function that the unwind
// information has there, else none. The caller holds m.mu.
func (m *Module) unnamed(addr uint64) []Frame {
	entry, ok := m.entryOf(addr)
	if !ok {
		return nil
	}
	return []Frame{{Entry: entry}}
}

// entryOf returns where the function begins that addr is in, and reports whether the unwind information tells. A part of a
// function that the compiler put elsewhere, as what runs rarely, counts as a function: the unwind information
// does not tell whose it is.
func (m *Module) entryOf(addr uint64) (uint64, bool) {
	functions := m.functions()
	i := sort.Search(len(functions), func(i int) bool { return functions[i].Function > addr }) - 1
	if i < 0 || addr >= functions[i].End {
		return 0, false
	}
	return functions[i].Function, true
}

// readFunctions returns the functions that have unwind information, by address. The stubs of a linkage table are
// no functions, though they have such, as one.
func (m *Module) readFunctions() []searchtable.Entry {
	file := m.files[0]
	section := file.Section(".eh_frame")
	content := file.Plain(section) // linkers never compress what is mapped
	if content == nil {
		return nil
	}
	all := searchtable.Read(content, section.Addr)
	kept := all[:0]
	for _, e := range all {
		if m.isText(e.Function) && !m.isStub(e.Function) {
			kept = append(kept, e)
		}
	}
	return kept
}

// isStub reports whether an address is in a procedure linkage table.
func (m *Module) isStub(addr uint64) bool {
	for _, s := range m.files[0].Sections {
		if s.Addr <= addr && addr-s.Addr < s.Size && (s.Name == ".plt" || strings.HasPrefix(s.Name, ".plt.")) {
			return true
		}
	}
	return false
}
