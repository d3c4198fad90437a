//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"slices"
	"strings"

	"heapprof/internal/procfs"
)

// noteAnonymous takes notice of how much anonymous memory the process has now. Where
// it is more than ever, and the blocks do not explain it, the kernel is asked what it
// is. That takes it milliseconds a gigabyte, so it is asked again only when there is
// a quarter more.
func (p *process) noteAnonymous(now uint64) {
	const worthALook = 8 << 20
	if now <= p.anonymous {
		return
	}
	p.anonymous = now
	if p.State == nil || now < p.Heap.LiveBytes()+worthALook || now < p.looked+p.looked/4 {
		return
	}
	p.looked = now
	var use anonymousUse
	modules := p.moduleRanges()
	err := p.proc.EachAnonymous(func(m procfs.Mapping, bytes uint64) { use.add(m, bytes, modules) })
	if err == nil { // else it has ended, or hides itself from us
		p.known = use
	}
}

// anonymousUse is how much of a process's anonymous memory is known to be no heap,
// in bytes.
type anonymousUse struct {
	static uint64 // data of the modules that was written, and of other files that are mapped private
	stack  uint64 // the main stack
}

// addresses are those from start up to end.
type addresses struct{ start, end uint64 }

// moduleRanges returns where the modules are, in ascending order.
func (p *process) moduleRanges() []addresses {
	ranges := make([]addresses, 0, len(p.Modules))
	for _, m := range p.Modules {
		ranges = append(ranges, addresses{m.Start, m.End})
	}
	slices.SortFunc(ranges, func(a, b addresses) int { return cmp.Compare(a.start, b.start) })
	return ranges
}

// add counts what of a mapping's anonymous memory is no heap. Zeroed variables are in
// mappings of no file, which lie in a module or begin there, and may go on behind it.
func (use *anonymousUse) add(m procfs.Mapping, bytes uint64, modules []addresses) {
	switch {
	case m.Path == "[stack]":
		use.stack += bytes
	case strings.HasPrefix(m.Path, "/"):
		use.static += bytes
	case m.Path == "" || m.Path == "[heap]": // which may begin with a program's variables
		use.static += min(bytes, overlap(modules, addresses{m.Start, m.End}))
	}
}

// overlap is how many bytes of a are in the ranges, which ascend.
func overlap(ranges []addresses, a addresses) uint64 {
	i, _ := slices.BinarySearchFunc(ranges, a.start, func(r addresses, at uint64) int { return cmp.Compare(r.end, at) })
	var sum uint64
	for ; i < len(ranges) && ranges[i].start < a.end; i++ {
		// A library that was unloaded may overlap with one that came after it.
		if start, end := max(a.start, ranges[i].start), min(a.end, ranges[i].end); start < end {
			sum += end - start
		}
	}
	return sum
}
