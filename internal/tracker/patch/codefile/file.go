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
	BuildID   string // in hexadecimal digits; empty where the linker wrote none
	BuildIDAt uint64 // the address of the build-id, the file's own, where it is mapped; 0: it is not

	// Size and ModTime tell a file without a build-id.
	Size    int64 // in bytes
	ModTime int64 // in nanoseconds since 1970
}

// File is an ELF file with what planning needs of it. Most files have nothing to
// hook, and their symbols are all that is looked at.
type File struct {
	object   *object.File
	debug    *object.File // its separate debug file; nil for none
	Machine  isa.Machine
	Identity Identity
	Segments []Segment     // those with code
	Tables   []SymbolTable // of symbols
	Stripped bool          // no table has more than what is exported
	starts   []uint64      // where functions and labels begin, sorted; FindStarts fills it
	branches []branch      // those to the addresses swept, by address; EachBranch fills it
	swept    *isa.Targets  // nil for none
}

// Segment is a part of the file that is mapped as code.
type Segment struct {
	Addr uint64
	Data []byte
}

// Open opens the file at path, and its debug file, unless that is empty. Without one mini asks for the symbols that a
// stripped file may hold compressed, which takes milliseconds.
func Open(path, debugFile string, mini bool) (*File, error) {
	file, err := object.Open(path)
	if err != nil {
		return nil, err
	}
	f, err := parse(file)
	switch {
	case err != nil:
	case debugFile != "":
		err = f.addDebugFile(debugFile)
	case mini && f.Stripped:
		f.addMini()
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
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
func (f *File) Close() {
	for _, file := range []*object.File{f.object, f.debug} {
		if file != nil {
			_ = file.Close()
		}
	}
}

// parse finds the code and the symbols.
func parse(file *object.File) (*File, error) {
	f := &File{object: file, Machine: isa.MachineOf(file.Machine), Stripped: file.IsStripped()}
	if f.Machine == nil || file.CheckLayout() != nil {
		return f, fmt.Errorf("%s: %w", file.Path, &isa.MachineError{Machine: file.Machine})
	}
	f.Identity = Identity{BuildID: file.BuildID, Size: file.Size, ModTime: file.ModTime.UnixNano(), BuildIDAt: file.BuildIDAt}
	for _, p := range file.Progs {
		if p.Type != elf.PT_LOAD || p.Flags&elf.PF_X == 0 {
			continue
		}
		data := file.Segment(p)
		if data == nil || p.Vaddr+p.Filesz < p.Vaddr {
			return f, file.Damaged("its code should reach to byte %d", p.Off+p.Filesz)
		}
		f.Segments = append(f.Segments, Segment{p.Vaddr, data})
	}
	f.addTables(file)
	return f, nil
}

// addDebugFile adds the symbols of the file's debug file at path.
func (f *File) addDebugFile(path string) (err error) {
	if f.debug, err = object.Open(path); err != nil {
		return err
	}
	if err := f.debug.CheckLayout(); err != nil {
		return err
	}
	if id := f.debug.BuildID; id != f.Identity.BuildID {
		return fmt.Errorf("%s has the build-id %q and %s %q: it is not its debug file", path, id, f.object.Path, f.Identity.BuildID)
	}
	f.Stripped = f.Stripped && f.debug.IsStripped()
	f.addTables(f.debug)
	return nil
}

// addMini adds the symbols that the file holds compressed, if it does.
func (f *File) addMini() {
	if mini := f.object.MiniDebug(); mini != nil {
		f.Stripped = mini.IsStripped()
		f.addTables(mini)
	}
}

// FindStarts finds where the functions and labels begin, for the methods that need it: Body,
// IsStart, SymbolIn, StartOf, CallersOf and WithinInstruction. Without it they know of none.
func (f *File) FindStarts() {
	if f.starts != nil {
		return
	}
	all := 0
	for i := range f.Tables {
		all += len(f.Tables[i].Entries) / object.SymbolSize
	}
	f.starts = make([]uint64, 0, all)
	for s := range f.Symbols {
		f.starts = append(f.starts, s.Addr)
	}
	f.starts = slices.Compact(object.ByAddress(f.starts, func(addr *uint64) uint64 { return *addr }))
}

// IsStart reports whether a function or label begins at an address.
func (f *File) IsStart(addr uint64) bool {
	_, ok := slices.BinarySearch(f.starts, addr)
	return ok
}

// Processor returns which processor's code the file has.
func (f *File) Processor() elf.Machine { return f.object.Machine }

// IsLibrary reports whether functions of other files may take the place of those that the
// file exports: it is no program, for the loader searches that first, and was not linked
// to prefer its own functions (-Bsymbolic).
func (f *File) IsLibrary() bool {
	file := f.object
	if file.Type != elf.ET_DYN || file.HasFlag(elf.DT_FLAGS_1, uint64(elf.DF_1_PIE)) || file.HasFlag(elf.DT_FLAGS, uint64(elf.DF_SYMBOLIC)) {
		return false
	}
	// Linkers before DF_1_PIE: a program has an interpreter; so has libc, with a name.
	return file.HasName() || !file.HasInterpreter()
}

// CodeAt returns the code from addr to the end of its segment, nil if there is none.
func (f *File) CodeAt(addr uint64) []byte {
	for _, s := range f.Segments {
		if addr >= s.Addr && addr-s.Addr < uint64(len(s.Data)) {
			return s.Data[addr-s.Addr:]
		}
	}
	return nil
}

// Body returns the function at entry, where there must be code. The size is in bytes, as
// the function's symbol has it; with 0 the function reaches to the next symbol.
func (f *File) Body(entry, size uint64) *isa.Body {
	code := f.CodeAt(entry)
	after := entry + max(min(size, uint64(len(code))), 1)
	if i, _ := slices.BinarySearch(f.starts, after); i < len(f.starts) {
		code = code[:min(uint64(len(code)), f.starts[i]-entry)]
	}
	if size == 0 {
		size = uint64(len(code))
	}
	return &isa.Body{Entry: entry, Code: code, Size: int(min(size, uint64(len(code))))}
}

// SymbolIn returns the name of the first symbol between lo and hi, both not included.
func (f *File) SymbolIn(lo, hi uint64) (string, bool) {
	i, _ := slices.BinarySearch(f.starts, lo+1)
	if i == len(f.starts) || f.starts[i] >= hi {
		return "", false
	}
	for s := range f.Symbols {
		if s.Addr == f.starts[i] {
			return string(s.Name), true
		}
	}
	return "", false
}

// EachReadOnly calls visit with the file's data that is only read, of each section and up
// to a limit in bytes of all, until visit returns false.
func (f *File) EachReadOnly(limit uint64, visit func(data []byte) bool) {
	for _, s := range f.object.Sections {
		const flags = elf.SHF_ALLOC | elf.SHF_WRITE | elf.SHF_EXECINSTR
		if s.Type != elf.SHT_PROGBITS || s.Flags&flags != elf.SHF_ALLOC || !strings.HasPrefix(s.Name, ".rodata") {
			continue
		}
		data := f.object.Plain(s)
		data = data[:min(uint64(len(data)), limit)]
		if limit -= uint64(len(data)); !visit(data) {
			return
		}
	}
}
