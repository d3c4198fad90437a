package finding

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

// ofSamples returns what a number of sampled blocks of 64 bytes, of which one stands for so
// many bytes as mean, tells of the peak.
func ofSamples(blocks, mean uint64, frame uint32) profile.Point {
	s := profile.Sampled{Blocks: blocks, BytesVariance: float64(blocks * mean * mean), BlocksVariance: float64(blocks * (mean / 64) * (mean / 64))}
	return profile.Point{
		TotalBytes: blocks * mean, TotalBlocks: blocks * mean / 64, PeakBytes: blocks * mean, PeakBlocks: blocks * mean / 64,
		Stack: profile.StackOf(frame), Samples: &profile.Samples{Total: s, Peak: s},
	}
}

func TestAShareIsNamelessOnlyWhereTheSamplesAreEnoughToSaySo(t *testing.T) {
	for _, c := range []struct {
		nameless, named uint64 // samples
		want            bool
	}{
		{2, 10, false}, {30, 200, false}, {150, 1000, true}, {1000, 9500, false},
	} {
		p := &profile.Profile{
			Mode: "heap", Columns: profile.Lives, Sampling: profile.Sampling{MeanBytes: 1 << 20},
			Frames: testkit.Frames("[root]", "0x1: ??? (in /lib/libx.so)", "0x2: main (a.c:2)"),
			Points: []profile.Point{ofSamples(c.nameless, 1<<20, 1), ofSamples(c.named, 1<<20, 2)},
		}
		module := &profile.Module{Path: "/lib/libx.so"}
		p.Modules, p.Frames[1].Module = []*profile.Module{module}, module
		r, err := view.NewReport(view.NewSource(p), view.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(NamelessFunctions(r)) > 0; got != c.want {
			t.Errorf("%d samples of %d: found is %t", c.nameless, c.nameless+c.named, got)
		}
	}
}

func TestWhatWasNotSampledDoesNotHideAHeap(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		mean, samples uint64
		want          bool
	}{
		{mib / 2, 20, true},   // 10 MiB of 100
		{mib / 2, 180, false}, // 90 MiB
		{32 * mib, 1, false},  // 32 MiB, or none, or 100
		{32 * mib, 0, false},  // there may be as much without a sample
		{mib / 2, 0, true},
	} {
		p := &profile.Profile{
			Sampling:  profile.Sampling{MeanBytes: c.mean},
			Points:    []profile.Point{ofSamples(c.samples, c.mean, 0)},
			Recording: &profile.Recording{AnonymousPeak: 100 * mib, StaticBytes: mib, StackBytes: mib, Threads: 1},
		}
		totals := p.Totals()
		if ok := isHidden(p, &totals); ok != c.want {
			t.Errorf("%d samples, one in %d bytes: found is %t", c.samples, c.mean, ok)
		}
	}
}

func TestFewSamplesAreAskedToBeMore(t *testing.T) {
	for _, c := range []struct {
		samples, mean, bytes, better uint64
		want                         profile.Remedy
	}{
		{0, 512 << 10, 4000, 0, SampleMore},
		{20, 512 << 10, 10 << 20, 4 << 10, SampleMore},
		{20, 512 << 10, 5 << 20, 0, SampleMore},
		{20, 64 << 20, 1280 << 20, 512 << 10, SampleMore},
		{200, 512 << 10, 100 << 20, 0, ""},
		{20, 512 << 10, 0, 0, ""}, // how much there was is not known
	} {
		p := &profile.Profile{
			Sampling: profile.Sampling{MeanBytes: c.mean, ExactBytes: c.bytes, ExactBlocks: c.bytes / 64},
			Points:   []profile.Point{ofSamples(c.samples, c.mean, 0)},
		}
		if c.samples == 0 {
			p.Points = nil
		}
		f := Losses(p)[0]
		code := Estimated
		if c.samples == 0 {
			code = Unsampled
		}
		if f.Code != code || f.Remedy != c.want || f.Evidence.Better != c.better || f.Evidence.Blocks != c.samples {
			t.Errorf("%d samples of %d bytes: %+v", c.samples, c.bytes, f)
		}
	}
}
