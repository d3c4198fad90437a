package patch

import (
	"cmp"
	"slices"
)

// leaves returns where a function is left that has no more effect than most. It is false
// of one that has, or does what cannot be followed.
func (m *module) leaves(b *body, most effect) ([]leaving, bool) {
	f := m.flow(b, most)
	for f.next() {
	}
	return f.leavings(), !f.lost && !f.byTable
}

// waysOn returns all jumps by which a function ends, if it does nothing before but
// compute where to go on, and with what. A function of which that is not plain has none.
func (m *module) waysOn(b *body) []leaving {
	f := m.flow(b, computes)
	for f.next() {
	}
	if f.lost || f.byTable || f.loops {
		return nil
	}
	return f.leavings()
}

// callsFirst returns what a function plainly calls or jumps to first, having done nothing
// but use its stack and move its arguments about. Of these it may have replaced one by a
// constant at times, as C++'s operators do with a size of 0.
func (m *module) callsFirst(b *body) (leaving, bool) {
	for f := m.flow(b, usesStack); f.next() && f.last.goes != branches; {
		if f.last.goes == on {
			continue
		}
		for _, l := range f.leavings() {
			for n, v := range l.arguments {
				if v.kind == nearly {
					l.arguments[n].kind = argument
				}
			}
			return l, true
		}
	}
	return leaving{}, false
}

// takes says whether a function reads an argument, or passes it on to one that does. Of
// what cannot be followed nothing is known.
func (m *module) takes(b *body, n uint8) bool {
	const most = 32 // functions
	entries := []uint64{b.entry}
	for i := 0; i < len(entries); i++ {
		if i > 0 {
			m.findStarts()
			b = m.body(entries[i], 0)
		}
		f := m.flow(b, doesMore)
		for f.next() {
			if f.reads.has(n) {
				return true
			}
		}
		for _, l := range f.leavings() {
			v := l.arguments[n]
			if v.kind != argument && v.kind != nearly || v.number != uint64(n) || len(entries) == most {
				continue
			}
			if next, _ := m.goesTo(l.to); m.codeAt(next) != nil && !slices.Contains(entries, next) {
				entries = append(entries, next)
			}
		}
	}
	return false
}

// isPassedOnAs says whether a call that means c goes on as one that means to: a block
// has the same address and size to both.
func isPassedOnAs(c, to Call, l *leaving) bool {
	holds := func(n uint8) value { return l.arguments[n] }
	same := func(a, b uint8) bool {
		return a == b && a == 0 || a != 0 && b != 0 && holds(b) == value{argument, uint64(a)}
	}
	// What is multiplied, but for 1.
	factors := func(c Call, holds func(n uint8) value) (all []value) {
		for _, n := range []uint8{c.Size, c.Count} {
			if n != 0 {
				all = append(all, holds(n))
			}
		}
		all = slices.DeleteFunc(all, func(v value) bool { return v == value{constant, 1} })
		slices.SortFunc(all, func(a, b value) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.number, b.number)) })
		return all
	}
	own := factors(c, func(n uint8) value { return value{argument, uint64(n)} })
	return c.Action == to.Action && same(c.Pointer, to.Pointer) && same(c.Out, to.Out) && slices.Equal(own, factors(to, holds))
}
