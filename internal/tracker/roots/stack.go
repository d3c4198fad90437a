package roots

import (
	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/tracker/graph"
)

// redZone is how far below the stack pointer a function may have variables.
const redZone = 128

// addThreads adds the stacks and the registers of all threads.
func (f *finder) addThreads() {
	for i := range f.Threads {
		t := &f.Threads[i]
		m, ok := procfs.MappingAt(f.Maps, t.Registers.SP)
		if !ok {
			continue
		}
		stack := Range{m.Start, m.End}
		owner := f.own(Owner{Kind: profile.FrameOwner, Module: -1, Thread: i, Mapped: -1, Range: stack})
		f.claimed.without(Range{max(stack.Start, t.Registers.SP-redZone), stack.End}, func(r Range) { f.root(owner, graph.Loose, r) })
		f.claimed.add(stack)
		f.Roots = append(f.Roots, graph.Root{Owner: owner, Stratum: graph.Loose, Words: t.Registers.General[:]})
	}
}
