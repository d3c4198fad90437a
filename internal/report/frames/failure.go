package frames

import "heapprof/internal/report/names"

// tellers are functions that are called when an allocation has failed, to say so or to end the program. What they
// allocate themselves, such as a backtrace, fails after that and for the same reason.
var tellers = compilePatterns(
	"alloc::alloc::handle_alloc_error*", "alloc::raw_vec::handle_error", "__rust_alloc_error_handler", "__rustc::__rust_alloc_error_handler", "__rustc::__rdl_alloc_error_handler",
	"std::alloc::rust_oom", "std::alloc::handle_alloc_error", "std::alloc::default_alloc_error_hook",
	"std::__throw_bad_alloc", "std::__throw_bad_array_new_length", "std::terminate", "__cxxabiv1::__terminate", "__gnu_cxx::__verbose_terminate_handler",
)

// throwers are what makes the exception by which operator new tells that it has failed.
var throwers = compilePatterns("__cxa_allocate_exception")

// TellsOfFailure reports whether a stack is of what is done about an allocation that has failed before.
func (t *Table) TellsOfFailure(stack []uint32) bool {
	for i, f := range stack {
		name := names.Qualified(t.frames[f].Function)
		if tellers.match(name) {
			return true
		}
		if throwers.match(name) && i+1 < len(stack) && t.traits[stack[i+1]].has(isAllocator) {
			return true
		}
	}
	return false
}
