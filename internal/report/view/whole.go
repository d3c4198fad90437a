package view

import (
	"cmp"
	"slices"
	"strings"

	"heapprof/internal/report/types"
)

// TypeSum is what of a whole profile is of one type.
type TypeSum struct {
	Type types.Type // zero: no type is known
	Sum  uint64     // of the view's metric
}

// typeSums adds up a profile by type, those with the most first; none where no type is known.
func (s *side) typeSums(m Metric) []TypeSum {
	sums := make([]uint64, len(s.keys.types))
	for i := range s.Profile.Points {
		sums[s.types[i]] += m.Value(&s.Profile.Points[i])
	}
	if len(sums) == 1 {
		return nil
	}
	var all []TypeSum
	for id, sum := range sums {
		if sum > 0 {
			all = append(all, TypeSum{s.keys.types[id], sum})
		}
	}
	slices.SortFunc(all, func(a, b TypeSum) int {
		return cmp.Or(cmp.Compare(b.Sum, a.Sum), strings.Compare(a.Type.Name, b.Type.Name))
	})
	return all
}

// typed returns how much of a whole profile has a type that is known.
func (s *side) typed(m Metric) uint64 {
	var sum uint64
	for i := range s.Profile.Points {
		if s.types[i] != noType {
			sum += m.Value(&s.Profile.Points[i])
		}
	}
	return sum
}

// OwnCode is what of a whole profile was allocated by the program's own code, or by what that
// called.
type OwnCode struct {
	Sum    uint64   // of the view's metric
	Crates []string // whose frames they are, those of the most first, with versions where these are known
}

// ownCode adds up what has a frame of the program's own code.
func (s *side) ownCode(m Metric) *OwnCode {
	own := &OwnCode{}
	crates := map[string]uint64{}
	for i := range s.Profile.Points {
		pt := &s.Profile.Points[i]
		if at := slices.IndexFunc(pt.Frames, func(f uint32) bool { return s.Frames.Frame(f).Own }); at >= 0 {
			own.Sum += m.Value(pt)
			if crate := s.Frames.Frame(pt.Frames[at]).Crate.String(); crate != "" {
				crates[crate] += m.Value(pt)
			}
		}
	}
	for crate := range crates {
		own.Crates = append(own.Crates, crate)
	}
	slices.SortFunc(own.Crates, func(a, b string) int {
		return cmp.Or(cmp.Compare(crates[b], crates[a]), strings.Compare(a, b))
	})
	return own
}
