package push

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	pb "github.com/google/pprof/profile"

	"heapprof/internal/profile"
	"heapprof/internal/push/pushtest"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/pprof"
)

func TestFramesThatGetNamesAndInlinedCallsLaterAreNotCountedAgain(t *testing.T) {
	named := grown(2)
	named.Frames = append(named.Frames, profile.Frame{Addr: 0x1310, Function: "inlined", File: "server.h", Line: 3, Inlined: true})
	named.Points[0].Stack = profile.StackOf(1, 5, 2, 4)
	bare := grown(1)
	for i := 1; i < len(bare.Frames); i++ {
		bare.Frames[i].Function, bare.Frames[i].File, bare.Frames[i].Line = "", "", 0
	}
	l := newLedger()
	_, l.told = l.since(bare)
	points, _ := l.since(named)
	if points[0].TotalBytes != 100 || points[1].TotalBytes != 8 {
		t.Errorf("points %+v", points)
	}
}

func TestPointsOfOneStackCountTogether(t *testing.T) {
	p := grown(1)
	p.Points = append(p.Points, p.Points[0])
	l := newLedger()
	_, l.told = l.since(p)
	p.Points[0].TotalBytes, p.Points[2].TotalBytes = 30, 190 // 20 more in all
	points, _ := l.since(p)
	if sum := points[0].TotalBytes + points[2].TotalBytes; sum != 20 {
		t.Errorf("%d bytes more", sum)
	}
}

func TestEstimatesThatGoDownAreMadeUpForByWhatComes(t *testing.T) {
	l := newLedger()
	var sum uint64
	for _, n := range []uint64{10, 8, 9, 12} {
		points, then := l.since(grown(n))
		l.told = then
		sum += points[0].TotalBytes
	}
	if sum != 1200 {
		t.Errorf("told of %d bytes", sum)
	}
}

// crowd returns a profile of so many stacks, of which the last is the largest.
func crowd(stacks uint64) *profile.Profile {
	p := grown(1)
	p.Points = nil
	for i := range stacks {
		p.Frames = append(p.Frames, profile.Frame{Addr: 0x1000_0000 + i, Function: fmt.Sprintf("step%d", i), Module: p.Modules[0]})
		p.Points = append(p.Points, profile.Point{
			TotalBytes: i * 3, TotalBlocks: i, EndBytes: i, EndBlocks: 1, Stack: profile.StackOf(uint32(len(p.Frames)-1), 4),
		})
	}
	return p
}

func TestAProfileThatIsTooLargeInBytesFitsAndAddsUp(t *testing.T) {
	of := crowd(1000)
	const most = 20_000
	s, err := newSample(of, pprof.Options{Values: pprof.FleetValues, NoLabels: true, Sites: true, At: time.Now()}, frames.Rules{}, bounds{bytes: most})
	if err != nil {
		t.Fatal(err)
	}
	p, err := pb.ParseData(s.pprof)
	if err != nil {
		t.Fatal(err)
	}
	var plain bytes.Buffer
	if err := p.WriteUncompressed(&plain); err != nil {
		t.Fatal(err)
	}
	total := of.Totals()
	if sum := pushtest.Sums([]pushtest.Taken{{Profile: p}}, "alloc_space"); uint64(sum) != total.TotalBytes || plain.Len() > most+100 || len(p.Sample) < 100 {
		t.Errorf("%d bytes allocated of %d, in %d samples, %d bytes", sum, total.TotalBytes, len(p.Sample), plain.Len())
	}
}

func TestAHugeProfileFitsAndAddsUp(t *testing.T) {
	const stacks = 16_500
	huge := crowd(stacks)
	both(t, func(t *testing.T, f *pushtest.Server) {
		if r := start(t, f, Options{Every: time.Hour}).End(huge); r.Last != nil {
			t.Fatal(r.Last)
		}
		all := f.Profiles()
		total := huge.Totals()
		if space, inuse := pushtest.Sums(all, "alloc_space"), pushtest.Sums(all, "inuse_space"); uint64(space) != total.TotalBytes || uint64(inuse) != total.EndBytes {
			t.Errorf("%d allocated, %d in use; want %d and %d", space, inuse, total.TotalBytes, total.EndBytes)
		}
		folded, largest := false, false
		for _, p := range all {
			for _, s := range p.Sample {
				name := s.Location[0].Line[0].Function.Name
				folded = folded || name == SmallStacks
				largest = largest || strings.HasSuffix(name, fmt.Sprint("step", stacks-1))
			}
		}
		if folded != (!f.Parca) || !largest {
			t.Errorf("small ones together: %t, the largest by itself: %t", folded, largest)
		}
	})
}

func TestNothingIsPushedOfAProgramThatAllocatesNothing(t *testing.T) {
	both(t, func(t *testing.T, f *pushtest.Server) {
		empty := grown(0)
		if r := start(t, f, Options{Every: time.Hour}).End(empty); r.Last != nil || r.Pushed != 0 || f.Asked() != 0 {
			t.Errorf("%+v, %d calls", r, f.Asked())
		}
	})
}

func TestASampledProfileSaysSoInALabel(t *testing.T) {
	f := pushtest.New(t, false)
	p := grown(1)
	p.Sampling.MeanBytes = 524288
	start(t, f, Options{Every: time.Hour}).End(p)
	if got := f.Profiles()[0].Labels["sampled_each_bytes"]; got != "524288" {
		t.Errorf("label %q", got)
	}
}

func TestAPushedProfileIsOneForPProf(t *testing.T) {
	f := pushtest.New(t, true)
	start(t, f, Options{Every: time.Hour}).End(grown(3))
	for _, p := range f.Profiles() {
		if err := p.CheckValid(); err != nil {
			t.Error(err)
		}
		if _, err := pb.Merge([]*pb.Profile{p.Profile, p.Profile}); err != nil {
			t.Error(err)
		}
		if _, err := json.Marshal(p.Labels); err != nil {
			t.Error(err)
		}
	}
}
