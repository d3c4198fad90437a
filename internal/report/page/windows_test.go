package page_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/page"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// withMoments is a random profile with the states of its points at moments.
func withMoments(seed uint64) *profile.Profile {
	const moments = 12
	rng := rand.New(rand.NewPCG(seed, 3))
	p := reporttest.Random(seed)
	p.EndTime = 100 * (moments + 1)
	for i := range uint64(moments) {
		p.Moments = append(p.Moments, profile.Moment{Time: 100 * (i + 1)})
	}
	p.Recording = &profile.Recording{Program: "/app", HasFacts: true}
	for i := range p.Points {
		p.Points[i] = profile.Point{Stack: p.Points[i].Stack}.With(profile.Rest{Facts: &profile.Facts{
			Growth: &profile.Growth{Chains: 1 + rng.Uint64N(3), Moves: rng.Uint64N(3), CopiedBytes: rng.Uint64N(1000), Steps: rng.Uint64N(9)},
		}})
		live(&p.Points[i], rng, moments)
	}
	return p
}

// live has a point allocate blocks, and free some, in each of the windows that end at moments, and after the last.
func live(pt *profile.Point, rng *rand.Rand, moments uint32) {
	size := 1 + rng.Uint64N(100)
	lives := make([]uint64, moments+1) // blocks by the window of their birth
	for m := range moments + 1 {
		if rng.IntN(3) > 0 {
			continue
		}
		lives[m] = rng.Uint64N(100)
		pt.TotalBlocks += lives[m]
		pt.EndBlocks = 0
		for birth := range lives[:m+1] {
			lives[birth] -= rng.Uint64N(lives[birth] + 1)
			pt.EndBlocks += lives[birth]
		}
		if m < moments {
			pt.Rest().Facts.History = append(pt.Rest().Facts.History, profile.State{Moment: m, TotalBytes: size * pt.TotalBlocks, TotalBlocks: pt.TotalBlocks, Bytes: size * pt.EndBlocks, Blocks: pt.EndBlocks})
		}
	}
	pt.TotalBytes, pt.EndBytes = size*pt.TotalBlocks, size*pt.EndBlocks
	for birth, blocks := range lives {
		if blocks > 0 {
			pt.Rest().Facts.Births = append(pt.Rest().Facts.Births, profile.Births{Moment: uint32(birth), Bytes: size * blocks, Blocks: blocks})
		}
	}
}

// state is what a record was at a moment, -1 for the start and the number of moments for the end: bytes and blocks allocated, then
// live.
func state(w *page.Windows, record, moment int) (s [4]uint64) {
	if moment == len(w.Time) {
		return [4]uint64(w.End[record])
	}
	at := int64(0)
	for states := w.States[record]; len(states) > 0; states = states[5:] {
		if at += states[0]; at > int64(moment) {
			break
		}
		for k := range s {
			s[k] += uint64(states[1+k])
		}
	}
	return s
}

// born returns what a record allocated between two moments, and what of it lived at the latter, at least.
func born(w *page.Windows, record, from, to int) (values [4]uint64) {
	a, b := state(w, record, from), state(w, record, to)
	if from < 0 {
		return b
	}
	var lives [2]uint64
	for births := w.Births[record]; len(births) > 0; births = births[3:] {
		if m := int(births[0]); m > from && m <= to {
			lives[0], lives[1] = lives[0]+births[1], lives[1]+births[2]
		}
	}
	if to < len(w.Time) {
		lives[0] = max(lives[0], b[2]-min(a[2], b[2]))
		lives[1] = max(lives[1], b[3]-min(a[3], b[3]))
	}
	return [4]uint64{b[0] - a[0], b[1] - a[1], lives[0], lives[1]}
}

func TestRangesOfAPageAreTheProfiles(t *testing.T) {
	p := withMoments(1)
	s := view.NewSource(p)
	instants := p.Instants()
	for _, limit := range []int{0, 26_000, 22_000} {
		got := build(t, page.Options{Limit: limit}, s)
		w := got.Windows
		if w == nil {
			t.Fatalf("no windows within %d bytes", limit)
		}
		for from := range instants[:len(instants)-1] {
			for to := from + 1; to < len(instants); to++ {
				part := p.Between(instants[from], instants[to])
				all, _ := view.Total(part)
				want := [4]uint64{all.Get(view.TotalBytes), all.Get(view.TotalBlocks), all.Get(view.LiveBytes), all.Get(view.LiveBlocks)}
				var sum [4]uint64
				for i := range w.Node {
					for k, v := range born(w, i, from-1, to-1) {
						sum[k] += v
					}
				}
				atLeast := part.Span.AtLeast
				if sum[0] != want[0] || sum[1] != want[1] || !atLeast && sum != want || sum[2] > want[2] || sum[3] > want[3] {
					t.Errorf("%d bytes: from %v to %v: %v, want %v", limit, instants[from], instants[to], sum, want)
				}
			}
		}
	}
}

func TestTheRecordsOfWindowsHaveWhatTheirSitesHave(t *testing.T) {
	p := withMoments(2)
	s := view.NewSource(p)
	got := build(t, page.Options{Limit: 22_000}, s)
	w := got.Windows
	if len(w.Node) >= len(got.Records.Node) {
		t.Fatalf("%d records with states of %d: nothing was pruned", len(w.Node), len(got.Records.Node))
	}
	site := func(place int32) string {
		return fmt.Sprint(got.Functions.Name[got.Places.Function[place]], got.Places.Where[place])
	}
	all, want := sums{}, sums{}
	for i := range w.Node {
		all.add(site(w.Place[i]), w.End[i][0], w.End[i][1])
	}
	for i := range got.Records.Node {
		want.add(site(got.Records.Place[i]), got.Records.Values[0][i], got.Records.Values[1][i])
	}
	all.compare(t, want)
}

func TestTheGrowthOfAPageAddsUp(t *testing.T) {
	p := withMoments(3)
	var want *profile.Growth
	for i := range p.Points {
		want = want.Plus(p.Points[i].Rest().Facts.Growth)
	}
	for _, limit := range limits {
		got := build(t, page.Options{Limit: limit}, view.NewSource(p))
		var copied, chains, most uint64
		for i := range got.Growth.Place {
			copied, chains, most = copied+got.Growth.Copied[i], chains+got.Growth.Chains[i], max(most, got.Growth.Steps[i])
		}
		if copied != want.CopiedBytes || chains != want.Chains || most != want.Steps {
			t.Errorf("within %d bytes: %d bytes copied, %d chains, %d steps, want %+v", limit, copied, chains, most, want)
		}
	}
}
