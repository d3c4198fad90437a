package holding

import (
	"cmp"
	"iter"
	"maps"
	"math/bits"
	"slices"
	"sync"

	"heapprof/internal/profile"
)

const (
	// maxWork is how many blocks and pointers are gone through, at most, for what owners reach, and again for what
	// sets of blocks do: some seconds. At least one batch of 64 sets is looked at.
	maxWork = 150_000_000
	// maxWalked is the same for what single blocks reach, of all points and types together.
	maxWalked = 10_000_000
	maxLooked = 1000 // blocks of a point or a type that are picked for that

	// Of small heaps all sets are looked at whatever they are, in some hundredths of a second. Of others not much more is
	// done than the rest of a snapshot takes: all that there is is gone through so often.
	leastWork, workOften     = 5_000_000, 8
	leastWalked, walkedOften = 1_000_000, 1
)

// budget returns how many blocks and pointers are gone through at most, where there are so many.
func budget(all, least, often, most int) int { return min(least+often*all, most) }

// set is the blocks of some groups.
type set struct {
	groups []uint32
	live   profile.Amount
	ofType bool // not of a point or a group
	later  int  // 1: of a group of a point that has others, and is not lost

	retained profile.Amount
	measured bool // deep is known
	deep     profile.Amount
}

// findSets returns sets of blocks: first those of all groups, then those of points and types that have more than one.
func (h *heap) findSets() (list []*set, points map[int]*set, types map[string]*set) {
	points, types = map[int]*set{}, map[string]*set{}
	ofPoints, ofTypes := map[int][]uint32{}, map[string][]uint32{}
	for i, g := range h.groups {
		list = append(list, &set{groups: []uint32{uint32(i)}, live: g.Live})
		if g.Owner != profile.UnreachedOwner {
			list[i].later = 1
		}
		ofPoints[g.Point] = append(ofPoints[g.Point], uint32(i))
		if name := cmp.Or(h.in.Types[g.Point].Name, g.Class); name != "" {
			ofTypes[name] = append(ofTypes[name], uint32(i))
		}
	}
	known := func(groups []uint32) *set {
		if len(groups) == 1 {
			list[groups[0]].later = 0
			return list[groups[0]]
		}
		s := &set{groups: groups}
		for _, g := range groups {
			s.live.Add(h.groups[g].Live)
		}
		list = append(list, s)
		return s
	}
	for _, point := range slices.Sorted(maps.Keys(ofPoints)) {
		points[point] = known(ofPoints[point])
	}
	for _, name := range slices.Sorted(maps.Keys(ofTypes)) {
		groups := ofTypes[name]
		if of := points[h.groups[groups[0]].Point]; len(of.groups) == len(groups) {
			types[name] = of
		} else {
			types[name] = known(groups)
			types[name].ofType = len(groups) > 1
		}
	}
	return list, points, types
}

// findRetained finds what sets retain that have no block in common.
func (h *heap) findRetained(list []*set) {
	if len(list) == 0 {
		return
	}
	number := make([]int32, len(h.groups))
	for i := range number {
		number[i] = -1
	}
	for i, s := range list {
		for _, group := range s.groups {
			number[group] = int32(i)
		}
	}
	of := make([]int32, len(h.group))
	for block, group := range h.group {
		of[block] = number[group]
	}
	retained, _ := h.graph.RetainedBy(of, len(list))
	for i, s := range list {
		s.retained = profile.Amount(retained[i])
	}
}

// measure finds what sets lead to: first of points, of types and of what is lost, those with the most bytes.
func (h *heap) measure(list []*set, s *sets, batches int) {
	order := slices.Clone(list)
	slices.SortStableFunc(order, func(a, b *set) int {
		return cmp.Or(cmp.Compare(a.later, b.later), cmp.Compare(b.live.Bytes, a.live.Bytes), cmp.Compare(b.live.Blocks, a.live.Blocks))
	})
	of := make([]uint64, len(h.groups))
	for batch := range slices.Chunk(order[:min(len(order), 64*batches)], 64) {
		clear(of)
		for bit, set := range batch {
			for _, group := range set.groups {
				of[group] |= 1 << bit
			}
		}
		deep := s.reached(func(add func(block int, bits uint64)) {
			for block, group := range h.group {
				add(block, of[group])
			}
		})
		for bit, set := range batch {
			set.measured, set.deep = true, deep[bit]
		}
	}
}

// findSizes finds what owners lead to, what groups retain, and the deep sizes.
func (h *heap) findSizes() []profile.DeepSizes {
	pointers := 0
	for i := range h.in.Blocks {
		pointers += len(h.graph.Targets(i))
	}
	all := max(len(h.in.Blocks)+pointers, 1)
	s := newSets(h.graph, h.in.Blocks)
	w := h.newWalker(s)
	h.findReaches(w, s, all)
	h.findShares(s)
	return h.findDeep(w, s, max(budget(all, leastWork, workOften, maxWork)/all, 1), budget(all, leastWalked, walkedOften, maxWalked))
}

// findDeep finds what groups retain, and how large the blocks of points and of types are with what they hold. For single blocks
// it goes through so many blocks and pointers at most.
func (h *heap) findDeep(w *walker, s *sets, batches, walked int) (deep []profile.DeepSizes) {
	list, points, types := h.findSets()
	rest := list[len(h.groups):]
	ofPoints := slices.IndexFunc(rest, func(s *set) bool { return s.ofType })
	if ofPoints < 0 {
		ofPoints = len(rest)
	}
	var beside sync.WaitGroup
	retained := func() {
		h.findRetained(list[:len(h.groups)])
		h.findRetained(rest[:ofPoints])
		h.findRetained(rest[ofPoints:])
	}
	if h.in.Parallel == 1 {
		retained()
	} else {
		beside.Go(retained)
	}
	h.measure(list, s, batches)
	beside.Wait()
	for i := range h.groups {
		h.groups[i].Retained = list[i].retained
	}
	blocks := h.byGroup()
	left := len(points) + len(types)
	row := func(point int, name string, set *set) {
		most := walked / left
		left--
		if !set.measured {
			return
		}
		d := profile.DeepSizes{Point: point, Type: name, Live: set.live, Retained: set.retained, Deep: set.deep}
		walked -= h.spread(&d, w, blocks(set.groups), most)
		deep = append(deep, d)
	}
	for _, point := range slices.Sorted(maps.Keys(points)) {
		row(point, "", points[point])
	}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		row(-1, name, types[name])
	}
	return deep
}

// byGroup returns a function that returns the blocks of groups, group by group.
func (h *heap) byGroup() func(groups []uint32) []uint32 {
	ends := make([]int, len(h.groups))
	at := 0
	for i, g := range h.groups {
		ends[i] = at
		at += int(g.Live.Blocks)
	}
	list := make([]uint32, len(h.group))
	for block, group := range h.group {
		list[ends[group]] = uint32(block)
		ends[group]++
	}
	return func(groups []uint32) (of []uint32) {
		for _, g := range groups {
			of = append(of, list[ends[g]-int(h.groups[g].Live.Blocks):ends[g]]...)
		}
		return of
	}
}

// spread finds the sizes of single blocks, and returns how many blocks and pointers it went through for that: not many
// more than most.
func (h *heap) spread(d *profile.DeepSizes, w *walker, blocks []uint32, most int) (work int) {
	sizes := make([]uint64, len(blocks))
	largest := 0
	for i, b := range blocks {
		if sizes[i] = h.retained(int(b)).Bytes; sizes[i] > sizes[largest] {
			largest = i
		}
	}
	// The block that retains most is looked at in any case, so that none reaches less than it.
	blocks[0], blocks[largest] = blocks[largest], blocks[0]
	d.EachRetained = spreadOf(sizes)
	if len(blocks) == 1 {
		d.EachDeep, d.Looked = profile.Spread{Smallest: d.Deep.Bytes, Median: d.Deep.Bytes, Largest: d.Deep.Bytes}, 1
		return 0
	}
	sizes = sizes[:0]
	for i := range picks(len(blocks), maxLooked) {
		all, n, ok := w.one(int(blocks[i]), max(most-work, 0))
		if work += n; !ok {
			break
		}
		sizes = append(sizes, all.Bytes)
	}
	d.EachDeep, d.Looked = spreadOf(sizes), uint64(len(sizes))
	return work
}

// spreadOf returns the smallest, the median and the largest of numbers, which it sorts.
func spreadOf(n []uint64) profile.Spread {
	if len(n) == 0 {
		return profile.Spread{}
	}
	slices.Sort(n)
	return profile.Spread{Smallest: n[0], Median: n[(len(n)-1)/2], Largest: n[len(n)-1]}
}

// picks yields indices of n, at most so many, in such an order that those up to each are spread evenly.
func picks(n, most int) iter.Seq[int] {
	return func(yield func(int) bool) {
		count := min(n, most)
		width := bits.Len(uint(max(count-1, 0)))
		for i := range 1 << width {
			at := int(bits.Reverse64(uint64(i)) >> (64 - width))
			if at < count && !yield(at*n/count) {
				return
			}
		}
	}
}
