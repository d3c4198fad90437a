package held

import (
	"container/heap"
	"math"
	"slices"

	"heapprof/internal/profile"
)

// ways knows on which ways the groups of a snapshot are reached from owners.
type ways struct {
	*Of
	into  [][]int   // of each group: the references with the last steps of shortest ways to its blocks, without those from itself
	last  []int     // of each group: the reference by which the most common way to it comes; -1: there is none
	lost  [][]int   // of each lost group: the references from other lost ones
	parts []float64 // of each group: which part of it is reached by that way, as far as that can be told

	within []bool   // of each group: whether its blocks point to others of them
	things []*Thing // of each group, as far as they were asked for
}

// newWays finds the most common way to each group: of those whose parts at each step, multiplied, are the largest.
func newWays(o *Of) *ways {
	n := len(o.Groups)
	w := &ways{Of: o, into: make([][]int, n), lost: make([][]int, n), last: make([]int, n), parts: make([]float64, n), within: make([]bool, n), things: make([]*Thing, n)}
	totals := make([]uint64, n)
	out := make([][]int, n)
	var queue wayQueue
	for i, r := range o.References {
		w.within[r.To] = w.within[r.To] || r.From == r.To
		if r.From >= 0 && r.From != r.To && o.Groups[r.From].Owner == profile.UnreachedOwner {
			w.lost[r.To] = append(w.lost[r.To], i)
		}
		if r.Blocks == 0 || r.From == r.To || r.From < 0 && r.Owner < 0 {
			continue
		}
		w.into[r.To] = append(w.into[r.To], i)
		totals[r.To] += r.Blocks
		if r.From >= 0 {
			out[r.From] = append(out[r.From], i)
		}
	}
	part := func(r *profile.Reference) float64 { return float64(r.Blocks) / float64(totals[r.To]) }
	for i := range o.References {
		if r := &o.References[i]; r.From < 0 && r.Owner >= 0 && r.Blocks > 0 {
			queue = append(queue, step{i, part(r)})
		}
	}
	heap.Init(&queue)
	for i := range w.last {
		w.last[i] = -1
	}
	for len(queue) > 0 {
		s := heap.Pop(&queue).(step)
		to := o.References[s.reference].To
		if w.last[to] >= 0 {
			continue
		}
		w.last[to], w.parts[to] = s.reference, s.part
		for _, i := range out[to] {
			if r := &o.References[i]; w.last[r.To] < 0 {
				heap.Push(&queue, step{i, s.part * part(r)})
			}
		}
	}
	return w
}

// step is a reference that a way may take next, and which part of the group there is reached by it.
type step struct {
	reference int
	part      float64
}

// wayQueue has the most common step first; of equal ones that of the earliest reference.
type wayQueue []step

func (q wayQueue) Len() int { return len(q) }
func (q wayQueue) Less(i, j int) bool {
	return q[i].part > q[j].part || q[i].part == q[j].part && q[i].reference < q[j].reference
}
func (q wayQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *wayQueue) Push(s any)   { *q = append(*q, s.(step)) }
func (q *wayQueue) Pop() any {
	last := len(*q) - 1
	s := (*q)[last]
	*q = (*q)[:last]
	return s
}

// way returns the groups on the most common way that ends with the reference, from the owner's first one on, and the owner. ok is false for
// one that comes back to the group where it ends.
func (w *ways) way(reference int) (groups []int, owner int, ok bool) {
	end := w.References[reference].To
	groups = []int{end}
	for {
		r := &w.References[reference]
		if r.From < 0 {
			slices.Reverse(groups)
			return groups, r.Owner, true
		}
		if r.From == end || w.last[r.From] < 0 {
			return nil, 0, false
		}
		groups = append(groups, r.From)
		reference = w.last[r.From]
	}
}

// Way is how the blocks of a group are reached from an owner.
type Way struct {
	Owner *profile.Owner // nil: it is the lost blocks alone that point to lost ones
	Steps []Step
	// Blocks is how many blocks are reached on it, or how many pointers lost blocks have. It is exact if they all are, and none of those on
	// the way is reached on another one.
	Blocks float64
	Exact  bool
}

// Step is one of the things on a way.
type Step struct {
	Thing
	Chained bool // most of its blocks are reached through others of them, as in a list
}

// route is a way to a group as the groups on it, of which that one is the last.
type route struct {
	groups []int
	owner  int
	blocks float64 // as Way.Blocks
	whole  float64 // how many blocks are reached on all of it, as far as the share of each step tells
	exact  bool
}

// routes returns the ways to a group, by each reference one.
func (w *ways) routes(group int) (all []route) {
	sum := 0.0
	for _, i := range w.into[group] {
		groups, owner, ok := w.way(i)
		if !ok {
			continue
		}
		part := 1.0
		if len(groups) > 1 {
			part = w.parts[groups[len(groups)-2]]
		}
		blocks := float64(w.References[i].Blocks)
		all, sum = append(all, route{groups, owner, blocks, blocks * part, part == 1}), sum+blocks
	}
	// The others are reached from blocks of their own group, or through such.
	live := float64(w.Groups[group].Live.Blocks)
	for i := range all {
		all[i].exact = all[i].exact && (len(all) == 1 || sum == live)
		all[i].blocks *= live / math.Max(sum, 1)
		all[i].whole *= live / math.Max(sum, 1)
	}
	return all
}

// to returns the ways to a group, by each reference one.
func (w *ways) to(group int) (all []Way) {
	for _, r := range w.routes(group) {
		all = append(all, Way{Owner: &w.Snapshot.Owners[r.owner], Steps: w.steps(r.groups), Blocks: r.blocks, Exact: r.exact})
	}
	return all
}

// thing returns what the blocks of a group are.
func (w *ways) thing(group int) *Thing {
	if w.things[group] == nil {
		t := w.Thing(w.Groups[group].Point, w.Groups[group].Class)
		w.things[group] = &t
	}
	return w.things[group]
}

// steps returns what the groups of a way are. Those that cannot be told apart are one step.
func (w *ways) steps(groups []int) (steps []Step) {
	for _, g := range groups {
		s := Step{Thing: *w.thing(g), Chained: w.chained(g)}
		if n := len(steps); n > 0 && steps[n-1].same(s.Thing) {
			steps[n-1].Chained = true
			continue
		}
		steps = append(steps, s)
	}
	return steps
}

// chained reports whether most of a group's blocks are reached through others of them.
func (w *ways) chained(group int) bool {
	others := uint64(0)
	for _, i := range w.into[group] {
		others += w.References[i].Blocks
	}
	return others > 0 && 2*others < w.Groups[group].Live.Blocks
}

// lostTo returns which lost blocks of other groups point to those of a lost group.
func (w *ways) lostTo(group int) (all []Way) {
	for _, i := range w.lost[group] {
		all = append(all, Way{Steps: w.steps([]int{w.References[i].From}), Blocks: float64(w.References[i].Pointers)})
	}
	return all
}
