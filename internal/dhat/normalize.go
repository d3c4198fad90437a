package dhat

import (
	"cmp"
	"slices"
)

// Normalize brings p into the one order that its content allows, so that equal
// profiles become equal files, and makes it fit to be written: points of the
// same frames become one, points are sorted by their frames, and the frame
// table holds "[root]" and then each frame that is used, once and sorted. Two
// frames are the same if their text is and, where Extra tells modules apart,
// their module.
//
// Merging sums the columns, which is exact for all but the own maxima: those of
// the merged points may have been at different moments, so that their sum is
// an upper bound of what the merged point held at once (the greatest of them
// would be a lower one). The sum is kept, since a bound that claims too little
// would hide memory, and Extra.MergedPoints, if there is an Extra, says how
// many points went into such sums.
//
// Every frame index must lie in the frame table. Slices that p shares with
// others are replaced, not written to.
func (p *Profile) Normalize() {
	renumber := p.normalizeFrames()
	total := 0
	for i := range p.Points {
		total += len(p.Points[i].Frames)
	}
	arena := make([]uint32, 0, total)
	points := slices.Clone(p.Points)
	for i := range points {
		start := len(arena)
		for _, f := range points[i].Frames {
			arena = append(arena, renumber[f])
		}
		points[i].Frames = arena[start:len(arena):len(arena)]
	}
	slices.SortFunc(points, func(a, b Point) int { return slices.Compare(a.Frames, b.Frames) })

	merged := points[:0]
	for i := range points {
		if last := len(merged) - 1; last >= 0 && slices.Equal(merged[last].Frames, points[i].Frames) {
			merged[last].Add(&points[i])
		} else {
			merged = append(merged, points[i])
		}
	}
	if p.Extra != nil {
		p.Extra.MergedPoints += uint64(len(points) - len(merged))
	}
	p.Points = merged
}

// normalizeFrames sorts the frame table and rids it of what is not used or
// there twice. It returns the new index of each old one.
func (p *Profile) normalizeFrames() (renumber []uint32) {
	const unused = ^uint32(0)
	renumber = make([]uint32, len(p.Frames))
	for i := range renumber {
		renumber[i] = unused
	}
	var used []uint32
	for i := range p.Points {
		for _, f := range p.Points[i].Frames {
			if renumber[f] == unused {
				renumber[f] = 0
				used = append(used, f)
			}
		}
	}
	var modules []int32
	if p.Extra != nil {
		modules = p.Extra.FrameModules
	}
	module := func(f uint32) int32 {
		if int(f) < len(modules) {
			return modules[f]
		}
		return -1
	}
	compare := func(a, b uint32) int {
		if c := cmp.Compare(p.Frames[a], p.Frames[b]); c != 0 {
			return c
		}
		return cmp.Compare(module(a), module(b))
	}
	slices.SortFunc(used, compare)

	frames := append(make([]string, 0, len(used)+1), rootFrame)
	frameModules := append(make([]int32, 0, len(used)+1), -1)
	for i, f := range used {
		if i == 0 || compare(used[i-1], f) != 0 {
			frames = append(frames, p.Frames[f])
			frameModules = append(frameModules, module(f))
		}
		renumber[f] = uint32(len(frames) - 1)
	}
	p.Frames = frames
	if len(modules) > 0 {
		p.Extra.FrameModules = frameModules
	}
	return renumber
}
