//go:build linux && (amd64 || arm64)

package recordtest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"heapprof/internal/dhat"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

func TestStandardStreamsAreTheProgramsOwn(t *testing.T) {
	cmd := heapprofRun([]string{"-q", "-o", filepath.Join(t.TempDir(), "p.json")},
		"sh", "-c", "cat; printf 'to \\000 stderr' >&2")
	input := strings.Repeat("any bytes \x00\xff\n", 10000)
	cmd.Stdin = strings.NewReader(input)
	r := testkit.Run(t, cmd)
	if r.Stdout != input {
		t.Errorf("standard output has %d bytes, want the %d of standard input", len(r.Stdout), len(input))
	}
	if r.Stderr != "to \x00 stderr" {
		t.Errorf("standard error is %q", r.Stderr)
	}
}

func TestTheProgramSeesNoFileOfOurs(t *testing.T) {
	// What ls sees open is its own directory's descriptor and what it was given.
	native := testkit.Run(t, exec.Command("ls", "/proc/self/fd"))
	r := record(t, nil, "ls", "/proc/self/fd")
	if r.Stdout != native.Stdout {
		t.Errorf("open files under heapprof: %q, natively %q", r.Stdout, native.Stdout)
	}
}

func TestQuietSaysNothing(t *testing.T) {
	if r := record(t, nil, "true"); r.Stdout != "" || r.Stderr != "" {
		t.Errorf("heapprof -q wrote %q and %q", r.Stdout, r.Stderr)
	}
}

func TestSummaryTellsTheProgramsNumbers(t *testing.T) {
	out := filepath.Join(t.TempDir(), "tree.json")
	r := testkit.Run(t, heapprofRun([]string{"--top", "3", "-o", out}, testkit.Build(t, "tree.c")))
	counts := testkit.Counts(r.Stdout)
	p := readRecording(t, out)
	// 16,375 bytes are 16.0 KiB; whichever way a size is shown, blocks are exact.
	for _, want := range []string{
		out, "heapprof report", "new_node",
		strconv.FormatUint(counts["total_blocks"], 10),
		strconv.FormatUint(counts["peak_blocks"], 10),
		strconv.FormatUint(counts["end_blocks"], 10),
	} {
		if !strings.Contains(strings.ReplaceAll(r.Stderr, ",", ""), strings.ReplaceAll(want, ",", "")) {
			t.Errorf("the summary lacks %q:\n%s", want, r.Stderr)
		}
	}
	if strings.Contains(r.Stdout, "heapprof") {
		t.Errorf("the summary went to standard output: %q", r.Stdout)
	}
	if p.Command == "" || !strings.HasSuffix(p.Recording.Program, "/tree") {
		t.Errorf("the profile names the command %q, the program %q", p.Command, p.Recording.Program)
	}
}

func TestASummaryWithoutAllocationsSaysWhy(t *testing.T) {
	r := testkit.Run(t, heapprofRun([]string{"-o", filepath.Join(t.TempDir(), "p.json")}, testkit.Build(t, "quiet.c")))
	if r.Status != 0 || !strings.Contains(r.Stderr, "nothing was recorded") && !strings.Contains(r.Stderr, "no allocation") {
		t.Errorf("status %d, and the summary does not say that nothing was recorded, and why:\n%s", r.Status, r.Stderr)
	}
}

func TestTheProgramsOwnPreloadStays(t *testing.T) {
	bump := testkit.Build(t, "bump.c", "-O2", "-g", "-shared", "-fPIC")
	cmd := heapprofRun([]string{"-q", "-o", filepath.Join(t.TempDir(), "p.json")}, "cat", "/proc/self/maps")
	cmd.Env = append(os.Environ(), "LD_PRELOAD="+bump)
	if r := testkit.Run(t, cmd); r.Status != 0 || !strings.Contains(r.Stdout, bump) {
		t.Errorf("status %d, and %s is not among the program's libraries:\n%s", r.Status, bump, r.Stderr)
	}
}

func TestAProgramThatSleepsTakesLessOfTheProcessorsThanItRuns(t *testing.T) {
	p := record(t, nil, "sleep", "0.3").Profile
	if cpu := p.Recording.CPUTime; cpu == 0 || cpu >= p.EndTime {
		t.Errorf("%d µs on processors in a run of %d µs", cpu, p.EndTime)
	}
}

func TestTwoRunsDifferOnlyInTimesAndAddresses(t *testing.T) {
	bin := testkit.Build(t, "recursion.c")
	a, b := record(t, nil, bin).Profile, record(t, nil, bin).Profile
	for _, p := range []*profile.Profile{a, b} {
		p.PID, p.PeakTime, p.EndTime, p.Moments = 0, 0, 0, nil
		p.Recording.Start, p.Timeline, p.Recording.AnonymousPeak = time.Time{}, nil, 0
		p.Recording.CPUTime = 0
		p.Recording.Resident, p.Recording.Lifetimes, p.Recording.ByThread = nil, nil, nil
		for i := range p.Points {
			pt := &p.Points[i]
			pt.Edit().TotalLifetime = 0
			if f := pt.Rest().Facts; f != nil { // of which these depend on when what lived
				f.History, f.Births, f.Lifetimes, f.Partner = nil, nil, nil, nil
			}
		}
		for i := range p.Frames {
			p.Frames[i].Addr = 0
		}
		for _, m := range p.Modules {
			m.Start, m.End, m.Bias = 0, 0, 0
		}
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("the profiles of two runs of the same program differ: %d and %d points, %d and %d frames",
			len(a.Points), len(b.Points), len(a.Frames), len(b.Frames))
	}
}

// TestRealProgramsBehaveAsNatively runs programs that nobody here wrote.
func TestRealProgramsBehaveAsNatively(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	source := write("shapes.cc", "#include <map>\n#include <string>\n#include <vector>\n"+
		"std::map<std::string, std::vector<int>> m;\nint main() { m[\"a\"].push_back(1); return int(m.size()); }\n")
	object := filepath.Join(dir, "shapes.o")
	query := write("query.sql", "CREATE TABLE t(a INTEGER, b TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<5000) "+
		"INSERT INTO t SELECT i, 'row ' || i FROM n; SELECT count(*), sum(length(b)) FROM t; SELECT b FROM t ORDER BY b DESC LIMIT 3;\n")
	for _, c := range []struct {
		name   string
		tool   string
		args   []string
		blocks uint64 // at least so many
		writes string // a file whose content is compared too
	}{
		{name: "perl", tool: "perl", blocks: 20000, args: []string{"-e", `my %h; $h{$_} = "v$_" for 1 .. 20000; print scalar(keys %h), "\n"; exit 3`}},
		{name: "python", tool: "python3", blocks: 1000, args: []string{"-c", `import json, sys; d = {str(i): list(range(i % 20)) for i in range(3000)}; print(len(json.dumps(d))); sys.exit(4)`}},
		{name: "g++", tool: "g++", blocks: 100, args: []string{"-O1", "-c", source, "-o", object}, writes: object},
		{name: "git", tool: "git", blocks: 100, args: []string{"diff", "--no-index", "--stat", "--patch", source, query}},
		{name: "sqlite", tool: "sqlite3", blocks: 5000, args: []string{":memory:", ".read " + query}},
		{name: "bash", tool: "bash", blocks: 500, args: []string{"-c", `for i in {1..500}; do a[i]=$i; done; echo "${#a[@]}" "$(echo in a child)"; (exit 9)`}},
		{name: "sort", tool: "sort", blocks: 1, args: []string{"-r", "/etc/passwd", "/etc/group"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tool := testkit.Tool(t, c.tool)
			if c.tool == "python3" {
				tool = python(t)
			}
			native := testkit.Run(t, exec.Command(tool, c.args...))
			written := takeFile(t, c.writes)
			r := record(t, nil, tool, c.args...)
			if !bytes.Equal(takeFile(t, c.writes), written) {
				t.Errorf("%s is not what it is natively", c.writes)
			}
			if r.Result != native {
				t.Errorf("under heapprof: %s\nnatively: %s", shorten(r.Result), shorten(native))
			}
			if n := r.Profile.Totals().TotalBlocks; n < c.blocks {
				t.Errorf("%d blocks were recorded, want %d or more", n, c.blocks)
			}
			if n := r.Profile.Recording.Counts.LostEvents; n != 0 {
				t.Errorf("%d events were lost", n)
			}
		})
	}
}

// TestAServerEndsCleanlyOnSIGTERM runs a server with threads and an allocator of
// its own (Debian links redis to jemalloc), gives it work and stops it as a
// supervisor would.
// python returns the path of a Python that is a program: version managers put a shell script of
// that name on PATH.
func python(t *testing.T) string {
	t.Helper()
	const path = "/usr/bin/python3"
	if _, err := os.Stat(path); err == nil {
		return path
	}
	return testkit.Tool(t, "python3")
}

// TestDHATsViewerTakesWhatWasRecorded asks valgrind's own viewer, which counts
// for itself.
func TestDHATsViewerTakesWhatWasRecorded(t *testing.T) {
	for name, r := range map[string]recording{
		"C":               record(t, nil, testkit.Build(t, "tree.c")),
		"C++, inlined":    record(t, nil, testkit.Build(t, "containers.cc", "-O2", "-g")),
		"no allocation":   record(t, nil, testkit.Build(t, "quiet.c")),
		"cut stacks":      record(t, []string{"--depth", "3"}, testkit.Build(t, "recursion.c")),
		"nobody here's":   record(t, nil, testkit.Tool(t, "perl"), "-e", `my @a = map { [$_] } 1 .. 1000`),
		"killed":          record(t, nil, testkit.Build(t, "exits.c"), "kill"),
		"threads, leaked": record(t, nil, testkit.Build(t, "threads.c")),
	} {
		t.Run(name, func(t *testing.T) {
			view, sum := testkit.DHATView(t, r.File), r.Profile.Totals()
			if view.TotalBytes != sum.TotalBytes || view.TotalBlocks != sum.TotalBlocks ||
				view.PeakBytes != sum.PeakBytes || view.PeakBlocks != sum.PeakBlocks ||
				view.EndBytes != sum.EndBytes || view.EndBlocks != sum.EndBlocks || view.Points != len(r.Profile.Points) {
				t.Errorf("the viewer counts %+v\nheapprof counts %+v", view, sum)
			}
		})
	}
}

func shorten(r testkit.Result) string {
	cut := func(s string) string {
		if len(s) > 300 {
			return fmt.Sprintf("%q… (%d bytes)", s[:300], len(s))
		}
		return strconv.Quote(s)
	}
	return fmt.Sprintf("status %d, output %s, error %s", r.Status, cut(r.Stdout), cut(r.Stderr))
}

func TestFramesAreWrittenForFirefoxProfiler(t *testing.T) {
	p := record(t, nil, testkit.Build(t, "containers.cc", "-O2", "-g")).Profile
	// It reads a frame as address, name, and place in brackets at the end.
	form := regexp.MustCompile(`^0x[0-9a-fA-F]+: .+ \(.+\)$`)
	for i := range p.Frames[1:] {
		text := dhat.FormatFrame(&p.Frames[1+i])
		if text != "[truncated]" && !form.MatchString(text) {
			t.Errorf("%q has not the form that Firefox Profiler reads", text)
		}
	}
}

func TestScriptsRunUnderTheirInterpreter(t *testing.T) {
	perl := testkit.Tool(t, "perl")
	script := filepath.Join(t.TempDir(), "script.pl")
	if err := os.WriteFile(script, []byte("#!"+perl+" -w\nprint \"@ARGV\\n\"; my @a = map { \"x\" x $_ } 1 .. 500; exit @a / 100;\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := record(t, nil, script, "one", "two words")
	if r.Stdout != "one two words\n" || r.Status != 5 {
		t.Errorf("status %d and output %q", r.Status, r.Stdout)
	}
	if !slices.ContainsFunc(r.Profile.Modules, func(m *profile.Module) bool { return strings.Contains(m.Path, "perl") }) {
		t.Errorf("perl is not among the profile's modules: %v", r.Profile.Modules)
	}
}
