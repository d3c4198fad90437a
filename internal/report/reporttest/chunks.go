package reporttest

import (
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// Arenas is a profile with an arena below main and a pool beside other blocks.
func Arenas() *profile.Profile {
	p := Sample()
	p.Frames = append(p.Frames, testkit.Frames("0x401400: Pool::more() (/src/zip/pool.cc:9)", "0x401500: Tree::insert(int) (/src/zip/tree.cc:70)")...)
	p.Frames[len(p.Frames)-2].Module, p.Frames[len(p.Frames)-1].Module = p.Modules[0], p.Modules[0]
	pool, tree := uint32(len(p.Frames)-2), uint32(len(p.Frames)-1)
	more := []profile.Point{
		PointOf(300, profile.SizeRun{Size: 4096, Blocks: 300}),
		PointOf(0, Runs(496, 1008, 2032, 4080, 8176, 16368)...),
	}
	more[0].Stack, more[1].Stack = profile.StackOf(1, pool, 4, 5), profile.StackOf(1, tree, 4, 5)
	for i := range more {
		more[i].PeakBytes, more[i].PeakBlocks = more[i].TotalBytes, more[i].TotalBlocks
	}
	p.Points = append(p.Points, more...)
	return p
}

// Runs makes a size of each argument, as of blocks allocated one by one.
func Runs(sizes ...uint64) []profile.SizeRun {
	var runs []profile.SizeRun
	for _, s := range sizes {
		runs = append(runs, profile.SizeRun{Size: s, Blocks: 1})
	}
	return runs
}

// PointOf makes a point of blocks of which so many live at the end.
func PointOf(end uint64, sizes ...profile.SizeRun) profile.Point {
	p := profile.Point{EndBlocks: end}.With(profile.Rest{Chunks: sizes})
	for _, r := range sizes {
		p.TotalBlocks += r.Blocks
		p.TotalBytes += r.Size * r.Blocks
	}
	if p.TotalBlocks == 1 {
		p.Edit().Chunks = nil
	}
	return p
}
