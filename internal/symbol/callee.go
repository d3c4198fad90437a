package symbol

import (
	"debug/elf"
	"encoding/binary"

	"heapprof/internal/object"
)

// Callee returns the function that is called by the call at addr, an address as Frames takes
// it, and where in the file that function begins. ok is false for a call through a register or
// memory, and where no function is known to begin at what is called.
//
// Where the stack has another function at the call, the one that was called has jumped there as
// the last that it did, and has left no frame.
func (m *Module) Callee(addr uint64) (f Frame, entry uint64, ok bool) {
	err := object.Guard(m.path, func() error {
		entry, ok = m.callTarget(addr + 1)
		return nil
	})
	if err != nil || !ok {
		return Frame{}, 0, false
	}
	frames := m.Frames(entry)
	if len(frames) == 0 || !m.begins(entry) {
		return Frame{}, 0, false
	}
	return frames[len(frames)-1], entry, true
}

// callTarget returns what the call instruction calls that ends at an address, if that is a part of it.
func (m *Module) callTarget(next uint64) (uint64, bool) {
	const (
		callX86 = 0xe8 // with the distance from its end in four bytes
		blARM64 = 0x25 // in the upper six bits of a word, with the distance from its beginning in the others
	)
	file := m.files[0]
	for _, s := range file.Sections {
		if s.Flags&elf.SHF_EXECINSTR == 0 || next <= s.Addr || next-s.Addr > s.Size {
			continue
		}
		code := file.Plain(s)
		if n := next - s.Addr; n <= uint64(len(code)) {
			code = code[:n]
		}
		n := len(code)
		switch {
		case file.Machine == elf.EM_X86_64 && n >= 5 && code[n-5] == callX86:
			return next + uint64(int64(int32(binary.LittleEndian.Uint32(code[n-4:])))), true
		case file.Machine == elf.EM_AARCH64 && n >= 4:
			if word := binary.LittleEndian.Uint32(code[n-4:]); word>>26 == blARM64 {
				return next - 4 + uint64(int64(int32(word<<6)>>4)), true
			}
		}
		return 0, false
	}
	return 0, false
}

// begins reports whether a symbol is at an address: bytes before a call through a register may
// look like a call.
func (m *Module) begins(addr uint64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	first, ok := m.symbols.spans.Find(addr)
	return ok && m.symbols.symbols[first].addr == addr
}
