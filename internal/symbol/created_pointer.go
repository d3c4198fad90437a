package symbol

import (
	"bytes"
	"debug/elf"

	"heapprof/internal/symbol/dwarf"
	"heapprof/internal/symbol/follow"
)

// isBare reports whether no constructor was seen to have to do with the block, as of types that have
// none.
func (c *creation) isBare() bool { return c.vtable == "" && c.constructor == "" && c.inlined == "" }

// assigned returns what the pointer is for to which the result of the call of new at addr is assigned, by
// the places that variables, parameters and members have in debug information, or that the function returns.
// code has the call, and begins at the address from.
//
// A pointer may be to a base of the object, or to its first member: what is asked for must be as large as what
// the pointer is for. Of an array that does not show; there the first pointer tells.
func (m *Module) assigned(addr uint64, code []byte, from uint64, isArray bool) (name string, size uint64) {
	next := addr + 1
	file := m.files[0]
	fits := func(p dwarf.Pointer, known bool) bool {
		if !known || p.Size == 0 || !isArray && !follow.Loads(file.Machine, code[:next-from], p.Size) {
			return false
		}
		name, size = p.Type, p.Size
		return true
	}
	follow.Follow(follow.Options{Machine: file.Machine, Code: code[next-from:], At: next, Returns: m.returns, Places: true}, func(e follow.Event) bool {
		switch e.Kind {
		case follow.Held:
			return !fits(m.dwarf.PointerAt(addr, e.At, dwarf.Place{Kind: dwarf.InRegister, Register: e.Register}))
		case follow.Kept:
			return !fits(m.dwarf.PointerAt(addr, e.At, dwarf.Place{Kind: dwarf.FromRegister, Register: e.Register, Offset: e.Offset}))
		case follow.Returned:
			return e.Offset != 0 || !fits(m.dwarf.ReturnedAt(addr))
		}
		return true
	})
	return name, size
}

// framePointer is how functions of x86-64 begin that keep one: push rbp; mov rbp, rsp.
var framePointer = []byte{0x55, 0x48, 0x89, 0xe5}

// keepsFramePointer reports whether the function that begins at entry is known to keep a frame pointer.
func (m *Module) keepsFramePointer(entry uint64) bool {
	if m.files[0].Machine != elf.EM_X86_64 {
		return false
	}
	code, from := m.codeAround(entry)
	if code == nil {
		return false
	}
	return bytes.HasPrefix(bytes.TrimPrefix(code[entry-from:], []byte{0xf3, 0x0f, 0x1e, 0xfa}), framePointer)
}
