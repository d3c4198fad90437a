package codefile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"heapprof/internal/regular"
	"heapprof/internal/tracker/patch/isa"
	"os"
	"runtime/debug"
	"slices"
	"strings"
)

// Identity tells a file from others, so that a plan is not applied to one that it
// was not made for.
type Identity struct {
	BuildID string // in hexadecimal digits; empty where the linker wrote none, and then
	Size    int64  // in bytes, and
	ModTime int64  // in nanoseconds since 1970, are what counts

	BuildIDAt uint64 // where the build-id lies when the file is mapped; 0: it is not mapped
}

// module is an ELF file with what planning needs of it. Most files have nothing to
// hook, and their symbols are all that is looked at.
type File struct {
	Path     string
	Image    []byte // of the file, mapped
	unmap    []func()
	elf      *elf.File
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

// openModule maps the file at path, and its debug file's, unless that is empty.
func Open(path, debugFile string) (*File, error) {
	m := &File{Path: path}
	err := m.open(debugFile)
	if err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// parseModule reads a file that is in memory.
func Parse(name string, image []byte) (*File, error) {
	m := &File{Path: name, Image: image}
	return m, m.parse()
}

func (m *File) open(debugFile string) (err error) {
	var info os.FileInfo
	if m.Image, info, err = m.mapped(m.Path); err != nil {
		return err
	}
	m.Identity = Identity{Size: info.Size(), ModTime: info.ModTime().UnixNano()}
	if err := m.parse(); err != nil || debugFile == "" {
		return err
	}
	symbols, _, err := m.mapped(debugFile)
	if err != nil {
		return err
	}
	return m.addDebugFile(debugFile, symbols)
}

// mapped returns the content of a file, until the module is closed.
func (m *File) mapped(path string) ([]byte, os.FileInfo, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	data, unmap, err := mapFile(f, info.Size())
	if err != nil {
		return nil, nil, err
	}
	m.unmap = append(m.unmap, unmap)
	return data, info, nil
}

func (m *File) Close() {
	for _, unmap := range m.unmap {
		unmap()
	}
}

// guard runs f, and makes an error of the fault that it is to read a mapped file that
// was cut off meanwhile. Other panics go on.
func Guard(path string, f func() error) (err error) {
	was := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(was)
		switch fault := recover().(type) {
		case nil:
		case interface {
			error
			Addr() uintptr
		}:
			err = fmt.Errorf("%s was cut off while it was read: %w", path, fault)
		default:
			panic(fault)
		}
	}()
	return f()
}

// parse reads headers and finds the symbols.
func (m *File) parse() (err error) {
	if m.elf, err = elf.NewFile(bytes.NewReader(m.Image)); err != nil {
		return fmt.Errorf("%s: %w", m.Path, err)
	}
	if m.Machine = isa.MachineOf(m.elf.Machine); m.Machine == nil || m.elf.Class != elf.ELFCLASS64 || m.elf.ByteOrder != binary.LittleEndian {
		return fmt.Errorf("%s: %w", m.Path, &isa.MachineError{Machine: m.elf.Machine})
	}
	m.Identity.BuildID, m.Identity.BuildIDAt = buildID(m.elf, m.Image)
	for _, p := range m.elf.Progs {
		if p.Type != elf.PT_LOAD || p.Flags&elf.PF_X == 0 {
			continue
		}
		data := part(m.Image, p.Off, p.Filesz)
		if data == nil || p.Vaddr+p.Filesz < p.Vaddr {
			return fmt.Errorf("%s is cut off: its code should reach to byte %d", m.Path, p.Off+p.Filesz)
		}
		m.Segments = append(m.Segments, Segment{p.Vaddr, data})
	}
	m.Stripped = m.elf.SectionByType(elf.SHT_SYMTAB) == nil
	m.addTables(m.elf, m.Image)
	return nil
}

func (m *File) addDebugFile(path string, image []byte) error {
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if id, _ := buildID(f, image); id != m.Identity.BuildID {
		return fmt.Errorf("%s has the build-id %q and %s %q: it is not its debug file", path, id, m.Path, m.Identity.BuildID)
	}
	m.Stripped = m.Stripped && f.SectionByType(elf.SHT_SYMTAB) == nil
	m.addTables(f, image)
	return nil
}

// part returns the bytes of an image from offset on, nil where it has not so many.
func part(image []byte, offset, size uint64) []byte {
	if offset > uint64(len(image)) || size > uint64(len(image))-offset {
		return nil
	}
	return image[offset : offset+size : offset+size]
}

// section returns the bytes of a section, nil where it has none in the file.
func section(image []byte, s *elf.Section) []byte {
	if s.Type == elf.SHT_NOBITS || s.Flags&elf.SHF_COMPRESSED != 0 {
		return nil
	}
	return part(image, s.Offset, s.FileSize)
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
func (m *File) Processor() elf.Machine { return m.elf.Machine }

// isLibrary says whether the loader may let other files' functions take the place of
// those that the file exports: it is no program, which comes first in the search
// order, and was not linked to prefer its own (-Bsymbolic).
func (m *File) IsLibrary() bool {
	if m.elf.Type != elf.ET_DYN {
		return false
	}
	flag := func(tag elf.DynTag, bit uint64) bool {
		values, err := m.elf.DynValue(tag)
		return err == nil && slices.ContainsFunc(values, func(v uint64) bool { return v&bit != 0 })
	}
	if flag(elf.DT_FLAGS_1, uint64(elf.DF_1_PIE)) || flag(elf.DT_FLAGS, uint64(elf.DF_SYMBOLIC)) {
		return false
	}
	names, err := m.elf.DynString(elf.DT_SONAME)
	hasName := err == nil && len(names) > 0
	// Linkers before DF_1_PIE: a program has an interpreter; so has libc, with a name.
	isProgram := !hasName && slices.ContainsFunc(m.elf.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
	return !isProgram
}

// buildID returns the note of type NT_GNU_BUILD_ID in hexadecimal digits, and where it
// is mapped, 0 for nowhere. It may be in one of several segments or, in a debug file,
// sections of notes.
func buildID(f *elf.File, image []byte) (id string, at uint64) {
	for _, p := range f.Progs {
		if p.Type == elf.PT_NOTE {
			if id, offset := buildIDIn(part(image, p.Off, p.Filesz)); id != "" {
				return id, p.Vaddr + offset
			}
		}
	}
	for _, s := range f.Sections {
		if s.Type == elf.SHT_NOTE {
			if id, _ := buildIDIn(section(image, s)); id != "" {
				return id, 0
			}
		}
	}
	return "", 0
}

func buildIDIn(notes []byte) (id string, offset uint64) {
	const gnuBuildID = 3
	for n := notes; len(n) >= 12; {
		nameSize, descSize := binary.LittleEndian.Uint32(n), binary.LittleEndian.Uint32(n[4:])
		kind := binary.LittleEndian.Uint32(n[8:])
		desc := 12 + (uint64(nameSize)+3)&^3
		end := desc + uint64(descSize)
		if end > uint64(len(n)) {
			break
		}
		if kind == gnuBuildID && bytes.Equal(n[12:12+nameSize], []byte("GNU\x00")) {
			return hex.EncodeToString(n[desc:end]), uint64(len(notes)-len(n)) + desc
		}
		n = n[min((end+3)&^3, uint64(len(n))):]
	}
	return "", 0
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
	for _, s := range m.elf.Sections {
		const flags = elf.SHF_ALLOC | elf.SHF_WRITE | elf.SHF_EXECINSTR
		if s.Type != elf.SHT_PROGBITS || s.Flags&flags != elf.SHF_ALLOC || !strings.HasPrefix(s.Name, ".rodata") {
			continue
		}
		data := section(m.Image, s)
		data = data[:min(uint64(len(data)), limit)]
		if limit -= uint64(len(data)); !visit(data) {
			return
		}
	}
}
