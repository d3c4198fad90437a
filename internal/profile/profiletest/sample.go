// Package profiletest has a profile for tests of what reads, writes and keeps profiles.
package profiletest

import (
	"time"

	"heapprof/internal/profile"
)

// Sample returns a small profile that uses every part of the model.
func Sample() *profile.Profile {
	tree := &profile.Module{Path: "/usr/bin/tree", BuildID: "c0ffee", Start: 0x1000, End: 0x2000, Nameless: profile.Deleted}
	library := &profile.Module{Path: "/lib/libstdc++.so.6", Start: 0x7f00, End: 0x8000, Bias: 1<<64 - 4096, MissingSplit: []string{"a.dwo"}}
	return &profile.Profile{
		Mode:       "heap",
		Verb:       "Allocated",
		Columns:    profile.Lives | profile.Accesses | profile.Own,
		Units:      profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		Sampling:   profile.Sampling{MeanBytes: 512 << 10, ExactBytes: 120, ExactBlocks: 6},
		Extra:      []profile.Extra{{Name: "resident_space", Unit: "bytes"}, {Name: "moved", Unit: "count"}},
		ShortLived: 500,
		Command:    "./tree --name \"a\\b\"\n\té",
		PID:        4242,
		PeakTime:   1500,
		EndTime:    2000,
		Frames: []profile.Frame{
			profile.Root,
			{Addr: 0x1000, Function: "build", File: "tree.c", Line: 8, Module: tree, Inlined: true, Language: profile.C, Instance: "tree::build<int>", TypeSize: 4},
			{Addr: 0x1010, Function: "main", File: "tree.c", Line: 30, Module: tree, Language: profile.C, Created: "tree::Node", TypeSize: 24},
			{Addr: 0x7f00, Function: "operator new(unsigned long)", Module: library, Language: profile.CPlusPlus},
			profile.Marker(profile.MappedMemory),
		},
		Points: []profile.Point{
			profile.Point{
				TotalBytes:  96,
				TotalBlocks: 4,
				PeakBytes:   72,
				PeakBlocks:  3,
				EndBytes:    24,
				EndBlocks:   1,
				Stack:       profile.StackOf(1, 2),
				Samples: &profile.Samples{
					Total: profile.Sampled{Blocks: 2, BytesVariance: 4608, BlocksVariance: 2.5},
					Peak:  profile.Sampled{Blocks: 1, BytesVariance: 1.25e30, BlocksVariance: 1},
				},
			}.With(profile.Rest{
				TotalLifetime:   5000,
				MaxBytes:        72,
				MaxBlocks:       3,
				ReadBytes:       10,
				WrittenBytes:    1 << 53,
				TemporaryBlocks: 1,
				Reallocs:        2,
				Extra:           []uint64{4096, 2},
			}),
			profile.Point{TotalBytes: 1, TotalBlocks: 1, Stack: profile.StackOf(3, 1, 1, 2)}.With(profile.Rest{Chunks: []profile.SizeRun{{Size: 512, Blocks: 2}, {Size: 1 << 40, Blocks: 1}}}),
		},
		Modules:  []*profile.Module{tree, library},
		Timeline: []profile.Reading{{Time: 0, RSS: 4096}, {Time: 1500, Bytes: 96, Blocks: 4, RSS: 8192}},
		Recording: &profile.Recording{
			Program:  "/usr/bin/tree",
			Host:     "build7",
			Start:    time.Date(2026, 1, 31, 12, 0, 0, 500, time.UTC),
			ExitCode: 3,
			Signal:   9,
			CPUTime:  1_250_000,

			AnonymousPeak: 1 << 40, StaticBytes: 4096, StackBytes: 135168, Threads: 3, Depth: 128, Deepest: 300,
			Nodes: 40, NodeEvents: 42, MaxNodes: 1 << 24,

			Sizes: []profile.SizeClass{{Max: 16, Blocks: 1, Bytes: 1}, {Max: 32, Blocks: 4, Bytes: 96}},
			Counts: profile.Counts{
				TruncatedStacks: 1, TruncatedBlocks: 2, IncompleteStacks: 3, IncompleteBlocks: 4,
				StacklessBlocks: 9, LostEvents: 5, UnknownFrees: 6, Unprofiled: 7, UnplacedModules: 8, OtherRefusals: 10,
			},
			Notes: []profile.Note{
				{Code: profile.Worded, Text: "tree: mimalloc is not recorded"},
				{
					Code: profile.FunctionsNotHooked, Files: []string{"tree"}, Allocators: []string{"rust"}, Count: 1,
					Functions: []profile.NotedFunction{{Names: []string{"malloc", "\"quoted\": ü"}, Cause: profile.Cause{Code: "too-short", Number: 3}}},
					Causes:    []profile.Cause{{Code: "falls-with", Names: []string{"free"}, Detail: "0f 0b", Because: &profile.Cause{Code: "unknown-instruction"}}},
					Remedy:    "see-pages",
				},
			},
			MergedPoints: 8,
			Allocator:    "glibc",
			Resident: &profile.Resident{FilePeak: 12288, Readings: []profile.ResidentReading{
				{
					Time: 1600, Widest: true, LiveBytes: 96, LiveBlocks: 4,
					Parts: []profile.ResidentPart{
						{Kind: profile.LiveBlocks, Bytes: 90, Count: 3, Point: -1},
						{Kind: profile.Rounding, Bytes: 6, Name: "glibc", Point: -1},
						{Kind: profile.FreeHeap, Bytes: 8000, Point: 1},
						{Kind: profile.Files, Bytes: 12288, Count: 2, Largest: 8192, Name: "/lib/libstdc++.so.6", Point: -1},
					},
					Points: []profile.ResidentPoint{{Point: 1, Bytes: 1, Blocks: 2, Rounding: 3, PinningBlocks: 4, PinningBytes: 5, PinnedPages: 6, PinnedBytes: 7}},
				},
				{Time: 1900, Last: true, LiveBytes: 24, LiveBlocks: 1, Parts: []profile.ResidentPart{{Kind: profile.LiveBlocks, Bytes: 24, Count: 1, Point: -1}}},
			}},
			Snapshots: []profile.Snapshot{{
				Kind: profile.MarkSnapshot, Mark: "loaded", Time: 1700, Padded: true, Zeroed: true, Unread: 8,
				Live: profile.Amount{Bytes: 96, Blocks: 4}, Shared: profile.Amount{Bytes: 24, Blocks: 1}, Unreached: profile.Amount{Bytes: 8, Blocks: 1},
				Owners: []profile.Owner{{
					Kind: profile.LocalOwner, Name: "local_map", In: "main", Thread: "worker", File: "tree.c", Line: 7, Type: "map<int, Node>", Size: 48,
					Retained: profile.Amount{Bytes: 64, Blocks: 2}, Reaches: profile.Amount{Bytes: 88, Blocks: 3}, Shares: profile.Amount{Bytes: 24, Blocks: 1},
					Top: []profile.Held{
						{Point: 1, Class: "Node", Self: profile.Amount{Bytes: 40, Blocks: 1}, Retained: profile.Amount{Bytes: 64, Blocks: 2}},
						{Depth: 1, Point: 0, Self: profile.Amount{Bytes: 24, Blocks: 1}, Retained: profile.Amount{Bytes: 24, Blocks: 1}},
					},
				}},
				SharedTop: []profile.Held{{Point: 0, Class: "Leaf", Self: profile.Amount{Bytes: 24, Blocks: 1}, Retained: profile.Amount{Bytes: 24, Blocks: 1}}},
				Groups: []profile.Group{
					{Point: 1, Owner: 0, Class: "Node", Live: profile.Amount{Bytes: 40, Blocks: 1}, Retained: profile.Amount{Bytes: 64, Blocks: 2}},
					{Point: 0, Owner: profile.SharedOwner, Live: profile.Amount{Bytes: 24, Blocks: 1}, Retained: profile.Amount{Bytes: 24, Blocks: 1}},
					{
						Point: 0, Owner: profile.UnreachedOwner, Live: profile.Amount{Bytes: 8, Blocks: 1}, Retained: profile.Amount{Bytes: 8, Blocks: 1},
						Direct: profile.Amount{Bytes: 8, Blocks: 1}, Cyclic: profile.Amount{Bytes: 4, Blocks: 1},
					},
				},
				References: []profile.Reference{{From: -1, Owner: 0, To: 0, Pointers: 3, Blocks: 1}, {From: 0, Owner: -1, To: 1, Pointers: 1, Blocks: 2}},
				Deep: []profile.DeepSizes{
					{
						Point: 1, Live: profile.Amount{Bytes: 40, Blocks: 1}, Retained: profile.Amount{Bytes: 64, Blocks: 2}, Deep: profile.Amount{Bytes: 88, Blocks: 3},
						EachRetained: profile.Spread{Smallest: 1, Median: 2, Largest: 3}, EachDeep: profile.Spread{Smallest: 4, Median: 5, Largest: 6}, Looked: 1,
					},
					{Point: -1, Type: "tree::Node", Live: profile.Amount{Bytes: 40, Blocks: 1}, Looked: 1},
				},
				Contents: []profile.Contents{{
					Point: 1, Live: profile.Amount{Bytes: 40, Blocks: 2}, Duplicates: profile.Amount{Bytes: 20, Blocks: 1}, Copies: profile.SizeRun{Size: 20, Blocks: 2},
					Constant: profile.Amount{Bytes: 1, Blocks: 3}, Zero: profile.Amount{Bytes: 5, Blocks: 7}, Counted: profile.Amount{Bytes: 9, Blocks: 11},
					Empty: profile.Amount{Bytes: 13, Blocks: 15}, Used: 17, Written: 19,
				}},
			}},
			Mappings: &profile.Mappings{PeakTime: 1200, Points: []profile.Point{profile.Point{
				TotalBytes:  1 << 20,
				TotalBlocks: 2,
				PeakBytes:   1 << 18,
				PeakBlocks:  1,
				EndBytes:    4096,
				EndBlocks:   1,
				Stack:       profile.StackOf(4, 1, 2),
			}.With(profile.Rest{
				TotalLifetime: 900,
				MaxBytes:      1 << 19,
				MaxBlocks:     1,
			})}},
			Limit: &profile.Limit{
				Bytes: 80, Blocks: 4, Action: profile.LimitFails,
				Crossed: &profile.Crossing{Stack: []uint32{1, 2}, Bytes: 24, Blocks: true, Time: 1400, Mark: "limit 1", LiveBytes: 72, LiveBlocks: 4},
			},
			Refusals: []profile.Refusal{
				{Stack: []uint32{1, 2}, By: profile.RefusedByLimit, Times: 3, Bytes: 24, LeastBytes: 16, MostBytes: 1 << 50, Time: 1401, LastTime: 1900, Mark: "refused 1", LiveBytes: 72, LiveBlocks: 4},
				{Stack: []uint32{3, 2}, By: profile.RefusedByAllocator, Times: 1, Bytes: profile.AllBytes, LeastBytes: profile.AllBytes, MostBytes: profile.AllBytes, Time: 1500, LastTime: 1500},
			},
			Frees: &profile.Frees{
				Stacks: []profile.Freed{
					{Point: 0, Frames: []uint32{1, 2}, Bytes: 48, Blocks: 2},
					{Point: 0, Frames: []uint32{2}, Bytes: 24, Blocks: 1},
					{Point: 1, Frames: []uint32{2}, Bytes: 1, Blocks: 1},
				},
				Wrong: []profile.WrongFree{
					{Kind: profile.Foreign, Point: -1, Frames: []uint32{3, 2}, Blocks: 4},
					{Kind: profile.Mismatched, Point: 1, Frames: []uint32{2}, Blocks: 1},
				},
			},
		},
	}
}
