package page_test

import (
	"fmt"
	"math"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/page"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

func TestTheSitesThatKeepMemoryResidentAddUp(t *testing.T) {
	p := &profile.Profile{Mode: "heap", Columns: profile.Lives, Frames: testkit.Frames("[root]"), Recording: &profile.Recording{}}
	reading := profile.ResidentReading{Time: 5, LiveBytes: 7, Parts: []profile.ResidentPart{{Kind: profile.Rounding, Bytes: 9}, {Kind: profile.FreeHeap, Bytes: 3, Point: -1}}}
	var want profile.ResidentPoint
	for i := range uint64(300) {
		p.Frames = append(p.Frames, testkit.Frames(fmt.Sprintf("0x%x: f%d (a.c:%d)", i+1, i, i+1))...)
		p.Points = append(p.Points, profile.Point{TotalBytes: 8, TotalBlocks: 1, Stack: profile.StackOf(uint32(i + 1))})
		point := profile.ResidentPoint{Point: int(i), Bytes: i, Blocks: 1, Rounding: 2 * i, PinnedBytes: 3 * i, PinnedPages: 1}
		want.Add(&point)
		reading.Points = append(reading.Points, point)
	}
	p.Recording.Resident = &profile.Resident{Readings: []profile.ResidentReading{reading}}
	got := build(t, page.Options{}, view.NewSource(p)).Resident.Readings[0]
	var sum profile.ResidentPoint
	for i := range got.Sites.Place {
		sum.Add(&profile.ResidentPoint{Bytes: got.Sites.Bytes[i], Blocks: got.Sites.Blocks[i], Rounding: got.Sites.Rounding[i], PinnedBytes: got.Sites.Pinned[i], PinnedPages: got.Sites.Pages[i]})
	}
	want.Point = 0
	if sum != want || len(got.Sites.Place) >= 300 {
		t.Errorf("%d sites have %+v, want %+v", len(got.Sites.Place), sum, want)
	}
	if !got.Parts[0].Computed || !got.Parts[1].Free || got.LiveBytes != 7 {
		t.Errorf("the reading is %+v", got)
	}
}

func TestASiteWithoutANameHasThatOfItsCaller(t *testing.T) {
	got := build(t, page.Options{}, view.NewSource(reporttest.Sample()))
	labels := map[string]bool{}
	for i, label := range got.Places.Label {
		nameless := got.Functions.Flags[got.Places.Function[i]]&page.FunctionNameless != 0
		if nameless == (label == "") {
			t.Errorf("%q is called %q", got.Functions.Name[got.Places.Function[i]], label)
		}
		labels[label] = true
	}
	if !labels["libzip.so.2+0x1210, Archive::open"] {
		t.Errorf("no site is mostly called from Archive::open: %v", labels)
	}
}

func TestAPageSaysHowFarEstimatesMayBeOff(t *testing.T) {
	p := reporttest.Sampled()
	got := build(t, page.Options{}, view.NewSource(p))
	total, _ := view.Total(p)
	for i, m := range got.Metrics {
		metric, _ := view.ParseMetric(m.Name)
		sampled, known := total.Sampled(metric)
		if column := got.Records.Variance[i]; known != (len(column) > 0) {
			t.Errorf("%s: %d variances", m.Name, len(column))
		}
		var sum float64
		for _, v := range got.Records.Variance[i] {
			sum += v
		}
		if margin := metric.MarginOf(sampled); math.Abs(2*math.Sqrt(sum)-margin) > 0.01*margin {
			t.Errorf("%s may be off by %g, want %g", m.Name, 2*math.Sqrt(sum), margin)
		}
	}
	side := got.Sides[0]
	if !side.Estimated || side.MeanBytes != p.Sampling.MeanBytes || side.Exact[0] != p.Sampling.ExactBytes || side.Exact[1] != p.Sampling.ExactBlocks {
		t.Errorf("the side is %+v", side)
	}
	if exact := build(t, page.Options{}, view.NewSource(reporttest.Sample())); len(exact.Records.Variance) > 0 || len(exact.Sides[0].Exact) > 0 {
		t.Error("exact numbers may be off")
	}
}

func TestThePageSaysThatABrowserRounds(t *testing.T) {
	p := reporttest.Sample()
	if build(t, page.Options{}, view.NewSource(p)).Rounded {
		t.Error("small sums are rounded")
	}
	p.Points[0].TotalBytes = 1 << 54
	if !build(t, page.Options{}, view.NewSource(p)).Rounded {
		t.Error("a sum of 54 bits is not rounded")
	}
}

func TestWhatIsNotKnownIsNotInAPage(t *testing.T) {
	p := reporttest.Sample()
	p.Columns = 0
	got := build(t, page.Options{}, view.NewSource(p))
	if len(got.Metrics) != 2 || got.Windows != nil || got.Growth != nil || got.Resident != nil || len(got.Held) > 0 || len(got.Sizes.Size[0].Max) > 0 || got.Default != "total-bytes" {
		t.Errorf("%+v", got)
	}
}
