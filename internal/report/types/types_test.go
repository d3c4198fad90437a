package types

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
)

// rust is a frame of Rust's in a library of that file, as debug information names it.
func rust(function, instance, file string) profile.Frame {
	return profile.Frame{Function: function, Instance: instance, File: file, Line: 1, Language: profile.Rust}
}

// inlined is the same frame of a call that is inlined.
func inlined(f profile.Frame) profile.Frame {
	f.Inlined = true
	return f
}

// main is where the program's own code begins.
var main = rust("zoo::main", "", "/src/zoo/src/main.rs")

// tableOf makes the table of a profile of one stack, the innermost frame first.
func tableOf(stack ...profile.Frame) (*Table, []uint32) {
	p := profileOf(stack...)
	return newTable(p), p.Points[0].Stack.Frames()
}

// profileOf makes a profile of one stack, the innermost frame first.
func profileOf(stack ...profile.Frame) *profile.Profile {
	p := &profile.Profile{Frames: append([]profile.Frame{profile.Root}, stack...)}
	var indices []uint32
	for i := range stack {
		indices = append(indices, uint32(i+1))
	}
	p.Points = []profile.Point{{Stack: profile.StackOf(indices...)}}
	return p
}

func newTable(p *profile.Profile) *Table { return New(p, frames.New(p)) }

const library = "/rustc/59807616/library/"

func TestOutermostContainerIsTheType(t *testing.T) {
	alloc := rust("alloc::alloc::alloc", "", library+"alloc/src/alloc.rs")
	for name, c := range map[string]struct {
		stack []profile.Frame
		want  Type
	}{
		"an Arc is a Box of its inside": {[]profile.Frame{
			alloc,
			rust("alloc::boxed::Box<T>::new", "alloc::boxed::{impl#0}::new<alloc::sync::ArcInner<std::sync::poison::mutex::Mutex<zoo::Leaf>>>", library+"alloc/src/boxed.rs"),
			rust("alloc::sync::Arc<T>::new", "alloc::sync::{impl#13}::new<std::sync::poison::mutex::Mutex<zoo::Leaf>>", library+"alloc/src/sync.rs"),
			main,
		}, Type{Name: "Arc<Mutex<Leaf>>", Full: "alloc::sync::Arc<std::sync::poison::mutex::Mutex<zoo::Leaf>>"}},
		"an Arc is no Box where valgrind has no names for what is inlined": {[]profile.Frame{
			{Function: "UnknownInlinedFun", File: "library/alloc/src/alloc.rs", Line: 95},
			{Function: "UnknownInlinedFun", File: "library/alloc/src/boxed.rs", Line: 248},
			{Function: "UnknownInlinedFun", File: "library/alloc/src/sync.rs", Line: 422},
			{Function: "UnknownInlinedFun", File: "main.rs", Line: 27},
		}, Type{Name: "Arc<…>", Full: "alloc::sync::Arc<…>"}},
		"a String's element is a byte": {[]profile.Frame{
			alloc,
			rust("alloc::raw_vec::RawVec<T,A>::with_capacity_in", "alloc::raw_vec::{impl#1}::with_capacity_in<u8, alloc::alloc::Global>", library+"alloc/src/raw_vec/mod.rs"),
			rust("alloc::vec::Vec<T>::with_capacity", "alloc::vec::{impl#0}::with_capacity<u8>", library+"alloc/src/vec/mod.rs"),
			rust("alloc::string::String::with_capacity", "", library+"alloc/src/string.rs"),
			main,
		}, Type{Name: "String", Full: "alloc::string::String", Element: 1}},
		"a String in a Vec that is cloned": {[]profile.Frame{
			alloc,
			rust("<T as alloc::slice::hack::ConvertVec>::to_vec", "alloc::slice::hack::{impl#1}::to_vec<u8, alloc::alloc::Global>", library+"alloc/src/slice.rs"),
			rust("<alloc::vec::Vec<T,A> as core::clone::Clone>::clone", "alloc::vec::{impl#10}::clone<u8, alloc::alloc::Global>", library+"alloc/src/vec/mod.rs"),
			rust("<alloc::string::String as core::clone::Clone>::clone", "alloc::string::{impl#6}::clone", library+"alloc/src/string.rs"),
			rust("<T as alloc::slice::hack::ConvertVec>::to_vec", "alloc::slice::hack::{impl#0}::to_vec<alloc::string::String, alloc::alloc::Global>", library+"alloc/src/slice.rs"),
			main,
		}, Type{Name: "String", Full: "alloc::string::String", Element: 1}},
		"a table is a map": {[]profile.Frame{
			alloc,
			rust("hashbrown::raw::RawTable<T,A>::reserve_rehash", "hashbrown::raw::{impl#6}::reserve_rehash<(alloc::string::String, f64), alloc::alloc::Global, zoo::main::{closure_env#0}>", "/rust/deps/hashbrown-0.16.1/src/raw/mod.rs"),
			main,
		}, Type{Name: "HashMap<String, f64>", Full: "HashMap<alloc::string::String, f64>"}},
		"a function that is made once for several types": {[]profile.Frame{
			alloc,
			rust("<alloc::raw_vec::RawVec<alloc::vec::Vec<u8>>>::grow_one", "alloc::raw_vec::RawVec::grow_one<alloc::vec::Vec<u8, alloc::alloc::Global>, alloc::alloc::Global>", library+"alloc/src/raw_vec/mod.rs"),
			inlined(rust("alloc::vec::Vec<T,A>::push", "alloc::vec::Vec::push<alloc::string::String, alloc::alloc::Global>", library+"alloc/src/vec/mod.rs")),
			main,
		}, Type{Name: "Vec<String>", Full: "alloc::vec::Vec<alloc::string::String>", Element: 24}},
		"a wrapper of the allocator": {[]profile.Frame{
			rust("<cap::Cap<H> as core::alloc::global::GlobalAlloc>::alloc", "", "/root/.cargo/registry/src/x/cap-0.1.2/src/lib.rs"),
			rust("__rustc::__rust_alloc", "", "/src/zoo/src/main.rs"),
			alloc,
			rust("alloc::boxed::Box<T>::new", "alloc::boxed::{impl#0}::new<u64>", library+"alloc/src/boxed.rs"),
			main,
		}, Type{Name: "Box<u64>", Full: "alloc::boxed::Box<u64>", Element: 8}},
		"a method that the program gives to a Vec": {[]profile.Frame{
			alloc,
			rust("alloc::boxed::Box<T>::new", "alloc::boxed::{impl#0}::new<u64>", library+"alloc/src/boxed.rs"),
			rust("<alloc::vec::Vec<T> as zoo::Widen>::widen", "zoo::{impl#0}::widen<u64>", "/src/zoo/src/main.rs"),
			rust("alloc::vec::Vec<T,A>::retain", "alloc::vec::Vec::retain<u64, alloc::alloc::Global>", library+"alloc/src/vec/mod.rs"),
			main,
		}, Type{Name: "Box<u64>", Full: "alloc::boxed::Box<u64>", Element: 8}},
		"no debug information: what depends on a size alone": {[]profile.Frame{
			rust("<alloc::raw_vec::RawVec<zoo::Leaf>>::grow_one", "", ""), rust("zoo::main", "", ""),
		}, Type{Name: "RawVec<…>", Full: "alloc::raw_vec::RawVec<…>"}},
		"no debug information: what hashes its keys": {[]profile.Frame{
			rust("<hashbrown::raw::RawTable<(u64, zoo::Leaf)>>::reserve_rehash::<hashbrown::map::make_hasher<u64, zoo::Leaf, S>::{closure#0}>", "", ""), rust("zoo::main", "", ""),
		}, Type{Name: "HashMap<u64, Leaf>", Full: "HashMap<u64, zoo::Leaf>"}},
		"no debug information: what may have anything inlined": {[]profile.Frame{
			rust("<alloc::vec::Vec<zoo::Leaf> as alloc::vec::spec_from_iter_nested::SpecFromIterNested<zoo::Leaf, I>>::from_iter", "", ""), rust("zoo::main", "", ""),
		}, Type{}},
		"the program's own code alone tells nothing": {[]profile.Frame{alloc, main}, Type{}},
	} {
		table, stack := tableOf(c.stack...)
		if got := table.Of(0); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
		if got := ofStack(table, stack); got != c.want {
			t.Errorf("%s, by its stack: got %+v, want %+v", name, got, c.want)
		}
	}
}

func TestElementsHaveTheSizesThatAreKnown(t *testing.T) {
	sized := func(name string, size uint64) profile.Frame {
		f := rust("alloc::vec::Vec<T>::with_capacity", "alloc::vec::Vec::with_capacity<"+name+">", library+"alloc/src/vec/mod.rs")
		f.TypeSize = size
		return f
	}
	for name, c := range map[string]struct {
		of   string
		told uint64
		want uint64
	}{
		"debug information":               {"zoo::Leaf", 48, 48},
		"a type that is known to nobody":  {"zoo::Leaf", 0, 0},
		"a number":                        {"u16", 0, 2},
		"an array":                        {"[char; 3]", 0, 12},
		"a String":                        {"alloc::string::String", 0, 24},
		"a Vec of what is not known":      {"alloc::vec::Vec<zoo::Leaf, alloc::alloc::Global>", 0, 24},
		"a reference":                     {"&zoo::Leaf", 0, 8},
		"a str":                           {"&str", 0, 16},
		"a slice":                         {"&mut [zoo::Leaf]", 0, 16},
		"a trait object":                  {"alloc::boxed::Box<(dyn zoo::Speak + core::marker::Send), alloc::alloc::Global>", 0, 16},
		"a path":                          {"&std::path::Path", 0, 16},
		"what may be as large as its end": {"&std::sync::poison::mutex::Mutex<dyn zoo::Speak>", 0, 0},
		"a function":                      {"fn(u8) -> u8", 0, 8},
	} {
		table, _ := tableOf(sized(c.of, c.told), main)
		if got := table.Of(0).Element; got != c.want {
			t.Errorf("%s: %d bytes, not %d", name, got, c.want)
		}
	}
	table, _ := tableOf(sized("zoo::Leaf", 48), sized("zoo::Leaf", 40), main)
	if got := table.Of(0).Element; got != 0 {
		t.Errorf("a type of two sizes has %d bytes", got)
	}
}

// ofStack returns the type of blocks that are allocated through a stack, indices of frames
// with the innermost first.
func ofStack(t *Table, stack []uint32) Type {
	return t.shown(t.find(stack[t.frames.PastAllocator(stack):]))
}
