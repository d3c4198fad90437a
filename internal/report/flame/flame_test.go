package flame_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/flame"
	"heapprof/internal/report/folded"
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

func BenchmarkFlame(b *testing.B) {
	var file bytes.Buffer
	if err := testkit.WriteBigProfile(&file, 20<<20); err != nil {
		b.Fatal(err)
	}
	p, err := format.Read(&file)
	if err != nil {
		b.Fatal(err)
	}
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
