package view

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/testkit"
)

// simulated is a site of a simulated program: blocks of one size.
type simulated struct{ size, blocks uint64 }

// sample returns a profile of the sites' blocks, all live at the peak, of which some are
// sampled by chance; an exact one where mean is 0.
func sample(sites []simulated, mean, seed uint64) *profile.Profile {
	rng := rand.New(rand.NewPCG(seed, 1))
	p := &profile.Profile{
		Mode: "heap", Columns: profile.Lives, Units: profile.Units{Unit: "byte"}, Sampling: profile.Sampling{MeanBytes: mean},
		Frames: testkit.Frames("[root]"),
	}
	for i, s := range sites {
		p.Frames = append(p.Frames, testkit.Frames(fmt.Sprintf("0x%x: f%d (a.c:%d)", i+1, i, i+1))...)
		var drawn profile.Sampled
		var blocks float64
		for weight := p.Sampling.Weight(s.size); s.blocks > 0; s.blocks-- {
			if rng.Float64() < 1/weight {
				drawn.Add(s.size, weight)
				blocks += weight
			}
		}
		if drawn.Blocks == 0 {
			continue
		}
		bytes := uint64(math.Round(blocks * float64(s.size)))
		point := profile.Point{
			TotalBytes: bytes, TotalBlocks: uint64(math.Round(blocks)), PeakBytes: bytes, PeakBlocks: uint64(math.Round(blocks)),
			Stack: profile.StackOf(uint32(i + 1)),
		}
		if mean > 0 {
			point.Samples = &profile.Samples{Total: drawn, Peak: drawn}
		}
		p.Points = append(p.Points, point)
	}
	return p
}

// sites are many small sites, and ever fewer of more samples.
func sites() []simulated {
	var all []simulated
	for i := range uint64(300) {
		all = append(all, simulated{size: 16 << (i % 8), blocks: 2 + 60_000/(i+1)})
	}
	return all
}

func TestChanceAloneIsCalledNoise(t *testing.T) {
	program := sites()
	for name, means := range map[string][2]uint64{"both sampled": {4096, 4096}, "another mean": {4096, 1024}, "before exact": {0, 4096}, "after exact": {4096, 0}} {
		t.Run(name, func(t *testing.T) {
			for _, metric := range []Metric{PeakBytes, TotalBlocks} {
				rows, believed := 0, 0
				for seed := range uint64(10) {
					d := diff(t, Options{Metric: &metric}, sample(program, means[0], 2*seed), sample(program, means[1], 2*seed+1))
					for _, r := range d.Rows {
						rows++
						if r.Change(metric).Sign() != 0 && !d.InNoise(r, metric) {
							believed++
						}
					}
				}
				if rows < 1000 || believed > rows/200 {
					t.Errorf("%s: of %d changes of nothing %d are believed", metric, rows, believed)
				}
			}
		})
	}
}

func TestARealChangeComesBeforeLargerOnesOfChance(t *testing.T) {
	program := append(sites(), simulated{size: 1 << 20, blocks: 1}) // known for sure
	changed := slices.Clone(program)
	changed[len(changed)-1].size += 4096
	d := diff(t, Options{}, sample(program, 4096, 1), sample(changed, 4096, 2))
	first := d.Rows[0]
	if first.Site.Label != "f300" || d.InNoise(first, PeakBytes) {
		t.Errorf("the first row is %s, with a change of %d", first.Site.Label, first.Change(PeakBytes).Abs())
	}
	if second := d.Rows[1]; second.Change(PeakBytes).Abs() < first.Change(PeakBytes).Abs() {
		t.Errorf("no change of chance is larger: %d", second.Change(PeakBytes).Abs())
	}
}

func TestExactChangesAreNeverNoise(t *testing.T) {
	d := diff(t, Options{}, reporttest.Sample(), reporttest.Rebuilt())
	for _, r := range d.Rows {
		if d.InNoise(r, d.Metric) {
			t.Errorf("%v is", r.Change(d.Metric))
		}
	}
}

func TestEstimatesAreAsSureAsTheySay(t *testing.T) {
	program := sites()
	sure, within := 0, 0
	for seed := range uint64(10) {
		p := sample(program, 4096, seed)
		for _, r := range report(t, Options{}, p).Rows {
			margin, ok := r.Sums.Margin(PeakBytes)
			sampled, _ := r.Sums.Sampled(PeakBytes)
			if !ok || sampled.Blocks < 10 {
				continue
			}
			var site int
			if _, err := fmt.Sscanf(r.Site.Label, "f%d", &site); err != nil {
				t.Fatal(err)
			}
			sure++
			if math.Abs(float64(r.Sums.Get(PeakBytes))-float64(program[site].size*program[site].blocks)) <= margin {
				within++
			}
		}
	}
	if share := float64(within) / float64(sure); sure < 500 || share < 0.92 || share > 0.98 {
		t.Errorf("%d of %d", within, sure)
	}
}

func TestEachMetricHasTheSamplesThatItComesFrom(t *testing.T) {
	p := reporttest.Sampled()
	sums, err := Total(p)
	if err != nil {
		t.Fatal(err)
	}
	for m, want := range map[Metric]uint64{TotalBytes: 205, TotalBlocks: 205, PeakBytes: 131, PeakBlocks: 131, EndBytes: 4, EndBlocks: 4} {
		if got, ok := sums.Sampled(m); !ok || got.Blocks != want {
			t.Errorf("%s: %d, %t, want %d", m, got.Blocks, ok, want)
		}
	}
	for _, m := range []Metric{MaxBytes, MaxBlocks, Lifetime, TemporaryBlocks} {
		if got, ok := sums.Margin(m); ok {
			t.Errorf("%s: how far a sum of no blocks may be off is said to be known: %g", m, got)
		}
	}
}

func TestNoArenaIsToldFromSampledBlocks(t *testing.T) {
	p := reporttest.Arenas()
	found := func() (n int) {
		for _, tree := range []bool{false, true} {
			for _, r := range report(t, Options{Tree: tree}, p).Rows {
				if r.Chunks != nil {
					n++
				}
			}
		}
		return n
	}
	if found() == 0 {
		t.Error("none is told from exact ones, either")
	}
	p.Sampling.MeanBytes = 1 << 20
	if n := found(); n > 0 {
		t.Errorf("%d are", n)
	}
}

// None of B bytes is sampled with the probability exp(-B/mean), so that there may be three
// times the mean on the side that has no sample.
func TestASideWithoutSamplesMayHaveWhatIsEasilyMissed(t *testing.T) {
	const mean = 1 << 20
	leak := sample([]simulated{{1 << 10, 8 << 10}}, mean, 1)
	none := sample([]simulated{{1 << 30, 1}}, mean, 1)
	none.Frames[1].Function = "other"
	sampled := leak.Points[0].Samples.Peak
	for name, sides := range map[string][2]*profile.Profile{"gone": {leak, none}, "new": {none, leak}} {
		d := diff(t, Options{}, sides[0], sides[1])
		for _, r := range d.Rows {
			if r.Site.Label != "f0" {
				continue
			}
			if got, want := d.ChangeMargin(r, PeakBytes), math.Hypot(3*mean, sampled.BytesMargin()); math.Abs(got-want) > 1 {
				t.Errorf("%s: ±%g bytes, not %g", name, got, want)
			}
			if got, want := d.ChangeMargin(r, PeakBlocks), math.Hypot(3<<10, sampled.BlocksMargin()); math.Abs(got/want-1) > 0.001 {
				t.Errorf("%s: ±%g blocks, not %g", name, got, want)
			}
		}
	}
}
