package testkit

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Root returns the directory of the project's go.mod. Tests run in their own
// package's directory, somewhere below it.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's directory")
		}
		dir = parent
	}
}

// Build compiles a program of testdata/programs, such as "tree.c", with the
// given compiler flags and returns the path of the executable, or of the shared
// library if a flag says -shared. Without flags a program is built -O0 -g.
//
// What was built is kept in the user's cache directory under a hash of the
// compiler, the flags and the sources, so each variant is compiled once. The
// compiler runs in testdata/programs with the source's bare name, so that debug
// information names the files so. A missing compiler skips the test.
func Build(t testing.TB, source string, flags ...string) string {
	t.Helper()
	dir := filepath.Join(Root(t), "testdata", "programs")
	compiler := Tool(t, compilers[filepath.Ext(source)])
	if len(flags) == 0 {
		flags = []string{"-g"}
		if filepath.Ext(source) != ".rs" {
			flags = []string{"-O0", "-g"}
		}
	}

	name := strings.TrimSuffix(source, filepath.Ext(source))
	if slices.Contains(flags, "-shared") {
		name = "lib" + name + ".so"
	}
	out := filepath.Join(cacheDir(t), buildKey(t, dir, compiler, source, flags), name)
	if _, err := os.Stat(out); err == nil {
		return out
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o700); err != nil {
		t.Fatal(err)
	}
	// Other packages' tests may build the same program now: whoever is last
	// renames the same bytes over the same name.
	work, err := os.MkdirTemp(filepath.Dir(out), "build-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(work)
	built := filepath.Join(work, name)

	// Libraries stand behind the sources that need them.
	args := append([]string{"-o", built, source}, flags...)
	cmd := exec.Command(compiler, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", compiler, strings.Join(args, " "), err, text)
	}
	if err := os.Rename(built, out); err != nil {
		t.Fatal(err)
	}
	return out
}

var compilers = map[string]string{".c": "gcc", ".cc": "g++", ".rs": "rustc"}

func cacheDir(t testing.TB) string {
	base, err := os.UserCacheDir()
	if err != nil {
		return t.TempDir()
	}
	return filepath.Join(base, "heapprof", "fixtures")
}

// buildKey changes whenever the built file could.
func buildKey(t testing.TB, dir, compiler, source string, flags []string) string {
	t.Helper()
	h := sha256.New()
	version, err := exec.Command(compiler, "--version").Output()
	if err != nil {
		t.Fatalf("%s --version: %v", compiler, err)
	}
	headers, err := filepath.Glob(filepath.Join(dir, "*.h"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(h, "%s\n%s\n%q\n%s\n", compiler, version, flags, dir)
	for _, path := range append(headers, filepath.Join(dir, source)) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(h, "%s %d\n%s", filepath.Base(path), len(text), text)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:12])
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
