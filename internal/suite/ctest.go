package suite

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The errors for command lines of ctest's.
var (
	ErrCTestMode = errors.New("ctest is asked for something else than to run tests")
	ErrNoTests   = errors.New("there are no tests in the directory")
)

// CTestRun is a command line of ctest's.
type CTestRun struct {
	build string   // the directory that has the tests
	args  []string // without the one that names the directory
}

// NewCTest returns the command line. Errors are ErrCTestMode, ErrNoTests, and of package os.
func NewCTest(args []string) (*CTestRun, error) {
	c := &CTestRun{build: ".", args: args[:1:1]}
	modes := []string{"-N", "--show-only", "-D", "--dashboard", "-T", "--test-action", "-M", "--test-model", "-S", "--script", "-SP", "--build-and-test", "--help", "-h", "--version", "--print-labels"}
	for i := 1; i < len(args); i++ {
		flag, value, has := strings.Cut(args[i], "=")
		switch {
		case slices.Contains(modes, flag):
			return nil, ErrCTestMode
		case flag == "--test-dir" && has:
			c.build = value
		case flag == "--test-dir" && i+1 < len(args):
			c.build = args[i+1]
			i++
		default:
			c.args = append(c.args, args[i])
		}
	}
	var err error
	if c.build, err = filepath.Abs(c.build); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(c.build, ctestFile)); err != nil {
		return nil, ErrNoTests
	}
	return c, nil
}

// ctestFile is the file of tests in each directory of a build.
const ctestFile = "CTestTestfile.cmake"

// ctestResults is where ctest writes what came of the tests.
const ctestResults = "results.xml"

// Prepare writes into a directory what has ctest start each test by a runner, a program with arguments to which
// the test's name, its program and its arguments are added; and returns the command that does. It shows what tests
// that fail have written, as ctest's own file of that is in the directory.
//
// The tests stay as they are in all else, so that ctest does with their properties what it always does: the
// directory's file has ctest read that of the build with another meaning of add_test.
func (c *CTestRun) Prepare(dir string, runner []string) ([]string, error) {
	var b strings.Builder
	b.WriteString("function(add_test name)\n  set(quoted \"\")\n  math(EXPR last \"${ARGC} - 1\")\n" +
		"  foreach(i RANGE 1 ${last})\n    string(APPEND quoted \" [==[${ARGV${i}}]==]\")\n  endforeach()\n" +
		"  cmake_language(EVAL CODE \"_add_test([==[${name}]==]")
	for _, a := range runner {
		b.WriteString(" [==[" + a + "]==]")
	}
	b.WriteString(" [==[${name}]==] ${quoted})\")\nendfunction()\n")
	b.WriteString("subdirs([==[" + c.build + "]==])\n")
	if err := os.WriteFile(filepath.Join(dir, ctestFile), []byte(b.String()), 0o600); err != nil {
		return nil, err
	}
	// The files that ctest reads beside it: what is left out, and how long a test may take.
	for _, name := range []string{"CTestCustom.cmake", "CTestCustom.ctest", "DartConfiguration.tcl"} {
		text, err := os.ReadFile(filepath.Join(c.build, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return nil, err
		}
	}
	return slices.Concat(c.args[:1], []string{"--test-dir", dir, "--output-on-failure", "--output-junit", filepath.Join(dir, ctestResults)}, c.args[1:]), nil
}

// CTestResult is what ctest says of a test.
type CTestResult struct {
	Name   string
	Failed bool
	Ran    bool
}

// CTestResults reads what came of the tests from the directory that Prepare wrote into.
func CTestResults(dir string) ([]CTestResult, error) {
	f, err := os.Open(filepath.Join(dir, ctestResults))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readCTestResults(f)
}

func readCTestResults(r io.Reader) (all []CTestResult, err error) {
	var suite struct {
		Cases []struct {
			Name   string `xml:"name,attr"`
			Status string `xml:"status,attr"`
		} `xml:"testcase"`
	}
	if err := xml.NewDecoder(r).Decode(&suite); err != nil {
		return nil, err
	}
	for _, c := range suite.Cases {
		all = append(all, CTestResult{Name: c.Name, Failed: c.Status == "fail", Ran: c.Status == "run" || c.Status == "fail"})
	}
	return all, nil
}
