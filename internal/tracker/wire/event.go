package wire

// Kind is the kind of an event: the low four bits of its first word.
type Kind uint64

// The kinds. Those of an event in time have a stamp, in ticks of the processor's counter;
// a Node and a Module have none, for what they tell belongs to the events after them.
const (
	KindCall          Kind = 0 // a call that has made no block
	KindAlloc         Kind = 1
	KindFree          Kind = 2
	KindRealloc       Kind = 3 // a reallocation begins: a Free, of the old block
	KindRealloced     Kind = 4 // and ends, in the same ring: an Alloc, of the new block
	KindReallocFailed Kind = 5 // or it fails, and the old block lives on: its stamp only
	KindReallocFreed  Kind = 6 // or has freed the old block, and made none: its stamp only
	KindNode          Kind = 7
	KindModule        Kind = 8
	KindThread        Kind = 9
	KindFork          Kind = 10 // a Fork, or an Exec where its number is 0
	KindAllocShort    Kind = 11
	KindFreeShort     Kind = 12
	KindMapping       Kind = 13
	KindFreeInner     Kind = 14 // a Free within another call, of a block that need not have been told of
	KindReallocInner  Kind = 15 // likewise a reallocation that begins
)

// How many words an event has. A Module and an Exec, which have text, tell it themselves.
const (
	AllocWords      = 3
	AllocShortWords = 2
	FreeWords       = 2 // without a stack
	FreeShortWords  = 1
	EndWords        = 1 // a reallocation that has failed or freed
	NodeWords       = 2
	ThreadWords     = 2
	ForkWords       = 2
	MappingWords    = 4
	CallWords       = 3

	throughWords = 1 // in a Free that has a stack

	moduleWords = 5 // before its text
	codeWords   = 3 // likewise
	execWords   = 2
)

const (
	kindBits    = 4
	kindMask    = 1<<kindBits - 1
	stackBits   = 28
	stackMask   = 1<<stackBits - 1
	addressMask = 1<<AddressBits - 1

	stackLowBits = 64 - AddressBits // of a stack's number, above an address
	familyBits   = 2
	familyMask   = 1<<familyBits - 1
	sizeBits     = 64 - familyBits - (stackBits - stackLowBits)
	sizeMask     = 1<<sizeBits - 1
	highMask     = 1<<(stackBits-stackLowBits) - 1

	freeShortLaterBits = 16
	freeShortUnit      = 16 // an address is divisible by it

	// Above the address of a Free.
	freeOutlived = 1
	freeThrough  = 2
)

// AddressBits is how many bits the address of a block, or of code, has.
const AddressBits = 48

// The numbers of stacks: the roots, then the nodes of the process's call tree. A number means
// the same for good.
const (
	Root            = iota // the stack is whole
	RootTruncated          // cut at the depth limit
	RootNoCFI              // a frame without unwind information
	RootUnsupported        // unwind information of a kind that is not followed
	RootOutOfStack         // the next frame lies outside the readable stack
	RootFull               // the call tree has no room for the stack
	FirstNode       = 16
	MaxNodes        = 1 << 27 // some more may be told of
)

// NoModule is the module of an address that lies in none.
const NoModule = 0xffff

// Python is, in the place of a module's number, that the node's PC is one of Python's functions: see PythonCode.
const Python = 0xfffe

// The places of Python's functions: where no program has code, and with the function's number and the line.
const (
	PythonPlace    = 1 << (AddressBits - 1)
	PythonLineBits = 20
	PythonLine     = 1<<PythonLineBits - 1
	JavaCodes      = 1 << 23 // numbers from here on are of functions of Java's, which nodes and events have like Python's
	PythonCodes    = 1 << 24 // numbers of functions

	ModuleCode = 2 // in a KindModule, above the kind: it is a Code
)

// PythonCode returns the number and the line in a place of a function of Python's. Number 0: the process had
// none left for it; line 0: it is not known.
func PythonCode(pc uint64) (number uint32, line int) {
	return uint32(pc & (PythonPlace - 1) >> PythonLineBits), int(pc & PythonLine)
}

// Words are the words of a ring: word i of all that its thread has written is at i modulo
// RingWords, so that an event may begin at the end and go on at the beginning. Its methods
// decode the event whose first word is word i. They read no other memory whatever the words
// are, for the program may have written over them, and may do so meanwhile: who uses a stack's
// or a module's number looks whether there is such a one.
type Words [RingWords]uint64

func (w *Words) at(i uint64) uint64 { return w[i%RingWords] }

// Kind returns the kind of the event at i.
func (w *Words) Kind(i uint64) Kind { return Kind(w.at(i) & kindMask) }

// Stamp returns the stamp of the event in time at i, where last is that of the one before it
// in the ring.
func (w *Words) Stamp(i, last uint64) uint64 {
	switch w.Kind(i) {
	case KindAllocShort:
		return last + w.AllocShort(i).Later
	case KindFreeShort:
		return last + w.FreeShort(i).Later
	}
	return w.at(i) >> kindBits
}

// Len returns how many words the event at i has; 0: there is no such event.
func (w *Words) Len(i uint64) uint64 {
	switch w.Kind(i) {
	case KindAlloc, KindRealloced:
		return AllocWords
	case KindAllocShort:
		return AllocShortWords
	case KindFree, KindRealloc, KindFreeInner, KindReallocInner:
		return w.Free(i).Words()
	case KindFreeShort:
		return FreeShortWords
	case KindReallocFailed, KindReallocFreed:
		return EndWords
	case KindNode:
		return NodeWords
	case KindThread:
		return ThreadWords
	case KindMapping:
		return MappingWords
	case KindCall:
		return CallWords
	case KindFork:
		return w.forkLen(i)
	case KindModule:
		return w.moduleLen(i)
	}
	return 0
}

// Family is a family of functions by which blocks are allocated, resized and freed.
type Family uint8

// The families, where they are told: with the stacks of frees.
const (
	FamilyUntold Family = 0
	FamilyC      Family = 1 // malloc, realloc, free and their kin
	FamilyOne    Family = 2 // C++'s operators new and delete
	FamilyArray  Family = 3 // C++'s operators new[] and delete[]
)

// Alloc is a block of so many bytes that was allocated through a stack.
type Alloc struct {
	Stamp, Address, Bytes, Stack uint64
	Family                       Family
}

// stack returns the number of a stack, the low bits of which stand above an address.
func stack(where, high uint64) uint64 { return where>>AddressBits | high<<stackLowBits }

// Alloc decodes a KindAlloc or a KindRealloced.
func (w *Words) Alloc(i uint64) Alloc {
	where, size := w.at(i+1), w.at(i+2)
	return Alloc{Stamp: w.at(i) >> kindBits, Address: where & addressMask, Bytes: size & sizeMask, Stack: stack(where, size>>(sizeBits+familyBits)), Family: Family(size >> sizeBits & familyMask)}
}

// AllocShort is an Alloc in fewer words: of less than 64 KiB, and so many ticks after the
// ring's last event in time.
type AllocShort struct {
	Later, Address, Bytes, Stack uint64
}

// AllocShort decodes a KindAllocShort.
func (w *Words) AllocShort(i uint64) AllocShort {
	first, what := w.at(i), w.at(i+1)
	return AllocShort{Later: first >> (kindBits + stackBits), Address: what & addressMask, Bytes: what >> AddressBits, Stack: first >> kindBits & stackMask}
}

// Free is a block that was freed, or is about to be reallocated.
type Free struct {
	Stamp, Address uint64
	Outlived       bool // of a sampled block, which is not the one that its thread allocated last
	HasThrough     bool // whether it is told through which stack: see Through
}

// Free decodes a KindFree, KindRealloc, KindFreeInner or KindReallocInner.
func (w *Words) Free(i uint64) Free {
	where := w.at(i + 1)
	above := where >> AddressBits
	return Free{Stamp: w.at(i) >> kindBits, Address: where & addressMask, Outlived: above&freeOutlived != 0, HasThrough: above&freeThrough != 0}
}

// Words returns how many words the event has.
func (f Free) Words() uint64 {
	if f.HasThrough {
		return FreeWords + throughWords
	}
	return FreeWords
}

// Through is the stack through which a block is freed or reallocated, and the family of the
// function that does it.
type Through struct {
	Stack  uint64
	Family Family
}

// Through decodes what a Free has that says so.
func (w *Words) Through(i uint64) Through {
	what := w.at(i + FreeWords)
	return Through{Stack: what & stackMask, Family: Family(what >> stackBits & familyMask)}
}

// FreeShort is a Free in one word, so many ticks after the ring's last event in time.
type FreeShort struct {
	Later, Address uint64
}

// FreeShort decodes a KindFreeShort.
func (w *Words) FreeShort(i uint64) FreeShort {
	first := w.at(i)
	return FreeShort{Later: first >> kindBits & (1<<freeShortLaterBits - 1), Address: first >> (kindBits + freeShortLaterBits) * freeShortUnit}
}

// Node is a new stack: that of Parent, called on from PC in a module.
type Node struct {
	Stack, Parent, PC uint64
	Module            uint16
}

// Node decodes a KindNode.
func (w *Words) Node(i uint64) Node {
	first, where := w.at(i), w.at(i+1)
	return Node{Stack: first >> kindBits & stackMask, Parent: first >> (kindBits + stackBits), PC: where & addressMask, Module: uint16(where >> AddressBits)}
}

// Thread is a thread that takes the ring over.
type Thread struct {
	Stamp, ID uint64
}

// Thread decodes a KindThread.
func (w *Words) Thread(i uint64) Thread {
	return Thread{Stamp: w.at(i) >> kindBits, ID: w.at(i + 1)}
}

// Fork is a process that is about to fork, where Number tells that fork from every other;
// where that is 0, the event is an Exec.
type Fork struct {
	Stamp  uint64
	Number uint32
}

// Fork decodes a KindFork.
func (w *Words) Fork(i uint64) Fork {
	return Fork{Stamp: w.at(i) >> kindBits, Number: uint32(w.at(i + 1))}
}

// Mapping is a part of the address space that was mapped, or ceases to be.
type Mapping struct {
	Stamp   uint64
	Address uint64
	Bytes   uint64 // as the call had them, not rounded to pages
	Stack   uint64 // as an Alloc's
	Change  Change
	Inside  bool // the call was made within one of an allocator's

	// What mmap was called with, for a MappingMap.
	Protection, Flags uint64
}

// Change is what a Mapping tells.
type Change uint8

const (
	MappingMap   Change = 0 // mmap has mapped it
	MappingBreak Change = 1 // the break has risen by it
	MappingTake  Change = 2 // it is about to be unmapped or moved
	MappingPut   Change = 3 // after a MappingTake, in the same ring: where and how large it is now

	MappingInside Change = 0x80 // with either, in the event: Mapping.Inside
)

// Mapping decodes a KindMapping.
func (w *Words) Mapping(i uint64) Mapping {
	where, what := w.at(i+1), w.at(i+3)
	return Mapping{
		Stamp: w.at(i) >> kindBits, Address: where & addressMask, Bytes: w.at(i + 2), Stack: stack(where, what>>16&highMask),
		Change: Change(what) &^ MappingInside, Inside: Change(what)&MappingInside != 0, Protection: what >> 8 & 0xff, Flags: what >> 32,
	}
}

// Call is a call that has made no block.
type Call struct {
	Stamp, Stack uint64
	What         CallKind
	Number       uint32 // of a CallRefused or CallFailed, by whom: RefusedByAllocator and its kin; of a CallCrossed see Crossed; of a CallCounted the function's
	Amount       uint64 // bytes that were asked for; of a CallCrossed the bytes that lived before; of a CallCounted its weight
}

// CallKind is what a Call was.
type CallKind uint8

// What calls are.
const (
	CallRefused CallKind = 1 // an allocation that failed
	CallCrossed CallKind = 2 // the first allocation above a limit: the CallRefused that is the ring's next event
	CallCounted CallKind = 3 // of a function that is counted
	CallFailed  CallKind = 4 // of what is called where an allocation has failed, which a CallRefused may have told of
)

// By whom an allocation was refused.
const (
	RefusedByAllocator = 0
	RefusedByLimit     = 1
	RefusedByOrder     = 2 // Control.FailFrom and its kin
	RefusedByItself    = 3 // an allocator that is built on another one, and has not asked that
)

const (
	CallWhatBits = 8
	whatMask     = 1<<CallWhatBits - 1
)

// Call decodes a KindCall.
func (w *Words) Call(i uint64) Call {
	where := w.at(i + 1)
	return Call{
		Stamp: w.at(i) >> kindBits, Stack: where & stackMask, Amount: w.at(i + 2),
		What: CallKind(where >> stackBits & whatMask), Number: uint32(where >> (stackBits + CallWhatBits)),
	}
}

// Crossed tells of a CallCrossed whether it is the limit of blocks that was crossed, rather than that of
// bytes, and how many blocks lived before.
func (c Call) Crossed() (ofBlocks bool, blocks uint64) { return c.Number&1 != 0, uint64(c.Number >> 1) }
