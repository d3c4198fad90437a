package finding

import (
	"testing"

	"heapprof/internal/profile"
)

func TestHeapIsHiddenOnlyWhereNothingElseExplainsTheMemory(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		name                              string
		anonymous, static, stack, threads uint64
		nodes                             uint64 // events
		bytes, blocks                     uint64 // at the peak
		want                              bool
	}{
		{"mapped memory", 64 * mib, mib, mib, 1, 0, 1000, 10, true},
		{"no blocks at all", 64 * mib, mib, mib, 1, 0, 0, 0, true},
		{"an allocator of its own beside malloc", 84 * mib, mib, mib, 1, 0, 21 * mib, 100_000, true},
		{"most of a small heap", 28 * mib, mib, mib, 8, 0, 2 * mib, 1000, true},
		{"a quarter", 120 * mib, mib, mib, 1, 0, 80 * mib, 1000, true},

		{"not known", 0, 0, 0, 0, 0, 0, 0, false},
		{"less than a quarter", 120 * mib, mib, mib, 1, 0, 92 * mib, 1000, false},
		{"less than 8 MiB", 10 * mib, mib, mib, 1, 0, 1000, 10, false},
		{"small blocks", 100 * mib, mib, mib, 1, 0, 3 * mib, 3_000_000, false},
		{"static data", 100 * mib, 96 * mib, mib, 1, 0, 0, 0, false},
		{"threads", 40 * mib, mib, mib, 40, 0, 1000, 10, false},
		{"stack", 40 * mib, mib, 38 * mib, 1, 0, 1000, 10, false},
		{"stack that a profile does not tell", 16 * mib, mib, 0, 1, 0, 1000, 10, false},
		{"stacks in the tracker's call tree", 62 * mib, mib, mib, 1, 1_500_000, 1000, 10, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &profile.Profile{
				Points:    []profile.Point{{PeakBytes: c.bytes, PeakBlocks: c.blocks}},
				Recording: &profile.Recording{AnonymousPeak: c.anonymous, StaticBytes: c.static, StackBytes: c.stack, Threads: c.threads, NodeEvents: c.nodes},
			}
			totals := p.Totals()
			if got := isHidden(p, &totals); got != c.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
