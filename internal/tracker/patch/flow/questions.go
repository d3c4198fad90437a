package flow

import (
	"slices"

	"heapprof/internal/tracker/patch/isa"
)

// leaves returns where a function is left that has no more effect than most. It is false
// of one that has, or does what cannot be followed.
func (a Analysis) Leaves(b *isa.Body, most isa.Effect) ([]Leaving, bool) {
	f := a.Follow(b, most)
	for f.Next() {
	}
	return f.Leavings(), !f.Lost && !f.ByTable
}

// waysOn returns all jumps by which a function ends, if it does nothing before but
// compute where to go on, and with what. A function of which that is not plain has none.
func (a Analysis) WaysOn(b *isa.Body) []Leaving {
	f := a.Follow(b, isa.Computes)
	for f.Next() {
	}
	if f.Lost || f.ByTable || f.Loops {
		return nil
	}
	return f.Leavings()
}

// callsFirst returns what a function plainly calls or jumps to first, having done nothing
// but use its stack and move its arguments about. Of these it may have replaced one by a
// constant at times, as C++'s operators do with a size of 0.
func (a Analysis) CallsFirst(b *isa.Body) (Leaving, bool) {
	for f := a.Follow(b, isa.UsesStack); f.Next() && f.Last.Goes != isa.Branches; {
		if f.Last.Goes == isa.GoesOn {
			continue
		}
		for _, l := range f.Leavings() {
			for n, v := range l.Arguments {
				if v.Kind == isa.ArgumentOrConstant {
					l.Arguments[n].Kind = isa.Argument
				}
			}
			return l, true
		}
	}
	return Leaving{}, false
}

// takes reports whether a function reads an argument, or passes it on to one that does. Of
// what cannot be followed nothing is known.
func (a Analysis) Takes(b *isa.Body, n uint8) bool {
	const most = 32 // functions
	entries := []uint64{b.Entry}
	for i := 0; i < len(entries); i++ {
		if i > 0 {
			a.FindStarts()
			b = a.Body(entries[i], 0)
		}
		f := a.Follow(b, isa.DoesMore)
		for f.Next() {
			if f.reads.Has(n) {
				return true
			}
		}
		for _, l := range f.Leavings() {
			v := l.Arguments[n]
			if v.Kind != isa.Argument && v.Kind != isa.ArgumentOrConstant || v.Number != uint64(n) || len(entries) == most {
				continue
			}
			if next, _ := a.GoesTo(l.To); a.CodeAt(next) != nil && !slices.Contains(entries, next) {
				entries = append(entries, next)
			}
		}
	}
	return false
}
