package roots

import (
	"debug/elf"
	"encoding/binary"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/graph"
	"heapprof/internal/tracker/roots/unwind"
)

// addThreads adds the thread-local storage, the stacks and the registers of all threads.
func (f *finder) addThreads() error {
	f.storage = make([]storage, len(f.Threads))
	for i := range f.Threads {
		f.storage[i] = f.addThreadLocals(i)
	}
	for i := range f.Threads {
		s := stack{finder: f, thread: i}
		s.add()
	}
	return f.addLeftStacks()
}

// redZone returns how far below the stack pointer a function may have variables (System V ABI for AMD64, 3.2.2).
func (f *finder) redZone() uint64 {
	if f.machine == elf.EM_AARCH64 {
		return 0
	}
	return 128
}

// stack is a thread's stack on its way to roots.
type stack struct {
	*finder
	thread int
	at     stackRange
	low    uint64 // what lies below it is done with
}

// stackRange is where a stack is.
type stackRange struct {
	Range
	isThreads bool // it is a thread's own, with nothing else in it
	isMain    bool // behind its frames are the program's arguments
	storage   int  // the thread whose storage is behind its frames; -1: there is none
}

// stackAt returns the stack that an address is in; an empty one if it is in none.
func (f *finder) stackAt(at uint64) stackRange {
	m, ok := procfs.MappingAt(f.Maps, at)
	if !ok {
		return stackRange{}
	}
	in := stackRange{Range: Range{m.Start, m.End}, isMain: m.Path == "[stack]", storage: -1}
	if i := f.blockAt(at); i >= 0 {
		b := &f.Blocks[i]
		return stackRange{Range: Range{b.Addr, b.Addr + b.Size}, storage: -1}
	}
	if by, end := f.mapper(Range{at, m.End}); by >= 0 {
		in.Range = Range{f.Mapped[by].Start, end}.and(in.Range)
		in.isThreads = f.Mapped[by].Purpose == ForStack
	}
	in.isThreads = in.isThreads || in.isMain
	for i := range f.storage {
		if start := f.storage[i].start; i > 0 /* the first one's lies elsewhere */ && in.has(start) && at < start {
			in.End, in.storage, in.isThreads = start, i, true
		}
	}
	return in
}

// begin goes on with the stack that a stack pointer is in.
func (s *stack) begin(sp uint64) {
	s.at = s.stackAt(sp)
	s.low = max(s.at.Start, sp-s.redZone())
}

// add adds all frames that are known, and the thread's registers.
func (s *stack) add() {
	r := &s.Threads[s.thread].Registers
	walker := unwind.Walker{
		Memory: s.Memory, Machine: s.machine, TableAt: s.tableAt, IsCode: s.isCode,
		StackEnd: func(at uint64) uint64 { return s.stackAt(at).End },
	}
	var frames []unwind.Frame
	whole := walker.Walk(r.PC, r.General, func(frame *unwind.Frame) bool {
		frames = append(frames, *frame)
		return true
	})
	if n := len(frames); frames[n-1].CFA == 0 {
		frames = frames[:n-1]
	}
	s.begin(r.SP)
	if s.Threads[s.thread].ID == s.Own.Asker {
		frames = s.withoutOwn(frames)
	}
	used := usedRegisters(frames)
	for i := range frames {
		v := frameRoots{stack: s, frame: &frames[i], depth: len(frames) - i, registers: used[i]}
		if i == 0 {
			v.vectors = s.vectors()
		}
		if v.frame.Switches {
			s.end(false)
			s.begin(v.frame.CFA)
			continue
		}
		v.add()
		s.low = max(s.low, v.frame.CFA)
	}
	if len(frames) == 0 {
		s.words(s.other(Range{}), leftOver, append(r.General[:], s.vectors()...))
	}
	s.end(whole)
}

// end adds what lies behind the frames that are known, which are all if it is whole, and claims the stack: what lies
// below them is of functions that have returned.
func (s *stack) end(whole bool) {
	rest := Range{s.low, s.at.End}
	switch {
	case !s.at.isThreads:
		s.claimed.add(Range{s.at.Start, s.low}.and(Range{s.low - s.redZone(), s.low}))
		return // what else is there is a mapping's, or a block's
	case whole && s.at.isMain:
		// The program's arguments, which some replace by copies to have room for a title.
		s.claimedRoot(s.other(rest), ofStorage, rest)
	case whole && s.at.storage >= 0:
		s.claimedRoot(s.storage[s.at.storage].owner, ofStorage, rest)
	default:
		s.claimedRoot(s.other(rest), leftOver, rest)
	}
	s.claimed.add(s.at.Range)
}

// addLeftStacks adds the stacks of threads that run on another one: where the frames begin there is not
// known; and claims those of threads that have ended.
func (f *finder) addLeftStacks() error {
	for i := range f.storage {
		at := f.storage[i].start - 1
		if i == 0 { // the program's first one
			at = f.mainStack()
		}
		left := f.stackAt(at)
		if !left.isThreads || f.claimed.has(left.Start) {
			continue
		}
		owner := f.own(Owner{Kind: profile.FrameOwner, Module: -1, Thread: i, Mapped: -1, Range: left.Range})
		if err := f.unclaimed(left.Range, func(r Range) { f.root(owner, leftOver, r) }); err != nil {
			return err
		}
		f.claimed.add(left.Range)
	}
	for _, m := range f.Mapped {
		if m.Purpose == ForStack {
			f.addDeadStack(Range{m.Start, m.End})
		}
	}
	for _, m := range f.Maps {
		if !f.Complete && f.machine == elf.EM_X86_64 && m.Path == "" && m.Protection[1] == 'w' {
			f.addDeadStack(Range{m.Start, m.End})
		}
	}
	return nil
}

// addDeadStack claims a mapping if it was the stack of a thread that has ended: it is kept for another one.
// So are blocks that the C library has allocated for the thread, which its description leads to.
func (f *finder) addDeadStack(in Range) {
	if f.claimed.has(in.End - 1) {
		return
	}
	m, _ := procfs.MappingAt(f.Maps, in.End-1)
	described, known := f.descriptionIn(Range{m.Start, m.End}.and(in))
	switch {
	case known:
		vector := f.vectorAt(described)
		owner := f.own(Owner{Kind: profile.ThreadLocalOwner, Module: -1, Thread: -1, Mapped: -1, Range: in})
		f.root(owner, ofStorage, Range{vector, vector + 8})
		f.root(owner, leftOver, Range{vector + 8, min(described+threadBytes, in.End)})
	case f.machine == elf.EM_X86_64:
		return // it is a stack of the program's own
	default:
		// Where the description is, is not known there: it is small.
		owner := f.own(Owner{Kind: profile.ThreadLocalOwner, Module: -1, Thread: -1, Mapped: -1, Range: in})
		f.root(owner, leftOver, Range{max(m.Start, in.End-2*page), in.End})
	}
	f.claimed.add(in)
}

// mainStack returns an address in the stack that the kernel has made.
func (f *finder) mainStack() uint64 {
	for _, m := range f.Maps {
		if m.Path == "[stack]" {
			return m.Start
		}
	}
	return 0
}

// descriptionIn returns where in a thread's stack glibc's description of the thread is, at its end; false where there is
// none. It begins with its own address, and has that in its third word, too (tcbhead_t of x86-64).
func (f *finder) descriptionIn(stack Range) (at uint64, known bool) {
	const near = 2 * page // the description has less than a page
	if f.machine != elf.EM_X86_64 || stack.isEmpty() || stack.End-stack.Start < near {
		return 0, false
	}
	var end [near]byte
	if !f.read(end[:], stack.End-near) {
		return 0, false
	}
	for offset := 0; offset+24 <= near; offset += 64 {
		at := stack.End - near + uint64(offset)
		if binary.LittleEndian.Uint64(end[offset:]) == at && binary.LittleEndian.Uint64(end[offset+16:]) == at {
			return at, true
		}
	}
	return 0, false
}

// withoutOwn returns the frames that called the tracker library, in which the thread is, and leaves out what lies
// further in.
func (s *stack) withoutOwn(frames []unwind.Frame) []unwind.Frame {
	for i := range frames {
		if m := s.moduleAt(frames[i].At); m < 0 || s.Modules[m].Path != s.Own.Library {
			s.low = max(s.low, frames[i].SP)
			return frames[i:]
		}
	}
	return frames
}

// vectors returns what the thread's registers for vectors held. A function that is called need not keep them, so of a thread that
// has called the tracker library they are none of the program's any more.
func (s *stack) vectors() []uint64 {
	if s.Threads[s.thread].ID == s.Own.Asker {
		return nil
	}
	return s.Threads[s.thread].Registers.Vector
}

// other returns an owner of what is in no frame.
func (s *stack) other(r Range) uint32 {
	return s.own(Owner{Kind: profile.FrameOwner, Module: -1, Thread: s.thread, Mapped: -1, Range: r})
}

// words adds what registers held.
func (f *finder) words(owner uint32, stratum graph.Stratum, words []uint64) {
	f.Roots = append(f.Roots, graph.Root{Owner: owner, Stratum: stratum, Words: words})
}

// claimedRoot adds memory of which some may be claimed.
func (f *finder) claimedRoot(owner uint32, stratum graph.Stratum, r Range) {
	f.claimed.without(r, func(r Range) { f.root(owner, stratum, r) })
}

// tableAt returns the unwind information of the module that an address is in.
func (f *finder) tableAt(at uint64) *unwind.Table {
	i := f.moduleAt(at)
	if i < 0 {
		return nil
	}
	is := &f.images[i]
	if !is.tableRead {
		is.tableRead = true
		is.table = f.readTable(i)
	}
	return is.table
}

// isCode reports whether an address is one of code.
func (f *finder) isCode(at uint64) bool {
	m, ok := procfs.MappingAt(f.Maps, at)
	return ok && m.Protection[2] == 'x'
}
