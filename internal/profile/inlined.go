package profile

// InferInlined guesses which frames were inlined, for a profile whose maker did not tell:
// those whose next frame outward is another frame of the same address. The calls of a
// recursion share their address as well, but there the same frame repeats.
func (p *Profile) InferInlined() {
	if !p.sharesAddresses() {
		return
	}
	p.inferInlinedOf(p.Points)
	if p.Recording != nil && p.Recording.Mappings != nil {
		p.inferInlinedOf(p.Recording.Mappings.Points)
	}
}

// inferInlinedOf marks the inlined frames in the stacks of the points.
func (p *Profile) inferInlinedOf(points []Point) {
	var frames []uint32
	for i := range points {
		frames = points[i].Stack.AppendTo(frames[:0])
		stack := frames
		for len(stack) > 0 {
			n := p.inlinedAt(stack)
			for _, f := range stack[:n-1] {
				p.Frames[f].Inlined = true
			}
			stack = stack[n:]
		}
	}
}

// sharesAddresses reports whether two frames of the table have the same address.
func (p *Profile) sharesAddresses() bool {
	seen := make(map[uint64]bool, len(p.Frames))
	for i := range p.Frames {
		if at := p.Frames[i].Addr; at != 0 {
			if seen[at] {
				return true
			}
			seen[at] = true
		}
	}
	return false
}

// inlinedAt returns how many of the stack's innermost frames have one address, and so are
// one function with what was inlined into it: at least 1.
func (p *Profile) inlinedAt(stack []uint32) int {
	at := p.Frames[stack[0]].Addr
	if at == 0 {
		return 1
	}
	const most = 1000 // more than any compiler inlines; a damaged file may hold anything
	n := 1
	for n < min(len(stack), most) && p.Frames[stack[n]].Addr == at {
		for _, f := range stack[:n] {
			if f == stack[n] {
				return n
			}
		}
		n++
	}
	return n
}
