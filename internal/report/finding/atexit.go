package finding

// FreedAtExit is the code of a site nearly all of whose blocks are freed just before the
// program ends.
const FreedAtExit Code = "freed-at-exit"

// FreedLast is what a finding that blocks are freed at exit rests on.
type FreedLast struct {
	Freed  uint64  `json:"freed-blocks"` // after Since
	Bytes  uint64  `json:"freed-bytes"`
	Blocks uint64  `json:"blocks"`
	Since  float64 `json:"since-share"`   // part of the run: the last moment before its last 2 % of which the state is known
	Last   float64 `json:"since-seconds"` // from then to the end
}

// freedAtExit finds a site whose blocks all live until the end and are freed then: of what is
// needed until then that is work for nobody, and the rest could go earlier.
//
// It is mistaken where the program is to free all of it, as a library must, or as a check
// for leaks asks for.
func freedAtExit(s *Subject) (Finding, bool) {
	const (
		last     = 0.98
		earliest = 0.95    // moments are as far apart as 1/32 of the run
		freed    = 0.9     // of all bytes that were allocated
		least    = 0.05    // of the peak
		much     = 0.25    // of the peak, and
		large    = 8 << 20 // bytes: what is worth to be freed earlier, where freeing it takes no time
		fewest   = 1000
		present  = 0.5 // part of the run at which it must have been there already
	)
	p, h := &s.Point, s.Heap
	if p.PeakBytes < LeastBytes || share(p.PeakBytes, h.Totals.PeakBytes) < least || s.Freed() < fewest || s.Distinct() < fewest {
		return Finding{}, false
	}
	if s.fewBlocksHaveMost(fewest) {
		return Finding{}, false // buffers of what the program works on
	}
	since := h.moment(last)
	if since < 0 || h.part(since) < earliest {
		return Finding{}, false
	}
	state := s.At(since)
	e := FreedLast{Blocks: p.TotalBlocks, Since: h.part(since), Last: (1 - h.part(since)) * h.seconds()}
	e.Freed = state.Blocks + (p.TotalBlocks - min(p.TotalBlocks, state.TotalBlocks))
	e.Freed -= min(e.Freed, p.EndBlocks)
	e.Bytes = state.Bytes + (p.TotalBytes - min(p.TotalBytes, state.TotalBytes))
	e.Bytes -= min(e.Bytes, p.EndBytes)
	ok := e.Freed >= fewest && (h.takesTime(e.Freed, 0) || e.Bytes >= large && share(p.PeakBytes, h.Totals.PeakBytes) >= much) && float64(e.Bytes) >= freed*float64(p.TotalBytes) &&
		float64(s.At(h.moment(present)).Bytes) >= present*float64(e.Bytes)
	return Finding{Amount: h.AmountOf(min(e.Bytes, p.PeakBytes), e.Freed, OfPeak), Remedy: FreeEarlierOrNever, Grounds: &e}, ok
}
