//go:build linux && (amd64 || arm64)

package attach

import (
	"math/rand/v2"

	"heapprof/internal/procfs"
)

// room returns an address from which on so many bytes are free in a process, in the middle of the largest hole between its mappings: what
// grows from either side does not get there soon. 0: there is none.
func room(maps []procfs.Mapping, bytes uint64) uint64 {
	const lowest, highest = 1 << 20, 1 << 46 // not so high as the last that there is: some keep bits there
	var from, to uint64
	at := uint64(lowest)
	hole := func(end uint64) {
		if end = min(end, highest); end > at && end-at > to-from {
			from, to = at, end
		}
	}
	for _, m := range maps {
		hole(m.Start)
		at = max(at, m.End)
	}
	hole(highest)
	const align = 64 << 10
	if to-from < 2*bytes {
		return 0
	}
	// Two that look at one process at once do not take the same place, mostly.
	middle := from + (to-from-bytes)/2
	spread := min((to-from-bytes)/8, 1<<40)
	return (middle + rand.Uint64N(spread/align+1)*align) &^ (align - 1)
}
