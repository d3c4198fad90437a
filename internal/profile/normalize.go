package profile

import (
	"cmp"
	"math/bits"
	"slices"
)

// Normalize brings p into the one order that its content allows, so that equal profiles
// become equal files, and makes it fit to be written: points of the same stack become one,
// points are sorted by their frames, and the frame table holds Root and then each frame
// that is used, once and sorted. The modules stay as they are.
//
// Merging points sums their columns. That is exact except for the points' own maxima, which
// may have been at different moments: their sum is an upper bound of what was live at once,
// and their maximum would be a lower bound. The sum is kept, since a bound that is too low
// would hide memory, and Recording.MergedPoints, if there is a Recording, counts the points
// that went into such sums.
//
// Every index must lie in its table. Slices that p shares with other profiles
// are replaced, not written to. Normalize returns, for each point that there was, its index now.
func (p *Profile) Normalize() (numbers []int) {
	frames := len(p.Frames)
	renumber := p.normalizeFrames()
	points, numbers := normalizePoints(p.Points, renumber, frames)
	if r := p.Recording; r != nil {
		r.MergedPoints += uint64(len(p.Points) - len(points))
		if m := r.Mappings; m != nil {
			mapped, _ := normalizePoints(m.Points, renumber, frames)
			r.Mappings = &Mappings{m.PeakTime, mapped}
		}
		if r.Resident != nil {
			r.Resident = r.Resident.renumbered(numbers)
		}
		r.Snapshots = mapped(r.Snapshots, func(s Snapshot) Snapshot { return s.renumbered(numbers) })
		if r.Frees != nil {
			r.Frees = r.Frees.normalized(numbers, renumber, frames)
		}
		r.renumberRefused(renumber)
	}
	renumberPartners(points, numbers)
	p.Points = points
	return numbers
}

// normalizePoints returns the points sorted and merged, with frame i renumbered to
// renumber[i], and for each point where it is now. frames is how many frames there were.
func normalizePoints(points []Point, renumber []uint32, frames int) (merged []Point, numbers []int) {
	stacks := make([]Stack, len(points))
	var arena StackArena
	var scratch []uint32
	for i := range points {
		scratch = points[i].Stack.AppendTo(scratch[:0])
		for n, f := range scratch {
			scratch[n] = renumber[f]
		}
		stacks[i] = arena.Add(scratch)
	}
	order := sortStacks(stacks, frames)
	merged, numbers = make([]Point, 0, len(order)), make([]int, len(points))
	for _, key := range order {
		point := points[key.index]
		point.Stack = stacks[key.index]
		if last := len(merged) - 1; last >= 0 && merged[last].Stack == point.Stack {
			facts := merged[last].Rest().Facts.Plus(point.Rest().Facts)
			merged[last].Add(&point)
			if facts != nil {
				merged[last].Edit().Facts = facts
			}
		} else {
			merged = append(merged, point)
		}
		numbers[key.index] = len(merged) - 1
	}
	return merged, numbers
}

// sortKey stands for a stack while stacks are sorted: small to move, and most comparisons
// end with its prefix.
type sortKey struct {
	prefix uint64 // as many of the first frames as fit, the first at the top; 0 for one that is not there
	index  int32  // of the stack
}

// sortStacks returns keys for the stacks in the order of their frames, of which there are so many. Their numbers
// are from 1 on, for 0 is the root.
func sortStacks(stacks []Stack, frames int) []sortKey {
	const wordBits = 64
	frameBits := bits.Len(uint(frames))
	keys := make([]sortKey, len(stacks))
	for i := range stacks {
		keys[i].index = int32(i)
		room := wordBits
		for _, f := range stacks[i].All() {
			if room < frameBits {
				break
			}
			room -= frameBits
			keys[i].prefix |= uint64(f) << room
		}
	}
	slices.SortFunc(keys, func(a, b sortKey) int {
		if c := cmp.Compare(a.prefix, b.prefix); c != 0 {
			return c
		}
		return stacks[a.index].Compare(stacks[b.index])
	})
	return keys
}

// normalizeFrames sorts the frame table and removes frames that are not used or there
// twice. It returns the new index of each old frame.
func (p *Profile) normalizeFrames() (renumber []uint32) {
	const unused = ^uint32(0)
	renumber = make([]uint32, len(p.Frames))
	for i := range renumber {
		renumber[i] = unused
	}
	var used []uint32
	p.eachStack(func(stack []uint32) {
		for _, f := range stack {
			if renumber[f] == unused {
				renumber[f] = 0
				used = append(used, f)
			}
		}
	})
	order := make(map[*Module]int, len(p.Modules))
	for i, m := range p.Modules {
		order[m] = i
	}
	compare := func(a, b uint32) int { return p.Frames[a].compare(&p.Frames[b], order) }
	slices.SortFunc(used, compare)

	frames := append(make([]Frame, 0, len(used)+1), Root)
	for i, f := range used {
		if i == 0 || compare(used[i-1], f) != 0 {
			frames = append(frames, p.Frames[f])
		}
		renumber[f] = uint32(len(frames) - 1)
	}
	p.Frames = frames
	return renumber
}

// eachStack calls f with every stack of p: those of its points, of its mappings, of its
// frees and of what failed. Some may come more than once.
func (p *Profile) eachStack(f func(stack []uint32)) {
	var frames []uint32
	each := func(points []Point) {
		for i := range points {
			frames = points[i].Stack.AppendTo(frames[:0])
			f(frames)
		}
	}
	each(p.Points)
	r := p.Recording
	if r == nil {
		return
	}
	if r.Mappings != nil {
		each(r.Mappings.Points)
	}
	if r.Frees != nil {
		stacks, _, _ := r.Frees.Distinct()
		for _, stack := range stacks {
			f(stack)
		}
	}
	r.eachRefusedStack(f)
}
