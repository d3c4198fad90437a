package symbol

import (
	"cmp"
	"debug/elf"
	"slices"
	"strings"

	"heapprof/internal/object"
)

// loadVariables reads the variables of the symbol tables, once. The caller holds m.mu.
func (m *Module) loadVariables() {
	if m.variablesRead {
		return
	}
	m.variablesRead = true
	// What a file that is cut short had before stays.
	_ = object.Guard(m.path, func() error {
		m.variables = m.readVariables(dataSections(m.files[0]), false)
		if tls, ok := m.TLS(); ok {
			m.threadLocals = m.readVariables([]section{{0, tls.Size}}, true)
		}
		return nil
	})
}

// dataSections returns where an ELF file has data that a program may write to, but for thread-local
// storage, in ascending order.
func dataSections(file *object.File) []section {
	var data []section
	for _, s := range file.Sections {
		if s.Flags&(elf.SHF_ALLOC|elf.SHF_WRITE|elf.SHF_EXECINSTR|elf.SHF_TLS) == elf.SHF_ALLOC|elf.SHF_WRITE && s.Addr+s.Size > s.Addr {
			data = append(data, section{s.Addr, s.Addr + s.Size})
		}
	}
	if data == nil { // no section headers
		for _, p := range file.Progs {
			if p.Type == elf.PT_LOAD && p.Flags&(elf.PF_W|elf.PF_X) == elf.PF_W && p.Vaddr+p.Memsz > p.Vaddr {
				data = append(data, section{p.Vaddr, p.Vaddr + p.Memsz})
			}
		}
	}
	slices.SortFunc(data, func(a, b section) int { return cmp.Compare(a.lo, b.lo) })
	return data
}

// readVariables returns the variables that lie in sections, without any that overlap.
func (m *Module) readVariables(sections []section, inThread bool) []Variable {
	list := m.undescribed(inThread)
	if len(list) == 0 {
		list = m.symbolsOfData(sections, inThread)
	}
	var covered uint64
	return slices.DeleteFunc(list, func(v Variable) bool {
		sec, ok := sectionAround(sections, v.Address)
		if !ok || v.Address < covered || v.Size > sec.hi-v.Address {
			return true
		}
		covered = v.Address + v.Size
		return false
	})
}

// symbolsOfData returns the variables that have symbols in sections, by address.
func (m *Module) symbolsOfData(sections []section, inThread bool) []Variable {
	t := new(symbolTable)
	for _, file := range m.files {
		for _, table := range file.SymbolTables() {
			t.addData(table, sections, inThread)
		}
	}
	t.symbols = object.ByAddress(t.symbols, func(s *elfSymbol) uint64 { return s.addr })
	list := make([]Variable, 0, len(t.symbols))
	for i, next := 0, 0; i < len(t.symbols); i = next {
		addr, size := t.symbols[i].addr, uint64(0)
		for next = i; next < len(t.symbols) && t.symbols[next].addr == addr; next++ {
			size = max(size, t.symbols[next].size)
		}
		if size == 0 { // assembler's, which reaches to the next one
			sec, _ := sectionAround(sections, addr)
			if size = sec.hi - addr; next < len(t.symbols) {
				size = min(size, t.symbols[next].addr-addr)
			}
		}
		v := Variable{Address: addr, Size: size, Symbol: withoutVersion(t.nameOf(t.best(i))), threadLocal: inThread}
		v.Name, v.In, v.Internal = m.nameOfVariable(v.Symbol)
		list = append(list, v)
	}
	return slices.Clip(list)
}

// addData adds the symbols of variables that lie in sections.
func (t *symbolTable) addData(table object.SymbolTable, sections []section, inThread bool) {
	t.names = append(t.names, table.Names)
	number := uint16(len(t.names) - 1)
	for rest := table.Entries; len(rest) >= object.SymbolSize; rest = rest[object.SymbolSize:] {
		entry := object.Symbol(rest)
		switch entry.Type() {
		case elf.STT_TLS:
			if !inThread {
				continue
			}
		case elf.STT_OBJECT, elf.STT_NOTYPE, elf.STT_COMMON:
			if inThread {
				continue
			}
		default:
			continue
		}
		sym := elfSymbol{addr: entry.Address(), size: entry.Size(), name: entry.NameAt(), table: number, info: entry.Info()}
		if index := entry.Section(); index == elf.SHN_UNDEF || index == elf.SHN_ABS {
			continue
		}
		if _, ok := sectionAround(sections, sym.addr); !ok {
			continue
		}
		name := string(table.Name(sym.name))
		isLabel := sym.kind() == elf.STT_NOTYPE
		switch {
		case name == "" || isLinkers(name) || isTable(name):
		case sym.size == 0 && (!isLabel || table.Dynamic): // nothing, or without the next one, up to which it would reach
		case isLabel && (strings.HasPrefix(name, ".L") || strings.HasPrefix(name, "$")): // local labels, marks of code and data
		default:
			t.symbols = append(t.symbols, sym)
		}
	}
}

// isTable reports whether a symbol is a table that C++ keeps of a class: of virtual functions, of tables of these, of the
// type's information, and the type's name. A large program has some hundred thousand, and none is written to.
func isTable(name string) bool {
	return strings.HasPrefix(name, "_ZT") && len(name) > 3 && strings.IndexByte("VTISC", name[3]) >= 0
}

// isLinkers reports whether a symbol is a mark that linkers and compilers' start files set, at which there is no variable.
func isLinkers(name string) bool {
	switch name {
	case "_GLOBAL_OFFSET_TABLE_", "_DYNAMIC", "_PROCEDURE_LINKAGE_TABLE_", "__dso_handle", "__TMC_END__", "__data_start", "data_start",
		"__bss_start", "__bss_start__", "__bss_end__", "_bss_end__", "__end__", "_edata", "edata", "_end", "end", "_fdata", "__FRAME_END__", "__EH_FRAME_BEGIN__",
		"__CTOR_LIST__", "__CTOR_END__", "__DTOR_LIST__", "__DTOR_END__", "__init_array_start", "__init_array_end",
		"__fini_array_start", "__fini_array_end", "__preinit_array_start", "__preinit_array_end", "__frame_dummy_init_array_entry", "__do_global_dtors_aux_fini_array_entry":
		return true
	}
	return strings.HasPrefix(name, "__start_") || strings.HasPrefix(name, "__stop_")
}
