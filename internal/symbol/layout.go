package symbol

import (
	"debug/elf"
	"encoding/hex"
	"time"

	"heapprof/internal/object"
)

// pageSize is the least that memory is mapped by.
const pageSize = 4096

// HasDebugInfo reports whether the module, or its separate debug file, has debug information.
func (m *Module) HasDebugInfo() bool { return m.debugFile() != nil }

// IsStripped reports whether the module has no symbols but those that the loader reads, and no debug information, and none
// were found elsewhere.
func (m *Module) IsStripped() bool {
	for _, file := range m.files {
		if !file.IsStripped() || file.HasDebugInfo() {
			return false
		}
	}
	return true
}

// BuildID returns the build-id of the module's file in lower-case hex; "" where it has none.
func (m *Module) BuildID() string { return m.files[0].BuildID }

// Written returns when the module's file was last written.
func (m *Module) Written() time.Time { return m.files[0].ModTime }

// Files returns the paths of the files that the names are from: the module's own, its separate debug file, and what dwz moved
// out of that, as far as they were found.
func (m *Module) Files() []string {
	var paths []string
	for _, file := range m.files {
		paths = append(paths, file.Path)
	}
	if m.alt != nil {
		paths = append(paths, m.alt.Path)
	}
	return paths
}

// MissingAlt returns the build-id of the file to which dwz moved a part of the debug information, if that file was not found;
// "" otherwise.
func (m *Module) MissingAlt() string {
	file := m.debugFile()
	if file == nil || m.alt != nil {
		return ""
	}
	id := ""
	_ = file.Guard(func() error { id = altBuildID(file); return nil }) // a file that was cut short names none
	return id
}

// InFile returns the file's own address of what lies at an offset in it, as its program headers have it, and reports whether
// anything that is mapped does. A separate debug file lacks offsets: see Bias.
func (m *Module) InFile(offset uint64) (addr uint64, ok bool) {
	for _, p := range m.files[0].Progs {
		if p.Type == elf.PT_LOAD && p.Filesz > 0 && offset >= p.Off && offset-p.Off < p.Filesz {
			return p.Vaddr + (offset - p.Off), true
		}
	}
	return 0, false
}

// Bias returns the address in memory minus that in the file, for a file that was mapped from start to end: as a whole, or of
// it only the code. It reports whether the file has room for that.
func (m *Module) Bias(start, end uint64) (bias uint64, ok bool) {
	whole, code := m.extents()
	switch size := end - start; {
	case end <= start || whole.hi == 0:
		return 0, false
	case code.hi > code.lo && size <= code.hi-code.lo:
		return start - code.lo, true
	case size <= whole.hi-whole.lo:
		return start - whole.lo, true
	}
	return 0, false
}

// Extent returns from where to where a file lies in memory whose addresses there are bias more than its own.
func (m *Module) Extent(bias uint64) (start, end uint64) {
	whole, _ := m.extents()
	return bias + whole.lo, bias + whole.hi
}

// extents returns from where to where in memory a file is mapped, in whole pages, by its own addresses: as a whole, and its
// code.
func (m *Module) extents() (whole, code section) {
	pages := func(p *elf.Prog) section {
		return section{p.Vaddr &^ (pageSize - 1), (p.Vaddr + p.Memsz + pageSize - 1) &^ (pageSize - 1)}
	}
	for _, p := range m.files[0].Progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		in := pages(p)
		if whole.hi == 0 {
			whole = in
		}
		whole = section{min(whole.lo, in.lo), max(whole.hi, in.hi)}
		if p.Flags&elf.PF_X != 0 {
			if code.hi == 0 {
				code = in
			}
			code = section{min(code.lo, in.lo), max(code.hi, in.hi)}
		}
	}
	return whole, code
}

// IsOwnFile reports whether the module's own file was found, and not only a separate debug file of it, which has no code.
func (m *Module) IsOwnFile() bool {
	for _, s := range m.files[0].Sections {
		if s.Flags&elf.SHF_EXECINSTR != 0 && s.Type == elf.SHT_PROGBITS {
			return true
		}
	}
	return len(m.files[0].Sections) == 0
}

// altBuildID returns the build-id that a file's .gnu_debugaltlink names, in hex; "" where it has none.
func altBuildID(file *object.File) string {
	_, id := file.AltLink()
	return hex.EncodeToString(id)
}
