package finding

import "math"

// Grows is the code of a site whose live bytes rise to the end, with next to nothing freed.
const Grows Code = "grows"

// Growing is what a finding that a site grows rests on.
type Growing struct {
	Rising    int     `json:"rising-windows"` // of Windows those in which live bytes rose
	Windows   int     `json:"windows"`        // of equal length, after the first part of the run, in which the program allocated
	From      float64 `json:"from-share"`     // of the run: where the first of them begins
	Until     float64 `json:"until-share"`    // of the run: where the last of them ends, which is before all is freed at exit
	PerSecond float64 `json:"bytes-per-second"`
	Freed     uint64  `json:"freed-blocks"`
	Blocks    uint64  `json:"blocks"`

	// Why it is not taken for a program that gathers its data and ends.
	AllFreed float64 `json:"all-freed-share"`       // of all blocks of the program those that were freed
	Rate     float64 `json:"all-blocks-per-second"` // that the program allocated
	Signal   int     `json:"signal"`                // that ended the program; 0: none
}

// grows finds a site that holds more at each look, as evenly as a program works that does the
// same again and again, and of which next to nothing is freed.
//
// A program that gathers all of its data and ends looks the same. It is taken for one unless it
// did the same again and again, as one does that frees most of its blocks and keeps as much of each
// block that it allocates; or waited for something, as one does that allocates little in a second; or
// was ended from outside. A compiler and a counter of lines free most blocks, too, but what they keep
// of each file differs.
//
// It is mistaken of a program that waits for the data that it gathers. A cache that is full looks the same where it is recorded from
// the middle on: what it drops for the new are blocks from before. So these must be few then.
func grows(s *Subject) (Finding, bool) {
	const (
		warmUp  = 0.2
		windows = 8
		spared  = 1    // of the windows: those in which it need not rise
		least   = 4    // of the windows: those in which the program must have done something
		even    = 0.25 // of the mean growth: what a window that rises must have, and of the mean of all blocks one that counts
		after   = 0.5  // of what lives at the end: what must have come after the warm-up
		freed   = 0.05
		fewest  = 50 // blocks: of fewer, larger ones it is chance whether one comes in each window

		repeats = 0.8  // of all blocks: those that a program frees that does the same again and again
		asMuch  = 0.15 // of what such a program keeps of each block on average: how much more or less it may be in a window
	)
	if s.Point.PeakBytes < LeastBytes {
		return Finding{}, false
	}
	h := s.Heap
	until := s.beforeExit()
	end := s.At(until)
	e := Growing{Windows: windows, From: warmUp, Until: h.part(until), Blocks: end.TotalBlocks - min(end.TotalBlocks, s.Point.Rest().Reallocs)}
	e.Freed = e.Blocks - min(e.Blocks, end.Blocks)
	a := h.AmountOf(end.Bytes, end.Blocks, OfPeak)
	if a.Bytes < LeastBytes || a.Blocks < fewest || a.Share < LeastShare || float64(e.Freed) >= freed*float64(e.Blocks) {
		return Finding{}, false
	}
	if x := h.Profile.Recording.Attached; x != nil && float64(e.Freed+x.FreedBefore+x.ResizedBefore) >= freed*float64(e.Blocks) {
		return Finding{}, false
	}
	e.AllFreed, e.Rate, e.Signal = h.freed(until), float64(h.Totals.TotalBlocks)/h.seconds(), h.Profile.Recording.Signal
	goesOn := h.goesOn()
	if e.AllFreed < repeats && !goesOn {
		return Finding{}, false
	}
	states := s.states(warmUp, e.Until, windows)
	grown := float64(states[windows].Bytes) - float64(states[0].Bytes)
	if grown < after*float64(end.Bytes) {
		return Finding{}, false
	}
	e.PerSecond = h.perSecond(grown, e.Until-warmUp)
	// The program may have waited for long, for its data or for the processor.
	all := h.together().states(warmUp, e.Until, windows)
	work := float64(all[windows].TotalBlocks - all[0].TotalBlocks)
	toEnd, steady := false, 0 // it rises in the last window; windows in which it rose as the program worked
	for i, at := range states[1:] {
		rise, done := float64(at.Bytes)-float64(states[i].Bytes), float64(all[i+1].TotalBlocks-all[i].TotalBlocks)
		toEnd = rise >= even*grown/windows
		switch {
		case toEnd:
			e.Rising++
		case done < even*work/windows:
			e.Windows--
		}
		if toEnd && math.Abs(rise*work-grown*done) <= asMuch*grown*done {
			steady++
		}
	}
	ok := toEnd && e.Windows >= least && e.Rising >= e.Windows-spared && (goesOn || steady >= e.Windows-spared)
	return Finding{Amount: a, Remedy: FreeOrBound, Grounds: &e}, ok
}

// beforeExit returns the moment up to which the subject is judged: the end or, where the program
// frees what the subject has when it ends, as destructors of global containers do, a moment right
// before that.
func (s *Subject) beforeExit() int {
	const last = 0.97
	end, before := len(s.Heap.Profile.Moments), min(s.Heap.moment(last), s.Heap.lastWork())
	if s.At(before).Bytes > s.Point.EndBytes {
		return before
	}
	return end
}
