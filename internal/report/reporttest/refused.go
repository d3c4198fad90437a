package reporttest

import (
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// Refused is Typed of a run with a limit, in which allocations failed: for want of memory, by a limit of the program's own, and of a
// size that no machine has. The last of these it did not take: it told so, for which there was no memory either, and aborted.
func Refused() *profile.Profile {
	const std = "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/"
	p := Typed()
	teller := uint32(len(p.Frames))
	p.Frames = append(p.Frames, testkit.Frames(
		"0x10c0: std::alloc::default_alloc_error_hook ("+std+"std/src/alloc.rs:330)",
		"0x10d0: alloc::alloc::handle_alloc_error ("+std+"alloc/src/alloc.rs:436)",
	)...)
	vector, names, table := []uint32{1, 2, 3, 4, 5, 6, 7}, []uint32{11, 12, 13, 14, 15, 16, 5, 6, 7}, []uint32{17, 18, 5, 6, 7}
	p.Moments = []profile.Moment{{Time: 100_000}, {Time: 150_000, Mark: "limit 1"}, {Time: 200_000}, {Time: 400_000}}
	for i := range p.Points {
		pt := &p.Points[i]
		pt.Edit().Facts = &profile.Facts{History: []profile.State{
			{Moment: 1, TotalBytes: pt.PeakBytes / 2, TotalBlocks: (pt.PeakBlocks + 1) / 2, Bytes: pt.PeakBytes / 2, Blocks: (pt.PeakBlocks + 1) / 2},
			{Moment: 3, TotalBytes: pt.TotalBytes, TotalBlocks: pt.TotalBlocks, Bytes: pt.EndBytes, Blocks: pt.EndBlocks},
		}}
	}
	r := p.Recording
	r.HasFacts, r.Signal = true, 6
	r.Limit = &profile.Limit{Bytes: 128 << 10, Action: profile.LimitNotes, Crossed: &profile.Crossing{
		Stack: table, Bytes: 4096, Time: 150_000, Mark: "limit 1", LiveBytes: 128<<10 - 100, LiveBlocks: 900,
	}}
	r.Refusals = []profile.Refusal{
		{Stack: names, By: profile.RefusedByProgram, Times: 1200, Bytes: 24_000, LeastBytes: 480, MostBytes: 24_000, Time: 180_000, LastTime: 250_000, LiveBytes: 130_000, LiveBlocks: 1000},
		{Stack: table, By: profile.RefusedByAllocator, Times: 1, Bytes: 1<<64 - 24, LeastBytes: 1<<64 - 24, MostBytes: 1<<64 - 24, Time: 300_000, LastTime: 300_000, LiveBytes: 150_000, LiveBlocks: 1900},
		{Stack: vector, By: profile.RefusedByAllocator, Times: 1, Bytes: 4 << 20, LeastBytes: 4 << 20, MostBytes: 4 << 20, Time: 398_800, LastTime: 398_800, LiveBytes: 4096, LiveBlocks: 1},
		{
			Stack: append([]uint32{1, teller, teller + 1}, vector...), By: profile.RefusedByAllocator,
			Times: 1, Bytes: 32 << 10, LeastBytes: 32 << 10, MostBytes: 32 << 10, Time: 398_900, LastTime: 398_900, LiveBytes: 4096, LiveBlocks: 1,
		},
	}
	return p
}
