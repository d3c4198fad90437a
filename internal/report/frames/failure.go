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

// PastTellers returns how many of the innermost frames of a stack only tell of an allocation that has failed: the
// stack is of that where what failed was seen by no function of an allocator's.
func (t *Table) PastTellers(stack []uint32) int {
	n := 0
	for n < len(stack) && t.tells(stack, n) {
		n++
	}
	return n
}

// TellsOfFailure reports whether a stack is of what is done about an allocation that has failed before.
func (t *Table) TellsOfFailure(stack []uint32) bool {
	for i := t.PastTellers(stack) + 1; i < len(stack); i++ {
		if t.tells(stack, i) {
			return true
		}
	}
	return len(stack) > 1 && t.throws(stack, 0)
}

// tells reports whether a frame of a stack is of a function that is called where an allocation has failed.
func (t *Table) tells(stack []uint32, i int) bool {
	return tellers.match(names.Qualified(t.frames[stack[i]].Function)) || i > 0 && t.throws(stack, i)
}

// throws reports whether a frame of a stack makes the exception by which the frame around it tells that it has failed.
func (t *Table) throws(stack []uint32, i int) bool {
	return throwers.match(names.Qualified(t.frames[stack[i]].Function)) && i+1 < len(stack) && t.traits[stack[i+1]].has(isAllocator)
}
