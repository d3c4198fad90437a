package dhat

// Add adds q's columns to p's. Own maxima, which need not have been at the
// same moment, are added too: the result is an upper bound of the maximum that
// both had together.
func (p *Point) Add(q *Point) {
	for c := range numColumns {
		if c != colFrames {
			*p.column(c) += *q.column(c)
		}
	}
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
