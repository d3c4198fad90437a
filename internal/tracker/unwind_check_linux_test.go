//go:build linux && amd64

package tracker

import (
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/tracker/replay"
)

// stackCounts is what the debug build of the tracker has counted; see
// preload/ctest/check_stacks.c.
type stackCounts struct {
	Compared, Equal uint64
	Shorter         [replay.RootCount]uint64
	Beyond          uint64
	Wrong           uint64
	Skipped         uint64
}

// shorter is how many stacks end early, and say why.
func (c stackCounts) shorter() (n uint64) {
	for _, s := range c.Shorter {
		n += s
	}
	return n
}

// checkedLibrary builds the tracker so that it compares each stack with the one
// that libgcc's unwinder finds at the same moment.
func checkedLibrary(t *testing.T, options ...string) string {
	t.Helper()
	compiler := "gcc"
	if slices.Contains(options, "arm64") {
		compiler = "aarch64-linux-gnu-gcc"
	}
	preload := filepath.Join(testkit.Root(t), "internal", "tracker", "preload")
	build, name := filepath.Join(preload, "build.sh"), "libheapprof-check.so"
	sources := []string{build, filepath.Join(preload, "csrc"), filepath.Join(preload, "ctest")}
	dir := testkit.Keep(t, []string{compiler, "bash"}, sources, options, func(dir string) error {
		cmd := exec.Command("bash", append([]string{build, "--check-stacks", filepath.Join(dir, name)}, options...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", cmd, err, out)
		}
		return nil
	})
	return filepath.Join(dir, name)
}

// runChecked runs a program with that library and returns the counts. Each
// stack that is wrong fails the test.
func runChecked(t *testing.T, library string, depth int, args ...string) stackCounts {
	t.Helper()
	file := filepath.Join(t.TempDir(), "counts")
	t.Setenv("HEAPPROF_CHECK_STACKS", file)
	t.Setenv("PYTHONMALLOC", "malloc")
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	stdin, stdout := os.Stdin, os.Stdout // the program gets this process's
	os.Stdin, os.Stdout = null, null
	result, err := Run(Options{Args: args, Depth: depth, Library: library, Frees: true, NoPython: true})
	os.Stdin, os.Stdout = stdin, stdout
	null.Close()
	if err != nil {
		t.Fatal(err)
	}
	if result.ExitCode != 0 || result.Signal != 0 {
		t.Errorf("%q ended with status %d, signal %d", args, result.ExitCode, result.Signal)
	}
	return wantNoWrongStacks(t, file)
}

// wantNoWrongStacks reads the counts that a program left in a file.
func wantNoWrongStacks(t *testing.T, file string) stackCounts {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var c stackCounts
	if err := binary.Read(f, binary.LittleEndian, &c); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d compared: %d equal, %d shorter (by reason: %v), %d beyond frames without information, %d wrong; %d skipped",
		c.Compared, c.Equal, c.shorter(), c.Shorter, c.Beyond, c.Wrong, c.Skipped)
	if c.Wrong != 0 {
		text, _ := os.ReadFile(file + ".wrong")
		t.Errorf("%d stacks are not libgcc's, such as\n%s", c.Wrong, text[:min(len(text), 4000)])
	}
	if c.Compared == 0 || c.Skipped > c.Compared/10 {
		t.Error("too few stacks were compared")
	}
	return c
}

// TestStacksAreLibgccs runs programs that are hard to unwind, and compares each
// stack of each allocation and of each free.
func TestStacksAreLibgccs(t *testing.T) {
	library := checkedLibrary(t)
	optimized := []string{"-O2", "-g"}
	for _, test := range []struct {
		source string
		flags  []string
		args   []string
	}{
		{source: "tree.c"},
		{source: "signals.c"},
		{source: "reentry.c"},
		{source: "coroutines.c"},
		{source: "realign.c", flags: optimized},
		{source: "realign.c", flags: []string{"-O2", "-mno-red-zone", "-mpreferred-stack-boundary=6", "-mstackrealign"}},
		{source: "longjmp.c"},
		{source: "longjmp.c", flags: []string{"-O2", "-fno-builtin"}}, // else gcc drops a malloc whose block is only freed
		{source: "overlap.c"},
		{source: "fibers.c"},
		{source: "stacks.c"},
		{source: "nocfi.c"},
		{source: "across.c", flags: []string{"-DPLAIN"}}, // what a signal frame interrupted has its address as it is in libgcc's stacks
		{source: "jit.c"},
		{source: "jit_calls.c"},
		{source: "jit_edge.c"},
		{source: "exceptions.cc"},
		{source: "exceptions.cc", flags: optimized},
		{source: "deep.c", args: []string{"100000"}},
		{source: "mixed_paths.c"},
		{source: "mixed_paths.c", flags: optimized},
		{source: "mixed_paths.c", flags: []string{"-O2", "-fno-omit-frame-pointer"}},
		{source: "again.c", flags: []string{"-DKEEPS_FRAME_POINTER"}},
		{source: "again.c", flags: optimized},
		{source: "again.c", flags: []string{"-O2", "-fno-omit-frame-pointer", "-DKEEPS_FRAME_POINTER"}},
		{source: "recursion.c"},
		{source: "recursion.c", flags: optimized},
		{source: "omitfp.c", flags: []string{"-O2", "-fomit-frame-pointer"}},
		{source: "threads.c", flags: []string{"-O2", "-g", "-pthread"}},
		{source: "queue.c", flags: []string{"-O2", "-g", "-pthread"}},
		{source: "containers.cc", flags: optimized},
		{source: "inlined.c", flags: optimized},
	} {
		t.Run(strings.Join(append([]string{test.source}, test.flags...), " "), func(t *testing.T) {
			program := testkit.Build(t, test.source, test.flags...)
			runChecked(t, library, MaxDepth, append([]string{program}, test.args...)...)
		})
	}
}

// TestStacksOfRealProgramsAreLibgccs does the same to programs that nobody here wrote.
func TestStacksOfRealProgramsAreLibgccs(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: some seconds of programs, no goroutines of ours")
	}
	library := checkedLibrary(t)
	programs := filepath.Join(testkit.Root(t), "testdata", "programs")
	compiler, err := exec.Command(testkit.Tool(t, "g++"), "-print-prog-name=cc1plus").Output()
	if err != nil {
		t.Fatal(err)
	}
	multiarch, err := exec.Command(testkit.Tool(t, "g++"), "-print-multiarch").Output()
	if err != nil {
		t.Fatal(err)
	}
	repository := filepath.Join(t.TempDir(), "repository")
	if out, err := exec.Command(testkit.Tool(t, "git"), "init", "--quiet", repository).CombinedOutput(); err != nil {
		t.Fatalf("git init: %v\n%s", err, out)
	}
	for _, args := range [][]string{
		{"perl", "-e", `
			my %h; push @{$h{$_ % 100}}, "value $_" for 1..50000;
			my $s = join ",", map { sprintf "%5d", $_ } sort { $a <=> $b } keys %h;
			my $n = 0; $n++ while $s =~ /((\d)(\d*),)+/g;
			for (1..500) { eval { die { code => $_ } }; local $@ = "x"; }
			sub f { my $n = shift; return $n ? [f($n - 1)] : [] } f(50);`},
		{"python3", "-c", `
import json, re, ctypes
data = [{"name": str(i), "values": list(range(i % 20))} for i in range(1000)]
assert json.loads(json.dumps(data)) == data
re.sub(r"(\w+)@(\w+)", r"\2 \1", "someone@somewhere " * 200)
def recurse(n): return [recurse(n - 1)] if n else []
for i in range(100):
    try: recurse(50)[0][1]
    except IndexError: pass
ctypes.CFUNCTYPE(ctypes.py_object, ctypes.c_int)(lambda n: [n] * n)(5)
sorted(data, key=lambda d: d["name"])`},
		{strings.TrimSpace(string(compiler)), "-quiet", "-imultiarch", strings.TrimSpace(string(multiarch)), "-O2", "-o", os.DevNull, filepath.Join(programs, "exceptions.cc")},
		{"git", "--git-dir=" + filepath.Join(repository, ".git"), "--work-tree=" + programs, "add", "--all", "."},
		{"sqlite3", ":memory:", `
			create table t(a integer primary key, b text, c blob);
			create index i on t(b);
			with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) insert into t select i, hex(i * 7919), zeroblob(i % 50) from n;
			select count(*), group_concat(b) from (select b from t where b like '%3%' order by c, b desc limit 100);
			select json_group_array(json_object('a', a, 'b', b)) from t where a < 100;
			delete from t where a % 3 = 0; vacuum;`},
		{"bash", "-c", `f() { [ "$1" -eq 0 ] || f $(($1 - 1)); }; f 100; for i in {1..500}; do x[$i]=${i/3/three}; done; declare -A m=([a]=b); printf -v y '%s,' "${x[@]}"; [[ $y =~ (t.*e) ]]`},
	} {
		t.Run(filepath.Base(args[0]), func(t *testing.T) {
			args[0] = testkit.Tool(t, args[0])
			runChecked(t, library, MaxDepth, args...)
		})
	}
}

// TestAFrameWithoutInformationHidesNoCaller holds that a stack ends, and says so,
// where its next frame cannot be told. libgcc ends there too, so that it cannot
// be asked.
func TestAFrameWithoutInformationHidesNoCaller(t *testing.T) {
	program := testkit.Build(t, "nocfi.c")
	stdout := os.Stdout
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout = null
	result, err := Run(Options{Args: []string{program}, Depth: MaxDepth})
	os.Stdout = stdout
	null.Close()
	if err != nil {
		t.Fatal(err)
	}
	profile := result.Profile
	got := make(map[string]uint64)
	for _, p := range profile.Points {
		var names []string
		for _, f := range p.Stack.Frames()[:2] {
			names = append(names, profile.Frames[f].Function)
		}
		got[strings.Join(names, " < ")] += p.TotalBlocks
	}
	want := map[string]uint64{"bare < [no unwind information]": 10, "framed < around": 10}
	if !maps.Equal(got, want) {
		t.Errorf("stacks begin with %v, want %v", got, want)
	}
	if n := profile.Recording.Counts.IncompleteBlocks; n != 10 {
		t.Errorf("%d blocks are counted as of incomplete stacks, want 10", n)
	}
}
