package report

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// flameProfile is a profile in heapprof's own form with what a flame graph has
// to cope with: an inlined frame, a recursion, a function on two lines, a frame
// without a name, names that the formats give a meaning, a stack without frames,
// and a stack that was not live at the peak.
func flameProfile() *profile.Profile {
	p := &profile.Profile{
		Mode: "heap", Verb: "Allocated", Columns: profile.Lives | profile.Own, Command: "./prog a<b", PID: 7,
		Units:   profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		EndTime: 2_500_000,
		Frames: testkit.Frames(
			"[root]",
			"0x1100: main (main.c:10)",
			"0x1200: parse (parse.c:20)",
			"0x1210: parse (parse.c:21)",
			"0x1310: copy (copy.h:5)", // inlined into grow
			"0x1310: grow (parse.c:30)",
			"0x5020: ??? (in /usr/lib/libz.so.1)",
			"0x1400: <a;b as \"c\">::d\x01]]></script>&\n (in /opt/prog)",
			"0x9000: malloc (in /usr/lib/libc.so.6)",
		),
		Points: []profile.Point{
			{TotalBytes: 1000, TotalBlocks: 10, PeakBytes: 500, PeakBlocks: 5, EndBytes: 100, EndBlocks: 1, Frames: []uint32{8, 4, 5, 2, 1}},
			{TotalBytes: 300, TotalBlocks: 3, PeakBytes: 300, PeakBlocks: 3, Frames: []uint32{2, 1}},
			{TotalBytes: 200, TotalBlocks: 2, PeakBytes: 100, PeakBlocks: 1, Frames: []uint32{3, 1}},
			{TotalBytes: 70, TotalBlocks: 7, PeakBytes: 60, PeakBlocks: 6, Frames: []uint32{8, 2, 2, 2, 1}},
			{TotalBytes: 50, TotalBlocks: 1, PeakBytes: 40, PeakBlocks: 1, EndBytes: 40, EndBlocks: 1, Frames: []uint32{6, 1}},
			{TotalBytes: 20, TotalBlocks: 1, PeakBytes: 20, PeakBlocks: 1, Frames: []uint32{7}},
			{TotalBytes: 9, TotalBlocks: 1, PeakBytes: 9, PeakBlocks: 1, Frames: nil},
			{TotalBytes: 5000, TotalBlocks: 1, Frames: []uint32{1}},
		},
		Recording: &profile.Recording{Version: 1, Program: "/opt/prog"},
		Modules: []*profile.Module{
			{Path: "/usr/lib/libz.so.1", BuildID: "aa01", Start: 0x5000, End: 0x6000, Bias: 0x5000},
			{Path: "/opt/prog", BuildID: "bb02", Start: 0x1000, End: 0x2000, Bias: 0x1000},
			{Path: "/usr/lib/libc.so.6", Start: 0x8000, End: 0xa000, Bias: 0x8000},
		},
	}
	testkit.Place(p, -1, 1, 1, 1, 1, 1, 0, 1, 2)
	p.InferInlined()
	return p
}

func metric(m Metric) FlameOptions { return FlameOptions{Metric: &m} }

func TestFoldedStacksMergeByFunctionAndAreSorted(t *testing.T) {
	var out strings.Builder
	if err := WriteFolded(&out, flameProfile(), FlameOptions{}); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"<a:b as \"c\">::d·]]></script>&  20", // neither ; nor a line feed is left in a name
		"[no stack] 9",
		"main;libz.so.1+0x20 40", // no name: module and offset
		"main;parse 400",         // 300 on one line and 100 on another
		"main;parse;grow;copy 500",
		"main;parse;parse;parse 60", // a recursion stays
		"",
	}, "\n")
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
}

// namesakesProfile has two functions that share a name, one of which is on two
// lines and once on none, and functions that share a file's base name, too.
func namesakesProfile() *profile.Profile {
	p := &profile.Profile{
		Frames: testkit.Frames(
			"[root]",
			"0x1: make_buffer (/src/a.c:2)", "0x2: make_buffer (/src/b.c:2)", "0x3: make_buffer (/src/b.c:3)", "0x4: make_buffer (in /bin/p)",
			"0x5: init (/src/x/mod.c:1)", "0x6: init (/src/y/mod.c:1)",
			"0x7: main (/src/c.c:9)", "0x8: std::vector<T> keep<T>(int) (/src/c.c:1)",
		),
		Points: []profile.Point{
			{TotalBytes: 1, TotalBlocks: 1, Frames: []uint32{1, 7}},
			{TotalBytes: 2, TotalBlocks: 1, Frames: []uint32{2, 7}},
			{TotalBytes: 4, TotalBlocks: 1, Frames: []uint32{3, 7}},
			{TotalBytes: 8, TotalBlocks: 1, Frames: []uint32{4, 7}},
			{TotalBytes: 16, TotalBlocks: 1, Frames: []uint32{5, 7}},
			{TotalBytes: 32, TotalBlocks: 1, Frames: []uint32{6, 7}},
			{TotalBytes: 64, TotalBlocks: 1, Frames: []uint32{8, 7}},
		},
		Recording: &profile.Recording{},
		Modules:   []*profile.Module{{Path: "/bin/p"}},
	}
	testkit.Place(p, -1, 0, 0, 0, 0, 0, 0, 0, 0)
	return p
}

func TestFunctionsOfOneNameInTwoFilesStayTwo(t *testing.T) {
	var out strings.Builder
	if err := WriteFolded(&out, namesakesProfile(), FlameOptions{}); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"main;init [x/mod.c] 16", "main;init [y/mod.c] 32",
		"main;make_buffer 8", // whose it is nobody knows
		"main;make_buffer [a.c] 1", "main;make_buffer [b.c] 6",
		"main;std::vector<T> keep<T>(int) 64",
		"",
	}, "\n")
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}

	_, _, frames := writeSVG(t, namesakesProfile(), FlameOptions{})
	drawn := map[string]uint64{}
	for _, f := range frames {
		drawn[f.name] = f.value
	}
	for name, value := range map[string]uint64{"make_buffer [a.c]": 1, "make_buffer [b.c]": 6, "init [y/mod.c]": 32} {
		if drawn[name] != value {
			t.Errorf("%s is %d, want %d", name, drawn[name], value)
		}
	}
}

func TestFlameGraphsLeaveOutWhatAllocates(t *testing.T) {
	p := &profile.Profile{
		Frames: testkit.Frames("[root]", "0x1: malloc (in /lib/libc.so.6)", "0x2: operator new(unsigned long) (in /lib/libstdc++.so.6)", "0x3: strdup (in /lib/libc.so.6)", "0x4: run() (a.cc:1)"),
		Points: []profile.Point{
			{TotalBytes: 1, TotalBlocks: 1, Frames: []uint32{4}}, // heapprof's of malloc
			{TotalBytes: 2, TotalBlocks: 1, Frames: []uint32{2, 4}},
			{TotalBytes: 4, TotalBlocks: 1, Frames: []uint32{1, 2, 4}},
			{TotalBytes: 8, TotalBlocks: 1, Frames: []uint32{1, 3, 4}},
			{TotalBytes: 16, TotalBlocks: 1, Frames: []uint32{1}},
		},
	}
	for name, want := range map[string]string{
		"folded":     "malloc 16\nrun() 7\nrun();strdup 8\n",
		"speedscope": `"samples":[[3],[3],[3],[3,4],[1]]`,
	} {
		var out strings.Builder
		if err := flameWriters[name](&out, p, FlameOptions{}); err != nil {
			t.Fatal(err)
		}
		got := out.String()
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
}

func TestFlameGraphsWeighByTheMetricAskedFor(t *testing.T) {
	for _, c := range []struct {
		metric Metric
		want   string // of main's own line
	}{
		{TotalBytes, "main 5000\n"},
		{TotalBlocks, "main 1\n"},
		{EndBytes, "main;libz.so.1+0x20 40\n"},
	} {
		var out strings.Builder
		if err := WriteFolded(&out, flameProfile(), metric(c.metric)); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: no %q in:\n%s", c.metric, c.want, out.String())
		}
	}
}

func TestFlameGraphRefusesWhatCannotBeDrawn(t *testing.T) {
	short := flameProfile()
	short.Columns, short.Recording = 0, nil
	huge := flameProfile()
	huge.Points[0].TotalBytes = 1<<64 - 1
	for _, c := range []struct {
		name    string
		profile *profile.Profile
		metric  Metric
		want    string
	}{
		{"a metric the file lacks", short, PeakBytes, "the profile has no peak-bytes; it has total-bytes, total-blocks"},
		{"an average", flameProfile(), Lifetime, "lifetime does not add up over stacks"},
		{"maxima of different times", flameProfile(), MaxBytes, "max-bytes does not add up over stacks"},
		{"a sum beyond 64 bits", huge, TotalBytes, "total-bytes add up to more than 64 bits"},
	} {
		for name, write := range flameWriters {
			var out strings.Builder
			err := write(&out, c.profile, metric(c.metric))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s, %s: error %v, want %q", c.name, name, err, c.want)
			}
			if out.Len() > 0 {
				t.Errorf("%s, %s: wrote %d bytes before the error", c.name, name, out.Len())
			}
		}
	}
}

func TestFlameGraphOfAFileWithoutLifetimesShowsTotals(t *testing.T) {
	p := foreignProfile()
	p.Columns = 0
	var out strings.Builder
	if err := WriteFolded(&out, p, FlameOptions{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "main 5000\n") || !strings.Contains(out.String(), "main;libz.so.1@0x5020 50\n") {
		t.Errorf("not the total bytes:\n%s", out.String())
	}
}

func TestFlameGraphOfNothingIsWritten(t *testing.T) {
	p := &profile.Profile{Frames: testkit.Frames("[root]")}
	for name, write := range flameWriters {
		if err := write(&strings.Builder{}, p, FlameOptions{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFlameGraphIsTheSameEveryTime(t *testing.T) {
	for name, write := range flameWriters {
		var first strings.Builder
		write(&first, flameProfile(), FlameOptions{})
		for range 5 {
			var again strings.Builder
			write(&again, flameProfile(), FlameOptions{})
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
	for name, write := range flameWriters {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := write(io.Discard, p, FlameOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
