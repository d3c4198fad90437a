package view

import (
	"cmp"
	"maps"
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

	// Rest is the package that the most of what has no such function was begun by, as by a thread
	// of its own: the outermost that is no executor and the like. RestSum is how much of the metric
	// that is. They are zero where no package is known.
	Rest    string
	RestSum uint64
}

// ownCode adds up what has a frame of the program's own code.
func (s *side) ownCode(m Metric) *OwnCode {
	own := &OwnCode{}
	var buffer []uint32
	crates, rest := map[string]uint64{}, map[string]uint64{}
	for i := range s.Profile.Points {
		pt := &s.Profile.Points[i]
		stack := pt.Stack.Into(&buffer)
		if at := slices.IndexFunc(stack, func(f uint32) bool { return s.Frames.Frame(f).Own }); at >= 0 {
			own.Sum += m.Value(pt)
			if crate := s.Frames.Frame(stack[at]).Crate.String(); crate != "" {
				crates[crate] += m.Value(pt)
			}
		} else if crate := s.beginsIn(stack); crate != "" {
			rest[crate] += m.Value(pt)
		}
	}
	own.Crates = mostFirst(crates)
	if all := mostFirst(rest); len(all) > 0 {
		own.Rest, own.RestSum = all[0], rest[all[0]]
	}
	return own
}

// beginsIn returns the crate of the outermost frame of a stack that is of a package and does not
// call what others give it; "" where there is none.
func (s *side) beginsIn(stack []uint32) string {
	for _, i := range slices.Backward(stack) {
		if f := s.Frames.Frame(i); isPackage(f) && maySite(f) && !f.IsMachinery() {
			return f.Crate.Name
		}
	}
	return ""
}

// mostFirst returns the names of sums, those of the most first.
func mostFirst(sums map[string]uint64) []string {
	return slices.SortedFunc(maps.Keys(sums), func(a, b string) int {
		return cmp.Or(cmp.Compare(sums[b], sums[a]), strings.Compare(a, b))
	})
}
