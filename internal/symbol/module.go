package symbol

import (
	"bytes"
	"cmp"
	"debug/elf"
	"errors"
	"io/fs"
	"slices"
	"sort"
	"sync"

	"heapprof/internal/object"
	"heapprof/internal/object/searchtable"
	"heapprof/internal/profile"
	"heapprof/internal/symbol/dwarf"
)

// Module is one file whose addresses can be named. It may be used by several
// goroutines; calls of one Module wait for each other.
type Module struct {
	path  string
	files []*object.File // the file itself if it is there, then its debug file if it has one
	alt   *object.File   // what dwz moved out of the one with the DWARF; nil if none
	text  []section

	mu         sync.Mutex
	symbols    *symbolTable // this and all below is read when first asked for
	dwarf      *dwarf.Data
	dwp        *object.File // the package of split DWARF
	dwpMissing bool
	split      []*object.File // .dwo files
	functions  func() []searchtable.Entry
	missing    []string // paths of .dwo files that are not there
	crates     []dwarf.Crate
	names      map[string]string // readable names, by linker's name
	builders   *[builderCount]bool
	answers    map[uint64][]Frame // of Frames, by address

	slotNames   map[uint64]string // of slots
	slotsRead   bool
	vtableNames map[uint64]string // of vtables

	variables, threadLocals []Variable
	variablesRead           bool
	classes                 *classes
	relocations             *relocations
	locals                  map[uint64][]Local // of Locals, by address
}

// section is an address range [lo, hi) of the file's that holds code, or data.
type section struct{ lo, hi uint64 }

// openMapped opens the ELF file at path if its build-id is buildID; an empty buildID
// accepts any file. The error for another build is ErrChanged.
func openMapped(path, buildID string) (*object.File, error) {
	file, err := openFile(path)
	if err == nil && buildID != "" && file.BuildID != buildID {
		err = changedError(path, file.BuildID, buildID)
		_ = file.Close() // only read
	}
	return file, err
}

// openModule opens the file at path and its separate debug files.
func openModule(path, buildID string, elsewhere, dirs []string) (*Module, error) {
	m := &Module{path: path, names: make(map[string]string), answers: make(map[uint64][]Frame)}
	file, err := openMapped(path, buildID)
	for _, other := range elsewhere {
		if err == nil || buildID == "" && !errors.Is(err, fs.ErrNotExist) {
			break
		}
		if found, e := openMapped(other, buildID); e == nil {
			file, err = found, nil
		}
	}
	if err != nil {
		// The right debug file has the symbols and the DWARF even so.
		found := debugByBuildID(buildID, dirs)
		if found == nil {
			return nil, err
		}
		m.files = []*object.File{found}
	} else {
		m.files = []*object.File{file}
		if !file.HasDebugInfo() {
			found, err := debugFileOf(file, dirs)
			if err != nil {
				return nil, errors.Join(err, m.close())
			}
			if found != nil {
				m.files = append(m.files, found)
			}
		}
	}
	m.text = textSections(m.files[0])
	m.functions = sync.OnceValue(m.readFunctions)
	if file := m.debugFile(); file != nil {
		if m.alt, err = debugAlt(file, dirs); err != nil {
			return nil, errors.Join(err, m.close())
		}
	}
	return m, nil
}

// debugFile returns the file that holds the DWARF, nil where none does.
func (m *Module) debugFile() *object.File {
	for _, file := range m.files {
		if file.HasDebugInfo() {
			return file
		}
	}
	return nil
}

func (m *Module) close() error {
	var errs []error
	for _, file := range slices.Concat(m.files, m.split, []*object.File{m.alt, m.dwp}) {
		if file != nil {
			errs = append(errs, file.Close())
		}
	}
	m.files, m.alt, m.dwp, m.split = nil, nil, nil, nil
	return errors.Join(errs...)
}

// textSections returns where an ELF file has code, in ascending order. Debug
// information about functions that the linker threw away points elsewhere.
func textSections(file *object.File) []section {
	var text []section
	for _, s := range file.Sections {
		if s.Flags&elf.SHF_EXECINSTR != 0 && s.Flags&elf.SHF_ALLOC != 0 && s.Addr+s.Size > s.Addr {
			text = append(text, section{s.Addr, s.Addr + s.Size})
		}
	}
	if text == nil { // no section headers
		for _, p := range file.Progs {
			if p.Type == elf.PT_LOAD && p.Flags&elf.PF_X != 0 && p.Vaddr+p.Memsz > p.Vaddr {
				text = append(text, section{p.Vaddr, p.Vaddr + p.Memsz})
			}
		}
	}
	slices.SortFunc(text, func(a, b section) int { return cmp.Compare(a.lo, b.lo) })
	return text
}

// sectionOf returns the code section around addr, and reports whether there is one.
func (m *Module) sectionOf(addr uint64) (section, bool) {
	return sectionAround(m.text, addr)
}

// sectionAround returns the section around addr among some in ascending order, and reports whether there is one.
func sectionAround(sections []section, addr uint64) (section, bool) {
	i := sort.Search(len(sections), func(i int) bool { return sections[i].lo > addr })
	if i == 0 || addr >= sections[i-1].hi {
		return section{}, false
	}
	return sections[i-1], true
}

// isText reports whether addr, an address of the file's own, lies in a section of code.
func (m *Module) isText(addr uint64) bool {
	_, ok := m.sectionOf(addr)
	return ok
}

// Frames returns the functions at addr, the file's own virtual address (as in
// its symbol table: the load bias is subtracted, and 1 from a return address):
// the innermost inlined one first, the function that was really called last.
// Of a function that nothing names only its Entry may be known. Frames returns nil where nothing
// at all is known of addr. The answer is kept for whoever
// asks again, and must not be changed.
func (m *Module) Frames(addr uint64) []Frame {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.framesAt(addr)
}

// framesAt returns what Frames does. The caller holds m.mu.
func (m *Module) framesAt(addr uint64) []Frame {
	frames, known := m.answers[addr]
	if !known {
		// A file that is cut short while it is read has no more to say.
		_ = object.Guard(m.path, func() error { frames = m.frames(addr); return nil })
		m.answers[addr] = frames
	}
	return frames
}

// frames looks up what Frames returns and keeps. The caller holds m.mu.
func (m *Module) frames(addr uint64) []Frame {
	if !m.isText(addr) {
		return nil
	}
	if m.symbols == nil {
		m.load()
	}
	calls := m.dwarf.Lookup(addr)
	if len(calls) == 0 {
		name, ok := m.symbols.at(addr)
		if !ok {
			return m.unnamed(addr)
		}
		only := Frame{Function: m.readable(name), Language: languageOfSymbol(name)}
		only.Created, only.TypeSize = m.created(addr, only.Function, false)
		return []Frame{only}
	}
	frames := make([]Frame, len(calls))
	for i, c := range calls {
		frames[i] = Frame{File: c.File, Line: c.Line, Column: c.Column, Inlined: i < len(calls)-1, Language: languageOf(c.Language)}
		name := c.Name
		if !frames[i].Inlined {
			name = m.outOfLineName(c, addr)
		}
		frames[i].Function = m.readable(name)
		if frames[i].Instance = instanceOf(c.Source, frames[i].Function); frames[i].Instance != "" {
			frames[i].TypeSize = c.ArgumentSize
		}
		if frames[i].Language == profile.UnknownLanguage || frames[i].Language == profile.Assembly && isOCaml(name) {
			frames[i].Language = languageOfSymbol(name)
		}
	}
	if last := &frames[len(frames)-1]; last.Function == "" {
		last.Entry, _ = m.entryOf(addr)
	}
	m.placeBare(frames, calls, addr)
	if created, size := m.created(addr, frames[0].Function, true); created != "" {
		frames[0].Created, frames[0].TypeSize = created, size
	}
	return frames
}

// MissingSplit returns the files of split DWARF that Frames looked for and did
// not find.
func (m *Module) MissingSplit() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.missing)
}

// StrippedRust reports whether rustc built the file, and it has neither symbols
// nor debug information, and none were found elsewhere.
func (m *Module) StrippedRust() bool {
	var rust bool
	if len(m.files) > 0 && m.files[0].HasMiniDebug() {
		return false
	}
	for _, file := range m.files {
		if !file.IsStripped() || file.HasDebugInfo() {
			return false
		}
		_ = file.Guard(func() error { // a file that was cut short counts as not built by rustc
			rust = rust || bytes.Contains(file.Content(".comment"), []byte("rustc version"))
			return nil
		})
	}
	return rust
}

// load reads the symbols and prepares the debug information.
func (m *Module) load() {
	m.symbols = m.loadSymbols()
	m.dwarf = m.loadDWARF()
}

// IsCompressed reports whether Inflate has anything to do.
func (m *Module) IsCompressed() bool {
	file := m.debugFile()
	if file == nil {
		return false
	}
	info := file.Section(".debug_info")
	return info == nil || info.Flags&elf.SHF_COMPRESSED != 0
}

// Inflate decompresses the largest section of the debug information, if that is compressed,
// which takes more time than all else that Frames does. Who has processors to spare calls it
// beside Frames, which waits where it needs the section.
func (m *Module) Inflate() {
	if file := m.debugFile(); file != nil {
		// An error comes again where the section is asked for.
		_ = file.Guard(func() error { file.DebugContent("info"); return nil })
	}
}

// outOfLineName chooses between what the debug information and what the symbol
// table calls the function that was really called. The debug information wins
// if it has the linker's name, for the symbol table may know several that
// share the code. Otherwise it has a bare name, and the symbol table may know
// the full one, or the public one of aliases: malloc for __libc_malloc.
func (m *Module) outOfLineName(c dwarf.Call, addr uint64) string {
	if c.Mangled || c.Whole {
		return c.Name
	}
	if c.Name == "" { // lines without functions, as of assembler code
		name, _ := m.symbols.at(addr)
		return name
	}
	return m.symbols.publicName(c.Entry, c.Name)
}

// loadDWARF prepares the debug information. The result is nil, whose lookups find nothing,
// where the module has none.
func (m *Module) loadDWARF() *dwarf.Data {
	file := m.debugFile()
	if file == nil {
		return nil
	}
	o := dwarf.Options{
		Section: file.DebugContent,
		IsCode:  m.isText,
		Split:   m.openSplit,

		KeepsFramePointer: m.keepsFramePointer,
	}
	if m.alt != nil {
		o.Alt = m.alt.DebugContent
	}
	return dwarf.New(o)
}
