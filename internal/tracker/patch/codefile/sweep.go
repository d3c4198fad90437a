package codefile

import "heapprof/internal/object"

// branch is what could be a direct branch, or a call.
type branch struct {
	from, to uint64
	call     bool
}

// sweepPiece is how many bytes of code are searched at a time, on all processors: a browser
// has 200 MB, and waits meanwhile.
const sweepPiece = 4 << 20

// EachBranch calls visit with whatever in the file's code could be a direct branch or a call
// to an address from lo up to hi, hi excluded, in the order of the branches' addresses.
func (f *File) EachBranch(lo, hi uint64, visit func(from, to uint64, call bool)) {
	for _, s := range f.Segments {
		pieces := (len(s.Data) + sweepPiece - 1) / sweepPiece
		if pieces < 2 {
			f.Machine.FindBranches(s.Data, s.Addr, lo, hi, visit)
			continue
		}
		found := make([][]branch, pieces)
		object.InParallel(pieces, func(i int) { found[i] = f.branchesOfPiece(s.Data, s.Addr, i*sweepPiece, lo, hi) })
		for _, piece := range found {
			for _, b := range piece {
				visit(b.from, b.to, b.call)
			}
		}
	}
}

// branchesOfPiece returns the branches that begin in the piece at an offset of the code.
func (f *File) branchesOfPiece(code []byte, addr uint64, start int, lo, hi uint64) (found []branch) {
	const longest = 16 // bytes of an instruction; on arm64, of whole ones
	end := min(start+sweepPiece, len(code))
	from, to := max(start-longest, 0), min(end+longest, len(code))
	f.Machine.FindBranches(code[from:to], addr+uint64(from), lo, hi, func(from, to uint64, call bool) {
		if at := from - addr; at >= uint64(start) && at < uint64(end) {
			found = append(found, branch{from, to, call})
		}
	})
	return found
}
