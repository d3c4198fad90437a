//go:build linux && amd64

package recordtest

import (
	"testing"

	"heapprof/internal/testkit"
)

// TestMuslProgramsAreCountedExactly runs programs linked against musl, whose
// functions call each other by their public names (calloc calls malloc, valloc
// jumps to memalign), whose loader counts no libraries at first, and whose libc
// has no unwind information. Programs that musl itself treats otherwise than
// glibc (realloc to zero, .preinit_array) are not among them.
func TestMuslProgramsAreCountedExactly(t *testing.T) {
	for _, program := range []countedProgram{
		{name: "tree", source: "tree.c"},
		{name: "hash", source: "hash.c"},
		{name: "recursion", source: "recursion.c", build: optimised},
		{name: "aligned", source: "aligned.c", build: []string{"-O0", "-g", "-Dpvalloc=valloc"}},
		{name: "zero", source: "zero.c"},
		{name: "longjmp", source: "longjmp.c"},
		{name: "deep recursion", source: "deep.c", args: []string{"20000"}},
		{name: "one thread", source: "threads.c", args: []string{"1"}},
		{name: "thousands of short threads", source: "threads.c", args: []string{"3000", "20"}, varies: true},
		{name: "blocks freed by another thread", source: "queue.c", build: optimised, varies: true},
		{name: "signal handlers", source: "signals.c", varies: true},
		{name: "fork", source: "children.c", args: []string{"fork"}},
		{name: "_exit", source: "exits.c", args: []string{"_exit"}, status: 7},
		{name: "abort", source: "exits.c", args: []string{"abort"}, status: 128 + 6},
		{name: "SIGKILL", source: "exits.c", args: []string{"kill"}, status: 128 + 9},
	} {
		t.Run(program.name, func(t *testing.T) {
			t.Parallel()
			program.check(t, buildForMusl(t, program.source, program.build...))
		})
	}
}

// TestMuslProgramsHaveTheStacksOfGlibcs holds the stacks of programs, as far as
// their own functions go, against the same programs linked against glibc.
func TestMuslProgramsHaveTheStacksOfGlibcs(t *testing.T) {
	for _, source := range []string{"tree.c", "hash.c", "recursion.c", "zero.c", "longjmp.c", "sawtooth.c"} {
		got := functionStacks(record(t, nil, buildForMusl(t, source)).Profile, source)
		want := functionStacks(record(t, nil, testkit.Build(t, source)).Profile, source)
		delete(got, "") // what the libraries allocate for themselves
		delete(want, "")
		diffStacks(t, got, want)
	}
}

// TestMuslsLateLibrariesArePatched has libraries of musl's come by dlopen. It unloads
// none: their destructors run when the program has printed its counts.
func TestMuslsLateLibrariesArePatched(t *testing.T) {
	flags := []string{"-O2", "-g", "-fno-builtin"}
	host := buildForMusl(t, "loaded.c", append(flags, "-pthread", "-rdynamic", "-Wl,--eh-frame-hdr")...)
	var plugins []string
	for _, names := range []string{"je_##name", "mi_##name"} {
		plugins = append(plugins, buildForMusl(t, "pool_plugin.c", append(flags, "-shared", "-fPIC", "-Wl,--eh-frame-hdr", "-DNAMED(name)="+names)...))
	}
	for _, way := range []string{"now", "lazy"} {
		r := record(t, nil, host, append([]string{way, "5"}, plugins...)...)
		if r.Status != 0 || r.Stderr != "" {
			t.Fatalf("status %d\n%s", r.Status, r.Stderr)
		}
		counts, n := testkit.Counts(r.Stdout), uint64(len(plugins))
		got := ownSums(r.Profile, "loaded.c", "pool_plugin.c")
		want := sums{
			TotalBytes: counts["total_bytes"] + 30*n, TotalBlocks: counts["total_blocks"] + n,
			EndBytes: counts["end_bytes"] - 300*n, EndBlocks: counts["end_blocks"] - n,
		}
		if got.PeakBytes, got.PeakBlocks = 0, 0; got != want {
			t.Errorf("%s: the profile has %+v, want %+v", way, got, want)
		}
	}
}

func buildForMusl(t *testing.T, source string, flags ...string) string {
	t.Helper()
	if len(flags) == 0 {
		flags = []string{"-O0", "-g"}
	}
	return testkit.BuildWith(t, "musl-gcc", source, flags...)
}
