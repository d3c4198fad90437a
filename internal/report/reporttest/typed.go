package reporttest

import (
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// Typed is the profile of a Rust program whose debug information tells types: two of them are
// allocated at one line, a crate allocates for the program's own code, and of what a library in
// C allocates no type is known. Its sites are
//
//	app::parse      main.rs:25  Vec<Event>, and 1,000 Strings
//	jaq_json::Val   lib.rs:165  Vec<String>, through jaq_core, for app::parse
//	make_table      table.c:9
func Typed() *profile.Profile {
	const (
		std   = "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/"
		crate = "/nowhere/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/"
	)
	frames := []struct {
		text, instance string
		inlined        bool
		size           uint64
	}{
		{"[root]", "", false, 0},
		{"0x1010: alloc::raw_vec::RawVec<T,A>::grow_one (" + std + "alloc/src/raw_vec/mod.rs:188)", "alloc::raw_vec::RawVec::grow_one<app::Event, alloc::alloc::Global>", false, 72},
		{"0x1020: alloc::vec::Vec<T,A>::push (" + std + "alloc/src/vec/mod.rs:2530)", "alloc::vec::Vec::push<app::Event, alloc::alloc::Global>", true, 72},
		{"0x1020: app::parse (/src/app/src/main.rs:25)", "", true, 0},
		{"0x1020: app::main (/src/app/src/main.rs:35)", "", false, 0},
		{"0x1030: std::sys::backtrace::__rust_begin_short_backtrace (" + std + "std/src/sys/backtrace.rs:166)", "", false, 0},
		{"0x1040: std::rt::lang_start_internal (" + std + "std/src/rt.rs:171)", "", false, 0},
		{"0x1050: main", "", false, 0},
		{"0x1060: <alloc::string::String as core::clone::Clone>::clone (" + std + "alloc/src/string.rs:2274)", "alloc::string::{impl#8}::clone", false, 0},
		{"0x1070: app::parse (/src/app/src/main.rs:25)", "", true, 0},
		{"0x1070: app::main (/src/app/src/main.rs:35)", "", false, 0},
		{"0x1080: alloc::raw_vec::RawVec<T,A>::with_capacity_in (" + std + "alloc/src/raw_vec/mod.rs:176)", "alloc::raw_vec::RawVec::with_capacity_in<alloc::string::String, alloc::alloc::Global>", true, 24},
		{"0x1080: alloc::vec::Vec<T>::with_capacity (" + std + "alloc/src/vec/mod.rs:481)", "alloc::vec::Vec::with_capacity<alloc::string::String>", true, 24},
		{"0x1080: <jaq_json::Val as jaq_core::ValT>::range (" + crate + "jaq-json-2.0.3/src/lib.rs:165)", "", false, 0},
		{"0x1090: jaq_core::compile::Filter::run (" + crate + "jaq-core-3.1.0/src/filter.rs:213)", "", false, 0},
		{"0x10a0: app::parse (/src/app/src/main.rs:24)", "", true, 0},
		{"0x10a0: app::main (/src/app/src/main.rs:35)", "", false, 0},
		{"0x2010: make_table (/src/zlib/table.c:9)", "", false, 0},
		{"0x10b0: app::main (/src/app/src/main.rs:36)", "", false, 0},
	}
	p := &profile.Profile{
		Mode: "heap", Verb: "Allocated", Columns: profile.Lives, Command: "./app events.json", PID: 7,
		Units:    profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		PeakTime: 300_000, EndTime: 400_000,
		Points: []profile.Point{
			{TotalBytes: 216_000, TotalBlocks: 10, PeakBytes: 144_000, PeakBlocks: 1, Stack: profile.StackOf(1, 2, 3, 4, 5, 6, 7)},
			{TotalBytes: 90_000, TotalBlocks: 1000, PeakBytes: 80_000, PeakBlocks: 900, Stack: profile.StackOf(8, 9, 10, 5, 6, 7)},
			{TotalBytes: 48_000, TotalBlocks: 1000, PeakBytes: 48_000, PeakBlocks: 1000, Stack: profile.StackOf(11, 12, 13, 14, 15, 16, 5, 6, 7)},
			{TotalBytes: 4096, TotalBlocks: 1, PeakBytes: 4096, PeakBlocks: 1, EndBytes: 4096, EndBlocks: 1, Stack: profile.StackOf(17, 18, 5, 6, 7)},
		},
		Recording: &profile.Recording{Program: "/src/app/target/release/app"},
		Modules:   []*profile.Module{{Path: "/src/app/target/release/app", Start: 0x1000, End: 0x2000}, {Path: "/usr/lib/libz.so.1", Start: 0x2000, End: 0x3000, Bias: 0x2000}},
	}
	for i, f := range frames {
		frame := testkit.Frames(f.text)[0]
		frame.Instance, frame.TypeSize, frame.Inlined = f.instance, f.size, f.inlined
		if i > 0 {
			frame.Module, frame.Language = p.Modules[0], profile.Rust
		}
		p.Frames = append(p.Frames, frame)
	}
	p.Frames[17].Module, p.Frames[17].Language = p.Modules[1], profile.C
	return p
}

// TypedWithoutDebugInformation is Typed as a build of the same program without debug
// information has it: no lines, no types, and what is inlined is the function's that it is in.
func TypedWithoutDebugInformation() *profile.Profile {
	p := Typed()
	for i := range p.Frames {
		f := &p.Frames[i]
		f.File, f.Line, f.Instance, f.TypeSize, f.Language = "", 0, "", 0, profile.UnknownLanguage
	}
	for i := range p.Points {
		pt := &p.Points[i]
		var compiled []uint32
		for _, f := range pt.Stack.All() {
			if !p.Frames[f].Inlined {
				compiled = append(compiled, f)
			}
		}
		pt.Stack = profile.StackOf(compiled...)
	}
	return p
}
