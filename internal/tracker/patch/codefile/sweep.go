package codefile

import (
	"cmp"
	"slices"

	"heapprof/internal/object"
	"heapprof/internal/tracker/patch/isa"
)

// branch is what could be a direct branch, or a call.
type branch struct {
	from, to uint64
	call     bool
}

// sweepPiece is how many bytes of code are searched at a time, on all processors: a browser
// has 200 MB, and waits meanwhile.
const sweepPiece = 1 << 20

// EachBranch calls visit with whatever in the file's code could be a direct branch or a call
// to one of the addresses, in the order of the branches' addresses. What was found is kept:
// the code is searched anew only for addresses that no search was for.
func (f *File) EachBranch(to *isa.Targets, visit func(from, to uint64, call bool)) {
	if rest := to.Without(f.swept); rest != nil {
		f.sweep(rest)
		f.swept = f.swept.With(rest)
	}
	for _, b := range f.branches {
		if to.Has(b.to) {
			visit(b.from, b.to, b.call)
		}
	}
}

// EachShortBranch calls visit with whatever could be a direct branch of short reach to one of the
// addresses of a range.
func (f *File) EachShortBranch(to isa.Range, visit func(from, to uint64)) {
	for _, s := range f.Segments {
		f.Machine.FindShortBranches(s.Data, s.Addr, to, visit)
	}
}

// sweep adds the branches to the addresses to those that are kept.
func (f *File) sweep(to *isa.Targets) {
	for _, s := range f.Segments {
		found := make([][]branch, (len(s.Data)+sweepPiece-1)/sweepPiece)
		object.InParallel(len(found), func(i int) { found[i] = f.branchesOfPiece(s.Data, s.Addr, i*sweepPiece, to) })
		f.branches = append(f.branches, slices.Concat(found...)...)
	}
	slices.SortStableFunc(f.branches, func(a, b branch) int { return cmp.Compare(a.from, b.from) })
}

// branchesOfPiece returns the branches that begin in the piece at an offset of the code.
func (f *File) branchesOfPiece(code []byte, addr uint64, start int, to *isa.Targets) (found []branch) {
	const longest = 16 // bytes of an instruction; on arm64, of whole ones
	end := min(start+sweepPiece, len(code))
	first, last := max(start-longest, 0), min(end+longest, len(code))
	f.Machine.FindBranches(code[first:last], addr+uint64(first), to, func(from, to uint64, call bool) {
		if at := from - addr; at >= uint64(start) && at < uint64(end) {
			found = append(found, branch{from, to, call})
		}
	})
	return found
}
