package reporttest

import (
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// Lines is the profile of a C program whose functions allocate at several lines each:
//
//	load   load.c:10, 11, …  six lines, the first of which has the most
//	parse  parse.c:20, 21    two, one of which has nothing at the peak or the end
//	main   main.c:5          one
func Lines() *profile.Profile {
	p := &profile.Profile{
		Mode: "heap", Verb: "Allocated", Columns: profile.Lives, Command: "./lines", PID: 9,
		Units:    profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		PeakTime: 300_000, EndTime: 400_000,
		Frames: testkit.Frames("[root]", "0x1010: main (/src/lines/main.c:5)", "0x1020: parse (/src/lines/parse.c:20)", "0x1030: parse (/src/lines/parse.c:21)"),
		Points: []profile.Point{
			profile.Point{TotalBytes: 900, TotalBlocks: 9, PeakBytes: 800, PeakBlocks: 8, EndBytes: 400, EndBlocks: 4, Stack: profile.StackOf(1)}.With(profile.Rest{TotalLifetime: 900}),
			profile.Point{TotalBytes: 5000, TotalBlocks: 5, PeakBytes: 5000, PeakBlocks: 5, EndBytes: 1000, EndBlocks: 1, Stack: profile.StackOf(2, 1)}.With(profile.Rest{TotalLifetime: 900}),
			profile.Point{TotalBytes: 7000, TotalBlocks: 7, Stack: profile.StackOf(3, 1)}.With(profile.Rest{TotalLifetime: 70}),
		},
	}
	for i, bytes := range []uint64{40_000, 20_000, 8000, 600, 500, 400} {
		p.Frames = append(p.Frames, testkit.Frames(fmt.Sprintf("0x%x: load (/src/lines/load.c:%d)", 0x2000+16*i, 10+i))...)
		p.Points = append(p.Points, profile.Point{TotalBytes: bytes, TotalBlocks: 10, PeakBytes: bytes, PeakBlocks: 10, Stack: profile.StackOf(uint32(len(p.Frames)-1), 1)}.With(profile.Rest{TotalLifetime: 1000}))
	}
	return p
}
