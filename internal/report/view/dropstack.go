package view

import "heapprof/internal/report/types"

// dropStack is a stack of a free, as the views of frees look at it.
type dropStack struct {
	drops []types.Type // the values that were being dropped, the outermost first; none where no drop freed
	place uint32       // the key of the frame that dropped the outermost or, where nothing was dropped, that freed
}

// Drop is what freed blocks.
type Drop struct {
	// Type is that of the value that was dropped or, where there was none, of the blocks. It is
	// the zero Type where that is not known.
	types.Type
	None bool // the blocks were freed, and no value was dropped
}

// outermost returns what was dropped when blocks of a type were freed.
func (d *dropStack) outermost(of types.Type) Drop {
	if len(d.drops) == 0 {
		return Drop{of, true}
	}
	return Drop{Type: d.drops[0]}
}

// dropsOf looks at a stack of a free. placeOf has the key of each frame as a place.
func (s *side) dropsOf(known *types.Table, stack, placeOf []uint32) dropStack {
	d := dropStack{place: noKey}
	var outside int
	d.drops, outside = known.Drops(stack)
	if at := s.site(stack[outside:]); at >= 0 {
		d.place = placeOf[stack[outside+at]]
	}
	return d
}
