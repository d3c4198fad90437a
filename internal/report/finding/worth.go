package finding

// What a block and a byte cost a program at least, to tell whether there are enough of them to
// be worth a word; no cost is ever shown.
const (
	perBlock   = 40.0   // nanoseconds of a malloc and its free, as glibc's take with what they touch in the cache
	perCopied  = 0.1    // nanoseconds of a byte that is copied; from 0.02 in the cache to 0.6 into new pages
	leastTime  = 0.007  // of the run: between what a maintainer would leave (0.5 %) and what Redis mended (1 %)
	manyBlocks = 10_000 // fewer are over in half a millisecond
)

// areMany reports whether some blocks are enough to matter, however long the run was: a share
// of all blocks, and of the run's time by what blocks cost at least.
func (h *Heap) areMany(blocks uint64, leastShare float64) bool {
	return blocks >= manyBlocks && float64(blocks) >= leastShare*float64(h.Totals.TotalBlocks) &&
		h.takesTime(blocks, 0)
}

// takesTime reports whether some blocks and copied bytes cost a share of the run's time that a
// reader may care about.
func (h *Heap) takesTime(blocks, copied uint64) bool { return h.takes(blocks, copied) >= leastTime }

// takes returns which share of the run's time some blocks and copied bytes cost at least: of the
// time on processors where that is known, as the run takes longer on a busy machine.
func (h *Heap) takes(blocks, copied uint64) float64 {
	const perUnit = 1000 // nanoseconds; whoever records the facts measures in microseconds
	time := h.Profile.EndTime
	if r := h.Profile.Recording; r != nil && r.CPUTime > 0 {
		time = r.CPUTime
	}
	return (perBlock*float64(blocks) + perCopied*float64(copied)) / (perUnit * max(1, float64(time)))
}
