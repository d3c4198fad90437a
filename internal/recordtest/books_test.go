//go:build linux && amd64

package recordtest

import (
	"maps"
	"slices"
	"testing"

	"heapprof/internal/report/frames"
	"heapprof/internal/testkit"
)

// TestBlocksOfAnAllocatorsBooksCount holds that what an allocator allocates for itself
// counts as any block, and what it gets a caller's block from does not, wherever that
// happens: within the allocator's call or outside of one.
func TestBlocksOfAnAllocatorsBooksCount(t *testing.T) {
	for source, flags := range map[string][]string{
		"books.cc": {"-g", "-O1"},
		"ledger.c": {"-g", "-O1", "-fno-builtin"},
	} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			r := record(t, nil, testkit.Build(t, source, flags...))
			if r.Status != 0 || r.Stderr != "" {
				t.Fatalf("status %d\n%s", r.Status, r.Stderr)
			}
			var got sums
			for stack, s := range functionStacks(r.Profile, source) {
				if stack != "" { // the start-up code's
					got.TotalBytes += s.TotalBytes
					got.TotalBlocks += s.TotalBlocks
					got.EndBytes += s.EndBytes
					got.EndBlocks += s.EndBlocks
				}
			}
			c := testkit.Counts(r.Stdout)
			if want := (sums{TotalBytes: c["total_bytes"], TotalBlocks: c["total_blocks"], EndBytes: c["end_bytes"], EndBlocks: c["end_blocks"]}); got != want {
				t.Errorf("the profile has %+v, the program counted %+v", got, want)
			}
			if n := r.Profile.Recording.Counts.UnknownFrees; n != 0 {
				t.Errorf("%d frees of unknown blocks", n)
			}
		})
	}
}

// TestBooksOfARustAllocatorAreItsOwn holds that a line of the user's is charged with
// what it allocates, and the allocator with its books.
func TestBooksOfARustAllocatorAreItsOwn(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "books.rs", "-g", "-O"))
	if r.Status != 0 || r.Stderr != "" {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	if n := r.Profile.Recording.Counts.UnknownFrees; n != 0 {
		t.Errorf("%d frees of unknown blocks", n)
	}
	table := frames.New(r.Profile)
	sites := make(map[string]sums)
	for i := range r.Profile.Points {
		p := &r.Profile.Points[i]
		name := table.Frame(p.Stack.At(table.Site(p.Stack.Frames(), false))).Function
		s := sites[name]
		s.add(p)
		sites[name] = s
	}
	counts := testkit.Counts(r.Stdout)
	if got := sites["books::boxes"]; got.TotalBytes != counts["own_bytes"] || got.TotalBlocks != counts["own_blocks"] {
		t.Errorf("boxes has %+v, the program counted %v", got, counts)
	}
	const books = "<books::Counting as core::alloc::global::GlobalAlloc>::alloc"
	if got := sites[books]; got.PeakBytes != 8192*16 || got.PeakBlocks != 1 {
		t.Errorf("the books have %+v, want 128 KiB in one block; sites: %v", got, slices.Sorted(maps.Keys(sites)))
	}
}
