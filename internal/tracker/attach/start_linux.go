//go:build linux && (amd64 || arm64)

package attach

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"slices"

	"heapprof/internal/object"
	"heapprof/internal/object/searchtable"
	"heapprof/internal/procfs"
	"heapprof/internal/tracker/halt"
	"heapprof/internal/tracker/wire"
)

// start is what the library is told when it begins: memory of the process's that stays as long as the library does.
type start struct {
	wire.AttachedStart
	at      uint64
	content []byte
}

// newStart lays out what the library is told, but for what is not known before the process stands still.
func newStart(at uint64, i *image) *start {
	s := &start{at: at, content: make([]byte, binary.Size(wire.AttachedStart{}))}
	modules := make([]wire.AttachedModule, len(i.modules))
	for n, m := range i.modules {
		modules[n] = wire.AttachedModule{Bias: m.bias, Headers: m.headers, HeaderCount: m.headerCount, Name: s.add(append([]byte(m.name), 0), 1)}
		if m.table != nil {
			modules[n].Headers, modules[n].HeaderCount = s.addTable(&m)
		}
	}
	s.Loader = i.loader
	s.ModuleCount, s.Modules = uint64(len(modules)), s.add(encode(modules), 8)
	return s
}

// add adds bytes and returns their address, a multiple of align.
func (s *start) add(b []byte, align uint64) uint64 {
	s.content = append(s.content, make([]byte, -uint64(len(s.content))&(align-1))...)
	at := s.at + uint64(len(s.content))
	s.content = append(s.content, b...)
	return at
}

// addTable adds program headers of a module with a search table for its unwind information.
func (s *start) addTable(m *module) (headers, count uint64) {
	at := s.add(nil, 8) - m.bias
	table := searchtable.Make(m.entries, m.ehFrame, at)
	size := uint64(len(table))
	s.add(table, 8)
	all := append(slices.Clone(m.table), elf.Prog64{Type: uint32(elf.PT_GNU_EH_FRAME), Flags: uint32(elf.PF_R), Vaddr: at, Filesz: size, Memsz: size})
	return s.add(encode(all), 8), uint64(len(all))
}

// bytes returns the content.
func (s *start) bytes() []byte {
	copy(s.content, encode(s.AttachedStart))
	return s.content
}

// encode returns the bytes of a value of fixed size, or of a list of such.
func encode(v any) []byte {
	b, err := binary.Append(nil, binary.LittleEndian, v)
	if err != nil {
		panic(err) // its type has no fixed size
	}
	return b
}

// readUnwind reads the unwind information of a static program, where it has no search table for that.
func (m *module) readUnwind(memory *os.File, p procfs.Process) error {
	headers, err := m.read(memory)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(headers, func(h elf.Prog64) bool { return elf.ProgType(h.Type) == elf.PT_GNU_EH_FRAME }) {
		return nil
	}
	return object.Read(p.Exe(), func(f *object.File) error {
		section := f.Section(".eh_frame")
		if section == nil || section.Flags&elf.SHF_ALLOC == 0 {
			return nil
		}
		if content := f.Raw(section); content != nil { // without it stacks end early, and the profile says so
			m.table, m.entries, m.ehFrame = headers, searchtable.Read(content, section.Addr), section.Addr
		}
		return nil
	})
}

// tidAt returns how far behind the thread pointer the C library keeps a thread's id: where all threads have theirs that are looked at. 0: that
// is not known for certain.
func tidAt(memory *os.File, s *halt.Stopped) uint32 {
	const look, glibc, musl = 2048, 0x2d0, 0x30
	const enough = 16 // others may wait for this
	var places map[uint32]bool
	pointers := make(map[uint64]bool)
	for _, t := range s.Threads() {
		if len(pointers) == enough {
			break
		}
		pointer := t.ThreadPointer()
		id := ownID(s.Process(), t.ID)
		if pointer == 0 || pointers[pointer] || id == 0 {
			continue // none of the C library's
		}
		pointers[pointer] = true
		words := make([]uint32, look/4)
		if structure(memory, pointer, words) != nil {
			continue
		}
		if places == nil {
			places = make(map[uint32]bool)
			for i := range words {
				places[uint32(4*i)] = true
			}
		}
		for at := range places {
			if words[at/4] != id {
				delete(places, at)
			}
		}
	}
	for _, usual := range []uint32{glibc, musl} {
		if places[usual] {
			return usual
		}
	}
	if len(places) == 1 && len(pointers) > 1 {
		for at := range places {
			return at
		}
	}
	return 0
}

// ownID returns a thread's id as itself knows it; 0: that is not known.
func ownID(p procfs.Process, thread int) uint32 {
	numbers := p.ThreadNumbers(thread)
	if len(numbers) == 0 {
		return 0
	}
	return uint32(numbers[len(numbers)-1])
}
