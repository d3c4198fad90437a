//go:build linux && (amd64 || arm64)

package attach

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"

	"heapprof/internal/object"
)

const pageBytes = 4096

func roundUp(n, to uint64) uint64 { return (n + to - 1) / to * to }

// library is the tracker library as it is to lie in a process.
type library struct {
	content  []byte // of its address space, as far as the file has it
	bytes    uint64 // of address space
	segments []segment
	start    uint64 // its entry
}

// segment is a part of the library with a protection of its own.
type segment struct {
	at, bytes uint64
	flags     elf.ProgFlag
}

// loadLibrary lays a library out for an address: it needs nothing but that (System V ABI, AMD64 supplement, section 4.4).
func loadLibrary(file []byte, at uint64) (*library, error) {
	f, err := object.New("the tracker library", file)
	if err != nil {
		return nil, err
	}
	l := &library{start: at + f.Entry}
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD {
			l.content = append(l.content, make([]byte, max(p.Vaddr+p.Filesz, uint64(len(l.content)))-uint64(len(l.content)))...)
			copy(l.content[p.Vaddr:], file[p.Off:p.Off+p.Filesz])
			l.bytes = roundUp(p.Vaddr+p.Memsz, pageBytes)
			from := p.Vaddr &^ (pageBytes - 1)
			l.segments = append(l.segments, segment{at + from, l.bytes - from, p.Flags})
		}
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_GNU_RELRO {
			from, to := p.Vaddr&^(pageBytes-1), (p.Vaddr+p.Memsz)&^(pageBytes-1)
			if to > from {
				l.segments = append(l.segments, segment{at + from, to - from, elf.PF_R})
			}
		}
	}
	if l.bytes == 0 || l.bytes > imageBytes {
		return nil, fmt.Errorf("the tracker library takes %d bytes", l.bytes)
	}
	return l, l.relocate(f, at)
}

func (l *library) relocate(f *object.File, bias uint64) error {
	table := f.Content(".rela.dyn")
	relocations := make([]elf.Rela64, len(table)/binary.Size(elf.Rela64{}))
	if _, err := binary.Decode(table, binary.LittleEndian, relocations); err != nil {
		return err
	}
	for _, r := range relocations {
		if kind := elf.R_X86_64(elf.R_TYPE64(r.Info)); kind != elf.R_X86_64_RELATIVE {
			return fmt.Errorf("the tracker library has a relocation of kind %v", kind)
		}
		if r.Off+8 > uint64(len(l.content)) {
			return errors.New("the tracker library has a relocation of what its file does not hold")
		}
		binary.LittleEndian.PutUint64(l.content[r.Off:], bias+uint64(r.Addend))
	}
	return nil
}
