//go:build linux && amd64

package recordtest

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// familyRun is one run of a program and all that it started.
type familyRun struct {
	testkit.Result
	Main     *profile.Profile            // of the process with the largest peak
	Children map[string]*profile.Profile // by the file's base name
	Counts   []processCounts             // what forks.c says, in the order of the processes' ends
}

// all returns the profiles.
func (r familyRun) all() []*profile.Profile {
	return append(slices.Collect(maps.Values(r.Children)), r.Main)
}

// processCounts is what one program in a process counted.
type processCounts struct {
	pid int64
	sums
}

// recordFamily runs a program under heapprof run --children. A word COUNTS among
// its arguments stands for a file into which the processes write their counts.
func recordFamily(t *testing.T, program string, args ...string) familyRun {
	t.Helper()
	dir := t.TempDir()
	counts := filepath.Join(t.TempDir(), "counts")
	args = slices.Clone(args)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "COUNTS", counts)
	}
	result := testkit.Run(t, heapprofRun([]string{"-q", "--children", "-o", filepath.Join(dir, "p.json")}, program, args...))
	return readFamily(t, result, dir, counts)
}

func readFamily(t *testing.T, result testkit.Result, dir, counts string) familyRun {
	t.Helper()
	r := familyRun{Result: result, Children: make(map[string]*profile.Profile), Counts: readCounts(t, counts)}
	for _, file := range filesBelow(t, dir) {
		p := readRecording(t, file)
		if c := p.Recording.Counts; c.LostEvents != 0 || c.UnknownFrees != 0 || c.Unprofiled != 0 {
			t.Errorf("%s: %d events lost, %d unknown frees, %d processes not profiled; want none",
				filepath.Base(file), c.LostEvents, c.UnknownFrees, c.Unprofiled)
		}
		if filepath.Base(file) == "p.json" {
			r.Main = p
		} else {
			r.Children[filepath.Base(file)] = p
		}
	}
	if r.Main == nil {
		t.Fatalf("no profile: status %d\n%s", result.Status, result.Stderr)
	}
	return r
}

// readCounts reads the lines that forks.c wrote; no file is no lines.
func readCounts(t *testing.T, file string) []processCounts {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var all []processCounts
	for line := range strings.Lines(string(text)) {
		n := testkit.Counts(line)
		all = append(all, processCounts{int64(n["pid"]), sums{
			TotalBytes: n["total_bytes"], TotalBlocks: n["total_blocks"],
			PeakBytes: n["peak_bytes"], PeakBlocks: n["peak_blocks"],
			EndBytes: n["end_bytes"], EndBlocks: n["end_blocks"],
		}})
	}
	return all
}

// wantCounted holds every profile with blocks of source against what its
// process counted: one profile for each line, and one line for each profile.
// Peaks are compared too unless other threads allocated meanwhile.
func (r familyRun) wantCounted(t *testing.T, source string, peaks bool) {
	t.Helper()
	left := slices.Clone(r.Counts)
	hold := func(name string, p *profile.Profile) {
		got := processCounts{p.PID, ownSums(p, source)}
		if got.TotalBlocks == 0 {
			return // another program: a shell
		}
		i := slices.IndexFunc(left, func(c processCounts) bool {
			if !peaks {
				c.PeakBytes, c.PeakBlocks = got.PeakBytes, got.PeakBlocks
			}
			return c == got
		})
		if i < 0 {
			t.Errorf("%s: process %d has %+v, which no process counted", name, got.pid, got.sums)
			return
		}
		left = slices.Delete(left, i, i+1)
	}
	hold("p.json", r.Main)
	for name, p := range r.Children {
		hold(name, p)
	}
	for _, c := range left {
		t.Errorf("process %d counted %+v, which stands in no profile", c.pid, c.sums)
	}
}

// byProgram counts the profiles by the names of their programs.
func byProgram(r familyRun) map[string]int {
	programs := make(map[string]int)
	for _, p := range r.all() {
		name, _, _ := strings.Cut(filepath.Base(p.Recording.Program), "-") // x86_64-linux-gnu-gcc-12
		if i := strings.LastIndex(p.Recording.Program, "linux-gnu-"); i >= 0 {
			name, _, _ = strings.Cut(p.Recording.Program[i+len("linux-gnu-"):], "-")
		}
		programs[name]++
	}
	return programs
}
