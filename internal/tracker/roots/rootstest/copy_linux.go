//go:build linux && (amd64 || arm64)

// Package rootstest has what tests of roots share: copies of programs.
package rootstest

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"heapprof/internal/procfs"
	"heapprof/internal/tracker/parked"
)

// Copied is a copy of a program that waits.
type Copied struct {
	*parked.Copy
	Program procfs.Process
	Output  string // what it has written before
}

// Copy starts a program, and copies it when it has written "ready". It is killed at the end of the test.
func Copy(t testing.TB, environment []string, program string, args ...string) *Copied {
	t.Helper()
	c := exec.Command(program, args...)
	c.Env = append(os.Environ(), environment...)
	c.Stderr = os.Stderr
	pipe, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = c.Process.Kill(), c.Wait() })
	var output strings.Builder
	lines := bufio.NewScanner(pipe)
	for lines.Scan() && lines.Text() != "ready" {
		output.WriteString(lines.Text() + "\n")
	}
	if lines.Text() != "ready" {
		t.Fatal("the program has ended: ", lines.Err())
	}
	copier := parked.NewCopier(parked.Options{Stamp: func() uint64 { return 0 }})
	t.Cleanup(copier.Close)
	made, err := copier.Copy(c.Process.Pid, 0)
	var cannot *parked.Error
	if errors.As(err, &cannot) {
		t.Skip("no copy can be made here: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(made.Close)
	return &Copied{made, procfs.Process(c.Process.Pid), output.String()}
}
