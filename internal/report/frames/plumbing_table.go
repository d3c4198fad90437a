package frames

import "heapprof/internal/report/names"

// plumbingFunctions are the functions that allocate on their callers' behalf. A site is the
// innermost frame that is not plumbing, so that a report's first lines name the code that
// wanted the memory. --all-frames switches the whole table off.
//
// A name is compared without return type, template arguments and parameters
// (see names.Qualified), and only in the languages of its family: see names.LanguagesOf.
// A pattern that ends in * is a prefix, one that ends in :: a namespace, class
// or crate with everything in it; any other is the whole name.
var plumbingFunctions = []family{
	{what: "the malloc family and its internals", in: names.C, entry: true, patterns: []string{
		"malloc", "calloc", "realloc", "reallocarray", "memalign", "posix_memalign", "aligned_alloc",
		"valloc", "pvalloc", "recallocarray", "reallocf", "cfree", "free", "free_sized", "free_aligned_sized",
		"__libc_malloc", "__libc_calloc", "__libc_realloc", "__libc_reallocarray", "__libc_memalign",
		"__libc_valloc", "__libc_pvalloc", "__posix_memalign", "__GI___libc_*",
		"_int_malloc", "_int_realloc", "_int_memalign", "_mid_memalign", "sysmalloc", "tcache_init", "malloc_hook_ini",
	}},
	{what: "malloc wrappers by convention: they end the program where malloc fails (gnulib, libiberty, git, busybox)", in: names.C | names.CPP, patterns: []string{
		"xmalloc", "xcalloc", "xrealloc", "xreallocarray", "xnmalloc", "xnrealloc", "x2realloc", "x2nrealloc", "xpalloc",
		"xzalloc", "xcharalloc", "ximalloc", "xirealloc", "xmallocz", "xmallocz_gently", "do_xmalloc", "do_xmallocz",
		"xstrdup", "xstrndup", "xmemdup", "xmemdupz", "ximemdup", "xasprintf", "xvasprintf",
	}},
	{what: "libc functions that return a new block, and what they are made of", in: names.C, libc: true, patterns: []string{
		"strdup", "__strdup", "strndup", "__strndup", "wcsdup", "asprintf", "vasprintf", "__asprintf", "__vasprintf*",
		"__asprintf_chk", "__vasprintf_chk", "getline", "getdelim", "__getdelim", "_IO_getdelim", "realpath", "__realpath*", "realpath_stk",
		"getcwd", "get_current_dir_name", "canonicalize_file_name", "open_memstream", "scandir*",
		"_IO_file_doallocate", "_IO_doallocbuf", "_IO_file_overflow*", "_IO_file_underflow*", "_IO_file_xsput*",
		"_IO_file_xsgetn*", "_IO_file_seekoff*", "_IO_new_file_*", "_IO_new_do_write", "_IO_default_uflow", "__uflow",
		"__underflow", "__overflow", "_IO_str_*", "_IO_strn_*", "_IO_default_xsputn", "_IO_padn", "outstring_func", "_IO_mem_*", "_IO_wfile_*",
	}},
	{what: "libc functions that allocate for their own use, in programs whose libc has debug information but no module name", in: names.C, libc: true, patterns: []string{
		"printf", "fprintf", "vprintf", "vfprintf", "__printf_chk", "__fprintf_chk", "__vfprintf_*", "__vprintf_*",
		"puts", "fputs", "putchar", "putc", "fputc", "fwrite", "fread", "fgets", "fgetc", "getc", "getchar", "perror",
		"fopen", "fopen64", "fdopen", "freopen", "fclose", "__fopen_*", "_IO_f*", "_IO_puts", "_IO_put*", "_IO_get*", "popen", "tmpfile",
		"setlocale", "newlocale", "_nl_*", "new_composite_name", "read_alias_file", "extend_alias_table", "bindtextdomain", "set_binding_values",
		"textdomain", "dcgettext", "__dcigettext", "gconv_open", "__gconv_*", "iconv_open", "__wcsmbs_*",
		"setenv", "putenv", "__add_to_environ", "tsearch", "__tsearch", "hcreate_r", "hsearch_r",
		"tzset", "__tz*", "localtime", "localtime_r", "mktime", "strftime*", "__strftime*",
		"qsort", "qsort_r", "__qsort_r", "glob", "glob64", "regcomp", "re_compile_*", "regexec", "opendir", "__opendir*", "opendir_tail", "__alloc_dir", "fts_open",
		"getaddrinfo", "gethostbyname*", "getpwnam*", "getpwuid*", "getgrnam*", "getgrgid*", "__nss_*", "nss_*", "_nss_*",
		"dlopen*", "__dlopen*", "_dlerror_run", "_dl_open*", "_dl_map_object*", "_dl_new_object", "_dl_catch_*", "dl_open_worker*",
		"pthread_create*", "__pthread_create*", "allocate_stack", "allocate_dtv", "_dl_allocate_tls*", "atexit", "__new_exitfn", "__cxa_thread_atexit_impl",
	}},
	{what: "operator new and delete, mangled where nobody demangled them", in: names.C | names.CPP, entry: true, patterns: []string{
		"operator new", "operator new[]", "operator delete", "operator delete[]",
		"_Znwm*", "_Znam*", "_Znwj*", "_Znaj*", "_ZdlPv*", "_ZdaPv*",
	}},
	{what: "C++ exceptions and guards", in: names.C, patterns: []string{
		"__cxa_allocate_exception", "__cxa_allocate_dependent_exception", "__cxa_get_globals", "__cxa_vec_new*", "__cxa_demangle",
		"__cxa_throw", "__cxa_thread_atexit*", "__cxa_atexit",
	}},
	{what: "libstdc++ and libc++ (std::__1::): all of it allocates for its caller", in: names.CPP, home: plumbingDirs, patterns: []string{
		"std::", "__gnu_cxx::", "__cxxabiv1::", "__gnu_debug::", "__gnu_parallel::",
	}},
	{what: "Rust's std, core and alloc", in: names.Rust, home: []string{"std/src/", "core/src/", "alloc/src/"}, patterns: []string{"std::", "core::", "alloc::"}},
	{what: "Rust's allocator and what its releases are built with", in: names.Rust, patterns: []string{"__rustc::", "std_detect::"}},
	{what: "crates that allocate for their callers", in: names.Rust, patterns: plumbingCrates},
	{what: "the symbols of Rust's allocator", in: names.C | names.Rust, patterns: []string{"__rust_alloc", "__rust_alloc_zeroed", "__rust_realloc", "__rust_dealloc", "__rdl_*", "__rg_*"}},
	{what: "Ada's run time", in: names.C | names.Other, patterns: []string{"__gnat_malloc", "__gnat_realloc", "system__memory*", "system.memory.*", "system__secondary_stack*", "system.secondary_stack.*"}},
	{what: "Zig's allocators and containers", in: names.Other, home: zigDirs, patterns: []string{
		"std.*", "heap.*", "mem.*", "array_list.*", "array_hash_map.*", "hash_map.*", "multi_array_list.*",
	}},
	{what: "Nim's run time", in: names.C | names.Other, home: nimDirs, patterns: []string{
		"system.*", "nimNewObj*", "nimNewSeqOfCap*", "rawNewString*", "rawAlloc*", "newSeqPayload*", "prepareSeqAdd*", "prepareAdd", "alignedAlloc*", "nimAsgnStr*", "setLengthStr*", "setLengthSeq*",
		"mnewString", "newObjRC1", "newObjNoInit", "nimToCStringConv", "cstrToNimstr", "nimIntToStr", "nsuRepeatStr", "copyStringRC1", "incrSeq*", "growObj*",
	}},
	{what: "OCaml's allocation and standard library", in: names.C | names.Other, patterns: []string{
		"caml_alloc*", "caml_stat_*", "caml_ba_alloc*", "caml_ba_create", "caml_create_bytes", "caml_create_string", "caml_make_vect", "caml_make_float_vect", "caml_uniform_array_*", "caml_floatarray_*", "caml_array_*",
		"caml_caml_alloc*", "caml_ml_open_descriptor_*", "caml_open_descriptor_in", "caml_add_to_heap", "expand_heap", "realloc_generic_table", "alloc_custom_gen", "caml_shared_try_alloc", "caml_c_call", "Stdlib.*",
	}},
	{what: "Swift's run-time library", in: names.C | names.CPP | names.Other, patterns: []string{
		"swift_slowAlloc*", "swift_allocObject*", "_swift_allocObject_*", "swift_allocBox*", "swift_bufferAllocate*",
	}},
	{what: "jemalloc, mimalloc, tcmalloc, rpmalloc, TBB's, Boehm's", in: names.C, patterns: []string{
		"je_*", "_rjem_*", "prof_backtrace_impl", "prof_backtrace", "prof_tctx_create", "prof_alloc_prep", "imalloc", "imalloc_body", "irealloc_prof*", "do_rallocx", "do_realloc_nonzero",
		"_mi_*", "mi_malloc*", "mi_calloc*", "mi_zalloc*", "mi_realloc*", "mi_recalloc*", "mi_rezalloc*", "mi_new*", "mi_strdup", "mi_strndup",
		"mi_heap_*", "mi_theap_*", "mi_page_*", "mi_segment_*", "mi_arena_*", "mi_os_*",
		"tc_malloc*", "tc_calloc", "tc_realloc", "tc_new*", "tc_memalign", "tc_posix_memalign", "tc_valloc", "tc_pvalloc",
		"rpmalloc", "rprealloc", "rpcalloc", "scalable_malloc", "scalable_calloc", "scalable_realloc", "GC_malloc*",
	}},
	{what: "tcmalloc's inside", in: names.CPP, patterns: []string{"tcmalloc::"}},
	{what: "obstacks", in: names.C, patterns: []string{"_obstack_begin*", "_obstack_newchunk", "_obstack_allocated_p", "rpl_obstack_*", "call_chunkfun"}},
	{what: "gcc's collector", in: names.CPP, modules: []string{"cc1*", "lto1", "gcc*", "g++*", "f951", "gnat1"}, patterns: []string{"ggc_*", "alloc_page", "va_heap::", "xcallocator::"}},
	{what: "llvm's containers and arenas", in: names.CPP, patterns: []string{
		"llvm::safe_malloc", "llvm::safe_calloc", "llvm::safe_realloc", "llvm::allocate_buffer", "llvm::SmallVector*",
		"llvm::BumpPtrAllocatorImpl::", "llvm::StringMapImpl::", "llvm::DenseMap*", "llvm::MallocAllocator::",
	}},
	{what: "v8's containers and allocators that try again", in: names.CPP, patterns: []string{
		"v8::base::SmallVector::", "v8::base::Malloc", "v8::base::AlignedAlloc", "v8::internal::AllocWithRetry", "v8::internal::AllocAtLeastWithRetry",
		"v8::internal::AlignedAllocWithRetry",
	}},
	{what: "glib", in: names.C, patterns: []string{
		"g_malloc*", "g_realloc*", "g_try_malloc*", "g_try_realloc*", "g_slice_*", "g_aligned_alloc*", "g_memdup*",
		"g_strdup*", "g_strndup", "g_strconcat", "g_strjoin*", "g_strnfill", "g_list_alloc", "g_slist_alloc",
		"g_array_maybe_expand", "g_ptr_array_maybe_expand", "g_string_maybe_expand", "g_string_expand", "standard_malloc", "standard_calloc", "standard_realloc",
	}},
	{what: "Qt's shared data", in: names.CPP, patterns: []string{"QArrayData::", "QTypedArrayData::", "QListData::", "QHashData::", "QMapDataBase::", "qMallocAligned", "qReallocAligned"}},
	{what: "HotSpot's allocators, and the arenas and lists that grow by them", in: names.CPP, modules: []string{"libjvm.so*"}, patterns: []string{
		"os::malloc", "os::realloc", "os::strdup", "os::strdup_check_oom", "AllocateHeap", "ReallocateHeap", "NMTPreInit::*", "MallocHeader::*",
		"Chunk::operator new", "Chunk::next_chop", "ChunkPool::*", "Arena::*", "ResourceArea::*", "resource_allocate_bytes", "resource_reallocate_bytes",
		"CHeapObj*", "CHeapObjBase::*", "AnyObj::*", "ResourceObj::*", "ArenaObj::*", "StackObj::*", "CHeapBitMap::*", "ArenaBitMap::*", "ResourceBitMap::*",
		"ArrayAllocator*", "MallocArrayAllocator*", "GrowableArray*", "StringBuffer::*", "stringStream::*", "BasicHashtable*", "ResourceHashtable*",
		"SimpleCompactHashtable::*", "ConcurrentHashTable*",
	}},
	{what: "CPython's allocators and object headers", in: names.C, patterns: []string{
		"PyMem_*", "_PyMem_*", "PyObject_Malloc", "PyObject_Calloc", "PyObject_Realloc", "PyObject_Free",
		"_PyObject_Malloc", "_PyObject_Calloc", "_PyObject_Realloc", "_PyObject_New", "_PyObject_NewVar",
		"PyObject_GC_*", "_PyObject_GC_*", "_PyObject_Arena*", "_PyObject_Alloc*", "PyType_GenericAlloc", "_PyType_AllocNoTrack",
		"pymalloc_alloc", "pymalloc_realloc",
	}},
	{what: "CPython's, by names that others have, too", in: names.C, modules: []string{"python*", "libpython*"}, patterns: []string{"gc_alloc", "allocate_from_new_pool", "new_arena"}},
	{what: "perl's allocator, string buffers and body arenas", in: names.C, patterns: []string{
		"Perl_safesys*", "Perl_malloc", "Perl_calloc", "Perl_realloc", "Perl_sv_grow*", "Perl_more_bodies", "Perl_more_sv",
		"S_more_sv", "S_new_sv", "Perl_get_arena", "Perl_repeatcpy", "Perl_savepv*", "Perl_savesharedpv*", "Perl_sv_add_arena",
	}},
	{what: "sqlite", in: names.C, patterns: []string{
		"sqlite3Malloc*", "sqlite3_malloc*", "sqlite3_realloc*", "sqlite3Realloc*", "sqlite3MemMalloc", "sqlite3MemRealloc",
		"sqlite3DbMalloc*", "sqlite3DbRealloc*", "sqlite3DbStrDup", "sqlite3DbStrNDup", "sqlite3PageMalloc", "sqlite3StrAccumEnlarge",
		"dbMallocRawFinish", "dbReallocFinish", "mallocWithAlarm", "pcache1Alloc", "pcache1AllocPage",
	}},
	{what: "the allocators of jq, lua, redis, expat, libxml2, binutils, PHP and PostgreSQL", in: names.C, patterns: []string{
		"jv_mem_*", "l_alloc", "luaM_*", "luaL_alloc", "zmalloc*", "zcalloc*", "zrealloc*", "ztrymalloc*", "ztrycalloc*", "ztryrealloc*", "zstrdup",
		"sdsnewlen", "_sdsnewlen", "sdsMakeRoomFor*", "_sdsMakeRoomFor",
		"expat_malloc", "expat_realloc", "xmlStrdup", "xmlStrndup", "xmlMallocAtomicLoc", "bfd_malloc*", "bfd_zmalloc*", "bfd_realloc*", "bfd_alloc*", "bfd_zalloc*",
		"__zend_malloc", "__zend_calloc", "__zend_realloc", "_emalloc*", "_ecalloc", "_erealloc*", "_safe_emalloc", "_safe_femalloc", "_safe_erealloc", "_safe_malloc", "_safe_realloc", "_estrdup", "_estrndup", "zend_mm_*",
		"palloc", "palloc0", "palloc0fast", "palloc_extended", "palloc_aligned", "repalloc", "repalloc0", "repalloc_huge", "repalloc_extended", "MemoryContextAlloc*", "AllocSetAlloc*", "AllocSetRealloc", "pg_malloc*", "pg_realloc", "pg_strdup",
	}},
	{what: "big numbers: gmp, mpfr, openssl's wrappers", in: names.C, patterns: []string{
		"__gmp_default_*", "__gmp_tmp_*", "__gmpz_realloc", "__gmpz_realloc2", "CRYPTO_malloc*", "CRYPTO_zalloc", "CRYPTO_calloc*", "CRYPTO_realloc*", "CRYPTO_clear_realloc*", "CRYPTO_strdup", "CRYPTO_strndup", "CRYPTO_memdup", "CRYPTO_secure_malloc", "CRYPTO_secure_zalloc",
	}},
}

// plumbingModules are libraries that are plumbing as a whole, with or without
// symbols: C and C++ run-time libraries and allocators. The base
// name is compared.
var plumbingModules = []string{
	"libpthread*", "libdl.*",
	"libstdc++.so*", "libc++.so*", "libc++abi.so*", "libgcc_s*",
	"libgphobos.so*", "libgdruntime.so*", "libdruntime-ldc*", "libphobos2-ldc*", "libgfortran.so*", "libgnat-*", "libgnarl-*", // of D, Fortran and Ada
	"libjemalloc*", "libmimalloc*", "libtcmalloc*", "librpmalloc*",
	"libswiftCore.so*", // Swift's standard library: its arrays, dictionaries and strings
	"vgpreload_*",      // valgrind's own wrappers
}

// libcModules are the C library. In a program that has one of them, functions
// of the C library's names elsewhere are the program's own.
var libcModules = []string{"libc.so*", "libc-2*", "libc.musl-*", "ld-musl-*"}

// otherDirs are parts of the paths of other languages' libraries, whose generic
// functions are compiled into the program: Ada's, D's and Nim's.
var otherDirs = append([]string{"/adainclude/", "/include/d/"}, nimDirs...)

// nimDirs are where Nim's standard library lies, in distributions and in its releases.
var nimDirs = []string{"/lib/nim/", "/nim/lib/", "/toolchains/nim-#"}

// plumbingDirs are parts of the paths of libstdc++'s and libc++'s sources, as
// installed and in the compilers' own trees. A # stands for a digit.
var plumbingDirs = []string{"/include/c++/#", "/libstdc++-v3/", "/c++/v1/", "/libc++/", "/libcxx/"}

// zigDirs are where Zig's standard library lies, in its releases and in
// distributions.
var zigDirs = []string{"/lib/std/", "/zig/std/"}

// rustDirs are where Rust's own sources lie, as its releases and its distributions build
// them, with what they are linked with, for profiles whose inlined functions have no crate.
var rustDirs = []string{
	"library/alloc/src/", "library/core/src/", "library/std/src/", "library/test/src/", "library/proc_macro/src/",
	"library/panic_unwind/src/", "library/backtrace/src/", "/rust/deps/",
}

// plumbingHeaders are base names of libstdc++'s files, for profiles that give no
// directory and inlined functions no namespace, as valgrind's: there
// std::allocator<T>::allocate is only "allocate (new_allocator.h:137)". Where
// a program may well have a file of that name, it needs one of the functions.
var plumbingHeaders = []struct {
	files     []string
	functions []string // none: whatever is there
}{
	{files: []string{
		"new_allocator.h", "malloc_allocator.h", "alloc_traits.h", "ext_alloc_traits.h", "allocated_ptr.h",
		"basic_string.h", "basic_string.tcc", "cow_string.h", "char_traits.h", "stl_*", "vector.tcc", "deque.tcc",
		"hashtable_policy.h", "shared_ptr_base.h", "std_function.h", "std_thread.h",
		"ostream_insert.h", "istream.tcc", "ostream.tcc", "fstream.tcc", "sstream.tcc", "predefined_ops.h", "ptr_traits.h",
		"regex_automaton.tcc", "regex_compiler.tcc", "regex_executor.tcc",
		"new_op.cc", "new_opv.cc", "new_opa.cc", "eh_alloc.cc", "del_op.cc",
	}},
	{files: []string{"allocator.h"}, functions: []string{"allocate", "deallocate"}},
	{files: []string{"move.h"}, functions: []string{"move", "forward", "swap", "exchange", "addressof", "__addressof"}},
	{files: []string{"invoke.h"}, functions: []string{"__invoke*"}},
	{files: []string{"hashtable.h"}, functions: []string{"_M_*", "_S_*", "_Hashtable", "~_Hashtable", "insert", "emplace", "rehash", "reserve"}},
	{files: []string{"list.tcc"}, functions: []string{"_M_*", "resize", "insert", "operator="}},
	{files: []string{"shared_ptr.h", "unique_ptr.h"}, functions: []string{"make_shared*", "allocate_shared*", "make_unique*", "shared_ptr*", "unique_ptr*"}},
	{files: []string{"unordered_map.h", "unordered_set.h"}, functions: []string{"insert", "emplace", "try_emplace", "insert_or_assign", "operator[]", "operator=", "rehash", "reserve", "unordered_*"}},
	{files: []string{"node_handle.h"}, functions: []string{"_M_*"}},
	{files: []string{
		"vector", "string", "string_view", "memory", "map", "set", "deque", "list", "unordered_map", "unordered_set",
		"functional", "new", "optional", "tuple", "variant", "sstream", "fstream", "iostream", "ostream", "istream", "thread", "future",
	}, functions: []string{
		"_M_*", "_S_*", "__*", "allocate", "push_back", "emplace_back", "emplace", "insert", "reserve", "resize", "assign", "append", "operator*",
		"make_*", "vector", "basic_*", "function", "optional", "variant", "tuple", "pair", "map", "set", "deque", "list", "thread", "promise", "packaged_task", "async",
	}},
}

// startupFunctions run before main, or before a thread's first function.
var startupFunctions = []string{
	"_start", "__libc_start_main*", "__libc_start_call_main", "(below main)", "generic_start_main", "_dl_start*",
	"_dl_init", "call_init*", "_dl_relocate_object*", "dl_main", "_dl_sysdep_start", "__libc_csu_init",
	"clone", "__clone*", "clone3", "start_thread", "__libc_early_init",
}

// rustStartupFunctions are the same in Rust, where clone is what every type may have.
var rustStartupFunctions = []string{"lang_start", "std::rt::lang_start*"}

// startupModules load and start programs and libraries.
var startupModules = []string{"ld-linux*", "ld-musl-*", "ld-2*", "ld.so*", "ld64.so*"}
