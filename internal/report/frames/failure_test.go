package frames

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

func TestStacksOfWhatIsDoneAboutAFailureAreKnown(t *testing.T) {
	p := &profile.Profile{Frames: testkit.Frames(
		"[root]",
		"0x10: std::alloc::default_alloc_error_hook (/rustc/0f/library/std/src/alloc.rs:330)",
		"0x20: alloc::alloc::handle_alloc_error (/rustc/0f/library/alloc/src/alloc.rs:436)",
		"0x30: app::report (/src/app/main.rs:5)",
		"0x40: __cxa_allocate_exception (in /usr/lib/libstdc++.so.6)",
		"0x50: operator new(unsigned long) (in /usr/lib/libstdc++.so.6)",
		"0x60: alloc::raw_vec::RawVec<T,A>::grow_one (/rustc/0f/library/alloc/src/raw_vec/mod.rs:188)",
		"0x70: __gnu_cxx::__verbose_terminate_handler() (in /usr/lib/libstdc++.so.6)",
		"0x80: my::handle_alloc_error() (/src/app/my.cc:5)",
	)}
	f := New(p)
	for _, stack := range [][]uint32{{6, 1, 2, 3}, {6, 2}, {4, 5, 3}, {5, 7, 3}} {
		if !f.TellsOfFailure(stack) {
			t.Errorf("%v is taken for an allocation of the program's", stack)
		}
	}
	for _, stack := range [][]uint32{{6, 3}, {4, 3}, {5, 3}, {4}, {6, 8, 3}, {1, 2, 3}, {2, 6, 3}, nil} {
		if f.TellsOfFailure(stack) {
			t.Errorf("%v is taken for what is done about a failure", stack)
		}
	}
}
