package halt

import "heapprof/internal/profile"

// Registers is what a thread's registers held.
type Registers struct {
	PC, SP        uint64
	ThreadPointer uint64     // where its thread-local storage is
	General       [33]uint64 // by their DWARF numbers: 0 to 15 on x86-64, 0 to 31 on arm64; the others are 0
	Vector        []uint64   // words of those for vectors and floating point, in no order: such as are not 0
}

// Error is why a process was not stopped, or none of its threads borrowed. It goes on as if nothing had been tried.
type Error struct{ Cause profile.Cause }

// Error returns the cause's code with its evidence. The command line has better words for a person.
func (e *Error) Error() string { return e.Cause.String() }
