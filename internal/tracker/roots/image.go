package roots

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"slices"

	"heapprof/internal/object"
	"heapprof/internal/tracker/graph"
	"heapprof/internal/tracker/roots/unwind"
)

// image is a module as the process has it in memory. It is read there and not in its file, which may
// be another one by now, or have no name.
type image struct {
	segments []segment
	tls      *elf.ProgHeader
	debug    uint64 // where the loader's list of modules is, as a program's dynamic section has it
	frames   uint64 // where its table of unwind information is; 0: it has none
	header   [64]byte

	table     *unwind.Table
	tableRead bool

	placed            placedTLS
	tlsRead, tlsKnown bool
}

// segment is what of the file was loaded as one part.
type segment struct {
	Range
	writable bool
}

// mostHeaders is how many program headers are looked at.
const mostHeaders = 128

// readImages reads what all modules say of themselves. It is nothing where that is not in memory.
func (f *finder) readImages() {
	f.images = make([]image, len(f.Modules))
	for i := range f.Modules {
		is := &f.images[i]
		*is = f.readImage(&f.Modules[i])
		if machine := elf.Machine(binary.LittleEndian.Uint16(is.header[18:])); machine != elf.EM_NONE {
			f.machine = machine
		}
	}
}

// readImage reads the headers of a module (System V ABI, "Program Header"). They lie where it begins.
func (f *finder) readImage(m *Module) (is image) {
	header := is.header[:]
	if !f.read(header, m.Start) || string(header[:4]) != elf.ELFMAG || header[4] != byte(elf.ELFCLASS64) {
		return is
	}
	at, size, count := binary.LittleEndian.Uint64(header[32:]), uint64(binary.LittleEndian.Uint16(header[54:])), uint64(binary.LittleEndian.Uint16(header[56:]))
	if size != 56 || count > mostHeaders {
		return is
	}
	all := make([]byte, size*count)
	if !f.read(all, m.Start+at) {
		return is
	}
	for ; len(all) > 0; all = all[size:] {
		p := elf.ProgHeader{
			Type: elf.ProgType(binary.LittleEndian.Uint32(all)), Flags: elf.ProgFlag(binary.LittleEndian.Uint32(all[4:])),
			Vaddr: binary.LittleEndian.Uint64(all[16:]), Filesz: binary.LittleEndian.Uint64(all[32:]),
			Memsz: binary.LittleEndian.Uint64(all[40:]), Align: binary.LittleEndian.Uint64(all[48:]),
		}
		in := Range{m.Bias + p.Vaddr, m.Bias + p.Vaddr + p.Memsz}.and(Range{m.Start, pageEnd(m.End)})
		switch {
		case p.Type == elf.PT_TLS && p.Memsz > 0 && p.Memsz < mostTLS:
			p.Align = max(p.Align, 1)
			is.tls = &p
		case in.isEmpty():
		case p.Type == elf.PT_LOAD:
			is.segments = append(is.segments, segment{in, p.Flags&elf.PF_W != 0})
		case p.Type == elf.PT_DYNAMIC:
			is.debug = f.entryOf(in, elf.DT_DEBUG)
		case p.Type == elf.PT_GNU_EH_FRAME:
			is.frames = in.Start
		}
	}
	return is
}

// mostTLS is how much thread-local storage of a file is believed.
const mostTLS = 1 << 30

// page is the size of the pages to which what is loaded is rounded: the smallest that there are.
const page = 4096

// pageEnd returns the end of the page that an address ends in.
func pageEnd(at uint64) uint64 { return (at + page - 1) &^ (page - 1) }

// read reads memory, and reports whether all of it could be.
func (f *finder) read(p []byte, at uint64) bool {
	n, _ := f.Memory.ReadAt(p, at)
	return n == len(p)
}

// word returns a word of memory; 0 where there is none.
func (f *finder) word(at uint64) uint64 {
	var b [8]byte
	if !f.read(b[:], at) {
		return 0
	}
	return binary.LittleEndian.Uint64(b[:])
}

// readTable reads the unwind information of a module; nil where it has none.
func (f *finder) readTable(module int) *unwind.Table {
	is, m := &f.images[module], &f.Modules[module]
	if is.frames != 0 {
		table, _ := unwind.NewTable(f.Memory, is.frames)
		return table
	}
	// Static programs have it without a table to search, which nothing in memory tells the place of.
	var table *unwind.Table
	_ = object.Read(m.Path, func(file *object.File) error {
		section := file.Section(".eh_frame")
		if section != nil && string(file.Part(0, uint64(len(is.header)))) == string(is.header[:]) {
			table = unwind.NewTableOf(f.Memory, m.Bias+section.Addr, section.Size)
		}
		return nil
	})
	return table
}

// moduleAt returns the index of the module that an address is in; -1: none.
func (f *finder) moduleAt(at uint64) int {
	return slices.IndexFunc(f.Modules, func(m Module) bool { return m.Start <= at && at < m.End })
}

// entryOf returns the value of an entry of a dynamic section; 0 where it has none.
func (f *finder) entryOf(dynamic Range, tag elf.DynTag) uint64 {
	all := make([]byte, min(dynamic.End-dynamic.Start, 1<<16))
	n, _ := f.Memory.ReadAt(all, dynamic.Start)
	for all = all[:n]; len(all) >= 16; all = all[16:] {
		if binary.LittleEndian.Uint64(all) == uint64(tag) {
			return binary.LittleEndian.Uint64(all[8:])
		}
	}
	return 0
}

// isProgram reports whether a module is the program: loaders note in its dynamic section where their list of
// modules is, and where there is no loader it stands alone.
func (f *finder) isProgram(module int) bool {
	return f.images[module].debug != 0 || f.isStatic() && f.Modules[module].Path != f.Own.Library
}

// isStatic reports whether the program has no loader.
func (f *finder) isStatic() bool {
	return !slices.ContainsFunc(f.images, func(is image) bool { return is.debug != 0 })
}

// blockAt returns the index of the block that an address is in; -1: it is in none.
func (f *finder) blockAt(at uint64) int {
	i, found := slices.BinarySearchFunc(f.Blocks, at, func(b graph.Block, at uint64) int { return cmp.Compare(b.Addr, at) })
	if !found {
		i--
	}
	if i < 0 || at-f.Blocks[i].Addr >= f.Blocks[i].Size {
		return -1
	}
	return i
}
