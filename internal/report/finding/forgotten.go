package finding

// ForgottenPath is the code of a site most of whose blocks are freed soon, and some never.
const ForgottenPath Code = "forgotten-path"

// Forgotten is what a finding that a path forgets to free rests on. All of it is of the stacks of
// which some blocks were freed and others not.
type Forgotten struct {
	Freed     uint64  `json:"freed-blocks"`
	Blocks    uint64  `json:"blocks"`
	Kept      uint64  `json:"kept-blocks"` // live at the end
	KeptBytes uint64  `json:"kept-bytes"`
	Young     uint64  `json:"young-blocks"` // freed, of at most Age
	Age       float64 `json:"young-age"`    // in seconds
	Windows   int     `json:"windows"`      // of equal length
	With      int     `json:"kept-windows"` // of them those in which blocks were born that live at the end
}

// forgottenPath finds a site at which most blocks are freed soon after they were allocated, and a
// part of them never, about as large a part at the end as at the beginning: one path through
// the program forgets to free them.
//
// It is mistaken where each is kept on purpose, such as what is new of all that is read, in
// data that never ends to bring something new.
func forgottenPath(s *Subject) (Finding, bool) {
	const (
		leastFreed, mostFreed = 0.8, 0.999 // git keeps a quarter of the deltas that it tries
		fewest                = 20         // that live at the end
		young                 = 0.95
		age                   = 0.05 // part of the run
		windows               = 8
		with                  = 7
		even                  = 0.25 // of the mean: what a window must have for its share of survivors
		ofStacks              = 0.8  // of the survivors: what must be of stacks of which others were freed
	)
	if !s.isKept(LeastShare) {
		return Finding{}, false
	}
	mixed := s.mixed(leastFreed, mostFreed)
	if mixed == nil || mixed.Point.EndBlocks < fewest || float64(mixed.Point.EndBytes) < ofStacks*float64(s.Point.EndBytes) {
		return Finding{}, false
	}
	p, h := &mixed.Point, s.Heap
	e := Forgotten{
		Freed: mixed.Freed(), Blocks: mixed.Distinct(), Kept: p.EndBlocks, KeptBytes: p.EndBytes,
		Age: age * h.seconds(), Windows: windows,
	}
	if g := mixed.growth(); g != nil && 2*g.Chains >= e.Kept {
		return Finding{}, false // what was freed made room for a larger one
	}
	e.Young = mixed.youngerThan(uint64(age * float64(h.Profile.EndTime)))
	if float64(e.Young) < young*float64(e.Freed) {
		return Finding{}, false
	}
	states, born := mixed.states(0, 1, windows), mixed.births(windows)
	mean := float64(p.EndBlocks) / float64(p.TotalBlocks)
	for i, n := range born {
		allocated := states[i+1].TotalBlocks - states[i].TotalBlocks
		if n > 0 && float64(n) >= even*mean*float64(allocated) && float64(n)*even <= mean*float64(allocated) {
			e.With++
		}
	}
	return Finding{Amount: h.AmountOf(p.EndBytes, p.EndBlocks, OfEnd), Remedy: FreeOnAllPaths, Grounds: &e}, e.With >= with
}

// mixed returns the part of a subject that is of stacks whose blocks were freed to a share from
// least to most; nil where there is none.
func (s *Subject) mixed(least, most float64) *Subject {
	m := &Subject{SiteGroup: s.SiteGroup, Heap: s.Heap}
	m.Points = nil
	for _, i := range s.Points {
		pt := &s.Heap.Profile.Points[i]
		one := Subject{Point: *pt}
		if freed := share(one.Freed(), one.Distinct()); freed < least || freed > most {
			continue
		}
		m.Points = append(m.Points, i)
		m.Point.Add(pt)
	}
	if m.Points == nil {
		return nil
	}
	return m
}

// youngerThan returns how many of the freed blocks lived no longer than an age in time units, as
// far as the histogram tells.
func (s *Subject) youngerThan(age uint64) (blocks uint64) {
	f := s.Facts()
	if f == nil {
		return 0
	}
	for _, c := range f.Lifetimes {
		if c.Max <= age {
			blocks += c.Blocks
		}
	}
	return blocks
}

// births returns how many of the blocks that live at the end were born in each of some equal
// parts of the run.
func (s *Subject) births(parts int) []uint64 {
	born := make([]uint64, parts)
	f := s.Facts()
	if f == nil {
		return born
	}
	part := 0
	for _, b := range f.Births {
		for part < parts-1 && int(b.Moment) > s.Heap.moment(float64(part+1)/float64(parts)) {
			part++
		}
		born[part] += b.Blocks
	}
	return born
}
