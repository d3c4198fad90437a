package patch

import (
	"debug/elf"
	"slices"
)

// An allocator's functions write to variables that nothing else has to do with: locks,
// free lists, counters. Where something else writes to them, the compiler has made one
// of the functions a part of that, and a hook does not meet what happens there. What only
// reads them, to print statistics, say, means nothing.

// isInlined says whether something that is no function of an allocator does what those
// do: writes to a variable that one of them writes to.
func (p *planner) isInlined(functions []*target) bool {
	inside := make(map[uint64]*body)
	for _, t := range functions {
		inside[t.entry] = t.body
	}
	for _, m := range p.methods {
		inside[m.addr] = p.body(m.addr, m.size)
	}
	state := make(map[uint64]bool)
	for _, b := range inside {
		p.machine.writes(b.code[:b.size], b.entry, func(_, variable uint64) {
			if p.isWritable(variable) {
				state[variable] = true
			}
		})
	}
	if len(state) == 0 {
		return false
	}
	p.findStarts()
	writers := make(map[uint64]bool)
	for _, s := range p.segments {
		p.machine.refers(s.data, s.addr, state, func(from uint64) {
			i, _ := slices.BinarySearch(p.starts, from+1)
			if i == 0 || inside[p.starts[i-1]] != nil {
				return
			}
			b := p.body(p.starts[i-1], 0)
			p.machine.writes(b.code[:b.size], b.entry, func(at, variable uint64) {
				if at <= from && state[variable] {
					writers[b.entry] = true
				}
			})
		})
	}
	// What only those functions call is a part of theirs.
	for again := true; again; {
		again = false
		for entry := range writers {
			if p.isCalledOnlyBy(inside, entry) {
				inside[entry] = p.body(entry, 0)
				delete(writers, entry)
				again = true
			}
		}
	}
	return len(writers) > 0
}

func (m *module) isCalledOnlyBy(inside map[uint64]*body, entry uint64) bool {
	called, elsewhere := false, false
	for _, s := range m.segments {
		m.machine.branches(s.data, s.addr, entry, entry+1, func(from, _ uint64, _ bool) {
			i, _ := slices.BinarySearch(m.starts, from+1)
			called = true
			elsewhere = elsewhere || i == 0 || m.starts[i-1] != entry && inside[m.starts[i-1]] == nil && !m.withinInstruction(from)
		})
	}
	return called && !elsewhere
}

// isWritable says whether an address is that of a variable.
func (m *module) isWritable(addr uint64) bool {
	return slices.ContainsFunc(m.elf.Progs, func(s *elf.Prog) bool {
		return s.Type == elf.PT_LOAD && s.Flags&elf.PF_W != 0 && addr >= s.Vaddr && addr-s.Vaddr < s.Memsz
	})
}
