package patch

// value is what a register is known to hold.
type value struct {
	kind   valueKind
	number uint64
}

type valueKind uint8

const (
	unknown    valueKind = iota // or different things, by the way that the function took
	argument                    // the function's argument of that number, as it came
	address                     // the address number of something in the file
	constant                    // the number, which stands in the code
	ofFile                      // what a variable of the file's held
	fromMemory                  // what memory held that is neither the file's nor on the stack
)

// leaving is a call or jump that leaves a function, and what is known of the registers
// in which arguments are passed on.
type leaving struct {
	target, slot uint64 // where to: an address, or that of the slot which has it; 0 for neither
	arguments    [lastArgument + 1]value
}

// arguments is a set of numbers of arguments.
type arguments uint8

func (a arguments) has(n uint8) bool { return a>>n&1 != 0 }
