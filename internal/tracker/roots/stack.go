package roots

import (
	"debug/elf"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/graph"
	"heapprof/internal/tracker/roots/unwind"
)

// addThreads adds the thread-local storage, the stacks and the registers of all threads.
func (f *finder) addThreads() {
	f.storage = make([]storage, len(f.Threads))
	for i := range f.Threads {
		f.storage[i] = f.addThreadLocals(i)
	}
	for i := range f.Threads {
		f.addStack(i)
	}
}

// addStack adds the frames of a thread, and claims the mapping that its stack is in: what lies below the stack
// pointer is of functions that have returned.
func (f *finder) addStack(thread int) {
	sp := f.Threads[thread].Registers.SP
	m, _ := procfs.MappingAt(f.Maps, sp)
	s := stack{finder: f, thread: thread, low: max(m.Start, sp-f.redZone()), end: m.End}
	own := f.storage[thread]
	if m.Start <= own.start && own.start < m.End {
		s.end = max(own.start, s.low)
	}
	whole := s.add()
	switch {
	case !whole:
		s.claimedRoot(s.other(Range{s.low, s.end}), graph.Loose, Range{s.low, s.end})
	case m.Path != "[stack]": // there the program's arguments are
		s.claimedRoot(own.owner, graph.Firm, Range{s.low, s.end})
	}
	f.claimed.add(Range{m.Start, m.End})
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
	low    uint64 // what lies below it is done with
	end    uint64
}

// add adds all frames that are known, and the thread's registers, and reports whether it has come to the outermost
// frame.
func (s *stack) add() (whole bool) {
	r := &s.Threads[s.thread].Registers
	walker := unwind.Walker{Memory: s.Memory, Machine: s.machine, TableAt: s.tableAt, IsCode: s.isCode}
	var frames []unwind.Frame
	whole = walker.Walk(r.PC, r.General, s.end, func(frame *unwind.Frame) bool {
		frames = append(frames, *frame)
		return true
	})
	if n := len(frames); frames[n-1].CFA == 0 {
		frames = frames[:n-1]
	}
	if s.Threads[s.thread].ID == s.Own.Asker {
		frames = s.withoutOwn(frames)
	}
	for i := range frames {
		v := frameRoots{stack: s, frame: &frames[i], innermost: i == 0}
		v.add()
		s.low = max(s.low, v.frame.CFA)
	}
	if len(frames) == 0 {
		s.words(s.other(Range{}), graph.Loose, r.General[:])
	}
	return whole
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
