package report

import (
	"fmt"

	"heapprof/internal/dhat"
)

// Hidden is how much memory a process had at its peak that the profile does not
// explain.
type Hidden struct {
	Anonymous uint64 // the most anonymous memory that was seen resident, in bytes
	Explained uint64 // the most that was live in blocks
}

// HiddenHeap compares the anonymous memory of a profile's process with its blocks.
// ok says that so much more was there that a heap must be hidden: an allocator
// that was not wrapped, or memory from mmap that the program manages itself.
//
// Nothing is said of what has another explanation. An allocator may need three
// times what it is asked for, and a header and rounding for each block. The modules'
// writable data, the main stack, and for each thread a stack, an arena (of one
// huge page) and the tracker's own memory are anonymous, too. All of these are
// taken as large as they may be, and what is left must be worth a word.
func HiddenHeap(p *dhat.Profile) (h Hidden, ok bool) {
	if p.Extra == nil || p.Extra.AnonymousPeak == 0 {
		return Hidden{}, false
	}
	const (
		slack       = 3       // times the bytes
		perBlock    = 32      // header and rounding
		perThread   = 3 << 20 // huge page 2 MiB, tracker 0.3 MiB, stack
		mainStack   = 8 << 20 // the usual limit
		worthSaying = 16 << 20
	)
	totals := p.Totals()
	h = Hidden{Anonymous: p.Extra.AnonymousPeak, Explained: totals.PeakBytes}
	// In floating point, as a damaged file's numbers may be of any size.
	most := mainStack + perThread*float64(p.Extra.Threads) + float64(p.Extra.StaticBytes) +
		slack*float64(totals.PeakBytes) + perBlock*float64(totals.PeakBlocks)
	return h, float64(h.Anonymous)-most >= worthSaying
}

func (h Hidden) String() string {
	blocks := "blocks explain only " + Bytes(h.Explained)
	if h.Explained == 0 {
		blocks = "no blocks"
	}
	return fmt.Sprintf("%s of anonymous memory at its peak, but %s", Bytes(h.Anonymous), blocks)
}

// fact says it in a report.
func (h Hidden) fact() fact { return fact{"note", h.String()} }
