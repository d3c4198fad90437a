package pprof

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	pb "github.com/google/pprof/profile"

	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

// write writes p for pprof.
func write(w io.Writer, p *profile.Profile, o Options) error {
	file, err := New(view.NewSource(p), o)
	if err != nil {
		return err
	}
	return file.Write(w)
}

// convert writes p for pprof and reads it back, as pprof does.
func convert(t *testing.T, p *profile.Profile) *pb.Profile {
	t.Helper()
	return convertWith(t, p, Options{})
}

func convertWith(t *testing.T, p *profile.Profile, o Options) *pb.Profile {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out, p, o); err != nil {
		t.Fatal(err)
	}
	prof, err := pb.ParseData(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return prof
}

func TestPProfSumsAreTheProfiles(t *testing.T) {
	for name, p := range map[string]*profile.Profile{"own": reporttest.Drawn(), "foreign": reporttest.DrawnByOthers()} {
		sums, err := view.Total(p)
		if err != nil {
			t.Fatal(err)
		}
		prof := convert(t, p)
		want := []struct {
			sampleType string
			metric     view.Metric
		}{
			{"alloc_objects/count", view.TotalBlocks},
			{"alloc_space/bytes", view.TotalBytes},
			{"inuse_objects/count", view.EndBlocks},
			{"inuse_space/bytes", view.EndBytes},
			{"peak_objects/count", view.PeakBlocks},
			{"peak_space/bytes", view.PeakBytes},
		}
		if len(prof.SampleType) != len(want) {
			t.Fatalf("%s: %d sample types, want %d", name, len(prof.SampleType), len(want))
		}
		for i, w := range want {
			if got := prof.SampleType[i].Type + "/" + prof.SampleType[i].Unit; got != w.sampleType {
				t.Errorf("%s: sample type %s, want %s", name, got, w.sampleType)
			}
			var sum int64
			for _, s := range prof.Sample {
				sum += s.Value[i]
			}
			if uint64(sum) != sums.Get(w.metric) {
				t.Errorf("%s: %s adds up to %d, the profile's %s to %d", name, w.sampleType, sum, w.metric, sums.Get(w.metric))
			}
		}
		if prof.DefaultSampleType != "inuse_space" {
			t.Errorf("%s: default sample type %q", name, prof.DefaultSampleType)
		}
	}
}

func TestPProfLeavesOutWhatTheFileLacks(t *testing.T) {
	p := reporttest.DrawnByOthers()
	p.Columns = 0
	p.Units.Unit, p.Units.Units = "query", "queries"
	prof := convert(t, p)
	var types []string
	for _, s := range prof.SampleType {
		types = append(types, s.Type+"/"+s.Unit)
	}
	if !slices.Equal(types, []string{"alloc_objects/count", "alloc_space/queries"}) || prof.DefaultSampleType != "alloc_space" {
		t.Errorf("sample types %v, default %s", types, prof.DefaultSampleType)
	}
}

func TestPProfCallsCopiesAndEventsByTheirNames(t *testing.T) {
	for name, want := range map[string]string{
		"valgrind-copy.json": "copies/count copied_bytes/bytes", "valgrind-ad-hoc.json": "events/count events_units/units", "dhat-rs-ad-hoc.json": "events/count events_units/units",
	} {
		prof := convert(t, reporttest.Foreign(t, name))
		var types []string
		for _, s := range prof.SampleType {
			types = append(types, s.Type+"/"+s.Unit)
		}
		if got := strings.Join(types, " "); got != want || prof.DefaultSampleType != prof.SampleType[1].Type {
			t.Errorf("%s: sample types %s, default %s", name, got, prof.DefaultSampleType)
		}
	}
}

// stacks writes each sample as its locations, innermost first, with the lines
// of one location in brackets.
func stacks(prof *pb.Profile) []string {
	var all []string
	for _, s := range prof.Sample {
		var locations []string
		for _, l := range s.Location {
			var lines []string
			for _, line := range l.Line {
				lines = append(lines, fmt.Sprintf("%s:%d", line.Function.Name, line.Line))
			}
			locations = append(locations, fmt.Sprintf("%#x[%s]", l.Address, strings.Join(lines, " ")))
		}
		all = append(all, strings.Join(locations, " "))
	}
	return all
}

func TestPProfInlinedFramesShareALocation(t *testing.T) {
	got := stacks(convert(t, reporttest.Drawn()))
	if want := "0x9000[malloc:0] 0x1310[copy:5 grow:30] 0x1200[parse:20] 0x1100[main:10]"; got[0] != want {
		t.Errorf("got  %s\nwant %s", got[0], want)
	}
}

func TestPProfRecursionIsNoInlining(t *testing.T) {
	p := reporttest.Drawn()
	p.Points = []profile.Point{
		{TotalBlocks: 1, Stack: profile.StackOf(8, 2, 2, 2, 1)},    // one function
		{TotalBlocks: 1, Stack: profile.StackOf(8, 4, 5, 4, 5, 1)}, // one with another inlined into it
	}
	got := stacks(convert(t, p))
	want := []string{
		"0x9000[malloc:0] 0x1200[parse:20] 0x1200[parse:20] 0x1200[parse:20] 0x1100[main:10]",
		"0x9000[malloc:0] 0x1310[copy:5 grow:30] 0x1310[copy:5 grow:30] 0x1100[main:10]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func TestPProfWhatIsInlinedIntoPlumbingThatIsLeftOutIsNoPartOfItsCaller(t *testing.T) {
	p := &profile.Profile{
		Frames: testkit.Frames(
			"[root]",
			"0x1: alloc::raw_vec::finish_grow (r.rs:3)",
			"0x1: <T as alloc::vec::spec_from_iter::SpecFromIter>::from_iter (v.rs:2)", // calls the program back in the second stack
			"0x4: app::main (a.rs:1)",
			"0x5: app::main::{{closure}} (a.rs:2)",
			"0x6: alloc::vec::Vec<T>::push (in /bin/app)",
		),
		Points: []profile.Point{
			{TotalBytes: 1, TotalBlocks: 1, Stack: profile.StackOf(1, 2, 3)},
			{TotalBytes: 2, TotalBlocks: 1, Stack: profile.StackOf(5, 4, 2, 3)},
		},
	}
	p.InferInlined()
	if got, want := stacks(convert(t, p))[0], "0x1[alloc::raw_vec::finish_grow:3] 0x4[app::main:1]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestPProfMappingsAreTheModules(t *testing.T) {
	prof := convert(t, reporttest.Drawn())
	var got []string
	for _, m := range prof.Mapping {
		got = append(got, fmt.Sprintf("%s %#x-%#x id=%s functions=%t files=%t lines=%t inlined=%t",
			m.File, m.Start, m.Limit, m.BuildID, m.HasFunctions, m.HasFilenames, m.HasLineNumbers, m.HasInlineFrames))
	}
	want := []string{
		"/opt/prog 0x1000-0x2000 id=bb02 functions=true files=true lines=true inlined=true", // the program comes first
		"/usr/lib/libc.so.6 0x8000-0xa000 id= functions=true files=false lines=false inlined=false",
		"/usr/lib/libz.so.1 0x5000-0x6000 id=aa01 functions=true files=false lines=false inlined=false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, l := range prof.Location {
		if l.Line[0].Function.Name == frames.NoStack {
			continue
		}
		if l.Mapping == nil || l.Address < l.Mapping.Start || l.Address >= l.Mapping.Limit {
			t.Errorf("location %#x is in mapping %v", l.Address, l.Mapping)
		}
	}
}

func TestPProfModuleLoadedAgainIsAnotherMapping(t *testing.T) {
	p := reporttest.Drawn()
	p.Modules = append(p.Modules, &profile.Module{Path: "/usr/lib/libz.so.1", Start: 0x15000, End: 0x16000, Bias: 0x15000})
	p.Frames = append(p.Frames, testkit.Frames("0x15020: ??? (in /usr/lib/libz.so.1)")...)
	p.Frames[len(p.Frames)-1].Module = p.Modules[3]
	p.Points = append(p.Points, profile.Point{TotalBlocks: 1, Stack: profile.StackOf(9, 1)})
	var starts []uint64
	for _, m := range convert(t, p).Mapping {
		if m.File == "/usr/lib/libz.so.1" {
			starts = append(starts, m.Start)
		}
	}
	if !slices.Equal(starts, []uint64{0x5000, 0x15000}) {
		t.Errorf("mappings of the library start at %#x", starts)
	}
}

func TestPProfFramesOfOtherToolsLieInTheProgramOrTheirObject(t *testing.T) {
	prof := convert(t, reporttest.DrawnByOthers())
	var files []string
	for _, m := range prof.Mapping {
		files = append(files, m.File)
	}
	if !slices.Equal(files, []string{"./prog", "/usr/lib/libc.so.6", "/usr/lib/libz.so.1", "/opt/prog"}) {
		t.Errorf("mappings %q", files)
	}
	for _, l := range prof.Location {
		want := map[string]string{"main": "./prog", "malloc": "/usr/lib/libc.so.6"}[l.Line[0].Function.Name]
		if want != "" && l.Mapping.File != want {
			t.Errorf("%s is in %s, want %s", l.Line[0].Function.Name, l.Mapping.File, want)
		}
	}
}

func TestPProfTimesAndComments(t *testing.T) {
	p := reporttest.Drawn()
	p.Recording.Start = time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)
	p.Recording.Host = "box"
	p.Recording.Counts.TruncatedStacks = 3
	prof := convert(t, p)
	if prof.TimeNanos != p.Recording.Start.UnixNano() || prof.DurationNanos != 2_500_000_000 {
		t.Errorf("time %d, duration %d", prof.TimeNanos, prof.DurationNanos)
	}
	want := []string{"command: ./prog a<b", "recorded by: heapprof", "pid: 7", "host: box", "stacks cut at the depth limit: 3"}
	if !slices.Equal(prof.Comments, want) {
		t.Errorf("comments %q, want %q", prof.Comments, want)
	}
	// valgrind's clock counts instructions, which are no time.
	if d := convert(t, reporttest.DrawnByOthers()).DurationNanos; d != 0 {
		t.Errorf("duration of a profile in instrs is %d", d)
	}
}

func TestPProfRefusesWhatItsFormatCannotHold(t *testing.T) {
	p := reporttest.Drawn()
	p.Points[0].TotalBytes = 1 << 63
	if _, err := New(view.NewSource(p), Options{}); err == nil || !strings.Contains(err.Error(), "total-bytes") {
		t.Errorf("error %v", err)
	}
}

func TestPProfOfNothingIsValid(t *testing.T) {
	convert(t, &profile.Profile{Frames: testkit.Frames("[root]")})
}

func TestPProfIsTheSameEveryTime(t *testing.T) {
	var first, again bytes.Buffer
	write(&first, reporttest.Drawn(), Options{})
	write(&again, reporttest.Drawn(), Options{})
	if !bytes.Equal(first.Bytes(), again.Bytes()) {
		t.Error("two runs differ")
	}
}

func TestPProfTakesLittleMoreMemoryThanTheProfile(t *testing.T) {
	var file bytes.Buffer
	const size = 8 << 20
	if err := testkit.WriteBigProfile(&file, size); err != nil {
		t.Fatal(err)
	}
	p, err := format.Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := write(io.Discard, p, Options{}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	// It takes 3.5 MB: the compressor and the tables.
	if took := after.TotalAlloc - before.TotalAlloc; took > size {
		t.Errorf("a file of %d bytes took %d to convert, freed ones included", size, took)
	}
}

func BenchmarkPProf(b *testing.B) {
	var file bytes.Buffer
	if err := testkit.WriteBigProfile(&file, 20<<20); err != nil {
		b.Fatal(err)
	}
	p, err := format.Read(&file)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(p.Points)), "points")
	b.ReportAllocs()
	for b.Loop() {
		if err := write(&bytes.Buffer{}, p, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestPProfTakesFramesAtOneAddressForInlinedToALimit(t *testing.T) {
	prof := convert(t, reporttest.Deep(30_000))
	frames := 0
	for _, l := range prof.Sample[0].Location {
		frames += len(l.Line)
		if len(l.Line) > 1000 {
			t.Errorf("a location of %d functions", len(l.Line))
		}
	}
	if frames != 30_000 {
		t.Errorf("%d frames, want 30,000", frames)
	}
}

// typed is a profile of two sites, one of which holds two types, the other none that is known.
func typed() *profile.Profile {
	const library = "/rustc/0123456789012345678901234567890123456789/library/"
	p := &profile.Profile{
		Frames: testkit.Frames(
			"[root]",
			"0x10: alloc::vec::Vec<T,A>::push ("+library+"alloc/src/vec/mod.rs:2)",
			"0x11: alloc::raw_vec::RawVec<T,A>::grow_one ("+library+"alloc/src/raw_vec.rs:3)",
			"0x12: alloc::alloc::alloc ("+library+"alloc/src/alloc.rs:4)",
			"0x13: alloc::vec::Vec<T,A>::push ("+library+"alloc/src/vec/mod.rs:2)",
			"0x20: app::handle (src/main.rs:5)",
			"0x40: app::main (src/main.rs:9)",
		),
		Points: []profile.Point{
			{TotalBytes: 40, TotalBlocks: 1, Stack: profile.StackOf(3, 2, 1, 5, 6)},
			{TotalBytes: 2, TotalBlocks: 1, Stack: profile.StackOf(3, 2, 4, 5, 6)},
			{TotalBytes: 300, TotalBlocks: 1, Stack: profile.StackOf(6)},
		},
	}
	p.Frames[1].Instance = "alloc::vec::{impl#1}::push<app::Event, alloc::alloc::Global>"
	p.Frames[4].Instance = "alloc::vec::{impl#1}::push<u8, alloc::alloc::Global>"
	return p
}

func TestASampleHasTheTypeOfItsBlocksAsALabel(t *testing.T) {
	var got []string
	for _, s := range convert(t, typed()).Sample {
		got = append(got, fmt.Sprint(s.Label["type"], s.Value[1], " ", s.Location[0].Line[0].Function.Name))
	}
	want := []string{"[Vec<Event>] 40 alloc::alloc::alloc", "[Vec<u8>] 2 alloc::alloc::alloc", "[] 300 app::main"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestATypeIsAFrameInThePlaceOfThePlumbing(t *testing.T) {
	var got []string
	for _, s := range convertWith(t, typed(), Options{TypeFrames: true}).Sample {
		var stack []string
		for _, l := range s.Location {
			stack = append(stack, l.Line[0].Function.Name)
		}
		got = append(got, fmt.Sprint(s.Value[1], " ", strings.Join(stack, " ")))
	}
	want := []string{"40 [Vec<Event>] app::handle app::main", "2 [Vec<u8>] app::handle app::main", "300 app::main"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
