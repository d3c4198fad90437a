package report

import (
	"path"
	"slices"
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
	{"libc functions that allocate for their own use, in programs whose libc has debug information but no module name", []string{
		"printf", "fprintf", "vprintf", "vfprintf", "__printf_chk", "__fprintf_chk", "__vfprintf_*", "__vprintf_*",
		"puts", "fputs", "putchar", "putc", "fputc", "fwrite", "fread", "fgets", "fgetc", "getc", "getchar", "perror",
		"fopen", "fopen64", "fdopen", "freopen", "fclose", "__fopen_*", "_IO_f*", "_IO_puts", "_IO_put*", "_IO_get*", "popen", "tmpfile",
		"setlocale", "newlocale", "_nl_*", "new_composite_name", "read_alias_file", "extend_alias_table", "bindtextdomain", "set_binding_values",
		"textdomain", "dcgettext", "__dcigettext", "gconv_open", "__gconv_*", "iconv_open", "__wcsmbs_*",
		"setenv", "putenv", "__add_to_environ", "tsearch", "__tsearch", "hcreate_r", "hsearch_r",
		"tzset", "__tz*", "localtime", "localtime_r", "mktime", "strftime*", "__strftime*",
		"qsort", "qsort_r", "__qsort_r", "glob", "glob64", "regcomp", "re_compile_*", "regexec", "opendir", "__opendir*", "__alloc_dir", "fts_open",
		"getaddrinfo", "gethostbyname*", "getpwnam*", "getpwuid*", "getgrnam*", "getgrgid*", "__nss_*", "nss_*", "_nss_*",
		"dlopen*", "__dlopen*", "_dlerror_run", "_dl_open*", "_dl_map_object*", "_dl_new_object", "_dl_catch_*", "dl_open_worker*",
		"pthread_create*", "__pthread_create*", "allocate_stack", "allocate_dtv", "_dl_allocate_tls*", "atexit", "__new_exitfn", "__cxa_thread_atexit_impl",
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
	{"the allocators of jq, lua, redis, expat, libxml2, binutils, PHP and PostgreSQL", []string{
		"jv_mem_*", "l_alloc", "luaM_*", "luaL_alloc", "zmalloc*", "zcalloc*", "zrealloc*", "ztrymalloc*", "ztrycalloc*", "ztryrealloc*", "zstrdup",
		"sdsnewlen", "_sdsnewlen", "sdsMakeRoomFor*", "_sdsMakeRoomFor",
		"expat_malloc", "expat_realloc", "xmlStrdup", "xmlStrndup", "xmlMallocAtomicLoc", "bfd_malloc*", "bfd_zmalloc*", "bfd_realloc*", "bfd_alloc*", "bfd_zalloc*",
		"_emalloc*", "_ecalloc", "_erealloc*", "_safe_emalloc", "_estrdup", "_estrndup", "zend_mm_*",
		"palloc*", "repalloc*", "MemoryContextAlloc*", "AllocSetAlloc*", "AllocSetRealloc", "pg_malloc*", "pg_realloc", "pg_strdup",
	}},
	{"big numbers: gmp, mpfr, openssl's wrappers", []string{
		"__gmp_default_*", "__gmp_tmp_*", "__gmpz_realloc", "__gmpz_realloc2", "CRYPTO_malloc*", "CRYPTO_zalloc", "CRYPTO_realloc*", "CRYPTO_strdup", "CRYPTO_memdup",
	}},
}

// plumbingModules are libraries that are plumbing as a whole, with or without
// symbols: C and C++ run-time libraries and allocators. The base
// name is compared.
var plumbingModules = []string{
	"libc.so*", "libc-*", "libc.musl-*", "libpthread*", "libdl.*",
	"libstdc++.so*", "libc++.so*", "libc++abi.so*", "libgcc_s*",
	"libjemalloc*", "libmimalloc*", "libtcmalloc*", "librpmalloc*",
	"vgpreload_*", // valgrind's own wrappers
}

// plumbingFiles are source files that are plumbing, whatever function they hold:
// valgrind names inlined functions without their namespace, so that
// std::allocator<T>::allocate is only "allocate (new_allocator.h:137)". A
// pattern with a / is looked for in the path, any other is the base name.
var plumbingFiles = []string{
	"/include/c++/", "/libstdc++-v3/", "/c++/v1/", // installed, or in gcc's own tree; libc++
	"new_allocator.h", "malloc_allocator.h", "alloc_traits.h", "ext_alloc_traits.h", "allocator.h", "allocated_ptr.h",
	"basic_string.h", "basic_string.tcc", "cow_string.h", "char_traits.h", "stl_*", "vector.tcc", "deque.tcc", "list.tcc",
	"hashtable.h", "hashtable_policy.h", "shared_ptr.h", "shared_ptr_base.h", "unique_ptr.h", "unordered_map.h", "unordered_set.h",
	"std_function.h", "std_thread.h", "move.h", "invoke.h", "ostream_insert.h", "istream.tcc", "ostream.tcc", "fstream.tcc", "sstream.tcc",
	"predefined_ops.h", "ptr_traits.h", "node_handle.h", "regex_automaton.tcc", "regex_compiler.tcc", "regex_executor.tcc",
	"vector", "string", "string_view", "memory", "map", "set", "deque", "list", "unordered_map", "unordered_set",
	"functional", "new", "optional", "tuple", "variant", "sstream", "fstream", "iostream", "ostream", "istream", "thread", "future",
	"new_op.cc", "new_opv.cc", "new_opa.cc", "eh_alloc.cc", "del_op.cc",
	"/rustc/", "/library/alloc/src/", "/library/core/src/", "/library/std/src/", "/hashbrown-", // Rust's own sources
}

// startupFunctions run before main, or before a thread's first function.
var startupFunctions = []string{
	"_start", "__libc_start_main*", "__libc_start_call_main", "(below main)", "generic_start_main", "_dl_start*",
	"_dl_init", "call_init*", "_dl_relocate_object*", "dl_main", "_dl_sysdep_start", "__libc_csu_init",
	"clone", "__clone*", "clone3", "start_thread", "__libc_early_init",
	"lang_start", "std::rt::lang_start*",
}

// rustBegin is in the name of the function through which Rust's runtime calls
// main and a thread's closure, so that backtraces can end there. A dozen frames
// of the runtime are outside of it.
const rustBegin = "::__rust_begin_short_backtrace"

// isGlobalAllocator says whether a function is one that a Rust program calls to
// allocate: the symbols that the compiler makes, or a #[global_allocator]'s
// methods, where those were inlined into them.
func isGlobalAllocator(function string) bool {
	return strings.Contains(function, "__rust_alloc") || strings.Contains(function, "__rust_realloc") ||
		strings.Contains(function, " as core::alloc::global::GlobalAlloc>::")
}

// startupModules load and start programs and libraries.
var startupModules = []string{"ld-linux*", "ld-musl-*", "ld-2*", "ld.so*", "ld64.so*"}

var (
	plumbingNames = compilePatterns(func(add func(...string)) {
		for _, f := range plumbingFunctions {
			add(f.patterns...)
		}
	})
	fileNames    = compilePatterns(func(add func(...string)) { add(plumbingFiles...) })
	moduleNames  = compilePatterns(func(add func(...string)) { add(plumbingModules...) })
	loaderNames  = compilePatterns(func(add func(...string)) { add(startupModules...) })
	startupNames = compilePatterns(func(add func(...string)) { add(startupFunctions...) })
)

// classify says whether a frame is plumbing, and whether it is start-up code.
// Each of them may be empty; the function's name has no clone's suffix.
func classify(function, file, module string) (plumbing, startup bool) {
	if function != "" {
		name := qualifiedName(function)
		if startupNames.match(name) {
			return false, true
		}
		if plumbingNames.match(name) {
			return true, false
		}
	}
	if module != "" && loaderNames.match(path.Base(module)) {
		return false, true
	}
	return file != "" && fileNames.matchFile(file) || module != "" && moduleNames.match(path.Base(module)), false
}

// cutCloneSuffix removes what a compiler adds to the name of a function's
// specialised or split copy: malloc.part.0, grow.constprop.0.isra.0, and as
// valgrind's demangler writes it: build(int) [clone .cold].
func cutCloneSuffix(name string) string {
	for _, s := range [...]string{" [clone ", ".part.", ".constprop.", ".isra.", ".cold", ".lto_priv."} {
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
	within   []string // with a slash: anywhere in a path
}

func compilePatterns(list func(add func(...string))) *patterns {
	p := &patterns{exact: map[string]bool{}, scopes: map[string]bool{}, prefixes: map[byte][]string{}}
	list(func(all ...string) {
		for _, s := range all {
			switch {
			case strings.Contains(s, "/"):
				p.within = append(p.within, s)
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

// matchFile matches a source file by its base name and its path.
func (p *patterns) matchFile(file string) bool {
	if p.match(path.Base(file)) {
		return true
	}
	return slices.ContainsFunc(p.within, func(part string) bool { return strings.Contains(file, part) })
}
