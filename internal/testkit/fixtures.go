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

// Build builds a program of testdata/programs with fixture.Build, and returns its path. It
// skips the test where the compiler is missing, and fails it for any other error.
func Build(t testing.TB, source string, flags ...string) string {
	t.Helper()
	out, err := fixture.Build(source, flags...)
	check(t, err)
	return out
}

// BuildWith builds a program of testdata/programs with fixture.BuildWith, and returns its
// path. It skips the test where the compiler is missing, and fails it for any other error.
func BuildWith(t testing.TB, compiler, source string, flags ...string) string {
	t.Helper()
	out, err := fixture.BuildWith(compiler, source, flags...)
	check(t, err)
	return out
}

// Compile returns the output of a compilation. It skips the test where the compiler is
// missing, and fails it for any other error.
func Compile(t testing.TB, c fixture.Compilation) string {
	t.Helper()
	out, err := c.Output()
	check(t, err)
	return out
}

// Keep returns a directory that fill has filled, in this run or an earlier one with the
// same compilers, sources and words (fixture.Keep, fixture.Key). It skips the test where a
// compiler is missing, and fails it for any other error.
func Keep(t testing.TB, compilers, sources, words []string, fill func(dir string) error) string {
	t.Helper()
	key, err := fixture.Key(compilers, sources, words...)
	check(t, err)
	dir, err := fixture.Keep(key, fill)
	check(t, err)
	return dir
}

// check skips the test for an error of something missing, and fails it for any other error.
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

// Result is how a program ended, and what it printed.
type Result struct {
	Stdout, Stderr string
	Status         int // as a shell tells it: 128+N if signal N ended the program
}

// Run runs cmd to its end. It fails the test only if cmd cannot be started: that cmd ends
// badly is a result.
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

// Status returns the exit status of a process as a shell has it: 128+N if signal N ended
// it.
func Status(state *os.ProcessState) int {
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return state.ExitCode()
}

// Counts returns the numbers that a program of testdata/programs printed as name=value,
// separated by spaces. Words of another form are ignored.
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
