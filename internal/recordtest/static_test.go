//go:build linux && amd64

package recordtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/internal/testkit"
)

// staticBuilds are the ways of linking a C program so that it has no loader.
var staticBuilds = []struct {
	name, compiler string
	flags          []string
}{
	{"glibc", "gcc", []string{"-static"}},
	{"glibc, position-independent", "gcc", []string{"-static-pie", "-fPIE"}},
	{"musl", "musl-gcc", []string{"-static"}},
}

// TestStaticProgramsMayBeScriptsInterpreters starts a script whose interpreter is
// static: the kernel maps another file than the one that is started.
func TestStaticProgramsMayBeScriptsInterpreters(t *testing.T) {
	bin := testkit.Build(t, "tree.c", "-O0", "-g", "-static")
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!"+bin+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := record(t, nil, script)
	if r.Status != 0 || r.Stderr != "" {
		t.Errorf("status %d, standard error: %q", r.Status, r.Stderr)
	}
	wantOwnCounts(t, r, "tree.c")
}

// TestStaticProgramsThatMayNotBeTracedAreRefused runs heapprof itself under a tracer,
// which has its children, too.
func TestStaticProgramsThatMayNotBeTracedAreRefused(t *testing.T) {
	strace := testkit.Tool(t, "strace")
	bin := testkit.Build(t, "tree.c", "-O0", "-g", "-static")
	r := testkit.Run(t, exec.Command(strace, "-f", "-q", "-e", "trace=none", "-o", "/dev/null", "heapprof", "run", bin))
	if r.Status != console.ExitNotExecutable || r.Stdout != "" || !strings.Contains(r.Stderr, "ptrace") {
		t.Errorf("status %d, output %q, want %d and the reason: %q", r.Status, r.Stdout, console.ExitNotExecutable, r.Stderr)
	}
}

// TestStaticProgramsBeginAsTheyDoNatively looks at what a program inherits and sees
// of a tracer.
func TestStaticProgramsBeginAsTheyDoNatively(t *testing.T) {
	bin := testkit.Build(t, "inherited.c", "-O0", "-g", "-static")
	native := testkit.Run(t, exec.Command(bin, "an argument"))
	r := record(t, nil, bin, "an argument")
	wantNative(t, r.Result, native)
}

// TestStaticProgramsAreCountedExactly runs programs into which no loader brings the
// library: each must behave as it does natively, and have the blocks that it counted.
func TestStaticProgramsAreCountedExactly(t *testing.T) {
	for _, program := range []countedProgram{
		{name: "tree", source: "tree.c"},
		{name: "hash", source: "hash.c"},
		{name: "optimised", source: "recursion.c", build: optimised},
		{name: "aligned", source: "aligned.c", build: []string{"-O0", "-g", "-Dpvalloc=valloc"}},
		{name: "realloc to zero", source: "zero.c", glibc: true},
		{name: "longjmp", source: "longjmp.c"},
		{name: "coroutines", source: "coroutines.c", glibc: true},
		{name: "deep recursion", source: "deep.c", args: []string{"20000"}},
		{name: "thread-local variables", source: "locals.c", build: []string{"-O0", "-g", "-DALIGN=8"}},
		{name: "thread-local variables, aligned", source: "locals.c", build: []string{"-O0", "-g", "-DALIGN=64"}},
		{name: "one thread", source: "threads.c", args: []string{"1"}},
		{name: "four threads", source: "threads.c", varies: true},
		{name: "thousands of short threads", source: "threads.c", args: []string{"3000", "20"}, varies: true},
		{name: "blocks freed by another thread", source: "queue.c", build: optimised, varies: true},
		{name: "signal handlers", source: "signals.c", varies: true},
		{name: "fork", source: "children.c", args: []string{"fork"}},
		{name: "vfork", source: "children.c", args: []string{"vfork"}},
		{name: "posix_spawn", source: "children.c", args: []string{"spawn"}},
		{name: "exit", source: "exits.c", args: []string{"exit", "200"}, status: 200},
		{name: "_exit", source: "exits.c", args: []string{"_exit"}, status: 7},
		{name: "abort", source: "exits.c", args: []string{"abort"}, status: 128 + 6},
		{name: "segmentation fault", source: "exits.c", args: []string{"segv"}, status: 128 + 11},
		{name: "SIGKILL", source: "exits.c", args: []string{"kill"}, status: 128 + 9},
		{name: "SIGTERM", source: "exits.c", args: []string{"term"}, status: 128 + 15},
		{name: "the main thread ends first", source: "exits.c", args: []string{"thread"}, status: 7},
	} {
		for _, build := range staticBuilds {
			if program.glibc && build.compiler == "musl-gcc" {
				continue
			}
			t.Run(program.name+"/"+build.name, func(t *testing.T) {
				t.Parallel()
				flags := program.build
				if flags == nil {
					flags = []string{"-O0", "-g"}
				}
				program.check(t, testkit.BuildWith(t, build.compiler, program.source, slices.Concat(flags, build.flags)...))
			})
		}
	}
}

// TestWhatIsKeptForAThreadIsNoBlockInStaticPrograms is for glibc's caches of free blocks,
// which it frees as it does a program's blocks when their threads end.
func TestWhatIsKeptForAThreadIsNoBlockInStaticPrograms(t *testing.T) {
	for _, build := range staticBuilds {
		t.Run(build.name, func(t *testing.T) {
			r := record(t, nil, testkit.BuildWith(t, build.compiler, "threads.c", slices.Concat([]string{"-O0", "-g"}, build.flags)...), "20", "20")
			if n := r.Profile.Recording.Counts; r.Status != 0 || n.UnknownFrees != 0 {
				t.Errorf("status %d, %d frees of unknown blocks", r.Status, n.UnknownFrees)
			}
			wantOwnCounts(t, r, "threads.c")
		})
	}
}

// TestStaticProgramsHaveTheStacksOfDynamicOnes is for the search table of unwind
// information, which gcc leaves out with -static.
func TestStaticProgramsHaveTheStacksOfDynamicOnes(t *testing.T) {
	for _, source := range []string{"tree.c", "recursion.c", "longjmp.c", "sawtooth.c"} {
		want := functionStacks(record(t, nil, testkit.Build(t, source)).Profile, source)
		delete(want, "") // what the libraries allocate for themselves
		for _, build := range staticBuilds {
			bin := testkit.BuildWith(t, build.compiler, source, slices.Concat([]string{"-O0", "-g"}, build.flags)...)
			got := functionStacks(record(t, nil, bin).Profile, source)
			delete(got, "")
			diffStacks(t, got, want)
		}
	}
}

func TestStaticRustProgramsAreCounted(t *testing.T) {
	const musl = "x86_64-unknown-linux-musl"
	for _, c := range []struct {
		name  string
		flags []string
	}{
		{"glibc", []string{"-C", "target-feature=+crt-static"}},
		{"glibc, not position-independent", []string{"-C", "target-feature=+crt-static", "-C", "relocation-model=static"}},
		{"musl", []string{"--target", musl}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if slices.Contains(c.flags, musl) {
				wantRustTarget(t, musl)
			}
			wantRustyCounts(t, testkit.Build(t, "rusty.rs", append(c.flags, "-g")...))
		})
	}
}

// wantRustTarget skips the test where Rust's standard library for target is not installed.
func wantRustTarget(t *testing.T, target string) {
	t.Helper()
	out, err := exec.Command(testkit.Tool(t, "rustc"), "--print", "target-libdir", "--target", target).Output()
	if err == nil {
		_, err = os.Stat(strings.TrimSpace(string(out)))
	}
	if err != nil {
		testkit.Skip(t, "rustc cannot build for %s: rustup target add %s", target, target)
	}
}

// TestForksOfStaticProgramsHaveTheirOwnTotals is TestEachProcessHasItsOwnTotals
// without the programs that exec starts, which are static again.
func TestForksOfStaticProgramsHaveTheirOwnTotals(t *testing.T) {
	for _, linking := range []string{"-static", "-static-pie"} {
		bin := testkit.Build(t, "forks.c", "-O0", "-g", linking)
		for _, way := range []string{"fork", "raw", "clone", "_Fork", "idle", "family", "daemon", "outlive"} {
			t.Run(way+linking, func(t *testing.T) {
				t.Parallel()
				r := recordFamily(t, bin, way, "COUNTS")
				if r.Status != 0 || r.Stdout != "" || r.Stderr != "" {
					t.Errorf("status %d, output %q, error %q; natively 0 and none", r.Status, r.Stdout, r.Stderr)
				}
				r.wantCounted(t, "forks.c", true)
			})
		}
	}
}
