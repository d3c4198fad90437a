package patch

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
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
}

// module is an ELF file with what planning needs of it.
type module struct {
	path     string
	file     *os.File
	elf      *elf.File
	machine  machine
	identity Identity
	library  bool      // calls of what it exports may arrive elsewhere
	segments []segment // with code
	symbols  []symbol  // of code, by address
}

type segment struct {
	addr uint64
	data []byte
}

type symbol struct {
	name       string
	addr, size uint64
	indirect   bool // IFUNC
	exported   bool
}

func openModule(path, debugFile string) (*module, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	m := &module{path: path, file: f}
	if err := m.read(debugFile); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

func (m *module) close() { m.file.Close() } // nothing was written to it

func (m *module) read(debugFile string) (err error) {
	if m.elf, err = elf.NewFile(m.file); err != nil {
		return fmt.Errorf("%s: %w", m.path, err)
	}
	if m.machine = machines[m.elf.Machine]; m.machine == nil || m.elf.Class != elf.ELFCLASS64 || m.elf.ByteOrder != binary.LittleEndian {
		return fmt.Errorf("%s: %w", m.path, &MachineError{m.elf.Machine})
	}
	info, err := m.file.Stat()
	if err != nil {
		return err
	}
	m.identity = Identity{BuildID: buildID(m.elf), Size: info.Size(), ModTime: info.ModTime().UnixNano()}
	m.library = isLibrary(m.elf)
	for _, p := range m.elf.Progs {
		if p.Type != elf.PT_LOAD || p.Flags&elf.PF_X == 0 {
			continue
		}
		if p.Off+p.Filesz < p.Off || p.Off+p.Filesz > uint64(info.Size()) {
			return fmt.Errorf("%s is cut off: its code should reach to byte %d", m.path, p.Off+p.Filesz)
		}
		data := make([]byte, p.Filesz)
		if _, err := io.ReadFull(p.Open(), data); err != nil {
			return fmt.Errorf("%s: its code cannot be read: %w", m.path, err)
		}
		m.segments = append(m.segments, segment{addr: p.Vaddr, data: data})
	}
	m.readSymbols(m.elf)
	if debugFile != "" {
		debug, err := elf.Open(debugFile)
		if err != nil {
			return fmt.Errorf("%s: %w", debugFile, err)
		}
		defer debug.Close()
		if id := buildID(debug); id != m.identity.BuildID {
			return fmt.Errorf("%s has the build-id %q and %s %q: it is not its debug file", debugFile, id, m.path, m.identity.BuildID)
		}
		m.readSymbols(debug)
	}
	slices.SortStableFunc(m.symbols, func(a, b symbol) int { return cmp.Compare(a.addr, b.addr) })
	return nil
}

// isLibrary says whether the loader may let other files' functions take the place of
// those that the file exports: it is no program, which comes first in the search
// order, and was not linked to prefer its own (-Bsymbolic).
func isLibrary(f *elf.File) bool {
	if f.Type != elf.ET_DYN {
		return false
	}
	flag := func(tag elf.DynTag, bit uint64) bool {
		values, err := f.DynValue(tag)
		return err == nil && slices.ContainsFunc(values, func(v uint64) bool { return v&bit != 0 })
	}
	if flag(elf.DT_FLAGS_1, uint64(elf.DF_1_PIE)) || flag(elf.DT_FLAGS, uint64(elf.DF_SYMBOLIC)) {
		return false
	}
	names, err := f.DynString(elf.DT_SONAME)
	hasName := err == nil && len(names) > 0
	// Linkers before DF_1_PIE: a program has an interpreter; so has libc, with a name.
	isProgram := !hasName && slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
	return !isProgram
}

// buildID returns the note of type NT_GNU_BUILD_ID, which may be in one of several
// segments or, in a debug file, sections of notes.
func buildID(f *elf.File) string {
	var notes [][]byte
	for _, s := range f.Sections {
		if s.Type == elf.SHT_NOTE {
			if data, err := s.Data(); err == nil {
				notes = append(notes, data)
			}
		}
	}
	for _, p := range f.Progs {
		const most = 1 << 20 // notes are small; a broken header must not cost memory
		if p.Type == elf.PT_NOTE && p.Filesz < most {
			data := make([]byte, p.Filesz)
			if _, err := io.ReadFull(p.Open(), data); err == nil {
				notes = append(notes, data)
			}
		}
	}
	const gnuBuildID = 3
	for _, n := range notes {
		for len(n) >= 12 {
			nameSize, descSize := binary.LittleEndian.Uint32(n), binary.LittleEndian.Uint32(n[4:])
			kind := binary.LittleEndian.Uint32(n[8:])
			desc := 12 + (uint64(nameSize)+3)&^3
			end := desc + uint64(descSize)
			if end > uint64(len(n)) {
				break
			}
			if kind == gnuBuildID && bytes.Equal(n[12:12+nameSize], []byte("GNU\x00")) {
				return hex.EncodeToString(n[desc:end])
			}
			n = n[min((end+3)&^3, uint64(len(n))):]
		}
	}
	return ""
}

// readSymbols adds the functions and labels of a file's symbol tables. A table that
// cannot be read is as good as stripped.
func (m *module) readSymbols(f *elf.File) {
	const entry = 24 // Elf64_Sym
	for _, s := range f.Sections {
		if s.Type != elf.SHT_SYMTAB && s.Type != elf.SHT_DYNSYM || uint64(s.Link) >= uint64(len(f.Sections)) {
			continue
		}
		table, err := s.Data()
		if err != nil {
			continue
		}
		names, err := f.Sections[s.Link].Data()
		if err != nil {
			continue
		}
		strings := string(names)
		for ; len(table) >= entry; table = table[entry:] {
			m.addSymbol(f, strings, elf.Sym64{
				Name: binary.LittleEndian.Uint32(table), Info: table[4], Other: table[5],
				Shndx: binary.LittleEndian.Uint16(table[6:]),
				Value: binary.LittleEndian.Uint64(table[8:]), Size: binary.LittleEndian.Uint64(table[16:]),
			})
		}
	}
}

func (m *module) addSymbol(f *elf.File, names string, s elf.Sym64) {
	index, kind := elf.SectionIndex(s.Shndx), elf.ST_TYPE(s.Info)
	if index == elf.SHN_UNDEF || index == elf.SHN_ABS || index == elf.SHN_COMMON || uint64(s.Name) >= uint64(len(names)) {
		return
	}
	if kind != elf.STT_FUNC && kind != elf.STT_GNU_IFUNC && kind != elf.STT_NOTYPE || m.codeAt(s.Value) == nil {
		return
	}
	if int(index) < len(f.Sections) && strings.HasPrefix(f.Sections[index].Name, ".plt") {
		return
	}
	name := names[s.Name:]
	if end := strings.IndexByte(name, 0); end >= 0 {
		name = name[:end]
	}
	// Local labels, and arm64's marks of code and data, begin nothing.
	if name == "" || strings.HasPrefix(name, ".L") || strings.HasPrefix(name, "$") {
		return
	}
	m.symbols = append(m.symbols, symbol{
		name: name, addr: s.Value, size: s.Size,
		indirect: kind == elf.STT_GNU_IFUNC,
		exported: elf.ST_BIND(s.Info) != elf.STB_LOCAL && elf.ST_VISIBILITY(s.Other) == elf.STV_DEFAULT,
	})
}

// codeAt returns the code from addr to the end of its segment, nil if there is none.
func (m *module) codeAt(addr uint64) []byte {
	for _, s := range m.segments {
		if addr >= s.addr && addr-s.addr < uint64(len(s.data)) {
			return s.data[addr-s.addr:]
		}
	}
	return nil
}

// body returns the function at entry, where there is code, of which the symbol says that it is size bytes
// long, or 0 if it does not know: then it reaches to the next symbol.
func (m *module) body(entry, size uint64) *body {
	code := m.codeAt(entry)
	after := entry + max(min(size, uint64(len(code))), 1)
	if i := m.search(after); i < len(m.symbols) {
		code = code[:min(uint64(len(code)), m.symbols[i].addr-entry)]
	}
	if size == 0 {
		size = uint64(len(code))
	}
	return &body{entry: entry, code: code, size: int(min(size, uint64(len(code))))}
}

// symbolIn returns the first symbol between lo and hi, both not included.
func (m *module) symbolIn(lo, hi uint64) (string, bool) {
	if i := m.search(lo + 1); i < len(m.symbols) && m.symbols[i].addr < hi {
		return m.symbols[i].name, true
	}
	return "", false
}

// search returns the index of the first symbol at addr or behind it.
func (m *module) search(addr uint64) int {
	i, _ := slices.BinarySearchFunc(m.symbols, addr, func(s symbol, addr uint64) int { return cmp.Compare(s.addr, addr) })
	return i
}

// interposed says whether calls of s arrive at the preloaded library's function of
// the same name.
func (m *module) interposed(s symbol, k known) bool {
	return m.library && s.exported && k.preloaded
}
