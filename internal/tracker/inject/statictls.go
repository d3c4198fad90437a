package inject

import (
	"debug/elf"
	"fmt"
	"slices"
)

// widened is the program headers of a static program and the initial content of its
// thread-local storage, with room for the tracker library's few words.
//
// In a static program the address of each thread-local variable, relative to the thread
// pointer, is part of the code (ELF Handling For Thread-Local Storage, section 3.4.3,
// variant II):
//
//	… | words | tdata, tbss | thread pointer → TCB
//
// The C library makes each thread's block by the program's PT_TLS header, which it finds by
// AT_PHDR. So a header with more storage at the front moves nothing, and gives each thread
// words that are 0 at first, at the same cost as any others.
type widened struct {
	headers []elf.Prog64
	initial []byte // the initial content of the storage, to which PT_TLS is to point
	align   uint64 // of the address of the initial content
	size    uint64 // bytes below the thread pointer
	words   int64  // the address of the tracker library's words, relative to the thread pointer
}

// mostTLS is how many bytes the tracker library's words may take, and roomForTLS, lines of the
// cache, are as many and what aligning them may take.
const (
	mostTLS    = 160
	roomForTLS = 192
)

// widenTLS returns the program headers with room for more words at the front of their
// thread-local storage. initial reads the storage's initial content, at an address of the
// file's own, from the program.
func widenTLS(headers []elf.Prog64, initial func(addr, size uint64) ([]byte, error)) (*widened, error) {
	w := &widened{headers: slices.Clone(headers)}
	i := slices.IndexFunc(w.headers, func(p elf.Prog64) bool { return elf.ProgType(p.Type) == elf.PT_TLS })
	if i < 0 {
		i = len(w.headers)
		w.headers = append(w.headers, elf.Prog64{Type: uint32(elf.PT_TLS), Flags: uint32(elf.PF_R), Align: 16})
	}
	p := &w.headers[i]
	w.align = max(p.Align, 1)
	if p.Vaddr%w.align != 0 || w.align > pageBytes || w.align&(w.align-1) != 0 {
		return nil, fmt.Errorf("its thread-local storage at %#x is aligned to %d bytes", p.Vaddr, p.Align)
	}
	old, err := initial(p.Vaddr, p.Filesz)
	if err != nil {
		return nil, err
	}
	room := roundUp(roomForTLS, w.align)
	w.initial = append(make([]byte, room), old...)
	w.size = room + roundUp(p.Memsz, w.align)
	w.words = -int64(w.size &^ 7)
	p.Filesz += room
	p.Memsz += room
	return w, nil
}

// place returns the headers as they are when they stand at the address headersAt, and the
// initial content of thread-local storage at initialAt, in a program that is loaded at
// bias.
func (w *widened) place(headersAt, initialAt, bias uint64) []elf.Prog64 {
	placed := slices.Clone(w.headers)
	for i := range placed {
		switch elf.ProgType(placed[i].Type) {
		case elf.PT_TLS:
			placed[i].Vaddr, placed[i].Paddr = initialAt-bias, initialAt-bias
		case elf.PT_PHDR: // musl takes the difference to AT_PHDR for the load address
			placed[i].Vaddr, placed[i].Paddr = headersAt-bias, headersAt-bias
		}
	}
	return placed
}
