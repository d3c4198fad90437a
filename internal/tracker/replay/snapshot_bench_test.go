//go:build linux && (amd64 || arm64)

package replay

import (
	"fmt"
	"testing"

	"heapprof/internal/tracker/heap"
)

// imageOf returns an image of so many live blocks from so many stacks, and the stamp of the
// last.
func imageOf(blocks, stacks int) (*Image, uint64) {
	i := NewImage(1, 0)
	var thread heap.Thread
	for n := range blocks {
		stack := i.Tree.Child(RootWhole, MakePlace(0x1000+uint64(n%stacks)*16, 0))
		i.Heap.Alloc(&thread, 0x10000+uint64(n)*64, 48, uint64(n), i.Site(stack))
	}
	return i, uint64(blocks)
}

// BenchmarkSnapshot takes snapshots of images of various sizes, in the two steps of
// Reader.Snapshot: what is copied while the rings are not read, and what is done beside; and looks, in which all is done
// while the rings are not read.
func BenchmarkSnapshot(b *testing.B) {
	for _, c := range []struct{ blocks, stacks int }{{1000, 1000}, {100_000, 10_000}, {1_000_000, 10_000}, {10_000_000, 10_000}, {5_000_000, 100_000}} {
		blocks := c.blocks
		i, stamp := imageOf(blocks, c.stacks)
		b.Run(fmt.Sprintf("blocks=%d/stacks=%d/copy", blocks, c.stacks), func(b *testing.B) {
			for b.Loop() {
				i.snapshot(stamp)
				i.Heap.Copy()
			}
		})
		b.Run(fmt.Sprintf("blocks=%d/stacks=%d/look", blocks, c.stacks), func(b *testing.B) {
			for b.Loop() {
				i.glance(stamp)
			}
		})
		b.Run(fmt.Sprintf("blocks=%d/stacks=%d/finish", blocks, c.stacks), func(b *testing.B) {
			for b.Loop() {
				i.Heap.Finish(stamp)
			}
		})
	}
}
