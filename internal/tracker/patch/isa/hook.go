package isa

import (
	"debug/elf"
	"fmt"
)

// Body is a function as it is in its file.
type Body struct {
	Entry uint64
	Code  []byte // from the entry up to the next function's, or the segment's end
	Size  int    // how much of that is the function; what follows may be padding
	Least int    // how much is moved at least: up to a branch into what another function moves; 0 for what a jump takes
}

// Hook is how a function is hooked: a jump to a stub is written over its first
// instructions, and what these did is done by moved code, which then goes on behind them.
type Hook struct {
	Skip   int  // bytes at the entry that stay: a mark where indirect branches may arrive
	Length int  // bytes behind the mark that are overwritten
	Over   Code // what is written there; its only fix-up is the jump to the stub
	Moved  Code // the original function, for the hook to call
	Places []Place
}

// Place is where an instruction is that was overwritten: its offset in the function, and in the moved code.
type Place struct{ From, To int }

// PlaceOf returns where the instruction at an address, which was overwritten, is in the moved code.
func (h *Hook) PlaceOf(b *Body, addr uint64) (to int, ok bool) {
	for _, p := range h.Places {
		if b.Entry+uint64(p.From) == addr {
			return p.To, true
		}
	}
	return 0, false
}

// What a hook has at most: a plan has room for so much.
const (
	MaxOverwritten = 32 // bytes: an entry's mark of 4, and a jump of 5 into an instruction of at most 15, are fewer
	MaxMoved       = 64 // bytes of moved code
	MaxFixups      = 6  // of moved code
)

// Fits reports whether a plan has room for a hook.
func (h *Hook) Fits() bool {
	return h.Skip+h.Length <= MaxOverwritten && len(h.Moved.Bytes) <= MaxMoved && len(h.Moved.Fixups) <= MaxFixups && len(h.Over.Fixups) == 1
}

// IsEntry reports whether addr is where a call of the function begins, with or without the
// mark that stays.
func (h *Hook) IsEntry(b *Body, addr uint64) bool {
	return addr == b.Entry || addr == b.Entry+uint64(h.Skip)
}

// Overwrites reports whether addr is in the overwritten bytes and not where they begin: a
// branch to such an address would not arrive at an instruction.
func (h *Hook) Overwrites(b *Body, addr uint64) bool {
	r := h.Overwritten(b)
	return addr >= r.Lo && addr < r.Hi
}

// Overwritten returns the addresses that Overwrites is true of.
func (h *Hook) Overwritten(b *Body) Range {
	start := b.Entry + uint64(h.Skip)
	return Range{start + 1, start + uint64(h.Length)}
}

// OnlyReturns reports whether the function does nothing.
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
	// Hook plans how a function is hooked, or returns why it cannot be.
	Hook(b *Body) (*Hook, *Obstacle)
	// Decode decodes the first instruction of code, which lies at the address at. It is
	// false of bytes that are not understood.
	Decode(code []byte, at uint64) (Instruction, bool)
	// Registers returns which registers the arguments are in, by number, and which
	// points to the stack.
	Registers() (arguments [LastArgument + 1]uint8, stack uint8)
	// FindBranches calls visit with the address and the target of everything in code that
	// could be a direct branch or a call to one of the addresses. It leaves out those that
	// FindShortBranches finds.
	FindBranches(code []byte, addr uint64, to *Targets, visit func(from, target uint64, call bool))
	// FindShortBranches calls visit likewise, with branches that reach no further than ShortReach.
	FindShortBranches(code []byte, addr uint64, to Range, visit func(from, target uint64))
	// FindSlotBranches calls visit with the address of everything in code that could be a
	// call or a jump to the address that a slot holds, and with the slot's address. A slot
	// is a variable that the loader fills.
	FindSlotBranches(code []byte, addr uint64, visit func(from, slot uint64))
	// FindReferences calls visit with an address within everything in code that could be an
	// instruction that names one of the variables, which are given by their addresses.
	FindReferences(code []byte, addr uint64, variables map[uint64]bool, visit func(at uint64))
}

// MachineOf returns a processor's machine; nil for one of which code cannot be patched.
func MachineOf(m elf.Machine) Machine {
	switch m {
	case elf.EM_X86_64:
		return x86{}
	case elf.EM_AARCH64:
		return arm64{}
	}
	return nil
}

// MachineError is the error for code of a kind of processor for which nothing can be
// patched.
type MachineError struct{ Machine elf.Machine }

func (e *MachineError) Error() string {
	return fmt.Sprintf("code for %s cannot be patched, only that for x86-64 and arm64", e.Machine)
}
