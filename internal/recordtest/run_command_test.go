//go:build linux && (amd64 || arm64)

package recordtest

import (
	"bufio"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"heapprof/cmd/console"
	"heapprof/internal/dhat"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

func TestOutputNames(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ output, want string }{
		{"", "heapprof.true.[0-9]*.json.gz"},
		{"plain.json", "plain.json"},
		{"a/b/c/deep.json", "a/b/c/deep.json"},
		{"%n-%p-%h.json", "true-[0-9]*-" + host + ".json"},
		{"%n/%h/x.json", "true/" + host + "/x.json"},
		{"100%%.json", "100%.json"},
		{"small.json.gz", "small.json.gz"},
		{"small.json.zst", "small.json.zst"},
	} {
		t.Run(c.output, func(t *testing.T) {
			dir := t.TempDir()
			flags := []string{"-q"}
			if c.output != "" {
				flags = append(flags, "--output", c.output)
			}
			cmd := heapprofRun(flags, "true")
			cmd.Dir = dir
			if r := testkit.Run(t, cmd); r.Status != 0 {
				t.Fatalf("status %d\n%s", r.Status, r.Stderr)
			}
			matches, err := filepath.Glob(filepath.Join(dir, c.want))
			if err != nil {
				t.Fatal(err)
			}
			files := filesBelow(t, dir)
			if len(matches) != 1 || len(files) != 1 || matches[0] != files[0] {
				t.Fatalf("want one file %s, there are %q", c.want, files)
			}
			p := readRecording(t, matches[0])
			if strings.Contains(c.output, "%p") {
				if pid := strconv.FormatInt(p.PID, 10); !strings.Contains(matches[0], "-"+pid+"-") {
					t.Errorf("%s does not hold the process's id %s", matches[0], pid)
				}
			}
			wantCompression(t, matches[0])
		})
	}
}

// wantCompression checks that a file is compressed as its name says.
func wantCompression(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	magic := map[string][]byte{".gz": {0x1f, 0x8b}, ".zst": {0x28, 0xb5, 0x2f, 0xfd}}
	want, ok := magic[filepath.Ext(file)]
	if !ok {
		want = []byte("{")
	}
	if !bytes.HasPrefix(data, want) {
		t.Errorf("%s begins with % x, want % x", file, data[:4], want)
	}
}

func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestAFormerProfileIsReplacedWhole(t *testing.T) {
	file := filepath.Join(t.TempDir(), "profile.json")
	if err := os.WriteFile(file, bytes.Repeat([]byte("old"), 1<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	testkit.Run(t, heapprofRun([]string{"-q", "-o", file}, "true"))
	readRecording(t, file)
	if files := filesBelow(t, filepath.Dir(file)); len(files) != 1 {
		t.Errorf("something was left beside the profile: %q", files)
	}
}

func TestAnUnwritableOutputIsSaidBeforeTheProgramRuns(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, output := range []string{filepath.Join(dir, "file", "below.json"), dir, "-", ""} {
		r := testkit.Run(t, heapprofRun([]string{"-o", output}, "touch", filepath.Join(dir, "ran")))
		if r.Status != console.ExitRunFailure || !strings.HasPrefix(r.Stderr, "heapprof: ") || strings.Count(r.Stderr, "\n") != 1 {
			t.Errorf("-o %s: status %d, want %d and one line; got %q", output, r.Status, console.ExitRunFailure, r.Stderr)
		}
		if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
			t.Errorf("-o %s: the program ran though its profile could not be written", output)
		}
	}
}

func TestTheDirectoryMayHaveTheProcessIDAsItsName(t *testing.T) {
	dir := t.TempDir()
	testkit.Run(t, heapprofRun([]string{"-q", "-o", filepath.Join(dir, "%p", "%n.json")}, "true"))
	files := filesBelow(t, dir)
	if len(files) != 1 || strings.Contains(files[0], string(filepath.Separator)+"0"+string(filepath.Separator)) {
		t.Errorf("got %q", files)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("directories %v were made", entries)
	}
}

func TestProgramsThatCannotBeProfiledAreRefusedAtOnce(t *testing.T) {
	dir := t.TempDir()
	static := testkit.Build(t, "tree.c", "-O0", "-static", "-s")
	staticPIE := testkit.Build(t, "tree.c", "-O0", "-static-pie", "-s")
	noLibrary := testkit.Build(t, "bare.c", "-O0", "-static", "-nostdlib")
	foreign := filepath.Join(dir, "foreign")
	writeForeign(t, foreign)
	setuid := makeSetuid(t, dir)
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!"+static+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, program string
		words         []string
	}{
		{"static and stripped", static, []string{"static", "stripped", "strip -g"}},
		{"static, position-independent and stripped", staticPIE, []string{"static", "stripped"}},
		{"a dynamic loader", loaderOf(t), []string{"loader"}},
		{"static without a known C library", noLibrary, []string{"static", "neither glibc nor musl"}},
		{"another machine's", foreign, []string{"arm64"}},
		{"setuid", setuid, []string{"setuid"}},
		{"script with a stripped static interpreter", script, []string{"static", "stripped"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := filepath.Join(dir, "profile.json")
			start := time.Now()
			r := testkit.Run(t, heapprofRun([]string{"-o", out}, c.program))
			if r.Status != console.ExitNotExecutable || r.Stdout != "" {
				t.Errorf("status %d and output %q, want %d and none", r.Status, r.Stdout, console.ExitNotExecutable)
			}
			// One line: the program, the reason, the hint after a semicolon or colon.
			if !strings.HasPrefix(r.Stderr, "heapprof: ") || !strings.Contains(r.Stderr, filepath.Base(c.program)) {
				t.Errorf("the message does not name the program: %q", r.Stderr)
			}
			for _, word := range c.words {
				if !strings.Contains(strings.ToLower(r.Stderr), word) {
					t.Errorf("the message does not say %q: %q", word, r.Stderr)
				}
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("a profile was written")
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// loaderOf returns the dynamic loader of programs here.
func loaderOf(t *testing.T) string {
	t.Helper()
	f, err := elf.Open(testkit.Build(t, "tree.c"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			name := make([]byte, p.Filesz-1)
			if _, err := p.ReadAt(name, 0); err != nil {
				t.Fatal(err)
			}
			return string(name)
		}
	}
	t.Fatal("a program has no loader")
	return ""
}

// writeForeign makes a file with the header of an executable for arm64.
func writeForeign(t *testing.T, file string) {
	t.Helper()
	header := elf.Header64{
		Type:    uint16(elf.ET_EXEC),
		Machine: uint16(elf.EM_AARCH64),
		Version: uint32(elf.EV_CURRENT),
		Phoff:   64, Ehsize: 64, Phentsize: 56, Phnum: 1, Shentsize: 64,
	}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS] = byte(elf.ELFCLASS64)
	header.Ident[elf.EI_DATA] = byte(elf.ELFDATA2LSB)
	header.Ident[elf.EI_VERSION] = byte(elf.EV_CURRENT)
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, header); err != nil {
		t.Fatal(err)
	}
	if err := binary.Write(&b, binary.LittleEndian, elf.Prog64{Type: uint32(elf.PT_INTERP)}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
}

// makeSetuid returns a program that would run as another user: a copy of a
// fixture where the test may make one, one of the system's elsewhere.
func makeSetuid(t *testing.T, dir string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		return testkit.Tool(t, "su")
	}
	file := filepath.Join(dir, "setuid")
	copyOver(t, testkit.Build(t, "tree.c"), file)
	const nobody = 65534
	if err := os.Chown(file, nobody, nobody); err != nil {
		testkit.Skip(t, "cannot give a file to another user: %v", err)
	}
	if err := os.Chmod(file, 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	return file
}

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

// startAndWaitForLine starts a program under heapprof in a process group of its own
// and waits until it has printed a line; what it prints then is thrown away.
func startAndWaitForLine(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			cmd.Wait()
		}
	})
	r := bufio.NewReader(stdout)
	if _, err := r.ReadString('\n'); err != nil {
		t.Fatalf("the program printed no line: %v", err)
	}
	go io.Copy(io.Discard, r) // ends when the program does
}

func TestSignalsEndTheProgramAndTheProfileIsWritten(t *testing.T) {
	bin := testkit.Build(t, "exits.c")
	for _, c := range []struct {
		name   string
		way    string
		signal syscall.Signal
		group  bool // as a terminal does for Ctrl-C: to every process in the foreground
	}{
		{"Ctrl-C", "wait", syscall.SIGINT, true},
		{"Ctrl-C while it allocates", "spin", syscall.SIGINT, true},
		{"SIGTERM", "wait", syscall.SIGTERM, false},
		{"SIGTERM to the group", "spin", syscall.SIGTERM, true},
		{"SIGHUP", "wait", syscall.SIGHUP, false},
		{"SIGQUIT", "wait", syscall.SIGQUIT, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "p.json")
			cmd := heapprofRun([]string{"-q", "-o", out}, bin, c.way)
			heed(t, c.signal)
			startAndWaitForLine(t, cmd)
			target := cmd.Process.Pid
			if c.group {
				target = -target
			}
			if err := syscall.Kill(target, c.signal); err != nil {
				t.Fatal(err)
			}
			cmd.Wait()
			if got, want := testkit.Status(cmd.ProcessState), 128+int(c.signal); got != want {
				t.Errorf("status %d, want %d", got, want)
			}
			p := readRecording(t, out)
			if p.Recording.Signal != int(c.signal) {
				t.Errorf("the profile says signal %d, want %d", p.Recording.Signal, c.signal)
			}
			// 150 blocks before the signal; those that live are of the first loop.
			if s := ownSums(p, "exits.c"); s.TotalBlocks < 150 || s.EndBlocks < 100 || s.EndBlocks > 101 {
				t.Errorf("the profile has %+v, want 150 blocks or more, and 100 at the end", s)
			}
		})
	}
}

// heed has programs that are started from now on end by a signal, though this process
// was started so that they would ignore it: by nohup, or in a shell's background.
func heed(t *testing.T, s syscall.Signal) {
	t.Helper()
	if signal.Ignored(s) {
		caught := make(chan os.Signal, 1)
		signal.Notify(caught, s) // what is caught goes back to its default in a program that is executed
		t.Cleanup(func() { signal.Stop(caught) })
	}
}

func TestTheProgramRunsOnWhenHeapprofIsKilled(t *testing.T) {
	dir := t.TempDir()
	perl := testkit.Tool(t, "perl")
	done := filepath.Join(dir, "done")
	// More events than any ring holds, after heapprof is gone.
	cmd := heapprofRun([]string{"-q", "-o", filepath.Join(dir, "p.json")}, perl, "-e", `
		$| = 1; print "ready\n"; sleep 1;
		for $round (1 .. 20) { my %h; $h{$_} = "x" x ($_ % 100) for 1 .. 20000; }
		open my $f, ">", $ARGV[0]; print $f "done\n"; close $f`, done)
	startAndWaitForLine(t, cmd)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	for deadline := time.Now().Add(30 * time.Second); ; {
		if data, _ := os.ReadFile(done); string(data) == "done\n" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the program did not reach its end after heapprof was killed")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func TestExecGoesOnInTheOtherProgram(t *testing.T) {
	bin := testkit.Build(t, "exits.c")
	r := record(t, nil, bin, "exec")
	if r.Status != 0 || !strings.HasSuffix(r.Stdout, "gone on\n") {
		t.Errorf("status %d and output %q", r.Status, r.Stdout)
	}
}

func TestADaemonOutlivesTheProfile(t *testing.T) {
	done := filepath.Join(t.TempDir(), "done")
	start := time.Now()
	r := record(t, nil, testkit.Build(t, "children.c"), "daemon", done)
	if r.Status != 0 {
		t.Fatalf("status %d\n%s", r.Status, r.Stderr)
	}
	wantOwnCounts(t, r, "children.c")
	for deadline := start.Add(20 * time.Second); ; {
		if data, _ := os.ReadFile(done); string(data) == "done\n" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the daemon did not reach its end")
		}
		time.Sleep(20 * time.Millisecond)
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
			pt.TotalLifetime = 0
			if f := pt.Facts; f != nil { // of which these depend on when what lived
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

func TestAServerEndsCleanlyOnSIGTERM(t *testing.T) {
	redis := testkit.Tool(t, "redis-server")
	dir := t.TempDir()
	out, socket := filepath.Join(dir, "p.json"), filepath.Join(dir, "s")
	cmd := heapprofRun([]string{"-q", "-o", out}, redis, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir)
	startAndWaitForLine(t, cmd)
	var server net.Conn
	for deadline := time.Now().Add(20 * time.Second); server == nil; {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			server = conn
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		} else {
			time.Sleep(20 * time.Millisecond)
		}
	}
	defer server.Close()
	const keys = 5000
	replies := bufio.NewReader(server)
	for i := range keys {
		fmt.Fprintf(server, "SET key:%d value\r\n", i)
		if line, err := replies.ReadString('\n'); line != "+OK\r\n" {
			t.Fatalf("redis answers %q: %v", line, err)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if got := testkit.Status(cmd.ProcessState); got != 0 {
		t.Errorf("status %d, want redis's own 0", got)
	}
	p := readRecording(t, out)
	// A key, its value and its entry are blocks of their own, or two in one.
	if sum := p.Totals(); sum.TotalBlocks < 2*keys || sum.PeakBlocks < 2*keys || p.Recording.Counts.LostEvents != 0 {
		t.Errorf("%d blocks, %d at the peak, %d events lost: want at least %d and none",
			sum.TotalBlocks, sum.PeakBlocks, p.Recording.Counts.LostEvents, 2*keys)
	}
}

// takeFile reads a file and removes it; no name is no file.
func takeFile(t *testing.T, name string) []byte {
	t.Helper()
	if name == "" {
		return nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	return data
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
