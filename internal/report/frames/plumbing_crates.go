package frames

import "strings"

// plumbingCrates are crates of Rust, or modules of them, that allocate on their callers'
// behalf: who wants to know where memory went looks for the code that filled the map. What
// keeps memory for itself (a parser's tables, a runtime's tasks, a pool) is not among them.
var plumbingCrates = []string{
	// Containers.
	"hashbrown::", "indexmap::", "smallvec::", "arrayvec::", "tinyvec::", "thin_vec::", "slab::", "dashmap::", "slotmap::",
	"linked_hash_map::", "hashlink::", "lru::", "im::", "im_rc::", "rpds::", "archery::", "triomphe::", "arc_swap::", "elsa::", "petgraph::graph_impl::", "petgraph::stable_graph::",
	"bit_vec::", "bit_set::", "bitvec::", "fixedbitset::", "roaring::", "generic_array::", "heapless::", "priority_queue::", "vec_map::",
	// Bytes and text.
	"bytes::", "bstr::", "smol_str::", "compact_str::", "ecow::", "kstring::", "beef::", "arcstr::", "string_cache::", "string_interner::", "lasso::",
	// Queues, and what is made once or shared.
	"crossbeam_deque::", "crossbeam_epoch::", "crossbeam_queue::", "crossbeam_channel::", "crossbeam_utils::", "crossbeam_skiplist::", "crossbeam::",
	"flume::", "async_channel::", "concurrent_queue::", "once_cell::", "lazy_static::", "spin::", "parking_lot::", "lock_api::", "thread_local::",
	// What calls what it is given, and collects what comes of it.
	"itertools::", "either::", "ahash::", "rustc_hash::", "fnv::", "foldhash::", "http::header::", "http::extensions::",
	// Values that are read or written: what is filled is the caller's.
	"serde::", "serde_core::", "serde_json::de::", "serde_json::read::", "serde_json::ser::", "erased_serde::", "serde_path_to_error::",
	// Allocators.
	"allocator_api2::", "tikv_jemallocator::", "jemallocator::", "mimalloc::", "snmalloc_rs::", "rpmalloc::", "dlmalloc::", "dhat::", "stats_alloc::", "cap::",
}

// isPlumbingCrate has the crates that plumbingCrates names, or names modules of.
var isPlumbingCrate = func() map[string]bool {
	all := make(map[string]bool)
	for _, pattern := range plumbingCrates {
		crate, _, _ := strings.Cut(pattern, "::")
		all[crate] = true
	}
	return all
}()
