//go:build linux && (amd64 || arm64)

package replay

import (
	"slices"
	"testing"
)

func TestStacksKeepTheirNumbersWhenTheTableGrows(t *testing.T) {
	s := NewCallTree()
	var ids []StackID
	parent := RootWhole
	for i := range 20000 {
		if i%10 == 0 {
			parent = RootWhole
		}
		parent = s.Child(parent, MakePlace(uint64(i)*16, uint16(i%3)))
		ids = append(ids, parent)
	}
	parent = RootWhole
	for i := range 20000 {
		if i%10 == 0 {
			parent = RootWhole
		}
		parent = s.Child(parent, MakePlace(uint64(i)*16, uint16(i%3)))
		if parent != ids[i] {
			t.Fatalf("frame %d is stack %d, was %d", i, parent, ids[i])
		}
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 20000 {
		t.Error("different stacks share a number")
	}
}
