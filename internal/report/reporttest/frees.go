package reporttest

import (
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// Frees is a small Rust program's profile with where its blocks were freed. Its stacks of
// frees are as a release build has them: each drop_in_place is inlined into the next one.
//
//	app::load     main.rs:10   the buffer of a Vec<Event>, whose drop at app::before main.rs:43 frees it
//	app::parse    main.rs:20   the names in it, Strings, freed by the same drop
//	app::index    main.rs:30   a HashMap's table, freed by its drop at app::after main.rs:60; some live at the end
//	c_buffer      buf.c:5      freed by c_release buf.c:9, in no drop
//	app::keep     main.rs:70   never freed
//	app::list     main.rs:80   a list whose nodes drop one another
func Frees() *profile.Profile {
	p := &profile.Profile{
		Mode: "heap", Verb: "Allocated", Columns: profile.Lives | profile.Own,
		Command: "./app", PID: 43,
		Units:      profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		ShortLived: 500, PeakTime: 1_200_000, EndTime: 2_500_000,
		Frames: testkit.Frames(
			"[root]",
			"0x401010: alloc::alloc::alloc (/rustc/0f/library/alloc/src/alloc.rs:90)",
			"0x401010: app::load (/src/app/main.rs:10)",
			"0x401020: app::parse (/src/app/main.rs:20)",
			"0x401030: app::index (/src/app/main.rs:30)",
			"0x401040: c_buffer (/src/app/buf.c:5)",
			"0x401050: app::keep (/src/app/main.rs:70)",
			"0x401060: app::list (/src/app/main.rs:80)",
			"0x401070: app::main (/src/app/main.rs:100)",
			"0x401080: alloc::alloc::dealloc (/rustc/0f/library/alloc/src/alloc.rs:113)", // 9
			"0x401080: core::ptr::drop_in_place<alloc::raw_vec::RawVec<u8, alloc::alloc::Global>> (/rustc/0f/library/core/src/ptr/mod.rs:523)",
			"0x401080: core::ptr::drop_in_place<alloc::vec::Vec<u8, alloc::alloc::Global>> (/rustc/0f/library/core/src/ptr/mod.rs:523)",
			"0x401080: core::ptr::drop_in_place<alloc::string::String> (/rustc/0f/library/core/src/ptr/mod.rs:523)",
			"0x401080: core::ptr::drop_in_place<app::Event> (/rustc/0f/library/core/src/ptr/mod.rs:523)",
			"0x401080: core::ptr::drop_in_place<[app::Event]> (/rustc/0f/library/core/src/ptr/mod.rs:523)", // 14
			"0x401080: core::ptr::drop_in_place<alloc::vec::Vec<app::Event, alloc::alloc::Global>> (/rustc/0f/library/core/src/ptr/mod.rs:523)",
			"0x401080: app::before (/src/app/main.rs:43)", // 16
			"0x401090: core::ptr::drop_in_place<alloc::raw_vec::RawVec<app::Event, alloc::alloc::Global>> (/rustc/0f/library/core/src/ptr/mod.rs:523)",
			"0x4010a0: core::ptr::drop_in_place<hashbrown::raw::RawTable<(alloc::string::String, u64), alloc::alloc::Global>> (/rustc/0f/library/core/src/ptr/mod.rs:523)", // 18
			"0x4010a0: core::ptr::drop_in_place<std::collections::hash::map::HashMap<alloc::string::String, u64, std::hash::random::RandomState, alloc::alloc::Global>> (/rustc/0f/library/core/src/ptr/mod.rs:523)",
			"0x4010a0: app::after (/src/app/main.rs:60)", // 20
			"0x4010b0: c_release (/src/app/buf.c:9)",
			"0x4010c0: core::ptr::drop_in_place<alloc::boxed::Box<app::Node, alloc::alloc::Global>> (/rustc/0f/library/core/src/ptr/mod.rs:523)", // 22
			"0x4010d0: core::ptr::drop_in_place<app::Node> (/rustc/0f/library/core/src/ptr/mod.rs:523)",
			"0x4010e0: app::after (/src/app/main.rs:61)", // 24
		),
		Recording: &profile.Recording{Program: "/src/app/app", Depth: 128, Deepest: 20},
		Modules:   []*profile.Module{{Path: "/src/app/app", Start: 0x400000, End: 0x402000}},
	}
	point := func(bytes, blocks, endBytes, endBlocks uint64, frames ...uint32) {
		p.Points = append(p.Points, livedPoint(bytes, blocks, endBytes, endBlocks, frames...))
	}
	point(4<<20, 1, 0, 0, 1, 2, 8)
	point(12<<20, 600_000, 0, 0, 1, 3, 8)
	point(3<<20, 12, 1<<20, 4, 1, 4, 8)
	point(256<<10, 4, 0, 0, 5, 8)
	point(64<<10, 16, 64<<10, 16, 1, 6, 8)
	point(96_000, 2000, 0, 0, 1, 7, 8)
	p.Recording.Frees = &profile.Frees{Stacks: []profile.Freed{
		{Point: 0, Bytes: 4 << 20, Blocks: 1, Frames: []uint32{9, 17, 15, 16, 8}},
		{Point: 1, Bytes: 12 << 20, Blocks: 600_000, Frames: []uint32{9, 10, 11, 12, 13, 14, 15, 16, 8}},
		{Point: 2, Bytes: 2 << 20, Blocks: 8, Frames: []uint32{9, 18, 19, 20, 8}},
		{Point: 3, Bytes: 256 << 10, Blocks: 4, Frames: []uint32{21, 8}},
		{Point: 5, Bytes: 48, Blocks: 1, Frames: []uint32{9, 22, 24, 8}},
		{Point: 5, Bytes: 95_952, Blocks: 1999, Frames: []uint32{9, 22, 23, 22, 23, 22, 24, 8}},
	}}
	for i := range p.Frames[1:] {
		p.Frames[1+i].Module = p.Modules[0]
	}
	p.InferInlined()
	return p
}

// WrongFrees is Frees with frees that the program should not have made: of each kind some, at
// more than one place.
func WrongFrees() *profile.Profile {
	p := Frees()
	after, release := []uint32{24, 8}, []uint32{21, 8}
	p.Recording.Frees.Wrong = []profile.WrongFree{
		{Kind: profile.Mismatched, Point: 0, Frames: after, Blocks: 2},
		{Kind: profile.Mismatched, Point: 3, Frames: release, Blocks: 10},
		{Kind: profile.FreedTwice, Point: 3, Frames: release, Blocks: 1},
		{Kind: profile.Foreign, Point: -1, Frames: release, Blocks: 3},
	}
	return p
}
