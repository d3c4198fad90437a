package codefile

import (
	"debug/elf"
	"slices"

	"heapprof/internal/tracker/patch/isa"
)

// EachWrite calls visit with the addresses of the file's variables to which a function
// writes, as far as one instruction shows the address.
func (f *File) EachWrite(b *isa.Body, visit func(variable uint64)) {
	for _, i := range f.Instructions(b.Entry, b.Code[:b.Size]) {
		if to := i.Store.Value; to.Kind == isa.Address {
			visit(to.Number)
		}
	}
}

// CallersOf returns the entries of the functions that call each of the functions directly,
// by its entry. Wrong ones may be among them, for whatever looks like a call counts.
func (f *File) CallersOf(functions map[uint64]bool) map[uint64][]uint64 {
	callers := make(map[uint64][]uint64)
	f.EachBranch(isa.EntriesIn(functions), func(from, to uint64, _ bool) {
		if caller := f.StartOf(from); !slices.Contains(callers[to], caller) {
			callers[to] = append(callers[to], caller)
		}
	})
	return callers
}

// StartOf returns where the function or label begins that an address belongs to; 0 for
// none.
func (f *File) StartOf(addr uint64) uint64 {
	i, _ := slices.BinarySearch(f.starts, addr+1)
	if i == 0 {
		return 0
	}
	return f.starts[i-1]
}

// IsWritable reports whether an address is in memory that the program may write to.
func (f *File) IsWritable(addr uint64) bool {
	return slices.ContainsFunc(f.object.Progs, func(s *elf.Prog) bool {
		return s.Type == elf.PT_LOAD && s.Flags&elf.PF_W != 0 && addr >= s.Vaddr && addr-s.Vaddr < s.Memsz
	})
}
