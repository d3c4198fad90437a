package patch

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
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
// hook, and their symbols are all that is read.
type module struct {
	path     string
	files    []io.Closer
	elf      *elf.File
	machine  machine
	identity Identity
	segments []segment // with code
	tables   []symbolTable
	stripped bool     // no table has more than what is exported
	starts   []uint64 // of the functions and labels, sorted; loadCode fills it
}

type segment struct {
	*elf.Prog
	data []byte // loadCode fills it
}

func openModule(path, debugFile string) (*module, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	m := &module{path: path, files: []io.Closer{f}}
	info, err := f.Stat()
	if err == nil {
		m.identity = Identity{Size: info.Size(), ModTime: info.ModTime().UnixNano()}
		err = m.read(f)
	}
	if err == nil && debugFile != "" {
		err = m.readDebugFile(debugFile)
	}
	if err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

func (m *module) close() {
	for _, f := range m.files {
		f.Close() // nothing was written to it
	}
}

// read reads headers and symbols.
func (m *module) read(r io.ReaderAt) (err error) {
	if m.elf, err = elf.NewFile(r); err != nil {
		return fmt.Errorf("%s: %w", m.path, err)
	}
	if m.machine = machines[m.elf.Machine]; m.machine == nil || m.elf.Class != elf.ELFCLASS64 || m.elf.ByteOrder != binary.LittleEndian {
		return fmt.Errorf("%s: %w", m.path, &MachineError{m.elf.Machine})
	}
	m.identity.BuildID, m.identity.BuildIDAt = buildID(m.elf)
	for _, p := range m.elf.Progs {
		if p.Type != elf.PT_LOAD || p.Flags&elf.PF_X == 0 {
			continue
		}
		if p.Off+p.Filesz < p.Off || p.Off+p.Filesz > uint64(m.identity.Size) || p.Vaddr+p.Filesz < p.Vaddr {
			return fmt.Errorf("%s is cut off: its code should reach to byte %d", m.path, p.Off+p.Filesz)
		}
		m.segments = append(m.segments, segment{Prog: p})
	}
	m.stripped = m.elf.SectionByType(elf.SHT_SYMTAB) == nil
	m.readTables(m.elf)
	return nil
}

func (m *module) readDebugFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	m.files = append(m.files, f)
	debug, err := elf.NewFile(f)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if id, _ := buildID(debug); id != m.identity.BuildID {
		return fmt.Errorf("%s has the build-id %q and %s %q: it is not its debug file", path, id, m.path, m.identity.BuildID)
	}
	m.stripped = m.stripped && debug.SectionByType(elf.SHT_SYMTAB) == nil
	m.readTables(debug)
	return nil
}

// loadCode reads the code, and where each function and label in it begins.
func (m *module) loadCode() error {
	for i := range m.segments {
		s := &m.segments[i]
		s.data = make([]byte, s.Filesz)
		if _, err := s.ReadAt(s.data, 0); err != nil && (len(s.data) > 0 || !errors.Is(err, io.EOF)) {
			return fmt.Errorf("%s: its code cannot be read: %w", m.path, err)
		}
	}
	for s := range m.symbols {
		m.starts = append(m.starts, s.addr)
	}
	slices.Sort(m.starts)
	m.starts = slices.Compact(m.starts)
	return nil
}

// isLibrary says whether the loader may let other files' functions take the place of
// those that the file exports: it is no program, which comes first in the search
// order, and was not linked to prefer its own (-Bsymbolic).
func (m *module) isLibrary() bool {
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

// isRust says whether Rust's compiler made a part of the file, which it notes there.
func (m *module) isRust() bool {
	const most = 1 << 16 // each compiler notes a line
	s := m.elf.Section(".comment")
	if s == nil || s.Size > most {
		return false
	}
	data, err := s.Data()
	return err == nil && bytes.Contains(data, []byte("rustc version"))
}

// buildID returns the note of type NT_GNU_BUILD_ID in hexadecimal digits, and where it
// is mapped, 0 for nowhere. It may be in one of several segments or, in a debug file,
// sections of notes.
func buildID(f *elf.File) (id string, at uint64) {
	const most = 1 << 20 // notes are small; a broken header must not cost memory
	for _, p := range f.Progs {
		if p.Type == elf.PT_NOTE && p.Filesz < most {
			data := make([]byte, p.Filesz)
			if _, err := io.ReadFull(p.Open(), data); err != nil {
				continue
			}
			if id, offset := buildIDIn(data); id != "" {
				return id, p.Vaddr + offset
			}
		}
	}
	for _, s := range f.Sections {
		if s.Type == elf.SHT_NOTE && s.FileSize < most {
			data, err := s.Data()
			if err != nil {
				continue
			}
			if id, _ := buildIDIn(data); id != "" {
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
func (m *module) codeAt(addr uint64) []byte {
	for _, s := range m.segments {
		if addr >= s.Vaddr && addr-s.Vaddr < uint64(len(s.data)) {
			return s.data[addr-s.Vaddr:]
		}
	}
	return nil
}

// isCode says whether there is code at addr.
func (m *module) isCode(addr uint64) bool {
	for _, s := range m.segments {
		if addr >= s.Vaddr && addr-s.Vaddr < s.Filesz {
			return true
		}
	}
	return false
}

// body returns the function at entry, where there is code, of which the symbol says
// that it is size bytes long, or 0 if it does not know: then it reaches to the next
// symbol.
func (m *module) body(entry, size uint64) *body {
	code := m.codeAt(entry)
	after := entry + max(min(size, uint64(len(code))), 1)
	if i, _ := slices.BinarySearch(m.starts, after); i < len(m.starts) {
		code = code[:min(uint64(len(code)), m.starts[i]-entry)]
	}
	if size == 0 {
		size = uint64(len(code))
	}
	return &body{entry: entry, code: code, size: int(min(size, uint64(len(code))))}
}

// symbolIn returns the first symbol between lo and hi, both not included.
func (m *module) symbolIn(lo, hi uint64) (string, bool) {
	i, _ := slices.BinarySearch(m.starts, lo+1)
	if i == len(m.starts) || m.starts[i] >= hi {
		return "", false
	}
	for s := range m.symbols {
		if s.addr == m.starts[i] {
			return string(s.name), true
		}
	}
	return "", false
}

// withinInstruction says whether decoding from the symbol before it on shows that no
// instruction begins at addr. For one in 1,500 of a library's functions there are
// bytes somewhere, of two instructions, that look like a branch into its first bytes.
// Decoding falls into step within a few instructions even where data lay in between.
func (m *module) withinInstruction(addr uint64) bool {
	i, _ := slices.BinarySearch(m.starts, addr+1)
	return i > 0 && m.machine.passesOver(m.codeAt(m.starts[i-1]), int(addr-m.starts[i-1]))
}

// readOnly returns what the file has of data that programs only read, up to a limit in
// bytes.
func (m *module) readOnly(limit uint64) []byte {
	var data []byte
	for _, s := range m.elf.Sections {
		const flags = elf.SHF_ALLOC | elf.SHF_WRITE | elf.SHF_EXECINSTR | elf.SHF_COMPRESSED
		if s.Type != elf.SHT_PROGBITS || s.Flags&flags != elf.SHF_ALLOC || !strings.HasPrefix(s.Name, ".rodata") {
			continue
		}
		part := make([]byte, min(s.Size, limit, uint64(m.identity.Size)))
		n, _ := s.ReadAt(part, 0) // what cannot be read is not there
		data = append(data, part[:n]...)
		limit -= uint64(len(part))
	}
	return data
}
