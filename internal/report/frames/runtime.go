package frames

import (
	"path"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// RuntimeSite is memory that a language's run-time library allocates for its
// own purposes, in functions of which most would be plumbing. It is one line of a
// report under a name of its own: a reader of "main  prog" or of a crate's
// innermost helper would look for it in the program.
type RuntimeSite struct {
	Name, Place string // what a report calls it
	in          names.Languages
	functions   []string // patterns of names, as in plumbing_table.go
	loaded      []string // or base names of modules, where the loader calls them
	last        bool     // only where the stack has nothing of the program itself
}

var runtimeSites = []RuntimeSite{
	{
		// A first backtrace reads the debug information of the program and of all its
		// libraries and keeps it: megabytes, whatever has panicked.
		Name: "(backtraces)", Place: "Rust's std", in: names.Rust,
		functions: []string{
			"std::backtrace_rs::", "std::backtrace::", "std::sys::backtrace::_print*", "std::sys::backtrace::BacktraceLock::", "std::sys::backtrace::print",
			"std::sys_common::backtrace::_print*", "std::sys_common::backtrace::print",
		},
	},
	{
		// The same as a crate of its own. Its functions that call a program's closures
		// are not listed.
		Name: "(backtraces)", Place: "crate backtrace", in: names.Rust,
		functions: []string{
			"backtrace::capture::", "backtrace::symbolize::gimli::Mapping::", "backtrace::symbolize::gimli::Context::new", "backtrace::symbolize::gimli::Cache::mapping_for_lib",
			"backtrace::symbolize::gimli::create_mapping", "backtrace::symbolize::gimli::libs_dl_iterate_phdr::", "backtrace::symbolize::gimli::elf::", "backtrace::symbolize::gimli::stash::",
		},
	},
	{
		Name: "(runtime start-up)", Place: "Rust's std", in: names.Rust, last: true,
		functions: []string{
			"std::rt::lang_start*", "std::rt::init", "std::sys::thread::unix::Thread::new::thread_start",
			"std::sys::pal::unix::thread::Thread::new::thread_start", "std::sys::unix::thread::Thread::new::thread_start",
		},
	},
	{
		// It sorts the constructors of modules before it calls them, and has a collector.
		Name: "(runtime start-up)", Place: "druntime", in: names.AnyLanguage, last: true,
		functions: []string{"rt_init", "_d_run_main*"},
	},
	{
		// What exceptions are thrown from where malloc has nothing left. The library
		// has it allocated before main.
		Name: "(emergency pool, normal)", Place: "libstdc++", in: names.C | names.CPP,
		functions: []string{"_GLOBAL__sub_I__ZN9__gnu_cxx9__freeresEv", "_GLOBAL__sub_I_eh_alloc.cc"},
		loaded:    []string{"libstdc++.so*"},
	},
}

// runtimeMatcher is a RuntimeSite with its patterns compiled.
type runtimeMatcher struct {
	*RuntimeSite
	names, loaded *patterns
}

var runtimeMatchers = func() []runtimeMatcher {
	var all []runtimeMatcher
	for i := range runtimeSites {
		s := &runtimeSites[i]
		all = append(all, runtimeMatcher{s, compilePatterns(s.functions...), compilePatterns(s.loaded...)})
	}
	return all
}()

// initCallers call the functions that libraries want to be called first.
var initCallers = compilePatterns("call_init*", "_dl_init")

// findRuntimeSite notes which of the runtimes' sites the frame is, or may be.
func (f *Frame) findRuntimeSite() {
	name := names.Qualified(f.Function)
	for i := range runtimeMatchers {
		m := &runtimeMatchers[i]
		switch {
		case m.names.match(name) && m.in&names.LanguagesOf(f.Function, f.File) != 0:
			f.Runtime = m.RuntimeSite
		case f.Module != "" && m.loaded.match(path.Base(f.Module)):
			f.Runtime, f.unconfirmed = m.RuntimeSite, true
		}
	}
}

// isLoader reports whether the frame is the loader's, which calls the functions
// that libraries want to be called first.
func (f *Frame) isLoader() bool {
	return f.Module != "" && loaderNames.match(path.Base(f.Module)) || initCallers.match(f.Function)
}

// confirmRuntimeSites keeps those of the unconfirmed sites that the loader calls.
func (t *Table) confirmRuntimeSites(points []profile.Point) {
	open, some := make([]bool, len(t.frames)), false // of each frame: it is unconfirmed
	for i := range t.frames {
		open[i] = t.frames[i].unconfirmed
		some = some || open[i]
	}
	if !some {
		return
	}
	var buffer []uint32
	for i := range points {
		stack := points[i].Stack.Into(&buffer)
		for j := 1; j < len(stack); j++ {
			if f := stack[j-1]; open[f] && t.frames[stack[j]].isLoader() {
				open[f], t.frames[f].unconfirmed = false, false
			}
		}
	}
	for i := range t.frames {
		if f := &t.frames[i]; f.unconfirmed {
			f.Runtime, f.unconfirmed = nil, false
		}
	}
}

// runtimeSite returns the outermost frame of a stack that is a site of the
// run-time library's own, as an index into stack, or -1: of those that come last,
// or of the others.
func (t *Table) runtimeSite(stack []uint32, last bool) int {
	trait := isRuntime
	if last {
		trait = isLastRuntime
	}
	for i := len(stack) - 1; i >= 0; i-- {
		if t.traits[stack[i]].has(trait) {
			return i
		}
	}
	return -1
}
