package profile

// Why a function cannot be hooked, as far as its own code shows. Where two machines write
// different instructions for a jump, Names has the machine: "x86-64", "arm64".
const (
	TooShort               CauseCode = "too-short"                // (Number, Names) it has so many bytes, no room for a jump
	EndsEarly              CauseCode = "ends-early"               // (Number) it ends after so many bytes, and what follows is no padding
	UnknownInstruction     CauseCode = "unknown-instruction"      // (Detail: its bytes, where they are at hand)
	OnlyShortForm          CauseCode = "only-short-form"          // (Names: the instruction) it reaches too little far to be moved
	NotMoved               CauseCode = "not-moved"                // (Names: the instruction)
	CallReturnsInside      CauseCode = "call-returns-inside"      // (Names) a call returns to where the jump would be
	BranchInside           CauseCode = "branch-inside"            // (Names: from and to, as distances from the entry) the jump would overwrite where it goes
	SizedBranch            CauseCode = "sized-branch"             // a branch has a prefix of operand size
	CallOfStackPointer     CauseCode = "call-of-stack-pointer"    // a call goes to the stack pointer
	CallFromStack          CauseCode = "call-from-stack"          // a call takes its target from the stack
	CallOfRegister         CauseCode = "call-of-register"         // a call of what a register holds is not moved
	LiteralWithoutRegister CauseCode = "literal-without-register" // a literal is loaded to where its address cannot be loaded first
	Loop                   CauseCode = "loop"                     // it jumps back to its own entry
)

// Why a function cannot be hooked, as far as its file shows.
const (
	ChosenAtStart     CauseCode = "chosen-at-start"     // an indirect function (IFUNC)
	LabelInside       CauseCode = "label-inside"        // (Names: a function that begins where the jump would be)
	NeedsRoom         CauseCode = "needs-room"          // (Number) its first instructions become so many bytes
	SharesCode        CauseCode = "shares-code"         // (Names: a function of the same code, called for something else)
	ArgumentsNotTaken CauseCode = "arguments-not-taken" // (Number) it does not show that it takes so many arguments
	MethodUnknown     CauseCode = "method-unknown"      // (Names: the method of an allocator that does not show what its arguments are)
	Inlined           CauseCode = "inlined"             // (Names) functions that have no code of their own any more
	NothingFrees      CauseCode = "nothing-frees"       // the file has no function that frees
	FamilyBroken      CauseCode = "family-broken"       // (Names: the function of the same allocator that cannot be hooked)
	LinkedToBroken    CauseCode = "linked-to-broken"    // (Names: the function of another allocator that cannot be hooked; Because: what ties the two, whose Because is why it cannot)
	HookedOtherwise   CauseCode = "hooked-otherwise"    // for what it allocates, maps or frees
	NamedTwice        CauseCode = "named-twice"         // it is hooked for another name that means it, too
	OfOtherToo        CauseCode = "of-other-too"        // (Names: a function and another allocator that it belongs to)
	CallsOther        CauseCode = "calls-other"         // (Names: a function, one that it calls, and the allocator of that)
)

// Why an allocator that is linked into a file is not seen, or only in part.
const (
	NamesStripped CauseCode = "names-stripped" // it seems to be there, but the names of its functions are stripped
	PartlyInlined CauseCode = "partly-inlined" // (Names: functions that are left nowhere) the compiler made it a part of its callers in places
)
