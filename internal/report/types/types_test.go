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

// main is where the program's own code begins.
var main = rust("zoo::main", "", "/src/zoo/src/main.rs")

// tableOf makes the table of a profile of one stack, the innermost frame first.
func tableOf(stack ...profile.Frame) (*Table, []uint32) {
	p := profileOf(stack...)
	return newTable(p), p.Points[0].Frames
}

// profileOf makes a profile of one stack, the innermost frame first.
func profileOf(stack ...profile.Frame) *profile.Profile {
	p := &profile.Profile{Frames: append([]profile.Frame{profile.Root}, stack...)}
	var indices []uint32
	for i := range stack {
		indices = append(indices, uint32(i+1))
	}
	p.Points = []profile.Point{{Frames: indices}}
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
		"the program's own code alone tells nothing": {[]profile.Frame{alloc, main}, Type{}},
	} {
		table, stack := tableOf(c.stack...)
		if got := table.Of(0); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
		if got := table.OfStack(stack); got != c.want {
			t.Errorf("%s, by its stack: got %+v, want %+v", name, got, c.want)
		}
	}
}
