//go:build linux && (amd64 || arm64)

package patcher

import (
	"cmp"
	"os"
	"slices"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/wire"
)

// bias returns the load bias of the file where it is mapped, which is added to the file's own
// addresses. It reports false if the first segment is not mapped as the loader would: the
// loader maps segments in their order.
func (l layout) bias(f procfs.File) (uint64, bool) {
	page := uint64(os.Getpagesize())
	return f.Start() - l.addr&^(page-1), l.loaded && l.at&^(page-1) == f.Parts[0].Offset
}

// withCode returns all mappings of the process, with the one that the hooks' code will be.
func withCode(all []procfs.Mapping, c *hookCode) []procfs.Mapping {
	i, _ := slices.BinarySearchFunc(all, c.at, func(m procfs.Mapping, at uint64) int { return cmp.Compare(m.Start, at) })
	return slices.Insert(slices.Clone(all), i, procfs.Mapping{Start: c.at, End: c.at + mappedBytes(len(c.bytes))})
}

// roomNear returns the nearest place for size bytes in which nothing is mapped and from
// which everything between lo and end is less than reach away, and reports whether there is
// one.
func roomNear(all []procfs.Mapping, lo, end, size, reach uint64) (uint64, bool) {
	// The process maps its plan before the hooks' code, and the kernel places that at the
	// upper end of a gap: so much is left free there where possible.
	const planRoom = 1 << 20
	if at, ok := gapNear(all, lo, end, size, planRoom, reach); ok {
		return at, true
	}
	return gapNear(all, lo, end, size, 0, reach)
}

// gapNear does the work of roomNear for a place spare bytes below the upper end of a gap.
func gapNear(all []procfs.Mapping, lo, end, size, spare, reach uint64) (uint64, bool) {
	const step = wire.Page
	size = (size + step - 1) &^ (step - 1)
	at, found, nearest := uint64(0), false, reach
	consider := func(place uint64) {
		distance := max(end, place+size) - min(lo, place)
		if distance < nearest {
			at, found, nearest = place, true, distance
		}
	}
	before := uint64(step) // the kernel lets nobody map the first pages (mmap_min_addr)
	for i, m := range all {
		if from, to := (before+step-1)&^(step-1), m.Start&^(step-1); from < to && to-from >= size+spare {
			// A gap is used from its upper end on: at its lower one there may be the end
			// of what brk has, which is to grow. But above it may be a stack, which grows
			// down.
			if m.Path != "[stack]" {
				consider(to - spare - size)
			} else if i > 0 && all[i-1].Path != "[heap]" {
				consider(from)
			}
		}
		before = m.End
	}
	return at, found
}
