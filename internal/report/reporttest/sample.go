// Package reporttest has profiles for tests of what shows profiles.
package reporttest

import (
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// Sample is a small C++ program's profile in heapprof's own form: plumbing that
// is recognised by name, by file and by module, a stripped library, a cut stack,
// temporary blocks and losses. Its sites are
//
//	Parser::read(std::istream&)  parser.cc:40   through std::string, the largest
//	Parser::read(std::istream&)  parser.cc:44   through an inlined std::vector
//	main                         main.cc:12     through libc's fopen
//	libzip.so.2+0x1210                          stripped, always from Archive::open
//	(emergency pool, normal)                            of libstdc++, while it is loaded
func Sample() *profile.Profile {
	const never = 0
	p := &profile.Profile{
		Mode: "heap", Verb: "Allocated", Columns: profile.Lives | profile.Own,
		Command: "./zipstat a.zip\tb.zip", PID: 42,
		Units:      profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		ShortLived: 500, PeakTime: 1_200_000, EndTime: 2_500_000,
		Frames: testkit.Frames(
			"[root]",
			"0x7f0000001010: operator new(unsigned long) (in /usr/lib/libstdc++.so.6)",
			"0x7f0000001020: std::string::_M_create(unsigned long&, unsigned long) (in /usr/lib/libstdc++.so.6)",
			"0x401100: Parser::read(std::istream&) (/src/zip/parser.cc:40)",
			"0x401200: main (/src/zip/main.cc:10)",
			"0x7f0000101000: __libc_start_call_main (in /usr/lib/libc.so.6)",
			"0x401180: allocate (/usr/include/c++/12/bits/new_allocator.h:137)",
			"0x401180: Parser::read(std::istream&) (/src/zip/parser.cc:44)",
			"0x7f0000102000: fopen64 (in /usr/lib/libc.so.6)",
			"0x401240: main (/src/zip/main.cc:12)",
			"0x7f0000201210: ??? (in /usr/lib/libzip.so.2)",
			"0x7f0000201450: ??? (in /usr/lib/libzip.so.2)",
			"0x401300: Archive::open(std::basic_string<char, std::char_traits<char>, std::allocator<char> > const&, int) (/src/zip/archive.cc:7)",
			"0x7f0000006000: ??? (in /usr/lib/libstdc++.so.6)",
			"0x7f0000301000: call_init (in /usr/lib/ld-linux-x86-64.so.2)",
			"[truncated]",
		),
		Points: []profile.Point{
			profile.Point{TotalBytes: 3 << 20, TotalBlocks: 3000, PeakBytes: 2 << 20, PeakBlocks: 2000, EndBytes: never, EndBlocks: never, Stack: profile.StackOf(1, 2, 3, 4, 5)}.With(profile.Rest{TotalLifetime: 3_000_000, MaxBytes: 2 << 20, MaxBlocks: 2000, TemporaryBlocks: 900}),
			profile.Point{TotalBytes: 4096, TotalBlocks: 4, PeakBytes: 4096, PeakBlocks: 4, Stack: profile.StackOf(1, 2, 3, 3, 4, 5)}.With(profile.Rest{TotalLifetime: 400, MaxBytes: 4096, MaxBlocks: 4}),
			profile.Point{TotalBytes: 600_000, TotalBlocks: 12, PeakBytes: 400_000, PeakBlocks: 1, Stack: profile.StackOf(1, 6, 7, 4, 5)}.With(profile.Rest{TotalLifetime: 60_000, MaxBytes: 400_000, MaxBlocks: 1, Reallocs: 11}),
			profile.Point{TotalBytes: 472, TotalBlocks: 1, PeakBytes: 472, PeakBlocks: 1, EndBytes: 472, EndBlocks: 1, Stack: profile.StackOf(8, 9, 5)}.With(profile.Rest{TotalLifetime: 2_400_000, MaxBytes: 472, MaxBlocks: 1}),
			profile.Point{TotalBytes: 100_000, TotalBlocks: 100, PeakBytes: 80_000, PeakBlocks: 80, EndBytes: 50_000, EndBlocks: 50, Stack: profile.StackOf(10, 11, 12, 4, 5)}.With(profile.Rest{TotalLifetime: 5_000_000, MaxBytes: 90_000, MaxBlocks: 90, TemporaryBlocks: 1}),
			profile.Point{TotalBytes: 1000, TotalBlocks: 10, Stack: profile.StackOf(10, 12, 15)}.With(profile.Rest{TotalLifetime: 10, MaxBytes: 100, MaxBlocks: 1, TemporaryBlocks: 10}),
			profile.Point{TotalBytes: 72_704, TotalBlocks: 1, PeakBytes: 72_704, PeakBlocks: 1, EndBytes: 72_704, EndBlocks: 1, Stack: profile.StackOf(1, 13, 14)}.With(profile.Rest{TotalLifetime: 2_500_000, MaxBytes: 72_704, MaxBlocks: 1}),
		},
		Recording: &profile.Recording{
			Program: "/src/zip/zipstat", Depth: 128, Deepest: 300,
			Counts: profile.Counts{TruncatedStacks: 1, TruncatedBlocks: 10, LostEvents: 1234},
		},
		Modules: []*profile.Module{
			{Path: "/src/zip/zipstat", Start: 0x400000, End: 0x402000},
			{Path: "/usr/lib/libstdc++.so.6", Start: 0x7f0000001000, Bias: 0x7f0000001000},
			{Path: "/usr/lib/libc.so.6", Start: 0x7f0000100000, Bias: 0x7f0000100000},
			{Path: "/usr/lib/libzip.so.2", Start: 0x7f0000200000, Bias: 0x7f0000200000},
			{Path: "/usr/lib/ld-linux-x86-64.so.2", Start: 0x7f0000300000, Bias: 0x7f0000300000},
		},
	}
	testkit.Place(p, -1, 1, 1, 0, 0, 2, 0, 0, 2, 0, 3, 3, 0, 1, 4, -1)
	p.InferInlined()
	return p
}

// Mapped is Sample with mappings: one that malloc made for Parser::read, one of
// main's own, and a thread's stack.
func Mapped() *profile.Profile {
	p := Sample()
	memory := uint32(len(p.Frames))
	p.Frames = append(p.Frames, testkit.Frames(profile.MappedMemory, profile.MappedReserve, profile.MappedFile, "0x7f0000103000: malloc (in /usr/lib/libc.so.6)")...)
	p.Frames[memory+3].Module = p.Modules[2]
	malloc := memory + 3
	p.Recording.Mappings = &profile.Mappings{PeakTime: 1_100_000, Points: []profile.Point{
		profile.Point{TotalBytes: 6 << 20, TotalBlocks: 3, PeakBytes: 4 << 20, PeakBlocks: 2, Stack: profile.StackOf(memory, malloc, 1, 2, 3, 4, 5)}.With(profile.Rest{TotalLifetime: 3_000_000, MaxBytes: 4 << 20, MaxBlocks: 2}),
		profile.Point{TotalBytes: 8 << 20, TotalBlocks: 1, PeakBytes: 8 << 20, PeakBlocks: 1, EndBytes: 8 << 20, EndBlocks: 1, Stack: profile.StackOf(memory+1, 4, 5)}.With(profile.Rest{TotalLifetime: 2_400_000, MaxBytes: 8 << 20, MaxBlocks: 1}),
		profile.Point{TotalBytes: 4096, TotalBlocks: 1, Stack: profile.StackOf(memory+2, 9, 5)}.With(profile.Rest{TotalLifetime: 2_000, MaxBytes: 4096, MaxBlocks: 1}),
	}}
	return p
}

// Rebuilt is Sample after an edit: the same program from another directory, at
// other addresses and with other lines, in which Archive::open's library no
// longer allocates, an index is new, and Parser::read takes half as much.
func Rebuilt() *profile.Profile {
	p := Sample()
	p.Frames = testkit.Frames(
		"[root]",
		"0x7e0000001010: operator new(unsigned long) (in /usr/lib/libstdc++.so.6)",
		"0x7e0000001020: std::string::_M_create(unsigned long&, unsigned long) (in /usr/lib/libstdc++.so.6)",
		"0x501100: Parser::read(std::istream&) (/home/ci/zip/parser.cc:52)",
		"0x501200: main (/home/ci/zip/main.cc:11)",
		"0x7e0000101000: __libc_start_call_main (in /usr/lib/libc.so.6)",
		"0x501180: allocate (/usr/include/c++/12/bits/new_allocator.h:137)",
		"0x501180: Parser::read(std::istream&) (/home/ci/zip/parser.cc:56)",
		"0x7e0000102000: fopen64 (in /usr/lib/libc.so.6)",
		"0x501240: main (/home/ci/zip/main.cc:13)",
		"0x501500: Index::build() (/home/ci/zip/index.cc:3)",
	)
	p.Recording, p.Modules, p.Columns = nil, nil, profile.Lives
	p.Points = []profile.Point{
		{TotalBytes: 1 << 20, TotalBlocks: 1000, PeakBytes: 1 << 20, PeakBlocks: 1000, Stack: profile.StackOf(1, 2, 3, 4, 5)},
		{TotalBytes: 600_000, TotalBlocks: 12, PeakBytes: 400_000, PeakBlocks: 1, Stack: profile.StackOf(1, 6, 7, 4, 5)},
		{TotalBytes: 472, TotalBlocks: 1, PeakBytes: 472, PeakBlocks: 1, EndBytes: 472, EndBlocks: 1, Stack: profile.StackOf(8, 9, 5)},
		{TotalBytes: 30_000, TotalBlocks: 3, PeakBytes: 30_000, PeakBlocks: 3, EndBytes: 10_000, EndBlocks: 1, Stack: profile.StackOf(1, 10, 9, 5)},
	}
	p.InferInlined()
	return p
}
