package roots

import (
	"debug/elf"
	"encoding/binary"
)

// image is a module as the process has it in memory. It is read there and not in its file, which may
// be another one by now, or have no name.
type image struct {
	segments []segment
	tls      *elf.ProgHeader
	dynamic  Range
	frames   uint64 // where its table of unwind information is; 0: it has none
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
		f.images[i] = f.readImage(&f.Modules[i])
	}
}

// readImage reads the headers of a module (System V ABI, "Program Header"). They lie where it begins.
func (f *finder) readImage(m *Module) (is image) {
	var header [64]byte
	if !f.read(header[:], m.Start) || string(header[:4]) != elf.ELFMAG || header[4] != byte(elf.ELFCLASS64) {
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
			is.dynamic = in
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
