package reporttest

import (
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// Drawn is a profile in heapprof's own form with what a flame graph has
// to cope with: an inlined frame, a recursion, a function on two lines, a frame
// without a name, names that the formats give a meaning, a stack without frames,
// and a stack that was not live at the peak.
func Drawn() *profile.Profile {
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
			{TotalBytes: 1000, TotalBlocks: 10, PeakBytes: 500, PeakBlocks: 5, EndBytes: 100, EndBlocks: 1, Stack: profile.StackOf(8, 4, 5, 2, 1)},
			{TotalBytes: 300, TotalBlocks: 3, PeakBytes: 300, PeakBlocks: 3, Stack: profile.StackOf(2, 1)},
			{TotalBytes: 200, TotalBlocks: 2, PeakBytes: 100, PeakBlocks: 1, Stack: profile.StackOf(3, 1)},
			{TotalBytes: 70, TotalBlocks: 7, PeakBytes: 60, PeakBlocks: 6, Stack: profile.StackOf(8, 2, 2, 2, 1)},
			{TotalBytes: 50, TotalBlocks: 1, PeakBytes: 40, PeakBlocks: 1, EndBytes: 40, EndBlocks: 1, Stack: profile.StackOf(6, 1)},
			{TotalBytes: 20, TotalBlocks: 1, PeakBytes: 20, PeakBlocks: 1, Stack: profile.StackOf(7)},
			{TotalBytes: 9, TotalBlocks: 1, PeakBytes: 9, PeakBlocks: 1, Stack: profile.Stack{}},
			{TotalBytes: 5000, TotalBlocks: 1, Stack: profile.StackOf(1)},
		},
		Recording: &profile.Recording{Program: "/opt/prog"},
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

// DrawnByOthers is Drawn as valgrind writes it: no modules, but objects in the frames.
func DrawnByOthers() *profile.Profile {
	p := Drawn()
	p.Recording, p.Modules, p.Columns = nil, nil, profile.Lives
	for i := range p.Frames {
		if f := &p.Frames[i]; f.Module != nil {
			path := f.Module.Path
			f.Module = nil
			if f.File == "" {
				f.Module = &profile.Module{Path: path}
			}
		}
	}
	p.Units.Time = "instrs"
	return p
}

// Namesakes has two functions that share a name, one of which is on two
// lines and once on none, and functions that share a file's base name, too.
func Namesakes() *profile.Profile {
	p := &profile.Profile{
		Frames: testkit.Frames(
			"[root]",
			"0x1: make_buffer (/src/a.c:2)", "0x2: make_buffer (/src/b.c:2)", "0x3: make_buffer (/src/b.c:3)", "0x4: make_buffer (in /bin/p)",
			"0x5: init (/src/x/mod.c:1)", "0x6: init (/src/y/mod.c:1)",
			"0x7: main (/src/c.c:9)", "0x8: std::vector<T> keep<T>(int) (/src/c.c:1)",
		),
		Points: []profile.Point{
			{TotalBytes: 1, TotalBlocks: 1, Stack: profile.StackOf(1, 7)},
			{TotalBytes: 2, TotalBlocks: 1, Stack: profile.StackOf(2, 7)},
			{TotalBytes: 4, TotalBlocks: 1, Stack: profile.StackOf(3, 7)},
			{TotalBytes: 8, TotalBlocks: 1, Stack: profile.StackOf(4, 7)},
			{TotalBytes: 16, TotalBlocks: 1, Stack: profile.StackOf(5, 7)},
			{TotalBytes: 32, TotalBlocks: 1, Stack: profile.StackOf(6, 7)},
			{TotalBytes: 64, TotalBlocks: 1, Stack: profile.StackOf(8, 7)},
		},
		Recording: &profile.Recording{},
		Modules:   []*profile.Module{{Path: "/bin/p"}},
	}
	testkit.Place(p, -1, 0, 0, 0, 0, 0, 0, 0, 0)
	return p
}
