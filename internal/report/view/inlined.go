package view

import "slices"

// leaveInlined takes from the stacks of a side the functions that are inlined into what the
// other side has no lines for: of a build without debug information nobody knows them, so that
// its sites are the functions that were compiled. The frames of both sides are matched.
func (s *side) leaveInlined(other *side) {
	compiled := other.lineless()
	inlined := func(f uint32) bool { return s.Frames.Frame(f).Inlined }
	p := *s.Profile
	p.Points = nil
	for i := range s.Profile.Points {
		stack := s.Profile.Points[i].Frames
		if !slices.ContainsFunc(stack, inlined) {
			continue
		}
		rest := make([]uint32, 0, len(stack))
		into := false // what was compiled without lines
		for _, f := range slices.Backward(stack) {
			if !inlined(f) {
				into = compiled[s.ids[f]]
			}
			if !inlined(f) || !into {
				rest = append(rest, f)
			}
		}
		if len(rest) == len(stack) {
			continue
		}
		if p.Points == nil {
			p.Points = slices.Clone(s.Profile.Points)
		}
		slices.Reverse(rest)
		p.Points[i].Frames = rest
	}
	if p.Points == nil {
		return
	}
	source := *s.Source
	source.Profile = &p
	s.Source = &source
}

// lineless returns which keys have functions that were compiled and of which no line is known.
// The same function may have lines elsewhere, as in a library that was built by somebody else.
func (s *side) lineless() []bool {
	lineless := make([]bool, len(s.keys.frames))
	for i, key := range s.ids {
		if f := s.Frames.Frame(uint32(i)); !f.Inlined && f.Function != "" && f.File == "" {
			lineless[key] = true
		}
	}
	return lineless
}
