//go:build linux

package resident

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/heap"
)

// Of many sites, those of the greatest values are kept, and of equal ones the first.
func TestTheSitesThatAReadingKeepsAreThoseOfMost(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, sites := range []int{0, 1, mostPoints, 2 * mostPoints, 10 * mostPoints} {
		s := newSums("")
		var all []profile.ResidentPoint
		for id := range sites {
			p := s.site(heap.SiteID(id))
			p.Point, p.Rounding = id, random.Uint64N(500)
			if p.Rounding > 0 {
				all = append(all, *p)
			}
		}
		slices.SortStableFunc(all, func(a, b profile.ResidentPoint) int { return cmp.Compare(b.Rounding, a.Rounding) })
		want := all[:min(len(all), mostPoints)]
		slices.SortFunc(want, func(a, b profile.ResidentPoint) int { return cmp.Compare(a.Point, b.Point) })
		if got := s.points(); !slices.Equal(got, want) {
			t.Errorf("of %d sites %d are kept that are not those of most", sites, len(got))
		}
	}
}
