package isa

import (
	"cmp"
	"slices"
)

// Range is the addresses from Lo up to Hi, Hi excluded.
type Range struct{ Lo, Hi uint64 }

// Targets are the addresses to which branches are searched for: a few ranges, anywhere in a
// file. What a search looks at is mostly no branch to them, which a table of bits shows at
// once.
type Targets struct {
	ranges []Range // by address, apart from each other
	blocks [1 << blockBits / 64]uint64
}

// A bit of Targets.blocks stands for the blocks of addresses that have the lower bits of
// their number in common.
const (
	blockBytes = MaxOverwritten
	blockBits  = 12
)

// NewTargets returns the addresses in any of the ranges.
func NewTargets(ranges ...Range) *Targets {
	t := new(Targets)
	slices.SortFunc(ranges, func(a, b Range) int { return cmp.Compare(a.Lo, b.Lo) })
	for _, r := range ranges {
		switch n := len(t.ranges); {
		case r.Hi <= r.Lo:
		case n > 0 && r.Lo <= t.ranges[n-1].Hi:
			t.ranges[n-1].Hi = max(t.ranges[n-1].Hi, r.Hi)
		default:
			t.ranges = append(t.ranges, r)
		}
	}
	for _, r := range t.ranges {
		first := r.Lo / blockBytes
		for n := range min((r.Hi-1)/blockBytes-first+1, 1<<blockBits) {
			word, bit := bitOf(first + n)
			t.blocks[word] |= bit
		}
	}
	return t
}

// EntriesIn returns the addresses that are the keys of a map.
func EntriesIn[V any](entries map[uint64]V) *Targets {
	var all []Range
	for entry := range entries {
		all = append(all, Range{entry, entry + 1})
	}
	return NewTargets(all...)
}

// bitOf returns where in Targets.blocks a block has its bit.
func bitOf(block uint64) (word int, bit uint64) {
	block %= 1 << blockBits
	return int(block / 64), 1 << (block % 64)
}

// Has reports whether addr is one of the addresses.
func (t *Targets) Has(addr uint64) bool { return t.mayHave(addr) && t.isIn(addr) }

// mayHave is false for most that are none of the addresses.
func (t *Targets) mayHave(addr uint64) bool {
	word, bit := bitOf(addr / blockBytes)
	return t.blocks[word]&bit != 0
}

func (t *Targets) isIn(addr uint64) bool {
	i, exact := slices.BinarySearchFunc(t.ranges, addr, func(r Range, addr uint64) int { return cmp.Compare(r.Lo, addr) })
	return exact || i > 0 && addr < t.ranges[i-1].Hi
}

// Without returns the addresses of t that are not in other; nil where there are none.
func (t *Targets) Without(other *Targets) *Targets {
	if other == nil {
		return t
	}
	var rest []Range
	for _, r := range t.ranges {
		for _, o := range other.ranges {
			if o.Lo >= r.Hi {
				break
			}
			if o.Hi > r.Lo {
				rest = append(rest, Range{r.Lo, o.Lo})
				r.Lo = min(max(r.Lo, o.Hi), r.Hi)
			}
		}
		rest = append(rest, r)
	}
	if t = NewTargets(slices.DeleteFunc(rest, func(r Range) bool { return r.Hi <= r.Lo })...); t.ranges == nil {
		return nil
	}
	return t
}

// With returns the addresses of both.
func (t *Targets) With(other *Targets) *Targets {
	if t == nil {
		return other
	}
	return NewTargets(slices.Concat(t.ranges, other.ranges)...)
}
