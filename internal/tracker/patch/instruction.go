package patch

import "math/bits"

// value is what a register is known to hold.
type value struct {
	kind   valueKind
	number uint64
}

type valueKind uint8

const (
	unknown    valueKind = iota // or different things, by the way that the function took
	argument                    // the function's argument of that number, as it came
	nearly                      // that, or on some ways a constant
	address                     // the address number of something in the file
	constant                    // the number, which stands in the code
	ofFile                      // what a variable of the file's held, at the address number
	ofTable                     // what was in a table to which a variable of the file's pointed; see inTable
	fromMemory                  // what memory held that is neither the file's nor on the stack
	ofStack                     // an address on the stack
)

// inTable is what lies at an offset in the table to which the variable of the file's at an
// address points.
func inTable(variable, offset uint64) value { return value{ofTable, variable<<16 | offset} }

// table returns the variable and the offset of what was in a table.
func (v value) table() (variable, offset uint64) { return v.number >> 16, v.number & (1<<16 - 1) }

// registerSet is a set of registers, by bits.
type registerSet uint32

func (s registerSet) all(visit func(n int) bool) {
	for ; s != 0 && visit(bits.TrailingZeros32(uint32(s))); s &= s - 1 {
	}
}

// instruction is what one instruction does, as far as registers are followed.
type instruction struct {
	length int
	does   effect
	store  source      // the address of what it writes to memory, as far as that shows
	reads  registerSet // registers whose content matters to it
	writes registerSet
	// to is the one of those that then holds result, or, with mayKeep, what it held
	// before. The others hold what is not known.
	to      uint8
	result  source
	mayKeep bool

	goes  direction
	where source // an address, or what a slot holds; what is not known is somewhere
}

// effect is what an instruction does besides going on.
type effect uint8

const (
	computes  effect = iota // it changes nothing but registers
	usesStack               // the stack as well; calls and returns do, if only by a register
	stores                  // memory, at an address that shows
	doesMore                // or it is not known what
)

// direction is where execution goes on.
type direction uint8

const (
	on       direction = iota // behind the instruction
	branches                  // there, or somewhere else
	jumps                     // somewhere else
	calls                     // behind it, when what is called somewhere else returns
	ends                      // nowhere
)

// source is what a register gets, by what others hold.
type source struct {
	how    manner
	value  value // that is it; else
	from   uint8 // the register
	offset uint64
}

type manner uint8

const (
	literally manner = iota
	copied           // what the register holds, and offset more
	loaded           // eight bytes that are at that address
	loadedBy         // the same with what is not known added to the address
)
