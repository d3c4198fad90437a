//go:build linux && amd64

package recordtest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/testkit"
)

// gated is gated.c under heapprof, called by a shell that says its status.
type gated struct {
	dir      string // of the profiles
	heapprof *os.Process
	program  int // gated.c's process id
	gate     *os.File
	out      *bufio.Reader
	wait     func() error // for heapprof
}

// startGated starts the program and returns when it is at its gate.
func startGated(t *testing.T, threads, blocks int) gated {
	t.Helper()
	g := gated{dir: t.TempDir()}
	cmd := heapprofRun([]string{"-q", "--children", "-o", filepath.Join(g.dir, "p.json")},
		"sh", "-c", `"$@"; echo "status=$?"`, "sh",
		testkit.Build(t, "gated.c"), strconv.Itoa(threads), strconv.Itoa(blocks))
	// Files, not cmd's own pipes, which end with heapprof: the program outlives it.
	in, gate, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, said, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { gate.Close(); out.Close() })
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	said.Close()
	if err := out.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	g.heapprof, g.wait, g.gate, g.out = cmd.Process, cmd.Wait, gate, bufio.NewReader(out)
	line, err := g.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if g.program, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			syscall.Kill(g.program, syscall.SIGKILL)
		}
		g.heapprof.Kill()
	})
	return g
}

func (g *gated) open(t *testing.T) {
	t.Helper()
	if _, err := g.gate.WriteString("\n"); err != nil {
		t.Fatal(err)
	}
}

// wantOutput reads to the end of the program and its shell, and holds what they
// say against what gated.c says natively.
func (g *gated) wantOutput(t *testing.T, threads, blocks int) {
	t.Helper()
	text, err := io.ReadAll(g.out)
	if err != nil {
		t.Fatalf("the program hangs: %v\n%s", err, text)
	}
	got := testkit.Counts(string(text))
	if got["status"] != 7 || got["total_blocks"] != uint64(threads*blocks) ||
		got["end_blocks"] != uint64(threads*blocks/10) || strings.Count(string(text), "\n") != 2 {
		t.Errorf("output %q, want two lines: %d blocks, %d at the end, and status 7", text, threads*blocks, threads*blocks/10)
	}
}

// waitUntilStuck returns when the process has used no processor time for a while.
func waitUntilStuck(t *testing.T, pid int) {
	t.Helper()
	const still = 300 * time.Millisecond
	used, since := time.Duration(-1), time.Now()
	for deadline := time.Now().Add(20 * time.Second); time.Since(since) < still; time.Sleep(10 * time.Millisecond) {
		stat, err := procfs.Process(pid).Stat()
		if err != nil {
			t.Fatal(err)
		}
		if now := stat.UserTime + stat.SystemTime; now != used {
			used, since = now, time.Now()
		}
		if time.Now().After(deadline) {
			t.Fatal("the program never waited for room in its rings")
		}
	}
}

func TestThreadsThatWaitForHeapprofGoOnWhenItIsKilled(t *testing.T) {
	for _, threads := range []int{1, 4} {
		t.Run(strconv.Itoa(threads), func(t *testing.T) {
			const blocks = 300_000 // many times what a ring holds
			g := startGated(t, threads, blocks)
			if err := g.heapprof.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			g.open(t)
			waitUntilStuck(t, g.program)
			if err := g.heapprof.Kill(); err != nil {
				t.Fatal(err)
			}
			g.wait()
			g.wantOutput(t, threads, blocks)
		})
	}
}

func TestNothingIsLostWhenHeapprofIsStoppedForAWhile(t *testing.T) {
	const threads, blocks = 4, 100_000
	g := startGated(t, threads, blocks)
	if err := g.heapprof.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	g.open(t)
	waitUntilStuck(t, g.program)
	if err := g.heapprof.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	g.wantOutput(t, threads, blocks)
	g.wait()
	p := readRecording(t, filepath.Join(g.dir, "p.json"))
	if s := ownSums(p, "gated.c"); s.TotalBlocks != threads*blocks || s.EndBlocks != threads*blocks/10 || p.Recording.Counts.LostEvents != 0 {
		t.Errorf("the profile has %+v and %d lost events, want %d blocks, %d at the end", s, p.Recording.Counts.LostEvents, threads*blocks, threads*blocks/10)
	}
}

func TestHeapprofKilledAtAnyMoment(t *testing.T) {
	for i := range 8 {
		const threads, blocks = 3, 200_000
		g := startGated(t, threads, blocks)
		g.open(t)
		time.Sleep(time.Duration(i) * 3 * time.Millisecond)
		if err := g.heapprof.Kill(); err != nil {
			t.Fatal(err)
		}
		g.wait()
		g.wantOutput(t, threads, blocks)
	}
}

// TestEveryEventBeforeSIGKILLIsInTheProfile kills a program from outside while two
// threads of it allocate. It cannot say any more what it did; but memory that
// outlives it does, up to the one call in which each thread was. So it does where blocks are
// sampled, of what the threads count.
func TestEveryEventBeforeSIGKILLIsInTheProfile(t *testing.T) {
	bin := testkit.Build(t, "killed.c")
	for i := range 6 {
		dir := t.TempDir()
		out, shared := filepath.Join(dir, "p.json"), filepath.Join(dir, "shared")
		flags := []string{"-q", "-o", out}
		if i > 3 {
			flags = append(flags, "--sample")
		}
		cmd := heapprofRun(flags, bin, shared)
		pipe, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var pid int
		if _, err := fmt.Fscan(pipe, &pid); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(20+7*i) * time.Millisecond)
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		if got := testkit.Status(cmd.ProcessState); got != 128+9 {
			t.Errorf("status %d, want 137", got)
		}
		data, err := os.ReadFile(shared)
		if err != nil {
			t.Fatal(err)
		}
		var begun, allocated, freeing, freed uint64
		for thread := range 2 {
			number := func(i int) uint64 { return binary.NativeEndian.Uint64(data[32*thread+8*i:]) }
			begun += number(0)
			allocated += number(1)
			freeing += number(2)
			freed += number(3)
		}
		p := readRecording(t, out)
		s := ownSums(p, "killed.c")
		if !p.Sampling.IsExact() {
			// The C library has some of its own.
			if n := p.Sampling.ExactBlocks; n < allocated || n > begun+20 {
				t.Errorf("%d blocks were counted, the program had allocated %d and begun %d", n, allocated, begun)
			}
			continue
		}
		if s.TotalBlocks < allocated || s.TotalBlocks > begun {
			t.Errorf("the profile has %d blocks, the program had allocated %d and begun %d", s.TotalBlocks, allocated, begun)
		}
		if n := s.TotalBlocks - s.EndBlocks; n < freed || n > freeing {
			t.Errorf("the profile has %d frees, the program had done %d and begun %d", n, freed, freeing)
		}
		if c := p.Recording.Counts; p.Recording.Signal != 9 || c.LostEvents != 0 || c.UnknownFrees != 0 {
			t.Errorf("signal %d, %+v", p.Recording.Signal, c)
		}
		t.Logf("killed after %d blocks", allocated)
	}
}

func TestTheSummarySaysThatTheProgramCrashed(t *testing.T) {
	for way, want := range map[string]string{"segv": "SIGSEGV", "abort": "SIGABRT", "kill": "SIGKILL"} {
		r := testkit.Run(t, heapprofRun([]string{"-o", filepath.Join(t.TempDir(), "p.json")}, testkit.Build(t, "exits.c"), way))
		if !strings.Contains(r.Stderr, "exits was ended by signal") || !strings.Contains(r.Stderr, want) {
			t.Errorf("%s: the summary does not say that %s ended it:\n%s", way, want, r.Stderr)
		}
	}
}
