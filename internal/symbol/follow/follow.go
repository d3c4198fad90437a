package follow

import "debug/elf"

// Event is something that code does with the block.
type Event struct {
	At     uint64 // the address of the instruction
	Kind   Kind
	Offset int64 // in the block: of the address that is passed on, or of where something is stored
	Size   int   // bytes that are stored
	Value  Value // of Passed the function, of Stored what is stored
	// Register is where the block's address is of Held, and of Kept what points to where it is
	// stored, Offset bytes further; by DWARF's numbers.
	Register uint8
}

// Kind is what an Event is.
type Kind uint8

// The kinds of events.
const (
	Passed   Kind = iota // to a function, as the first argument: what is in other registers may be left over
	Stored               // something in the block
	Returned             // by the function
	Held                 // its start is in a register before the instruction; if Options.Places
	Kept                 // its start is stored elsewhere, where it is not known; if Options.Places
)

// Value is what a register or a place on the stack is known to hold.
type Value struct {
	Kind   ValueKind
	Number int64
}

// ValueKind is how a value is known.
type ValueKind uint8

// The kinds of values.
const (
	Unknown    ValueKind = iota
	Block                // an address in the block, Number bytes from its start
	Address              // an address in the file, or a number that may be one
	Slot                 // what the loader puts into the slot at the address Number…
	SlotPlus16           // … and 16 more, which is where a vtable's functions begin
)

func (v Value) plus(n int64) Value {
	switch v.Kind {
	case Block, Address:
		return Value{v.Kind, v.Number + n}
	case Slot:
		if n == 0 {
			return v
		}
		if n == 16 {
			return Value{SlotPlus16, v.Number}
		}
	}
	return Value{}
}

// Options is what is followed.
type Options struct {
	Machine elf.Machine
	Code    []byte // from At on
	At      uint64
	// Argument is set where the block's address is the first argument of a function that begins
	// at At. Else it is what the call before At returned.
	Argument bool
	// Places asks for Held and Kept, and for the next few instructions only.
	Places bool
	// Returns tells what a function returns. It may be nil.
	Returns func(function Value) Result
}

// Result is what a function returns.
type Result uint8

// The results that are told apart.
const (
	Anything Result = iota
	Nothing         // as constructors
	First           // its first argument, as memset
)

// maxSteps is how many instructions are followed. Most constructors are called within 20 of the
// call of new; the arguments of one may take a hundred.
const maxSteps = 400

// Follow yields what is done with the block, in order, until yield is false.
func Follow(o Options, yield func(Event) bool) {
	w := walker{o: o, at: o.At, yield: yield, stack: make(map[place]Value)}
	var step func() bool
	steps := maxSteps
	if o.Places {
		steps = maxPlaced
	}
	switch o.Machine {
	case elf.EM_X86_64:
		w.set(raxX86, Value{Kind: Block})
		if o.Argument {
			w.clear()
			w.set(rdiX86, Value{Kind: Block})
		}
		step = w.stepX86
	case elf.EM_AARCH64:
		w.set(0, Value{Kind: Block}) // x0 is both
		step = w.stepARM64
	default:
		return
	}
	for range steps {
		if w.at < o.At || w.at-o.At >= uint64(len(o.Code)) || !w.places() || !step() {
			return
		}
	}
}

// maxPlaced is how many instructions are followed if places are asked for: what the block's address is
// assigned to has it by then.
const maxPlaced = 60

// registers is how many registers a machine has that are followed: general ones, then
// those of vectors.
const registers = 64

// vector is the number of the first vector register.
const vector = 32

// place is a place on the stack: so many bytes from where a register points.
type place struct {
	register uint8
	offset   int64
}

type walker struct {
	o     Options
	at    uint64
	held  [registers]Value
	stale [registers]bool // a function was called that may have changed it
	stack map[place]Value
	over  [2]uint64 // what the last jump jumped over: from, up to
	yield func(Event) bool
}

func (w *walker) code() []byte { return w.o.Code[w.at-w.o.At:] }

func (w *walker) clear() { w.held = [registers]Value{} }

// set changes what a register holds, and with it what is known of where it pointed.
func (w *walker) set(register int, v Value) {
	w.held[register], w.stale[register] = v, false
	for p := range w.stack {
		if int(p.register) == register {
			delete(w.stack, p)
		}
	}
}

// store notes that v is written to size bytes, offset bytes from where a register points. It is false where nothing
// more is wanted.
func (w *walker) store(register int, offset int64, size int, v Value) bool {
	base := w.held[register]
	switch base.Kind {
	case Block:
		return w.yield(Event{At: w.at, Kind: Stored, Offset: base.Number + offset, Size: size, Value: v})
	case Unknown:
		if len(w.stack) < maxPlaces {
			w.stack[place{uint8(register), offset}] = v
		}
		if w.o.Places && size == 8 && v == (Value{Kind: Block}) && register < vector {
			return w.yield(Event{At: w.at, Kind: Kept, Offset: offset, Register: w.numberInDWARF(register)})
		}
	}
	return true
}

// maxPlaces bounds what is known of the stack.
const maxPlaces = 256

// places yields the registers that hold the block's start.
func (w *walker) places() bool {
	for register := range vector {
		if w.o.Places && w.held[register] == (Value{Kind: Block}) && !w.stale[register] &&
			!w.yield(Event{At: w.at, Kind: Held, Register: w.numberInDWARF(register)}) {
			return false
		}
	}
	return true
}

// numberInDWARF returns DWARF's number of a general register.
func (w *walker) numberInDWARF(register int) uint8 {
	if w.o.Machine == elf.EM_X86_64 && register < len(dwarfX86) {
		return dwarfX86[register]
	}
	return uint8(register)
}

// load returns what is in memory, offset bytes from where a register points.
func (w *walker) load(register int, offset int64) Value {
	base := w.held[register]
	switch base.Kind {
	case Unknown:
		return w.stack[place{uint8(register), offset}]
	case Address:
		return Value{Slot, base.Number + offset}
	}
	return Value{}
}

// call notes the call of a function, whose first argument is in a register, as its results will be in others.
// It is false where nothing more is wanted.
//
// A register that functions may change holds what it did where the code uses it: then the
// compiler knows that this one does not change it. But it is no argument of the next call.
func (w *walker) call(function Value, argument int, results []int, isLost func(register int) bool) bool {
	first := w.held[argument]
	if w.stale[argument] {
		first = Value{}
	}
	if first.Kind == Block && !w.yield(Event{At: w.at, Kind: Passed, Offset: first.Number, Value: function}) {
		return false
	}
	for register := range registers {
		w.stale[register] = w.stale[register] || isLost(register)
	}
	returns := Anything
	if w.o.Returns != nil {
		returns = w.o.Returns(function)
	}
	if returns == Nothing {
		return true
	}
	for _, register := range results {
		w.set(register, Value{})
	}
	if returns == First {
		w.set(results[0], first)
	}
	return true
}

// move changes a register that points to the stack by n bytes, and with it how far from it
// everything there is.
func (w *walker) move(register int, n int64) {
	moved := make(map[place]Value, len(w.stack))
	for p, v := range w.stack {
		if int(p.register) == register {
			p.offset -= n
		}
		moved[p] = v
	}
	w.stack = moved
}

// jump goes on at an address that is not before next, which is where the jump ends, else nowhere: a loop does not say
// more the second time.
func (w *walker) jump(next, to uint64) bool {
	if to < next {
		return w.enter(to)
	}
	w.over = [2]uint64{next, to}
	w.at = to
	return true
}

// enter goes back to an address that was jumped over, to the body of a loop whose condition
// stands at its end. It is false for any other address.
func (w *walker) enter(to uint64) bool {
	if to < w.over[0] || to >= w.over[1] {
		return false
	}
	w.over = [2]uint64{}
	w.at = to
	return true
}
