//go:build linux && (amd64 || arm64)

package process

import (
	"cmp"
	"slices"
	"strings"

	"heapprof/internal/procfs"
)

// NotHeap is how much of a process's anonymous memory in RAM is known to be no heap, in
// bytes.
type NotHeap struct {
	Of     uint64 // how much there was of it in all
	Static uint64 // data of the modules that was written, and of other files that are mapped private
	Stack  uint64 // the main stack
}

// Addresses are those from Start up to End.
type Addresses struct{ Start, End uint64 }

// ReadNotHeap asks the kernel, which takes milliseconds a gigabyte for it. modules are where
// the program and its libraries lie.
func ReadNotHeap(p procfs.Process, modules []Addresses) (NotHeap, error) {
	slices.SortFunc(modules, func(a, b Addresses) int { return cmp.Compare(a.Start, b.Start) })
	var use NotHeap
	err := p.EachAnonymous(func(m procfs.Mapping, bytes uint64) { use.add(m, bytes, modules) })
	return use, err
}

// add counts what of a mapping's anonymous memory is no heap. Zeroed variables are in
// mappings of no file, which lie in a module or begin there, and may go on behind it.
func (use *NotHeap) add(m procfs.Mapping, bytes uint64, modules []Addresses) {
	use.Of += bytes
	switch {
	case m.Path == "[stack]":
		use.Stack += bytes
	case strings.HasPrefix(m.Path, "/"):
		use.Static += bytes
	case m.Path == "" || m.Path == "[heap]": // which may begin with a program's variables
		use.Static += min(bytes, overlap(modules, Addresses{m.Start, m.End}))
	}
}

// overlap is how many bytes of a are in the ranges, which ascend.
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
