package types

// kind is one sort of container: what its blocks are called, and whose blocks become its own.
type kind struct {
	name   string   // path of the type: "alloc::vec::Vec"
	params int      // how many type arguments it has, without allocators and hashers
	holds  []string // names of the kinds that it is built of
	bytes  bool     // it has no arguments and holds bytes
	filled bool     // its blocks are arrays of its elements and nothing else
	// spread is set where the argument may be an array or a slice, of which the block holds the elements.
	spread bool
	// comparing is set where the code depends on what its keys are, as they are hashed or compared.
	comparing bool
	// parts are the heads of types of which it has blocks besides those of its arguments: nodes,
	// entries. One that ends in :: stands for all types of a crate.
	parts []string
	// inner is set where functions that know no types stand beside those that do: the first have
	// an allocator for their only argument.
	inner bool
	// types and modules say whose functions allocate for it: methods of these types and,
	// where a function's type is not known, all in these modules.
	types, modules []string
}

// The kinds that rules in Go speak of.
const (
	box         = "alloc::boxed::Box"
	vec         = "alloc::vec::Vec"
	rawVec      = "alloc::raw_vec::RawVec"
	rc          = "alloc::rc::Rc"
	arc         = "alloc::sync::Arc"
	text        = "alloc::string::String"
	rawTable    = "hashbrown::raw::RawTable"
	hashMap     = "HashMap" // std's and hashbrown's are one
	hashSet     = "HashSet"
	btreeMap    = "alloc::collections::btree::map::BTreeMap"
	btreeSet    = "alloc::collections::btree::set::BTreeSet"
	linked      = "alloc::collections::linked_list::LinkedList"
	literal     = "vec!" // the array of a vec![…], which becomes a Vec
	btreeZST    = "alloc::collections::btree::set_val::SetValZST"
	btreeHandle = "alloc::collections::btree::node::Handle"
	btreeMark   = "alloc::collections::btree::node::marker::"
)

// rustKinds are the containers of Rust's own libraries, and of crates that many programs use.
var rustKinds = []kind{
	{name: rawVec, params: 1, filled: true, inner: true, types: []string{rawVec, "alloc::raw_vec::RawVecInner"}, modules: []string{"alloc::raw_vec"}},
	{name: vec, params: 1, filled: true, holds: []string{rawVec, literal}, types: []string{vec}, modules: []string{"alloc::vec"}},
	{name: box, params: 1, spread: true, filled: true, holds: []string{rawVec, vec, literal, text}, types: []string{box}, modules: []string{"alloc::boxed"}},
	{name: rc, params: 1, spread: true, types: []string{rc, "alloc::rc::UniqueRcUninit", "alloc::rc::UniqueRc"}, modules: []string{"alloc::rc"}},
	{name: arc, params: 1, spread: true, types: []string{arc, "alloc::sync::UniqueArcUninit", "alloc::sync::UniqueArc"}, modules: []string{"alloc::sync"}},
	{name: text, bytes: true, filled: true, holds: []string{vec, rawVec}, types: []string{text}, modules: []string{"alloc::string", "alloc::fmt"}},
	{name: "alloc::collections::vec_deque::VecDeque", params: 1, filled: true, holds: []string{rawVec, vec}, types: []string{"alloc::collections::vec_deque::VecDeque"}, modules: []string{"alloc::collections::vec_deque"}},
	{name: "alloc::collections::binary_heap::BinaryHeap", params: 1, filled: true, holds: []string{rawVec, vec}, types: []string{"alloc::collections::binary_heap::BinaryHeap"}, modules: []string{"alloc::collections::binary_heap"}},
	{name: linked, params: 1, types: []string{linked}, modules: []string{"alloc::collections::linked_list"}},
	{name: btreeMap, params: 2, comparing: true, types: []string{
		btreeMap, "alloc::collections::btree::node::LeafNode", "alloc::collections::btree::node::InternalNode", "alloc::collections::btree::node::NodeRef",
		"alloc::collections::btree::node::Handle", "alloc::collections::btree::map::entry::VacantEntry", "alloc::collections::btree::map::entry::Entry",
	}, modules: []string{"alloc::collections::btree"}},
	{name: btreeSet, params: 1, comparing: true, holds: []string{btreeMap}, types: []string{btreeSet}, modules: []string{"alloc::collections::btree::set"}},
	{name: rawTable, params: 1, comparing: true, inner: true, types: []string{rawTable, "hashbrown::raw::RawTableInner", "hashbrown::raw::inner::RawTable", "hashbrown::raw::inner::RawTableInner"}, modules: []string{"hashbrown::raw"}},
	{name: hashMap, params: 2, comparing: true, holds: []string{rawTable}, types: []string{
		"hashbrown::map::HashMap", "std::collections::hash::map::HashMap", "hashbrown::map::Entry", "hashbrown::map::VacantEntry",
		"hashbrown::rustc_entry::RustcEntry", "hashbrown::rustc_entry::RustcVacantEntry", "std::collections::hash::map::Entry", "std::collections::hash::map::VacantEntry",
	}, modules: []string{"hashbrown::map", "hashbrown::rustc_entry", "std::collections::hash::map"}},
	{name: hashSet, params: 1, comparing: true, holds: []string{rawTable, hashMap}, types: []string{"hashbrown::set::HashSet", "std::collections::hash::set::HashSet"}, modules: []string{"hashbrown::set", "std::collections::hash::set"}},
	{name: "hashbrown::table::HashTable", params: 1, holds: []string{rawTable}, types: []string{"hashbrown::table::HashTable"}, modules: []string{"hashbrown::table"}},
	{name: "alloc::ffi::c_str::CString", bytes: true, filled: true, holds: []string{vec, rawVec, box, text}, types: []string{"alloc::ffi::c_str::CString"}, modules: []string{"alloc::ffi::c_str"}},
	{name: "std::ffi::os_str::OsString", bytes: true, filled: true, holds: []string{vec, rawVec, box, text}, types: []string{"std::ffi::os_str::OsString", "std::sys::os_str::bytes::Buf"}, modules: []string{"std::ffi::os_str", "std::sys::os_str"}},
	{name: "std::path::PathBuf", bytes: true, filled: true, holds: []string{vec, rawVec, box, text, "std::ffi::os_str::OsString"}, types: []string{"std::path::PathBuf", "std::path::Path"}, modules: []string{"std::path"}},

	{name: "smallvec::SmallVec", params: 1, spread: true, filled: true, types: []string{"smallvec::SmallVec"}, modules: []string{"smallvec"}},
	{name: "indexmap::map::IndexMap", params: 2, holds: []string{vec, rawVec, rawTable, "hashbrown::table::HashTable"}, parts: []string{"indexmap::", "usize"},
		types: []string{"indexmap::map::IndexMap", "indexmap::map::core::IndexMapCore", "indexmap::inner::Core"}, modules: []string{"indexmap::map"}},
	{name: "indexmap::set::IndexSet", params: 1, holds: []string{vec, rawVec, rawTable, "hashbrown::table::HashTable", "indexmap::map::IndexMap"}, parts: []string{"indexmap::", "usize"},
		types: []string{"indexmap::set::IndexSet"}, modules: []string{"indexmap::set"}},
	{name: "crossbeam_deque::deque::Block", params: 1, types: []string{"crossbeam_deque::deque::Block"}},
	{name: "bytes::bytes_mut::BytesMut", bytes: true, holds: []string{vec, rawVec, box}, parts: []string{"bytes::"}, types: []string{"bytes::bytes_mut::BytesMut"}, modules: []string{"bytes::bytes_mut"}},
	{name: "bytes::bytes::Bytes", bytes: true, holds: []string{vec, rawVec, box}, parts: []string{"bytes::"}, types: []string{"bytes::bytes::Bytes"}, modules: []string{"bytes::bytes"}},
	{name: "slab::Slab", params: 1, holds: []string{vec, rawVec}, parts: []string{"slab::"}, types: []string{"slab::Slab"}, modules: []string{"slab"}},
	{name: "tinyvec::tinyvec::TinyVec", params: 1, spread: true, holds: []string{vec, rawVec}, types: []string{"tinyvec::tinyvec::TinyVec"}},
	{name: "thin_vec::ThinVec", params: 1, types: []string{"thin_vec::ThinVec"}, modules: []string{"thin_vec"}},
	{name: "typed_arena::Arena", params: 1, filled: true, holds: []string{vec, rawVec}, types: []string{"typed_arena::Arena"}, modules: []string{"typed_arena"}},
	{name: "triomphe::arc::Arc", params: 1, spread: true, holds: []string{box}, parts: []string{"triomphe::"}, types: []string{"triomphe::arc::Arc"}},
	{name: "bstr::bstring::BString", bytes: true, filled: true, holds: []string{vec, rawVec}, types: []string{"bstr::bstring::BString"}},
	{name: "http::header::map::HeaderMap", params: 1, holds: []string{vec, rawVec, box}, parts: []string{"http::"}, types: []string{"http::header::map::HeaderMap"}},
	{name: "hashlink::linked_hash_map::LinkedHashMap", params: 2, holds: []string{rawTable, hashMap, box}, parts: []string{"hashlink::", "core::ptr::non_null::NonNull"}, types: []string{"hashlink::linked_hash_map::LinkedHashMap"}},
}

// rustNodes are types of which a container keeps one in each of its blocks: a Box of one is
// memory of the container.
var rustNodes = map[string]string{
	"alloc::rc::RcInner": rc, "alloc::rc::RcBox": rc, "alloc::sync::ArcInner": arc,
	"alloc::collections::linked_list::Node":     linked,
	"alloc::collections::btree::node::LeafNode": btreeMap, "alloc::collections::btree::node::InternalNode": btreeMap,
}

// containerCrates are the crates that hand on what their callers want of memory: the walk goes
// on through their functions. Those of the kinds above are added to it.
var containerCrates = []string{"alloc", "core", "std", "hashbrown", "allocator_api2", "__rustc"}

// primitives are what paths of methods begin with that Rust's own types have: they are the
// libraries'. names.Qualified calls slices and tuples so.
var primitives = map[string]bool{
	"slice": true, "tuple": true, "str": true, "u8": true, "i8": true, "bool": true, "u16": true, "i16": true, "u32": true, "i32": true, "f32": true, "char": true,
	"u64": true, "i64": true, "f64": true, "usize": true, "isize": true, "u128": true, "i128": true,
}

// returned are functions whose block is of another type than the container that they are of, or
// that are of none: T stands for the first argument, "" for what says nothing.
var returned = map[string]string{
	"alloc::vec::into_boxed_slice":          "alloc::boxed::Box<[T]>",
	"alloc::vec::into_boxed_slice_in":       "alloc::boxed::Box<[T]>",
	"alloc::vec::from_iter_in_place":        "",
	"alloc::vec::from_iter_fallback":        "",
	"alloc::string::into_boxed_str":         "alloc::boxed::Box<str>",
	"alloc::boxed::new_uninit_slice":        "alloc::boxed::Box<[T]>",
	"alloc::boxed::new_uninit_slice_in":     "alloc::boxed::Box<[T]>",
	"alloc::boxed::new_zeroed_slice":        "alloc::boxed::Box<[T]>",
	"alloc::boxed::new_zeroed_slice_in":     "alloc::boxed::Box<[T]>",
	"alloc::boxed::try_new_uninit_slice":    "alloc::boxed::Box<[T]>",
	"alloc::boxed::from_iter":               "alloc::boxed::Box<[T]>",
	"alloc::boxed::from":                    "",
	"alloc::boxed::box_new_uninit":          "",
	"alloc::vec::spec_from_elem::from_elem": "alloc::vec::Vec<T>",
	"alloc::slice::to_vec":                  "alloc::vec::Vec<T>",
	"alloc::slice::to_vec_in":               "alloc::vec::Vec<T>",
	"alloc::slice::into_vec":                "alloc::vec::Vec<T>",
	"alloc::slice::to_owned":                "alloc::vec::Vec<T>",
	"alloc::slice::repeat":                  "alloc::vec::Vec<T>",
	"alloc::str::to_owned":                  "alloc::string::String",
	"alloc::str::repeat":                    "alloc::string::String",
	"alloc::str::join":                      "alloc::string::String",
	"alloc::str::concat":                    "alloc::string::String",
	"alloc::str::replace":                   "alloc::string::String",
	"alloc::str::replacen":                  "alloc::string::String",
	"alloc::str::to_lowercase":              "alloc::string::String",
	"alloc::str::to_uppercase":              "alloc::string::String",
	"alloc::str::to_ascii_lowercase":        "alloc::string::String",
	"alloc::str::to_ascii_uppercase":        "alloc::string::String",
	"std::io::append_to_string":             "alloc::string::String",
	"std::io::default_read_to_string":       "alloc::string::String",
	"std::io::read_to_string":               "alloc::string::String",
	"std::io::read_line":                    "alloc::string::String",
}

// passing are the modules of core and std whose functions only hand on what is wanted. The
// others may call code of their callers': closures, iterators, what formats a value.
var passing = []string{
	"core::alloc", "core::clone", "core::convert", "core::default", "core::mem", "core::ptr", "core::borrow", "core::tuple",
	"std::alloc", "std::collections", "std::io", "std::fs", "std::path", "std::ffi", "std::sys::os_str",
}

// collecting are the functions of core::iter that put together what they hand on.
var collecting = map[string]bool{"collect": true, "from_iter": true, "extend": true, "extend_one": true, "into_iter": true, "collect_into": true}

// reliable are functions that allocate for nothing but their own container, whatever it
// holds. Where a program has no debug information they are the only ones that tell something:
// into a clone, a from_iter the elements' own functions may be inlined.
var reliable = map[string]bool{
	"new": true, "new_in": true, "new_uninit": true, "new_uninit_in": true, "try_new_uninit_in": true, "with_capacity": true, "with_capacity_in": true,
	"try_allocate_in": true, "with_capacity_zeroed_in": true, "with_capacity_and_hasher": true, "grow": true, "grow_one": true, "grow_amortized": true, "grow_exact": true,
	"finish_grow": true, "do_reserve_and_handle": true, "reserve": true, "reserve_exact": true, "try_reserve": true, "reserve_rehash": true, "reserve_for_push": true, "resize_inner": true,
	"push": true, "push_mut": true, "push_back": true, "push_back_mut": true, "push_front": true, "push_str": true, "write_str": true, "write_char": true,
	"insert": true, "insert_recursing": true, "insert_entry": true, "format_inner": true, "shrink_to_fit": true, "shrink": true, "into_boxed_slice": true, "into_boxed_str": true,
	"allocate_for_layout": true, "try_allocate_for_layout": true, "allocate_for_slice": true, "reserve_inner": true, "try_grow": true, "grow_unchecked": true,
	"fallible_with_capacity": true, "new_uninitialized": true, "split": true, "prepare_resize": true, "reserve_rehash_inner": true,
}
