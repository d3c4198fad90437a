package isa

import "math/bits"

// value is what a register is known to hold.
type Value struct {
	Kind   ValueKind
	Number uint64
}

type ValueKind uint8

const (
	Unknown            ValueKind = iota // or different things, by the way that the function took
	Argument                            // the function's argument of that number, as it came
	ArgumentOrConstant                  // that, or on some ways a constant
	Address                             // the address number of something in the file
	Constant                            // the number, which stands in the code
	Variable                            // what a variable of the file's held, at the address number
	TableEntry                          // what was in a table to which a variable of the file's pointed; see inTable
	Memory                              // what memory held that is neither the file's nor on the stack
	StackAddress                        // an address on the stack
)

// inTable is what lies at an offset in the table to which the variable of the file's at an
// address points.
func InTable(variable, offset uint64) Value { return Value{TableEntry, variable<<16 | offset} }

// table returns the variable and the offset of what was in a table.
func (v Value) Table() (variable, offset uint64) { return v.Number >> 16, v.Number & (1<<16 - 1) }

// registerSet is a set of registers, by bits.
type RegisterSet uint32

func (s RegisterSet) All(visit func(n int) bool) {
	for ; s != 0 && visit(bits.TrailingZeros32(uint32(s))); s &= s - 1 {
	}
}

// instruction is what one instruction does, as far as registers are followed.
type Instruction struct {
	Length int
	Does   Effect
	Store  Source      // the address of what it writes to memory, as far as that shows
	Reads  RegisterSet // registers whose content matters to it
	Writes RegisterSet
	// to is the one of those that then holds result, or, with mayKeep, what it held
	// before. The others hold what is not known.
	To      uint8
	Result  Source
	MayKeep bool

	Goes  Direction
	Where Source // an address, or what a slot holds; what is not known is somewhere
}

// effect is what an instruction does besides going on.
type Effect uint8

const (
	Computes  Effect = iota // it changes nothing but registers
	UsesStack               // the stack as well; calls and returns do, if only by a register
	Stores                  // memory, at an address that shows
	DoesMore                // or it is not known what
)

// direction is where execution goes on.
type Direction uint8

const (
	GoesOn   Direction = iota // behind the instruction
	Branches                  // there, or somewhere else
	Jumps                     // somewhere else
	Calls                     // behind it, when what is called somewhere else returns
	Ends                      // nowhere
)

// source is what a register gets, by what others hold.
type Source struct {
	How    Manner
	Value  Value // that is it; else
	From   uint8 // the register
	Offset uint64
}

type Manner uint8

const (
	Literally     Manner = iota
	Copied               // what the register holds, and offset more
	Loaded               // eight bytes that are at that address
	LoadedIndexed        // the same with what is not known added to the address
)
