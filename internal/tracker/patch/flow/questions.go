package flow

import (
	"slices"

	"heapprof/internal/tracker/patch/isa"
)

// ExitsOf returns where a function is left whose instructions have no more effect than
// most. It is false of one that has more, or cannot be followed to all its ends.
func (a Analysis) ExitsOf(b *isa.Body, most isa.Effect) ([]Exit, bool) {
	w := a.Follow(b, most)
	for w.Next() {
	}
	return w.Exits(), !w.Lost && !w.LeavesByTable
}

// TailJumps returns all jumps by which a function ends, if it does nothing before but
// compute where to jump, and with which arguments. It is empty for any other function.
func (a Analysis) TailJumps(b *isa.Body) []Exit {
	w := a.Follow(b, isa.Computes)
	for w.Next() {
	}
	if w.Lost || w.LeavesByTable || w.Loops {
		return nil
	}
	return w.Exits()
}

// FirstCall returns what a function calls or jumps to before it branches, if it has only
// used its stack and moved its arguments before. It may have replaced an argument by a
// constant in some cases, as C++'s operators do with a size of 0: that counts as the
// argument.
func (a Analysis) FirstCall(b *isa.Body) (Exit, bool) {
	for w := a.Follow(b, isa.UsesStack); w.Next() && w.Last.Goes != isa.Branches; {
		if w.Last.Goes == isa.GoesOn {
			continue
		}
		for _, exit := range w.Exits() {
			for n, v := range exit.Arguments {
				if v.Kind == isa.ArgumentOrConstant {
					exit.Arguments[n].Kind = isa.Argument
				}
			}
			return exit, true
		}
	}
	return Exit{}, false
}

// UsesArgument reports whether a function reads an argument, or passes it on to one that
// does, as far as it can be followed.
func (a Analysis) UsesArgument(b *isa.Body, n uint8) bool {
	const most = 32 // functions
	entries := []uint64{b.Entry}
	for i := 0; i < len(entries); i++ {
		if i > 0 {
			a.FindStarts()
			b = a.Body(entries[i], 0)
		}
		w := a.Follow(b, isa.DoesMore)
		for w.Next() {
			if w.reads.Has(n) {
				return true
			}
		}
		for _, exit := range w.Exits() {
			v := exit.Arguments[n]
			if v.Kind != isa.Argument && v.Kind != isa.ArgumentOrConstant || v.Number != uint64(n) || len(entries) == most {
				continue
			}
			if next, _ := a.Destination(exit.To); a.CodeAt(next) != nil && !slices.Contains(entries, next) {
				entries = append(entries, next)
			}
		}
	}
	return false
}
