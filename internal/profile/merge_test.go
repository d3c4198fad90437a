package profile_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	. "heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
)

func TestMergedProfileHasTheSumsOfAll(t *testing.T) {
	a, b := profiletest.Sample(), profiletest.Sample()
	b.Points = append(b.Points, Point{TotalBytes: 7, TotalBlocks: 1, Stack: StackOf(2)})
	b.Columns &^= Accesses
	m, err := Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	got, one, two := m.Totals(), a.Totals(), b.Totals()
	if got.TotalBytes != one.TotalBytes+two.TotalBytes || got.EndBlocks != one.EndBlocks+two.EndBlocks {
		t.Errorf("the totals are %+v of %+v and %+v", got, one, two)
	}
	if len(m.Points) != 3 || len(m.Frames) != 5 || len(m.Modules) != 2 {
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
	b.Points, b.Recording.Frees = nil, &Frees{}
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

// A library lies elsewhere in each process.
func TestLibrariesAtOtherPlacesAreTheSame(t *testing.T) {
	process := func(bias uint64, other string) *Profile {
		p := profiletest.Sample()
		lib := &Module{Path: "/lib/liba.so", BuildID: "aa", Start: bias + 0x1000, End: bias + 0x3000, Bias: bias}
		own := &Module{Path: other, BuildID: other, Start: 0x400000, End: 0x402000}
		p.Modules = []*Module{lib, own}
		p.Frames = []Frame{Root, {Addr: bias + 0x1010, Function: "f", Module: lib}, {Addr: 0x400010, Function: "main", Module: own}}
		p.Points = []Point{{TotalBytes: 1, TotalBlocks: 1, Stack: StackOf(1, 2)}}
		p.Recording.Frees, p.Recording.Mappings, p.Recording.Refusals, p.Recording.Limit = nil, nil, nil, nil
		return p
	}
	m, err := Merge(process(0x7f0000, "/bin/a"), process(0x550000, "/bin/a"), process(0x660000, "/bin/b"))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Points) != 2 || len(m.Modules) != 3 || len(m.Frames) != 4 {
		t.Fatalf("%d points, %d modules, %d frames: %+v", len(m.Points), len(m.Modules), len(m.Frames), m.Frames)
	}
	for _, f := range m.Frames[1:] {
		offset := f.Addr - f.Module.Bias
		if want := map[string]uint64{"/lib/liba.so": 0x1010, "/bin/a": 0x400010, "/bin/b": 0x400010}[f.Module.Path]; offset != want {
			t.Errorf("%s is at %#x of %s, not at %#x", f.Function, offset, f.Module.Path, want)
		}
		if f.Addr < f.Module.Start || f.Addr >= f.Module.End {
			t.Errorf("%#x lies outside of %+v", f.Addr, *f.Module)
		}
	}
	for i, a := range m.Modules {
		for _, b := range m.Modules[:i] {
			if a.Start < b.End && b.Start < a.End {
				t.Errorf("%+v and %+v lie in one place", *a, *b)
			}
		}
	}
}

func TestMergedProfileTellsWhatItIsOf(t *testing.T) {
	a, b := profiletest.Sample(), profiletest.Sample()
	b.Command = "./bush"
	ab, err := Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Merge(ab, a, a)
	if err != nil {
		t.Fatal(err)
	}
	if want := []Part{{a.Command, 3}, {"./bush", 1}}; !slices.Equal(m.Merged, want) || m.MergedProfiles() != 4 || m.Command != a.Command {
		t.Errorf("it is of %+v", m.Merged)
	}
	if a.Merged != nil || a.MergedProfiles() != 0 {
		t.Errorf("the first profile has changed: %+v", a.Merged)
	}
}

func TestWhatAllProcessesTellIsAdded(t *testing.T) {
	process := func(name string) *Profile {
		p := profiletest.Sample()
		r := p.Recording
		r.HasFacts, r.Lifetimes = true, []LifetimeClass{{Max: 8, Blocks: 3}}
		r.ByThread = []Thread{{ID: 7, Name: "main", Threads: 1, TotalBytes: 5, MaxBytes: 4}, {ID: 8, Name: name, Threads: 1, TotalBytes: 1}}
		return p
	}
	a, b := process("x"), process("y")
	m, err := Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	r := m.Recording
	if want := []SizeClass{{16, 2, 2}, {32, 8, 192}}; !slices.Equal(r.Sizes, want) {
		t.Errorf("sizes %+v", r.Sizes)
	}
	if want := []LifetimeClass{{8, 6}}; !slices.Equal(r.Lifetimes, want) {
		t.Errorf("lifetimes %+v", r.Lifetimes)
	}
	want := []Thread{{Name: "main", Threads: 2, TotalBytes: 10, MaxBytes: 4}, {ID: 8, Name: "x", Threads: 1, TotalBytes: 1}, {ID: 8, Name: "y", Threads: 1, TotalBytes: 1}}
	if !slices.Equal(r.ByThread, want) {
		t.Errorf("threads %+v", r.ByThread)
	}
	if one, two := a.OfMappings().Totals(), m.OfMappings().Totals(); two.PeakBytes != 2*one.PeakBytes || two.TotalBlocks != 2*one.TotalBlocks {
		t.Errorf("mapped was %+v, and %+v in one", two, one)
	}
	if len(r.Notes) != len(a.Recording.Notes) || r.Notes[1].Count != 2 {
		t.Errorf("what is to be said of both is said twice: %+v", r.Notes)
	}
	b.Recording.Sizes, b.Recording.Lifetimes, b.Recording.ByThread, b.Recording.Mappings = nil, nil, nil, nil
	for _, all := range [][]*Profile{{a, b}, {b, a}, {a, b, a}} {
		if m, err = Merge(all...); err != nil {
			t.Fatal(err)
		}
		if r := m.Recording; r.Sizes != nil || r.Lifetimes != nil || r.ByThread != nil || r.Mappings != nil {
			t.Errorf("of one process it is not known, and the sum is %+v", r)
		}
	}
}

func TestProfilesBeyond64BitsAreNotMerged(t *testing.T) {
	a, b := profiletest.Sample(), profiletest.Sample()
	a.Points[0].PeakBytes = math.MaxUint64
	var m Merger
	if err := m.Add(a); err != nil {
		t.Fatal(err)
	}
	var unlike *UnlikeError
	if err := m.Add(b); !errors.As(err, &unlike) || unlike.Why != UnlikeSums {
		t.Errorf("got %v", err)
	}
	if p := m.Profile(); p.MergedProfiles() != 1 || p.Totals().TotalBytes != a.Totals().TotalBytes {
		t.Errorf("what was refused is in it: %+v", p.Points)
	}
}

// A thousand runs of one program are no larger than one, while they are added as well.
func TestMergerKeepsNoMoreThanItMakes(t *testing.T) {
	var m Merger
	for range 1000 {
		if err := m.Add(profiletest.Sample()); err != nil {
			t.Fatal(err)
		}
		if n := m.Kept(); n > 40 {
			t.Fatalf("it keeps %d points and frames of profiles that have 7 each", n)
		}
	}
	p, one := m.Profile(), profiletest.Sample().Totals()
	if got := p.Totals(); got.TotalBytes != 1000*one.TotalBytes || len(p.Points) != 2 {
		t.Errorf("%+v in %d points", got, len(p.Points))
	}
}
