package patch

import "slices"

// leaves returns where a function is left that has no more effect than most. It is false
// of one that has, or does what cannot be followed.
func (a analysis) leaves(b *body, most effect) ([]leaving, bool) {
	f := a.follow(b, most)
	for f.next() {
	}
	return f.leavings(), !f.lost && !f.byTable
}

// waysOn returns all jumps by which a function ends, if it does nothing before but
// compute where to go on, and with what. A function of which that is not plain has none.
func (a analysis) waysOn(b *body) []leaving {
	f := a.follow(b, computes)
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
func (a analysis) callsFirst(b *body) (leaving, bool) {
	for f := a.follow(b, usesStack); f.next() && f.last.goes != branches; {
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
func (a analysis) takes(b *body, n uint8) bool {
	const most = 32 // functions
	entries := []uint64{b.entry}
	for i := 0; i < len(entries); i++ {
		if i > 0 {
			a.findStarts()
			b = a.body(entries[i], 0)
		}
		f := a.follow(b, doesMore)
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
			if next, _ := a.goesTo(l.to); a.codeAt(next) != nil && !slices.Contains(entries, next) {
				entries = append(entries, next)
			}
		}
	}
	return false
}
