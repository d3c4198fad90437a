package report

import (
	"testing"

	"heapprof/internal/dhat"
)

func TestHeapIsHiddenOnlyWhereNothingElseExplainsTheMemory(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		name                       string
		anonymous, static, threads uint64
		bytes, blocks              uint64 // at the peak
		want                       bool
	}{
		{"mapped memory", 64 * mib, mib, 1, 1000, 10, true},
		{"no blocks at all", 64 * mib, mib, 1, 0, 0, true},
		{"an allocator of its own beside malloc", 400 * mib, mib, 4, 50 * mib, 10_000, true},

		{"not known", 0, 0, 0, 0, 0, false},
		{"a small program", 20 * mib, mib, 1, 1000, 10, false},
		{"heap", 100 * mib, mib, 1, 90 * mib, 1000, false},
		{"fragmented heap", 200 * mib, mib, 1, 80 * mib, 1000, false},
		{"small blocks", 100 * mib, mib, 1, 3 * mib, 3_000_000, false},
		{"static data", 100 * mib, 96 * mib, 1, 0, 0, false},
		{"threads", 100 * mib, mib, 40, 1000, 10, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &dhat.Profile{
				Points: []dhat.Point{{PeakBytes: c.bytes, PeakBlocks: c.blocks}},
				Extra:  &dhat.Extra{AnonymousPeak: c.anonymous, StaticBytes: c.static, Threads: c.threads},
			}
			if h, ok := HiddenHeap(p); ok != c.want {
				t.Errorf("got %t: %s", ok, h)
			}
		})
	}
	if h, ok := HiddenHeap(&dhat.Profile{}); ok {
		t.Errorf("in another tool's profile: %s", h)
	}
}
