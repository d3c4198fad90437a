package patch

import (
	"cmp"
	"slices"

	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/patch/flow"
	"heapprof/internal/tracker/patch/isa"
)

// isPassedOnAs reports whether a call that means c is passed on at an exit as a call that
// means to: the block has the same address and size in both.
func isPassedOnAs(c, to allocator.Call, exit *flow.Exit) bool {
	holds := func(n uint8) isa.Value { return exit.Arguments[n] }
	same := func(a, b uint8) bool {
		return a == b && a == 0 || a != 0 && b != 0 && holds(b) == isa.Value{Kind: isa.Argument, Number: uint64(a)}
	}
	// The numbers whose product is the size, without those that are 1.
	factors := func(c allocator.Call, holds func(n uint8) isa.Value) (all []isa.Value) {
		for _, n := range []uint8{c.Size, c.Count} {
			if n != 0 {
				all = append(all, holds(n))
			}
		}
		all = slices.DeleteFunc(all, func(v isa.Value) bool { return v == isa.Value{Kind: isa.Constant, Number: 1} })
		slices.SortFunc(all, func(a, b isa.Value) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Number, b.Number)) })
		return all
	}
	own := factors(c, func(n uint8) isa.Value { return isa.Value{Kind: isa.Argument, Number: uint64(n)} })
	return c.Action == to.Action && same(c.Pointer, to.Pointer) && same(c.Out, to.Out) && slices.Equal(own, factors(to, holds))
}
