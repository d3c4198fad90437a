package isa

import "math/bits"

// Value is what a register is known to hold.
type Value struct {
	Kind   ValueKind
	Number uint64 // what the kind says
}

// ValueKind is how a value is known.
type ValueKind uint8

const (
	// Unknown is anything, or one thing on some paths through the function and another on
	// others.
	Unknown ValueKind = iota
	// Argument is the function's argument of that number, as it was passed.
	Argument
	// ArgumentOrConstant is an Argument that a constant may have taken the place of.
	ArgumentOrConstant
	// Address is the address of something in the file.
	Address
	// Constant is a number that stands in the code.
	Constant
	// Variable is what the variable at that address of the file held.
	Variable
	// TableEntry is what was in a table to which a variable of the file points: see InTable.
	TableEntry
	// Memory is what was in memory that is neither the file's nor the stack.
	Memory
	// StackAddress is an address on the stack.
	StackAddress
)

// InTable returns the TableEntry at an offset, below 64 KiB, of the table to which the
// variable at an address of the file points.
func InTable(variable, offset uint64) Value { return Value{TableEntry, variable<<16 | offset} }

// Table returns the variable and the offset of a TableEntry.
func (v Value) Table() (variable, offset uint64) { return v.Number >> 16, v.Number & (1<<16 - 1) }

// RegisterSet is a set of registers: a bit for each, in the order of encoding.
type RegisterSet uint32

// All yields the registers of the set.
func (s RegisterSet) All(visit func(n int) bool) {
	for ; s != 0 && visit(bits.TrailingZeros32(uint32(s))); s &= s - 1 {
	}
}

// Instruction is what one instruction does, as far as registers are followed.
type Instruction struct {
	Length int // bytes
	Does   Effect
	Store  Source      // the address to which it writes, where it Stores and that shows
	Reads  RegisterSet // registers whose content matters to it
	Writes RegisterSet
	// To is the register of Writes that then holds Result or, with MayKeep, perhaps what it
	// held before. The others hold what is not known.
	To      uint8
	Result  Source
	MayKeep bool

	Goes  Direction
	Where Source // the address to which it branches, jumps or calls; Unknown if that does not show
}

// Effect is what an instruction changes besides where execution goes on. Greater ones
// include the lesser.
type Effect uint8

const (
	Computes  Effect = iota // registers only
	UsesStack               // the stack; calls and returns count as that, also where they use a register
	Stores                  // memory at Instruction.Store
	DoesMore                // anything, or what is not known
)

// Direction is where execution goes on after an instruction.
type Direction uint8

const (
	GoesOn   Direction = iota // behind it
	Branches                  // behind it or at Instruction.Where
	Jumps                     // at Instruction.Where
	Calls                     // behind it, once the function at Instruction.Where returns
	Ends                      // nowhere in the function: it returns, or traps
)

// Source is where a value comes from that an instruction uses.
type Source struct {
	How    Manner
	Value  Value  // of Literally
	From   uint8  // a register, of the others
	Offset uint64 // bytes
}

// Manner is how a value comes from its source.
type Manner uint8

const (
	Literally     Manner = iota // it is Source.Value
	Copied                      // it is what the register holds, and the offset more
	Loaded                      // it is the eight bytes at that address
	LoadedIndexed               // it is the eight bytes at that address and something more, which is not known
)
