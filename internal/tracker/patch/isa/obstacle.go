package isa

import "debug/elf"

// Obstacle is why a function cannot be hooked, as far as its own code shows.
type Obstacle struct {
	Kind    ObstacleKind
	Machine elf.Machine
	// What the kind says besides:
	Bytes     int    // how long the function is
	Code      []byte // where the instruction is, eight bytes at most; nil where it is not at hand
	Operation string // the instruction's, by its mnemonic
	From, To  int64  // of a branch, in bytes from the function's entry
}

// ObstacleKind tells obstacles apart, and says which fields of each have a meaning.
type ObstacleKind uint8

const (
	// TooShort is a function of so many Bytes, which have no room for a jump.
	TooShort ObstacleKind = iota + 1
	// EndsEarly is one that ends after so many Bytes, behind which there is no padding.
	EndsEarly
	// UnknownInstruction is one that begins with Code, which is not understood.
	UnknownInstruction
	// OnlyShortForm is a branch, Operation, that reaches too little far to be moved.
	OnlyShortForm
	// NotMoved is an Operation that is not moved.
	NotMoved
	// CallReturnsInside is a call that returns to where the jump would be.
	CallReturnsInside
	// SizedBranch is a branch with a prefix of operand size.
	SizedBranch
	// CallOfStackPointer is a call of the address that the stack pointer holds.
	CallOfStackPointer
	// CallFromStack is a call of an address that is on the stack.
	CallFromStack
	// CallOfRegister is, on arm64, a call of the address that a register holds.
	CallOfRegister
	// LiteralWithoutRegister is, on arm64, the loading of a literal to where its address
	// cannot be loaded first.
	LiteralWithoutRegister
	// BranchInside is a branch at From that goes to To, which the jump would overwrite.
	BranchInside
	// Loop is a jump back to the function's own entry: a loop, such as that which waits for
	// a lock, or a call of itself at its end. In it each turn would begin a hook within the
	// last one's, and the stack come to its end.
	Loop
)

// BranchesInside returns the obstacle of a branch between two addresses, into what the
// jump would overwrite.
func BranchesInside(b *Body, from, to uint64) *Obstacle {
	return &Obstacle{Kind: BranchInside, From: int64(from - b.Entry), To: int64(to - b.Entry)}
}
