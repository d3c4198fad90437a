//go:build linux && (amd64 || arm64)

package replay

import (
	"slices"
	"testing"
)

func TestPlacesAreHandedOverOnceAndTheParentsAreNotTheChilds(t *testing.T) {
	s := NewState(0)
	add := func(s *State, pc uint64) { s.Tree.Child(RootWhole, MakePlace(pc, 0)) }
	hand := func(s *State, takes bool) (handed []Place) {
		s.HandPlaces(func(list []Place) bool {
			handed = list
			return takes
		})
		return handed
	}
	want := func(what string, got []Place, pcs ...uint64) {
		t.Helper()
		var places []Place
		for _, pc := range pcs {
			places = append(places, MakePlace(pc, 0))
		}
		if !slices.Equal(got, places) {
			t.Errorf("%s: %x were handed over, want %x", what, got, places)
		}
	}
	add(s, 0x1000)
	add(s, 0x2000)
	want("that nobody takes", hand(s, false), 0x1000, 0x2000)
	want("that are taken then", hand(s, true), 0x1000, 0x2000)
	want("when there are no new ones", hand(s, true))
	child := s.Clone(1)
	add(s, 0x3000)
	add(child, 0x4000)
	want("new ones", hand(s, true), 0x3000)
	want("a child's", hand(child, true), 0x4000)
}
