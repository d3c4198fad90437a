package codefile

import (
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"

	"heapprof/internal/object"
	"heapprof/internal/tracker/patch/isa"
)

// Implementations returns the functions among which an indirect function (IFUNC) chooses: those whose addresses its
// code takes, by address. It is nil where the code is not understood.
func (f *File) Implementations(entry, size uint64) (all []uint64) {
	code := f.CodeAt(entry)
	code = code[:min(uint64(len(code)), size)]
	read := uint64(0)
	held := map[uint8]uint64{} // the addresses in registers
	for at, i := range f.Instructions(entry, code) {
		read = at + uint64(i.Length) - entry
		to, known := uint64(0), false
		switch {
		case i.Result.How == isa.Literally && i.Result.Value.Kind == isa.Address:
			to, known = i.Result.Value.Number, f.Processor() == elf.EM_X86_64 // arm64 has the page, and adds to it
			held[i.To] = to
		case i.Result.How == isa.Copied && i.Writes != 0:
			if base, ok := held[i.Result.From]; ok {
				to, known = base+i.Result.Offset, true
				held[i.To] = to
			}
		}
		if known && f.CodeAt(to) != nil && !slices.Contains(all, to) {
			all = append(all, to)
		}
	}
	if read < uint64(len(code)) {
		return nil
	}
	slices.Sort(all)
	return all
}

// FindFrameStarts adds the functions to what FindStarts finds that have unwind information and perhaps no symbol.
// A search table of another form than that which linkers write has none.
func (f *File) FindFrameStarts() {
	f.FindStarts()
	s := f.object.Section(".eh_frame_hdr")
	if s == nil {
		return
	}
	data := f.object.Plain(s)
	const header, version, form = 12, 1, 0x3b // pairs of 32 bits with a sign, relative to the table
	if len(data) < header || data[0] != version || data[3] != form {
		return
	}
	for entries := data[header:]; len(entries) >= 8; entries = entries[8:] {
		start := s.Addr + uint64(int64(int32(binary.LittleEndian.Uint32(entries))))
		if f.CodeAt(start) != nil {
			f.starts = append(f.starts, start)
		}
	}
	f.starts = slices.Compact(object.ByAddress(f.starts, func(addr *uint64) uint64 { return *addr }))
}

// AddStarts adds addresses at which functions begin.
func (f *File) AddStarts(all []uint64) {
	f.starts = append(f.starts, all...)
	f.starts = slices.Compact(object.ByAddress(f.starts, func(addr *uint64) uint64 { return *addr }))
}

// IsStub reports whether an address is in one of the linker's stubs, by which imported and indirect functions are
// called.
func (f *File) IsStub(addr uint64) bool {
	return slices.ContainsFunc(f.object.Sections, func(s *elf.Section) bool {
		return strings.HasPrefix(s.Name, ".plt") && addr >= s.Addr && addr-s.Addr < s.Size
	})
}
