package allocator

import "heapprof/internal/tracker/wire"

// shape is the calls of functions that have the same arguments, by their names
// without a family's prefix.
type shape map[string]Call

// preloaded is C's family (ISO C17 7.22.3, C23's sized deallocation, POSIX, glibc) as
// far as the preloaded library takes its place. Allocators offer it under a prefix
// of their own and, where they take the place of the system's, without one.
var preloaded = shape{
	"malloc":             {Action: wire.ActionAlloc, Size: 1},
	"calloc":             {Action: wire.ActionAlloc, Count: 1, Size: 2},
	"realloc":            {Action: wire.ActionRealloc, Pointer: 1, Size: 2},
	"reallocarray":       {Action: wire.ActionRealloc, Pointer: 1, Count: 2, Size: 3},
	"free":               {Action: wire.ActionFree, Pointer: 1},
	"free_sized":         {Action: wire.ActionFree, Pointer: 1, Sized: 2},
	"free_aligned_sized": {Action: wire.ActionFree, Pointer: 1, Align: 2, Sized: 3},
	"posix_memalign":     {Action: wire.ActionAlloc, Out: 1, Align: 2, Size: 3},
	"aligned_alloc":      {Action: wire.ActionAlloc, Align: 1, Size: 2},
	"memalign":           {Action: wire.ActionAlloc, Align: 1, Size: 2},
	"valloc":             {Action: wire.ActionAlloc, Size: 1},
	"pvalloc":            {Action: wire.ActionAlloc, Size: 1},
}

// standard is preloaded and what allocators have of other systems' families.
var standard = both(preloaded, shape{
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
	"sdallocx": {Action: wire.ActionFree, Pointer: 1, Sized: 2},
}

// mimalloc is what mimalloc.h has beyond the standard family.
//
// The functions that begin with u also tell the size of the block that was chosen.
//
// Not here: mi_strdup and the like, whose sizes are no argument (the mi_malloc
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
	"free_size":               {Action: wire.ActionFree, Pointer: 1, Sized: 2},
	"free_size_aligned":       {Action: wire.ActionFree, Pointer: 1, Align: 3, Sized: 2},
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
	"_ZdlPvm":                             {Action: wire.ActionFree, Pointer: 1, Sized: 2},
	"_ZdlPvRKSt9nothrow_t":                {Action: wire.ActionFree, Pointer: 1},
	"_ZdlPvSt11align_val_t":               {Action: wire.ActionFree, Pointer: 1, Align: 2},
	"_ZdlPvmSt11align_val_t":              {Action: wire.ActionFree, Pointer: 1, Align: 3, Sized: 2},
	"_ZdlPvSt11align_val_tRKSt9nothrow_t": {Action: wire.ActionFree, Pointer: 1, Align: 2},
	"_ZdaPv":                              {Action: wire.ActionFree, Pointer: 1},
	"_ZdaPvm":                             {Action: wire.ActionFree, Pointer: 1, Sized: 2},
	"_ZdaPvRKSt9nothrow_t":                {Action: wire.ActionFree, Pointer: 1},
	"_ZdaPvSt11align_val_t":               {Action: wire.ActionFree, Pointer: 1, Align: 2},
	"_ZdaPvmSt11align_val_t":              {Action: wire.ActionFree, Pointer: 1, Align: 3, Sized: 2},
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

// mappings are the C library's functions that ask the kernel for pages. The names
// that the C library itself has for them (__mmap) are of the same addresses.
var mappings = shape{
	"mmap":   {Action: wire.ActionMap, Size: 2},
	"mmap64": {Action: wire.ActionMap, Size: 2},
	"munmap": {Action: wire.ActionUnmap, Pointer: 1, Size: 2},
	"mremap": {Action: wire.ActionRemap, Pointer: 1, Size: 3},
	"brk":    {Action: wire.ActionBreak, Pointer: 1},
}

// IsPreloaded reports whether a function is of C's family and the preloaded library has it,
// so that calls of it are recorded where a file imports it.
func IsPreloaded(name string) bool {
	_, ok := preloaded[name]
	return ok
}

// PreloadedCall returns what a call of a function that IsPreloaded means.
func PreloadedCall(name string) Call { return preloaded[name] }

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
