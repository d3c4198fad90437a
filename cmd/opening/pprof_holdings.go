package opening

import (
	"cmp"
	"slices"

	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/held"
	"heapprof/internal/report/pprof"
	"heapprof/internal/report/view"
)

// mostPaths is how many paths pprof's labels tell apart: those of the most bytes. Each is a string of the file.
const mostPaths = 1000

// PprofHoldings returns who held the blocks at the snapshot that is shown unless another is asked for, and through what, for pprof's labels;
// nothing where the profile has none.
func PprofHoldings(s *view.Source) (all []pprof.Holding) {
	if len(Snapshots(s.Profile)) == 0 {
		return nil
	}
	o := held.New(s, s.Profile.PeakSnapshotIndex())
	for _, g := range o.Groups {
		owner := ""
		switch {
		case g.Owner == profile.SharedOwner:
			owner = "(" + wording.SharedWords + ")"
		case g.Owner == profile.UnreachedOwner:
			owner = "(lost)"
		default:
			owner = wording.OwnerLine(&o.Snapshot.Owners[g.Owner])
		}
		all = append(all, pprof.Holding{Point: g.Point, Owner: owner, Bytes: g.Live.Bytes, Blocks: g.Live.Blocks})
	}
	if !o.LeaksOnly {
		addPaths(all, held.NewPaths(o))
	}
	return all
}

// addPaths says of each group of a snapshot how it is reached: of the largest by as many paths as there may be, and of the others that it is by
// another one.
func addPaths(to []pprof.Holding, paths *held.Paths) {
	order := make([]int, len(to))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(to[b].Bytes, to[a].Bytes) })
	known := map[string]bool{}
	for n, i := range order {
		if len(known) == mostPaths {
			for _, i := range order[n:] {
				to[i].Path = wording.OtherPaths
			}
			return
		}
		to[i].Path = wording.NoPath
		if path, ok := paths.To(i); ok {
			to[i].Path = wording.PathLine(&path)
			known[to[i].Path] = true
		}
	}
}
