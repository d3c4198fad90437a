package finding

// LevelledOff is the code of a site that rose, as one does that grows without end, until it had
// what it needs.
const LevelledOff Code = "levelled-off"

// Levelled is what a finding that a site has levelled off rests on.
type Levelled struct {
	Most   uint64  `json:"most-bytes"`   // that lived at once at a moment
	When   float64 `json:"most-at"`      // part of the run, from 0 to 1, after which it was never more than 1 % above what it had
	Later  uint64  `json:"later-blocks"` // allocated after that
	Blocks uint64  `json:"blocks"`
}

// levelledOff finds a site that many blocks live of at the end and that is no leak: it rose,
// reached its maximum, and went on to allocate without holding more.
//
// Of a program that gathers its data and ends nobody asks.
//
// It is mistaken where the program did less later on, if not so little that it is seen.
func levelledOff(s *Subject) (Finding, bool) {
	const (
		least    = 0.05 // of what lives at the end
		latest   = 0.6  // part of the run until which the maximum is reached
		slack    = 1.01 // how much more there may be later
		early    = 0.06 // part of the run at which it must not have been there yet
		notYet   = 0.7  // of the maximum: what it has at most then
		kept     = 0.7  // of the maximum: what it has at least at the end
		renewed  = 0.2  // of its blocks: what it allocates after it has levelled off
		fewest   = 50   // blocks that live at the end
		moments  = 32   // looked at
		perBlock = 2    // blocks allocated for each that lives
		eighths  = 8    // of the time after it has levelled off
		goingOn  = 0.25 // of the mean: what it allocates in each of them, but for
		pauses   = 2    // of them
	)
	p, h := &s.Point, s.Heap
	if !h.goesOn() || !s.isKept(least) || p.EndBlocks < fewest || p.TotalBlocks < perBlock*p.EndBlocks {
		return Finding{}, false
	}
	states := s.states(0, 1, moments)
	var most uint64
	at := 0 // the first that is as high as all that come later, but for the slack
	for i, state := range states {
		if float64(state.Bytes) > slack*float64(states[at].Bytes) {
			at = i
		}
		most = max(most, state.Bytes)
	}
	part := float64(at) / moments
	e := Levelled{Most: most, When: part, Later: p.TotalBlocks - min(p.TotalBlocks, states[at].TotalBlocks), Blocks: p.TotalBlocks}
	ok := part > early && part <= latest &&
		float64(s.At(h.moment(early)).Bytes) <= notYet*float64(most) &&
		float64(p.EndBytes) >= kept*float64(most) &&
		float64(e.Later) >= renewed*float64(p.TotalBlocks)
	if !ok {
		return Finding{}, false
	}
	after, quiet := s.states(part, 1, eighths), 0
	for i, state := range after[1:] {
		if float64(state.TotalBlocks-after[i].TotalBlocks) < goingOn*float64(e.Later)/eighths {
			quiet++
		}
	}
	if quiet > pauses {
		return Finding{}, false // it has done its work, which says nothing
	}
	return Finding{Amount: h.AmountOf(p.EndBytes, p.EndBlocks, OfEnd), Grounds: &e}, true
}
