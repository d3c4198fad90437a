package report

import (
	"path"
	"strings"
)

// Plumbing is what allocates on somebody else's behalf. A site is the innermost
// frame that is none of it, so that a report's first lines name the code that
// wanted the memory. --all-frames switches the whole table off.
//
// A name is compared without return type, template arguments and parameters
// (see qualifiedName). A pattern that ends in * is a prefix, one that ends in
// :: a namespace or class with everything in it; any other is the whole name.
var plumbingFunctions = []struct {
	family   string
	patterns []string
}{
	{"the malloc family and its internals", []string{
		"malloc", "calloc", "realloc", "reallocarray", "memalign", "posix_memalign", "aligned_alloc",
		"valloc", "pvalloc", "recallocarray", "reallocf", "cfree", "free", "free_sized", "free_aligned_sized",
		"__libc_malloc", "__libc_calloc", "__libc_realloc", "__libc_reallocarray", "__libc_memalign",
		"__libc_valloc", "__libc_pvalloc", "__posix_memalign", "__GI___libc_*",
		"_int_malloc", "_int_realloc", "_int_memalign", "_mid_memalign", "sysmalloc", "tcache_init", "malloc_hook_ini",
	}},
	{"malloc wrappers by convention: they end the program where malloc fails (gnulib, libiberty, git, busybox)", []string{
		"xmalloc", "xcalloc", "xrealloc", "xreallocarray", "xnmalloc", "xnrealloc", "x2realloc", "x2nrealloc", "xpalloc",
		"xzalloc", "xcharalloc", "ximalloc", "xirealloc", "xmallocz", "xmallocz_gently", "do_xmalloc", "do_xmallocz",
		"xstrdup", "xstrndup", "xmemdup", "xmemdupz", "ximemdup", "xasprintf", "xvasprintf",
	}},
	{"libc functions that return a new block, and what they are made of", []string{
		"strdup", "__strdup", "strndup", "__strndup", "wcsdup", "asprintf", "vasprintf", "__asprintf", "__vasprintf*",
		"__asprintf_chk", "__vasprintf_chk", "getline", "getdelim", "__getdelim", "_IO_getdelim", "realpath", "__realpath*", "realpath_stk",
		"getcwd", "get_current_dir_name", "canonicalize_file_name", "open_memstream", "scandir*",
		"_IO_file_doallocate", "_IO_doallocbuf", "_IO_file_overflow*", "_IO_file_underflow*", "_IO_file_xsput*",
		"_IO_file_xsgetn*", "_IO_file_seekoff*", "_IO_new_file_*", "_IO_new_do_write", "_IO_default_uflow", "__uflow",
		"__underflow", "__overflow", "_IO_str_*", "_IO_strn_*", "_IO_mem_*", "_IO_wfile_*",
	}},
	{"operator new and delete, mangled where nobody demangled them", []string{
		"operator new", "operator new[]", "operator delete", "operator delete[]",
		"_Znwm*", "_Znam*", "_Znwj*", "_Znaj*", "_ZdlPv*", "_ZdaPv*",
	}},
	{"C++ exceptions and guards", []string{
		"__cxa_allocate_exception", "__cxa_allocate_dependent_exception", "__cxa_get_globals", "__cxa_vec_new*", "__cxa_demangle",
		"__cxa_throw", "__cxa_thread_atexit*", "__cxa_atexit",
	}},
	{"libstdc++, libc++ (std::__1::) and Rust's std: all of it allocates for its caller", []string{
		"std::", "__gnu_cxx::", "__cxxabiv1::", "__gnu_debug::", "__gnu_parallel::",
	}},
	{"Rust's core and alloc, the hash table behind its HashMap, the allocator symbols", []string{
		"alloc::", "core::", "hashbrown::", "allocator_api2::", "smallvec::", "__rustc::", "std_detect::",
		"__rust_alloc*", "__rust_realloc", "__rust_dealloc", "__rdl_*", "__rg_*", "rust_alloc", "dhat::",
	}},
	{"other allocators", []string{
		"je_*", "_rjem_*", "tikv_jemallocator::", "jemallocator::", "mi_*", "_mi_*", "mimalloc::",
		"tc_*", "tcmalloc::", "rpmalloc", "rprealloc", "rpcalloc", "scalable_malloc", "scalable_realloc", "GC_malloc*",
	}},
	{"obstacks and gcc's collector", []string{
		"_obstack_begin*", "_obstack_newchunk", "_obstack_allocated_p", "rpl_obstack_*", "call_chunkfun",
		"ggc_*", "alloc_page", "va_heap::", "xcallocator::",
	}},
	{"llvm's containers and arenas", []string{
		"llvm::safe_malloc", "llvm::safe_calloc", "llvm::safe_realloc", "llvm::allocate_buffer", "llvm::SmallVector*",
		"llvm::BumpPtrAllocatorImpl::", "llvm::StringMapImpl::", "llvm::DenseMap*", "llvm::MallocAllocator::",
	}},
	{"glib", []string{
		"g_malloc*", "g_realloc*", "g_try_malloc*", "g_try_realloc*", "g_slice_*", "g_aligned_alloc*", "g_memdup*",
		"g_strdup*", "g_strndup", "g_strconcat", "g_strjoin*", "g_strnfill", "g_list_alloc", "g_slist_alloc",
		"g_array_maybe_expand", "g_ptr_array_maybe_expand", "g_string_maybe_expand", "g_string_expand", "standard_malloc", "standard_calloc", "standard_realloc",
	}},
	{"Qt's shared data", []string{"QArrayData::", "QTypedArrayData::", "QListData::", "QHashData::", "QMapDataBase::", "qMallocAligned", "qReallocAligned"}},
	{"CPython's allocators and object headers", []string{
		"PyMem_*", "_PyMem_*", "PyObject_Malloc", "PyObject_Calloc", "PyObject_Realloc", "PyObject_Free",
		"_PyObject_Malloc", "_PyObject_Calloc", "_PyObject_Realloc", "_PyObject_New", "_PyObject_NewVar",
		"PyObject_GC_*", "_PyObject_GC_*", "_PyObject_Arena*", "_PyObject_Alloc*", "PyType_GenericAlloc", "_PyType_AllocNoTrack", "gc_alloc",
		"pymalloc_alloc", "pymalloc_realloc", "allocate_from_new_pool", "new_arena",
	}},
	{"perl's allocator, string buffers and body arenas", []string{
		"Perl_safesys*", "Perl_malloc", "Perl_calloc", "Perl_realloc", "Perl_sv_grow*", "Perl_more_bodies", "Perl_more_sv",
		"S_more_sv", "S_new_sv", "Perl_get_arena", "Perl_repeatcpy", "Perl_savepv*", "Perl_savesharedpv*", "Perl_sv_add_arena",
	}},
	{"sqlite", []string{
		"sqlite3Malloc*", "sqlite3_malloc*", "sqlite3_realloc*", "sqlite3Realloc*", "sqlite3MemMalloc", "sqlite3MemRealloc",
		"sqlite3DbMalloc*", "sqlite3DbRealloc*", "sqlite3DbStrDup", "sqlite3DbStrNDup", "sqlite3PageMalloc", "sqlite3StrAccumEnlarge",
		"dbMallocRawFinish", "dbReallocFinish", "mallocWithAlarm", "pcache1Alloc", "pcache1AllocPage",
	}},
	{"big numbers: gmp, mpfr, openssl's wrappers", []string{
		"__gmp_default_*", "__gmp_tmp_*", "__gmpz_realloc", "__gmpz_realloc2", "CRYPTO_malloc*", "CRYPTO_zalloc", "CRYPTO_realloc*", "CRYPTO_strdup", "CRYPTO_memdup",
	}},
}

// plumbingModules are libraries that are plumbing as a whole, with or without
// symbols: C and C++ run-time libraries and allocators. Compared with the base
// name up to the first ".so" or version.
var plumbingModules = []string{
	"libc.so*", "libc-*", "libc.musl-*", "ld-linux*", "ld-musl-*", "ld-2*", "libpthread*", "libdl.*",
	"libstdc++.so*", "libc++.so*", "libc++abi.so*", "libgcc_s*",
	"libjemalloc*", "libmimalloc*", "libtcmalloc*", "librpmalloc*",
	"vgpreload_*", // valgrind's own wrappers
}

// startupFunctions run before main, or before a thread's first function.
var startupFunctions = []string{
	"_start", "__libc_start_main*", "__libc_start_call_main", "(below main)", "generic_start_main", "_dl_start*",
	"_dl_init", "call_init*", "_dl_relocate_object*", "dl_main", "_dl_sysdep_start", "__libc_csu_init",
	"clone", "__clone*", "clone3", "start_thread", "__libc_early_init",
	"lang_start", "std::rt::lang_start*",
}

var (
	plumbingNames = compilePatterns(func(add func(...string)) {
		for _, f := range plumbingFunctions {
			add(f.patterns...)
		}
	})
	moduleNames  = compilePatterns(func(add func(...string)) { add(plumbingModules...) })
	startupNames = compilePatterns(func(add func(...string)) { add(startupFunctions...) })
)

// classify says whether a frame is plumbing, and whether it is start-up code.
// function may be empty.
func classify(function, module string) (plumbing, startup bool) {
	name := ""
	if function != "" {
		name = cutCloneSuffix(qualifiedName(function))
		if startupNames.match(name) {
			return false, true
		}
		if plumbingNames.match(name) {
			return true, false
		}
	}
	return module != "" && moduleNames.match(path.Base(module)), false
}

// cutCloneSuffix removes what a compiler adds to the name of a function's
// specialised or split copy: malloc.part.0, grow.constprop.0.isra.0.
func cutCloneSuffix(name string) string {
	for _, s := range [...]string{".part.", ".constprop.", ".isra.", ".cold", ".lto_priv."} {
		if i := strings.Index(name, s); i > 0 {
			name = name[:i]
		}
	}
	return name
}

// patterns is a set of patterns, compiled for matching names.
type patterns struct {
	exact    map[string]bool
	scopes   map[string]bool // first component before ::
	prefixes map[byte][]string
}

func compilePatterns(list func(add func(...string))) *patterns {
	p := &patterns{exact: map[string]bool{}, scopes: map[string]bool{}, prefixes: map[byte][]string{}}
	list(func(all ...string) {
		for _, s := range all {
			switch {
			case strings.HasSuffix(s, "*"):
				p.prefixes[s[0]] = append(p.prefixes[s[0]], s[:len(s)-1])
			case strings.HasSuffix(s, "::") && strings.Count(s, "::") == 1:
				p.scopes[s[:len(s)-2]] = true
			case strings.HasSuffix(s, "::"):
				p.prefixes[s[0]] = append(p.prefixes[s[0]], s)
			default:
				p.exact[s] = true
			}
		}
	})
	return p
}

func (p *patterns) match(name string) bool {
	if name == "" {
		return false
	}
	if p.exact[name] {
		return true
	}
	if i := strings.Index(name, "::"); i > 0 && p.scopes[name[:i]] {
		return true
	}
	for _, prefix := range p.prefixes[name[0]] {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
