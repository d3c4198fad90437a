//go:build linux && amd64

package recordtest

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"heapprof/cmd/opening"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestAnAttachedProfileHasWhatTheProgramCounted: from the moment that attach says that it records, each call counts of every
// thread, busy or not, and what was there before is in no number but that of frees.
func TestAnAttachedProfileHasWhatTheProgramCounted(t *testing.T) {
	for _, c := range []struct {
		name  string
		noisy bool // threads allocate and free all the time, also while they are attached to and left
	}{{name: "quiet"}, {name: "busy", noisy: true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := visit(t)
			if c.noisy {
				v.ask("n")
			}
			before := testkit.Counts(v.ask("w"))
			a := attachTo(t, v.pid())
			middle := v.ask("w")
			after := testkit.Counts(v.ask("w"))
			p := a.end(syscall.SIGINT)
			var got sums
			for i := range p.Points {
				if !slices.ContainsFunc(stack(p, &p.Points[i]), func(f profile.Frame) bool { return f.Function == "noise" }) {
					got.add(&p.Points[i])
				}
			}
			want := sums{
				TotalBlocks: after["blocks"] - before["blocks"], TotalBytes: after["bytes"] - before["bytes"],
				EndBlocks: after["live"] - before["live"], EndBytes: after["live-bytes"] - before["live-bytes"],
			}
			if got.TotalBlocks != want.TotalBlocks || got.TotalBytes != want.TotalBytes || got.EndBlocks != want.EndBlocks || got.EndBytes != want.EndBytes {
				t.Errorf("recorded %+v, want %+v; in the middle it had %s", got, want, middle)
			}
			r := p.Recording.Attached
			freed, resized := after["old-freed"]-before["old-freed"], after["old-resized"]-before["old-resized"]
			atOnce := uint64(0) // blocks of the noise that there were when it was attached to
			if c.noisy {
				atOnce = visitedThreads
			}
			if r.FreedBefore < freed || r.FreedBefore > freed+atOnce || r.ResizedBefore != resized {
				t.Errorf("%d of blocks from before were freed and %d resized, want %d and %d", r.FreedBefore, r.ResizedBefore, freed, resized)
			}
			if counts := p.Recording.Counts; counts != (profile.Counts{}) {
				t.Errorf("%+v", counts)
			}
			if r.Age == 0 || r.Pauses.Count == 0 || r.Pauses.Longest == 0 || r.End != profile.AttachAsked {
				t.Errorf("%+v", r)
			}
			v.isAsBefore()
		})
	}
}

// TestAnAttachEnds at a time, when it is told to, and with the process; each time there is a profile.
func TestAnAttachEnds(t *testing.T) {
	for _, c := range []struct {
		name  string
		flags []string
		end   func(*visited, *attached)
		want  profile.AttachEnd
		says  string
		over  bool // the program is not there any more
	}{
		{name: "after a time", flags: []string{"--duration", "1s"}, end: func(*visited, *attached) {}, want: profile.AttachDuration, says: "runs on"},
		{name: "at SIGTERM", end: func(_ *visited, a *attached) { a.signal(syscall.SIGTERM) }, want: profile.AttachAsked, says: "runs on"},
		{name: "at SIGHUP", end: func(_ *visited, a *attached) { a.signal(syscall.SIGHUP) }, want: profile.AttachAsked, says: "runs on"},
		{name: "at Ctrl-C twice", end: func(_ *visited, a *attached) { a.signal(syscall.SIGINT); a.signal(syscall.SIGINT) }, want: profile.AttachAsked, says: "runs on"},
		{name: "with the process", end: func(v *visited, _ *attached) { v.close() }, want: profile.AttachExited, says: "has ended", over: true},
		{name: "as it is killed", end: func(v *visited, _ *attached) { v.cmd.Process.Kill() }, want: profile.AttachExited, says: "has ended", over: true},
		{name: "as it becomes another", end: func(v *visited, _ *attached) { io.WriteString(v.in, "e") }, want: profile.AttachExec, says: "has become another program", over: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := visit(t)
			before := testkit.Counts(v.ask("w"))
			a := attachTo(t, v.pid(), c.flags...)
			after := testkit.Counts(v.ask("w"))
			c.end(v, a)
			p := a.end(0)
			if got, want := p.Totals().TotalBlocks, after["blocks"]-before["blocks"]; got != want || p.Recording.Attached.End != c.want {
				t.Errorf("%d blocks, and it ended as %q, want %d and %q", got, p.Recording.Attached.End, want, c.want)
			}
			if said := a.said(); !strings.Contains(said, c.says) {
				t.Errorf("it says %q, want %q", said, c.says)
			}
			if !c.over {
				v.isAsBefore()
			}
		})
	}
}

// TestChildrenThatAnAttachedProcessForksAreRecorded if that is asked for, each in a file of its own; else they are let go.
func TestChildrenThatAnAttachedProcessForksAreRecorded(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"--children"}, nil} {
		v := visit(t)
		a := attachTo(t, v.pid(), flags...)
		v.ask("f")
		v.ask("F")
		v.ask("w")
		p := a.end(syscall.SIGINT)
		if p.Recording.Attached.End != profile.AttachAsked || p.PID != int64(v.pid()) {
			t.Errorf("%+v of %d", p.Recording.Attached, p.PID)
		}
		files, _ := filepath.Glob(filepath.Join(a.dir, "*.json"))
		if want := 1 + 2*len(flags); len(files) != want {
			t.Fatalf("%v, want %d files", files, want)
		}
		for _, file := range files {
			if file == a.file {
				continue
			}
			p := readRecording(t, file)
			got := functionStacks(p, "visited.c")["child_work < fork_one < main"]
			if got.TotalBlocks != 10 || got.EndBlocks != 7 || p.Recording.Attached == nil || p.Recording.Attached.End != profile.AttachForked {
				t.Errorf("%+v, %+v", got, p.Recording.Attached)
			}
		}
		v.isAsBefore()
	}
}

// TestASampledAttachCountsEveryBlock: what was allocated in all is exact, and nothing is said of blocks from before.
func TestASampledAttachCountsEveryBlock(t *testing.T) {
	t.Parallel()
	v := visit(t)
	before := testkit.Counts(v.ask("w"))
	a := attachTo(t, v.pid(), "--sample=4KiB")
	after := testkit.Counts(v.ask("w"))
	p := a.end(syscall.SIGINT)
	if got, want := p.Sampling.ExactBytes, after["bytes"]-before["bytes"]; got != want || p.Sampling.ExactBlocks != after["blocks"]-before["blocks"] {
		t.Errorf("%+v, want %d bytes in %d blocks", p.Sampling, want, after["blocks"]-before["blocks"])
	}
	if r := p.Recording.Attached; r.FreedBefore != 0 || r.ResizedBefore != 0 {
		t.Errorf("%+v", r)
	}
	v.isAsBefore()
}

// TestAProfileIsWrittenWhileAnAttachGoesOn, of what it has so far.
func TestAProfileIsWrittenWhileAnAttachGoesOn(t *testing.T) {
	t.Parallel()
	v := visit(t)
	a := attachTo(t, v.pid())
	first := testkit.Counts(v.ask("w"))
	if out, err := exec.Command("heapprof", "snapshot", "--no-copy", strconv.Itoa(v.pid())).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	second := testkit.Counts(v.ask("w"))
	p := a.end(syscall.SIGINT)
	early := readRecording(t, opening.BeforeSuffix(a.file, ".1"))
	if got := early.Totals().TotalBlocks; got != first["blocks"] || early.Recording.Dump == nil || early.Recording.Attached == nil {
		t.Errorf("%d blocks, want %d: %+v", got, first["blocks"], early.Recording)
	}
	if got := p.Totals().TotalBlocks; got != second["blocks"] || p.Recording.Dump != nil {
		t.Errorf("%d blocks at the end, want %d", got, second["blocks"])
	}
	v.isAsBefore()
}

// TestWhatCannotBeWrittenIsFoundBeforeAnAttach, and the process is left alone.
func TestWhatCannotBeWrittenIsFoundBeforeAnAttach(t *testing.T) {
	t.Parallel()
	v := visit(t)
	out, err := exec.Command("heapprof", "attach", "--duration", "1s", "-o", "/dev/null/p.json", strconv.Itoa(v.pid())).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "choose another place with --output") || strings.Contains(string(out), "recording") {
		t.Errorf("%v: %s", err, out)
	}
	v.isAsBefore()
}

// visitedThreads is how many threads the program has beside its first.
const visitedThreads = 8

// visited is the program visited.c, which runs and does what it is told.
type visited struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func visit(t *testing.T) *visited {
	t.Helper()
	v := &visited{t: t, cmd: exec.Command(testkit.Build(t, "visited.c", "-O1", "-g", "-pthread"), strconv.Itoa(visitedThreads))}
	var err error
	if v.in, err = v.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	v.out = bufio.NewReader(out)
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		v.cmd.Process.Kill()
		v.cmd.Wait()
	})
	v.line()
	return v
}

func (v *visited) pid() int { return v.cmd.Process.Pid }

func (v *visited) close() { v.in.Close() }

// ask has the program do something, and returns its answer.
func (v *visited) ask(letter string) string {
	v.t.Helper()
	if _, err := io.WriteString(v.in, letter); err != nil {
		v.t.Fatal(err)
	}
	return v.line()
}

func (v *visited) line() string {
	v.t.Helper()
	line, err := v.out.ReadString('\n')
	if err != nil {
		v.t.Fatalf("the program says no more: %v", err)
	}
	return line
}

// isAsBefore holds the program against what it would be had nobody come: nothing is mapped that was not, it works, and it ends as it should.
func (v *visited) isAsBefore() {
	v.t.Helper()
	for _, file := range []string{"maps", "status"} {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(v.pid()) + "/" + file)
		if err != nil {
			v.t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte(v.cmd.Path), nil) // which may lie in a directory of heapprof's
		if at := regexp.MustCompile(`(?m)^.*heapprof.*$|^TracerPid:\s*[1-9].*$`).Find(text); at != nil {
			v.t.Errorf("%s has %q", file, at)
		}
	}
	v.ask("w")
	v.close()
	if err := v.cmd.Wait(); testkit.Status(v.cmd.ProcessState) != 7 {
		v.t.Errorf("it ended with %v, want status 7", err)
	}
}

// attached is a heapprof attach that records.
type attached struct {
	t         *testing.T
	cmd       *exec.Cmd
	dir, file string
	lines     *bufio.Reader
	text      bytes.Buffer
}

// attachTo attaches to a process, and returns when that is recorded.
func attachTo(t *testing.T, pid int, flags ...string) *attached {
	t.Helper()
	a := &attached{t: t, dir: t.TempDir()}
	a.file = filepath.Join(a.dir, "p.json")
	args := append([]string{"attach", "-o", a.file}, flags...)
	a.cmd = exec.Command("heapprof", append(args, strconv.Itoa(pid))...)
	errors, err := a.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.cmd.Process.Kill() })
	a.lines = bufio.NewReader(io.TeeReader(errors, &a.text))
	for {
		line, err := a.lines.ReadString('\n')
		if err != nil {
			a.cmd.Wait()
			if strings.Contains(a.said(), "ptrace_scope") {
				testkit.Skip(t, "nobody may trace here: %s", a.said())
			}
			t.Fatalf("attach does not record: %s", a.said())
		}
		if strings.HasPrefix(line, "heapprof: recording ") {
			return a
		}
	}
}

func (a *attached) signal(s syscall.Signal) { a.cmd.Process.Signal(s) }

func (a *attached) said() string { return a.text.String() }

// end sends heapprof a signal, unless that is 0, waits for its end and returns the profile.
func (a *attached) end(s syscall.Signal) *profile.Profile {
	a.t.Helper()
	if s != 0 {
		a.signal(s)
	}
	stop := time.AfterFunc(2*time.Minute, func() { a.cmd.Process.Kill() })
	defer stop.Stop()
	io.Copy(io.Discard, a.lines)
	if err := a.cmd.Wait(); err != nil {
		a.t.Fatalf("attach ends with %v: %s", err, a.said())
	}
	return readRecording(a.t, a.file)
}
