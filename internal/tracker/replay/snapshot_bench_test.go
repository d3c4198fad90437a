//go:build linux && (amd64 || arm64)

package replay

import (
	"fmt"
	"testing"

	"heapprof/internal/tracker/heap"
)

// stateOf returns a state of so many live blocks from so many stacks, and the stamp of the
// last.
func stateOf(blocks, stacks int) (*State, uint64) {
	s := NewState()
	var thread heap.Thread
	for i := range blocks {
		stack := s.Tree.Child(RootWhole, MakePlace(0x1000+uint64(i%stacks)*16, 0))
		s.Heap.Alloc(&thread, 0x10000+uint64(i)*64, 48, uint64(i), s.Site(stack))
	}
	return s, uint64(blocks)
}

// BenchmarkSnapshot takes snapshots of states of various sizes: the reader of the rings
// does nothing else meanwhile.
func BenchmarkSnapshot(b *testing.B) {
	for _, blocks := range []int{1000, 100_000, 1_000_000, 10_000_000} {
		b.Run(fmt.Sprintf("blocks=%d", blocks), func(b *testing.B) {
			s, stamp := stateOf(blocks, 10_000)
			for b.Loop() {
				s.Snapshot(stamp)
			}
		})
	}
}
func BenchmarkClone(b *testing.B) {
	for _, blocks := range []int{1000, 100_000, 1_000_000, 10_000_000} {
		b.Run(fmt.Sprintf("blocks=%d", blocks), func(b *testing.B) {
			s, stamp := stateOf(blocks, 10_000)
			for b.Loop() {
				s.Clone(stamp)
			}
		})
	}
}
