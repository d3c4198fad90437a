package parked

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/testkit"
	"heapprof/internal/testkit/fixture"
)

// kills is how many recorders of a program a test kills: in one kill of ten, without that code, the program of one thread ended.
func kills(t *testing.T) int {
	if n, err := strconv.Atoi(os.Getenv("HEAPPROF_TEST_KILLS")); err == nil {
		return n
	}
	if testing.Short() {
		return 2
	}
	return 8
}

// lendAt is the environment variable that makes a test the recorder that is killed: where in the program its wire.Lend lies.
const lendAt = "HEAPPROF_TEST_LEND"

// TestAProgramGoesOnWhenTheRecorderIsKilled is of recorders that do nothing but copy, killed at any moment. The
// programs are of one thread, which is the one that is borrowed, and of all kinds of threads.
func TestAProgramGoesOnWhenTheRecorderIsKilled(t *testing.T) {
	if os.Getenv(lendAt) != "" {
		copyForEver(t)
	}
	for _, test := range []struct {
		source, how string
	}{
		{"borrowed.c", "computes"}, {"borrowed.c", "sleeps"}, {"borrowed.c", "waits"}, {"parked.c", "all"},
	} {
		program, lend := programThatLends(t, test.source)
		for name, args := range map[string][]string{"a child": {program, test.how}, "a child's child": {"sh", "-c", program + " " + test.how + "; exit $?"}} {
			t.Run(name+" that "+test.how, func(t *testing.T) {
				ended := 0
				for range kills(t) {
					counts := killRecorder(t, lend, args)
					if counts["turns"] == 0 {
						ended++
					}
					for part, seen := range counts {
						if part != "turns" && seen != 0 && !(test.source == "parked.c" && isLeft[part]) {
							t.Errorf("%s: %d", part, int64(seen))
						}
					}
				}
				if ended > 0 {
					t.Errorf("%d programs ended", ended)
				}
			})
		}
	}
}

// isLeft is what parked.c may see: waits that fail after any stop, until the recorder has taken that back, and helpers that it has not
// let go of any more.
var isLeft = map[string]bool{
	"epolls": true, "epolls_masked": true, "waits_for_signal": true, "semaphore": true, "semaphore_timed": true, "receives": true, "events": true,
	"children_listed": true,
}

// programThatLends builds a program with the code of the tracker library that a thread makes system calls in, and returns where in
// it the wire.Lend lies.
func programThatLends(t *testing.T, source string) (program string, lend uint64) {
	t.Helper()
	root := testkit.Root(t)
	programs, csrc := filepath.Join(root, "testdata", "programs"), filepath.Join(root, "internal", "tracker", "preload", "csrc")
	program = testkit.Compile(t, fixture.Compilation{
		Compiler: "gcc",
		Args: []string{
			"-D_GNU_SOURCE", "-O2", "-pthread", "-no-pie", "-mno-red-zone", "-Wl,-init,lend_address",
			filepath.Join(programs, source), filepath.Join(csrc, "lend.c"), "-lm",
		},
		Sources: []string{filepath.Join(programs, source), csrc},
		Name:    strings.TrimSuffix(source, ".c"),
	})
	return program, symbol(t, program, "lend")
}

// copyForEver starts the program that its arguments name, and copies it again and again once it is ready. The program's standard
// input, and both ends of its output, are open.
func copyForEver(t *testing.T) {
	args := os.Args[slices.Index(os.Args, "--")+1:]
	lend, err := strconv.ParseUint(os.Getenv(lendAt), 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	program := exec.Command(args[0], args[1:]...)
	program.Stdin, program.Stdout, program.Stderr = os.NewFile(3, "in"), os.NewFile(4, "out"), os.Stderr
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make([]byte, len("ready\n"))
	if _, err := io.ReadFull(os.NewFile(5, "out"), ready); err != nil {
		t.Fatal(err)
	}
	pid := program.Process.Pid
	if children := procfs.Process(pid).Children(); args[0] == "sh" && len(children) == 1 {
		pid = int(children[0])
	}
	os.Stdout.Write(ready)
	c := NewCopier(Options{Stamp: func() uint64 { return 0 }})
	for {
		if made, err := c.Copy(pid, lend); err == nil {
			made.Close()
		}
	}
}

// killRecorder has a recorder copy a program, kills it after a while, and returns what the program counts then.
func killRecorder(t *testing.T, lend uint64, args []string) map[string]uint64 {
	t.Helper()
	programIn, in := pipe(t)
	out, programOut := pipe(t)
	recorder := exec.Command(os.Args[0], append([]string{"-test.run=^" + t.Name()[:strings.Index(t.Name(), "/")] + "$", "--"}, args...)...)
	recorder.Env = append(os.Environ(), fmt.Sprintf("%s=%d", lendAt, lend))
	recorder.ExtraFiles = []*os.File{programIn, programOut, out}
	recorder.Stderr = os.Stderr
	told, err := recorder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := recorder.Start(); err != nil {
		t.Fatal(err)
	}
	programIn.Close()
	programOut.Close()
	if line, err := bufio.NewReader(told).ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	time.Sleep(rand.N(10 * time.Millisecond))
	recorder.Process.Kill()
	recorder.Wait()
	in.Close()
	rest, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	return testkit.Counts(string(rest))
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}
