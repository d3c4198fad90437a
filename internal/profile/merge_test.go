package profile_test

import (
	"strings"
	"testing"

	. "heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
)

func TestMergedProfileHasTheSumsOfAll(t *testing.T) {
	a, b := profiletest.Sample(), profiletest.Sample()
	b.Points = append(b.Points, Point{TotalBytes: 7, TotalBlocks: 1, Frames: []uint32{2}})
	b.Columns &^= Accesses
	m, err := Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	got, one, two := m.Totals(), a.Totals(), b.Totals()
	if got.TotalBytes != one.TotalBytes+two.TotalBytes || got.EndBlocks != one.EndBlocks+two.EndBlocks {
		t.Errorf("the totals are %+v of %+v and %+v", got, one, two)
	}
	if len(m.Points) != 3 || len(m.Frames) != 4 || len(m.Modules) != 2 {
		t.Errorf("%d points, %d frames, %d modules", len(m.Points), len(m.Frames), len(m.Modules))
	}
	if m.Columns != Lives|Own || m.PeakTime != 0 {
		t.Errorf("columns %b, peak at %d", m.Columns, m.PeakTime)
	}
	if r := m.Recording; r.Counts.LostEvents != 10 || r.MergedPoints != 18 || m.Timeline != nil {
		t.Errorf("the recording is %+v", r)
	}
	if want := (Sampling{MeanBytes: 512 << 10, ExactBytes: 240, ExactBlocks: 12}); m.Sampling != want {
		t.Errorf("the sampling is %+v, not %+v", m.Sampling, want)
	}
	if got, want := *m.Totals().Samples, (Samples{Total: Sampled{4, 9216, 5}, Peak: Sampled{2, 2.5e30, 2}}); got != want {
		t.Errorf("the sums come from %+v, not %+v", got, want)
	}
	if len(a.Points) != 2 || a.Points[0].Samples.Total.Blocks != 2 || a.Points[0].TotalBytes != 96 {
		t.Errorf("the first profile has changed: %+v", a.Points)
	}
}

func TestMergedTotalsAreExactOnlyIfAllAre(t *testing.T) {
	a, b := profiletest.Sample(), profiletest.Sample()
	b.Sampling.ExactBytes, b.Sampling.ExactBlocks = 0, 0
	for _, profiles := range [][]*Profile{{a, b}, {b, a}} {
		m, err := Merge(profiles...)
		if err != nil {
			t.Fatal(err)
		}
		if m.Sampling.HasTotals() || m.Sampling.ExactBytes != 0 {
			t.Errorf("the sampling is %+v", m.Sampling)
		}
	}
	b.Points = nil
	m, err := Merge(b, a)
	if err != nil || m.Sampling != a.Sampling {
		t.Errorf("with a process that has allocated nothing: %+v, %v", m.Sampling, err)
	}
}

func TestProfilesOfDifferentUnitsAreNotMerged(t *testing.T) {
	a, b, c, d := profiletest.Sample(), profiletest.Sample(), profiletest.Sample(), profiletest.Sample()
	d.Maker = "heaptrack"
	b.Units.Units = "events"
	c.Sampling.MeanBytes = 1
	for _, other := range []*Profile{b, c, d} {
		if _, err := Merge(a, other); err == nil || !strings.Contains(err.Error(), a.Command[:4]) {
			t.Errorf("got %v", err)
		}
	}
}

func TestMergedProfileTellsThatItsProgramsWereAttachedTo(t *testing.T) {
	a, b := profiletest.Sample(), profiletest.Sample()
	a.Recording.Attached = &Attached{Age: 5, FreedBefore: 3, ResizedBefore: 1, End: AttachDuration, Pauses: Pauses{Count: 1, Median: 2, Longest: 2}}
	b.Recording.Attached = &Attached{FreedBefore: 4, End: AttachForked}
	m, err := Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := *m.Recording.Attached, (Attached{Age: 5, FreedBefore: 7, ResizedBefore: 1, End: AttachDuration}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if a.Recording.Attached.FreedBefore != 3 {
		t.Errorf("the first profile has changed: %+v", a.Recording.Attached)
	}
}

func TestColumnsInCommonLackWhatEitherLacks(t *testing.T) {
	if got := (Peak | End | NoTotals).Common(Peak | NoBlocks); got != Peak|NoTotals|NoBlocks {
		t.Errorf("got %b", got)
	}
}
