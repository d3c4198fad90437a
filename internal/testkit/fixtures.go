package testkit

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"heapprof/internal/testkit/fixture"
)

// Root returns the directory of the project's go.mod. Tests run in their own
// package's directory, somewhere below it.
func Root(t testing.TB) string {
	t.Helper()
	root, err := fixture.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// Build is fixture.Build; a missing compiler skips the test.
func Build(t testing.TB, source string, flags ...string) string {
	t.Helper()
	out, err := fixture.Build(source, flags...)
	check(t, err)
	return out
}

// BuildWith is fixture.BuildWith; a missing compiler skips the test.
func BuildWith(t testing.TB, compiler, source string, flags ...string) string {
	t.Helper()
	out, err := fixture.BuildWith(compiler, source, flags...)
	check(t, err)
	return out
}

// Compile is c.Output; a missing compiler skips the test.
func Compile(t testing.TB, c fixture.Compilation) string {
	t.Helper()
	out, err := c.Output()
	check(t, err)
	return out
}

// Keep is fixture.Keep with fixture.Key; a missing compiler skips the test.
func Keep(t testing.TB, compilers, sources, words []string, fill func(dir string) error) string {
	t.Helper()
	key, err := fixture.Key(compilers, sources, words...)
	check(t, err)
	dir, err := fixture.Keep(key, fill)
	check(t, err)
	return dir
}

func check(t testing.TB, err error) {
	t.Helper()
	if fixture.Exempt(err) {
		t.Skip(err)
	}
	if fixture.Missing(err) {
		Skip(t, "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Result is how a program ended and what it said.
type Result struct {
	Stdout, Stderr string
	Status         int // as a shell tells it: 128+N if signal N ended the program
}

// Run runs cmd to its end. That it ends badly is a result, not a failure of the
// test; that it cannot be started is.
func Run(t testing.TB, cmd *exec.Cmd) Result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if cmd.Stdout == nil {
		cmd.Stdout = &stdout
	}
	if cmd.Stderr == nil {
		cmd.Stderr = &stderr
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", cmd, err)
	}
	return Result{Stdout: stdout.String(), Stderr: stderr.String(), Status: Status(cmd.ProcessState)}
}

// Status is the exit status of a process as a shell tells it: 128+N if signal N
// ended it.
func Status(state *os.ProcessState) int {
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return state.ExitCode()
}

// Counts reads the counts that a program of testdata/programs printed:
// name=value, separated by spaces; words of another form are passed over.
func Counts(stdout string) map[string]uint64 {
	counts := make(map[string]uint64)
	for _, word := range strings.Fields(stdout) {
		name, value, ok := strings.Cut(word, "=")
		if !ok {
			continue
		}
		if n, err := strconv.ParseUint(value, 10, 64); err == nil {
			counts[name] = n
		}
	}
	return counts
}
