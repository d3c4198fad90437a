//go:build linux && (amd64 || arm64)

package tracker

import (
	"heapprof/internal/profile"
	"heapprof/internal/tracker/naming"
)

// replacedNotes returns what is to be noted of points, those of the sites in their order, whose stacks lead through code that took the place of
// another function's. Where that are few bytes of all it is not worth a note.
func replacedNotes(points []profile.Point, sites []sitePoint, names *naming.Names) []profile.Note {
	const worthSaying = 20 // one in so many bytes
	var doubted, all, blocks uint64
	for _, s := range sites {
		if s.stack == 0 {
			continue // it has no point
		}
		p := &points[s.index]
		all += p.TotalBytes
		if names.IsDoubted(s.stack) {
			doubted += p.TotalBytes
			blocks += p.TotalBlocks
		}
	}
	if blocks == 0 || doubted < all/worthSaying {
		return nil
	}
	return []profile.Note{{Code: profile.MadeReplaced, Count: blocks}}
}
