package holding

import (
	"cmp"
	"iter"
	"slices"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/graph"
)

// maxOwners is how many owners a snapshot tells apart. Where there are more, those that retain least are one that has
// no name: 100,000 variables that hold some bytes each tell nobody anything.
const maxOwners = 1000

// nobody is the place of an owner that holds nothing.
const nobody = -1

// holder is an owner of the snapshot, or will be one.
type holder struct {
	numbers  []int // of the owners in the graph that it stands for
	retained profile.Amount
}

func compareHolders(a, b holder) int {
	return cmp.Or(
		cmp.Compare(b.retained.Bytes, a.retained.Bytes), cmp.Compare(b.retained.Blocks, a.retained.Blocks), cmp.Compare(a.numbers[0], b.numbers[0]))
}

// findOwners finds the owners that hold anything, alone or with others, and puts them in order.
func (h *heap) findOwners() {
	var list []holder
	h.places = make([]int32, h.graph.Owners())
	for i := range h.places {
		h.places[i] = nobody
		for range h.graph.OwnerEntries(i) {
			list = append(list, holder{[]int{i}, profile.Amount(h.graph.OwnerRetained(i))})
			break
		}
	}
	slices.SortFunc(list, compareHolders)
	if len(list) > maxOwners+1 {
		var others holder
		for _, o := range list[maxOwners:] {
			others.numbers = append(others.numbers, o.numbers[0])
			others.retained.Add(o.retained)
		}
		list = append(list[:maxOwners], others)
		slices.SortFunc(list, compareHolders)
	}
	h.holders = list
	h.owners = make([]profile.Owner, len(list))
	for place, o := range list {
		owner := &h.owners[place]
		if *owner = (profile.Owner{Kind: profile.DataOwner}); len(o.numbers) == 1 {
			*owner = h.in.Owners[o.numbers[0]]
		}
		owner.Retained, owner.Reaches, owner.Shares, owner.Top = o.retained, profile.Amount{}, profile.Amount{}, nil
		for _, number := range o.numbers {
			h.places[number] = int32(place)
		}
	}
}

// maxReached is how many blocks and pointers are gone through for what each owner reaches by itself, at most. Most reach little, and
// what others do takes a 64th of all there are, together with that of 63 more.
const maxReached = 20_000

// findReaches finds what owners lead to. There are so many blocks and pointers.
func (h *heap) findReaches(w *walker, s *sets, all int) {
	batches, most := max(maxWork/all, 1), min(all/32, maxReached)
	var rest []int
	for place := range h.holders {
		reaches, _, ok := w.walk(h.pointersOf(place), most)
		if h.owners[place].Reaches = reaches; !ok {
			rest = append(rest, place)
		}
	}
	for rest := range slices.Chunk(rest[:min(len(rest), 64*batches)], 64) {
		amounts := s.reached(func(add func(block int, bits uint64)) {
			for bit, place := range rest {
				for block := range h.pointersOf(place) {
					add(block, 1<<bit)
				}
			}
		})
		for bit, place := range rest {
			h.owners[place].Reaches = amounts[bit]
		}
	}
	for place := range h.owners {
		o := &h.owners[place]
		o.Reaches.Bytes, o.Reaches.Blocks = max(o.Reaches.Bytes, o.Retained.Bytes), max(o.Reaches.Blocks, o.Retained.Blocks)
	}
}

// findShares finds which part owners have in what several of them hold: those that lead to most that they do not retain.
func (h *heap) findShares(s *sets) {
	if h.shared.Blocks == 0 {
		return
	}
	var order []int
	besides := func(place int) uint64 { return h.owners[place].Reaches.Bytes - h.owners[place].Retained.Bytes }
	for place := range h.owners {
		if besides(place) > 0 {
			order = append(order, place)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(besides(b), besides(a)) })
	order = order[:min(len(order), 64)]
	amounts := s.shared(h.isShared, func(add func(block int, bits uint64)) {
		for bit, place := range order {
			for _, number := range h.holders[place].numbers {
				for block := range h.graph.OwnerEntries(number) {
					add(block, 1<<bit)
				}
			}
		}
	})
	for bit, place := range order {
		h.owners[place].Shares = amounts[bit]
	}
}

// isShared reports whether several owners hold a block.
func (h *heap) isShared(block int) bool { return h.graph.Owner(block) == graph.Shared }

// pointersOf yields the blocks that an owner of the snapshot points to.
func (h *heap) pointersOf(place int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, number := range h.holders[place].numbers {
			for block := range h.graph.OwnerPointers(number) {
				if !yield(block) {
					return
				}
			}
		}
	}
}
