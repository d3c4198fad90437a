package profile

// Frees is where blocks were freed.
type Frees struct {
	// Stacks are what was freed, by where it had been allocated and where it was freed: one
	// for each pair of stacks. Blocks that live at the end, and those of points that nothing
	// was freed of, are in none.
	Stacks []Freed
	// Wrong are calls that were no proper free.
	Wrong []WrongFree
}

// Freed is what of the blocks of one point was freed through one call stack.
type Freed struct {
	Point  int      // index into Profile.Points: where the blocks had been allocated
	Frames []uint32 // the stack of the frees: indices into Profile.Frames, innermost first
	Bytes  uint64   // sizes of the blocks when they were freed
	Blocks uint64
}

// WrongFree is frees of one kind, through one call stack, that the program should not have made.
type WrongFree struct {
	Kind   WrongKind
	Point  int      // index into Profile.Points: where the blocks had been allocated; -1 where that is not known
	Frames []uint32 // the stack of the frees: indices into Profile.Frames, innermost first
	Blocks uint64
}

// WrongKind is what is wrong with a free.
type WrongKind string

// The kinds.
const (
	Mismatched WrongKind = "mismatched"  // by another family's function than the one that allocated: free of what new has made, say
	FreedTwice WrongKind = "freed-twice" // of a block that had been freed already, which the allocator accepted
	Foreign    WrongKind = "foreign"     // of a pointer that no allocator that was recorded had returned
)
