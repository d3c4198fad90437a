package profile

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// randomFacts returns facts of a point of a profile of some moments.
func randomFacts(r *rand.Rand, moments int) *Facts {
	f := &Facts{FreedElsewhere: r.Uint64N(10), Emptied: r.Uint64N(3)}
	var s State
	for m := range moments {
		if r.IntN(3) == 0 {
			s.Moment = uint32(m)
			s.TotalBytes, s.TotalBlocks = s.TotalBytes+r.Uint64N(100)+1, s.TotalBlocks+1
			s.Bytes, s.Blocks = r.Uint64N(s.TotalBytes), r.Uint64N(s.TotalBlocks)
			f.History = append(f.History, s)
		}
		if r.IntN(4) == 0 {
			f.Births = append(f.Births, Births{Moment: uint32(m + 1), Bytes: 8 + r.Uint64N(9), Blocks: 1 + r.Uint64N(3)})
		}
	}
	if r.IntN(2) == 0 {
		f.Growth = &Growth{Chains: r.Uint64N(9), Steps: r.Uint64N(5)}
	}
	for _, top := range []uint64{16, 32, 64} {
		if r.IntN(2) == 0 {
			f.Sizes = append(f.Sizes, SizeClass{Max: top, Blocks: 1 + r.Uint64N(9), Bytes: top})
		}
	}
	return f
}

func TestFactsOfAddsUpAsPlusDoes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		p := &Profile{Moments: make([]Moment, 20)}
		var points []int
		var want *Facts
		for i := range r.IntN(6) {
			var f *Facts
			if r.IntN(4) > 0 {
				f = randomFacts(r, len(p.Moments))
			}
			p.Points = append(p.Points, Point{}.With(Rest{Facts: f}))
			points = append(points, i)
			want = want.Plus(f)
		}
		got := p.FactsOf(points)
		if (got == nil) != (want == nil) {
			t.Fatalf("got %v, want %v", got, want)
		}
		if got == nil {
			continue
		}
		if len(got.Births)+len(want.Births) == 0 {
			got.Births = want.Births
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got\n%+v\nwant\n%+v", got, want)
		}
	}
}
