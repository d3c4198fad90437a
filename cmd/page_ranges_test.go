package cmd

import (
	"math/rand/v2"
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
)

// withMoments is a profile of stacks with random histories: at the end of the run all that was allocated last lives.
func withMoments(seed uint64) *profile.Profile {
	rng := rand.New(rand.NewPCG(seed, 3))
	p := reporttest.WithFacts()
	for i := range p.Points {
		pt := &p.Points[i]
		var state profile.State
		pt.Rest().Facts.History, pt.Rest().Facts.Births = nil, nil
		var lives [11][2]uint64 // bytes and blocks that live, by the moment after their birth
		for m := range uint32(len(p.Moments) + 1) {
			n := rng.Uint64N(5)
			state.TotalBlocks, state.TotalBytes = state.TotalBlocks+n, state.TotalBytes+10*n
			lives[m] = [2]uint64{10 * n, n}
			for old := range m + 1 { // some of what lives is freed
				dies := rng.Uint64N(lives[old][1] + 1)
				lives[old][0], lives[old][1] = lives[old][0]-10*dies, lives[old][1]-dies
			}
			state.Bytes, state.Blocks = 0, 0
			for _, l := range lives {
				state.Bytes, state.Blocks = state.Bytes+l[0], state.Blocks+l[1]
			}
			if m < uint32(len(p.Moments)) {
				state.Moment = m
				pt.Rest().Facts.History = append(pt.Rest().Facts.History, state)
			}
		}
		for m, l := range lives {
			if l[1] > 0 {
				pt.Rest().Facts.Births = append(pt.Rest().Facts.Births, profile.Births{Moment: uint32(m), Bytes: l[0], Blocks: l[1]})
			}
		}
		pt.TotalBytes, pt.TotalBlocks, pt.EndBytes, pt.EndBlocks = state.TotalBytes, state.TotalBlocks, state.Bytes, state.Blocks
		rest := pt.Edit()
		pt.PeakBytes, pt.PeakBlocks, rest.MaxBytes, rest.MaxBlocks = state.Bytes, state.Blocks, state.TotalBytes, state.TotalBlocks
	}
	return p
}

func TestARangeOfAPageIsWhatBetweenShows(t *testing.T) {
	modules := modulesDir(t)
	for seed := range uint64(3) {
		p := withMoments(seed)
		x := lookedAt(t, nil, p)
		var ranges [][2]int
		for from := -1; from < len(p.Moments); from++ {
			for to := from + 1; to <= len(p.Moments); to++ {
				ranges = append(ranges, [2]int{from, to})
			}
		}
		var got []struct {
			Sums    [4]uint64
			AtLeast bool
		}
		asked(t, modules, "ranges", map[string]any{"windows": x.Windows, "ranges": ranges}, &got)
		instant := func(i int) profile.Instant {
			switch {
			case i < 0:
				return profile.Instant{Kind: profile.AtStart}
			case i == len(p.Moments):
				return p.End()
			}
			return profile.Instant{Kind: profile.AtMoment, Moment: uint32(i), Time: p.Moments[i].Time}
		}
		for i, r := range ranges {
			part := p.Between(instant(r[0]), instant(r[1]))
			total := part.Totals()
			want := [4]uint64{total.TotalBytes, total.TotalBlocks, total.EndBytes, total.EndBlocks}
			// Of a record of several stacks the page knows less than of each, where it is only known that it is at least so much.
			known := 4
			if part.Span.AtLeast {
				known = 2
			}
			if !slices.Equal(got[i].Sums[:known], want[:known]) || got[i].Sums[2] > want[2] || got[i].Sums[3] > want[3] || got[i].AtLeast != part.Span.AtLeast {
				t.Errorf("seed %d, %v: %v, at least: %t; want %v, %t", seed, r, got[i].Sums, got[i].AtLeast, want, part.Span.AtLeast)
			}
		}
	}
}
