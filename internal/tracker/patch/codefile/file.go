package codefile

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"heapprof/internal/object"
	"heapprof/internal/tracker/patch/isa"
)

// Identity tells a file from others, so that a plan is not applied to one that it
// was not made for.
type Identity struct {
	BuildID string // in hexadecimal digits; empty where the linker wrote none, and then
	Size    int64  // in bytes, and
	ModTime int64  // in nanoseconds since 1970, are what counts

	BuildIDAt uint64 // where the build-id lies when the file is mapped; 0: it is not mapped
}

// File is an ELF file with what planning needs of it. Most files have nothing to
// hook, and their symbols are all that is looked at.
type File struct {
	object   *object.File
	debug    *object.File // its separate debug file; nil for none
	Machine  isa.Machine
	Identity Identity
	Segments []Segment // with code
	Tables   []SymbolTable
	Stripped bool     // no table has more than what is exported
	starts   []uint64 // of the functions and labels, sorted; findStarts fills it
}

type Segment struct {
	Addr uint64
	Data []byte
}

// Open opens the file at path, and its debug file, unless that is empty.
func Open(path, debugFile string) (*File, error) {
	file, err := object.Open(path)
	if err != nil {
		return nil, err
	}
	m, err := parse(file)
	if err == nil && debugFile != "" {
		err = m.addDebugFile(debugFile)
	}
	if err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// Parse reads a file that is in memory.
func Parse(name string, content []byte) (*File, error) {
	file, err := object.New(name, content)
	if err != nil {
		return nil, err
	}
	return parse(file)
}

// Close lets go of the file. It was only read, so that nothing is lost if that fails.
func (m *File) Close() {
	for _, file := range []*object.File{m.object, m.debug} {
		if file != nil {
			_ = file.Close()
		}
	}
}

// parse finds the code and the symbols.
func parse(file *object.File) (*File, error) {
	m := &File{object: file, Machine: isa.MachineOf(file.Machine), Stripped: file.IsStripped()}
	if m.Machine == nil || file.CheckLayout() != nil {
		return m, fmt.Errorf("%s: %w", file.Path, &isa.MachineError{Machine: file.Machine})
	}
	m.Identity = Identity{BuildID: file.BuildID, Size: file.Size, ModTime: file.ModTime.UnixNano(), BuildIDAt: file.BuildIDAt}
	for _, p := range file.Progs {
		if p.Type != elf.PT_LOAD || p.Flags&elf.PF_X == 0 {
			continue
		}
		data := file.Segment(p)
		if data == nil || p.Vaddr+p.Filesz < p.Vaddr {
			return m, file.Damaged("its code should reach to byte %d", p.Off+p.Filesz)
		}
		m.Segments = append(m.Segments, Segment{p.Vaddr, data})
	}
	m.addTables(file)
	return m, nil
}

// addDebugFile adds the symbols of the file's debug file at path.
func (m *File) addDebugFile(path string) (err error) {
	if m.debug, err = object.Open(path); err != nil {
		return err
	}
	if err := m.debug.CheckLayout(); err != nil {
		return err
	}
	if id := m.debug.BuildID; id != m.Identity.BuildID {
		return fmt.Errorf("%s has the build-id %q and %s %q: it is not its debug file", path, id, m.object.Path, m.Identity.BuildID)
	}
	m.Stripped = m.Stripped && m.debug.IsStripped()
	m.addTables(m.debug)
	return nil
}

// findStarts finds where the functions and labels begin.
func (m *File) FindStarts() {
	if m.starts != nil {
		return
	}
	for s := range m.Symbols {
		m.starts = append(m.starts, s.Addr)
	}
	slices.Sort(m.starts)
	m.starts = slices.Compact(m.starts)
}

// isStart reports whether a function or label begins at an address; findStarts comes first.
func (m *File) IsStart(addr uint64) bool {
	_, ok := slices.BinarySearch(m.starts, addr)
	return ok
}

// processor returns which processor's code the file has.
func (m *File) Processor() elf.Machine { return m.object.Machine }

// isLibrary reports whether the loader may let other files' functions take the place of
// those that the file exports: it is no program, which comes first in the search
// order, and was not linked to prefer its own (-Bsymbolic).
func (m *File) IsLibrary() bool {
	file := m.object
	if file.Type != elf.ET_DYN || file.HasFlag(elf.DT_FLAGS_1, uint64(elf.DF_1_PIE)) || file.HasFlag(elf.DT_FLAGS, uint64(elf.DF_SYMBOLIC)) {
		return false
	}
	// Linkers before DF_1_PIE: a program has an interpreter; so has libc, with a name.
	return file.HasName() || !file.HasInterpreter()
}

// codeAt returns the code from addr to the end of its segment, nil if there is none.
func (m *File) CodeAt(addr uint64) []byte {
	for _, s := range m.Segments {
		if addr >= s.Addr && addr-s.Addr < uint64(len(s.Data)) {
			return s.Data[addr-s.Addr:]
		}
	}
	return nil
}

// body returns the function at entry, where there is code, of which the symbol says
// that it is size bytes long, or 0 if it does not know: then it reaches to the next
// symbol.
func (m *File) Body(entry, size uint64) *isa.Body {
	code := m.CodeAt(entry)
	after := entry + max(min(size, uint64(len(code))), 1)
	if i, _ := slices.BinarySearch(m.starts, after); i < len(m.starts) {
		code = code[:min(uint64(len(code)), m.starts[i]-entry)]
	}
	if size == 0 {
		size = uint64(len(code))
	}
	return &isa.Body{Entry: entry, Code: code, Size: int(min(size, uint64(len(code))))}
}

// symbolIn returns the first symbol between lo and hi, both not included.
func (m *File) SymbolIn(lo, hi uint64) (string, bool) {
	i, _ := slices.BinarySearch(m.starts, lo+1)
	if i == len(m.starts) || m.starts[i] >= hi {
		return "", false
	}
	for s := range m.Symbols {
		if s.Addr == m.starts[i] {
			return string(s.Name), true
		}
	}
	return "", false
}

// readOnly calls visit with the data that programs only read, as far as a limit in
// bytes, until it returns false.
func (m *File) ReadOnly(limit uint64, visit func(data []byte) bool) {
	for _, s := range m.object.Sections {
		const flags = elf.SHF_ALLOC | elf.SHF_WRITE | elf.SHF_EXECINSTR
		if s.Type != elf.SHT_PROGBITS || s.Flags&flags != elf.SHF_ALLOC || !strings.HasPrefix(s.Name, ".rodata") {
			continue
		}
		data := m.object.Plain(s)
		data = data[:min(uint64(len(data)), limit)]
		if limit -= uint64(len(data)); !visit(data) {
			return
		}
	}
}
