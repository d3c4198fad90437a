//go:build linux && (amd64 || arm64)

package recordtest

import (
	"runtime"
	"strings"
	"testing"

	"heapprof/cmd/wording"
	"heapprof/internal/testkit"
)

// layersFlags name the allocator of layers.c.
var layersFlags = []string{
	"--alloc-function", "outer_alloc(size=1)", "--free-function", "outer_free(ptr=1)",
	"--alloc-function", "inner_alloc(size=1)", "--free-function", "inner_free(ptr=1)",
	"--alloc-function", "abandon_alloc(size=1)",
}

// TestOfLayersTheOutermostCounts has layers call each other by near and far frames,
// be left for good, and be interrupted by signal handlers that allocate, too.
func TestOfLayersTheOutermostCounts(t *testing.T) {
	for _, build := range [][]string{
		{"-O0", "-g", "-fno-omit-frame-pointer"},
		{"-O2", "-g", "-fomit-frame-pointer", "-fno-optimize-sibling-calls"},
		{"-O2", "-g", "-no-pie", "-fno-pie"},
	} {
		r := record(t, layersFlags, testkit.Build(t, "layers.c", build...))
		if r.Status != 0 || r.Stderr != "" {
			t.Fatalf("status %d\n%s", r.Status, r.Stderr)
		}
		wantOwnCounts(t, r, "layers.c")
		if n := r.Profile.Recording.Counts.UnknownFrees; n != 0 {
			t.Errorf("%d frees of unknown blocks", n)
		}
	}
}

func TestPatchedFunctionsLeaveRegistersAndStackAsTheyWere(t *testing.T) {
	flags := []string{
		"--alloc-function", "bare_alloc(size=1)", "--free-function", "bare_free(ptr=1)",
		"--alloc-function", "wide_alloc(size=3)",
	}
	r := record(t, flags, testkit.Build(t, "registers.c"))
	if r.Status != 0 || r.Stderr != "" {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	counts := testkit.Counts(r.Stdout)
	if counts["registers"] != 1 {
		t.Error("a register was changed")
	}
	if counts["arguments"] != 1 {
		t.Error("an argument on the stack was lost")
	}
	if total := r.Profile.Totals(); total.TotalBlocks != counts["total_blocks"] || total.TotalBytes != counts["total_bytes"] || total.EndBytes != counts["end_bytes"] {
		t.Errorf("the profile has %d blocks and %d bytes, %d live at the end; the program counted %v", total.TotalBlocks, total.TotalBytes, total.EndBytes, counts)
	}
}

func TestNamesakesOfAnAllocatorsFunctionsAreNoAllocator(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "namesakes.c", "-O1", "-g"))
	if r.Status != 0 || r.Stderr != "" {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	wantOwnCounts(t, r, "namesakes.c")
}

func TestCallsThatMakeNoBlockChangeNoCount(t *testing.T) {
	r := record(t, []string{
		"--alloc-function", "pool_alloc(size=1)", "--alloc-function", "pool_new(out=1,size=2)",
		"--alloc-function", "pool_resize(ptr=1,count=2,size=3)", "--free-function", "pool_free(ptr=1)",
	}, testkit.Build(t, "corners.c", "-O1", "-g"))
	if r.Status != 0 || r.Stderr != "" {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	wantOwnCounts(t, r, "corners.c")
	if n := r.Profile.Recording.Counts.UnknownFrees; n != 0 {
		t.Errorf("%d frees of unknown blocks", n)
	}
}

func TestBlocksBehindAHeaderOfOperatorNewAreFreed(t *testing.T) {
	testkit.Tool(t, "g++")
	r := record(t, nil, testkit.BuildWith(t, "g++", "header_new.cc", "-O1", "-g"))
	if r.Status != 0 || r.Stderr != "" {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	wantOwnCounts(t, r, "header_new.cc")
}

// TestAllocatorsOfWhichOneFunctionCannotBeHooked has a free that is one function with an
// operator delete, and another of those that cannot be hooked: what that one passes on is
// met, and where it keeps blocks itself nothing of the two is recorded, and that is said.
func TestAllocatorsOfWhichOneFunctionCannotBeHooked(t *testing.T) {
	for flag, want := range map[string]struct {
		blocks uint64
		unseen string
	}{
		"-DPASSES": {blocks: 1000},
		"-DKEEPS":  {unseen: "C++ operators and malloc cannot be hooked (operator delete(void*, unsigned long): a branch at +0x7 goes to +0x1, which the jump would overwrite; free = operator delete(void*) is of C++ operators too)"},
	} {
		r := record(t, nil, testkit.Build(t, "half_family.c", "-O1", "-fno-builtin", "-rdynamic", flag))
		totals, extra := r.Profile.Totals(), r.Profile.Recording
		if r.Status != 0 || totals.TotalBlocks != want.blocks || totals.EndBlocks != 0 || extra.Counts.LostEvents != 0 || extra.Counts.UnknownFrees != 0 {
			t.Errorf("%s: status %d, %d blocks, %d live, %+v; want %d blocks", flag, r.Status, totals.TotalBlocks, totals.EndBlocks, extra.Counts, want.blocks)
		}
		if got := strings.Join(wording.NoteLines(extra.Notes), "\n"); !strings.Contains(got, want.unseen) || want.unseen == "" && got != "" {
			t.Errorf("%s: unseen is %q, want %q", flag, got, want.unseen)
		}
	}
}

// TestFunctionsWithoutANameAreMet has blocks made and resized by functions of an allocator
// that a stripped program has no names for.
func TestFunctionsWithoutANameAreMet(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("their programs are written for x86-64")
	}
	for program, bytes := range map[string]uint64{"twins.c": 1000 * (40 + 80), "inner.c": 1000 * (40 + 24)} {
		r := record(t, nil, testkit.Build(t, program, "-O1", "-fno-builtin", "-s", "-rdynamic"))
		totals, counts := r.Profile.Totals(), r.Profile.Recording.Counts
		if r.Status != 0 || totals.TotalBlocks != 2000 || totals.TotalBytes != bytes || totals.EndBlocks != 0 || counts.LostEvents != 0 || counts.UnknownFrees != 0 {
			t.Errorf("%s: status %d, %+v, %+v; want 2,000 blocks, %d bytes", program, r.Status, totals, counts, bytes)
		}
	}
}

// TestLayersWithoutUnwindInformationCountOnce has calloc and realloc call malloc, where
// only the words on the stack tell that they do.
func TestLayersWithoutUnwindInformationCountOnce(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "own_malloc.c", "-O2", "-g", "-fno-asynchronous-unwind-tables", "-fomit-frame-pointer"))
	if r.Status != 0 || r.Stderr != "" {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	own, counts := r.Profile.Totals(), testkit.Counts(r.Stdout)
	const threads = 2 // blocks that pthread_create makes for itself
	if own.TotalBlocks > counts["total_blocks"]+threads || own.TotalBlocks < counts["total_blocks"] || own.EndBlocks > counts["end_blocks"]+threads {
		t.Errorf("the profile has %d blocks, %d at the end; the program counted %v", own.TotalBlocks, own.EndBlocks, counts)
	}
	if c := r.Profile.Recording.Counts; c.LostEvents != 0 || c.UnknownFrees != 0 {
		t.Errorf("%d events were lost, and %d frees are of unknown blocks", c.LostEvents, c.UnknownFrees)
	}
}

func TestNestedFunctionsFindTheirOuterOnesVariables(t *testing.T) {
	r := record(t, []string{"--alloc-function", "pool_alloc(size=1)"}, testkit.Build(t, "nested_function.c", "-O1", "-g"))
	if r.Status != 0 || r.Stderr != "" {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	wantOwnCounts(t, r, "nested_function.c")
}
