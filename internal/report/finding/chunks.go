package finding

import (
	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
)

// AtRow finds what a row's blocks are: an arena's chunks or a pool's pages, from which
// others allocate what the profile does not see.
func AtRow(r *view.Row, u human.Units) (Finding, bool) {
	if r.Chunks == nil {
		return Finding{}, false
	}
	return Finding{Code: Code(r.Chunks.Noun), Site: r.Site, Evidence: Evidence{Chunks: r.Chunks, Units: u}}, true
}
