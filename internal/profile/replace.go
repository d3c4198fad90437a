package profile

// ReplaceFrames puts, in every stack, the frames with[i] in the place of frame i, innermost first; frames that with lacks stay.
// All are indices into Frames. Slices that p shares with other profiles are replaced, not written to. Normalize brings what
// comes of it into order.
func (p *Profile) ReplaceFrames(with map[uint32][]uint32) {
	ofPoints := func(points []Point) []Point {
		all := make([]Point, len(points))
		var stacks StackArena
		var frames []uint32
		for i := range points {
			all[i] = points[i]
			frames = points[i].Stack.AppendTo(frames[:0])
			all[i].Stack = stacks.Add(withFrames(frames, with))
		}
		return all
	}
	p.Points = ofPoints(p.Points)
	if p.Recording == nil {
		return
	}
	r := *p.Recording
	if r.Mappings != nil {
		r.Mappings = &Mappings{r.Mappings.PeakTime, ofPoints(r.Mappings.Points)}
	}
	if r.Frees != nil {
		r.Frees = r.Frees.withFrames(with)
	}
	if r.Limit != nil && r.Limit.Crossed != nil {
		limit, crossed := *r.Limit, *r.Limit.Crossed
		crossed.Stack = withFrames(crossed.Stack, with)
		limit.Crossed, r.Limit = &crossed, &limit
	}
	r.Refusals = mapped(r.Refusals, func(one Refusal) Refusal {
		one.Stack = withFrames(one.Stack, with)
		return one
	})
	p.Recording = &r
}

// withFrames returns what ReplaceFrames makes of the stacks of frees.
func (f *Frees) withFrames(with map[uint32][]uint32) *Frees {
	stacks, ofStacks, ofWrong := f.Distinct()
	for i, stack := range stacks {
		stacks[i] = withFrames(stack, with)
	}
	n := &Frees{Stacks: make([]Freed, len(f.Stacks)), Wrong: make([]WrongFree, len(f.Wrong))}
	for i, freed := range f.Stacks {
		freed.Frames = stacks[ofStacks[i]]
		n.Stacks[i] = freed
	}
	for i, wrong := range f.Wrong {
		wrong.Frames = stacks[ofWrong[i]]
		n.Wrong[i] = wrong
	}
	return n
}

// withFrames returns a stack with frames in the place of others, or the stack itself where it has none of those.
func withFrames(stack []uint32, with map[uint32][]uint32) []uint32 {
	length, changes := 0, false
	for _, f := range stack {
		others, ok := with[f]
		if ok {
			length, changes = length+len(others), true
		} else {
			length++
		}
	}
	if !changes {
		return stack
	}
	all := make([]uint32, 0, length)
	for _, f := range stack {
		if others, ok := with[f]; ok {
			all = append(all, others...)
		} else {
			all = append(all, f)
		}
	}
	return all
}
