// Package span finds the address range around an address, among ranges that may be
// nested or overlap. It imports nothing of ours.
package span

import (
	"cmp"
	"slices"
	"sort"
)

// Span is the address range [Lo, Hi) of something that the caller knows by ID.
type Span struct {
	Lo, Hi uint64
	ID     int32
}

// Index finds spans by address.
type Index struct {
	spans []Span   // by Lo, then longest first
	reach []uint64 // the greatest Hi up to here
}

// NewIndex returns an index of the spans. It sorts the slice and keeps it. Spans without a
// byte are never found.
func NewIndex(spans []Span) Index {
	order := func(a, b Span) int { return cmp.Or(cmp.Compare(a.Lo, b.Lo), cmp.Compare(b.Hi, a.Hi)) }
	if !slices.IsSortedFunc(spans, order) { // as those of symbols are
		slices.SortStableFunc(spans, order)
	}
	x := Index{spans: spans, reach: make([]uint64, len(spans))}
	var reach uint64
	for i, s := range spans {
		reach = max(reach, s.Hi)
		x.reach[i] = reach
	}
	return x
}

// Find returns the ID of the shortest span around addr, which among nested spans is the
// innermost, and reports whether there is one.
func (x *Index) Find(addr uint64) (id int32, ok bool) {
	var length uint64
	for i := sort.Search(len(x.spans), func(i int) bool { return x.spans[i].Lo > addr }) - 1; i >= 0 && x.reach[i] > addr; i-- {
		s := x.spans[i]
		if addr < s.Hi && (!ok || s.Hi-s.Lo < length) {
			id, length, ok = s.ID, s.Hi-s.Lo, true
		}
	}
	return id, ok
}
