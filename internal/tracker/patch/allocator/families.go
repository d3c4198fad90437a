package allocator

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"

	"heapprof/internal/object/clone"
	"heapprof/internal/tracker/wire"
)

// shape is the calls of functions that have the same arguments, by their names
// without a family's prefix.
type shape map[string]Call

// wrapped is C's family (ISO C17 7.22.3, C23's sized deallocation, POSIX, glibc) as
// far as the preloaded library takes its place. Allocators offer it under a prefix
// of their own and, where they take the place of the system's, without one.
var wrapped = shape{
	"malloc":             {Action: wire.ActionAlloc, Size: 1},
	"calloc":             {Action: wire.ActionAlloc, Count: 1, Size: 2},
	"realloc":            {Action: wire.ActionRealloc, Pointer: 1, Size: 2},
	"reallocarray":       {Action: wire.ActionRealloc, Pointer: 1, Count: 2, Size: 3},
	"free":               {Action: wire.ActionFree, Pointer: 1},
	"free_sized":         {Action: wire.ActionFree, Pointer: 1},
	"free_aligned_sized": {Action: wire.ActionFree, Pointer: 1, Align: 2},
	"posix_memalign":     {Action: wire.ActionAlloc, Out: 1, Align: 2, Size: 3},
	"aligned_alloc":      {Action: wire.ActionAlloc, Align: 1, Size: 2},
	"memalign":           {Action: wire.ActionAlloc, Align: 1, Size: 2},
	"valloc":             {Action: wire.ActionAlloc, Size: 1},
	"pvalloc":            {Action: wire.ActionAlloc, Size: 1},
}

// standard is wrapped and what allocators have of other systems' families.
var standard = both(wrapped, shape{
	"cfree":    {Action: wire.ActionFree, Pointer: 1},                   // old C libraries'
	"reallocf": {Action: wire.ActionReallocOrFree, Pointer: 1, Size: 2}, // the BSDs'
})

// extended is jemalloc's own interface (jemalloc(3), "Non-standard API"); flags
// hold the alignment in a form that nobody needs here.
var extended = shape{
	"mallocx":  {Action: wire.ActionAlloc, Size: 1},
	"rallocx":  {Action: wire.ActionRealloc, Pointer: 1, Size: 2},
	"xallocx":  {Action: wire.ActionResize, Pointer: 1, Size: 2},
	"dallocx":  {Action: wire.ActionFree, Pointer: 1},
	"sdallocx": {Action: wire.ActionFree, Pointer: 1},
}

// mimalloc is what mimalloc.h has beyond the standard family.
//
// The functions that begin with u also tell the size of the block that was chosen.
//
// Not here: mi_strdup and its kin, whose sizes are no argument (the mi_malloc
// that they call is seen, where it was not inlined into them), mi_reallocarr,
// which takes the address of the pointer, and mi_heap_destroy, which ends blocks
// without naming them.
var mimalloc = shape{
	"zalloc":                  {Action: wire.ActionAlloc, Size: 1},
	"malloc_small":            {Action: wire.ActionAlloc, Size: 1},
	"zalloc_small":            {Action: wire.ActionAlloc, Size: 1},
	"mallocn":                 {Action: wire.ActionAlloc, Count: 1, Size: 2},
	"malloc_aligned":          {Action: wire.ActionAlloc, Size: 1, Align: 2},
	"malloc_aligned_at":       {Action: wire.ActionAlloc, Size: 1, Align: 2},
	"zalloc_aligned":          {Action: wire.ActionAlloc, Size: 1, Align: 2},
	"zalloc_aligned_at":       {Action: wire.ActionAlloc, Size: 1, Align: 2},
	"calloc_aligned":          {Action: wire.ActionAlloc, Count: 1, Size: 2, Align: 3},
	"calloc_aligned_at":       {Action: wire.ActionAlloc, Count: 1, Size: 2, Align: 3},
	"new":                     {Action: wire.ActionAlloc, Size: 1},
	"new_nothrow":             {Action: wire.ActionAlloc, Size: 1},
	"new_aligned":             {Action: wire.ActionAlloc, Size: 1, Align: 2},
	"new_aligned_nothrow":     {Action: wire.ActionAlloc, Size: 1, Align: 2},
	"new_n":                   {Action: wire.ActionAlloc, Count: 1, Size: 2},
	"new_realloc":             {Action: wire.ActionRealloc, Pointer: 1, Size: 2},
	"new_reallocn":            {Action: wire.ActionRealloc, Pointer: 1, Count: 2, Size: 3},
	"expand":                  {Action: wire.ActionRealloc, Pointer: 1, Size: 2},
	"reallocn":                {Action: wire.ActionRealloc, Pointer: 1, Count: 2, Size: 3},
	"rezalloc":                {Action: wire.ActionRealloc, Pointer: 1, Size: 2},
	"recalloc":                {Action: wire.ActionRealloc, Pointer: 1, Count: 2, Size: 3},
	"realloc_aligned":         {Action: wire.ActionRealloc, Pointer: 1, Size: 2, Align: 3},
	"realloc_aligned_at":      {Action: wire.ActionRealloc, Pointer: 1, Size: 2, Align: 3},
	"rezalloc_aligned":        {Action: wire.ActionRealloc, Pointer: 1, Size: 2, Align: 3},
	"rezalloc_aligned_at":     {Action: wire.ActionRealloc, Pointer: 1, Size: 2, Align: 3},
	"recalloc_aligned":        {Action: wire.ActionRealloc, Pointer: 1, Count: 2, Size: 3, Align: 4},
	"recalloc_aligned_at":     {Action: wire.ActionRealloc, Pointer: 1, Count: 2, Size: 3, Align: 4},
	"aligned_recalloc":        {Action: wire.ActionRealloc, Pointer: 1, Count: 2, Size: 3, Align: 4},
	"aligned_offset_recalloc": {Action: wire.ActionRealloc, Pointer: 1, Count: 2, Size: 3, Align: 4},
	"_expand":                 {Action: wire.ActionRealloc, Pointer: 1, Size: 2},
	"free_small":              {Action: wire.ActionFree, Pointer: 1},
	"umalloc":                 {Action: wire.ActionAlloc, Size: 1},
	"umalloc_small":           {Action: wire.ActionAlloc, Size: 1},
	"umalloc_aligned":         {Action: wire.ActionAlloc, Size: 1, Align: 2},
	"uzalloc":                 {Action: wire.ActionAlloc, Size: 1},
	"uzalloc_small":           {Action: wire.ActionAlloc, Size: 1},
	"uzalloc_aligned":         {Action: wire.ActionAlloc, Size: 1, Align: 2},
	"ucalloc":                 {Action: wire.ActionAlloc, Count: 1, Size: 2},
	"urealloc":                {Action: wire.ActionRealloc, Pointer: 1, Size: 2},
	"ufree":                   {Action: wire.ActionFree, Pointer: 1},
	"free_size":               {Action: wire.ActionFree, Pointer: 1},
	"free_size_aligned":       {Action: wire.ActionFree, Pointer: 1, Align: 3},
	"free_aligned":            {Action: wire.ActionFree, Pointer: 1, Align: 2},
}

// mimallocHeaps are the functions that take a heap before the arguments of their
// namesakes. Blocks of heaps are freed by mi_free.
var mimallocHeaps = both(pick(standard, "malloc", "calloc", "realloc", "reallocf"),
	pick(mimalloc, "zalloc", "malloc_small", "zalloc_small", "mallocn", "reallocn", "rezalloc", "recalloc",
		"malloc_aligned", "malloc_aligned_at", "zalloc_aligned", "zalloc_aligned_at", "calloc_aligned", "calloc_aligned_at",
		"realloc_aligned", "realloc_aligned_at", "rezalloc_aligned", "rezalloc_aligned_at", "recalloc_aligned", "recalloc_aligned_at"),
	shape{"alloc_new": mimalloc["new"], "alloc_new_n": mimalloc["new_n"]}).after(1)

// operators are C++'s allocation functions (ISO C++20, 17.6.3) by their encoding
// in the Itanium C++ ABI, where size_t is m.
var operators = shape{
	"_Znwm":                              {Action: wire.ActionAlloc, Size: 1},
	"_ZnwmRKSt9nothrow_t":                {Action: wire.ActionAlloc, Size: 1},
	"_ZnwmSt11align_val_t":               {Action: wire.ActionAlloc, Size: 1, Align: 2},
	"_ZnwmSt11align_val_tRKSt9nothrow_t": {Action: wire.ActionAlloc, Size: 1, Align: 2},
	"_Znam":                              {Action: wire.ActionAlloc, Size: 1},
	"_ZnamRKSt9nothrow_t":                {Action: wire.ActionAlloc, Size: 1},
	"_ZnamSt11align_val_t":               {Action: wire.ActionAlloc, Size: 1, Align: 2},
	"_ZnamSt11align_val_tRKSt9nothrow_t": {Action: wire.ActionAlloc, Size: 1, Align: 2},

	"_ZdlPv":                              {Action: wire.ActionFree, Pointer: 1},
	"_ZdlPvm":                             {Action: wire.ActionFree, Pointer: 1},
	"_ZdlPvRKSt9nothrow_t":                {Action: wire.ActionFree, Pointer: 1},
	"_ZdlPvSt11align_val_t":               {Action: wire.ActionFree, Pointer: 1, Align: 2},
	"_ZdlPvmSt11align_val_t":              {Action: wire.ActionFree, Pointer: 1, Align: 3},
	"_ZdlPvSt11align_val_tRKSt9nothrow_t": {Action: wire.ActionFree, Pointer: 1, Align: 2},
	"_ZdaPv":                              {Action: wire.ActionFree, Pointer: 1},
	"_ZdaPvm":                             {Action: wire.ActionFree, Pointer: 1},
	"_ZdaPvRKSt9nothrow_t":                {Action: wire.ActionFree, Pointer: 1},
	"_ZdaPvSt11align_val_t":               {Action: wire.ActionFree, Pointer: 1, Align: 2},
	"_ZdaPvmSt11align_val_t":              {Action: wire.ActionFree, Pointer: 1, Align: 3},
	"_ZdaPvSt11align_val_tRKSt9nothrow_t": {Action: wire.ActionFree, Pointer: 1, Align: 2},
}

// gperftools is what tcmalloc.h adds under tc_, which is mostly other names of
// malloc and the operators.
var gperftools = shape{
	"malloc_skip_new_handler":     {Action: wire.ActionAlloc, Size: 1},
	"new":                         operators["_Znwm"],
	"new_nothrow":                 operators["_Znwm"],
	"new_aligned":                 operators["_ZnwmSt11align_val_t"],
	"new_aligned_nothrow":         operators["_ZnwmSt11align_val_t"],
	"newarray":                    operators["_Znam"],
	"newarray_nothrow":            operators["_Znam"],
	"newarray_aligned":            operators["_ZnamSt11align_val_t"],
	"newarray_aligned_nothrow":    operators["_ZnamSt11align_val_t"],
	"delete":                      operators["_ZdlPv"],
	"delete_nothrow":              operators["_ZdlPv"],
	"delete_sized":                operators["_ZdlPvm"],
	"delete_aligned":              operators["_ZdlPvSt11align_val_t"],
	"delete_aligned_nothrow":      operators["_ZdlPvSt11align_val_t"],
	"delete_sized_aligned":        operators["_ZdlPvmSt11align_val_t"],
	"deletearray":                 operators["_ZdaPv"],
	"deletearray_nothrow":         operators["_ZdaPv"],
	"deletearray_sized":           operators["_ZdaPvm"],
	"deletearray_aligned":         operators["_ZdaPvSt11align_val_t"],
	"deletearray_aligned_nothrow": operators["_ZdaPvSt11align_val_t"],
	"deletearray_sized_aligned":   operators["_ZdaPvmSt11align_val_t"],
}

// google is tcmalloc of github.com/google/tcmalloc under TCMallocInternal.
var google = shape{
	"Malloc":           standard["malloc"],
	"Calloc":           standard["calloc"],
	"Realloc":          standard["realloc"],
	"ReallocArray":     standard["reallocarray"],
	"Free":             standard["free"],
	"Cfree":            standard["free"],
	"FreeSized":        standard["free_sized"],
	"FreeAlignedSized": standard["free_aligned_sized"],
	"Sdallocx":         extended["sdallocx"],
	"Memalign":         standard["memalign"],
	"AlignedAlloc":     standard["aligned_alloc"],
	"PosixMemalign":    standard["posix_memalign"],
	"Valloc":           standard["valloc"],
	"Pvalloc":          standard["pvalloc"],
}

// rpmalloc is what rpmalloc.h has beyond the standard family.
var rpmalloc = shape{
	"zalloc":          {Action: wire.ActionAlloc, Size: 1},
	"aligned_zalloc":  {Action: wire.ActionAlloc, Align: 1, Size: 2},
	"aligned_calloc":  {Action: wire.ActionAlloc, Align: 1, Count: 2, Size: 3},
	"aligned_realloc": {Action: wire.ActionRealloc, Pointer: 1, Align: 2, Size: 3},
}

// tbb is what TBB's scalable_allocator.h has beyond the standard family. Not here:
// memory pools, whose blocks rml::pool_reset ends without naming them.
var tbb = shape{
	"aligned_malloc":  {Action: wire.ActionAlloc, Size: 1, Align: 2},
	"aligned_realloc": {Action: wire.ActionRealloc, Pointer: 1, Size: 2, Align: 3},
	"aligned_free":    {Action: wire.ActionFree, Pointer: 1},
}

// arenas are what mozjemalloc (Firefox's memory/build/malloc_decls.h) has beyond the standard
// family: the first argument is an arena. Blocks of arenas may be freed by free, too.
var arenas = pick(standard, "malloc", "calloc", "realloc", "free", "memalign").after(1)

// snmalloc is what its Rust binding calls (snmalloc's src/snmalloc/override/rust.cc).
var snmalloc = shape{
	"rust_alloc":        {Action: wire.ActionAlloc, Align: 1, Size: 2},
	"rust_alloc_zeroed": {Action: wire.ActionAlloc, Align: 1, Size: 2},
	"rust_dealloc":      {Action: wire.ActionFree, Pointer: 1, Align: 2},
	"rust_realloc":      {Action: wire.ActionRealloc, Pointer: 1, Align: 2, Size: 4},
}

// rust is the functions that Rust's compiler makes between the standard library and
// the program's #[global_allocator] (library/alloc/src/alloc.rs).
//
// Two layers may be there: __rust_alloc, which all Rust code calls, and __rg_alloc,
// the allocator's own method, to which older compilers make __rust_alloc jump.
// Both are hooked where they are more than jumps; that a block is counted at the
// outermost hook only makes it come out once, and a block whose free was inlined is
// still seen at a layer below. An allocator in pure Rust over mmap has no other name
// than these.
//
// Link-time optimisation inlines one into the other and either into callers, and takes
// unused arguments away: refuseFamilies and checkArguments see to that, and addMethods hooks
// what is met below.
var rust = shape{
	"alloc":        {Action: wire.ActionAlloc, Size: 1, Align: 2},
	"alloc_zeroed": {Action: wire.ActionAlloc, Size: 1, Align: 2},
	"dealloc":      {Action: wire.ActionFree, Pointer: 1, Align: 3},
	"realloc":      {Action: wire.ActionRealloc, Pointer: 1, Align: 3, Size: 4},
}

// rustSystem is the third layer's prefix: __rdl_alloc is what __rust_alloc jumps to
// where the program has no allocator of its own. It calls malloc, which is hooked
// already, so it is known and left alone, and what jumps to it too.
const rustSystem = "__rdl_"

// mappings are the C library's functions that ask the kernel for pages. The names
// that the C library itself has for them (__mmap) are of the same addresses.
var mappings = shape{
	"mmap":   {Action: wire.ActionMap, Size: 2},
	"mmap64": {Action: wire.ActionMap, Size: 2},
	"munmap": {Action: wire.ActionUnmap, Pointer: 1, Size: 2},
	"mremap": {Action: wire.ActionRemap, Pointer: 1, Size: 3},
	"brk":    {Action: wire.ActionBreak, Pointer: 1},
}

// families are the families of allocators: the prefixes under which each shape
// is found. Names are matched whole: what only begins like one is not meant.
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
	{"TBB's malloc", []string{"scalable_"}, both(pick(standard, "malloc", "calloc", "realloc", "free", "posix_memalign"), tbb)},
	{"dlmalloc", []string{"dl"}, standard},
	{"mozjemalloc", []string{"moz_arena_"}, arenas},
	{"Scudo", []string{"scudo_"}, standard},
	{RustFamily, []string{"__rust_", "__rg_"}, rust},
}

// known is what a name that is in the table means.
type Known struct {
	Family string
	Call   Call
	// CallsMalloc says that the function gets its blocks from malloc, and is left alone.
	CallsMalloc bool
	// preloaded says that the preloaded library has a function of this name, to
	// which calls go wherever the loader binds them.
	Preloaded bool
	// isSign says that only an allocator of the family has a function of this name, and
	// isDoubtful that others may have one too: it counts where there is a sign.
	IsSign, IsDoubtful bool
	Users              string // the name by which the user named it
}

// What a plan has as the family of some functions.
const (
	MallocFamily   = "malloc"
	UsersFamily    = "functions that you named" // Options.Functions
	MappingFamily  = "mappings"
	ForkFamily     = "forks" // of static programs, where nobody else announces them
	LoaderFamily   = "loads" // what the loader calls when libraries come and go
	ExecFamily     = "execs" // what begins another program
	RustFamily     = "Rust's global allocator"
	OperatorFamily = "C++ operators"
)

// startOfC is a function that only the C library has: glibc's libc.so.6, and musl's,
// which is its loader as well and need not have a name of its own.
const StartOfC = "__libc_start_main"

// emptiesCache is the function of glibc's that frees what it keeps for a thread that ends.
const EmptiesCache = "__malloc_arena_thread_freeres"

// startOfCxx is a function that only the C++ library has, std::get_new_handler, which
// its operator new calls where malloc has failed.
const StartOfCxx = "_ZSt15get_new_handlerv"

// LoaderState is the function that glibc's loader and musl's export for debuggers to
// stop in (r_brk in link.h): they call it when libraries have been mapped or unmapped.
// It does nothing.
const LoaderState = "_dl_debug_state"

// rustOutOfMemory is a function that all Rust code has that allocates: it is called when
// there is no memory.
const RustOutOfMemory = "__rust_alloc_error_handler"

// rank says what decides where several names have one address: the user's word, then a
// family that would have the function hooked, and of those an allocator before what is
// made over one.
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

// table returns the families by name of function.
func table() map[string]Known {
	names := make(map[string]Known)
	preloaded := both(wrapped, operators)
	for _, f := range families {
		for _, prefix := range f.prefixes {
			for name, call := range f.functions {
				_, isWrapped := preloaded[prefix+name]
				_, isReserved := reserved[prefix+name]
				isSign := isSign(prefix, name)
				names[prefix+name] = Known{Family: f.name, Call: call, Preloaded: isWrapped, IsSign: isSign, IsDoubtful: !isSign && !isReserved}
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
	names["fork"] = Known{Family: ForkFamily, Call: Call{Action: wire.ActionFork}}
	names[StartOfCxx] = Known{Family: StartOfCxx}
	names[StartOfC] = Known{Family: StartOfC}
	names[EmptiesCache] = Known{Family: EmptiesCache}
	names[RustOutOfMemory] = Known{Family: RustOutOfMemory}
	return names
}

// reserved are names without a prefix that mean the same in every program, by C's and
// C++'s standards or POSIX.
var reserved = both(pick(wrapped, "malloc", "calloc", "realloc", "reallocarray", "free", "posix_memalign", "aligned_alloc"), operators)

// isSign reports whether a family's function shows that its allocator is there. Many names
// are too short for that: a program may have a mi_free for the items of its menus, a
// tc_new for connections, or a valloc for values.
func isSign(prefix, name string) bool {
	if prefix == "" {
		return strings.HasPrefix(name, "malloc")
	}
	return strings.Contains(strings.ToLower(name), "alloc")
}

// plainName returns the name that the table has for a symbol: without the version
// (malloc@@GLIBC_2.2.5) and compilers' suffixes, and, of Rust's allocator functions,
// which are mangled since Rust 1.87, without the mangling.
func plainName(symbol []byte) []byte {
	symbol, _, _ = bytes.Cut(symbol, []byte("@"))
	symbol = clone.OriginalOfWhole(symbol)
	if name, ok := rustName(symbol); ok {
		return name
	}
	return symbol
}

// rustName returns the name of a function of the pseudo-crate __rustc, in Rust's v0
// mangling: _RNvCs, the crate's hash, _7___rustc, the length of the name, an
// underscore because the name begins with one, the name (The rustc book, "v0 Symbol
// Format"); or in its legacy one: _ZN, 7__rustc, length and name, 17h, a hash, E.
func rustName(symbol []byte) ([]byte, bool) {
	var identifier []byte
	if bytes.HasPrefix(symbol, []byte("_RNvC")) {
		_, identifier, _ = bytes.Cut(symbol, []byte("_7___rustc"))
	} else if rest, ok := bytes.CutPrefix(symbol, []byte("_ZN7__rustc")); ok {
		if end := bytes.LastIndex(rest, []byte("17h")); end > 0 {
			identifier = rest[:end]
		}
	}
	name := bytes.TrimLeft(identifier, "0123456789")
	length, err := strconv.Atoi(string(identifier[:len(identifier)-len(name)]))
	if err != nil {
		return nil, false
	}
	if len(name) == length+1 {
		name = bytes.TrimPrefix(name, []byte("_"))
	}
	return name, len(name) == length
}

// pick returns the functions of s that are named.
func pick(s shape, names ...string) shape {
	picked := make(shape, len(names))
	for _, name := range names {
		picked[name] = s[name]
	}
	return picked
}

// both returns the functions of all the shapes.
func both(shapes ...shape) shape {
	sum := make(shape)
	for _, s := range shapes {
		for name, call := range s {
			sum[name] = call
		}
	}
	return sum
}

// after returns the same functions with n more arguments before the others.
func (s shape) after(n uint8) shape {
	shifted := make(shape, len(s))
	for name, call := range s {
		shifted[name] = call.after(n)
	}
	return shifted
}

// isPreloaded reports whether the preloaded library has a function of C's family, so that
// calls of an imported one of that name are recorded.
func IsPreloaded(name string) bool {
	_, ok := wrapped[name]
	return ok
}

// preloadedCall returns what a call of such a function means.
func PreloadedCall(name string) Call { return wrapped[name] }

// rustNames returns the functions that Rust's compiler makes, without their prefixes.
func RustNames() []string { return slices.Sorted(maps.Keys(rust)) }

// rustCall returns what a call of one of those means, or would, with the arguments as the
// source has them.
func RustCall(name string) Call { return rust[name] }

// rustFunction returns which of those a symbol may be, as rustNames has it.
func RustFunction(symbol []byte) string {
	name := strings.TrimPrefix(string(plainName(symbol)), "__rust_")
	return strings.TrimPrefix(name, "__rg_")
}

// allocatorThatSays returns the allocator of which the texts are in a program's data: the
// names of its settings and the beginnings of its messages. It is empty for none.
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
