package dhat

// Add adds q's columns to p's, but for the chunks, which the sum lacks. Own maxima, which need not have been at the
// same moment, are added too: the result is an upper bound of the maximum that
// both had together.
func (p *Point) Add(q *Point) {
	p.TotalBytes += q.TotalBytes
	p.TotalBlocks += q.TotalBlocks
	p.TotalLifetime += q.TotalLifetime
	p.MaxBytes += q.MaxBytes
	p.MaxBlocks += q.MaxBlocks
	p.PeakBytes += q.PeakBytes
	p.PeakBlocks += q.PeakBlocks
	p.EndBytes += q.EndBytes
	p.EndBlocks += q.EndBlocks
	p.ReadBytes += q.ReadBytes
	p.WrittenBytes += q.WrittenBytes
	p.TemporaryBlocks += q.TemporaryBlocks
	p.Reallocs += q.Reallocs
	p.Chunks = nil // in which order, and whether all were live at once, is not known
}

// Totals sums the points' columns. MaxBytes and MaxBlocks are 0: the points'
// own maxima were at different moments and have no sum.
func (p *Profile) Totals() Point {
	var t Point
	for i := range p.Points {
		t.Add(&p.Points[i])
	}
	t.MaxBytes, t.MaxBlocks = 0, 0
	return t
}
