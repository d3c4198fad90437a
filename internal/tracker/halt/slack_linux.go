//go:build linux && (amd64 || arm64)

package halt

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"strings"
	"unsafe"

	"heapprof/internal/procfs"
)

// slack returns where in a process so many bytes may be written over that are mapped as code, and are none: behind the
// code that the kernel maps into each process, up to the end of the page, or else behind that of any file. 0: there is no such place.
func slack(p procfs.Process, size int) uint64 {
	maps, err := p.Maps()
	if err != nil {
		return 0
	}
	memory, err := os.Open(p.Path("mem"))
	if err != nil {
		return 0
	}
	defer memory.Close()
	starts := make(map[string]uint64) // of files, their first bytes
	var files uint64
	for _, m := range maps {
		if _, ok := starts[m.Path]; !ok && m.Offset == 0 {
			starts[m.Path] = m.Start
		}
		if !strings.HasPrefix(m.Protection, "r-x") {
			continue
		}
		var ends []uint64
		switch start, ok := starts[m.Path]; {
		case m.Path == "[vdso]":
			ends = fileEnd(memory, m.Start)
		case ok && strings.HasPrefix(m.Path, "/"):
			ends = codeEnds(memory, start)
		}
		for _, end := range ends {
			const align = 16
			at := (end + align - 1) &^ (align - 1)
			last := (end + uint64(os.Getpagesize()) - 1) &^ (uint64(os.Getpagesize()) - 1)
			if at < m.Start || at+uint64(size) > min(last, m.End) {
				continue
			}
			if m.Path == "[vdso]" {
				return at
			}
			if files == 0 {
				files = at
			}
		}
	}
	return files
}

// header reads the header of the file that is mapped at an address.
func header(memory *os.File, at uint64) (h elf.Header64, ok bool) {
	b := make([]byte, unsafe.Sizeof(h))
	if _, err := memory.ReadAt(b, int64(at)); err != nil || string(b[:len(elf.ELFMAG)]) != elf.ELFMAG {
		return h, false
	}
	_, err := binary.Decode(b, binary.LittleEndian, &h)
	return h, err == nil && h.Phentsize == uint16(unsafe.Sizeof(elf.Prog64{}))
}

// fileEnd returns the address behind a file that is mapped as a whole, its sections being at its end.
func fileEnd(memory *os.File, at uint64) []uint64 {
	h, ok := header(memory, at)
	if !ok || h.Shoff == 0 {
		return nil
	}
	return []uint64{at + h.Shoff + uint64(h.Shnum)*uint64(h.Shentsize)}
}

// codeEnds returns the addresses behind the code of a file the first bytes of which are mapped at an address.
func codeEnds(memory *os.File, at uint64) (ends []uint64) {
	h, ok := header(memory, at)
	if !ok {
		return nil
	}
	headers := make([]elf.Prog64, h.Phnum)
	b := make([]byte, binary.Size(headers))
	if _, err := memory.ReadAt(b, int64(at+h.Phoff)); err != nil {
		return nil
	}
	if _, err := binary.Decode(b, binary.LittleEndian, headers); err != nil {
		return nil
	}
	var bias uint64
	for first, p := true, 0; p < len(headers); p++ {
		if elf.ProgType(headers[p].Type) != elf.PT_LOAD {
			continue
		}
		if first {
			bias = at - (headers[p].Vaddr - headers[p].Off)
			first = false
		}
		if headers[p].Flags&uint32(elf.PF_X) != 0 {
			ends = append(ends, bias+headers[p].Vaddr+headers[p].Filesz)
		}
	}
	return ends
}
