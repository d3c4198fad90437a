package sizeclass

import (
	"math/bits"
	"slices"
)

const (
	tcmallocPage    = 8 << 10
	tcmallocLargest = 256 << 10 // of a class
)

// tcmalloc: the least class that is as large; above the largest, whole pages (gperftools'
// common.cc, SizeMap::Init).
func tcmalloc(size uint64) uint64 {
	if size > tcmallocLargest {
		return roundUp(size, tcmallocPage)
	}
	i, _ := slices.BinarySearch(tcmallocClasses, max(size, 1))
	return tcmallocClasses[i]
}

// tcmallocClasses are the sizes of tcmalloc's classes, ascending.
var tcmallocClasses = makeTcmallocClasses()

// makeTcmallocClasses makes them as tcmalloc does when it starts. Two sizes of which as many blocks
// fit into as many pages are one class.
func makeTcmallocClasses() (classes []uint64) {
	var pages []uint64 // of a span of the class
	for size := uint64(8); size <= tcmallocLargest; size += tcmallocAlignment(size) {
		span := uint64(0)
		for first := true; first || span/size < tcmallocBatch(size)/4; first = false {
			span += tcmallocPage
			for span%size > span/8 { // an eighth may be wasted
				span += tcmallocPage
			}
		}
		if last := len(classes) - 1; last >= 0 && span == pages[last] && span/size == pages[last]/classes[last] {
			classes[last] = size
			continue
		}
		classes, pages = append(classes, size), append(pages, span)
	}
	return classes
}

// tcmallocAlignment returns by how much the next size is larger that may be a class.
func tcmallocAlignment(size uint64) uint64 {
	switch {
	case size >= 128:
		return min(uint64(1)<<(bits.Len64(size)-1)/8, tcmallocPage)
	case size >= 16:
		return 16
	}
	return 8
}

// tcmallocBatch returns how many blocks move between a thread's cache and the central list at once.
func tcmallocBatch(size uint64) uint64 { return min(max(64<<10/size, 2), 32) }
