package finding

// Grows is the code of a site whose live bytes rise to the end, with next to nothing freed.
const Grows Code = "grows"

// Growing is what a finding that a site grows rests on.
type Growing struct {
	Rising    int     `json:"rising-windows"` // of Windows those in which live bytes rose
	Windows   int     `json:"windows"`
	PerSecond float64 `json:"bytes-per-second"`
	Freed     uint64  `json:"freed-blocks"`
	Blocks    uint64  `json:"blocks"`
}

// grows finds a site that holds more at each look, and frees next to nothing.
//
// It is mistaken of a program that gathers all its data and ends: what it says is true of
// the run, but there is no "without end".
func grows(s *Subject) (Finding, bool) {
	const (
		warmUp  = 0.2
		windows = 8
		rising  = 7
		freed   = 0.05
	)
	p := &s.Point
	if p.EndBytes < LeastBytes || float64(s.Freed()) >= freed*float64(s.Distinct()) {
		return Finding{}, false
	}
	e := Growing{Windows: windows, Freed: s.Freed(), Blocks: s.Distinct()}
	from := s.At(s.Heap.moment(warmUp))
	last := from
	for i := range windows {
		at := s.At(s.Heap.moment(warmUp + (1-warmUp)*float64(i+1)/windows))
		if at.Bytes > last.Bytes {
			e.Rising++
		}
		last = at
	}
	if e.Rising < rising {
		return Finding{}, false
	}
	e.PerSecond = s.Heap.perSecond(last.Bytes-min(from.Bytes, last.Bytes), 1-warmUp)
	return Finding{Amount: s.Heap.AmountOf(p.EndBytes, p.EndBlocks, OfEnd), Remedy: FreeOrBound, Grounds: &e}, true
}
