//go:build linux && (amd64 || arm64)

package attach

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"strings"

	"heapprof/internal/object/searchtable"
	"heapprof/internal/procfs"
)

// module is a file that is mapped into a process.
type module struct {
	bias        uint64 // its load address
	headers     uint64 // address of its program headers
	headerCount uint64
	name        string // as the loader has it
	dynamic     uint64 // address of its dynamic section; 0: it has none

	// Of a program that has no search table for its unwind information: its headers, the information, and where that is in its own terms.
	table   []elf.Prog64
	entries []searchtable.Entry
	ehFrame uint64
}

// loading is what the kernel told a program when it began, by the keys of getauxval(3).
type loading map[uint64]uint64

// Keys of the auxiliary vector.
const (
	atPhdr        = 3  // address of the program headers
	atPhnum       = 5  // number of program headers
	atBase        = 7  // the loader
	atEntry       = 9  // of the program
	atSysinfoEhdr = 33 // the vdso
)

func readLoading(p procfs.Process) (loading, error) {
	b, err := os.ReadFile(p.Path("auxv"))
	if err != nil {
		return nil, err
	}
	all := make(loading)
	for ; len(b) >= 16; b = b[16:] {
		all[binary.LittleEndian.Uint64(b)] = binary.LittleEndian.Uint64(b[8:])
	}
	return all, nil
}

// image is what is mapped into a process: as a program's loader tells debuggers, or the program itself where it has none.
type image struct {
	modules []module
	loader  uint64 // address of struct r_debug; 0: there is none
	links   []link // what the loader's list was made of
}

// link is struct link_map of link.h: what the loader has of a module.
type link struct{ Bias, Name, Dynamic, Next, Previous uint64 }

// debugging is struct r_debug of link.h, and what stands behind it from version 2 on (glibc 2.35).
type debugging struct {
	Version, _ uint32
	Map, Break uint64
	State, _   uint32
	Base, Next uint64
}

// errNoProgram is the error for a process the memory of which does not begin with a program.
var errNoProgram = errors.New("where its program is in memory is not known")

// readImage reads what is mapped into a process. It may run meanwhile, so that much may be wrong. exe is the file that it runs.
func readImage(memory *os.File, p procfs.Process, entry uint64) (*image, error) {
	aux, err := readLoading(p)
	if err != nil {
		return nil, err
	}
	if aux[atPhdr] == 0 || aux[atPhnum] == 0 {
		return nil, errNoProgram
	}
	program := module{bias: aux[atEntry] - entry, headers: aux[atPhdr], headerCount: aux[atPhnum]}
	headers, err := program.read(memory)
	if err != nil {
		return nil, err
	}
	program.dynamic = dynamicOf(headers, program.bias)
	i := &image{}
	if program.dynamic != 0 {
		i.loader = program.entry(memory, elf.DT_DEBUG)
	}
	if i.loader == 0 {
		if hasInterpreter(headers) {
			return nil, errLoading
		}
		if err := program.readUnwind(memory, p); err != nil {
			return nil, err
		}
		i.modules = []module{program}
		if vdso, ok := vdsoModule(memory, aux[atSysinfoEhdr]); ok {
			i.modules = append(i.modules, vdso)
		}
		return i, nil
	}
	return i, i.readList(memory, p, program)
}

// errLoading is the error for a process the loader of which is about something.
var errLoading = errors.New("its loader is at work")

// mostModules is more than there are; a list that is longer is no list.
const mostModules = 1 << 16

// readList reads the list of the loader's for the program and what it was started with. In other namespaces (dlmopen(3)) the library looks
// itself.
func (i *image) readList(memory *os.File, p procfs.Process, program module) error {
	var err error
	if i.links, err = readLinks(memory, i.loader); err != nil {
		return err
	}
	maps, err := p.Maps()
	if err != nil {
		return err
	}
	for n, l := range i.links {
		m := module{bias: l.Bias, dynamic: l.Dynamic, name: text(memory, l.Name)}
		if n == 0 {
			m.headers, m.headerCount = program.headers, program.headerCount
		} else if m.headers, m.headerCount = headersOf(memory, maps, l); m.headers == 0 {
			continue
		}
		i.modules = append(i.modules, m)
	}
	return nil
}

// readLinks reads the loader's list. The error is errLoading if it is being changed.
func readLinks(memory *os.File, loader uint64) (links []link, err error) {
	var d debugging
	if err := structure(memory, loader, &d); err != nil {
		return nil, err
	}
	if d.State != 0 || d.Map == 0 { // RT_CONSISTENT
		return nil, errLoading
	}
	for at := d.Map; at != 0; {
		var l link
		if err := structure(memory, at, &l); err != nil {
			return nil, errLoading
		}
		if links = append(links, l); len(links) > mostModules {
			return nil, errLoading
		}
		at = l.Next
	}
	return links, nil
}

// isLoading reports whether the loader, in any of its namespaces, is about something.
func isLoading(memory *os.File, loader uint64) bool {
	for n := 0; loader != 0 && n < 64; n++ {
		var d debugging
		if err := structure(memory, loader, &d); err != nil || d.State != 0 {
			return true
		}
		if loader = 0; d.Version >= 2 {
			loader = d.Next
		}
	}
	return false
}

// headersOf finds the program headers of what the loader has mapped: in the first page of its file, as linkers lay files out.
func headersOf(memory *os.File, maps []procfs.Mapping, l link) (at, count uint64) {
	if at, count = headersAt(memory, l.Bias); at != 0 {
		return at, count // with addresses from 0 on, as nearly all have
	}
	m, ok := procfs.MappingAt(maps, l.Dynamic)
	if !ok {
		return 0, 0
	}
	for i := range maps {
		if first := maps[i]; first.Path == m.Path && first.Offset == 0 && first.Start <= m.Start && m.Path != "" {
			at, count = headersAt(memory, first.Start)
		}
	}
	return at, count
}

// headersAt returns the program headers of the ELF file the beginning of which is mapped at an address; 0: there is none.
func headersAt(memory *os.File, base uint64) (at, count uint64) {
	if base == 0 {
		return 0, 0
	}
	b := make([]byte, binary.Size(elf.Header64{}))
	if _, err := memory.ReadAt(b, int64(base)); err != nil || string(b[:len(elf.ELFMAG)]) != elf.ELFMAG {
		return 0, 0
	}
	var h elf.Header64
	if _, err := binary.Decode(b, binary.LittleEndian, &h); err != nil || h.Phnum == 0 {
		return 0, 0
	}
	return base + h.Phoff, uint64(h.Phnum)
}

// vdsoName is what loaders call the code that the kernel maps into each process.
const vdsoName = "linux-vdso.so.1"

func vdsoModule(memory *os.File, at uint64) (module, bool) {
	headers, count := headersAt(memory, at)
	return module{bias: at, headers: headers, headerCount: count, name: vdsoName}, headers != 0
}

// read reads the program headers of the module.
func (m *module) read(memory *os.File) ([]elf.Prog64, error) {
	const most = 4096
	headers := make([]elf.Prog64, min(m.headerCount, most))
	return headers, structure(memory, m.headers, headers)
}

func dynamicOf(headers []elf.Prog64, bias uint64) uint64 {
	for _, h := range headers {
		if elf.ProgType(h.Type) == elf.PT_DYNAMIC {
			return bias + h.Vaddr
		}
	}
	return 0
}

func hasInterpreter(headers []elf.Prog64) bool {
	for _, h := range headers {
		if elf.ProgType(h.Type) == elf.PT_INTERP {
			return true
		}
	}
	return false
}

// entry returns the value of the first entry with a tag in the module's dynamic section; 0: there is none.
func (m *module) entry(memory *os.File, tag elf.DynTag) uint64 {
	const most = 1000
	for i := range uint64(most) {
		var d elf.Dyn64
		if structure(memory, m.dynamic+i*16, &d) != nil || d.Tag == int64(elf.DT_NULL) {
			break
		}
		if d.Tag == int64(tag) {
			return d.Val
		}
	}
	return 0
}

// address returns an entry that is an address: some loaders add the load address to it in memory, others do not.
func (m *module) address(memory *os.File, tag elf.DynTag) uint64 {
	at := m.entry(memory, tag)
	if at != 0 && at < m.bias {
		at += m.bias
	}
	return at
}

// text reads a text of C's.
func text(memory *os.File, at uint64) string {
	if at == 0 {
		return ""
	}
	const most = 4096
	b := make([]byte, most)
	n, _ := memory.ReadAt(b, int64(at)) // up to the end of what is mapped
	for step := 64; n == 0 && step > 0; step /= 2 {
		n, _ = memory.ReadAt(b[:step], int64(at))
	}
	before, _, _ := bytes.Cut(b[:n], []byte{0})
	return strings.ToValidUTF8(string(before), string(before))
}
