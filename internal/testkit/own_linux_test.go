package testkit

import (
	"testing"

	"heapprof/internal/testkit/fixture"
)

// Programs whose allocator is in them: linked from an archive, or their own.
func TestProgramsWithAnAllocatorInThemCountTheSameInEveryRun(t *testing.T) {
	for _, test := range []struct {
		name, source string
		build        []string
		args         []string
	}{
		{name: "own malloc", source: "own_malloc.c", build: []string{"-O2", "-g", "-pthread"}},
		{name: "own new over malloc", source: "own_new.cc"},
		{name: "own new over a pool", source: "own_new.cc", build: []string{"-O2", "-g", "-DPOOL"}},
		{name: "pool", source: "pool.c"},
		{name: "pool and malloc", source: "pool.c", args: []string{"malloc"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			checkCounts(t, runTwice(t, Build(t, test.source, test.build...), test.args...))
		})
	}
	for _, allocator := range fixture.LinkedAllocators() {
		for _, source := range []string{"pieces.c", "operators.cc"} {
			t.Run(source+" with "+allocator.Name, func(t *testing.T) {
				checkCounts(t, runTwice(t, BuildLinked(t, allocator, source)))
			})
		}
	}
}

// What a program counts is of its own doing: an allocator must not change it.
func TestPiecesCountTheSameWithEveryAllocator(t *testing.T) {
	want := runTwice(t, Build(t, "pieces.c", "-O2", "-g", "-pthread"))
	for _, allocator := range fixture.LinkedAllocators() {
		t.Run(allocator.Name, func(t *testing.T) {
			got := runTwice(t, BuildLinked(t, allocator, "pieces.c"))
			for name := range want {
				if got[name] != want[name] {
					t.Errorf("%s=%d, want %d as with the C library", name, got[name], want[name])
				}
			}
		})
	}
}
