package report

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/testkit"
)

// runs makes a size of each argument, as of blocks allocated one by one.
func runs(sizes ...uint64) []profile.SizeRun {
	var runs []profile.SizeRun
	for _, s := range sizes {
		runs = append(runs, profile.SizeRun{Size: s, Blocks: 1})
	}
	return runs
}

// pointOf makes a point of blocks of which so many live at the end.
func pointOf(end uint64, runs ...profile.SizeRun) profile.Point {
	p := profile.Point{Chunks: runs, EndBlocks: end}
	for _, r := range runs {
		p.TotalBlocks += r.Blocks
		p.TotalBytes += r.Size * r.Blocks
	}
	if p.TotalBlocks == 1 {
		p.Chunks = nil
	}
	return p
}

func TestArenasAndPoolsAreToldFromWhatLooksLikeThem(t *testing.T) {
	const kept, freed = 100, 0
	pages := profile.SizeRun{Size: 4096, Blocks: 64}
	doubled := runs(496, 1008, 2032, 4080, 8176)
	u := human.UnitsOf(&profile.Profile{Units: profile.Units{Unit: "byte", Units: "bytes"}})
	for _, c := range []struct {
		name, function string
		points         []profile.Point
		want           string
	}{
		{"chunks that double", "grow", []profile.Point{pointOf(freed, doubled...)}, "arena: 5 chunks, 496 B to 7.98 KiB, doubling"},
		{"pages that double, in a pool", "Pool::grow", []profile.Point{pointOf(freed, doubled...)}, "pool: 5 pages, 496 B to 7.98 KiB, doubling"},
		{"chunks that grow by half", "grow", []profile.Point{pointOf(freed, runs(1088, 1600, 2368, 3520, 5248, 7808)...)}, "arena: 6 chunks, 1.06 KiB to 7.62 KiB, growing"},
		{"growth that ends", "grow", []profile.Point{pointOf(freed, append(runs(512, 1024, 2048, 4096), profile.SizeRun{Size: 8192, Blocks: 9})...)}, "arena: 13 chunks, 512 B to 8.00 KiB, doubling"},
		{"chunks with a stack each, all kept", "grow", []profile.Point{pointOf(1, runs(512)...), pointOf(1, runs(2048)...), pointOf(1, runs(1024)...), pointOf(1, runs(4096)...)}, "arena: 4 chunks, 512 B to 4.00 KiB, doubling"},
		{"pages of a pool", "pool_grow", []profile.Point{pointOf(64, pages)}, "pool: 64 pages of 4.00 KiB"},
		{"chunks of an obstack", "_obstack_newchunk", []profile.Point{pointOf(64, pages)}, "arena: 64 chunks of 4.00 KiB"},
		{"mostly pages", "pool_grow", []profile.Point{pointOf(64, pages), {TotalBytes: 2000, TotalBlocks: 50}}, "mostly pool: 64 pages of 4.00 KiB"},
		{"several arenas, of different stacks", "grow", []profile.Point{pointOf(freed, doubled...), pointOf(freed, doubled[:4]...)}, "arena: 9 chunks, 496 B to 7.98 KiB, doubling"},

		{"a leak", "handle", []profile.Point{pointOf(64, pages)}, ""},
		{"a pool of threads", "ThreadPool::start", []profile.Point{pointOf(64, pages)}, ""},
		{"half of it pages", "pool_grow", []profile.Point{pointOf(64, pages), {TotalBytes: 200_000, TotalBlocks: 50}}, ""},
		{"a table that doubles with a stack each, each freed for the next", "grow", []profile.Point{pointOf(freed, runs(512)...), pointOf(freed, runs(1024)...), pointOf(freed, runs(2048)...), pointOf(1, runs(4096)...)}, ""},
		{"sizes of which some are unknown", "grow", []profile.Point{{TotalBytes: 4096 + 8192, TotalBlocks: 2}}, ""},
		{"a block that realloc doubled", "grow", []profile.Point{{TotalBytes: 15 << 9, TotalBlocks: 4, Reallocs: 3}}, ""},
		{"three sizes", "grow", []profile.Point{pointOf(3, runs(512, 1024, 2048)...)}, ""},
		{"sizes at random", "grow", []profile.Point{pointOf(6, runs(700, 1500, 2900, 9000, 9100, 40000)...)}, ""},
		{"sizes that shrink", "grow", []profile.Point{pointOf(4, runs(8192, 4096, 2048, 1024)...)}, ""},
		{"small sizes", "arena_grow", []profile.Point{pointOf(1, runs(64)...), pointOf(1, runs(128)...), pointOf(1, runs(256)...), pointOf(1, runs(512)...)}, ""},
		{"more large blocks than small ones", "grow", []profile.Point{pointOf(6, runs(512, 1024, 1024, 2048, 4096)...)}, ""},
		{"three pages", "pool_grow", []profile.Point{pointOf(3, profile.SizeRun{Size: 4096, Blocks: 3})}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &profile.Profile{Frames: testkit.Frames("[root]", "0x1: "+c.function+" (a.c:1)"), Points: c.points}
			frames := NewFrameTable(p)
			var row Row
			for i := range p.Points {
				p.Points[i].Frames = []uint32{1}
				row.Sums[0].add(&p.Points[i])
				row.addChunks(frames, &p.Points[i], 0)
			}
			row.findChunks()
			if got := row.chunks.text(u); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// arenas is a profile with an arena below main and a pool beside other blocks.
func arenas() *profile.Profile {
	p := sample()
	p.Frames = append(p.Frames, testkit.Frames("0x401400: Pool::more() (/src/zip/pool.cc:9)", "0x401500: Tree::insert(int) (/src/zip/tree.cc:70)")...)
	p.Frames[len(p.Frames)-2].Module, p.Frames[len(p.Frames)-1].Module = p.Modules[0], p.Modules[0]
	pool, tree := uint32(len(p.Frames)-2), uint32(len(p.Frames)-1)
	more := []profile.Point{
		pointOf(300, profile.SizeRun{Size: 4096, Blocks: 300}),
		pointOf(0, runs(496, 1008, 2032, 4080, 8176, 16368)...),
	}
	more[0].Frames, more[1].Frames = []uint32{1, pool, 4, 5}, []uint32{1, tree, 4, 5}
	for i := range more {
		more[i].PeakBytes, more[i].PeakBlocks = more[i].TotalBytes, more[i].TotalBlocks
	}
	p.Points = append(p.Points, more...)
	return p
}

func TestRustsGlobalAllocatorIsPlumbingWhateverItIsCalled(t *testing.T) {
	p := &profile.Profile{Frames: testkit.Frames("[root]",
		"0x1: counting::within (c.rs:1)", "0x1: <counting::Counting as core::alloc::global::GlobalAlloc>::alloc (c.rs:2)",
		"0x1: __rustc::__rust_alloc (a.rs:1)", "0x1: alloc::alloc::alloc (alloc.rs:95)", "0x2: program::work (w.rs:7)")}
	frames := NewFrameTable(p)
	for _, stack := range [][]uint32{{1, 2, 3, 4, 5}, {1, 2, 4, 5}, {4, 5}, {1, 2, 3}} {
		if at := frames.Site(stack, false); at != len(stack)-1 {
			t.Errorf("the site of %v is frame %d, want the last", stack, at)
		}
	}
}
