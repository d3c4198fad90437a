package patch

import (
	"debug/elf"
	"slices"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/tracker/patch/allocator"
)

// TestTwinsWithoutANameAreHooked has an allocator that calls all by a table: hooked is what
// lies beside an entry of which it is known what it means, and before another.
func TestTwinsWithoutANameAreHooked(t *testing.T) {
	testkit.Tool(t, "gcc")
	for _, flags := range [][]string{{"-s", "-rdynamic"}, {}} {
		p := read(t, testkit.Build(t, "twins.c", append(flags, "-O1", "-fno-builtin")...), Options{})
		if p.Machine != elf.EM_X86_64 {
			t.Skip("twins are looked for in code for x86-64")
		}
		var calls []allocator.Call
		for _, q := range p.Patches {
			calls = append(calls, q.Call)
		}
		want := []allocator.Call{
			callOf("malloc"), callOf("_ZnwmRKSt9nothrow_t"),
			callOf("calloc"), callOf("calloc"),
			callOf("aligned_alloc"),
			callOf("realloc"), callOf("realloc"),
			callOf("free"),
		}
		if !slices.Equal(calls, want) || len(p.Refused) > 0 {
			t.Errorf("%v: hooked is %+v, refused %v, want %+v", flags, calls, p.Refused, want)
		}
	}
}
