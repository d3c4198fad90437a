//go:build linux && (amd64 || arm64)

package recordtest

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/dhat"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// recording is one run of a program under heapprof: how it ended, what it
// wrote, and its profile.
type recording struct {
	testkit.Result
	Profile *profile.Profile
	File    string // the profile's path
}

// record runs a program quietly under heapprof with the given flags and reads
// the profile, which must keep the format's promises.
func record(t *testing.T, flags []string, program string, args ...string) recording {
	t.Helper()
	file := filepath.Join(t.TempDir(), "profile.json")
	result := testkit.Run(t, heapprofRun(append([]string{"-q", "-o", file}, flags...), program, args...))
	if _, err := os.Stat(file); err != nil {
		t.Fatalf("no profile: %v\nstatus %d\n%s", err, result.Status, result.Stderr)
	}
	return recording{result, readRecording(t, file), file}
}

// recordCommand is record for a command of the caller's making, whose profile is file.
func recordCommand(t *testing.T, cmd *exec.Cmd, file string) recording {
	t.Helper()
	result := testkit.Run(t, cmd)
	if _, err := os.Stat(file); err != nil {
		t.Fatalf("no profile: %v\nstatus %d\n%s", err, result.Status, result.Stderr)
	}
	return recording{result, readRecording(t, file), file}
}

// heapprofRun is the command "heapprof run flags program args". The test binary
// stands in for heapprof on PATH (see cmd.TestMain).
func heapprofRun(flags []string, program string, args ...string) *exec.Cmd {
	line := slices.Concat([]string{"run"}, flags, []string{program}, args)
	return exec.Command("heapprof", line...)
}

func readRecording(t *testing.T, file string) *profile.Profile {
	t.Helper()
	p, err := format.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	checkProfile(t, p)
	return p
}

// checkProfile holds a profile against what is true of every one of ours.
func checkProfile(t *testing.T, p *profile.Profile) {
	t.Helper()
	if p.Recording == nil {
		t.Fatal("the profile lacks heapprof's own keys")
	}
	if len(p.Frames) == 0 || p.Frames[0] != profile.Root {
		t.Fatal("the frame table does not begin with [root]")
	}
	if p.Units.Time != "µs" {
		t.Errorf("the time unit is %q, want µs", p.Units.Time)
	}
	if p.PeakTime > p.EndTime {
		t.Errorf("the peak, at %d, is after the end, at %d", p.PeakTime, p.EndTime)
	}
	seen := make(map[string]bool)
	for i := range p.Points {
		pt := &p.Points[i]
		stack := fmt.Sprint(pt.Stack.Frames())
		if seen[stack] {
			t.Errorf("two points have the same frames: %s", stackText(p, pt))
		}
		seen[stack] = true
		for _, live := range []struct {
			when          string
			bytes, blocks uint64
		}{{"at the peak", pt.PeakBytes, pt.PeakBlocks}, {"at the end", pt.EndBytes, pt.EndBlocks}} {
			if live.bytes > pt.Rest().MaxBytes || live.blocks > pt.Rest().MaxBlocks || live.blocks > pt.TotalBlocks {
				t.Errorf("more is live %s (%d bytes, %d blocks) than ever (%d, %d of %d): %s", live.when,
					live.bytes, live.blocks, pt.Rest().MaxBytes, pt.Rest().MaxBlocks, pt.TotalBlocks, stackText(p, pt))
			}
		}
		if pt.Rest().TemporaryBlocks > pt.TotalBlocks || pt.Rest().Reallocs > pt.TotalBlocks {
			t.Errorf("of %d blocks %d are temporary and %d reallocs: %s",
				pt.TotalBlocks, pt.Rest().TemporaryBlocks, pt.Rest().Reallocs, stackText(p, pt))
		}
	}
	checkFrees(t, p)
	for i := range p.Recording.Snapshots {
		checkSnapshot(t, &p.Recording.Snapshots[i])
	}
}

// checkFrees wants each block that lives no more at the end, and none else, to have been freed
// somewhere. A block that was resized is one.
func checkFrees(t *testing.T, p *profile.Profile) {
	t.Helper()
	f := p.Recording.Frees
	if f == nil || p.Recording.Counts.LostEvents != 0 {
		return
	}
	freed := make([]sums, len(p.Points))
	for _, s := range f.Stacks {
		freed[s.Point].TotalBytes += s.Bytes
		freed[s.Point].TotalBlocks += s.Blocks
		if s.Blocks == 0 {
			t.Errorf("nothing was freed through a stack: %+v", s)
		}
	}
	for i := range p.Points {
		pt, got := &p.Points[i], freed[i]
		if got.TotalBlocks != pt.TotalBlocks-pt.Rest().Reallocs-pt.EndBlocks || pt.Rest().Reallocs == 0 && got.TotalBytes != pt.TotalBytes-pt.EndBytes {
			t.Errorf("%d bytes in %d blocks were freed of %d in %d, %d of them reallocs, where %d in %d live at the end: %s",
				got.TotalBytes, got.TotalBlocks, pt.TotalBytes, pt.TotalBlocks, pt.Rest().Reallocs, pt.EndBytes, pt.EndBlocks, stackText(p, pt))
		}
	}
}

// sums are the columns that are exact whatever the machine's speed.
type sums struct {
	TotalBytes, TotalBlocks uint64
	PeakBytes, PeakBlocks   uint64
	EndBytes, EndBlocks     uint64
}

func (s *sums) add(pt *profile.Point) {
	s.TotalBytes += pt.TotalBytes
	s.TotalBlocks += pt.TotalBlocks
	s.PeakBytes += pt.PeakBytes
	s.PeakBlocks += pt.PeakBlocks
	s.EndBytes += pt.EndBytes
	s.EndBlocks += pt.EndBlocks
}

// stack returns a point's frames, innermost first.
func stack(p *profile.Profile, pt *profile.Point) []profile.Frame {
	frames := make([]profile.Frame, pt.Stack.Len())
	for i, f := range pt.Stack.All() {
		frames[i] = p.Frames[f]
	}
	return frames
}

func stackText(p *profile.Profile, pt *profile.Point) string {
	var b strings.Builder
	for _, f := range pt.Stack.All() {
		b.WriteString("\n    ")
		b.WriteString(dhat.FormatFrame(&p.Frames[f]))
	}
	return b.String()
}

// allocatorNames are the functions that a profiler may show above the one that
// allocates.
var allocatorNames = []string{
	"malloc", "calloc", "realloc", "reallocarray", "posix_memalign", "aligned_alloc", "memalign", "valloc", "pvalloc",
}

// callers cuts the allocator's own frames from the top of a stack.
func callers(frames []profile.Frame) []profile.Frame {
	for len(frames) > 0 {
		name := frames[0].Function
		if !slices.Contains(allocatorNames, name) && !strings.HasPrefix(name, "operator new") {
			break
		}
		frames = frames[1:]
	}
	return frames
}

// isIn reports whether a frame is in one of the source files, given by base names.
func isIn(f profile.Frame, sources ...string) bool {
	return f.File != "" && slices.Contains(sources, filepath.Base(f.File))
}

// ownSums adds up the points whose allocation stands in one of the source files
// itself, not in a library that they call.
func ownSums(p *profile.Profile, sources ...string) sums {
	var s sums
	for i := range p.Points {
		if c := callers(stack(p, &p.Points[i])); len(c) > 0 && isIn(c[0], sources...) {
			s.add(&p.Points[i])
		}
	}
	return s
}

// functionStacks adds points up by the functions of the given source files that
// their stacks show, innermost first: "leaf < middle < main".
func functionStacks(p *profile.Profile, sources ...string) map[string]sums {
	stacks := make(map[string]sums)
	for i := range p.Points {
		var names []string
		for _, f := range stack(p, &p.Points[i]) {
			if isIn(f, sources...) {
				names = append(names, f.Function)
			}
		}
		key := strings.Join(names, " < ")
		s := stacks[key]
		s.add(&p.Points[i])
		stacks[key] = s
	}
	return stacks
}

// wantOwnCounts holds the points of a fixture's own sources against the counts
// that the fixture printed.
func wantOwnCounts(t *testing.T, r recording, sources ...string) {
	t.Helper()
	counts := testkit.Counts(r.Stdout)
	if _, ok := counts["total_bytes"]; !ok {
		t.Fatalf("the program printed no counts: status %d\n%s%s", r.Status, r.Stdout, r.Stderr)
	}
	got := ownSums(r.Profile, sources...)
	for _, c := range []struct {
		name string
		got  uint64
	}{
		{"total_bytes", got.TotalBytes},
		{"total_blocks", got.TotalBlocks},
		{"end_bytes", got.EndBytes},
		{"end_blocks", got.EndBlocks},
	} {
		if c.got != counts[c.name] {
			t.Errorf("%s: the profile has %d, the program counted %d", c.name, c.got, counts[c.name])
		}
	}
	if n := r.Profile.Recording.Counts.LostEvents; n != 0 {
		t.Errorf("%d events were lost", n)
	}
	if t.Failed() {
		t.Logf("stacks: %s", listStacks(functionStacks(r.Profile, sources...)))
	}
}

func listStacks(stacks map[string]sums) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(stacks)) {
		fmt.Fprintf(&b, "\n%+v %s", stacks[key], key)
	}
	return b.String()
}

// copyOver puts a copy of a program at a path, in the place of what may be there.
func copyOver(t *testing.T, from, to string) {
	t.Helper()
	// Another process writes it: children that this one starts meanwhile would keep
	// the file open for writing for a moment, and such a file cannot be run.
	if r := testkit.Run(t, exec.Command("cp", from, to+".new")); r.Status != 0 {
		t.Fatal(r.Stderr)
	}
	if err := os.Rename(to+".new", to); err != nil {
		t.Fatal(err)
	}
}

// findLibrary returns the path of a library that the compiler finds, or skips the test.
func findLibrary(t *testing.T, name string) string {
	t.Helper()
	text, err := exec.Command(testkit.Tool(t, "gcc"), "-print-file-name="+name).Output()
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimSpace(string(text))
	if !filepath.IsAbs(path) {
		testkit.Skip(t, "%s is not installed", name)
	}
	return path
}
