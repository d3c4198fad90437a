// Package unwind follows the stack of a thread that stands still, from its registers outward, by the
// call frame information of the modules whose functions are on it (Linux Standard Base 5.0, "Exception Frames";
// DWARF 5, section 6.4). It tells each frame's registers as they were when its function made the call, which is
// what debug information finds variables by.
//
// The tracker library has an unwinder of its own, which wants nothing but return addresses, and those fast. All
// is read from memory, also the information itself, so that no file need be at hand. Damaged information ends a stack.
package unwind

import "debug/elf"

// Memory is the memory that the stack and the modules are in.
type Memory interface {
	ReadAt(p []byte, addr uint64) (n int, err error)
}

// Registers is how many registers are followed, by their DWARF numbers: all general ones of either machine.
const Registers = 33

// Frame is a function that runs.
type Frame struct {
	// PC is where it is: the next instruction, also of a frame that has called another one. At
	// is an address of the instruction itself: 1 less in the latter.
	PC, At uint64

	SP  uint64 // where its memory begins
	CFA uint64 // the stack pointer before it was called: its memory ends there; 0: not known, and it is the last

	General [Registers]uint64
	Known   uint64 // bits of those in General that are known

	// Saved is where in its memory the function has put what its caller has in a register, as it uses the register itself;
	// 0: nowhere.
	Saved [Registers]uint64

	// Switches reports whether what it interrupted was on another stack: it is a signal's on one of its own. CFA is
	// where the memory of that one's frame begins.
	Switches bool

	// Guessed reports whether the frame was found by a frame pointer, without information on those
	// within it: its registers are none to rely on.
	Guessed bool
}

// knows reports whether the frame's value of a register is known.
func (f *Frame) knows(register uint64) bool { return register < Registers && f.Known>>register&1 != 0 }

// Register returns the frame's value of a register, and whether it is known.
func (f *Frame) Register(register uint64) (value uint64, ok bool) {
	if !f.knows(register) {
		return 0, false
	}
	return f.General[register], true
}

func (f *Frame) set(register, value uint64) {
	f.General[register], f.Known = value, f.Known|1<<register
}

// machine is what differs between processors.
type machine struct {
	sp, fp uint64
	mask   uint64 // the bits of a return address that are one: the others may sign it
}

// machineOf returns what is known of a machine, as of x86-64 where nothing is.
func machineOf(m elf.Machine) machine {
	if m == elf.EM_AARCH64 {
		return machine{sp: 31, fp: 29, mask: 1<<48 - 1}
	}
	return machine{sp: 7, fp: 6, mask: 1<<64 - 1}
}
