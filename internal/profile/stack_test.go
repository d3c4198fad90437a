package profile

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestStacksAreWhatTheyWereMadeOf holds packed stacks of each width to the lists that they were made of: their frames, and their order.
func TestStacksAreWhatTheyWereMadeOf(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var arena StackArena
	var lists [][]uint32
	var stacks []Stack
	for range 400 {
		list := make([]uint32, r.IntN(5))
		for i := range list {
			list[i] = uint32(r.IntN(3)) << (8 * r.IntN(4)) // often alike, and of 1 to 4 bytes
		}
		lists, stacks = append(lists, list), append(stacks, arena.Add(list))
	}
	for i, s := range stacks {
		if !slices.Equal(s.Frames(), lists[i]) || s != StackOf(lists[i]...) {
			t.Fatalf("the stack of %v has %v", lists[i], s.Frames())
		}
		if got := s.AppendTo([]uint32{7}); !slices.Equal(got[1:], lists[i]) || got[0] != 7 {
			t.Fatalf("%v appended to 7 is %v", lists[i], got)
		}
		for j, other := range stacks {
			if got, want := s.Compare(other), slices.Compare(lists[i], lists[j]); got != want {
				t.Fatalf("%v and %v compare as %d, want %d", lists[i], lists[j], got, want)
			}
		}
	}
}
