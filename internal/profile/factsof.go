package profile

// FactsOf returns the facts of some of the points, indices into Points, together; nil where
// nothing is known of any. They are added up by halves, so that a site of ten thousand stacks does
// not copy one long sum ten thousand times.
func (p *Profile) FactsOf(points []int) *Facts {
	switch len(points) {
	case 0:
		return nil
	case 1:
		return p.Points[points[0]].Facts
	}
	half := len(points) / 2
	return p.FactsOf(points[:half]).Plus(p.FactsOf(points[half:]))
}
