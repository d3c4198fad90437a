package report

import (
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
)

// Hidden is how much memory a process had at its peak that the profile does not
// explain.
type Hidden struct {
	Anonymous uint64 // the most anonymous memory that was seen resident, in bytes
	Explained uint64 // the most that was live in blocks
}

// HiddenHeap compares the anonymous memory of a profile's process with its blocks.
// ok says that a quarter of it or more, and enough to be worth a word, is in no
// block: an allocator that was not wrapped has it, or the program mapped it itself,
// or its allocator keeps it free. Which of them is not known here.
//
// Nothing is said of what has another explanation. A block may need a header and
// rounding. The modules' writable data, the main stack, and for each thread a
// stack, the beginning of an arena and the tracker's own memory are anonymous, too.
// All of these are taken as large as they may be.
func HiddenHeap(p *profile.Profile) (h Hidden, ok bool) {
	if p.Recording == nil || p.Recording.AnonymousPeak == 0 {
		return Hidden{}, false
	}
	const (
		perBlock    = 32      // header and rounding
		perThread   = 1 << 20 // ten times what one took that allocated now and then
		mainStack   = 8 << 20 // the usual limit, where a profile does not tell
		worthSaying = 8 << 20
		share       = 0.25 // of the anonymous memory
	)
	stack := p.Recording.StackBytes
	if stack == 0 {
		stack = mainStack
	}
	totals := p.Totals()
	h = Hidden{Anonymous: p.Recording.AnonymousPeak, Explained: totals.PeakBytes}
	// In floating point, as a damaged file's numbers may be of any size.
	explained := float64(totals.PeakBytes) + perBlock*float64(totals.PeakBlocks) +
		float64(p.Recording.StaticBytes) + float64(stack) + perThread*float64(p.Recording.Threads)
	hidden := float64(h.Anonymous) - explained
	return h, hidden >= worthSaying && hidden >= share*float64(h.Anonymous)
}

func (h Hidden) String() string {
	blocks := "blocks explain only " + human.Bytes(h.Explained)
	if h.Explained == 0 {
		blocks = "no blocks"
	}
	return fmt.Sprintf("%s of anonymous memory at its peak, but %s", human.Bytes(h.Anonymous), blocks)
}

// fact says it in a report.
func (h Hidden) fact() fact { return fact{"note", h.String()} }
