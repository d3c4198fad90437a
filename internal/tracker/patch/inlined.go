package patch

import (
	"slices"

	"heapprof/internal/tracker/patch/isa"
)

// An allocator's functions write to variables that nothing else has to do with: locks,
// free lists, counters. Where something else writes to them, the compiler has made one
// of the functions a part of it, and a hook does not meet what happens there. Code that only
// reads them, to print statistics, say, shows nothing of the kind.

// isInlined reports whether something besides the functions of an allocator, and those that
// only they call, writes to a variable to which one of the functions writes.
func (p *planner) isInlined(functions []*target) bool {
	inside := make(map[uint64]*isa.Body)
	for _, t := range functions {
		inside[t.entry] = t.body
	}
	for _, m := range p.methods {
		inside[m.Addr] = p.Body(m.Addr, m.Size)
	}
	state := make(map[uint64]bool)
	for _, b := range inside {
		p.EachWrite(b, func(variable uint64) {
			if p.IsWritable(variable) {
				state[variable] = true
			}
		})
	}
	if len(state) == 0 {
		return false
	}
	p.FindStarts()
	looked, writers := make(map[uint64]bool), make(map[uint64]bool)
	for _, s := range p.Segments {
		p.Machine.FindReferences(s.Data, s.Addr, state, func(from uint64) {
			entry := p.StartOf(from)
			if entry == 0 || looked[entry] || inside[entry] != nil {
				return
			}
			looked[entry] = true
			b := p.Body(entry, 0)
			p.EachWrite(b, func(variable uint64) {
				if state[variable] {
					writers[entry] = true
				}
			})
		})
	}
	// A function that only the allocator's call is a part of it.
	callers := p.CallersOf(writers)
	for again := true; again; {
		again = false
		for entry := range writers {
			isInside := func(caller uint64) bool { return caller == entry || inside[caller] != nil }
			if len(callers[entry]) > 0 && !slices.ContainsFunc(callers[entry], func(c uint64) bool { return !isInside(c) }) {
				inside[entry] = p.Body(entry, 0)
				delete(writers, entry)
				again = true
			}
		}
	}
	return len(writers) > 0
}
