//go:build linux && (amd64 || arm64)

package recordtest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"heapprof/internal/testkit"
)

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
