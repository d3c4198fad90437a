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

// What a hook has at most.
const (
	maxOverwritten = 32 // bytes: an entry's mark of 4, and a jump of 5 into an instruction of at most 15, are fewer
	maxMoved       = 64 // bytes of moved code
	maxFixups      = 6  // of that
)

// fits says whether a hook keeps to that.
func (h *hook) fits() bool {
	return h.skip+h.length <= maxOverwritten && len(h.moved.Bytes) <= maxMoved && len(h.moved.Fixups) <= maxFixups && len(h.over.Fixups) == 1
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
	// decode decodes the first instruction of code, which lies at the address at. It is
	// false of what is not known for one.
	decode(code []byte, at uint64) (instruction, bool)
	// registers returns which registers the arguments are in, by number, and which
	// points to the stack.
	registers() (arguments [lastArgument + 1]uint8, stack uint8)
	// branches calls visit with the address and the target of everything in code that
	// could be a branch, or a call, to between lo and hi that reaches further than hook
	// has looked.
	branches(code []byte, addr, lo, hi uint64, visit func(from, target uint64, call bool))
	// slotBranches calls visit with the address of everything in code that could be a
	// call of, or a jump to, what a slot holds, and the slot's address.
	slotBranches(code []byte, addr uint64, visit func(from, slot uint64))
	// refers calls visit with an address within everything in code that could have to
	// do with one of the variables.
	refers(code []byte, addr uint64, variables map[uint64]bool, visit func(at uint64))
}

// machineOf returns a processor's machine; nil for one of which code cannot be patched.
func machineOf(m elf.Machine) machine {
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
