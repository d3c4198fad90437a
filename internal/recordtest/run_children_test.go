//go:build linux && amd64

package recordtest

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestEachProcessHasItsOwnTotals makes processes in every way there is. What
// each of them counted, with its parent's live blocks at its start if it is a
// forked one, must be in its profile: the parent's numbers must not have moved.
func TestEachProcessHasItsOwnTotals(t *testing.T) {
	bin := testkit.Build(t, "forks.c")
	for _, c := range []struct {
		way      string
		programs int // profiles of forks.c itself
	}{
		{"fork", 2},
		{"raw", 2},
		{"clone", 2},
		{"_Fork", 2},
		{"thread", 21},
		{"idle", 1},
		{"family", 5},
		{"vfork", 2},
		{"spawn", 2},
		{"system", 2},
		{"popen", 2},
		{"exec", 3},
		{"forkexec", 3},
		{"daemon", 3},
		{"outlive", 2},
	} {
		t.Run(c.way, func(t *testing.T) {
			t.Parallel()
			r := recordFamily(t, bin, c.way, "COUNTS")
			if r.Status != 0 || r.Stdout != "" || r.Stderr != "" {
				t.Errorf("status %d, output %q, error %q; natively 0 and none", r.Status, r.Stdout, r.Stderr)
			}
			if len(r.Counts) != c.programs {
				t.Errorf("%d programs counted, want %d", len(r.Counts), c.programs)
			}
			r.wantCounted(t, "forks.c", c.way != "thread")
		})
	}
}

func TestNamesOfChildrensFiles(t *testing.T) {
	bin := testkit.Build(t, "forks.c")
	for _, c := range []struct {
		output, way string
		want        []string // the one with the largest peak first; ROOT and CHILD stand for process ids
	}{
		{"p.json", "fork", []string{"p.json", "p.ROOT.json"}},
		{"p.json.gz", "fork", []string{"p.json.gz", "p.ROOT.json.gz"}},
		{"p.json.zst", "spawn", []string{"p.json.zst", "p.CHILD.json.zst"}},
		{"p", "fork", []string{"p", "p.ROOT"}},
		{"a/b.c/p", "fork", []string{"a/b.c/p", "a/b.c/p.ROOT"}},
		{"100%%p.json", "fork", []string{"100%p.json", "100%p.ROOT.json"}},
		{"%p-%n.json", "spawn", []string{"ROOT-forks.json", "CHILD-forks.json"}},
		// Three programs in one process: the last one has the plain name.
		{"%n.%p.json", "exec", []string{"forks.ROOT.json", "forks.ROOT.0.json", "forks.ROOT.1.json"}},
		{"p.json", "exec", []string{"p.json", "p.ROOT.0.json", "p.ROOT.1.json"}},
		{"p.json", "forkexec", []string{"p.json", "p.ROOT.json", "p.CHILD.json"}},
		{"", "forkexec", []string{"heapprof.forks.ROOT.json.gz", "heapprof.forks.CHILD.0.json.gz", "heapprof.forks.CHILD.json.gz"}},
		{"p.json", "idle", []string{"p.json"}},
	} {
		t.Run(c.output+" "+c.way, func(t *testing.T) {
			t.Parallel()
			dir, counts := t.TempDir(), filepath.Join(t.TempDir(), "counts")
			flags := []string{"-q", "--children"}
			if c.output != "" {
				flags = append(flags, "-o", c.output)
			}
			cmd := heapprofRun(flags, bin, c.way, counts)
			cmd.Dir = dir
			if r := testkit.Run(t, cmd); r.Status != 0 || r.Stderr != "" {
				t.Errorf("status %d, %q", r.Status, r.Stderr)
			}
			// The root is the last to write its counts.
			lines := readCounts(t, counts)
			ids := strings.NewReplacer(
				"CHILD", strconv.FormatInt(lines[0].pid, 10),
				"ROOT", strconv.FormatInt(lines[len(lines)-1].pid, 10))
			var want []string
			for _, name := range c.want {
				want = append(want, filepath.Join(dir, ids.Replace(name)))
			}
			slices.Sort(want)
			if got := filesBelow(t, dir); !slices.Equal(got, want) {
				t.Errorf("the files are %q, want %q", got, want)
			}
		})
	}
}

func TestOlderProfilesOfChildrenStay(t *testing.T) {
	dir, counts := t.TempDir(), filepath.Join(t.TempDir(), "counts")
	older := filepath.Join(dir, "child.json")
	if err := os.WriteFile(older, []byte("an older one"), 0o600); err != nil {
		t.Fatal(err)
	}
	// The shell's own profile would be p.PID.0.json, as exec replaces it.
	script := `mv "$1/child.json" "$1/p.$$.0.json" && exec "$2" leaf "$3"`
	r := testkit.Run(t, heapprofRun([]string{"-q", "--children", "-o", filepath.Join(dir, "p.json")},
		"sh", "-c", script, "sh", dir, testkit.Build(t, "forks.c"), counts))
	if r.Status != 0 {
		t.Fatalf("status %d, %q", r.Status, r.Stderr)
	}
	pid := readCounts(t, counts)[0].pid
	if text, _ := os.ReadFile(filepath.Join(dir, fmt.Sprintf("p.%d.0.json", pid))); string(text) != "an older one" {
		t.Error("the older file was overwritten")
	}
	readRecording(t, filepath.Join(dir, fmt.Sprintf("p.%d.1.json", pid)))
}

func TestADeviceTakesAllProfiles(t *testing.T) {
	device, err := filepath.EvalSymlinks(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	counts := filepath.Join(t.TempDir(), "counts")
	r := testkit.Run(t, heapprofRun([]string{"-q", "--children", "-o", device}, testkit.Build(t, "forks.c"), "fork", counts))
	if r.Status != 0 || r.Stderr != "" {
		t.Errorf("status %d, %q", r.Status, r.Stderr)
	}
	for _, c := range readCounts(t, counts) { // others may have left files there
		beside := fmt.Sprintf("%s.%d", device, c.pid)
		if _, err := os.Lstat(beside); err == nil {
			t.Errorf("%s lies beside the device", beside)
		}
	}
}

func TestTheSummaryNamesTheChildrensFiles(t *testing.T) {
	dir := t.TempDir()
	counts := filepath.Join(dir, "counts")
	r := testkit.Run(t, heapprofRun([]string{"--children", "-o", filepath.Join(dir, "p.json")}, testkit.Build(t, "forks.c"), "many", counts, "12"))
	lines := readCounts(t, counts)
	named := 0
	for _, c := range lines[:12] {
		if strings.Contains(r.Stderr, fmt.Sprintf("%s/p.%d.json", dir, c.pid)) {
			named++
		}
	}
	if r.Status != 0 || named != 10 || !strings.Contains(r.Stderr, "2 more") {
		t.Errorf("status %d; %d of 12 children are named, want 10 and that there are 2 more:\n%s", r.Status, named, r.Stderr)
	}
}

func TestProcessesWithoutProfilesAreCounted(t *testing.T) {
	bin := testkit.Build(t, "forks.c")
	for _, c := range []struct {
		args  []string
		want  uint64
		words string
	}{
		{[]string{"fork", "COUNTS"}, 1, "1 child process was not profiled"},
		{[]string{"raw", "COUNTS"}, 1, "1 child process was not profiled"},
		{[]string{"spawn", "COUNTS"}, 1, "1 child process was not profiled"},
		{[]string{"forkexec", "COUNTS"}, 1, "1 child process was not profiled"}, // two programs
		{[]string{"family", "COUNTS"}, 1, "1 child process was not profiled"},   // what those start is not seen
		{[]string{"daemon", "COUNTS"}, 2, "2 child processes were not profiled"},
		{[]string{"many", "COUNTS", "20"}, 20, "20 child processes were not profiled"},
		{[]string{"idle", "COUNTS"}, 0, ""},
	} {
		t.Run(c.args[0], func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			counts, out := filepath.Join(dir, "counts"), filepath.Join(dir, "p.json")
			args := slices.Clone(c.args)
			args[1] = counts
			r := testkit.Run(t, heapprofRun([]string{"--no-children", "-o", out}, bin, args...))
			p := readRecording(t, out)
			if n := p.Recording.Counts; r.Status != 0 || n.LostEvents != 0 || n.UnknownFrees != 0 {
				t.Errorf("status %d, %+v", r.Status, n)
			}
			// Of the two children of a daemon's start the second may outlive the recording.
			n := p.Recording.Counts.Unprofiled
			if late := c.args[0] == "daemon" && n == c.want-1; n != c.want && !late {
				t.Errorf("%d processes were not profiled, want %d", n, c.want)
			} else if !late && (c.words == "") != !strings.Contains(r.Stderr, "not profiled") || !late && !strings.Contains(r.Stderr, c.words) {
				t.Errorf("the summary does not say %q:\n%s", c.words, r.Stderr)
			}
			lines := readCounts(t, counts)
			i := slices.IndexFunc(lines, func(l processCounts) bool { return l.pid == p.PID })
			if i < 0 || lines[i].sums != ownSums(p, "forks.c") {
				t.Errorf("the profile has %+v, the processes counted %+v", ownSums(p, "forks.c"), lines)
			}
		})
	}
}

func TestManyShortChildren(t *testing.T) {
	const n = 300
	bin := testkit.Build(t, "forks.c")
	start := time.Now()
	r := recordFamily(t, bin, "many", "COUNTS", strconv.Itoa(n))
	t.Logf("%d children took %v", n, time.Since(start))
	if r.Status != 0 || r.Stderr != "" || len(r.Children) != n {
		t.Errorf("status %d, %d profiles of children, want %d\n%s", r.Status, len(r.Children), n, r.Stderr)
	}
	r.wantCounted(t, "forks.c", true)
}

// TestASignalEndsTheWaitForChildren stops heapprof when only a child of the
// program runs any more: what was recorded so far must be in the files.
func TestASignalEndsTheWaitForChildren(t *testing.T) {
	bin := testkit.Build(t, "forks.c")
	for _, c := range []struct {
		signal syscall.Signal
		group  bool // the child gets it too, as from a terminal
	}{
		{syscall.SIGTERM, false},
		{syscall.SIGINT, true},
	} {
		t.Run(c.signal.String(), func(t *testing.T) {
			dir, counts := t.TempDir(), filepath.Join(t.TempDir(), "counts")
			cmd := heapprofRun([]string{"-q", "--children", "-o", filepath.Join(dir, "p.json")}, bin, "linger", counts)
			startAndWaitForLine(t, cmd)
			var lines []processCounts
			for deadline := time.Now().Add(20 * time.Second); len(lines) < 2; lines = readCounts(t, counts) {
				if time.Now().After(deadline) {
					t.Fatal("the program did not end")
				}
				time.Sleep(10 * time.Millisecond)
			}
			child := int(lines[slices.IndexFunc(lines, func(l processCounts) bool { return l.TotalBlocks > 21 })].pid)
			defer syscall.Kill(child, syscall.SIGKILL)
			time.Sleep(100 * time.Millisecond) // for the program to have ended, and not only counted
			if err := syscall.Kill(cmd.Process.Pid, 0); err != nil {
				t.Fatalf("heapprof did not wait for the child: %v", err)
			}
			target := cmd.Process.Pid
			if c.group {
				target = -target
			}
			if err := syscall.Kill(target, c.signal); err != nil {
				t.Fatal(err)
			}
			cmd.Wait()
			r := readFamily(t, testkit.Result{Status: testkit.Status(cmd.ProcessState)}, dir, counts)
			if r.Status != 0 {
				t.Errorf("status %d, want the program's own 0", r.Status)
			}
			r.wantCounted(t, "forks.c", true)
			if err := syscall.Kill(child, 0); !c.group && err != nil {
				t.Errorf("the child does not run on: %v", err)
			}
		})
	}
}

func TestAShellScriptAndItsChildren(t *testing.T) {
	bash, perl := testkit.Tool(t, "bash"), testkit.Tool(t, "perl")
	const script = `set -e
		for i in 1 2 3; do echo "word $i"; done | sort -r | while read w n; do echo "$n $w $(echo "$n" | tr 1-3 a-c)"; done
		( cd / && pwd ); x=$("$1" -e 'my @a = map { "x" x $_ } 1 .. 300; print scalar @a')
		echo "perl says $x"; false || exit 3`
	native := testkit.Run(t, exec.Command(bash, "-c", script, "script", perl))
	r := recordFamily(t, bash, "-c", script, "script", perl)
	if r.Result != native {
		t.Errorf("under heapprof: %s\nnatively: %s", shorten(r.Result), shorten(native))
	}
	for _, want := range []string{"perl", "sort", "bash"} {
		if !slices.ContainsFunc(r.all(), func(p *profile.Profile) bool {
			return strings.Contains(filepath.Base(p.Recording.Program), want)
		}) {
			t.Errorf("none of the %d profiles is of %s", 1+len(r.Children), want)
		}
	}
}

func TestMakeAndItsCompilers(t *testing.T) {
	gcc, gnuMake := testkit.Tool(t, "gcc"), testkit.Tool(t, "make")
	dir := t.TempDir()
	build := func(run func(name string, args ...string) testkit.Result) (testkit.Result, string) {
		t.Helper()
		var sum strings.Builder
		r := run(gnuMake, "-j2", "-C", dir, "CC="+gcc)
		for _, file := range []string{"one.o", "two.o", "three.o", "all"} {
			fmt.Fprintf(&sum, "%s %x\n", file, sha256.Sum256(takeFile(t, filepath.Join(dir, file))))
		}
		r.Stdout = "" // make and its jobs print in any order
		return r, sum.String()
	}
	for name, text := range map[string]string{
		"Makefile": "all: one.o two.o three.o\n\t$(CC) -o $@ $^\n%.o: %.c\n\t$(CC) -O1 -c -o $@ $<\n",
		"one.c":    "#include <stdio.h>\nint two(void), three(void);\nint main(void) { return printf(\"%d\", two() + three()) < 0; }\n",
		"two.c":    "#include <stdlib.h>\nint two(void) { return abs(-2); }\n",
		"three.c":  "#include <string.h>\nint three(void) { return (int)strlen(\"abc\"); }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	native, nativeSum := build(func(name string, args ...string) testkit.Result {
		return testkit.Run(t, exec.Command(name, args...))
	})
	var r familyRun
	got, sum := build(func(name string, args ...string) testkit.Result {
		r = recordFamily(t, name, args...)
		return r.Result
	})
	if got != native || sum != nativeSum {
		t.Errorf("under heapprof: %s\n%s\nnatively: %s\n%s", shorten(got), sum, shorten(native), nativeSum)
	}
	programs := byProgram(r)
	if programs["cc1"] != 3 || programs["gcc"] == 0 || programs["as"] != 3 {
		t.Errorf("profiles by program: %v; want three of cc1 and of as, and gcc's", programs)
	}
	for _, p := range r.all() {
		if strings.HasSuffix(p.Recording.Program, "/cc1") && p.Totals().TotalBlocks < 1000 {
			t.Errorf("cc1's profile has %d blocks, want a thousand or more", p.Totals().TotalBlocks)
		}
	}
}
