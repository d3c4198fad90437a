//go:build linux && amd64

package recordtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/cmd/wording"
	"heapprof/internal/testkit"
)

// TestWhatIsNotRecordedIsNamed: the numbers of the program before it must not pass for
// those of the one that ended with that status.
func TestWhatIsNotRecordedIsNamed(t *testing.T) {
	bin, static := testkit.Build(t, "execs.c"), testkit.Build(t, "execs.c", "-static", "-O1")
	for _, c := range []struct {
		args  []string
		words string // "": what ends is what is recorded
		root  bool   // only root can do so
	}{
		{args: []string{"become", bin, "work"}},
		{args: []string{"self", bin, "work"}},
		{args: []string{"self-bare", bin, "work"}, words: bin + ", which took this program's place by exec, was not recorded: it was started without LD_PRELOAD"},
		{args: []string{"become", static, "work"}, words: static + ", which took this program's place by exec, was not recorded: it is statically linked"},
		{args: []string{"bare", bin, "work"}, words: bin + ", which took this program's place by exec, was not recorded: it was started without LD_PRELOAD"},
		{args: []string{"become", bin, "become", static, "work"}, words: "was not recorded: it is statically linked"},
		{args: []string{"raw-bare", "/bin/sh", "-c", "sleep 0.2; exit 3"}, words: "which took this program's place by exec, was not recorded: it was started without LD_PRELOAD"},
		{args: []string{"user", "/bin/true"}, words: "was not recorded: it ran as user 1000, who cannot open heapprof's memory", root: true},
	} {
		if c.root && os.Geteuid() != 0 {
			continue
		}
		file := filepath.Join(t.TempDir(), "p.json")
		r := testkit.Run(t, heapprofRun([]string{"-o", file}, bin, c.args...))
		p := readRecording(t, file)
		status := 3
		if c.root {
			status = 0
		}
		if r.Status != status || (c.words == "") != (p.Totals().TotalBytes > 100_000) || (c.words == "") != (p.Recording.ExitCode == 3) {
			t.Errorf("%v: status %d, in the profile %d; %+v", c.args, r.Status, p.Recording.ExitCode, p.Totals())
		}
		if notes := strings.Join(wording.NoteLines(p.Recording.Notes), "\n"); !strings.Contains(notes, c.words) || c.words == "" && strings.Contains(notes, "exec") {
			t.Errorf("%v: the notes are %q, want %q", c.args, notes, c.words)
		}
		if said := strings.Contains(r.Stderr, "the profile is of "+bin+", not of "); said != (c.words != "") {
			t.Errorf("%v: %s", c.args, r.Stderr)
		}
	}
}

func TestProgramsOfChildrenThatAreNotRecordedAreNamed(t *testing.T) {
	bin, static := testkit.Build(t, "execs.c"), testkit.Build(t, "execs.c", "-static", "-O1")
	for _, c := range []struct {
		args  []string
		words string
	}{
		{[]string{"spawn", bin, "work"}, ""},
		{[]string{"fork", bin, "work"}, ""},
		{[]string{"spawn", static, "work"}, static + " was not recorded (1 time): it is statically linked"},
		{[]string{"fork", static, "work"}, static + " was not recorded (1 time): it is statically linked"},
		{[]string{"spawn", bin, "bare", bin, "work"}, bin + " was not recorded (1 time): it was started without LD_PRELOAD"},
	} {
		dir := t.TempDir()
		r := testkit.Run(t, heapprofRun([]string{"--children", "-o", filepath.Join(dir, "p.json")}, bin, c.args...))
		if r.Status != 3 || !strings.Contains(r.Stderr, c.words) || c.words == "" && strings.Contains(r.Stderr, "not recorded") {
			t.Errorf("%v: status %d, want %q\n%s", c.args, r.Status, c.words, r.Stderr)
		}
	}
}

// TestAnExecThatFailsBeginsNothing, whatever its arguments point to.
func TestAnExecThatFailsBeginsNothing(t *testing.T) {
	bin, file := testkit.Build(t, "execs.c"), filepath.Join(t.TempDir(), "p.json")
	r := testkit.Run(t, heapprofRun([]string{"--children", "-o", file}, bin, "absent"))
	if p := readRecording(t, file); r.Status != 4 || p.Recording.ExitCode != 4 || strings.Contains(r.Stderr, "not recorded") {
		t.Errorf("status %d, in the profile %d\n%s", r.Status, p.Recording.ExitCode, r.Stderr)
	}
}

// TestARunIsNamedAfterWhatRunsInTheEnd: its file, and the closing words.
func TestARunIsNamedAfterWhatRunsInTheEnd(t *testing.T) {
	dir, bin := t.TempDir(), testkit.Build(t, "execs.c")
	other := filepath.Join(dir, "other")
	if err := os.Symlink(bin, other); err != nil {
		t.Fatal(err)
	}
	r := testkit.Run(t, heapprofRun([]string{"-o", filepath.Join(dir, "%n.json")}, "env", other, "become", bin, "become", other, "work"))
	if _, err := os.Stat(filepath.Join(dir, "other.json")); err != nil || !strings.Contains(r.Stderr, "heapprof: other exited with status 3") {
		t.Errorf("%v\n%s", err, r.Stderr)
	}
	for way, script := range map[string]string{
		"by-loader": `exec /lib64/ld-linux-x86-64.so.2 --library-path /nowhere "$@"`,
		"renamed":   `exec -a another /lib64/ld-linux-x86-64.so.2 --library-path /nowhere "$@"`,
	} {
		r = testkit.Run(t, heapprofRun([]string{"-o", filepath.Join(dir, way+"-%n.json")}, "bash", "-c", script, "bash", bin, "work"))
		if _, err := os.Stat(filepath.Join(dir, way+"-execs.json")); err != nil || !strings.Contains(r.Stderr, "heapprof: execs exited with status 3") {
			t.Errorf("%s: %v\n%s", way, err, r.Stderr)
		}
	}
}

// TestAProgramWithLittleAddressSpaceIsRecorded: what heapprof takes of it is the program's.
func TestAProgramWithLittleAddressSpaceIsRecorded(t *testing.T) {
	bin, file := testkit.Build(t, "execs.c"), filepath.Join(t.TempDir(), "p.json")
	r := testkit.Run(t, heapprofRun([]string{"-q", "-o", file}, "sh", "-c", "ulimit -v 9000; exec "+bin+" work"))
	if p := readRecording(t, file); r.Status != 3 || p.Totals().TotalBytes < 100_000 || p.Recording.Counts.LostEvents != 0 {
		t.Errorf("status %d, %+v, %+v", r.Status, p.Totals(), p.Recording.Counts)
	}
}

// TestThreadsWhoseFirstActIsVforkAreRecorded: what the child does before it becomes
// another program is done in the name of its parent's thread, which has another id.
func TestThreadsWhoseFirstActIsVforkAreRecorded(t *testing.T) {
	r := record(t, nil, testkit.Build(t, "vforks.c", "-g", "-O1", "-pthread"))
	if r.Status != 0 {
		t.Errorf("status %d\n%s", r.Status, r.Stderr)
	}
	wantOwnCounts(t, r, "vforks.c")
}
