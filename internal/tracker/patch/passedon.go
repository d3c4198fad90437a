package patch

import (
	"cmp"
	"slices"
)

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
