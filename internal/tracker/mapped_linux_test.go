//go:build linux && (amd64 || arm64)

package tracker

import (
	"testing"

	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/roots"
)

// What an allocator maps is its own: within one of its calls, which a hook sees, and when the loader begins it,
// which only the stack shows.
func TestItIsKnownForWhomMemoryWasMapped(t *testing.T) {
	const program, jemalloc, libc = 0, 1, 2
	tree := replay.NewCallTree()
	stack := func(modules ...uint16) replay.StackID {
		at := replay.StackID(0)
		for i, m := range modules {
			at = tree.Child(at, replay.MakePlace(uint64(0x1000+i), m))
		}
		return at
	}
	m := newMappers(&replay.Snapshot{Stacks: tree.Stacks, Modules: map[uint16]replay.Module{
		program: {Path: "/usr/bin/program"}, jemalloc: {Path: "/usr/lib/libjemalloc.so.2"}, libc: {Path: "/usr/lib/libc.so.6"},
	}})
	for name, c := range map[string]struct {
		by   replay.MappingSite
		want roots.Purpose
	}{
		"within malloc":            {replay.MappingSite{Stack: stack(program, libc), Inside: true}, roots.ForAllocator},
		"an allocator that begins": {replay.MappingSite{Stack: stack(libc, jemalloc)}, roots.ForAllocator},
		"the program":              {replay.MappingSite{Stack: stack(program, libc)}, roots.ForProgram},
	} {
		m.stacks = tree.Stacks
		if got := m.mapped([]replay.MappedRange{{Start: 1, End: 2, MappingSite: c.by}}); len(got) != 1 || got[0].Purpose != c.want {
			t.Errorf("%s: %+v, want the purpose %d", name, got, c.want)
		}
	}
}
