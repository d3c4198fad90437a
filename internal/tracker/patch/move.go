package patch

import (
	"debug/elf"
	"fmt"
)

// body is a function as it is in its file.
type body struct {
	entry uint64
	code  []byte // from the entry up to the next function's, or the segment's end
	size  int    // how much of that is the function; what follows may be padding
}

// hook is how a function is hooked; Patch says what each field is.
type hook struct {
	skip   int // bytes at the entry that stay
	length int // bytes after those that are overwritten
	over   Code
	moved  Code
}

// begins says whether addr is where a call of the function begins, with or without the
// mark that stays.
func (h *hook) begins(b *body, addr uint64) bool {
	return addr == b.entry || addr == b.entry+uint64(h.skip)
}

// inside says whether addr is in the overwritten bytes and not where they begin.
// What goes there would not arrive at an instruction.
func (h *hook) inside(b *body, addr uint64) bool {
	start := b.entry + uint64(h.skip)
	return addr > start && addr < start+uint64(h.length)
}

// onlyReturns says whether the function does nothing.
func (h *hook) onlyReturns() bool {
	switch string(h.moved.Bytes) {
	case "\xc3", "\xf3\xc3" /* ret, and for old processors of AMD's */, "\xc0\x03\x5f\xd6" /* arm64 */ :
		return true
	}
	return false
}

// machine is what differs between processors.
type machine interface {
	// hook plans how the function is hooked. The error is the reason why it cannot be.
	hook(b *body) (*hook, error)
	// step decodes the first instruction of code, which lies at the address at. It is
	// false of an instruction that does more than a step may.
	step(code []byte, at uint64) (step, bool)
	// argumentRegisters are the numbers of the registers of the arguments, in order.
	argumentRegisters() []uint8
	// branches calls visit with the address and the target of everything in code that
	// could be a branch, or a call, to between lo and hi that reaches further than hook
	// has looked.
	branches(code []byte, addr, lo, hi uint64, visit func(from, target uint64, call bool))
	// slotBranches calls visit with the address of everything in code that could be a
	// call of, or a jump to, what a slot holds, and the slot's address.
	slotBranches(code []byte, addr uint64, visit func(from, slot uint64))
	// leaves calls visit with whatever leaves the function, once for every place in it,
	// and returns which arguments the function itself reads. It is false, and visit not
	// called, where the function does what cannot be followed.
	leaves(b *body, visit func(leaving)) (reads arguments, ok bool)
	// writes calls visit with where code writes to a variable of the file's, as far as
	// it shows which, and the variable's address.
	writes(code []byte, addr uint64, visit func(at, variable uint64))
	// refers calls visit with an address within everything in code that could have to
	// do with one of the variables.
	refers(code []byte, addr uint64, variables map[uint64]bool, visit func(at uint64))
	// uses says whether a function plainly uses an argument. If it does not come to
	// that, next is where it jumps to or calls, with the argument still in its
	// register; 0 for nowhere.
	uses(b *body, argument uint8) (used bool, next uint64)
	// passesOn returns what a function plainly calls or jumps to first, having done
	// nothing but move its arguments and, for one that is 0, take a constant: either an
	// address, or that of the slot which has it; 0 for neither.
	passesOn(b *body) (target, slot uint64)
	// waysOut calls visit with the address, or that of the slot which has it, of whatever
	// a function calls or jumps to outside itself. It is false if visit is, or if the
	// function does what does not show that, or writes to other memory than its stack.
	waysOut(b *body, visit func(target, slot uint64) bool) bool
	// passesOver says whether no instruction begins at code[end], as far as decoding
	// from the start of code on shows: what looks like one there is part of another.
	passesOver(code []byte, end int) bool
}

var machines = map[elf.Machine]machine{elf.EM_X86_64: x86{}, elf.EM_AARCH64: arm64{}}

// MachineError says that code of a file's kind of processor cannot be patched.
type MachineError struct{ Machine elf.Machine }

func (e *MachineError) Error() string {
	return fmt.Sprintf("code for %s cannot be patched, only that for x86-64 and arm64", e.Machine)
}
