package reporttest

import (
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// The points of a profile of Held, in its order.
const (
	heldNode = iota
	heldEntry
	heldText
	heldCache
	heldLost
	heldRing
	heldLocal
)

// Held is a small program's profile with two snapshots of who holds its blocks, one near the peak, of 1,000,000
// bytes, and one of exit.
//
//	g_index       global        1 Node (index.cc:12) that holds 1000 Entries (index.cc:20), each of which holds a text (index.cc:31)
//	cache         thread-local  of the thread worker: 10 blocks (cache.c:8), which local_map leads to, too
//	local_map     in main       a block (main.cc:40)
//	words of main               a block (cache.c:8)
//	lost          100 blocks (lost.cc:5), each of which holds a text, and a ring of 2 (lost.cc:15)
func Held() *profile.Profile {
	p := &profile.Profile{
		Mode: "heap", Verb: "Allocated", Columns: profile.Lives | profile.Own, Command: "./a --index big", PID: 45,
		Units:    profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		PeakTime: 3_200_000, EndTime: 5_000_000,
		Frames: testkit.Frames(
			"[root]",
			"0x7f0000001010: malloc (in /usr/lib/libc.so.6)",
			"0x7f0000002010: operator new(unsigned long) (in /usr/lib/libstdc++.so.6)",
			"0x401010: index_add(char const*) (/src/a/index.cc:12)",
			"0x401020: entry_new(char const*) (/src/a/index.cc:20)",
			"0x401030: dup_text(char const*) (/src/a/index.cc:31)",
			"0x401040: cache_fill (/src/a/cache.c:8)",
			"0x401050: lose_list() (/src/a/lost.cc:5)",
			"0x401060: lose_ring() (/src/a/lost.cc:15)",
			"0x401070: main (/src/a/main.cc:40)",
		),
		Recording: &profile.Recording{Program: "/src/a/a"},
	}
	point := func(bytes, blocks, endBytes, endBlocks uint64, frames ...uint32) {
		p.Points = append(p.Points, livedPoint(bytes, blocks, endBytes, endBlocks, frames...))
	}
	point(8_000, 1, 8_000, 1, 2, 3, 9)
	point(48_000, 1000, 48_000, 1000, 2, 4, 3, 9)
	point(840_000, 1100, 84_000, 1100, 1, 5, 4, 3, 9)
	point(80_000, 11, 8_000, 1, 1, 6, 9)
	point(16_000, 100, 16_000, 100, 2, 7, 9)
	point(2_000, 2, 2_000, 2, 2, 8, 9)
	point(6_000, 1, 0, 0, 2, 9)
	amount := func(bytes, blocks uint64) profile.Amount { return profile.Amount{Bytes: bytes, Blocks: blocks} }
	const index, frame, local, cache = 0, 1, 2, 3
	peak := profile.Snapshot{
		Kind: profile.PeakSnapshot, Time: 3_190_000, Padded: true, Zeroed: true,
		Live: amount(984_000, 2213), Shared: amount(70_000, 9), Unreached: amount(58_000, 202),
		Owners: []profile.Owner{
			{
				Kind: profile.GlobalOwner, Name: "g_index", In: "a", File: "/src/a/index.cc", Line: 3, Type: "Index", Size: 24,
				Retained: amount(842_000, 2000), Reaches: amount(842_000, 2000),
				Top: []profile.Held{
					{Depth: 0, Point: heldNode, Class: "Node", Self: amount(8_000, 1), Retained: amount(842_000, 2000)},
					{Depth: 1, Point: heldEntry, Self: amount(48_000, 1000), Retained: amount(834_000, 1999)},
					{Depth: 2, Point: heldText, Self: amount(786_000, 999), Retained: amount(786_000, 999)},
				},
			},
			{
				Kind: profile.FrameOwner, Name: "main",
				Retained: amount(8_000, 1), Reaches: amount(8_000, 1),
				Top: []profile.Held{{Point: heldCache, Self: amount(8_000, 1), Retained: amount(8_000, 1)}},
			},
			{
				Kind: profile.LocalOwner, Name: "local_map", In: "main", Type: "std::map<int, Text>", Size: 48,
				Retained: amount(6_000, 1), Reaches: amount(76_000, 10), Shares: amount(70_000, 9),
				Top: []profile.Held{{Point: heldLocal, Self: amount(6_000, 1), Retained: amount(6_000, 1)}},
			},
			{
				Kind: profile.ThreadLocalOwner, Name: "cache", In: "libcache.so.1", Thread: "worker", Size: 80,
				Retained: amount(0, 0), Reaches: amount(70_000, 9), Shares: amount(70_000, 9),
			},
		},
		Groups: []profile.Group{
			{Point: heldNode, Owner: index, Class: "Node", Live: amount(8_000, 1), Retained: amount(842_000, 2000)},
			{Point: heldEntry, Owner: index, Live: amount(48_000, 1000), Retained: amount(834_000, 1999)},
			{Point: heldText, Owner: index, Live: amount(786_000, 999), Retained: amount(786_000, 999)},
			{Point: heldLocal, Owner: local, Live: amount(6_000, 1), Retained: amount(6_000, 1)},
			{Point: heldCache, Owner: profile.SharedOwner, Live: amount(70_000, 9), Retained: amount(70_000, 9)},
			{Point: heldCache, Owner: frame, Live: amount(8_000, 1), Retained: amount(8_000, 1)},
			{Point: heldLost, Owner: profile.UnreachedOwner, Live: amount(16_000, 100), Retained: amount(56_000, 200), Direct: amount(16_000, 100)},
			{Point: heldText, Owner: profile.UnreachedOwner, Live: amount(40_000, 100), Retained: amount(40_000, 100)},
			{Point: heldRing, Owner: profile.UnreachedOwner, Live: amount(2_000, 2), Retained: amount(2_000, 2), Cyclic: amount(2_000, 2)},
		},
		References: []profile.Reference{
			{From: -1, Owner: index, To: 0, Pointers: 2, Blocks: 1},
			{From: 0, Owner: -1, To: 1, Pointers: 1000, Blocks: 1000},
			{From: 1, Owner: -1, To: 1, Pointers: 998},
			{From: 1, Owner: -1, To: 2, Pointers: 1000, Blocks: 999},
			{From: -1, Owner: local, To: 3, Pointers: 1, Blocks: 1},
			{From: 3, Owner: -1, To: 4, Pointers: 9, Blocks: 2},
			{From: -1, Owner: cache, To: 4, Pointers: 9, Blocks: 7},
			{From: -1, Owner: frame, To: 5, Pointers: 1, Blocks: 1},
			{From: 6, Owner: -1, To: 7, Pointers: 100, Blocks: 100},
			{From: 8, Owner: -1, To: 8, Pointers: 2},
		},
		Deep: []profile.DeepSizes{
			{
				Point: heldEntry, Live: amount(48_000, 1000), Retained: amount(834_000, 1999), Deep: amount(834_000, 1999), Looked: 1000,
				EachRetained: profile.Spread{Smallest: 48, Median: 834, Largest: 834_000}, EachDeep: profile.Spread{Smallest: 848, Median: 417_000, Largest: 834_000},
			},
			{
				Point: -1, Type: "Node", Live: amount(8_000, 1), Retained: amount(842_000, 2000), Deep: amount(842_000, 2000), Looked: 1,
				EachRetained: profile.Spread{Smallest: 842_000, Median: 842_000, Largest: 842_000}, EachDeep: profile.Spread{Smallest: 842_000, Median: 842_000, Largest: 842_000},
			},
		},
	}
	exit := profile.Snapshot{
		Kind: profile.ExitSnapshot, Time: 4_900_000, Padded: true, Zeroed: true,
		Live: amount(166_000, 2204), Unreached: amount(22_000, 202),
		Owners: []profile.Owner{
			{
				Kind: profile.GlobalOwner, Name: "g_index", In: "a", File: "/src/a/index.cc", Line: 3, Type: "Index", Size: 24,
				Retained: amount(136_000, 2001), Reaches: amount(136_000, 2001),
				Top: []profile.Held{{Point: heldNode, Class: "Node", Self: amount(8_000, 1), Retained: amount(136_000, 2001)}},
			},
			{Kind: profile.GlobalOwner, Name: "g_cache", In: "a", Size: 8, Retained: amount(8_000, 1), Reaches: amount(8_000, 1)},
		},
		Groups: []profile.Group{
			{Point: heldNode, Owner: 0, Class: "Node", Live: amount(8_000, 1), Retained: amount(136_000, 2001)},
			{Point: heldEntry, Owner: 0, Live: amount(48_000, 1000), Retained: amount(128_000, 2000)},
			{Point: heldText, Owner: 0, Live: amount(80_000, 1000), Retained: amount(80_000, 1000)},
			{Point: heldCache, Owner: 1, Live: amount(8_000, 1), Retained: amount(8_000, 1)},
			{Point: heldLost, Owner: profile.UnreachedOwner, Live: amount(16_000, 100), Retained: amount(20_000, 200), Direct: amount(16_000, 100)},
			{Point: heldText, Owner: profile.UnreachedOwner, Live: amount(4_000, 100), Retained: amount(4_000, 100)},
			{Point: heldRing, Owner: profile.UnreachedOwner, Live: amount(2_000, 2), Retained: amount(2_000, 2), Cyclic: amount(2_000, 2)},
		},
		References: []profile.Reference{
			{From: -1, Owner: 0, To: 0, Pointers: 2, Blocks: 1},
			{From: 0, Owner: -1, To: 1, Pointers: 1000, Blocks: 1000},
			{From: 1, Owner: -1, To: 2, Pointers: 1000, Blocks: 1000},
			{From: -1, Owner: 1, To: 3, Pointers: 1, Blocks: 1},
			{From: 4, Owner: -1, To: 5, Pointers: 100, Blocks: 100},
			{From: 6, Owner: -1, To: 6, Pointers: 2},
		},
	}
	p.Recording.Snapshots = []profile.Snapshot{peak, exit}
	return p
}

// livedPoint returns a point whose blocks were all live at the peak, and for 1,000 units of time each on average.
func livedPoint(bytes, blocks, endBytes, endBlocks uint64, frames ...uint32) profile.Point {
	return profile.Point{
		TotalBytes:  bytes,
		TotalBlocks: blocks,
		PeakBytes:   bytes,
		PeakBlocks:  blocks,
		EndBytes:    endBytes,
		EndBlocks:   endBlocks,
		Stack:       profile.StackOf(frames...),
	}.With(profile.Rest{
		TotalLifetime: 1000 * blocks,
		MaxBytes:      bytes,
		MaxBlocks:     blocks,
	})
}
