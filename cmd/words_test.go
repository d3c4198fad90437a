package cmd

import (
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/human"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

func TestWhyFunctionsHaveNoNamesIsSaidOfEachCause(t *testing.T) {
	p := &profile.Profile{
		Mode: "heap", Units: profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks"}, PeakTime: 1,
		Frames: testkit.Frames("[root]", "0x10: ??? (in /t/plug.so)", "0x20: ??? (in /bin/tool)", "0x30: ??? (in /lib/libz.so)", "0x40: ??? (in /lib/liba.so)"),
		Points: []profile.Point{
			{Frames: []uint32{1}, TotalBytes: 30, PeakBytes: 30},
			{Frames: []uint32{2}, TotalBytes: 25, PeakBytes: 25},
			{Frames: []uint32{3}, TotalBytes: 8, PeakBytes: 8},
			{Frames: []uint32{4}, TotalBytes: 37, PeakBytes: 37},
		},
		Recording: &profile.Recording{},
		Modules: []*profile.Module{
			{Path: "/t/plug.so", Nameless: "was deleted"},
			{Path: "/bin/tool", Nameless: "is a Rust program without symbols"},
			{Path: "/lib/libz.so", MissingSplit: []string{"/b/1.dwo", "/b/2.dwo", "/b/3.dwo", "/b/4.dwo"}}, {Path: "/lib/liba.so"},
		},
	}
	testkit.Place(p, -1, 0, 1, 2, 3)
	var out strings.Builder
	if err := show(&out, view.Options{}, tableFormat, layout{}, p); err != nil {
		t.Fatal(err)
	}
	var notes []string
	for line := range strings.Lines(out.String()) {
		if rest, ok := strings.CutPrefix(line, "note"); ok {
			notes = append(notes, strings.TrimSpace(rest))
		}
	}
	want := []string{
		"libz.so lacks debug information that was built in .dwo files, so inlined functions or their names may be missing: 1.dwo, 2.dwo, 3.dwo and 1 more; keep these where they were, in /b, or pack them into libz.so.dwp with dwp",
		"45.0% of total-bytes has no function names: install debug symbols for liba.so and libz.so, or have heapprof symbolize fetch them",
		"30.0% of total-bytes has no function names: plug.so was deleted",
		"25.0% of total-bytes has no function names: tool is a Rust program without symbols",
	}
	if !slices.Equal(notes, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(notes, "\n"), strings.Join(want, "\n"))
	}
}

func TestAHiddenHeapIsSaidWithTheSwitchOfItsRuntime(t *testing.T) {
	const unknown = "its allocator keeps it free, or the program uses mmap itself, or an allocator that is not known: run --mmap shows who mapped it"
	for program, want := range map[string]string{
		"/usr/bin/python3.11":       "python has an allocator of its own: set PYTHONMALLOC=malloc in its environment",
		"/usr/bin/php8.2":           "php has an allocator of its own: set USE_ZEND_ALLOC=0 in its environment",
		"/usr/bin/node":             "node has a heap of its own for JavaScript's objects: node --heap-prof records it",
		"/usr/lib/jvm/jdk/bin/java": "java has a heap of its own for objects: jcmd PID GC.class_histogram shows it",
		"/usr/bin/ruby3.1":          "ruby has a heap of its own for objects: its objspace library shows it",
		"/usr/bin/python-like":      unknown,
		"/opt/phpize":               unknown,
	} {
		p := reporttest.Sample()
		p.Points = []profile.Point{{TotalBlocks: 1, PeakBytes: 8 << 20, PeakBlocks: 1, Frames: []uint32{9}}}
		p.Recording = &profile.Recording{Program: program, AnonymousPeak: 64 << 20}
		e := newExplainer(view.NewSource(p), &sourceFlags{})
		if len(e.findings) != 1 {
			t.Fatalf("%s: %d findings", program, len(e.findings))
		}
		if got, want := headline(e.findings[0].Finding, e.units), "memory in no block: 56.0 MiB of 64.0 MiB of anonymous memory; "+want; got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", program, got, want)
		}
	}
}

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
		if got, want := findingWords(f), noteWords(n); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}
