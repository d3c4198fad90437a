package codefile

import (
	"debug/elf"
	"slices"

	"heapprof/internal/tracker/patch/isa"
)

// writes calls visit with the variables of the file's that a function writes to, as far
// as one instruction shows which.
func (m *File) Writes(b *isa.Body, visit func(variable uint64)) {
	for _, i := range m.Instructions(b.Entry, b.Code[:b.Size]) {
		if to := i.Store.Value; to.Kind == isa.Address {
			visit(to.Number)
		}
	}
}

// callersOf returns, by function, which functions call it directly.
func (m *File) CallersOf(functions map[uint64]bool) map[uint64][]uint64 {
	callers := make(map[uint64][]uint64)
	first, last := ^uint64(0), uint64(0)
	for entry := range functions {
		first, last = min(first, entry), max(last, entry)
	}
	m.EachBranch(first, last+1, func(from, to uint64, _ bool) {
		if caller := m.StartOf(from); functions[to] && !slices.Contains(callers[to], caller) {
			callers[to] = append(callers[to], caller)
		}
	})
	return callers
}

// startOf returns where the function begins that an address is in, 0 for none.
func (m *File) StartOf(addr uint64) uint64 {
	i, _ := slices.BinarySearch(m.starts, addr+1)
	if i == 0 {
		return 0
	}
	return m.starts[i-1]
}

// isWritable reports whether an address is that of a variable.
func (m *File) IsWritable(addr uint64) bool {
	return slices.ContainsFunc(m.object.Progs, func(s *elf.Prog) bool {
		return s.Type == elf.PT_LOAD && s.Flags&elf.PF_W != 0 && addr >= s.Vaddr && addr-s.Vaddr < s.Memsz
	})
}
