package profile

import "slices"

// Point is a program point: all blocks that were allocated through one call stack. Bytes
// and blocks count from the start of the recording; times are in the profile's time unit.
//
// A file may have millions of points, so that a point has room for what every file tells of it, and the others are
// behind one pointer: see Rest.
type Point struct {
	TotalBytes, TotalBlocks uint64
	PeakBytes, PeakBlocks   uint64 // live at the global peak (t-gmax)
	EndBytes, EndBlocks     uint64 // still live at the end

	Stack Stack // indices into Profile.Frames

	// Samples is what the numbers are estimated from; nil where they are exact. Points
	// may share one, so that it is never written to.
	Samples *Samples

	rest *Rest // nil for one of zeros; points may share one, so that it is never written to
}

// Rest is what not every tool tells of a point.
type Rest struct {
	TotalLifetime         uint64 // summed lifetimes of the blocks
	MaxBytes, MaxBlocks   uint64 // the point's own maximum
	LostBytes, LostBlocks uint64 // nothing led to them at the last snapshot: see FindLost

	ReadBytes, WrittenBytes uint64

	TemporaryBlocks uint64 // freed by the allocating thread before that thread allocated or resized another
	Reallocs        uint64 // how many of TotalBlocks came from realloc of a live block

	// Chunks tells the size of every block, in the order in which they were
	// allocated, of a point that may be an arena's or a pool's: of 2 blocks or more,
	// each of 256 bytes or more and none of them resized, that were all live when
	// the last was allocated, if they are 32 at most; or that are all live at the
	// end and of one size. It is empty for any other.
	Chunks []SizeRun

	// Extra are the values of Profile.Extra; nil where all are 0. Points may share one, so that it
	// is never written to.
	Extra []uint64

	// Facts is what else is known of how the blocks lived; nil where nothing is. Points may
	// share one, so that it is never written to.
	Facts *Facts
}

// Rest returns what not every tool tells of the point.
func (p Point) Rest() Rest {
	if p.rest == nil {
		return Rest{}
	}
	return *p.rest
}

// SetRest sets what Rest returns.
func (p *Point) SetRest(r Rest) {
	p.rest = nil
	if !r.isZero() {
		p.rest = &r
	}
}

// With returns the point with a rest.
func (p Point) With(r Rest) Point {
	p.SetRest(r)
	return p
}

// Edit returns a rest to be written to, of which Rest is a copy from then on. It is the point's own: other points that had the same
// keep what they have.
func (p *Point) Edit() *Rest {
	r := p.Rest()
	p.rest = &r
	return p.rest
}

func (r *Rest) isZero() bool {
	return r.TotalLifetime|r.MaxBytes|r.MaxBlocks|r.LostBytes|r.LostBlocks|r.ReadBytes|r.WrittenBytes|r.TemporaryBlocks|r.Reallocs == 0 &&
		r.Chunks == nil && r.Extra == nil && r.Facts == nil
}

// SizeRun is a number of blocks of the same size, in bytes.
type SizeRun struct {
	Size, Blocks uint64
}

// Add adds the columns of q to those of p. The sum has no chunks and no facts. The points' own maxima,
// which need not have been at the same moment, are added too: the sum is an upper bound of
// the maximum that both had together.
func (p *Point) Add(q *Point) {
	p.TotalBytes += q.TotalBytes
	p.TotalBlocks += q.TotalBlocks
	p.PeakBytes += q.PeakBytes
	p.PeakBlocks += q.PeakBlocks
	p.EndBytes += q.EndBytes
	p.EndBlocks += q.EndBlocks
	p.Samples = p.Samples.Plus(q.Samples)
	if p.rest == nil && q.rest == nil {
		return
	}
	r, s := p.Rest(), q.Rest()
	r.TotalLifetime += s.TotalLifetime
	r.MaxBytes += s.MaxBytes
	r.MaxBlocks += s.MaxBlocks
	r.LostBytes += s.LostBytes
	r.LostBlocks += s.LostBlocks
	r.ReadBytes += s.ReadBytes
	r.WrittenBytes += s.WrittenBytes
	r.TemporaryBlocks += s.TemporaryBlocks
	r.Reallocs += s.Reallocs
	r.Extra = addExtra(r.Extra, s.Extra)
	r.Chunks = nil // in which order, and whether all were live at once, is not known
	r.Facts = nil  // whoever merges points adds theirs
	p.SetRest(r)
}

// addExtra returns the sums of two lists of values, either of which may be nil.
func addExtra(a, b []uint64) []uint64 {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	sum := slices.Clone(a)
	for i := range min(len(a), len(b)) {
		sum[i] += b[i]
	}
	return sum
}

// HasAny reports whether the point has any bytes or blocks.
func (p *Point) HasAny() bool {
	return p.TotalBytes|p.TotalBlocks|p.PeakBytes|p.PeakBlocks|p.EndBytes|p.EndBlocks != 0
}

// Totals returns the sums of the points' columns. MaxBytes and MaxBlocks are 0, since the
// points' own maxima were at different moments and have no sum.
func (p *Profile) Totals() Point {
	var t Point
	for i := range p.Points {
		t.Add(&p.Points[i])
	}
	r := t.Rest()
	r.MaxBytes, r.MaxBlocks = 0, 0
	t.SetRest(r)
	return t
}
