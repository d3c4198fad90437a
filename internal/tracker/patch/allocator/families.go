package allocator

import (
	"bytes"
	"strings"

	"heapprof/internal/object/clone"
	"heapprof/internal/tracker/wire"
)

// families are the families of allocators, with the prefixes that each shape's names have
// there. Names are matched whole: what only begins like one is not meant.
var families = []struct {
	name      string
	prefixes  []string
	functions shape
}{
	{MallocFamily, []string{""}, standard},
	{OperatorFamily, []string{""}, operators},
	// je_ is what Debian's and older Rust builds configure, _rjem_ what the crates do,
	// je_arrow_ Apache Arrow.
	{"jemalloc", []string{"", "je_", "_rjem_", "je_arrow_", "jemalloc_"}, extended},
	{"jemalloc", []string{"je_", "_rjem_", "je_arrow_", "jemalloc_"}, standard},
	{"mimalloc", []string{"mi_"}, both(standard, mimalloc)},
	{"mimalloc", []string{"mi_heap_", "mi_theap_"}, mimallocHeaps},
	{"tcmalloc", []string{"tc_"}, both(standard, gperftools)},
	{"tcmalloc", []string{"TCMallocInternal"}, google},
	{"snmalloc", []string{"sn_"}, both(standard, snmalloc)},
	{"rpmalloc", []string{"rp"}, both(standard, rpmalloc)},
	{TBBFamily, []string{"scalable_"}, both(pick(standard, "malloc", "calloc", "realloc", "free", "posix_memalign"), tbb)},
	{"dlmalloc", []string{"dl"}, standard},
	{"mozjemalloc", []string{"moz_arena_"}, arenas},
	{"Scudo", []string{"scudo_"}, standard},
	{RustFamily, []string{"__rust_", "__rg_"}, rust},
}

// Known is what is known of a function by its name.
type Known struct {
	Family string
	Call   Call
	// CallsMalloc reports whether the function gets its blocks from malloc, and is left alone.
	CallsMalloc bool
	// Preloaded reports whether the preloaded library has a function of this name, to
	// which calls go wherever the loader binds them.
	Preloaded bool
	// IsSign reports whether only an allocator of the family has a function of this name.
	IsSign bool
	// IsDoubtful reports whether others may have a function of this name, too: it counts where a
	// sign shows that the family's allocator is there.
	IsDoubtful bool
	Users      string // the name that the user gave, of a function that the user named
}

// Families that package patch treats in a way of their own, or whose codes are not what
// people call them. A code that is no name of a function's is no function's of the user.
const (
	MallocFamily   = "malloc"
	UsersFamily    = "named-functions" // those of Options.Functions
	MappingFamily  = "mappings"        // what asks the kernel for pages
	ForkFamily     = "forks"           // of static programs, where nothing else tells of them
	LoaderFamily   = "loads"           // what the loader calls when libraries come and go
	EnteredFamily  = "entered"         // functions whose entries are hooked, whatever they do
	ExecFamily     = "execs"           // what begins another program
	ExitFamily     = "exits"           // what ends the process
	FailureFamily  = "failures"        // what is called where an allocation has failed
	FilterFamily   = "filters"         // what may install a filter of system calls
	FramesFamily   = "frames"          // what an unwinder finds unwind information by
	RustFamily     = "rust-allocator"  // Rust's global one, whatever it is
	OperatorFamily = "c++-operators"
	TBBFamily      = "tbb-malloc"
)

// HasBlocks reports whether the functions of a family make, resize or free blocks.
func HasBlocks(family string) bool {
	switch family {
	case MappingFamily, ForkFamily, LoaderFamily, EnteredFamily, ExecFamily, ExitFamily, FailureFamily, FilterFamily, FramesFamily:
		return false
	}
	return true
}

// StartOfC is a function that only the C library has: glibc's libc.so.6, and musl's,
// which is its loader as well and need not have a name of its own.
const StartOfC = "__libc_start_main"

// EmptiesCache is the function of glibc's that frees what it keeps for a thread that ends.
const EmptiesCache = "__malloc_arena_thread_freeres"

// StartOfCxx is a function that only the C++ library has, std::get_new_handler, which
// its operator new calls where malloc has failed.
const StartOfCxx = "_ZSt15get_new_handlerv"

// LoaderState is the function that glibc's loader and musl's export for debuggers to
// stop in (r_brk in link.h): they call it when libraries have been mapped or unmapped.
// It does nothing.
const LoaderState = "_dl_debug_state"

// RustOutOfMemory is a function that all Rust code has that allocates: it is called when
// there is no memory, with the size that was asked for.
const RustOutOfMemory = "__rust_alloc_error_handler"

// Rank returns how much a name counts where a function has several: the greatest one
// decides what the function means. First is the user's word, then a family that is hooked,
// and of those an allocator before what is made over one.
func (k Known) Rank() int {
	switch {
	case k.Family == UsersFamily:
		return 3
	case k.CallsMalloc:
		return 0
	case k.Family == OperatorFamily || k.Family == RustFamily:
		return 1
	}
	return 2
}

// table returns what is known of functions, by their plain names.
func table() map[string]Known {
	names := make(map[string]Known)
	withOperators := both(preloaded, operators)
	for _, f := range families {
		for _, prefix := range f.prefixes {
			for name, call := range f.functions {
				_, isPreloaded := withOperators[prefix+name]
				_, isReserved := reserved[prefix+name]
				isSign := isSign(prefix, name)
				names[prefix+name] = Known{Family: f.name, Call: call, Preloaded: isPreloaded, IsSign: isSign, IsDoubtful: !isSign && !isReserved}
			}
		}
	}
	for name, call := range rust {
		names[rustSystem+name] = Known{Family: RustFamily, Call: call, CallsMalloc: true}
	}
	for name, call := range mappings {
		names[name] = Known{Family: MappingFamily, Call: call}
	}
	names[LoaderState] = Known{Family: LoaderFamily, Call: Call{Action: wire.ActionLoaded}}
	names["execve"] = Known{Family: ExecFamily, Call: Call{Action: wire.ActionExec}}
	for _, exit := range []string{"exit", "_exit", "_Exit", "quick_exit"} {
		names[exit] = Known{Family: ExitFamily, Call: Call{Action: wire.ActionExit}}
	}
	names["prctl"] = Known{Family: FilterFamily, Call: Call{Action: wire.ActionFilter, Pointer: 1}}
	names["syscall"] = Known{Family: FilterFamily, Call: Call{Action: wire.ActionFilter, Pointer: 2}}
	names["_Unwind_Find_FDE"] = Known{Family: FramesFamily, Call: Call{Action: wire.ActionFrames}} // libgcc's
	names["fork"] = Known{Family: ForkFamily, Call: Call{Action: wire.ActionFork}}
	names[StartOfCxx] = Known{Family: StartOfCxx}
	names[StartOfC] = Known{Family: StartOfC}
	names[EmptiesCache] = Known{Family: EmptiesCache}
	names[RustOutOfMemory] = Known{Family: FailureFamily, Call: Call{Action: wire.ActionFailure, Size: 1}}
	return names
}

// reserved are names without a prefix that mean the same in every program, by C's and
// C++'s standards or POSIX.
var reserved = both(pick(preloaded, "malloc", "calloc", "realloc", "reallocarray", "free", "posix_memalign", "aligned_alloc"), operators)

// isSign reports whether a function's name shows that the family's allocator is there. Many
// names are too short for that: a program may have a mi_free for the items of its menus, a
// tc_new for connections, or a valloc for values.
func isSign(prefix, name string) bool {
	if prefix == "" {
		return strings.HasPrefix(name, "malloc")
	}
	return strings.Contains(strings.ToLower(name), "alloc")
}

// plainName returns the name by which the table may have a symbol: without the version
// (malloc@@GLIBC_2.2.5), without compilers' suffixes and, for Rust's allocator functions,
// which are mangled since Rust 1.87, without the mangling.
func plainName(symbol []byte) []byte {
	symbol, _, _ = bytes.Cut(symbol, []byte("@"))
	symbol = clone.OriginalOfWhole(symbol)
	if name, ok := rustName(symbol); ok {
		return name
	}
	return symbol
}

// ThatSays returns the allocator whose texts are in a program's data: the names of its
// settings and the beginnings of its messages. It is empty for none.
func ThatSays(data []byte) string {
	for _, sign := range []struct{ text, allocator string }{
		{"<jemalloc>: ", "jemalloc"}, {"MALLOC_CONF\x00", "jemalloc"},
		{"mimalloc: ", "mimalloc"},
		{"tcmalloc.max_total_thread_cache_bytes", "tcmalloc"},
	} {
		if bytes.Contains(data, []byte(sign.text)) {
			return sign.allocator
		}
	}
	return ""
}
