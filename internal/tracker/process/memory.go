//go:build linux && (amd64 || arm64)

package process

import (
	"cmp"
	"slices"
	"strings"

	"heapprof/internal/procfs"
)

// NotHeap is how much of a process's resident anonymous memory is known to be no heap, in
// bytes.
type NotHeap struct {
	Total  uint64 // all anonymous memory that was resident
	Static uint64 // data of the modules that was written, and of other files that are mapped private
	Stack  uint64 // the main stack
}

// Addresses is the range of addresses from Start up to End.
type Addresses struct{ Start, End uint64 }

// ReadNotHeap asks the kernel for the anonymous memory of a process, which takes the kernel
// a few milliseconds a gigabyte. modules are the addresses of the program and its libraries.
func ReadNotHeap(p procfs.Process, modules []Addresses) (NotHeap, error) {
	slices.SortFunc(modules, func(a, b Addresses) int { return cmp.Compare(a.Start, b.Start) })
	survey, err := p.Survey(nil)
	if err != nil {
		return NotHeap{}, err
	}
	defer survey.Close()
	var use NotHeap
	for _, m := range survey.Parts {
		use.add(m.Mapping, m.Anonymous, modules)
	}
	return use, nil
}

// add counts a mapping with so many bytes of anonymous memory. Zeroed variables are in
// mappings of no file that lie in a module, or begin in one and go on behind it.
func (use *NotHeap) add(m procfs.Mapping, bytes uint64, modules []Addresses) {
	use.Total += bytes
	switch {
	case m.Path == "[stack]":
		use.Stack += bytes
	case strings.HasPrefix(m.Path, "/"):
		use.Static += bytes
	case m.Path == "" || m.Path == "[heap]": // which may begin with a program's variables
		use.Static += min(bytes, overlap(modules, Addresses{m.Start, m.End}))
	}
}

// overlap returns how many bytes of a are in the ranges, which are in ascending order.
func overlap(ranges []Addresses, a Addresses) uint64 {
	i, _ := slices.BinarySearchFunc(ranges, a.Start, func(r Addresses, at uint64) int { return cmp.Compare(r.End, at) })
	var sum uint64
	for ; i < len(ranges) && ranges[i].Start < a.End; i++ {
		// A library that was unloaded may overlap with one that came after it.
		if start, end := max(a.Start, ranges[i].Start), min(a.End, ranges[i].End); start < end {
			sum += end - start
		}
	}
	return sum
}
