package roots

import (
	"cmp"
	"slices"
)

// Range is addresses from Start up to End.
type Range struct{ Start, End uint64 }

// has reports whether an address is in the range.
func (r Range) has(at uint64) bool { return r.Start <= at && at < r.End }

// and returns what is in both ranges; nothing where Start is not below End.
func (r Range) and(o Range) Range { return Range{max(r.Start, o.Start), min(r.End, o.End)} }

// isEmpty reports whether no address is in the range.
func (r Range) isEmpty() bool { return r.Start >= r.End }

// words returns the aligned words that lie in the range whole.
func (r Range) words() Range { return Range{(r.Start + 7) &^ 7, r.End &^ 7} }

// ranges is a set of addresses: ranges in ascending order that neither overlap nor touch.
type ranges []Range

// find returns the index of the first range that ends behind an address.
func (s ranges) find(at uint64) int {
	i, _ := slices.BinarySearchFunc(s, at, func(r Range, at uint64) int { return cmp.Compare(r.End, at+1) })
	return i
}

// has reports whether an address is in the set.
func (s ranges) has(at uint64) bool {
	i := s.find(at)
	return i < len(s) && s[i].Start <= at
}

// add adds a range to the set.
func (s *ranges) add(r Range) {
	if r.isEmpty() {
		return
	}
	from := s.find(r.Start)
	if from > 0 && (*s)[from-1].End == r.Start {
		from--
	}
	to := from
	for to < len(*s) && (*s)[to].Start <= r.End {
		to++
	}
	if from < to {
		r = Range{min(r.Start, (*s)[from].Start), max(r.End, (*s)[to-1].End)}
	}
	*s = slices.Replace(*s, from, to, r)
}

// without calls f for what of a range is not in the set, in ascending order.
func (s ranges) without(r Range, f func(Range)) {
	for i := s.find(r.Start); i < len(s) && s[i].Start < r.End; i++ {
		if r.Start < s[i].Start {
			f(Range{r.Start, s[i].Start})
		}
		r.Start = max(r.Start, s[i].End)
	}
	if !r.isEmpty() {
		f(r)
	}
}
