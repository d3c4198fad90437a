package page

import "heapprof/internal/report/view"

// sizes returns the histograms of all sides.
func (b *builder) sizes() (all Sizes) {
	for i := range b.joint.Sides {
		var sizes, lives SizeClasses
		// What it cannot tell is not there.
		if h, err := view.NewHistograms(b.joint.Sides[i].Source, view.Options{}); err == nil {
			for _, c := range h.Sizes {
				sizes.Max, sizes.Blocks, sizes.Bytes = append(sizes.Max, c.Max), append(sizes.Blocks, c.Blocks), append(sizes.Bytes, c.Bytes)
			}
			for _, c := range h.Lifetimes {
				lives.Max, lives.Blocks = append(lives.Max, c.Max), append(lives.Blocks, c.Blocks)
			}
		}
		all.Size, all.Lifetime = append(all.Size, sizes), append(all.Lifetime, lives)
	}
	return all
}
