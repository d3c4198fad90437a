package isa

import (
	"debug/elf"
	"fmt"
)

// body is a function as it is in its file.
type Body struct {
	Entry uint64
	Code  []byte // from the entry up to the next function's, or the segment's end
	Size  int    // how much of that is the function; what follows may be padding
}

// hook is how a function is hooked; Patch says what each field is.
type Hook struct {
	Skip   int // bytes at the entry that stay
	Length int // bytes after those that are overwritten
	Over   Code
	Moved  Code
}

// What a hook has at most.
const (
	MaxOverwritten = 32 // bytes: an entry's mark of 4, and a jump of 5 into an instruction of at most 15, are fewer
	MaxMoved       = 64 // bytes of moved code
	MaxFixups      = 6  // of that
)

// fits reports whether a hook keeps to that.
func (h *Hook) Fits() bool {
	return h.Skip+h.Length <= MaxOverwritten && len(h.Moved.Bytes) <= MaxMoved && len(h.Moved.Fixups) <= MaxFixups && len(h.Over.Fixups) == 1
}

// begins reports whether addr is where a call of the function begins, with or without the
// mark that stays.
func (h *Hook) Begins(b *Body, addr uint64) bool {
	return addr == b.Entry || addr == b.Entry+uint64(h.Skip)
}

// inside reports whether addr is in the overwritten bytes and not where they begin.
// What goes there would not arrive at an instruction.
func (h *Hook) Inside(b *Body, addr uint64) bool {
	start := b.Entry + uint64(h.Skip)
	return addr > start && addr < start+uint64(h.Length)
}

// onlyReturns reports whether the function does nothing.
func (h *Hook) OnlyReturns() bool {
	switch string(h.Moved.Bytes) {
	case "\xc3", "\xf3\xc3" /* ret, and for old processors of AMD's */, "\xc0\x03\x5f\xd6" /* arm64 */ :
		return true
	}
	return false
}

// LastArgument is the last argument that is in a register on every machine: x86-64 has
// six. Arguments are numbered from 1.
const LastArgument = 6

// Machine is what differs between processors.
type Machine interface {
	// Hook plans how the function is hooked, or returns why it cannot be.
	Hook(b *Body) (*Hook, *Obstacle)
	// decode decodes the first instruction of code, which lies at the address at. It is
	// false of what is not known for one.
	Decode(code []byte, at uint64) (Instruction, bool)
	// registers returns which registers the arguments are in, by number, and which
	// points to the stack.
	Registers() (arguments [LastArgument + 1]uint8, stack uint8)
	// branches calls visit with the address and the target of everything in code that
	// could be a branch, or a call, to between lo and hi that reaches further than hook
	// has looked.
	Branches(code []byte, addr, lo, hi uint64, visit func(from, target uint64, call bool))
	// slotBranches calls visit with the address of everything in code that could be a
	// call of, or a jump to, what a slot holds, and the slot's address.
	SlotBranches(code []byte, addr uint64, visit func(from, slot uint64))
	// refers calls visit with an address within everything in code that could have to
	// do with one of the variables.
	Refers(code []byte, addr uint64, variables map[uint64]bool, visit func(at uint64))
}

// machineOf returns a processor's machine; nil for one of which code cannot be patched.
func MachineOf(m elf.Machine) Machine {
	switch m {
	case elf.EM_X86_64:
		return x86{}
	case elf.EM_AARCH64:
		return arm64{}
	}
	return nil
}

// MachineError says that code of a file's kind of processor cannot be patched.
type MachineError struct{ Machine elf.Machine }

func (e *MachineError) Error() string {
	return fmt.Sprintf("code for %s cannot be patched, only that for x86-64 and arm64", e.Machine)
}
