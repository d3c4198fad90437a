//go:build linux && (amd64 || arm64)

package parked

import (
	"errors"
	"os"
	"os/exec"
	"testing"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
)

func TestACopyHasTheThreadsAndTheMemoryOfTheProcess(t *testing.T) {
	program := exec.Command("cat")
	in, err := program.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	c := NewCopier(Options{Stamp: func() uint64 { return 5 }})
	defer c.Close()
	made, err := c.Copy(program.Process.Pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	if made.Stamp != 5 || len(made.Threads) != 1 || made.Threads[0].Registers.SP == 0 {
		t.Errorf("got %+v", made)
	}
	if score, err := os.ReadFile(made.Proc().Path("oom_score_adj")); err != nil || string(score) != "1000\n" {
		t.Errorf("where memory runs out it goes by %q, %v", score, err)
	}
	in.Close()
	if err := program.Wait(); err != nil {
		t.Error(err)
	}
	maps, err := made.Maps() // it outlives the program
	if err != nil {
		t.Fatal(err)
	}
	stack, found := procfs.MappingAt(maps, made.Threads[0].Registers.SP)
	if !found || stack.Path != "[stack]" {
		t.Fatalf("the stack pointer is in %+v", stack)
	}
	if n, err := made.ReadAt(make([]byte, stack.End-stack.Start+1), stack.Start); uint64(n) != stack.End-stack.Start || err == nil {
		t.Errorf("%d bytes of a stack of %d, and %v", n, stack.End-stack.Start, err)
	}
}

// TestAProgramIsNotCopiedWhereMemoryDoesNotSuffice for another one of its size.
func TestAProgramIsNotCopiedWhereMemoryDoesNotSuffice(t *testing.T) {
	s := start(t, "sh", "-c", "echo ready; read line; exit 4")
	for _, x := range []struct {
		available uint64
		want      profile.CauseCode
	}{{4096, profile.TooLittleMemory}, {1 << 30, ""}} {
		c := NewCopier(Options{Stamp: func() uint64 { return 0 }, Available: func() uint64 { return x.available }})
		made, err := c.Copy(s.pid, 0)
		var refused *Error
		if x.want != "" && (!errors.As(err, &refused) || refused.Cause.Code != x.want || refused.Cause.Number != int64(x.available)) || x.want == "" && err != nil {
			t.Errorf("with %d bytes: %v", x.available, err)
		}
		if err == nil {
			made.Close()
		}
		c.Close()
	}
	if _, status := s.Finish(t); status != 4 {
		t.Errorf("status %d", status)
	}
}
