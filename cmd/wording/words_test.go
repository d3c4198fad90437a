package wording

import (
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
)

// A finding without words of its own is said by its code, which tells a reader little.
func TestEveryFindingAndEveryRuntimeHasWords(t *testing.T) {
	p := &profile.Profile{
		Points:   []profile.Point{{TotalBlocks: 1}},
		Sampling: profile.Sampling{MeanBytes: 512 << 10},
		Modules:  []*profile.Module{{Path: "/lib/a.so", MissingSplit: []string{"a.dwo"}}},
		Recording: &profile.Recording{Notes: []profile.Note{{Code: profile.Worded, Text: "an allocator"}}, Counts: profile.Counts{
			TruncatedStacks: 1, TruncatedBlocks: 1, IncompleteStacks: 2, IncompleteBlocks: 2, StacklessBlocks: 2, LostEvents: 1, UnknownFrees: 2, UnplacedModules: 3, Unprofiled: 2,
		}},
	}
	var said []string
	for _, f := range finding.Losses(p) {
		said = append(said, findingWords(f))
	}
	want := []string{
		"numbers with a ~ are estimates: one block was recorded in each 512 KiB that were allocated, on average",
		"a.so lacks debug information that was built in .dwo files, so inlined functions or their names may be missing: a.dwo; keep these where they were, or pack them into a.so.dwp with dwp",
		"an allocator",
		"1 sampled stack (~1 block) was cut at --depth",
		"2 sampled stacks (~2 blocks) could not be followed to the outer end",
		"the call tree is full, as there was no memory for more in its process: ~2 blocks below [call tree full]",
		"1 allocator call was lost: the numbers are too low",
		"2 frees of blocks that were not seen to be allocated",
		"3 libraries beyond the first 65,535, or 4,096 at once: stacks there are not named",
		"2 child processes were not profiled: run profiles up to 16,384 unless --no-children is given",
	}
	if !slices.Equal(said, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
	lineless := finding.Finding{Code: finding.InlinedMissing, Remedy: finding.BuildRustDebug, Evidence: finding.Evidence{Modules: []string{"/bin/app"}}}
	if got := findingWords(lineless); got != "inlined functions and types are not known, as app has no debug information: CARGO_PROFILE_RELEASE_DEBUG=1 cargo build --release" {
		t.Errorf("got %q", got)
	}
	for _, c := range []struct {
		chunks view.Chunks
		want   string
	}{
		{view.Chunks{Noun: "arena", Blocks: 5, Least: 496, Most: 8176, Growth: view.Doubling}, "arena: 5 chunks, 496 B to 7.98 KiB, doubling"},
		{view.Chunks{Noun: "arena", Blocks: 9, Least: 496, Most: 8176, Growth: view.Mixed}, "arena: 9 chunks, 496 B to 7.98 KiB"},
		{view.Chunks{Noun: "pool", Blocks: 64, Least: 4096, Most: 4096, Growth: view.Constant, Mostly: true}, "mostly pool: 64 pages of 4.00 KiB"},
	} {
		f, _ := finding.AtRow(&view.Row{Chunks: &c.chunks}, human.UnitsOf(&profile.Profile{}))
		if got := findingWords(f); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// What is noted says itself what to do.
func TestARemedyOfTheRecordersIsSaidOnce(t *testing.T) {
	for _, r := range []profile.Remedy{profile.SeePages, profile.WithoutLTO, profile.ExactWithoutLTO, profile.KeepSymbols} {
		n := profile.Note{Code: profile.AllocatorUnseen, Files: []string{"prog"}, Allocators: []string{"rust"}, Causes: []profile.Cause{{Code: profile.NamesStripped}}, Remedy: r}
		f := finding.Finding{Code: finding.Noted, Evidence: finding.Evidence{Note: &n}, Remedy: r}
		if got, want := findingWords(f), NoteWords(n); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}
