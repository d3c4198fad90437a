package suite

import (
	_ "embed"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var isPython = regexp.MustCompile(`^(python|pypy)[0-9.]*$`)

// pytestAt returns the index of pytest's first argument in a command line that starts it: pytest …, python -m
// pytest …; 0 for any other.
func pytestAt(args []string) int {
	base := filepath.Base(args[0])
	if base == "pytest" || base == "py.test" {
		return 1
	}
	if !isPython.MatchString(base) {
		return 0
	}
	for i, a := range args[1:] {
		switch {
		case a == "-m" && i+2 < len(args):
			if args[i+2] == "pytest" {
				return i + 3
			}
			return 0
		case a == "-mpytest":
			return i + 2
		case a == "" || a[0] != '-':
			return 0
		}
	}
	return 0
}

// pytestPlugin is what pytest runs each test by: see the file.
//
//go:embed heapprof_pytest.py
var pytestPlugin []byte

const pluginName = "heapprof_pytest"

// PytestResults is the variable that names the plugin the directory for what came of tests.
const PytestResults = "HEAPPROF_PYTEST_RESULTS"

// PytestResult is what came of a test of pytest.
type PytestResult struct {
	Name    string // its node
	PID     int    // the process that ran it
	Outcome string // as pytest has it: passed, failed or skipped, which a test is that fails as it is expected to
}

// Failed reports whether the test failed.
func (r *PytestResult) Failed() bool { return r.Outcome == "failed" }

// PreparePytest writes the plugin into a directory, and returns a command that starts pytest with it and the
// variables that it needs besides environ, as NAME=value. PYTHONMALLOC has Python ask the C library for each object.
func PreparePytest(args, environ []string, dir, results string) (command, env []string, err error) {
	if err := os.WriteFile(filepath.Join(dir, pluginName+".py"), pytestPlugin, 0o600); err != nil {
		return nil, nil, err
	}
	at := pytestAt(args)
	path := dir
	for _, v := range environ {
		if before, ok := strings.CutPrefix(v, "PYTHONPATH="); ok && before != "" {
			path += string(filepath.ListSeparator) + before
		}
	}
	command = slices.Concat(args[:at], []string{"-p", pluginName}, args[at:])
	env = append(slices.Clone(environ), "PYTHONPATH="+path, PytestResults+"="+results)
	for _, fixed := range []string{"PYTHONMALLOC=malloc", "PYTHONHASHSEED=0"} {
		name, _, _ := strings.Cut(fixed, "=")
		if !slices.ContainsFunc(environ, func(v string) bool { return strings.HasPrefix(v, name+"=") }) {
			env = append(env, fixed)
		}
	}
	return command, env, nil
}
