package flame_test

import (
	"io"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/flame"
	"heapprof/internal/report/folded"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/speedscope"
	"heapprof/internal/report/svg"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

// writers are the forms of a flame graph.
var writers = map[string]func(io.Writer, *view.Source, flame.Options) error{
	"folded":     folded.Write,
	"speedscope": speedscope.Write,
	"svg":        svg.Write,
}

func TestFlameGraphRefusesWhatCannotBeDrawn(t *testing.T) {
	short := reporttest.Drawn()
	short.Columns, short.Recording = 0, nil
	huge := reporttest.Drawn()
	huge.Points[0].TotalBytes = 1<<64 - 1
	for _, c := range []struct {
		name    string
		profile *profile.Profile
		metric  view.Metric
		want    string
	}{
		{"a metric the file lacks", short, view.PeakBytes, "the profile has no peak-bytes; it has total-bytes, total-blocks"},
		{"an average", reporttest.Drawn(), view.Lifetime, "lifetime does not add up over stacks"},
		{"maxima of different times", reporttest.Drawn(), view.MaxBytes, "max-bytes does not add up over stacks"},
		{"a sum beyond 64 bits", huge, view.TotalBytes, "total-bytes add up to more than 64 bits"},
	} {
		for name, write := range writers {
			var out strings.Builder
			err := write(&out, view.NewSource(c.profile), flame.Options{Metric: &c.metric})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s, %s: error %v, want %q", c.name, name, err, c.want)
			}
			if out.Len() > 0 {
				t.Errorf("%s, %s: wrote %d bytes before the error", c.name, name, out.Len())
			}
		}
	}
}

func TestFlameGraphOfNothingIsWritten(t *testing.T) {
	p := &profile.Profile{Frames: testkit.Frames("[root]")}
	for name, write := range writers {
		if err := write(&strings.Builder{}, view.NewSource(p), flame.Options{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFlameGraphIsTheSameEveryTime(t *testing.T) {
	for name, write := range writers {
		var first strings.Builder
		write(&first, view.NewSource(reporttest.Drawn()), flame.Options{})
		for range 5 {
			var again strings.Builder
			write(&again, view.NewSource(reporttest.Drawn()), flame.Options{})
			if first.String() != again.String() {
				t.Fatalf("%s: two runs differ", name)
			}
		}
	}
}

// BenchmarkFlame draws a profile whose file has 20 MiB, or the one that HEAPPROF_PROFILE names.
func BenchmarkFlame(b *testing.B) {
	p := reporttest.Big(b)
	for name, write := range writers {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := write(io.Discard, view.NewSource(p), flame.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestAProfileWithoutAnyFrameIsDrawn(t *testing.T) {
	for _, points := range [][]profile.Point{nil, {{TotalBytes: 8, TotalBlocks: 1, PeakBytes: 8, PeakBlocks: 1}}} {
		p := &profile.Profile{Columns: profile.Lives, Points: points}
		for name, write := range writers {
			if err := write(io.Discard, view.NewSource(p), flame.Options{}); err != nil {
				t.Errorf("%s of %d points: %v", name, len(points), err)
			}
		}
	}
}

// folds returns a profile of a program with an executor, on one stack twice as deep as on the
// other, a parser that calls itself, and a container.
func folds() *profile.Profile {
	const registry, library = "/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/", "/rustc/0123456789012345678901234567890123456789/library/"
	p := &profile.Profile{
		Frames: testkit.Frames(
			"[root]",
			"0x10: alloc::vec::Vec<T,A>::push ("+library+"alloc/src/vec/mod.rs:2)",
			"0x11: alloc::raw_vec::RawVec<T,A>::grow_one ("+library+"alloc/src/raw_vec.rs:3)",
			"0x12: alloc::alloc::alloc ("+library+"alloc/src/alloc.rs:4)",
			"0x20: app::handle (src/main.rs:5)",
			"0x30: tokio::runtime::run ("+registry+"tokio-1.0.0/src/lib.rs:6)",
			"0x31: core::ops::call_once ("+library+"core/src/ops.rs:7)",
			"0x32: hyper::serve ("+registry+"hyper-1.0.0/src/lib.rs:8)",
			"0x40: app::main (src/main.rs:9)",
			"0x41: std::rt::lang_start ("+library+"std/src/rt.rs:10)",
			"0x42: _start (in /opt/app)",
			"0x50: app::value (src/parse.rs:11)",
			"0x51: app::array (src/parse.rs:12)",
		),
		Points: []profile.Point{
			{TotalBytes: 40, TotalBlocks: 1, Stack: profile.StackOf(3, 2, 1, 4, 7, 6, 5, 8, 9, 10)},
			{TotalBytes: 2, TotalBlocks: 1, Stack: profile.StackOf(3, 2, 1, 4, 7, 6, 5, 7, 6, 5, 8, 9, 10)},
			{TotalBytes: 300, TotalBlocks: 1, Stack: profile.StackOf(3, 11, 12, 11, 12, 11, 12, 11, 8, 9, 10)},
		},
	}
	return p
}

func TestFlameGraphsFoldWhatIsPassed(t *testing.T) {
	for _, c := range []struct {
		options flame.Options
		want    string
	}{
		{flame.Options{}, `
app::main;app::value;app::array;… recursion;app::value 300
app::main;… tokio, hyper;app::handle;[Vec<…>] 42
`},
		{flame.Options{NoTypes: true}, `
app::main;app::value;app::array;… recursion;app::value 300
app::main;… tokio, hyper;app::handle 42
`},
		{flame.Options{Own: true}, `
app::main;app::value;app::array;… recursion;app::value 300
app::main;… tokio, hyper;app::handle;[Vec<…>] 42
`},
		{flame.Options{AllFrames: true, NoTypes: true}, `
_start;std::rt::lang_start;app::main;app::value;app::array;app::value;app::array;app::value;app::array;app::value;alloc::alloc::alloc 300
_start;std::rt::lang_start;app::main;tokio::runtime::run;core::ops::call_once;hyper::serve;app::handle;alloc::vec::Vec::push;alloc::raw_vec::RawVec::grow_one;alloc::alloc::alloc 40
_start;std::rt::lang_start;app::main;tokio::runtime::run;core::ops::call_once;hyper::serve;tokio::runtime::run;core::ops::call_once;hyper::serve;app::handle;alloc::vec::Vec::push;alloc::raw_vec::RawVec::grow_one;alloc::alloc::alloc 2
`},
	} {
		var out strings.Builder
		if err := folded.Write(&out, view.NewSource(folds()), c.options); err != nil {
			t.Fatal(err)
		}
		if want := strings.TrimPrefix(c.want, "\n"); out.String() != want {
			t.Errorf("%+v: got\n%swant\n%s", c.options, out.String(), want)
		}
	}
}

func TestAPictureSaysHowManyFramesARunHas(t *testing.T) {
	var out strings.Builder
	if err := svg.Write(&out, view.NewSource(folds()), flame.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"… 3–6 frames tokio, hyper", "… 4 frames recursion", "[Vec&lt;…&gt;]", ">type of the blocks<", ">frames left out<"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the picture does not say %q", want)
		}
	}
}

func TestFoldingKeepsTheSum(t *testing.T) {
	for _, p := range []*profile.Profile{reporttest.Random(1), reporttest.Sample(), folds()} {
		for _, o := range []flame.Options{{}, {AllFrames: true}, {NoTypes: true}} {
			m, total, err := flame.Metric(p, o)
			if err != nil {
				t.Fatal(err)
			}
			for s := range flame.NewGraph(view.NewSource(p), o, []view.Metric{m}, func(f *frames.Frame, _ string) flame.Label { return flame.Label{Name: f.Name()} }).Stacks(m) {
				total -= s.Value
			}
			if total != 0 {
				t.Errorf("%+v: %d more or less than the total", o, total)
			}
		}
	}
}
