package view

import "heapprof/internal/report/types"

// dropStack is a stack of a free, as the views of frees look at it.
type dropStack struct {
	drops []types.Type // the values that were being dropped, the outermost first; none where no drop freed
	place uint32       // the key of the frame that dropped the outermost or, where nothing was dropped, that freed
}

// outermost returns what was dropped; the zero value where nothing was.
func (d *dropStack) outermost() types.Type {
	if len(d.drops) == 0 {
		return types.Type{}
	}
	return d.drops[0]
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
