package patch

import (
	"fmt"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestAllocatorsThatAreUnseenAreNamed has programs whose blocks cannot be seen, and the
// same ones where they can.
func TestAllocatorsThatAreUnseenAreNamed(t *testing.T) {
	testkit.Tool(t, "gcc")
	const rust, says = "rust-allocator", "names-stripped"
	const seePages, withoutLTO, keepSymbols = "Remedy:" + string(profile.SeePages), "Remedy:" + string(profile.WithoutLTO), "Remedy:" + string(profile.KeepSymbols)
	for _, test := range []struct {
		flags  string
		words  []string // nil: none is unseen
		hooked int
	}{
		{"-DWHOLE", nil, 4},
		{"-DPASSED", nil, 4},
		{"-DMOVED", []string{rust, "Names:[__rust_realloc] Cause:arguments-not-taken 4", withoutLTO}, 0},
		{"-DMOVED -DSYSTEM", nil, 0},
		{"-DPARTLY", []string{rust, "inlined __rust_dealloc", withoutLTO}, 0},
		{"-DPARTLY -DSYSTEM", nil, 0}, // its blocks are malloc's
		{"-DINTO_C", nil, 0},          // malloc's too
		{"-DINTO_C -DKEEPS", nil, 1},  // a block that was kept is seen at one of them only
		{"-DINLINED", []string{rust, "inlined __rust_alloc __rust_alloc_zeroed __rust_dealloc __rust_realloc", withoutLTO}, 0},
		{"-DINLINED -DSYSTEM", nil, 0},
		{"-DMALLOC -DSYSTEM", []string{"Names:[free] Cause:ends-early 1", seePages}, 0},
		{`-s -DSAYS="<jemalloc>: "`, []string{"Allocators:[jemalloc]", says, keepSymbols}, 0},
		{`-s -DSAYS="_RJEM_MALLOC_CONF"`, []string{"Allocators:[jemalloc]", says}, 0},
		{`-s -DSAYS="mimalloc: warning: "`, []string{"Allocators:[mimalloc]", says}, 0},
		{`-s -DSAYS="tcmalloc.max_total_thread_cache_bytes"`, []string{"Allocators:[tcmalloc]", says}, 0},
		{`-s -DSAYS="malloc"`, nil, 0},
		{`-s -DNO_CODE -DSAYS="mimalloc: warning: "`, nil, 0}, // a library of data has texts of all kinds
		{`-s -DSAYS="TCMALLOC_STACKTRACE_METHOD"`, nil, 0},    // of a profiler of the same authors'
		{`-DINLINED -DSYSTEM -DSAYS="<jemalloc>: "`, nil, 0},  // its symbols say that it has none
	} {
		t.Run(test.flags, func(t *testing.T) {
			p := read(t, testkit.Build(t, "hidden.c", append([]string{"-O1"}, flagsOf(test.flags)...)...), Options{})
			if len(p.Patches) != test.hooked {
				t.Errorf("%d functions are hooked, want %d: %v", len(p.Patches), test.hooked, summary(p))
			}
			if test.words == nil && len(p.Refused) > 0 {
				t.Errorf("%v are refused, want them left, for their blocks are seen", p.Refused)
			}
			switch {
			case test.words == nil && len(p.Unseen) > 0:
				t.Errorf("%v, want none", p.Unseen)
			case test.words != nil && len(p.Unseen) != 1:
				t.Fatalf("%v, want one", p.Unseen)
			}
			for _, words := range test.words {
				if got := fmt.Sprintf("%+v", p.Unseen[0].Note()); !strings.Contains(got, words) {
					t.Errorf("%s, want %q in it", got, words)
				}
			}
		})
	}
}

// flagsOf splits a compiler's flags, of which one may have a text for a macro.
func flagsOf(line string) []string {
	before, text, ok := strings.Cut(line, "-DSAYS=")
	flags := strings.Fields(before)
	if ok {
		flags = append(flags, "-DSAYS="+text)
	}
	return flags
}
