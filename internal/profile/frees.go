package profile

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Frees is where blocks were freed.
type Frees struct {
	// Stacks are what was freed, by where it had been allocated and where it was freed: one
	// for each pair of stacks. Blocks that live at the end, and those of points that nothing
	// was freed of, are in none.
	Stacks []Freed
	// Wrong are calls that were no proper free.
	Wrong []WrongFree
}

// Freed is what of the blocks of one point was freed through one call stack.
type Freed struct {
	Point  int      // index into Profile.Points: where the blocks had been allocated
	Frames []uint32 // the stack of the frees: indices into Profile.Frames, innermost first
	Bytes  uint64   // sizes of the blocks when they were freed
	Blocks uint64
}

// WrongFree is frees of one kind, through one call stack, that the program should not have made.
type WrongFree struct {
	Kind   WrongKind
	Point  int      // index into Profile.Points: where the blocks had been allocated; -1 where that is not known
	Frames []uint32 // the stack of the frees: indices into Profile.Frames, innermost first
	Blocks uint64
}

// WrongKind is what is wrong with a free.
type WrongKind string

// The kinds.
const (
	Mismatched WrongKind = "mismatched"  // by another family's function than the one that allocated: free of what new has made, say
	FreedTwice WrongKind = "freed-twice" // of a block that had been freed already, which the allocator accepted
	Foreign    WrongKind = "foreign"     // of a pointer that no allocator that was recorded had returned
)

// Distinct returns the different stacks of frees in the order in which they first come, and
// for each of Stacks and of Wrong the index of its own. Few stacks free the blocks of many
// points, so whoever looks at stacks looks at these.
func (f *Frees) Distinct() (stacks [][]uint32, ofStacks, ofWrong []int) {
	// Most share their slices, which are told apart without a look at the frames.
	type slice struct {
		first *uint32
		len   int
	}
	bySlice, byFrames := make(map[slice]int), make(map[string]int)
	var key []byte
	index := func(frames []uint32) int {
		var s slice
		if s.len = len(frames); s.len > 0 {
			s.first = &frames[0]
		}
		i, known := bySlice[s]
		if known {
			return i
		}
		key = key[:0]
		for _, frame := range frames {
			key = binary.LittleEndian.AppendUint32(key, frame)
		}
		if i, known = byFrames[string(key)]; !known {
			i = len(stacks)
			byFrames[string(key)], stacks = i, append(stacks, frames)
		}
		bySlice[s] = i
		return i
	}
	ofStacks, ofWrong = make([]int, len(f.Stacks)), make([]int, len(f.Wrong))
	for i := range f.Stacks {
		ofStacks[i] = index(f.Stacks[i].Frames)
	}
	for i := range f.Wrong {
		ofWrong[i] = index(f.Wrong[i].Frames)
	}
	return stacks, ofStacks, ofWrong
}

// normalized returns f sorted, and with what is equal merged. Point i becomes points[i], and
// frame i of so many frames renumber[i].
func (f *Frees) normalized(points []int, renumber []uint32, frames int) *Frees {
	stacks, ofStacks, ofWrong := f.Distinct()
	sorted, rank := sortedStacks(stacks, renumber, frames)

	order := make([]int, len(f.Stacks))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(points[f.Stacks[a].Point], points[f.Stacks[b].Point]), cmp.Compare(rank[ofStacks[a]], rank[ofStacks[b]]))
	})
	n := &Frees{Stacks: make([]Freed, 0, len(order)), Wrong: make([]WrongFree, 0, len(f.Wrong))}
	last := -1 // the rank of the last one's stack
	for _, i := range order {
		freed, r := f.Stacks[i], rank[ofStacks[i]]
		freed.Point, freed.Frames = points[freed.Point], sorted[r]
		if end := len(n.Stacks) - 1; end >= 0 && n.Stacks[end].Point == freed.Point && last == r {
			n.Stacks[end].Bytes += freed.Bytes
			n.Stacks[end].Blocks += freed.Blocks
		} else {
			n.Stacks = append(n.Stacks, freed)
		}
		last = r
	}

	wrong := make(map[wrongKey]uint64)
	for i, w := range f.Wrong {
		if w.Point >= 0 {
			w.Point = points[w.Point]
		}
		wrong[wrongKey{w.Kind, w.Point, rank[ofWrong[i]]}] += w.Blocks
	}
	for key, blocks := range wrong {
		n.Wrong = append(n.Wrong, WrongFree{Kind: key.kind, Point: key.point, Frames: sorted[key.rank], Blocks: blocks})
	}
	slices.SortFunc(n.Wrong, func(a, b WrongFree) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Point, b.Point), slices.Compare(a.Frames, b.Frames))
	})
	return n
}

// wrongKey is what wrong frees that are counted together share.
type wrongKey struct {
	kind  WrongKind
	point int
	rank  int // of the stack
}

// sortedStacks returns the stacks in the order of their frames, with frame i of so many frames
// renumbered to renumber[i], each once; and for each stack where it is now.
func sortedStacks(stacks [][]uint32, renumber []uint32, frames int) (sorted [][]uint32, rank []int) {
	rank = make([]int, len(stacks))
	packed := make([]Stack, len(stacks))
	for i, stack := range stacks {
		packed[i] = StackOf(renumbered(stack, renumber)...)
	}
	last := Stack{}
	for _, key := range sortStacks(packed, frames) {
		if stack := packed[key.index]; len(sorted) == 0 || stack != last {
			sorted, last = append(sorted, stack.Frames()), stack
		}
		rank[key.index] = len(sorted) - 1
	}
	return sorted, rank
}

// renumbered returns a copy of a stack with frame i renumbered to renumber[i].
func renumbered(stack, renumber []uint32) []uint32 {
	own := make([]uint32, len(stack))
	for i, frame := range stack {
		own[i] = renumber[frame]
	}
	return own
}

// addFrees adds the frees of another profile, whose points and frames have been added to p's
// from firstPoint and firstFrame on.
func (p *Profile) addFrees(q *Frees, firstPoint int, firstFrame uint32) {
	stacks, ofStacks, ofWrong := q.Distinct()
	own := make([][]uint32, len(stacks))
	for i, stack := range stacks {
		own[i] = moved(stack, firstFrame)
	}
	f := p.Recording.Frees
	if f == nil {
		f = new(Frees)
		p.Recording.Frees = f
	}
	for i, freed := range q.Stacks {
		freed.Point += firstPoint
		freed.Frames = own[ofStacks[i]]
		f.Stacks = append(f.Stacks, freed)
	}
	for i, wrong := range q.Wrong {
		if wrong.Point >= 0 {
			wrong.Point += firstPoint
		}
		wrong.Frames = own[ofWrong[i]]
		f.Wrong = append(f.Wrong, wrong)
	}
}
