package suite

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// System is what runs the tests of a suite.
type System uint8

// The systems.
const (
	Unknown    System = iota
	CargoTest         // cargo test: its programs are Libtest
	Nextest           // cargo nextest run, which starts a process for each test
	CTest             // ctest, which starts a process for each test
	Pytest            // pytest, whose tests run in one process
	Libtest           // a program with Rust's own harness, or one that takes the same arguments
	GoogleTest        // a program with GoogleTest
	Catch2            // a program with Catch2
)

// Recognize returns what a command line would start: by the name of its program, or by what the
// program's file has in it. The arguments begin with the program.
func Recognize(args []string) System {
	if len(args) == 0 {
		return Unknown
	}
	switch base := filepath.Base(args[0]); {
	case base == "cargo":
		switch c, _ := splitCargo(args); c.command {
		case "test", "t":
			return CargoTest
		case "nextest":
			return Nextest
		}
		return Unknown
	case base == "cargo-nextest":
		return Nextest
	case base == "ctest" || base == "ctest3":
		return CTest
	case pytestAt(args) > 0:
		return Pytest
	}
	path, err := exec.LookPath(args[0])
	if err != nil {
		return Unknown
	}
	return byContent(path)
}

// contents are texts that the programs of a harness have in them, also stripped ones: flags and
// variables that it knows. A program whose harness is a shared library has the names of that library's functions.
var contents = []struct {
	text   string
	system System
}{
	{"gtest_list_tests", GoogleTest},
	{"_ZN7testing8internal23MakeAndRegisterTestInfo", GoogleTest},
	{"list-test-names-only", Catch2}, // version 2
	{"_ZN5Catch12AutoReg", Catch2},
	{"Catch2 v", Catch2},
	{"RUST_TEST_THREADS", Libtest},
}

// byContent returns what harness a file has.
func byContent(path string) System {
	f, err := os.Open(path)
	if err != nil {
		return Unknown
	}
	defer f.Close()
	longest := 0
	for _, c := range contents {
		longest = max(longest, len(c.text))
	}
	buf := make([]byte, 1<<20)
	kept := 0 // bytes at the start of buf that are the end of what was read before
	for {
		n, err := io.ReadFull(f, buf[kept:])
		read := buf[:kept+n]
		for _, c := range contents {
			if bytes.Contains(read, []byte(c.text)) {
				return c.system
			}
		}
		if err != nil {
			return Unknown
		}
		kept = copy(buf, read[len(read)-longest:])
	}
}

// Program is a test program as it would be started.
type Program struct {
	Args []string // the program, then its arguments
	Dir  string   // where; "": here
	Env  []string // nil: as this process
}

// Test is a test that can be run by itself.
type Test struct {
	Group string // what it is in, such as the name of its program
	Name  string // what its suite calls it; "" for a program as a whole
	// Harness is what runs it; Unknown for a program as a whole.
	Harness System
	Program
}

// Listing is which tests a program has.
type Listing struct {
	Tests   []Test
	Ignored int // tests besides that the program would not run
	// Unnamed are names of tests that cannot be asked for by themselves.
	Unnamed []string
}

// ErrNoListing is the error for a program that does not list its tests as its harness does.
var ErrNoListing = errors.New("the tests are not listed")

// List lists the tests of a program with that harness, and how each is run. Errors are ErrNoListing, or of
// starting the program.
func List(s System, p Program, group string) (Listing, error) {
	var l Listing
	var err error
	switch s {
	case Libtest:
		l, err = listLibtest(p)
	case GoogleTest:
		l, err = listGoogleTest(p)
	case Catch2:
		l, err = listCatch2(p)
	default:
		err = ErrNoListing
	}
	for i := range l.Tests {
		l.Tests[i].Group, l.Tests[i].Harness = group, s
		l.Tests[i].Dir, l.Tests[i].Env = p.Dir, p.Env
	}
	return l, err
}

// output returns what a program writes to standard output with these arguments. A status that is not 0 is no
// error if some may be: Catch2 ends with the number of tests that it has listed.
func (p Program) output(mayFail bool, args ...string) (string, error) {
	c := exec.Command(p.Args[0], args...)
	c.Dir, c.Env = p.Dir, p.Env
	out, err := c.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if !mayFail || !exit.Exited() {
			return "", ErrNoListing
		}
		err = nil
	}
	return string(out), err
}

// without returns the arguments without those of which drop is true.
func without(args []string, drop func(string) bool) []string {
	return slices.DeleteFunc(slices.Clone(args), drop)
}

// lines returns the lines of a text, without their ends.
func lines(text string) []string {
	text = strings.TrimRight(text, "\n")
	if text == "" {
		return nil
	}
	all := strings.Split(text, "\n")
	for i := range all {
		all[i] = strings.TrimSuffix(all[i], "\r")
	}
	return all
}
