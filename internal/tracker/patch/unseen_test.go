package patch

import (
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestAllocatorsThatAreUnseenAreNamed has programs whose blocks cannot be seen, and the
// same ones where they can.
func TestAllocatorsThatAreUnseenAreNamed(t *testing.T) {
	testkit.Tool(t, "gcc")
	const rust, says = "Rust's global allocator", "seems to be linked into it"
	const seePages, withoutLTO, keepSymbols = ": " + string(profile.SeePages), ": " + string(profile.WithoutLTO), ": " + string(profile.KeepSymbols)
	for _, test := range []struct {
		flags  string
		words  []string // nil: none is unseen
		hooked int
	}{
		{"-DWHOLE", nil, 4},
		{"-DPASSED", nil, 4},
		{"-DMOVED", []string{rust, "__rust_realloc: does not show that it takes 4 arguments", withoutLTO}, 0},
		{"-DMOVED -DSYSTEM", nil, 0},
		{"-DPARTLY", []string{rust, "has no __rust_dealloc of its own", withoutLTO}, 0},
		{"-DPARTLY -DSYSTEM", nil, 0}, // its blocks are malloc's
		{"-DINTO_C", nil, 0},          // malloc's too
		{"-DINTO_C -DKEEPS", nil, 1},  // a block that was kept is seen at one of them only
		{"-DINLINED", []string{rust, "has no __rust_alloc and __rust_alloc_zeroed and __rust_dealloc and __rust_realloc of its own", withoutLTO}, 0},
		{"-DINLINED -DSYSTEM", nil, 0},
		{"-DMALLOC -DSYSTEM", []string{"malloc cannot be hooked (free: it ends after 1 bytes", seePages}, 0},
		{`-s -DSAYS="<jemalloc>: "`, []string{"jemalloc " + says, keepSymbols}, 0},
		{`-s -DSAYS="_RJEM_MALLOC_CONF"`, []string{"jemalloc " + says}, 0},
		{`-s -DSAYS="mimalloc: warning: "`, []string{"mimalloc " + says}, 0},
		{`-s -DSAYS="tcmalloc.max_total_thread_cache_bytes"`, []string{"tcmalloc " + says}, 0},
		{`-s -DSAYS="malloc"`, nil, 0},
		{`-s -DSAYS="TCMALLOC_STACKTRACE_METHOD"`, nil, 0},   // of a profiler of the same authors'
		{`-DINLINED -DSYSTEM -DSAYS="<jemalloc>: "`, nil, 0}, // its symbols say that it has none
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
				if got := p.Unseen[0].String() + ": " + string(p.Unseen[0].Remedy); !strings.Contains(got, words) {
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
